"""Finds faces in a photo by the networks of mtcnn; nothing else loads them, and here only a search does."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from curator.errors import LibraryMissing
from curator.landmarks import Landmarks
from curator.scaling import resized

# The longest side of the picture that is searched: faces from 20 pixels on are found in it. The landmarks come
# from 48 x 48 pixels cut out without smoothing, so that a larger picture makes them worse: docs/decisions.md#mtcnn.
SEARCHED_PX = 480
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}  # a graphics card is the trainer's


@dataclass(frozen=True)
class Found:
    """How many faces a photo shows, and the landmarks of the largest."""

    faces: int
    largest: Landmarks | None


def require_detector() -> None:
    """Raise `LibraryMissing` where this installation has no mtcnn."""
    if not all(map(find_spec, ("mtcnn", "tensorflow"))):
        raise LibraryMissing(
            "No regions are suggested, since mtcnn is not installed: run  pip install 'malar[suggest]'"
        )


def find_faces(photo: Image.Image) -> Found:
    """Search an upright photo, reduced or not."""
    pixels = resized(photo, min(SEARCHED_PX, max(photo.size)))
    # Rows: picture, box (left, top, right, bottom), confidence, five x, five y.
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
    """Load mtcnn, once."""
    require_detector()
    os.environ.update(QUIET)
    with _stderr_held_back():
        import tensorflow as tf
        from mtcnn import MTCNN

        # The networks are too small to share out: more threads only take turns with the server's.
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        detector = MTCNN()
        detector.detect_faces(np.zeros((96, 96, 3), np.uint8), output_type="numpy")
    return detector


@contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Drop what TensorFlow's libraries write while they load, unless loading fails."""
    own = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(own, held.read())
            raise
        finally:
            os.dup2(own, 2)
            os.close(own)
