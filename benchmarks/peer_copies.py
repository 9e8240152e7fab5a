"""Prints as JSON which photos of a folder imagededup pairs, at its defaults; run by the Python of .venv-peers.

It imports nothing of Malar: the two do not share an environment, since imagededup brings torch.
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
    with redirect_stdout(sys.stderr):  # what torch says of its downloads is no JSON
        ways = [pairs_of(method, photos) for method in (PHash, DHash, CNN)]
    print(json.dumps({"version": version("imagededup"), "ways": ways}))


def pairs_of(method: Any, photos: str) -> dict[str, Any]:
    try:
        finder = method(verbose=False)
    except OSError as error:  # only the CNN needs a file: its weights
        reason = f"its weights are neither here nor could be downloaded ({error})"
        return {"name": method.__name__, "missing": reason}
    started = time.perf_counter()
    found: dict[str, list[str]] = finder.find_duplicates(image_dir=photos)
    seconds = time.perf_counter() - started
    pairs = sorted({(min(a, b), max(a, b)) for a, others in found.items() for b in others})
    return {"name": method.__name__, "pairs": pairs, "seconds": seconds}


if __name__ == "__main__":
    main()
