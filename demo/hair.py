"""Draws hair behind and on top of the head, or a headscarf."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from demo.brush import curve, fill, hatch, strands, stroke
from demo.pose import Points
from demo.sitter import Sitter

# Distance of the hair from the skull, for each style.
VOLUME = {
    "long": 0.13, "wavy": 0.19, "bob": 0.17, "bun": 0.07, "curly": 0.36,
    "crop": 0.12, "side": 0.17, "buzz": 0.035,
}  # fmt: skip
SCARVES = (
    (58, 84, 112),
    (120, 56, 74),
    (70, 98, 82),
    (176, 150, 120),
    (52, 50, 58),
    (150, 110, 140),
)


def draw_hair_behind(sitter: Sitter) -> None:
    """Draw the hair behind the head and neck."""
    style, rng = sitter.person.style, np.random.default_rng([sitter.person.pattern_seed, 7])
    if style in ("long", "wavy", "bob"):
        draw_mane(sitter, rng)
    elif style == "bun":
        draw_bun(sitter, rng)
    elif style == "curly":
        draw_curly_mass(sitter, rng)
    elif style == "scarf":
        cloth = around([(0, -1.5), (0.8, -1.2), (1.14, -0.3), (1.2, 1.1), (1.45, 2.2), (0, 2.4)])
        fill(sitter.photo, sitter.pose.place_on_head(cloth), scarf_colour(sitter) * 0.72)


def draw_mane(sitter: Sitter, rng: np.random.Generator) -> None:
    """Draw hair that falls behind the ears, to the jaw or to the chest."""
    length = {"bob": 1.25, "long": 2.3, "wavy": 2.0}[sitter.person.style]
    if sitter.person.sex == "male":
        length *= 0.85
    sway = 0.09 if sitter.person.style == "wavy" else 0.02
    width = 1.12 + VOLUME[sitter.person.style] * 0.9
    outline = curve(
        [(0, -1.6), (0.85, -1.25), (width, -0.3), (width + 0.1, length * 0.5), (width - 0.1, length),
         (0, length - 0.1), (0.1 - width, length), (-width - 0.1, length * 0.5), (-width, -0.3), (-0.85, -1.25)],
        closed=True,
    )  # fmt: skip
    hairs = []
    for start in rng.uniform(-1, 1, 190):
        down = np.linspace(-1.2, length + rng.uniform(-0.15, 0.12), 12)
        wave = sway * np.sin(down * rng.uniform(4, 5.5) + rng.uniform(0, 6))
        narrow = np.clip(1 + 0.5 * (down + 0.45), 0.6, 1)
        hairs.append(np.column_stack([start * narrow * (width + 0.05 * down) + wave, down]))
    lay_hair(sitter, outline, hairs, rng, 0.022, darker=0.8)


def draw_curly_mass(sitter: Sitter, rng: np.random.Generator) -> None:
    """Draw the curls next to the neck; a man's end above the ears."""
    if sitter.person.sex == "male":
        return
    outline = around([(0, -1.0), (1.1, -0.4), (1.34, 0.2), (1.3, 0.75), (0.95, 1.1), (0, 1.2)])
    centres = rng.uniform((-1.3, -0.2), (1.3, 1.12), (200, 2))
    curls = [curl(centre, rng) for centre in centres]
    lay_hair(sitter, outline, curls, rng, 0.018, darker=0.85, loose=0)


def curl(centre: Points, rng: np.random.Generator) -> Points:
    """Draw one curl: an arc about a point."""
    arc = np.linspace(0, rng.uniform(2.5, 5), 8) + rng.uniform(0, 6)
    radius = rng.uniform(0.03, 0.065)
    return np.asarray(centre + radius * np.column_stack([np.cos(arc), np.sin(arc)]))


def draw_bun(sitter: Sitter, rng: np.random.Generator) -> None:
    """Draw a bun on top of the head."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    top = -sitter.person.build.crown - 0.18
    outline = np.column_stack([0.38 * np.cos(angles), top + 0.3 * np.sin(angles)])
    hairs = []
    for radius in rng.uniform(0.1, 1, 70):
        part = np.linspace(0, rng.uniform(1.5, 4), 10) + rng.uniform(0, 6)
        hairs.append(
            np.column_stack([0.38 * radius * np.cos(part), top + 0.3 * radius * np.sin(part)])
        )
    lay_hair(sitter, outline, hairs, rng, 0.02, darker=0.9)


def draw_hair_in_front(sitter: Sitter) -> None:
    """Draw the hair on the skull, down to the hairline."""
    style, rng = sitter.person.style, np.random.default_rng([sitter.person.pattern_seed, 8])
    if style == "scarf":
        draw_scarf(sitter)
    elif style == "curly":
        draw_curls(sitter, rng)
    elif style == "buzz":
        draw_buzz(sitter, rng)
    elif style != "bald":
        draw_cap(sitter, rng)


def hairline(sitter: Sitter) -> Points:
    """Return the edge of the hair on the forehead, from the right temple to the left."""
    person = sitter.person
    if person.style in ("long", "bob", "wavy") and person.fringe > 0.6:
        low = -0.42 + 0.03 * np.sin(person.fringe * 60)
        line = [
            (0.97, 0.1),
            (0.9, -0.3),
            (0.55, low),
            (0.0, low - 0.03),
            (-0.55, low),
            (-0.9, -0.3),
            (-0.97, 0.1),
        ]
    else:
        back = 0.18 * person.age if person.sex == "male" else 0.03
        side = 1 if person.fringe > 0.3 else -1
        part = (0.3 * side, -1.02 - back)
        line = [
            (1.0, 0.22),
            (0.9, -0.35),
            (0.72, -0.72 - back),
            part,
            (-0.72, -0.72 - back),
            (-0.9, -0.35),
            (-1.0, 0.22),
        ]
    turned = curve(line)
    turned[:, 0] += 0.45 * np.sin(sitter.pose.turn_rad) * np.clip(-turned[:, 1], 0, 1)
    return turned


def over_skull(sitter: Sitter) -> Points:
    """Return the outer edge of the hair on the skull, from the left ear over the crown to the right."""
    volume, crown = VOLUME[sitter.person.style], sitter.person.build.crown
    angles = np.linspace(np.pi - 0.12, 2 * np.pi + 0.12, 30)
    cos, sin = np.cos(angles), np.sin(angles)
    across = (1.02 + 0.55 * volume) * np.sign(cos) * np.abs(cos) ** 0.84
    return np.column_stack([across, (crown + volume) * np.sign(sin) * np.abs(sin) ** 0.84])


def cap_outline(sitter: Sitter) -> Points:
    """Return the outline of the hair on the skull: out over the crown, back along the hairline."""
    return np.vstack([over_skull(sitter), hairline(sitter)])


def draw_cap(sitter: Sitter, rng: np.random.Generator) -> None:
    """Draw combed hair: strands from the crown or the parting to the hairline."""
    person, edge, over = sitter.person, hairline(sitter), over_skull(sitter)
    side = 1 if person.fringe > 0.3 else -1
    parting = np.array([0.3 * side, 0.93 * over[:, 1].min()])
    short = person.style in ("crop", "side")
    hairs = []
    for place in rng.uniform(0, 1, 300):
        end = along(edge[::-1], place) + rng.normal(0, 0.02, 2)
        root = along(over, place + rng.normal(0, 0.03)) * rng.uniform(0.9, 0.99)
        middle = along(over, place) * 0.35 + along(edge[::-1], place) * 0.65
        if not short:
            root = parting + (root - parting) * rng.uniform(0, 0.25)
            middle = (root + along(over, place) * 1.3 + end * 0.7) / 3
        hairs.append(curve([root, middle, end], pieces=4))
    lay_hair(sitter, cap_outline(sitter), hairs, rng, 0.02, loose=0)
    shadow = sitter.pose.place_on_head(edge + np.array([0, 0.02]))
    colour = np.array(person.hair) * 0.5
    stroke(sitter.photo, shadow, sitter.px(0.05), colour, 0.22, sitter.px(0.03))


def along(line: Points, share: float) -> Points:
    """Return the vertex of a line at a share of its length."""
    place = round(float(np.clip(share, 0, 1)) * (len(line) - 1))
    corner: Points = line[place]
    return corner


def draw_curls(sitter: Sitter, rng: np.random.Generator) -> None:
    """Draw a head of curls: many small arcs."""
    person = sitter.person
    volume = VOLUME["curly"] * (0.55 if person.sex == "male" else 1.0)
    low = 0.1 if person.sex == "male" else 0.45
    angles = np.linspace(np.pi - low, 2 * np.pi + low, 90)
    rough = 1 + 0.022 * np.abs(np.sin(angles * 14 + rng.uniform(0, 3)))[:, None]
    rough += rng.normal(0, 0.006, (90, 1))
    over = np.column_stack(
        [(1 + volume) * np.cos(angles), (person.build.crown + volume) * np.sin(angles)]
    )
    outline = np.vstack([over * rough, hairline(sitter)])
    hairs = []
    for centre in scattered(over, hairline(sitter), rng, 380):
        hairs.append(curl(centre, rng))
    lay_hair(sitter, outline, hairs, rng, 0.018)


def draw_buzz(sitter: Sitter, rng: np.random.Generator) -> None:
    """Draw very short hair as dots, with the skin showing through."""
    outline = cap_outline(sitter)
    area = sitter.pose.place_on_head(outline)
    fill(sitter.photo, area, np.array(sitter.person.hair), 0.72, sitter.px(0.03))
    stubble = [
        sitter.pose.place_on_head([root, root + rng.normal(0, 0.015, 2)])
        for root in scattered(over_skull(sitter), hairline(sitter), rng, 220)
    ]
    hatch(sitter.photo, stubble, sitter.px(0.012), np.array(sitter.person.hair) * 0.7, 0.5)


def draw_scarf(sitter: Sitter) -> None:
    """Draw a headscarf around the face, with a few folds."""
    pose, colour = sitter.pose, scarf_colour(sitter)
    chin = sitter.person.build.chin
    right = [(0.0, -1.0), (0.62, -0.82), (0.92, -0.2), (0.88, 0.45), (0.6, 1.1), (0.0, chin - 0.03)]
    inner = around(right)
    inner[:, 0] += 0.5 * np.sin(pose.turn_rad)
    right = [(0.0, -1.58), (0.78, -1.3), (1.15, -0.4), (1.17, 0.5), (1.08, 1.4), (0.0, chin + 0.65)]
    outer = around(right)
    ring = np.vstack([outer, outer[:1], inner[:1], inner[::-1]])
    fill(sitter.photo, pose.place_on_head(ring), colour)
    edge = pose.place_on_head(np.vstack([inner, inner[:1]]))
    stroke(sitter.photo, edge, sitter.px(0.03), colour * 0.55, 0.6, sitter.px(0.015))
    for share in (0.25, 0.5, 0.75):
        fold = pose.place_on_head(inner + (outer - inner) * share)
        stroke(sitter.photo, fold, sitter.px(0.025), colour * 0.7, 0.5, sitter.px(0.02))


def around(right: list[tuple[float, float]]) -> Points:
    """Close a right half, from top to bottom, with its mirror image."""
    left = [(-x, y) for x, y in right[-2:0:-1]]
    return curve(right + left, closed=True)


def scarf_colour(sitter: Sitter) -> NDArray[np.float64]:
    """Pick the person's scarf."""
    return np.array(SCARVES[sitter.person.pattern_seed % len(SCARVES)], dtype=np.float64)


def scattered(over: Points, edge: Points, rng: np.random.Generator, count: int) -> Points:
    """Draw random points in the band between the hair's outer edge and the hairline."""
    places = rng.uniform(0, 1, count)
    outer = np.array([along(over, place) for place in places])
    inner = np.array([along(edge[::-1], place) for place in places])
    spread: Points = outer + (inner - outer) * rng.uniform(0, 1, (count, 1))
    return spread


def lay_hair(
    sitter: Sitter,
    outline: Points,
    hairs: Iterable[Points],
    rng: np.random.Generator,
    width: float,
    darker: float = 1.0,
    loose: int = 5,
) -> None:
    """Fill an outline with hairs in many shades of the person's hair colour."""
    placed = [sitter.pose.place_on_head(hair) for hair in hairs]
    light = rng.uniform(0.8, 1.25, (len(placed), 1)) * darker
    shades = np.array(sitter.person.hair) * light + 4
    strands(
        sitter.photo, sitter.pose.place_on_head(outline), placed, shades, sitter.px(width), loose
    )
