"""Draws everything around the head: room, clothes, light, the camera's artefacts, and the mark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from demo.brush import Colour, curve, fill, stroke
from demo.noise import cloud
from demo.sitter import SIDES, Sitter

MARK = "drawn, not real"
SIZES = (
    (720, 900),
    (720, 720),
    (800, 1000),
    (864, 1080),
    (900, 900),
    (960, 960),
    (768, 1024),
    (810, 1080),
)
CLOTHES: tuple[Colour, ...] = (
    (236, 234, 230), (52, 56, 66), (120, 44, 50), (66, 92, 130), (96, 120, 96),
    (196, 168, 96), (150, 150, 156), (88, 70, 96), (206, 140, 120), (40, 42, 44),
)  # fmt: skip
WALLS: tuple[Colour, ...] = (
    (214, 210, 204), (188, 200, 206), (170, 178, 160), (206, 190, 170), (120, 132, 144),
    (150, 124, 108), (96, 112, 104), (226, 222, 214), (140, 150, 178), (196, 170, 164),
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """Where a photo was taken, and with which camera."""

    size: tuple[int, int]
    wall: Colour
    room: str
    clothes: Colour
    neckline: str
    grain: float
    vignette: float
    exposure: float
    cast: tuple[float, float, float]


def background(setting: Setting, rng: np.random.Generator) -> Image.Image:
    """Draw the background small and out of focus, and enlarge it."""
    width, height = setting.size[0] // 4, setting.size[1] // 4
    wall = np.array(setting.wall, dtype=np.float32)
    glow = 1 + 0.12 * cloud(rng, height, width, width * 0.8) + 0.02 * cloud(rng, height, width, 6)
    small = Image.fromarray(np.clip(wall * glow[..., None], 0, 255).astype(np.uint8))
    ROOMS[setting.room](small, wall, rng)
    soft = small.filter(ImageFilter.GaussianBlur(rng.uniform(1.2, 3.5)))
    return soft.resize(setting.size, Image.Resampling.BICUBIC)


def draw_wall(small: Image.Image, wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draw a plain wall, sometimes with a corner."""
    if rng.random() < 0.5:
        corner = int(rng.uniform(0.1, 0.9) * small.width)
        shade = tuple((wall * 0.86).astype(int).tolist())
        ImageDraw.Draw(small).rectangle((corner, 0, small.width, small.height), fill=shade)


def draw_window(small: Image.Image, _wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draw a bright window with bars."""
    pen, left = ImageDraw.Draw(small), int(rng.uniform(-0.1, 0.6) * small.width)
    right, bottom = left + int(0.42 * small.width), int(rng.uniform(0.4, 0.8) * small.height)
    pen.rectangle((left, -1, right, bottom), fill=(224, 234, 240), outline=(240, 240, 238), width=5)
    middle = (left + right) // 2
    pen.line((middle, 0, middle, bottom), fill=(240, 240, 238), width=4)


def draw_shelf(small: Image.Image, _wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draw shelves of books."""
    pen = ImageDraw.Draw(small)
    for floor in range(int(rng.integers(20, 50)), small.height, 55):
        across = 0
        while across < small.width:
            thick, tall = int(rng.integers(5, 13)), int(rng.integers(26, 46))
            colour = tuple(rng.integers(50, 200, 3).tolist())
            pen.rectangle((across, floor - tall, across + thick, floor), fill=colour)
            across += thick + int(rng.integers(0, 4))
        pen.rectangle((0, floor, small.width, floor + 4), fill=(92, 68, 50))


def draw_leaves(small: Image.Image, _wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draw greenery with spots of light."""
    pen = ImageDraw.Draw(small)
    for _ in range(240):
        x, y, r = rng.uniform(0, small.width), rng.uniform(0, small.height), rng.uniform(4, 13)
        light = rng.uniform(0.5, 1.4)
        colour = tuple((np.array([82, 112, 62]) * light).astype(int).tolist())
        pen.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=colour)


def draw_lights(small: Image.Image, wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draw out-of-focus lamps in the evening."""
    dark = Image.new("RGB", small.size, tuple((wall * 0.35).astype(int).tolist()))
    small.paste(Image.blend(small, dark, 0.75))
    pen = ImageDraw.Draw(small)
    for _ in range(26):
        x, y, r = rng.uniform(0, small.width), rng.uniform(0, small.height), rng.uniform(3, 11)
        colour = tuple(rng.integers((150, 120, 70), (255, 225, 180)).tolist())
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def draw_sea(small: Image.Image, _wall: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Draw sky, sea and beach."""
    pen, horizon = ImageDraw.Draw(small), int(rng.uniform(0.35, 0.6) * small.height)
    pen.rectangle((0, 0, small.width, horizon), fill=(178, 206, 226))
    pen.rectangle((0, horizon, small.width, small.height), fill=(98, 140, 160))
    beach = horizon + int(0.2 * small.height)
    pen.rectangle((0, beach, small.width, small.height), fill=(214, 196, 160))


ROOMS = {
    "wall": draw_wall, "window": draw_window, "shelf": draw_shelf,
    "leaves": draw_leaves, "lights": draw_lights, "sea": draw_sea,
}  # fmt: skip


def draw_body(sitter: Sitter, setting: Setting) -> None:
    """Draw neck and shoulders."""
    photo, pose, person = sitter.photo, sitter.pose, sitter.person
    broad = 0.25 if person.sex == "male" else 0.0
    neck = 0.58 + 0.5 * broad
    throat = curve(
        [
            (-neck, 0.7),
            (-neck, 1.6),
            (-neck - 0.35, 2.1),
            (0, 2.9),
            (neck + 0.35, 2.1),
            (neck, 1.6),
            (neck, 0.7),
        ],
        closed=True,
    )
    fill(photo, pose.place_on_head(throat), sitter.skin(0.84, 1.02))
    for side in SIDES:
        edge = [(side * neck, 1.0), (side * neck, 1.6), (side * (neck + 0.2), 2.0)]
        stroke(
            photo,
            pose.place_on_head(curve(edge)),
            sitter.px(0.2),
            sitter.skin(0.55),
            0.5,
            sitter.px(0.1),
        )
    chin = person.build.chin
    shadow = curve([(-0.7, chin - 0.35), (0, chin + 0.22), (0.7, chin - 0.35)], closed=True)
    fill(photo, pose.place_on_head(shadow), sitter.skin(0.42), 0.6, sitter.px(0.09))
    draw_clothes(sitter, setting, neck, broad)


def draw_clothes(sitter: Sitter, setting: Setting, neck: float, broad: float) -> None:
    """Draw a top with a round, a V or a high neckline."""
    photo, pose = sitter.photo, sitter.pose
    depth = {"round": 2.2, "v": 2.55, "high": 2.0}[setting.neckline]
    wide = neck + (0.02 if setting.neckline == "high" else 0.2)
    cut = curve(
        [
            (wide, 1.78),
            (wide * 0.6, depth - 0.1),
            (0, depth),
            (-wide * 0.6, depth - 0.1),
            (-wide, 1.78),
        ]
    )
    if setting.neckline == "v":
        cut = curve([(wide, 1.78), (0, depth), (-wide, 1.78)], pieces=1)
    left = curve([(-wide, 1.78), (-1.5 - broad, 2.05), (-2.0 - broad, 2.45), (-2.3 - broad, 4.5)])
    right = left[::-1] * (-1, 1)
    shape = pose.place_on_head(np.vstack([left, right, cut]))
    colour = np.array(setting.clothes)
    fill(photo, shape, colour)
    stroke(photo, pose.place_on_head(cut), sitter.px(0.05), colour * 0.78, 0.9, 0.8)
    for x, y in ((-1.2, 2.6), (0.9, 2.7), (-0.4, 2.9), (1.5, 2.5)):
        fold = pose.place_on_head(curve([(x, y), (x * 0.9, y + 0.4), (x * 0.95, y + 0.9)]))
        stroke(photo, fold, sitter.px(0.08), colour * 0.72, 0.5, sitter.px(0.05))


def develop(photo: Image.Image, setting: Setting, rng: np.random.Generator) -> Image.Image:
    """Turn a drawing into a snapshot: uneven light, exposure, colour cast, vignette, grain."""
    width, height = photo.size
    small = cloud(rng, height // 8, width // 8, width * 0.12) * np.float32(0.035)
    across = np.linspace(-1, 1, width // 8, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height // 8, dtype=np.float32)[:, None]
    small = 1 + small - setting.vignette * (across**2 + down**2) / 2
    gain = np.asarray(Image.fromarray(small).resize(photo.size, Image.Resampling.BILINEAR))
    gain = gain * np.float32(setting.exposure)
    # One grain for all three channels, as in film, from a tile: noise is the slowest step.
    tile = rng.standard_normal((height // 2, width // 2), dtype=np.float32) * setting.grain
    grain = np.tile(tile, (2, 2))
    grain = np.pad(grain, ((0, height - grain.shape[0]), (0, width - grain.shape[1])))
    cast = setting.cast
    channels = []
    for channel, factor in zip(photo.split(), cast, strict=True):
        exposed = np.asarray(channel, dtype=np.float32) * (gain * np.float32(factor)) + grain
        channels.append(Image.fromarray(np.clip(exposed, 0, 255).astype(np.uint8)))
    return Image.merge("RGB", channels)


def mark(photo: Image.Image) -> None:
    """Mark the photo as drawn, in its lower left corner."""
    font = ImageFont.load_default(size=max(14, photo.width // 40))
    place = (photo.width * 0.045, photo.height * 0.955)
    ImageDraw.Draw(photo).text(
        place,
        MARK,
        fill=(255, 255, 255),
        font=font,
        anchor="ls",
        stroke_width=2,
        stroke_fill=(40, 40, 40),
    )
