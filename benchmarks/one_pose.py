"""Draws portraits as a studio takes them: all people in one pose and light, in front of one wall."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.exam import Row
from demo.faces import draw_shot, shot_of
from demo.person import person_of

SEED = 16
PHOTOS_OF_ONE = 2


def write_one_pose(photos: Path, people: int) -> list[Row]:
    """Write two photos of each person, who moves a little and looks different in each."""
    studio = shot_of(person_of(SEED, 1), SEED, 0)
    rows = []
    for number in range(1, people + 1):
        person = person_of(SEED, number)
        for shot in range(PHOTOS_OF_ONE):
            rng = np.random.default_rng([SEED, number, shot])
            own = shot_of(person, SEED, shot)
            pose = replace(
                studio.pose,
                x_px=studio.pose.x_px + rng.normal(0, 4),
                y_px=studio.pose.y_px + rng.normal(0, 4),
                tilt_rad=float(rng.normal(0, 0.015)),
                turn_rad=float(rng.normal(0, 0.02)),
            )
            setting = replace(studio.setting, clothes=own.setting.clothes)
            taken = replace(own, pose=pose, light=studio.light, setting=setting)
            file = f"{number:04}-{shot}.jpg"
            draw_shot(person, taken, rng).image.save(photos / file, quality=90)
            rows.append(Row(file, person.code))
    return rows
