"""Photos, a password and a region that tests share."""

import io

import numpy as np
from PIL import Image

PASSWORD = "a long test password"
ACCOUNTS = (
    *(("ana", "admin"), ("ben", "annotator"), ("vera", "viewer")),
    *(("ada", "adjudicator"), ("carl", "annotator")),
)
REGION = "0.300000,0.400000 0.700000,0.400000 0.600000,0.700000 0.400000,0.700000"


def draw(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Draw a smooth random picture: other seeds lie far apart, saved copies stay close."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def jpeg(seed: int, **options: object) -> bytes:
    return jpeg_of(draw(seed), **options)


def jpeg_of(picture: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()
