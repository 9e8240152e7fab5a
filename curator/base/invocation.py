"""How this process was started, for messages that name a command to type."""

import sys
from pathlib import Path


def curator_command() -> str:
    """Return `curator` if that is how it was started, as after installing the wheel, else `flask curator`."""
    # Not click's context: pages are answered by threads that have none.
    return "curator" if Path(sys.argv[0]).name == "curator" else "flask curator"
