"""Sharp pictures with grain, as photos are, and what is odd beside them."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (640, 480)


def scene(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Draw blocks of many colours with grain: sharp, neither dark nor flat."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 256, (12, 16, 3), dtype=np.uint8)
    blocks = Image.fromarray(coarse).resize(size, Image.Resampling.NEAREST)
    grain = rng.normal(0, 12, (size[1], size[0], 3))
    return Image.fromarray((np.asarray(blocks) + grain).clip(0, 255).astype(np.uint8))


def blurred(seed: int, radius_px: int = 8) -> Image.Image:
    return scene(seed).filter(ImageFilter.GaussianBlur(radius_px))


def dark(seed: int) -> Image.Image:
    return scene(seed).point(lambda level: level // 5)


def flat_drawing() -> Image.Image:
    picture = Image.new("RGB", SIZE, (120, 170, 220))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((200, 60, 440, 400), fill=(230, 190, 160), outline=(30, 30, 30), width=5)
    for x in (270, 350):
        pen.ellipse((x, 180, x + 25, 200), fill=(40, 40, 40))
    return picture


def page_of_text() -> Image.Image:
    picture = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(20)
    for y in range(20, 460, 28):
        pen.text(
            (20, y), "the rash came back after two days in the sun and it hurts", "black", font
        )
    # A photo is not all grey: an avatar in the corner.
    picture.paste(scene(1, (60, 60)), (570, 10))
    return picture
