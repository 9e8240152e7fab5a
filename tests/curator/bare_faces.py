"""Drawn faces whose skin nothing covers, marked as a search would mark them."""

from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image

from curator.base.models.ratings import Suggestion
from curator.ratings.regions import format_fractions
from demo.brush import Colour
from demo.faces import REGION, draw_photo, shot_of
from demo.person import Kind, person_of
from faces.landmarks import MarkedFace

LIGHT, BROWN, DARK = (224, 178, 154), (150, 104, 78), (92, 62, 48)


@cache
def drawn(
    skin: Colour = LIGHT, kind: Kind = "bmr", number: int = 4
) -> tuple[Image.Image, MarkedFace]:
    """Draw one person with this skin and sign."""
    person = replace(
        person_of(4, number),
        skin=skin,
        kind=kind,
        label="positive" if kind == "bmr" else "negative",
        sign_strength=0.6,
        style="bald",
        beard=0,
        glasses=False,
    )
    shot = shot_of(person, 4, 0)
    eyes, region = (
        tuple((x / shot.setting.size[0], y / shot.setting.size[1]) for x, y in places)
        for places in (
            shot.pose.place(np.array([(-0.5, 0.0), (0.5, 0.0)])).tolist(),
            shot.pose.place(np.array(REGION)).tolist(),
        )
    )
    return draw_photo(person, 4, 0).image, MarkedFace((eyes[0], eyes[1]), region)


def suggestion(photo_id: int, face: MarkedFace) -> Suggestion:
    return Suggestion(
        photo_id=photo_id,
        recipe=1,
        faces=1,
        region=format_fractions(face.region),
        eyes=format_fractions(face.eyes),
    )
