"""What a run was made with: versions, machine and commit, without naming a person or a path."""

import os
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("malar", "tensorflow", "keras", "numpy", "scikit-learn", "pillow")
# What else may change a score: other versions round otherwise, or have other code.
SCORES_DEPEND_ON = (*PACKAGES, "python", "platform", "cpu_count", "engine", "git_commit")


class Clock:
    """Takes the seconds of each part of a run, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, part: str) -> None:
        """Say that a part is done."""
        now = time.monotonic()
        self.seconds[part] = round(now - self._last, 3)
        self._last = now


def peak_memory_mb() -> int:
    """Tell the most memory that this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return round(most * unit / 1e6)


def describe_environment() -> dict[str, Any]:
    """Describe the software and the machine that a run is made with."""
    return {
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "git_commit": _git_commit(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
