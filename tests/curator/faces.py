"""Drawn faces, and edits as they go around a social network."""

from functools import lru_cache

import numpy as np
from PIL import Image

from demo.edits import edit_photo
from demo.faces import draw_photo
from demo.person import person_of


@lru_cache(maxsize=16)
def face(person: int, shot: int = 0) -> Image.Image:
    """Draw a photo of a person; another `shot` is another photo of the same one."""
    return draw_photo(person_of(5, person), 5, shot).image


def edited(photo: Image.Image, edit: str, seed: int = 1) -> Image.Image:
    return edit_photo(photo, edit, 80, np.random.default_rng(seed)).image
