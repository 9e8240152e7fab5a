"""A head's pose in a photo: coordinates on the face, on the head's silhouette and in pixels.

The unit is half the width of the face, x points right, y down, the origin is midway between the pupils. Face
coordinates (u, v) lie on the turned surface, head coordinates (x, y) in the plane of its silhouette.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.noise import Field

Points = NDArray[np.float64]
Box = tuple[int, int, int, int]

# The skull is slightly wider than the face drawn on it, so that features never reach its edge.
CURVATURE = 0.85


@dataclass(frozen=True)
class Pose:
    """Position, size, tilt (in the plane) and turn (about the neck) of one head in one photo."""

    x_px: float
    y_px: float
    unit_px: float
    tilt_rad: float
    turn_rad: float

    def place_on_head(self, points: ArrayLike) -> Points:
        """Map points of the silhouette to pixels of the photo."""
        head = np.asarray(points, dtype=np.float64)
        cos, sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        turned = head @ np.array([[cos, sin], [-sin, cos]])
        pixels: Points = turned * self.unit_px + np.array([self.x_px, self.y_px])
        return pixels

    def place(self, points: ArrayLike, depth: float = 0.0) -> Points:
        """Map points of the face to pixels; `depth` is how far they stand out, as a nose does."""
        face = np.asarray(points, dtype=np.float64)
        angle = np.arcsin(np.clip(face[:, 0] * CURVATURE, -1, 1)) + self.turn_rad
        across = np.sin(angle) / CURVATURE + depth * np.sin(self.turn_rad)
        return self.place_on_head(np.column_stack([across, face[:, 1]]))

    def head_grid(self, box: Box, step_px: int) -> tuple[Field, Field]:
        """Return the head coordinates of every `step_px`-th pixel of a box."""
        left, top, right, bottom = box
        columns = (np.arange(left, right, step_px, dtype=np.float32) - self.x_px) / self.unit_px
        rows = (np.arange(top, bottom, step_px, dtype=np.float32) - self.y_px) / self.unit_px
        cos, sin = np.float32(np.cos(self.tilt_rad)), np.float32(np.sin(self.tilt_rad))
        across, down = columns[None, :].astype(np.float32), rows[:, None].astype(np.float32)
        return cos * across + sin * down, cos * down - sin * across

    def face_columns(self, x: Field) -> Field:
        """Convert x in head coordinates to u in face coordinates."""
        angle = np.arcsin(np.clip(x * np.float32(CURVATURE), -1, 1)) - np.float32(self.turn_rad)
        return np.asarray(np.sin(angle) / CURVATURE, dtype=np.float32)
