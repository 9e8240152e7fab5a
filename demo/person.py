"""The invented people of a collection: everything that is the same in all their photos."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from demo.brush import Colour

Sex = Literal["female", "male"]
Label = Literal["positive", "negative"]
Kind = Literal["bmr", "none", "blush", "flush", "cast"]

# Each block of people is balanced, so that a larger collection can extend a smaller one.
BLOCK = 20
BLOCK_SEXES: tuple[Sex, ...] = ("female",) * 6 + ("male",) * 4
BLOCK_NEGATIVES: tuple[Kind, ...] = ("none",) * 4 + ("blush", "flush", "cast") * 2

# The six Fitzpatrick skin types: a typical colour in daylight.
SKIN_TONES = ("I", "II", "III", "IV", "V", "VI")
SKIN_COLOURS = np.array(
    [
        (243, 211, 195),
        (233, 193, 170),
        (213, 168, 138),
        (183, 134, 100),
        (138, 93, 66),
        (93, 62, 47),
    ],
    dtype=np.float64,
)
HAIR_COLOURS: dict[str, Colour] = {
    "black": (34, 28, 27),
    "dark brown": (62, 42, 32),
    "brown": (97, 66, 45),
    "auburn": (122, 64, 40),
    "blond": (196, 158, 104),
    "grey": (158, 155, 152),
}
IRIS_COLOURS: dict[str, Colour] = {
    "dark": (62, 38, 26),
    "brown": (100, 64, 38),
    "hazel": (122, 98, 58),
    "green": (98, 120, 88),
    "blue": (98, 130, 160),
}
STYLES: dict[Sex, tuple[str, ...]] = {
    "female": ("long", "long", "wavy", "wavy", "bob", "bun", "curly", "scarf"),
    "male": ("crop", "crop", "side", "side", "buzz", "curly", "bald", "bob"),
}


@dataclass(frozen=True)
class Build:
    """Proportions of a face, in half face widths."""

    chin: float
    jaw: float
    crown: float
    eye_gap: float
    eye_width: float
    eye_open: float
    eye_slant: float
    brow_height: float
    brow_thickness: float
    nose_width: float
    nose_length: float
    mouth_width: float
    lip_height: float


@dataclass(frozen=True)
class Person:
    """One invented person, with their ground truth."""

    number: int
    sex: Sex
    label: Label
    kind: Kind
    tone: str
    build: Build
    skin: Colour
    undertone: float
    natural_redness: float
    sign_strength: float
    sign_size: float
    pattern_seed: int
    age: float
    hair: Colour
    style: str
    fringe: float
    beard: float
    iris: Colour
    freckles: int
    glasses: bool
    earrings: bool

    @property
    def code(self) -> str:
        """The person's code in truth.csv."""
        return f"D{self.number:03d}"


def person_of(seed: int, number: int) -> Person:
    """Invent person `number` (from 1) of the collection with this seed."""
    sex, kind, tone = balanced_place(seed, number)
    rng = np.random.default_rng([seed, 1, number])
    age = float(rng.beta(1.3, 1.9))
    tone_index = SKIN_TONES.index(tone)
    return Person(
        number=number,
        sex=sex,
        label="positive" if kind == "bmr" else "negative",
        kind=kind,
        tone=tone,
        build=draw_build(rng, sex),
        skin=draw_skin(rng, tone_index),
        undertone=float(rng.normal(0, 1)),
        natural_redness=float(rng.uniform(0.05, 0.35)),
        sign_strength=float(rng.beta(1.6, 1.6)),
        sign_size=float(rng.uniform(0.85, 1.15)),
        pattern_seed=int(rng.integers(2**31)),
        age=age,
        hair=draw_hair_colour(rng, tone_index, age),
        style=str(rng.choice(STYLES[sex])),
        fringe=float(rng.uniform(0, 1)),
        beard=draw_beard(rng, sex),
        iris=draw_iris(rng, tone_index),
        freckles=int(rng.integers(15, 60)) if tone_index < 4 and rng.random() < 0.3 else 0,
        glasses=bool(rng.random() < 0.22),
        earrings=bool(sex == "female" and rng.random() < 0.45),
    )


def balanced_place(seed: int, number: int) -> tuple[Sex, Kind, str]:
    """Return the sex, kind and skin tone assigned to a person by their shuffled block."""
    block, place = divmod(number - 1, BLOCK)
    rng = np.random.default_rng([seed, 0, block])
    half = BLOCK // 2
    rash: list[Kind] = ["bmr"] * half
    kinds = rash + [BLOCK_NEGATIVES[i] for i in rng.permutation(half)]
    sexes = [BLOCK_SEXES[i] for _ in range(2) for i in rng.permutation(half)]
    # Both labels get the same tones, so that skin tone does not predict the label.
    tones = [SKIN_TONES[(block * half + i) % 6] for _ in range(2) for i in rng.permutation(half)]
    seat = int(rng.permutation(BLOCK)[place])
    return sexes[seat], kinds[seat], tones[seat]


def draw_build(rng: np.random.Generator, sex: Sex) -> Build:
    """Draw random proportions of a face."""
    male = sex == "male"
    return Build(
        chin=float(rng.uniform(1.36, 1.56) + 0.05 * male),
        jaw=float(rng.uniform(1.85, 2.2) + 0.8 * male),
        crown=float(rng.uniform(1.36, 1.5)),
        eye_gap=float(rng.uniform(0.40, 0.45)),
        eye_width=float(rng.uniform(0.225, 0.255) - 0.02 * male),
        eye_open=float(rng.uniform(0.1, 0.135) - 0.025 * male),
        eye_slant=float(rng.uniform(-0.03, 0.035)),
        brow_height=float(rng.uniform(0.28, 0.34) - 0.06 * male),
        brow_thickness=float(rng.uniform(0.02, 0.036) + 0.03 * male),
        nose_width=float(rng.uniform(0.16, 0.22) + 0.035 * male),
        nose_length=float(rng.uniform(0.54, 0.62) + 0.03 * male),
        mouth_width=float(rng.uniform(0.32, 0.42)),
        lip_height=float(rng.uniform(0.095, 0.14) - 0.03 * male),
    )


def draw_skin(rng: np.random.Generator, tone_index: int) -> Colour:
    """Draw a random skin colour within a Fitzpatrick type."""
    place = np.clip(tone_index + rng.uniform(-0.4, 0.4), 0, len(SKIN_COLOURS) - 1)
    low = int(min(place, len(SKIN_COLOURS) - 2))
    mixed = SKIN_COLOURS[low] + (place - low) * (SKIN_COLOURS[low + 1] - SKIN_COLOURS[low])
    red, green, blue = (mixed + rng.normal(0, (3, 3, 4))).tolist()
    return red, green, blue


def draw_hair_colour(rng: np.random.Generator, tone_index: int, age: float) -> Colour:
    """Draw a hair colour that goes with a skin tone and an age."""
    if rng.random() < (age - 0.45) * 1.4:
        return HAIR_COLOURS["grey"]
    dark = ["black", "black", "dark brown"]
    light = ["dark brown", "brown", "brown", "auburn", "blond", "blond"]
    return HAIR_COLOURS[str(rng.choice(dark if tone_index >= 3 else light))]


def draw_iris(rng: np.random.Generator, tone_index: int) -> Colour:
    """Draw an eye colour that goes with a skin tone."""
    dark, light = ["dark", "dark", "brown"], ["brown", "hazel", "green", "blue", "blue"]
    return IRIS_COLOURS[str(rng.choice(dark if tone_index >= 3 else light))]


def draw_beard(rng: np.random.Generator, sex: Sex) -> float:
    """Draw a random amount of beard: 0 none, up to 0.5 stubble, up to 1 a full beard."""
    if sex == "female" or rng.random() < 0.35:
        return 0.0
    return float(rng.uniform(0.15, 1.0))
