"""How long a detector takes for one photo."""

import statistics
import time
from collections.abc import Callable

import numpy as np

CALLS = 20


def latency_ms(score: Callable[[np.ndarray], object], size: int) -> float:
    """Measure the median time for one photo, in milliseconds, after a first call.

    Args:
        score: takes (1, size, size, 3) uint8.
    """
    photo = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    times = []
    for _ in range(1 + CALLS):
        start = time.perf_counter()
        score(photo)
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times[1:]), 2)
