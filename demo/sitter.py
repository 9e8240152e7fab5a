"""One person in one photo: the argument of all functions that draw parts of the head."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from demo.brush import Colour
from demo.person import Build, Person
from demo.pose import Points, Pose

SIDES = (-1.0, 1.0)


@dataclass(frozen=True)
class Expression:
    """A facial expression: smile -0.3..1, open mouth 0..1, eyelids 0.7..1.1, brows, gaze."""

    smile: float
    mouth_open: float
    lids: float
    brow_lift: float
    gaze: float


@dataclass(frozen=True)
class Sitter:
    """One person in one pose with one expression, as every drawing function needs them."""

    photo: Image.Image
    person: Person
    pose: Pose
    expression: Expression

    def px(self, share: float) -> float:
        """Convert a length in half face widths to pixels."""
        return share * self.pose.unit_px

    def skin(self, factor: float, red: float = 1.0) -> Colour:
        """Return a lighter or darker skin colour; shadows keep more red than green and blue."""
        r, g, b = self.person.skin
        return r * factor * red, g * factor * factor**0.15, b * factor * factor**0.15


def head_outline(build: Build, pose: Pose) -> Points:
    """Return the silhouette of a head without hair and ears, clockwise from the left temple."""
    angles = np.linspace(np.pi, 2 * np.pi, 24, endpoint=False)
    # A skull is fuller than an ellipse.
    cos, sin = np.cos(angles), np.sin(angles)
    skull = np.column_stack(
        [np.sign(cos) * np.abs(cos) ** 0.84, -build.crown * np.abs(sin) ** 0.84]
    )
    down = build.chin * np.sin(np.linspace(0, np.pi / 2, 18))
    width = (1 - np.clip(down / build.chin, 0, 1) ** build.jaw) ** 0.53
    right = np.column_stack([width, down])
    left = np.column_stack([-width[:-1], down[:-1]])[::-1]
    outline = np.vstack([skull, right, left])
    # The chin moves in the direction that the face looks.
    outline[:, 0] += 0.95 * np.sin(pose.turn_rad) * np.clip(outline[:, 1] / build.chin, 0, 1)
    return outline
