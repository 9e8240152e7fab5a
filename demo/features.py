"""Draws the features of a face except the mouth: ears, eyes, brows, nose, lines, beard and glasses."""

import numpy as np

from demo.brush import curve, fill, hatch, oval, strands, stroke
from demo.pose import Points
from demo.sitter import SIDES, Sitter


def draw_ears(sitter: Sitter) -> None:
    """Draw the ears; the head is painted over their inner halves."""
    if sitter.person.style == "scarf":
        return
    for side in SIDES:
        # The ear on the side that the head turns to disappears behind the cheek.
        out = 1.0 + 0.10 * (1 - 2.2 * side * np.sin(sitter.pose.turn_rad))
        shape = [(0.9, -0.2), (out, -0.24), (out + 0.05, -0.02), (out, 0.3), (0.93, 0.46)]
        ear = curve([(side * x, y) for x, y in shape], closed=True)
        fill(sitter.photo, sitter.pose.place_on_head(ear), sitter.skin(0.86, 1.04))
        inner = curve(
            [(side * (0.9 + (x - 0.9) * 0.6), y * 0.75 + 0.03) for x, y in shape], closed=True
        )
        fill(sitter.photo, sitter.pose.place_on_head(inner), sitter.skin(0.66, 1.06), 0.6, 2)
        if sitter.person.earrings and out > 1.0:
            ring = sitter.pose.place_on_head(oval((side * 0.97, 0.5), (0.035, 0.045)))
            fill(sitter.photo, ring, (214, 190, 128))


def draw_eyes(sitter: Sitter) -> None:
    """Draw both eyes."""
    for side in SIDES:
        draw_eye(sitter, side)


def eye_outline(sitter: Sitter, side: float) -> tuple[Points, Points]:
    """Return the upper and the lower lid, from the inner to the outer corner, in face coordinates."""
    build, expression = sitter.person.build, sitter.expression
    height = build.eye_open * expression.lids * (1 - 0.18 * max(expression.smile, 0))
    across = np.array([-1.0, -0.55, 0.0, 0.5, 1.0])
    upper = np.array([0.02, -0.72, -1.0, -0.78, 0.0]) * height
    lower = np.array([0.02, 0.38, 0.52, 0.48, 0.0]) * height
    slant = -build.eye_slant * across
    u = side * (build.eye_gap + build.eye_width * across)
    top, bottom = np.column_stack([u, upper + slant]), np.column_stack([u, lower + slant])
    return curve(top), curve(bottom)


def draw_eye(sitter: Sitter, side: float) -> None:
    """Draw one eye, from the socket to the lashes."""
    photo, pose, build = sitter.photo, sitter.pose, sitter.person.build
    upper, lower = eye_outline(sitter, side)
    almond = pose.place(np.vstack([upper, lower[::-1]]))
    socket = pose.place(oval((side * build.eye_gap, -0.03), (0.29, 0.15)))
    fill(photo, socket, sitter.skin(0.62, 1.05), 0.30, sitter.px(0.06))
    fill(photo, almond, (232, 226, 222))
    draw_iris(sitter, side, almond)
    shadow = pose.place(upper + np.array([0, 0.012]))
    stroke(photo, shadow, sitter.px(0.03), (40, 26, 24), 0.45, sitter.px(0.008))
    female = sitter.person.sex == "female"
    stroke(photo, pose.place(upper), sitter.px(0.026 if female else 0.016), (34, 22, 20), 0.9, 0.6)
    stroke(photo, pose.place(lower), sitter.px(0.010), sitter.skin(0.5), 0.6, 0.7)
    crease = upper * (1, 1) + np.column_stack([np.zeros(len(upper)), np.full(len(upper), -0.045)])
    stroke(photo, pose.place(crease), sitter.px(0.014), sitter.skin(0.55), 0.5, sitter.px(0.006))
    if female:
        draw_lashes(sitter, side, upper)


def draw_iris(sitter: Sitter, side: float, almond: Points) -> None:
    """Draw the iris, pupil and highlights, clipped by the lids."""
    build, photo, pose = sitter.person.build, sitter.photo, sitter.pose
    centre = (side * build.eye_gap + 0.05 * sitter.expression.gaze, -0.022)
    iris = np.array(sitter.person.iris)
    for radius, colour in (
        (0.098, iris * 0.45),
        (0.086, iris),
        (0.06, iris * 1.15),
        (0.04, iris * 0.1),
    ):
        fill(photo, pose.place(oval(centre, (radius, radius))), colour, within=almond)
    glint = oval((centre[0] + 0.028, centre[1] - 0.03), (0.016, 0.016), 12)
    fill(photo, pose.place(glint), (250, 250, 250), 0.9, within=almond)


def draw_lashes(sitter: Sitter, side: float, upper: Points) -> None:
    """Draw lashes along the outer half of the upper lid."""
    lashes = []
    for root in upper[len(upper) // 3 :: 3]:
        share = (side * root[0] - sitter.person.build.eye_gap) / sitter.person.build.eye_width
        tip = root + np.array([side * (0.012 + 0.04 * max(share, 0)), -0.045])
        lashes.append(sitter.pose.place([root, tip]))
    hatch(sitter.photo, lashes, sitter.px(0.009), (30, 20, 20), 0.8)


def draw_brows(sitter: Sitter) -> None:
    """Draw both brows as bundles of short hairs."""
    person, build, pose = sitter.person, sitter.person.build, sitter.pose
    rng = np.random.default_rng([person.pattern_seed, 3])
    base = -build.brow_height - 0.05 * sitter.expression.brow_lift
    colour = np.array(person.hair) * (0.75 if person.hair[0] > 120 else 0.95)
    for side in SIDES:
        u = build.eye_gap + np.array([-0.27, -0.1, 0.1, 0.27])
        middle = base + np.array([0.035, -0.01, -0.035, 0.03])
        thick = build.brow_thickness * np.array([1.0, 1.0, 0.8, 0.25])
        top = curve(np.column_stack([side * u, middle - thick]))
        bottom = curve(np.column_stack([side * u, middle + thick]))
        pick = rng.integers(0, len(top) - 3, 60)
        lift = rng.uniform(0.1, 0.9, (60, 1))
        roots = bottom[pick] * (1 - lift) + top[pick] * lift
        tips = roots + np.array([side * 0.06, -0.012]) * rng.uniform(0.5, 1.1, (60, 1))
        hairs = [pose.place([root, tip]) for root, tip in zip(roots, tips, strict=True)]
        area = pose.place(np.vstack([top, bottom[::-1]]))
        fill(sitter.photo, area, colour, 0.55, sitter.px(0.012))
        hatch(sitter.photo, hairs[:30], sitter.px(0.010), colour * 0.75, 0.7)
        hatch(sitter.photo, hairs[30:], sitter.px(0.010), colour * 1.1, 0.7)


def draw_nose(sitter: Sitter) -> None:
    """Draw the nostrils and the shadow under the nose; the relief does the rest."""
    photo, pose, build = sitter.photo, sitter.pose, sitter.person.build
    base = build.nose_length
    under = pose.place(oval((0, base + 0.04), (build.nose_width * 0.95, 0.035)), 0.12)
    fill(photo, under, sitter.skin(0.5, 1.05), 0.38, sitter.px(0.03))
    for side in SIDES:
        hole = oval((side * build.nose_width * 0.48, base - 0.005), (0.052, 0.026))
        fill(photo, pose.place(hole, 0.14), sitter.skin(0.26, 1.1), 0.75, sitter.px(0.012))
        w = build.nose_width
        wing = curve(
            [
                (side * w * 0.95, base - 0.15),
                (side * w * 1.14, base - 0.06),
                (side * w * 0.95, base + 0.005),
            ]
        )
        stroke(
            photo,
            pose.place(wing, 0.06),
            sitter.px(0.018),
            sitter.skin(0.5),
            0.45,
            sitter.px(0.012),
        )


def draw_lines(sitter: Sitter) -> None:
    """Draw the folds of a face, deeper with age and when smiling."""
    age, smile = sitter.person.age, max(sitter.expression.smile, 0)
    build = sitter.person.build
    end = build.nose_length + 0.3
    for side in SIDES:
        fold = [(side * 0.23, 0.56), (side * 0.36, 0.72), (side * 0.44, end)]
        draw_line(sitter, fold, 0.06 + 0.3 * age + 0.2 * smile, 0.022)
        bag = [
            (side * (build.eye_gap - 0.17), 0.09),
            (side * build.eye_gap, 0.155),
            (side * 0.62, 0.10),
        ]
        draw_line(sitter, bag, 0.08 + 0.33 * age, 0.02)
        if age > 0.35:
            for rise in (-0.09, -0.01, 0.07):
                foot = [(side * 0.72, 0.0 + rise * 0.6), (side * 0.84, rise * 1.4)]
                draw_line(sitter, foot, 0.35 * age + 0.12 * smile, 0.012)
    for number in range(round(age * 3.2)):
        y = -0.52 - 0.12 * number
        draw_line(sitter, [(-0.45, y + 0.03), (0.0, y), (0.45, y + 0.03)], 0.22 * age, 0.016)


def draw_line(
    sitter: Sitter, points: list[tuple[float, float]], opacity: float, width: float
) -> None:
    """Draw one soft line on the skin."""
    line = sitter.pose.place(curve(points))
    stroke(
        sitter.photo,
        line,
        sitter.px(width),
        sitter.skin(0.5),
        min(opacity, 0.7),
        sitter.px(width * 0.6),
    )


def draw_freckles(sitter: Sitter) -> None:
    """Draw freckles across cheeks and nose, and up to three moles anywhere."""
    rng = np.random.default_rng([sitter.person.pattern_seed, 4])
    for _ in range(sitter.person.freckles):
        spot = (float(rng.normal(0, 0.42)), float(rng.normal(0.38, 0.16)))
        if spot[1] > 0.16:
            dot = sitter.pose.place(oval(spot, (rng.uniform(0.008, 0.016),) * 2, 9))
            fill(sitter.photo, dot, sitter.skin(0.72, 1.05), 0.45, 0.6)
    for _ in range(int(rng.integers(0, 4))):
        spot = (float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.7, 1.1)))
        dot = sitter.pose.place(oval(spot, (0.017, 0.017), 12))
        fill(sitter.photo, dot, sitter.skin(0.38), 0.8, 0.7)


def draw_beard(sitter: Sitter) -> None:
    """Draw a full beard as hairs on the jaw; stubble is part of the skin."""
    person, build, pose = sitter.person, sitter.person.build, sitter.pose
    if person.beard < 0.55:
        return
    rng = np.random.default_rng([person.pattern_seed, 5])
    count = int(800 * person.beard)
    u = rng.uniform(-0.98, 0.98, count)
    y = rng.uniform(build.nose_length + 0.1, build.chin + 0.05, count)
    lip_line = build.nose_length + 0.355
    edge = (1 - np.clip(y / build.chin, 0, 1) ** build.jaw) ** 0.53
    jaw = (np.abs(u) > 0.5) & (y + 0.9 * np.abs(u) > 1.32)
    chin = (y > lip_line + 0.22) & (np.abs(u) <= 0.5)
    lip = (np.abs(u) < 0.36) & (y < lip_line - 0.13 + 0.1 * np.abs(u))
    keep = (jaw | chin | lip) & (np.abs(u) < edge)
    roots = np.column_stack([u, y])[keep]
    tips = roots + np.column_stack([roots[:, 0] * 0.05, np.full(len(roots), 0.075)])
    tips += rng.normal(0, 0.018, tips.shape)
    shades = np.array(person.hair) * rng.uniform(0.8, 1.35, (len(roots), 1))
    hairs = [pose.place([root, tip]) for root, tip in zip(roots, tips, strict=True)]
    if hairs:
        strands(sitter.photo, hairs[0], hairs, shades, sitter.px(0.011), loose=1)


def draw_glasses(sitter: Sitter) -> None:
    """Draw glasses: two rims, the bridge and the arms."""
    person, pose = sitter.person, sitter.pose
    rng = np.random.default_rng([person.pattern_seed, 6])
    frame = rng.choice([(30, 28, 30), (88, 58, 38), (120, 118, 120), (96, 36, 40)])
    width, square = sitter.px(rng.uniform(0.02, 0.038)), rng.uniform(2, 4)
    angles = np.linspace(0, 2 * np.pi, 40)
    cos, sin = np.cos(angles), np.sin(angles)
    rim = np.column_stack(
        [np.sign(cos) * np.abs(cos) ** (2 / square), np.sign(sin) * np.abs(sin) ** (2 / square)]
    ) * (0.33, 0.235)
    for side in SIDES:
        lens = pose.place(rim + np.array([side * 0.44, 0.05]), 0.1)
        fill(sitter.photo, lens, (235, 240, 245), 0.06)
        stroke(sitter.photo, lens, width, frame)
        arm = [(side * 0.77, -0.02), (side * 0.98, -0.06)]
        stroke(sitter.photo, pose.place(arm, 0.05), width, frame)
    stroke(
        sitter.photo,
        pose.place(curve([(-0.11, 0.02), (0, -0.02), (0.11, 0.02)]), 0.15),
        width,
        frame,
    )
