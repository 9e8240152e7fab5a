"""Random fields of a given scale: clouds in the photo's plane, ripples fixed to a face."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def cloud(rng: np.random.Generator, height_px: int, width_px: int, cell_px: float) -> Field:
    """Draw a smooth random field of about unit variance whose features are `cell_px` wide."""
    rows = max(2, round(height_px / cell_px) + 1)
    columns = max(2, round(width_px / cell_px) + 1)
    coarse = Image.fromarray(rng.standard_normal((rows, columns), dtype=np.float32))
    return np.asarray(coarse.resize((width_px, height_px), Image.Resampling.BICUBIC))


def ripples(rng: np.random.Generator, u: Field, v: Field, cycles: float, waves: int = 9) -> Field:
    """Sum random plane waves, about unit variance, so that a person's pattern moves with the face.

    Args:
        rng: seeded per person: the same pattern appears in each of the person's photos.
        u, v: face coordinates of each pixel.
        cycles: typical number of waves per half width of the face.
    """
    angles = rng.uniform(0, np.pi, waves)
    speeds = 2 * np.pi * cycles * rng.uniform(0.5, 1.5, waves)
    phases = rng.uniform(0, 2 * np.pi, waves)
    total = np.zeros_like(u)
    for angle, speed, phase in zip(angles, speeds, phases, strict=True):
        total += np.cos(
            np.float32(speed * np.cos(angle)) * u
            + np.float32(speed * np.sin(angle)) * v
            + np.float32(phase)
        )
    return np.asarray(total * np.sqrt(2 / waves), dtype=np.float32)


def bump(u: Field, v: Field, at: tuple[float, float], radius: tuple[float, float]) -> Field:
    """Evaluate a Gaussian hill of height 1 at `at`, with a radius for each axis."""
    across = (u - np.float32(at[0])) / np.float32(radius[0])
    along = (v - np.float32(at[1])) / np.float32(radius[1])
    return np.exp(-(across * across + along * along) / 2)


def step(values: Field, edge: float, softness: float) -> Field:
    """Rise smoothly from 0 to 1 as `values` pass `edge`, over a width of about `softness`."""
    steepness = np.clip((values - np.float32(edge)) / np.float32(softness), -12, 12)
    return np.asarray(1 / (1 + np.exp(-steepness)), dtype=np.float32)
