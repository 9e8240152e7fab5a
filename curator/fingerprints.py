"""What the search for copies knows a photo by: perceptual hashes and keypoints of a reduced picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.Image import Resampling

from curator.framing import Box, content_box
from curator.hashing import VIEWS, Hashes, phashes
from curator.keypoints import PLACE_BYTES, Keypoints, describe_both

RECIPE = 1  # grows when a fingerprint of the same photo comes out differently
SIDE_PX = 320
PER_CELL = 3
COUNT_BYTES = 2


@dataclass(frozen=True)
class Fingerprint:
    """`hashes` follow hashing.VIEWS; keypoints lie on the content, `SIDE_PX` long."""

    hashes: Hashes
    keypoints: Keypoints
    mirrored: Keypoints

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Return the hashes and the keypoints as the database keeps them."""
        count = len(self.keypoints).to_bytes(COUNT_BYTES, "little")
        keypoints = count + self.keypoints.to_bytes() + self.mirrored.to_bytes()
        return self.hashes.astype("<u8").tobytes(), keypoints

    @staticmethod
    def from_bytes(hashes: bytes, keypoints: bytes) -> "Fingerprint":
        count = int.from_bytes(keypoints[:COUNT_BYTES], "little")
        middle = COUNT_BYTES + count * PLACE_BYTES
        return Fingerprint(
            np.frombuffer(hashes, "<u8", len(VIEWS)),
            Keypoints.from_bytes(keypoints[COUNT_BYTES:middle]),
            Keypoints.from_bytes(keypoints[middle:]),
        )


def fingerprint(photo: Image.Image, small: Image.Image | None = None) -> Fingerprint:
    """Take the fingerprint of an upright photo of any size.

    Args:
        small: the photo reduced, where the caller has it at SIDE_PX or more.
    """
    whole = reduced(small or photo, SIDE_PX)
    box = content_box(np.asarray(whole))
    content = whole
    if box != (0, 0, *whole.size):
        content = reduced(photo.crop(scaled(box, photo.width / whole.width)), SIDE_PX)
    return Fingerprint(phashes(whole, content), *describe_both(np.asarray(content), PER_CELL))


def reduced(photo: Image.Image, side_px: int) -> Image.Image:
    """Return the photo in grey, its longest side `side_px`, enlarged if it is smaller."""
    photo = shrunk(photo, side_px)
    scale = side_px / max(photo.size)
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    return photo.convert("L").resize(size, Resampling.BILINEAR)


def shrunk(photo: Image.Image, least_side_px: int) -> Image.Image:
    """Return the photo reduced by a whole factor, its longest side still at least `least_side_px`."""
    factor = max(photo.size) // least_side_px
    return photo.reduce(factor) if factor > 1 else photo


def scaled(box: Box, scale: float) -> Box:
    """Return a box of a reduced photo in the pixels of the photo."""
    left, top, right, bottom = (round(edge * scale) for edge in box)
    return left, top, right, bottom
