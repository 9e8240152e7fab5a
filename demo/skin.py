"""Renders the skin of a head: relief and light, colour and texture, and signs, rash or look-alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.noise import Field, bump, cloud, ripples, step
from demo.person import Build, Person
from demo.pose import Box, Pose

# Skin is smooth, so it is computed on every second pixel and enlarged.
STEP_PX = 2


@dataclass(frozen=True)
class Light:
    """A photo's light: its direction (x right, y down, z to the viewer), hardness and warmth."""

    x: float
    y: float
    z: float
    hardness: float
    warmth: float
    shine: float


@dataclass(frozen=True)
class Ground:
    """The coordinates of every computed pixel of a head, on its silhouette and on its face."""

    x: Field
    y: Field
    u: Field
    mirrored_u: Field

    @classmethod
    def of(cls, pose: Pose, box: Box) -> "Ground":
        """Return a pose's coordinates over a box of the photo."""
        x, y = pose.head_grid(box, STEP_PX)
        u = pose.face_columns(x)
        return cls(x=x, y=y, u=u, mirrored_u=np.abs(u))


def skin_pixels(
    person: Person, pose: Pose, light: Light, box: Box, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Compute the lit skin of a head, (rows, columns, 3), on every second pixel of a box."""
    ground = Ground.of(pose, box)
    shade, gloss = lit(relief(ground, person.build), pose, light)
    colour = complexion(person, ground) * redness(person, ground)
    # Skin scatters red light, so shadows are warmer than plain darkening would make them.
    dimmed = colour * shade[..., None] ** np.array([0.88, 1.06, 1.12], dtype=np.float32)
    rows, columns = shade.shape
    pores = 1 + 0.011 * cloud(rng, rows, columns, 1.6) + 0.012 * cloud(rng, rows, columns, 7)
    return (dimmed * pores[..., None] + gloss[..., None]).astype(np.float32)


def relief(ground: Ground, build: Build) -> Field:
    """Model the surface of a face as height above the photo's plane."""
    u, side, y = ground.u, ground.mirrored_u, ground.y
    roundness = np.clip(1 - (ground.x / 1.16) ** 2 - ((y - 0.05) / 1.68) ** 2, 0.02, 1)
    height = 0.85 * np.sqrt(roundness)
    tip = build.nose_length - 0.09
    ridge = step(y, 0.0, 0.07) * step(-y, -tip, 0.05) * (0.04 + 0.12 * np.clip(y / tip, 0, 1))
    height += ridge * np.exp(-((u / np.float32(0.09 + 0.06 * build.nose_width)) ** 2) / 2)
    height += 0.10 * bump(u, y, (0, tip - 0.01), (0.12, 0.11))
    height += 0.06 * bump(side, y, (build.nose_width * 0.8, tip + 0.04), (0.075, 0.075))
    height -= 0.10 * bump(side, y, (build.eye_gap, -0.02), (0.21, 0.13))
    height += 0.045 * bump(side, y, (build.eye_gap, 0.0), (0.15, 0.075))
    height += 0.035 * bump(side, y, (0.42, -0.27), (0.3, 0.07))
    height += 0.075 * bump(side, y, (0.58, 0.42), (0.22, 0.17))
    height += 0.055 * bump(u, y, (0, 0.95), (0.3, 0.2))
    height -= 0.03 * bump(u, y, (0, 1.13), (0.2, 0.05))
    height += 0.07 * bump(u, y, (0, build.chin - 0.13), (0.22, 0.12))
    height += 0.05 * bump(u, y, (0, -0.65), (0.5, 0.3))
    return np.asarray(height - crease(side, y), dtype=np.float32)


def crease(side: Field, y: Field) -> Field:
    """Return the depth of the nasolabial fold, from the wing of the nose to the corner of the mouth."""
    across = side - (0.23 + 0.5 * np.clip(y - 0.52, 0, 1))
    depth = 0.016 * np.exp(-((across / 0.05) ** 2)) * bump(y, y, (0.72, 0.72), (0.24, 0.24))
    return np.asarray(depth, dtype=np.float32)


def lit(height: Field, pose: Pose, light: Light) -> tuple[Field, Field]:
    """Shade a relief: each pixel's diffuse reflection, and the gloss on top."""
    down, right = np.gradient(height, np.float32(STEP_PX / pose.unit_px))
    length = np.sqrt(right * right + down * down + 1)
    reach = np.sqrt(light.x**2 + light.y**2 + light.z**2)
    facing = (-right * light.x - down * light.y + light.z) / (length * reach)
    shade = 1 - light.hardness + light.hardness * 1.12 * np.clip(facing, 0, 1)
    gloss = light.shine * np.clip(facing, 0, 1) ** 14
    return np.clip(shade, 0.12, 1.25).astype(np.float32), gloss.astype(np.float32)


def complexion(person: Person, ground: Ground) -> NDArray[np.float32]:
    """Return the colour of the skin without any sign: base, mottling and a beard's shadow."""
    rng = np.random.default_rng([person.pattern_seed, 0])
    mottle = ripples(rng, ground.u, ground.y, 1.2)
    colour = np.array(person.skin, dtype=np.float32) * np.ones((*mottle.shape, 1), np.float32)
    tint = np.array([0.008, 0.014, 0.016], dtype=np.float32)
    colour *= 1 - mottle[..., None] * tint
    if person.beard > 0:
        shadow = 0.22 * min(person.beard * 2, 1) * beard_area(ground, person.build)
        colour *= 1 - shadow[..., None] * np.array([1, 0.9, 0.75], dtype=np.float32)
    return colour


def beard_area(ground: Ground, build: Build) -> Field:
    """Return where a beard grows: moustache, jaw and chin."""
    side, y = ground.mirrored_u, ground.y
    jaw = step(y, 0.78, 0.045) * step(y + side * 0.9, 1.28, 0.05)
    chin = step(y, build.chin - 0.36, 0.04) * step(-side, -0.35, 0.06)
    moustache = bump(side, y, (0.13, build.nose_length + 0.13), (0.17, 0.055))
    return np.clip(jaw + chin + moustache, 0, 1)


def redness(person: Person, ground: Ground) -> NDArray[np.float32]:
    """Return the factors by which blood under the skin absorbs its colour, (rows, columns, 3)."""
    natural = 0.5 * person.natural_redness * warm_zones(ground)
    amount = np.clip(natural + sign(person, ground), 0, 1.1)[..., None]
    return np.asarray(1 - amount * (1 - erythema(person)), dtype=np.float32)


def erythema(person: Person) -> NDArray[np.float32]:
    """Return the factors of full redness: pink on light skin, violet and darker on dark skin."""
    melanin = float(np.clip((235 - person.skin[1]) / 175, 0, 1))
    on_light, on_dark = np.array([0.95, 0.58, 0.58]), np.array([0.68, 0.41, 0.58])
    return np.asarray(on_light + melanin * (on_dark - on_light), dtype=np.float32)


def warm_zones(ground: Ground) -> Field:
    """Return where any face is slightly red: cheeks, tip of the nose, chin."""
    side, y = ground.mirrored_u, ground.y
    cheeks = bump(side, y, (0.55, 0.5), (0.25, 0.2))
    nose = bump(ground.u, y, (0, 0.5), (0.14, 0.12))
    return np.asarray(
        np.clip(cheeks + 0.8 * nose + 0.4 * bump(ground.u, y, (0, 1.3), (0.25, 0.15)), 0, 1),
        dtype=np.float32,
    )


def sign(person: Person, ground: Ground) -> Field:
    """Return how red the person's rash or look-alike makes each pixel, 0..1."""
    match person.kind:
        case "bmr":
            return butterfly(person, ground)
        case "blush":
            return blush(person, ground)
        case "flush":
            return flush(person, ground)
        case _:
            return np.zeros_like(ground.u)


def butterfly(person: Person, ground: Ground) -> Field:
    """Draw a malar rash: blotchy, on both cheeks and the bridge of the nose, sparing the nasolabial folds."""
    rng = np.random.default_rng([person.pattern_seed, 1])
    side, y, size = ground.mirrored_u, ground.y, np.float32(person.sign_size)
    # The wings rise towards the ears, like a butterfly's.
    along = (side - np.float32(0.46)) * np.float32(0.95) - (y - np.float32(0.42)) * np.float32(0.3)
    across = (y - np.float32(0.42)) * np.float32(0.95) + (side - np.float32(0.46)) * np.float32(0.3)
    wings = 1 - np.sqrt((along / (0.40 * size)) ** 2 + (across / (0.24 * size)) ** 2)
    bridge = 0.75 - np.sqrt((side / (0.26 * size)) ** 2 + ((y - 0.33) / (0.26 * size)) ** 2)
    edge = 0.16 * ripples(rng, ground.u, y, 2.2) + 0.13 * ripples(rng, ground.u, y, 5.5)
    area = step(np.maximum(wings, bridge) + edge, 0.06, 0.06)
    blotches = 0.8 + 0.12 * ripples(rng, ground.u, y, 4.0) + 0.06 * ripples(rng, ground.u, y, 11.0)
    strength = 0.20 + 0.60 * person.sign_strength
    return np.asarray(
        strength * area * np.clip(blotches, 0.35, 1.15) * beside_the_fold(side, y), dtype=np.float32
    )


def beside_the_fold(side: Field, y: Field) -> Field:
    """Return 1 on the cheek and 0 in and below the nasolabial fold."""
    fold = np.float32(0.56) + np.float32(1.3) * (side - np.float32(0.18))
    under_eyes = step(y, 0.15, 0.02) + step(-side, -0.2, 0.03)
    return np.asarray(step(fold - y, 0.03, 0.025) * np.clip(under_eyes, 0, 1), dtype=np.float32)


def blush(person: Person, ground: Ground) -> Field:
    """Draw a blush: round and smooth, on the apples of the cheeks only."""
    size = person.sign_size
    apples = bump(ground.mirrored_u, ground.y, (0.56, 0.47), (0.23 * size, 0.19 * size))
    return np.asarray(
        (0.32 + 0.45 * person.sign_strength) * np.clip(apples * 1.25, 0, 1), dtype=np.float32
    )


def flush(person: Person, ground: Ground) -> Field:
    """Draw a flush: the whole face, almost even."""
    rng = np.random.default_rng([person.pattern_seed, 2])
    uneven = 0.92 + 0.06 * ripples(rng, ground.u, ground.y, 1.0)
    return np.asarray((0.25 + 0.45 * person.sign_strength) * uneven, dtype=np.float32)
