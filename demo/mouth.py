"""Draws the mouth: the lines of its lips, and what is painted between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.brush import curve, fill, oval, stroke
from demo.person import Person
from demo.pose import Points
from demo.sitter import Sitter

# How far the lips stand out from the face.
DEPTH = 0.05


@dataclass(frozen=True)
class Mouth:
    """The lines of a mouth in face coordinates, each left to right."""

    upper_lip: Points
    upper_seam: Points
    lower_seam: Points
    lower_lip: Points
    gap: float

    @classmethod
    def of(cls, sitter: Sitter) -> "Mouth":
        """Return a person's mouth, shaped by their expression."""
        build, face = sitter.person.build, sitter.expression
        middle, lip = build.nose_length + 0.355, build.lip_height
        lift, gap = 0.012 + 0.06 * face.smile, 0.09 * face.mouth_open
        width = build.mouth_width * (1 + 0.16 * face.smile)
        across = width * np.array([-1, -0.6, -0.18, 0, 0.18, 0.6, 1])
        corner = middle - lift
        seam = middle + 0.25 * lift * np.array([-4, -1, 1, 1.5, 1, -1, -4])
        jaw = seam + gap * np.array([0, 0.8, 1, 1, 1, 0.8, 0])
        top = corner - lip * np.array([0, 0.45, 0.85, 0.68, 0.85, 0.45, 0])
        # The lower lip shares its corners with the upper one.
        drop = (lip * 1.15 + lift + gap) * np.array([0, 0.62, 0.98, 1.03, 0.98, 0.62, 0])
        lines = (top, seam, jaw, corner + drop)
        upper_lip, upper_seam, lower_seam, lower_lip = (
            curve(np.column_stack([across, line])) for line in lines
        )
        return cls(upper_lip, upper_seam, lower_seam, lower_lip, gap)


def draw_mouth(sitter: Sitter) -> None:
    """Draw the lips, and teeth where the mouth is open."""
    mouth, colour = Mouth.of(sitter), lip_colour(sitter.person)
    photo, pose, soft = sitter.photo, sitter.pose, sitter.px(0.008)
    lips = pose.place(np.vstack([mouth.upper_lip, mouth.lower_lip[::-1]]), DEPTH)
    fill(photo, lips, colour, 0.85, soft)
    upper = pose.place(np.vstack([mouth.upper_lip, mouth.upper_seam[::-1]]), DEPTH)
    fill(photo, upper, colour * 0.86, 0.7, soft)
    if mouth.gap > 0.02:
        draw_teeth(sitter, mouth)
    seam = pose.place(mouth.upper_seam, DEPTH)
    stroke(photo, seam, sitter.px(0.014), colour * 0.42, 0.7, 0.8)
    draw_lower_lip(sitter, mouth, colour)


def draw_teeth(sitter: Sitter, mouth: Mouth) -> None:
    """Draw the open mouth and the upper teeth in it."""
    inside = sitter.pose.place(np.vstack([mouth.upper_seam, mouth.lower_seam[::-1]]), DEPTH)
    fill(sitter.photo, inside, (70, 26, 28))
    edge = mouth.lower_seam[::-1] - np.array([0, mouth.gap * 0.35])
    teeth = sitter.pose.place(np.vstack([mouth.upper_seam, edge]), DEPTH)
    fill(sitter.photo, teeth, (236, 230, 220), 0.95, 0.8, within=inside)


def draw_lower_lip(sitter: Sitter, mouth: Mouth, colour: NDArray[np.float64]) -> None:
    """Draw the light on the lower lip and the shade under it."""
    half, bottom = float(mouth.upper_lip[-1, 0]), float(mouth.lower_lip[:, 1].max())
    height = sitter.person.build.lip_height
    light = [(-half * 0.3, bottom - 0.45 * height), (half * 0.3, bottom - 0.45 * height)]
    shine = sitter.pose.place(curve(light), DEPTH)
    stroke(sitter.photo, shine, sitter.px(0.03), colour * 1.25 + 12, 0.3, sitter.px(0.02))
    under = sitter.pose.place(oval((0, bottom + 0.4 * height), (half * 0.55, 0.03)))
    fill(sitter.photo, under, sitter.skin(0.6), 0.35, sitter.px(0.03))


def lip_colour(person: Person) -> NDArray[np.float64]:
    """Mix the colour of the lips from the skin and blood; women's are a little stronger."""
    strength = 0.9 if person.sex == "female" else 0.45
    blood = np.array([0.86, 0.60, 0.62])
    return np.array(person.skin) * (1 - strength * (1 - blood))
