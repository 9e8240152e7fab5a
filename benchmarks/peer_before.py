"""Prints as JSON which photos an earlier version of Malar decides and shows; run in a checkout of that version."""

import json
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path


def main() -> None:
    with redirect_stdout(sys.stderr):
        methods = import_module("benchmarks.copies").malar_methods(  # as it was called there
            Path(sys.argv[1]), Path(sys.argv[2])
        )
    print(
        json.dumps(
            [
                {"name": each.name, "pairs": sorted(each.pairs), "seconds": each.seconds}
                for each in methods
            ]
        )
    )


if __name__ == "__main__":
    main()
