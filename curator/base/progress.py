"""How far a long step has come, told to whoever asked."""

from collections.abc import Callable

Progress = Callable[[int, int], None]  # how many are done, and of how many


def untold(done: int, total: int) -> None:
    """Tell nobody."""
