"""What the search for copies knows a photo by: perceptual hashes and keypoints of a reduced picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from copies.borders import Grey, content_box, photo_share, scaled
from copies.hashes import VIEWS, Hashes, phashes
from copies.keypoints import PLACE_BYTES, Keypoints, describe_both, joined
from faces.scaling import resized

RECIPE = 4  # grows when a fingerprint of the same photo comes out differently
SIDE_PX = 320
# Corners a cell, at full size and at half: a photo in a collage shows what the photo shows at half size.
PER_CELL, PER_COARSE_CELL = 5, 4
INDEXED = 3  # of each cell; all tell whether two photos are worth comparing
COUNT_BYTES = 2


@dataclass(frozen=True)
class Fingerprint:
    """`hashes` follow hashes.VIEWS; keypoints lie on the content, `SIDE_PX` long."""

    hashes: Hashes
    keypoints: Keypoints
    mirrored: Keypoints
    content_share: float  # of the photo: what is neither frame nor caption bar

    def to_row(self) -> tuple[bytes, bytes, float]:
        """Return the hashes, the keypoints and the share as the database keeps them."""
        count = len(self.keypoints).to_bytes(COUNT_BYTES, "little")
        keypoints = count + self.keypoints.to_bytes() + self.mirrored.to_bytes()
        return self.hashes.astype("<u8").tobytes(), keypoints, self.content_share

    @staticmethod
    def from_row(hashes: bytes, keypoints: bytes, content_share: float) -> "Fingerprint":
        count = int.from_bytes(keypoints[:COUNT_BYTES], "little")
        middle = COUNT_BYTES + count * PLACE_BYTES
        return Fingerprint(
            np.frombuffer(hashes, "<u8", len(VIEWS)),
            Keypoints.from_bytes(keypoints[COUNT_BYTES:middle]),
            Keypoints.from_bytes(keypoints[middle:]),
            content_share,
        )


def fingerprint(photo: Image.Image) -> Fingerprint:
    """Take the fingerprint of an upright photo of any size and mode."""
    grey = photo.convert("L")
    whole = resized(grey, SIDE_PX)
    height, width = whole.shape
    box = content_box(whole)
    content = whole
    if box != (0, 0, width, height):
        content = resized(grey.crop(scaled(box, photo.width / width)), SIDE_PX)
    return Fingerprint(phashes(whole, content), *both_places(content), photo_share(whole, box))


def both_places(content: Grey) -> tuple[Keypoints, Keypoints]:
    """Describe a picture and its mirror image, at full size and at half."""
    import cv2

    height, width = (max(1, side // 2) for side in content.shape)
    coarse = cv2.resize(content, (width, height), interpolation=cv2.INTER_AREA)
    fine = describe_both(content, PER_CELL)
    half = describe_both(np.asarray(coarse, np.uint8), PER_COARSE_CELL)
    plain, mirrored = (joined(one, other.scaled(2)) for one, other in zip(fine, half, strict=True))
    return plain, mirrored
