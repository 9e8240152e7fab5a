"""Edits of photos that go well beyond those of demo.edits.

Each edit's result is saved as a JPEG before the next one, as in reposts.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from PIL.Image import Resampling

from demo.edits import WORDS, Copy, faded, grey, mirror, pick, strong, warm, write

Colour = tuple[int, int, int]
Edit = Callable[[Copy, np.random.Generator], Copy]

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
SKIN_OF_STICKERS = (255, 205, 60)
QUALITIES = (70, 93)  # of what a social network saves


def edit_photo(photo: Image.Image, edit: str, rng: np.random.Generator) -> bytes:
    """Apply the edits named in `edit`, joined by +, and return the JPEG."""
    saved = b""
    for name in edit.split("+"):
        copy = EDITS[name](Copy(photo, int(rng.integers(*QUALITIES))), rng)
        saved = as_jpeg(copy)
        photo = Image.open(io.BytesIO(saved))
    return saved


def as_jpeg(copy: Copy) -> bytes:
    buffer = io.BytesIO()
    copy.image.save(buffer, "JPEG", quality=copy.quality)
    return buffer.getvalue()


def recompress(copy: Copy, rng: np.random.Generator) -> Copy:
    return Copy(copy.image, int(rng.integers(20, 60)))


def resize(copy: Copy, rng: np.random.Generator) -> Copy:
    share = rng.uniform(0.3, 1.5)
    return Copy(scaled(copy.image, share, share), copy.quality)


def crop(copy: Copy, rng: np.random.Generator) -> Copy:
    """Cut up to 30% off some sides, off one alone, or equally off all, keeping the face."""
    sides = rng.uniform(0, 0.3, 4)
    alone = sides * (np.arange(4) == rng.integers(4))
    left, top, right, bottom = pick(rng, (sides, alone, np.full(4, sides.max())))
    width, height = copy.image.size
    box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return Copy(copy.image.crop(tuple(round(edge) for edge in box)), copy.quality)


def colour_filter(copy: Copy, rng: np.random.Generator) -> Copy:
    """Apply a phone's colour filter."""
    choices = (grey, warm, faded, strong, vignette, darker, brighter, sepia, ImageOps.autocontrast)
    return Copy(pick(rng, choices)(copy.image), copy.quality)


def vignette(image: Image.Image) -> Image.Image:
    """Darken the corners."""
    light = ImageOps.invert(Image.radial_gradient("L").resize(image.size, Resampling.BICUBIC))
    light = light.point(lambda v: min(255, 90 + v * 1.1))
    return ImageChops.multiply(image, Image.merge("RGB", (light,) * 3))


def darker(image: Image.Image) -> Image.Image:
    return image.point(lambda v: 255 * (v / 255) ** 1.5)


def brighter(image: Image.Image) -> Image.Image:
    return image.point(lambda v: 255 * (v / 255) ** 0.65)


def sepia(image: Image.Image) -> Image.Image:
    brown = ImageOps.colorize(ImageOps.grayscale(image), (25, 15, 5), (255, 240, 205))
    return Image.blend(image, brown, 0.85)


def caption(copy: Copy, rng: np.random.Generator) -> Copy:
    """Add a bar of any colour with text above, below or both."""
    width, height = copy.image.size
    above, below = np.round(rng.uniform(0.07, 0.25, 2) * height).astype(int).tolist()
    above, below = pick(rng, ((above, 0), (0, below), (above, below)))
    colour = any_colour(rng)
    page = Image.new("RGB", (width, above + height + below), colour)
    page.paste(copy.image, (0, above))
    for bar, middle in ((above, above / 2), (below, above + height + below / 2)):
        if bar:
            write(page, pick(rng, WORDS), (width / 2, middle), width // 16, ink(colour))
    return Copy(page, copy.quality)


def overlay(copy: Copy, rng: np.random.Generator) -> Copy:
    """Draw a bar with text across the photo, perhaps translucent."""
    width, height = copy.image.size
    bar = round(rng.uniform(0.08, 0.2) * height)
    top = round(rng.uniform(0, 1) * (height - bar))
    colour = any_colour(rng)
    covered = copy.image.copy()
    covered.paste(colour, (0, top, width, top + bar))
    page = Image.blend(copy.image, covered, rng.uniform(0.4, 1))
    write(page, pick(rng, WORDS), (width / 2, top + bar / 2), width // 14, ink(colour))
    return Copy(page, copy.quality)


def sticker(copy: Copy, rng: np.random.Generator) -> Copy:
    """Put one to three smileys, hearts or labels at random places."""
    page = copy.image.copy()
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.1, 0.22) * page.width
        x, y = (rng.uniform(0.1, 0.9, 2) * page.size).tolist()
        pick(rng, (smiley, heart, label))(page, x, y, size, rng)
    return Copy(page, copy.quality)


def smiley(page: Image.Image, x: float, y: float, size: float, _rng: np.random.Generator) -> None:
    draw, r = ImageDraw.Draw(page), size / 2
    draw.ellipse((x - r, y - r, x + r, y + r), fill=SKIN_OF_STICKERS, outline=(190, 130, 20))
    for side in (-1, 1):
        draw.circle((x + side * r * 0.4, y - r * 0.3), r * 0.13, fill=BLACK)
    around = (x - r * 0.6, y - r * 0.6, x + r * 0.6, y + r * 0.6)
    draw.arc(around, 20, 160, fill=BLACK, width=max(1, round(r / 8)))


def heart(page: Image.Image, x: float, y: float, size: float, _rng: np.random.Generator) -> None:
    draw, r = ImageDraw.Draw(page), size / 4
    for side in (-1, 1):
        draw.circle((x + side * r, y - r), r * 1.2, fill=(225, 30, 60))
    draw.polygon(
        [(x - 2.1 * r, y - r / 2), (x + 2.1 * r, y - r / 2), (x, y + 2 * r)], (225, 30, 60)
    )


def label(page: Image.Image, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    box = (x - size * 1.6, y - size / 3, x + size * 1.6, y + size / 3)
    ImageDraw.Draw(page).rounded_rectangle(box, radius=size / 5, fill=colour)
    write(page, pick(rng, WORDS), (x, y), max(6, round(size / 3)), ink(colour))


def story(copy: Copy, rng: np.random.Generator) -> Copy:
    """Place anywhere in a 9:16 frame, rarely at full width."""
    width = round(copy.image.width / pick(rng, (1.0, *rng.uniform(0.7, 1, 2))))
    height = max(round(width * 16 / 9), copy.image.height)
    page = backdrop(copy.image, (width, height), rng)
    free = np.array(page.size) - copy.image.size
    page.paste(copy.image, tuple((free * rng.uniform(0.2, 0.8, 2)).astype(int).tolist()))
    if rng.random() < 0.6:
        write(page, pick(rng, WORDS), (width / 2, height * 0.1), width // 16, "white")
    return Copy(page, copy.quality)


def pillarbox(copy: Copy, rng: np.random.Generator) -> Copy:
    """Add bars at the left and right, as on a wide screen."""
    width, height = copy.image.size
    page = backdrop(copy.image, (round(width * rng.uniform(1.2, 1.8)), height), rng)
    page.paste(copy.image, ((page.width - width) // 2, 0))
    return Copy(page, copy.quality)


def backdrop(photo: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return one colour, a gradient or the blurred photo."""
    return pick(rng, (plain, gradient, blurred))(photo, size, rng)


def plain(_photo: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    return Image.new("RGB", size, any_colour(rng))


def gradient(_photo: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    ends = Image.new("RGB", (1, 2), any_colour(rng))
    ends.putpixel((0, 1), any_colour(rng))
    return ends.resize(size, Resampling.BILINEAR)


def blurred(photo: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    small = ImageOps.fit(photo, (size[0] // 8, size[1] // 8))
    soft = small.filter(ImageFilter.GaussianBlur(rng.uniform(1.5, 5)))
    return ImageEnhance.Brightness(soft.resize(size, Resampling.BICUBIC)).enhance(0.8)


def frame(copy: Copy, rng: np.random.Generator) -> Copy:
    """Add a margin, usually white, with or without rounded corners."""
    width, height = copy.image.size
    margin, below = np.round(rng.uniform(0.03, 0.12, 2) * width).astype(int).tolist()
    page = Image.new("RGB", (width + 2 * margin, height + margin + max(margin, below)), WHITE)
    if rng.random() < 0.4:
        page.paste(any_colour(rng), (0, 0, *page.size))
    corners = Image.new("L", copy.image.size, 0)
    radius = pick(rng, (0.0, *rng.uniform(0.02, 0.15, 2))) * width
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=255)
    page.paste(copy.image, (margin, margin), corners)
    return Copy(page, copy.quality)


def screenshot(copy: Copy, rng: np.random.Generator) -> Copy:
    """Show the photo as a post on a phone: clock and account above; symbols, likes and text below."""
    width, height = copy.image.size
    above, below = np.round(rng.uniform((0.2, 0.3), (0.35, 0.7)) * width).astype(int).tolist()
    paper = pick(rng, (WHITE, (18, 18, 18)))
    page = Image.new("RGB", (width, above + height + below), paper)
    page.paste(copy.image, (0, above))
    draw, unit = ImageDraw.Draw(page), width / 20
    write(page, "9:41", (2 * unit, unit), round(unit * 0.8), ink(paper))
    draw.rectangle((width - 2.5 * unit, 0.7 * unit, width - unit, 1.3 * unit), fill=ink(paper))
    draw.circle((1.5 * unit, above - 1.5 * unit), unit, fill=any_colour(rng))
    write(page, "someone.else", (6 * unit, above - 1.5 * unit), round(unit * 0.8), ink(paper))
    for place in (1.5, 4, 6.5, 18.5):
        at = (place * unit, above + height + 1.5 * unit)
        draw.circle(at, unit * 0.7, outline=ink(paper), width=max(1, round(unit / 8)))
    for line in range(2):
        at = (width * 0.35, above + height + (3.5 + 1.5 * line) * unit)
        write(page, f"{pick(rng, WORDS)}, {pick(rng, WORDS)}", at, round(unit * 0.8), ink(paper))
    return Copy(page, copy.quality)


def blur(copy: Copy, rng: np.random.Generator) -> Copy:
    radius = rng.uniform(0.0006, 0.0018) * max(copy.image.size)
    return Copy(copy.image.filter(ImageFilter.GaussianBlur(radius)), copy.quality)


def sharpen(copy: Copy, rng: np.random.Generator) -> Copy:
    sharp = ImageFilter.UnsharpMask(radius=2, percent=int(rng.integers(60, 180)), threshold=2)
    return Copy(copy.image.filter(sharp), copy.quality)


def noise(copy: Copy, rng: np.random.Generator) -> Copy:
    strength = rng.uniform(3, 10)
    grain = rng.normal(0, strength, (copy.image.height, copy.image.width, 3))
    levels = (np.asarray(copy.image) + grain).clip(0, 255).astype(np.uint8)
    return Copy(Image.fromarray(levels), copy.quality)


def turn(copy: Copy, rng: np.random.Generator) -> Copy:
    """Rotate by 0.5 to 3 degrees, and crop the empty corners."""
    degrees = pick(rng, (-1, 1)) * rng.uniform(0.5, 3)
    width, height = copy.image.size
    lost = float(np.tan(np.radians(abs(degrees)))) / 2
    x, y = round(lost * height) + 1, round(lost * width) + 1
    turned = copy.image.rotate(degrees, Resampling.BICUBIC)
    return Copy(turned.crop((x, y, width - x, height - y)), copy.quality)


def squeeze(copy: Copy, rng: np.random.Generator) -> Copy:
    """Change the width alone by 1 to 5%."""
    share = 1 + pick(rng, (-1, 1)) * rng.uniform(0.01, 0.05)
    return Copy(scaled(copy.image, share, 1), copy.quality)


def scaled(image: Image.Image, x: float, y: float) -> Image.Image:
    size = (round(image.width * x), round(image.height * y))
    return image.resize(size, Resampling.LANCZOS)


def any_colour(rng: np.random.Generator) -> Colour:
    """Draw white, black or a random colour with equal probability."""
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return pick(rng, (WHITE, BLACK, (red, green, blue)))


def ink(paper: Colour) -> str:
    """Return a colour that is legible on this one."""
    return "black" if sum(paper) > 380 else "white"


EDITS: dict[str, Edit] = {
    "recompress": recompress,
    "resize": resize,
    "crop": crop,
    "mirror": mirror,
    "filter": colour_filter,
    "caption": caption,
    "overlay": overlay,
    "sticker": sticker,
    "story": story,
    "pillarbox": pillarbox,
    "frame": frame,
    "screenshot": screenshot,
    "blur": blur,
    "sharpen": sharpen,
    "noise": noise,
    "turn": turn,
    "squeeze": squeeze,
}
