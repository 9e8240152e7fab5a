"""Writes files whole or not at all: a reader sees the earlier content or the new one, never a part."""

import os
import secrets
from pathlib import Path

WRITING = ".writing-"  # before the name of a file that is not finished


def write_whole(file: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file under another name beside it, then give it its own.

    Args:
        file: in a folder that exists.
        content: all of it.
        lasting: flush it to the disk; what can be computed again need not survive a power cut.
    """
    partial = file.with_name(f"{WRITING}{secrets.token_hex(8)}")
    try:
        with partial.open("xb") as handle:
            handle.write(content)
            handle.flush()
            if lasting:
                os.fsync(handle.fileno())
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
