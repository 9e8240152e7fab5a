"""Finds faces in a photo with mtcnn's networks, which only this module loads."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from faces.landmarks import Landmarks
from faces.quiet import stderr_held_back
from faces.scaling import resized

# The longest side of the picture that is searched: faces from 20 pixels on are found in it. The landmarks come
# from 48 x 48 pixels cut out without smoothing, so a larger picture makes them worse: docs/decisions.md#mtcnn.
SEARCHED_PX = 480


@dataclass(frozen=True)
class Found:
    """The number of faces in a photo, and the landmarks of the largest."""

    faces: int
    largest: Landmarks | None


def can_search() -> bool:
    """Say whether mtcnn is installed."""
    return all(map(find_spec, ("mtcnn", "tensorflow")))


def find_faces(photo: Image.Image) -> Found:
    """Find faces in an upright photo, reduced or not."""
    pixels = resized(photo, min(SEARCHED_PX, max(photo.size)))
    # Columns: image, box (left, top, right, bottom), confidence, five x, five y.
    rows = networks().detect_faces(pixels, box_format="xyxy", output_type="numpy")
    if not len(rows):
        return Found(0, None)
    height_px, width_px = pixels.shape[:2]
    largest = max(rows, key=lambda row: (row[3] - row[1]) * (row[4] - row[2]))
    xs, ys = largest[6:11] / width_px, largest[11:16] / height_px
    left_eye, right_eye, _nose, left_mouth, right_mouth = zip(xs.tolist(), ys.tolist(), strict=True)
    return Found(len(rows), Landmarks(left_eye, right_eye, left_mouth, right_mouth))


@cache
def networks() -> Any:
    """Load mtcnn, once, on the CPU. The process decides how many threads TensorFlow has."""
    with stderr_held_back():
        from mtcnn import MTCNN

        detector = MTCNN()
        detector.detect_faces(np.zeros((96, 96, 3), np.uint8), output_type="numpy")
    return detector
