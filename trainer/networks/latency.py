"""Measures how long a detector takes for one photo."""

import time
from collections.abc import Callable

import numpy as np

WARM_UP_CALLS = 3
TIMED_CALLS = 40


def median_ms(score: Callable[[np.ndarray], object], photos: np.ndarray) -> float:
    """Time single photos: the median in milliseconds.

    Args:
        score: takes (1, size, size, 3) uint8.
        photos: (N, size, size, 3) uint8.
    """
    taken = []
    for call in range(WARM_UP_CALLS + TIMED_CALLS):
        photo = photos[call % len(photos)][np.newaxis]
        begin = time.perf_counter()
        score(photo)
        taken.append(time.perf_counter() - begin)
    return float(np.median(taken[WARM_UP_CALLS:]) * 1000)
