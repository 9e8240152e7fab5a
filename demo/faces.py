"""Draws one photo of a person, with the region that a rater would mark."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from demo.brush import area_mask, box_around, curve
from demo.features import (
    draw_beard,
    draw_brows,
    draw_ears,
    draw_eyes,
    draw_freckles,
    draw_glasses,
    draw_lines,
    draw_nose,
)
from demo.hair import draw_hair_behind, draw_hair_in_front
from demo.mouth import draw_mouth
from demo.person import Person
from demo.pose import Points, Pose
from demo.scene import CLOTHES, ROOMS, SIZES, WALLS, Setting, background, develop, draw_body, mark
from demo.sitter import Expression, Sitter, head_outline
from demo.skin import STEP_PX, Light, skin_pixels

# A rater's polygon over cheeks and the bridge of the nose, in face coordinates: below the eyes, above the mouth.
REGION = (
    (-0.86, 0.17), (-0.45, 0.20), (0.0, 0.13), (0.45, 0.20), (0.86, 0.17), (0.82, 0.52),
    (0.58, 0.84), (0.28, 0.80), (0.0, 0.64), (-0.28, 0.80), (-0.58, 0.84), (-0.82, 0.52),
)  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """What differs between two photos of one person."""

    pose: Pose
    expression: Expression
    light: Light
    setting: Setting
    glasses: bool
    hand: float


@dataclass(frozen=True)
class Photo:
    """A drawn photo and its truth: the region in pixels, x and y of each corner."""

    image: Image.Image
    region: tuple[tuple[int, int], ...]


def shot_of(person: Person, seed: int, number: int) -> Shot:
    """Return shot `number` (from 0) of a person."""
    rng = np.random.default_rng([seed, 2, person.number, number])
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    unit = width * rng.uniform(0.2, 0.265)
    pose = Pose(
        x_px=width * (0.5 + rng.uniform(-0.06, 0.06)),
        y_px=height * rng.uniform(0.42, 0.47) + 0.05 * unit,
        unit_px=float(unit),
        tilt_rad=float(np.clip(rng.normal(0, 0.07), -0.17, 0.17)),
        turn_rad=float(np.clip(rng.normal(0, 0.12), -0.27, 0.27)),
    )
    return Shot(
        pose=pose,
        expression=expression_of(rng),
        light=light_of(rng, person),
        setting=setting_of(rng, person, (width, height)),
        glasses=person.glasses and bool(rng.random() < 0.8),
        hand=0.018,
    )


def expression_of(rng: np.random.Generator) -> Expression:
    """Draw a random expression."""
    smile = float(rng.choice([rng.uniform(-0.02, 0.35), rng.uniform(0.4, 1.0)]))
    return Expression(
        smile=smile,
        mouth_open=float(rng.uniform(0.4, 1.0)) if smile > 0.4 and rng.random() < 0.6 else 0.0,
        lids=float(rng.uniform(0.8, 1.1)),
        brow_lift=float(rng.uniform(-0.3, 1.0)),
        gaze=float(rng.normal(0, 0.35)),
    )


def light_of(rng: np.random.Generator, person: Person) -> Light:
    """Draw random light; dark skin is glossier, as in reality."""
    darkness = 1 - sum(person.skin) / 765
    return Light(
        x=float(rng.uniform(-0.75, 0.75)),
        y=float(rng.uniform(-0.75, -0.15)),
        z=1.0,
        hardness=float(rng.uniform(0.38, 0.64)),
        warmth=float(rng.normal(0, 0.025)),
        shine=float(rng.uniform(4, 16) + 30 * max(darkness - 0.3, 0)),
    )


def setting_of(rng: np.random.Generator, person: Person, size: tuple[int, int]) -> Setting:
    """Draw a random place, clothes and camera; a colour cast is a look-alike over the whole photo."""
    warmth = rng.normal(0, 0.02)
    cast = np.array([1 + warmth, 1.0, 1 - warmth])
    if person.kind == "cast":
        cast *= 1 - (0.5 + 0.5 * person.sign_strength) * np.array([-0.05, 0.13, 0.24])
    return Setting(
        size=size,
        wall=WALLS[int(rng.integers(len(WALLS)))],
        room=str(rng.choice(list(ROOMS))),
        clothes=CLOTHES[int(rng.integers(len(CLOTHES)))],
        neckline=str(rng.choice(["round", "v", "high"])),
        grain=float(rng.uniform(1.5, 4.5)),
        vignette=float(rng.uniform(0.02, 0.2)),
        exposure=float(rng.uniform(0.92, 1.07)),
        cast=(float(cast[0]), float(cast[1]), float(cast[2])),
    )


def draw_photo(person: Person, seed: int, number: int) -> Photo:
    """Draw shot `number` (from 0) of a person: the same arguments give the same pixels."""
    rng = np.random.default_rng([seed, 3, person.number, number])
    return draw_shot(person, shot_of(person, seed, number), rng)


def draw_shot(person: Person, shot: Shot, rng: np.random.Generator) -> Photo:
    canvas = background(shot.setting, rng)
    sitter = Sitter(canvas, person, shot.pose, shot.expression)
    draw_hair_behind(sitter)
    draw_body(sitter, shot.setting)
    draw_head(sitter, shot.light, rng)
    draw_face(sitter)
    draw_hair_in_front(sitter)
    if shot.glasses:
        draw_glasses(sitter)
    image = develop(canvas, shot.setting, rng)
    mark(image)
    return Photo(image, region_of(shot, rng, image.size))


def draw_head(sitter: Sitter, light: Light, rng: np.random.Generator) -> None:
    """Draw the ears, and the lit skin inside the silhouette of the head."""
    draw_ears(sitter)
    outline = sitter.pose.place_on_head(
        curve(head_outline(sitter.person.build, sitter.pose), closed=True, pieces=3)
    )
    box = box_around(outline, 2, sitter.photo.size)
    if box is None:
        return
    pixels = skin_pixels(sitter.person, sitter.pose, light, box, rng)
    small = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    width, height = box[2] - box[0], box[3] - box[1]
    large = small.resize((small.width * STEP_PX, small.height * STEP_PX), Image.Resampling.BICUBIC)
    skin = large.crop((0, 0, width, height))
    sitter.photo.paste(skin, box, area_mask(outline, box, 0.8))


def draw_face(sitter: Sitter) -> None:
    """Draw the features on the skin."""
    draw_freckles(sitter)
    draw_lines(sitter)
    draw_nose(sitter)
    draw_mouth(sitter)
    draw_beard(sitter)
    draw_eyes(sitter)
    draw_brows(sitter)


def region_of(
    shot: Shot, rng: np.random.Generator, size: tuple[int, int]
) -> tuple[tuple[int, int], ...]:
    """Return the region as a rater would draw it, in whole pixels inside the photo."""
    by_hand: Points = np.array(REGION) + rng.normal(0, shot.hand, (len(REGION), 2))
    corners = np.rint(shot.pose.place(by_hand)).astype(int)
    return tuple(
        (int(np.clip(x, 0, size[0] - 1)), int(np.clip(y, 0, size[1] - 1))) for x, y in corners
    )
