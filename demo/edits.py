"""Edited copies of a photo, as on social networks: every pixel comes from the original."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

WORDS = (
    "still here", "good morning", "day 12", "thank you all", "new start", "read the caption",
    "my story", "one step at a time", "sunday", "listen to your body", "throwback", "swipe",
)  # fmt: skip
Value = TypeVar("Value")


@dataclass(frozen=True)
class Copy:
    """An edited copy and the JPEG quality to save it with."""

    image: Image.Image
    quality: int


def recompress(copy: Copy, rng: np.random.Generator) -> Copy:
    """Lower the JPEG quality considerably."""
    return Copy(copy.image, int(rng.integers(35, 60)))


def resize(copy: Copy, rng: np.random.Generator) -> Copy:
    """Reduce the size."""
    share = rng.uniform(0.5, 0.8)
    size = (round(copy.image.width * share), round(copy.image.height * share))
    return Copy(copy.image.resize(size, Image.Resampling.LANCZOS), copy.quality)


def colour_filter(copy: Copy, rng: np.random.Generator) -> Copy:
    """Apply a phone's colour filter: grey, warm, faded or strong."""
    choices: tuple[Callable[[Image.Image], Image.Image], ...] = (grey, warm, faded, strong)
    return Copy(pick(rng, choices)(copy.image), copy.quality)


def grey(image: Image.Image) -> Image.Image:
    """Remove most of the colour."""
    return ImageEnhance.Color(image).enhance(0.15)


def warm(image: Image.Image) -> Image.Image:
    """Shift the colours like old film."""
    red, green, blue = image.split()
    return Image.merge(
        "RGB", (red.point(lambda v: min(255, v * 1.08 + 6)), green, blue.point(lambda v: v * 0.82))
    )


def faded(image: Image.Image) -> Image.Image:
    """Lift the shadows."""
    return image.point(lambda v: 38 + v * 0.8)


def strong(image: Image.Image) -> Image.Image:
    """Raise contrast and colour."""
    return ImageEnhance.Color(ImageEnhance.Contrast(image).enhance(1.25)).enhance(1.3)


def crop(copy: Copy, rng: np.random.Generator) -> Copy:
    """Crop the borders, most at the top and right, so that the mark at the lower left stays whole."""
    width, height = copy.image.size
    left, bottom = rng.uniform(0, 0.03, 2)
    right, top = rng.uniform(0.04, 0.13, 2)
    box = (
        round(left * width),
        round(top * height),
        round((1 - right) * width),
        round((1 - bottom) * height),
    )
    return Copy(copy.image.crop(box), copy.quality)


def mirror(copy: Copy, _rng: np.random.Generator) -> Copy:
    """Swap left and right, as a front camera does."""
    return Copy(ImageOps.mirror(copy.image), copy.quality)


def caption(copy: Copy, rng: np.random.Generator) -> Copy:
    """Add a white bar with text above or below."""
    width, height = copy.image.size
    bar = round(height * rng.uniform(0.1, 0.17))
    above = bool(rng.random() < 0.5)
    page = Image.new("RGB", (width, height + bar), "white")
    page.paste(copy.image, (0, bar if above else 0))
    middle = bar / 2 if above else height + bar / 2
    write(page, pick(rng, WORDS), (width / 2, middle), width // 18, "black")
    return Copy(page, copy.quality)


def story(copy: Copy, rng: np.random.Generator) -> Copy:
    """Put into a 9:16 frame whose bars are one colour or a blur of the photo."""
    width = copy.image.width
    height = max(round(width * 16 / 9), copy.image.height)
    bars = np.asarray(copy.image.resize((1, 1), Image.Resampling.BOX))[0, 0] // 2
    page = Image.new("RGB", (width, height), tuple(bars.tolist()))
    if rng.random() < 0.5:
        small = copy.image.resize((width // 8, height // 8), Image.Resampling.BILINEAR)
        blurred = small.filter(ImageFilter.GaussianBlur(5))
        page.paste(blurred.resize((width, height), Image.Resampling.BICUBIC))
    top = (height - copy.image.height) // 2
    page.paste(copy.image, (0, top))
    if rng.random() < 0.6:
        write(page, pick(rng, WORDS), (width / 2, max(top * 0.6, 20)), width // 16, "white")
    return Copy(page, copy.quality)


def write(
    page: Image.Image, words: str, middle: tuple[float, float], size_px: int, colour: str
) -> None:
    """Write a line of text."""
    font = ImageFont.load_default(size=size_px)
    ImageDraw.Draw(page).text(middle, words, fill=colour, font=font, anchor="mm")


def pick(rng: np.random.Generator, values: tuple[Value, ...]) -> Value:
    """Pick one value."""
    return values[int(rng.integers(len(values)))]


EDITS: dict[str, Callable[[Copy, np.random.Generator], Copy]] = {
    "recompress": recompress,
    "resize": resize,
    "filter": colour_filter,
    "crop": crop,
    "mirror": mirror,
    "caption": caption,
    "story": story,
}
# Copies cycle through these, so that even a small collection has nearly all of them.
EDIT_CYCLE = (
    "recompress", "crop", "mirror", "story", "resize", "caption", "filter",
    "crop+recompress", "filter+caption", "mirror+resize",
)  # fmt: skip


def edit_photo(image: Image.Image, edit: str, quality: int, rng: np.random.Generator) -> Copy:
    """Apply the edits named in `edit`, joined by +, to a decoded photo.

    Args:
        quality: JPEG quality of the copy unless an edit lowers it.
    """
    copy = Copy(image.convert("RGB"), quality)
    for name in edit.split("+"):
        copy = EDITS[name](copy, rng)
    return copy
