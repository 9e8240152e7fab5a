"""Progress bars with time left, on a terminal only; scripts and logs get none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def progress_bar(what: str, total: int, unit: str) -> Iterator[Advance]:
    """Show a bar on standard error while the block runs, if a person is watching."""
    from tqdm import tqdm

    watched = sys.stderr.isatty()
    with tqdm(total=total, desc=what, unit=f" {unit}", disable=not watched, leave=False) as bar:

        def advance(count: int) -> None:
            bar.update(count)

        yield advance
