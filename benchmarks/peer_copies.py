"""Prints as JSON which photos of a folder imagededup pairs by default; run by the Python in .venv-peers.

It imports nothing from Malar: imagededup has its own environment, since it depends on torch.
"""

import json
import sys
import time
from contextlib import redirect_stdout
from importlib.metadata import version
from typing import Any

from imagededup.methods import CNN, DHash, PHash


def main() -> None:
    photos = sys.argv[1]
    with redirect_stdout(sys.stderr):  # torch reports its downloads on stdout
        methods = [pairs_of(method, photos) for method in (PHash, DHash, CNN)]
    print(json.dumps({"version": version("imagededup"), "methods": methods}))


def pairs_of(method: Any, photos: str) -> dict[str, Any]:
    try:
        finder = method(verbose=False)
    except OSError as error:  # only the CNN needs a file, its weights
        reason = f"its weights are neither here nor could be downloaded ({error})"
        return {"name": method.__name__, "missing": reason}
    started = time.perf_counter()
    found: dict[str, list[str]] = finder.find_duplicates(image_dir=photos)
    seconds = time.perf_counter() - started
    pairs = sorted({(min(a, b), max(a, b)) for a, others in found.items() for b in others})
    return {"name": method.__name__, "pairs": pairs, "seconds": seconds}


if __name__ == "__main__":
    main()
