"""Prints as JSON the performance of imagededup's searches on 64-bit hashes; run by the Python in .venv-peers.

It imports nothing from Malar, directly or indirectly.
"""

import json
import sys
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
from imagededup.handlers.search.bktree import BKTree
from imagededup.handlers.search.brute_force import BruteForce
from imagededup.handlers.search.brute_force_cython import BruteForceCython
from imagededup.methods.hashing import Hashing

from benchmarks.measuring import measured

# Numbers of stored hashes; beyond these the first two methods take minutes.
SIZES = {10_000: (BKTree, BruteForce), 100_000: (BKTree, BruteForce), 1_000_000: ()}
ALWAYS = (BruteForceCython,)  # imagededup's default


def main() -> None:
    with np.load(sys.argv[1]) as given:
        stored, sought = given["stored"].tolist(), [f"{one:016x}" for one in given["sought"]]
        radius_bits = int(given["radius_bits"])
    rows: list[dict[str, Any]] = []
    for size, methods in SIZES.items():
        for method in (*methods, *ALWAYS):
            run = partial(search, method, stored[:size], sought, radius_bits)
            rows.append({"stored": size, "name": method.__name__, **asdict(measured(run))})
    print(json.dumps({"version": version("imagededup"), "rows": rows}))


def search(method: Any, stored: list[int], sought: list[str], radius_bits: int) -> int:
    """Return the number of pairs; imagededup expects names and hexadecimal hashes."""
    hashes = {str(place): f"{one:016x}" for place, one in enumerate(stored)}
    finder = method(hashes, Hashing.hamming_distance)
    return sum(len(finder.search(one, radius_bits)) for one in sought)


if __name__ == "__main__":
    main()
