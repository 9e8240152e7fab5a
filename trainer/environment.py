"""What a run was made with: versions, machine and commit, but no person and no path."""

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

PACKAGES = ("malar", "tensorflow", "keras", "openvino", "numpy", "scikit-learn", "pillow")
# What may change a score: other versions round otherwise.
SCORES_DEPEND_ON = (*PACKAGES, "python", "machine", "engine")


class Clock:
    """Measures the seconds of each part of a run, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, part: str) -> None:
        """Record the end of a part."""
        now = time.monotonic()
        self.seconds[part] = round(now - self._last, 3)
        self._last = now


def peak_memory_mb() -> int:
    """Return the peak memory of this process."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return round(most * unit / 1e6)


def describe_environment() -> dict[str, Any]:
    """Describe the software and the machine that a run is made with."""
    return {
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **{package: version_of(package) for package in PACKAGES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "git_commit": _git_commit(),
    }


def version_of(package: str) -> str | None:
    """Return the version of a package; None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    """Return the commit of this project's checkout, not of another that it is installed in."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--show-toplevel", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if found.returncode != 0:
        return None
    top, commit = found.stdout.splitlines()
    return commit if Path(top) == Path(__file__).resolve().parents[1] else None
