"""Nobody else on this machine reads what the program writes."""

import os

OTHERS = 0o077


def keep_private() -> None:
    """Let files and folders that this process makes be its user's alone, those of SQLite among them."""
    os.umask(OTHERS)
