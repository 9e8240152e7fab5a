"""Edits of photos as reposts show them: sixteen kinds, each in three strengths.

Every pixel of a copy comes from its photo, or is what an app, a printer or a screen adds. Photos of
any size are edited alike: lengths are shares of the longest side.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Pixels = NDArray[np.uint8]
Rng = np.random.Generator

STRENGTHS = ("slight", "middling", "strong")
MIRRORED_SHARE = 0.2
QUALITIES = (75, 93)  # of what a social network saves
WORDS = ("good morning", "day 12", "thank you all", "one step at a time", "swipe", "new start")


@dataclass(frozen=True)
class Task:
    """A photo to edit; `others` are different photos, to put beside it."""

    photo: Image.Image
    strength: int  # a place in STRENGTHS
    rng: Rng
    others: Sequence[Image.Image] = ()

    def by_strength(self, *values: float) -> float:
        """Return the value of this strength, varied by up to a tenth."""
        return values[self.strength] * self.rng.uniform(0.9, 1.1)

    def px(self, share: float) -> float:
        """Return a share of the longest side in pixels."""
        return share * max(self.photo.size)

    @property
    def sign(self) -> int:
        return 1 if self.rng.random() < 0.5 else -1


Edit = Callable[[Task], Image.Image]


@dataclass(frozen=True)
class Kind:
    """`covers`: it hides parts of the face; `joins`: how many other photos it shows, by strength."""

    edit: Edit
    covers: bool = False
    joins: tuple[int, int, int] = (0, 0, 0)

    @property
    def is_for_people(self) -> bool:
        """Say whether a human decides: what is covered cannot be compared, and a collage is several photos."""
        return self.covers or any(self.joins)


def edited(task: Task, kind: Kind) -> Image.Image:
    """Return a photo's copy of this kind as a social network saves it, a fifth of them mirrored."""
    copy = kind.edit(task)
    if task.rng.random() < MIRRORED_SHARE:
        copy = ImageOps.mirror(copy)
    return as_jpeg(copy, int(task.rng.integers(*QUALITIES)))


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


# -- shape -----------------------------------------------------------------------------------------


def squeeze(task: Task) -> Image.Image:
    """Change one side alone."""
    share = 1 - task.by_strength(0.06, 0.12, 0.2)
    sides = (share, 1.0) if task.rng.random() < 0.5 else (1.0, share)
    return resized(task.photo, *sides)


def shear(task: Task) -> Image.Image:
    """Slant the photo, and crop the empty corners."""
    slant = task.sign * task.by_strength(0.04, 0.08, 0.14)
    width, height = task.photo.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    moved = corners + np.outer(corners[:, 1] - height / 2, (slant, 0))
    lost = abs(slant) * height / 2
    return warped(task.photo, moved - (lost, 0), (round(width - 2 * lost), height))


def screen(task: Task) -> Image.Image:
    """Photograph it off a screen: from an angle, with the screen's grid, soft and with a glare."""
    width, height = task.photo.size
    most = task.by_strength(0.03, 0.06, 0.1)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    margin = task.rng.uniform(0.0, 0.05)
    moves = task.rng.uniform(0, most, (4, 2)) + margin
    seen = warped(task.photo, corners + inwards * moves * (width, height), (width, height))
    soft = seen.filter(ImageFilter.GaussianBlur(task.px(0.0008)))
    levels = np.asarray(soft, np.float32)
    pitch, tilt = task.rng.uniform(2.2, 4.5), task.rng.uniform(-0.1, 0.1)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    grid = 1 + task.by_strength(0.03, 0.05, 0.08) * np.sin(2 * np.pi * (x + tilt * y) / pitch)
    glare = np.exp(-(((x / width - task.rng.random()) ** 2 + (y / height) ** 2) / 0.15))
    lit = levels * grid[..., None] * 0.92 + 45 * glare[..., None]
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


def turn(task: Task) -> Image.Image:
    """Turn by a few degrees and crop the empty corners, or by a quarter."""
    if task.strength == 1 and task.rng.random() < 0.5:
        return task.photo.rotate(90 * task.sign, expand=True)
    degrees = task.sign * task.by_strength(2, 6, 12)
    width, height = task.photo.size
    turned = task.photo.rotate(degrees, Image.Resampling.BICUBIC)
    lost = float(np.tan(np.radians(abs(degrees)))) / 2
    x, y = round(lost * height), round(lost * width)
    return turned.crop((x, y, width - x, height - y))


def crop(task: Task) -> Image.Image:
    """Keep a part of each side, anywhere around the middle."""
    share = task.by_strength(0.8, 0.65, 0.5)
    width, height = (round(side * share) for side in task.photo.size)
    free = np.array(task.photo.size) - (width, height)
    left, top = (free * task.rng.uniform(0.25, 0.75, 2)).astype(int).tolist()
    return task.photo.crop((left, top, left + width, top + height))


# -- around and beside -------------------------------------------------------------------------------


def collage(task: Task) -> Image.Image:
    """Put it beside others: two, four, or four with a gap."""
    columns, rows = ((2, 1), (2, 2), (2, 2))[task.strength]
    gap = round(task.px(0.012)) if task.strength == 2 else 0
    side = max(task.photo.size) if task.strength == 0 else round(max(task.photo.size) * 0.6)
    cell = (side * 3 // 4, side)
    page = Image.new(
        "RGB", (columns * (cell[0] + gap) + gap, rows * (cell[1] + gap) + gap), "white"
    )
    photos = [task.photo, *task.others]
    order = task.rng.permutation(len(photos))
    for place, number in enumerate(order.tolist()):
        fitted = ImageOps.fit(photos[number], cell, Image.Resampling.LANCZOS)
        row, column = divmod(place, columns)
        page.paste(fitted, (gap + column * (cell[0] + gap), gap + row * (cell[1] + gap)))
    return page


def screenshot(task: Task) -> Image.Image:
    """Show the photo as a post on a phone, at full width or less."""
    share = task.by_strength(0.95, 0.75, 0.55)
    width = round(task.photo.width / min(share, 1.0))
    paper = (255, 255, 255) if task.rng.random() < 0.6 else (18, 18, 20)
    ink = "black" if sum(paper) > 380 else "white"
    above, below = (round(width * task.rng.uniform(*each)) for each in ((0.2, 0.3), (0.3, 0.6)))
    page = Image.new("RGB", (width, above + task.photo.height + below), paper)
    page.paste(task.photo, ((width - task.photo.width) // 2, above))
    draw, unit = ImageDraw.Draw(page), width / 20
    written(page, "9:41", (2 * unit, unit), unit * 0.8, ink)
    draw.circle((1.5 * unit, above - 1.5 * unit), unit, fill=(190, 90, 140))
    written(page, "someone.else", (6 * unit, above - 1.5 * unit), unit * 0.8, ink)
    foot = above + task.photo.height
    for place in (1.5, 4.0, 6.5, 18.5):
        at = (place * unit, foot + 1.5 * unit)
        draw.circle(at, unit * 0.7, outline=ink, width=max(1, round(unit / 8)))
    for line in range(2):
        words = str(task.rng.choice(WORDS))
        written(page, words, (width * 0.3, foot + (3.5 + 1.5 * line) * unit), unit * 0.8, ink)
    return page


def sticker(task: Task) -> Image.Image:
    """Put smileys over it, the face too."""
    page = task.photo.copy()
    draw = ImageDraw.Draw(page)
    for _ in range(task.strength + 1):
        radius = task.rng.uniform(0.08, 0.13) * page.width
        x, y = (task.rng.uniform(0.2, 0.8, 2) * page.size).tolist()
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 205, 60))
        for side in (-1, 1):
            draw.circle((x + side * radius * 0.4, y - radius * 0.3), radius * 0.13, fill="black")
        mouth = (x - radius * 0.6, y - radius * 0.6, x + radius * 0.6, y + radius * 0.6)
        draw.arc(mouth, 20, 160, fill="black", width=max(1, round(radius / 8)))
    return page


# -- tone and grain ----------------------------------------------------------------------------------


def tone(task: Task) -> Image.Image:
    """Apply a phone's filter: a curve, contrast, warmth, less colour, dark corners."""
    rng, amount = task.rng, task.by_strength(0.25, 0.5, 0.8)
    levels = np.asarray(task.photo, np.float32) / 255
    levels = levels ** float(np.exp(task.sign * amount * 0.7))
    levels = (levels - 0.5) * (1 + task.sign * amount * 0.5) + 0.5
    levels *= 1 + amount * rng.uniform(-0.25, 0.25, 3).astype(np.float32)
    image = Image.fromarray((levels.clip(0, 1) * 255).astype(np.uint8))
    image = ImageEnhance.Color(image).enhance(1 - amount if rng.random() < 0.5 else 1 + amount)
    if rng.random() < 0.5:
        corners = ImageOps.invert(Image.radial_gradient("L").resize(image.size))
        corners = corners.point(lambda v: 255 - amount * (255 - min(255, 60 + v * 1.2)))
        image = Image.composite(image, Image.new("RGB", image.size), corners)
    return image


def grain(task: Task) -> Image.Image:
    """Add film grain: noise of some pixels' size, strongest in the mid-tones."""
    import cv2

    height, width = task.photo.height, task.photo.width
    size = max(0.5, task.px(task.rng.uniform(0.0005, 0.0011)))
    noise = cv2.GaussianBlur(
        task.rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), size
    )
    noise = noise * np.float32(task.by_strength(9, 16, 26) / noise.std())
    levels = np.asarray(task.photo, np.float32)
    middle = 1 - np.abs(levels.mean(axis=2) / 127.5 - 1) ** 2
    coarse = levels + (noise * (0.5 + 0.5 * middle))[..., None]
    return Image.fromarray(coarse.clip(0, 255).astype(np.uint8))


def halftone(task: Task) -> Image.Image:
    """Print it in a newspaper: the dots of three inks, in one raster or in three, scanned a little soft."""
    cell = task.px(task.by_strength(0.0028, 0.0038, 0.005))
    levels = np.asarray(task.photo, np.float32) / 255
    one_raster = task.rng.random() < 0.5
    angles = np.full(3, 45.0) if one_raster else np.array([15.0, 75.0, 45.0])
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    inks = []
    for channel, degrees in enumerate(np.radians(angles)):
        along = (x * np.cos(degrees) + y * np.sin(degrees)) * 2 * np.pi / cell
        across = (y * np.cos(degrees) - x * np.sin(degrees)) * 2 * np.pi / cell
        threshold = 0.5 + 0.25 * (np.sin(along) + np.sin(across))
        inks.append(1 / (1 + np.exp(-(levels[..., channel] - threshold) * 12)))
    dots = Image.fromarray((np.stack(inks, axis=2) * 235 + 12).astype(np.uint8))
    return dots.filter(ImageFilter.GaussianBlur(cell * 0.3))


def smoothing(task: Task) -> Image.Image:
    """Smooth skin as beauty filters do, and brighten it."""
    import cv2

    reach = task.px(0.012)
    levels = np.asarray(task.photo)
    smooth: Any = levels
    for _ in range(task.strength + 1):
        smooth = cv2.bilateralFilter(smooth, -1, task.by_strength(28, 38, 48), reach / 2)
    return ImageEnhance.Brightness(Image.fromarray(smooth)).enhance(task.rng.uniform(1.0, 1.12))


def shrink(task: Task) -> Image.Image:
    """Save it as a thumbnail, as a messenger does."""
    share = task.by_strength(320, 210, 150) / max(task.photo.size)
    return resized(task.photo, min(share, 1.0), min(share, 1.0))


def jpeg(task: Task) -> Image.Image:
    """Save it twice in very low quality, the second time at another size."""
    once = as_jpeg(task.photo, round(task.by_strength(22, 14, 9)))
    share = task.rng.uniform(0.55, 0.8)
    return as_jpeg(resized(once, share, share), round(task.by_strength(25, 17, 11)))


# -- over it -----------------------------------------------------------------------------------------


def dust(task: Task) -> Image.Image:
    """Scan an old print: specks, hairs and scratches, light and dark."""
    page = task.photo.copy()
    draw, rng = ImageDraw.Draw(page), task.rng
    for _ in range(round(task.by_strength(60, 160, 350))):
        radius = task.px(rng.uniform(0.0008, 0.003))
        x, y = (rng.random(2) * page.size).tolist()
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_light_or_dark(rng))
    for _ in range(round(task.by_strength(3, 8, 16))):
        start, bend, end = (rng.random(2) * page.size for _ in range(3))
        bend = (start + end) / 2 + (bend - (start + end) / 2) * 0.15
        steps = np.linspace(0, 1, 20)[:, None]
        line = (1 - steps) ** 2 * start + 2 * steps * (1 - steps) * bend + steps**2 * end
        width = max(1, round(task.px(0.0012)))
        draw.line([tuple(at) for at in line.tolist()], fill=_light_or_dark(rng), width=width)
    return page


def watermark(task: Task) -> Image.Image:
    """Write a translucent name over it, tiled on a slant."""
    size = task.px(task.rng.uniform(0.035, 0.055))
    side = round(1.5 * max(task.photo.size))
    marks = Image.new("L", (side, side), 0)
    font = ImageFont.load_default(size=size)
    draw = ImageDraw.Draw(marks)
    words = str(task.rng.choice(WORDS))
    step = draw.textlength(words, font=font) + 2 * size
    for line, y in enumerate(np.arange(0, side, 3.2 * size)):
        for x in np.arange(-step * (line % 2) / 2, side, step):
            draw.text((x, y), words, fill=255, font=font)
    marks = marks.rotate(task.rng.uniform(15, 40))
    left, top = ((side - each) // 2 for each in task.photo.size)
    marks = marks.crop((left, top, left + task.photo.width, top + task.photo.height))
    alpha = task.by_strength(0.25, 0.4, 0.6)
    colour = (255, 255, 255) if task.rng.random() < 0.5 else (40, 40, 40)
    over = Image.new("RGB", task.photo.size, colour)
    return Image.composite(over, task.photo, marks.point(lambda v: v * alpha))


def _light_or_dark(rng: Rng) -> tuple[int, int, int]:
    level = int(rng.integers(200, 250)) if rng.random() < 0.6 else int(rng.integers(20, 70))
    return level, level, level


def resized(image: Image.Image, x: float, y: float) -> Image.Image:
    size = (max(1, round(image.width * x)), max(1, round(image.height * y)))
    return image.resize(size, Image.Resampling.LANCZOS)


def warped(image: Image.Image, corners: NDArray[Any], size: tuple[int, int]) -> Image.Image:
    """Move the corners (4, 2), clockwise from top left, to these places on a page of a size."""
    import cv2

    width, height = image.size
    before = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(before, corners.astype(np.float32))
    page = cv2.warpPerspective(
        np.asarray(image), matrix, size, flags=cv2.INTER_AREA, borderValue=(25, 25, 28)
    )
    return Image.fromarray(page)


def written(
    page: Image.Image, words: str, middle: tuple[float, float], size: float, ink: str
) -> None:
    font = ImageFont.load_default(size=size)
    ImageDraw.Draw(page).text(middle, words, fill=ink, font=font, anchor="mm")


KINDS: dict[str, Kind] = {
    "squeeze": Kind(squeeze),
    "shear": Kind(shear),
    "screen": Kind(screen),
    "turn": Kind(turn),
    "crop": Kind(crop),
    "collage": Kind(collage, joins=(1, 3, 3)),
    "screenshot": Kind(screenshot),
    "tone": Kind(tone),
    "grain": Kind(grain),
    "halftone": Kind(halftone),
    "smoothing": Kind(smoothing),
    "shrink": Kind(shrink),
    "jpeg": Kind(jpeg),
    "dust": Kind(dust),
    "watermark": Kind(watermark),
    "sticker": Kind(sticker, covers=True),
}
