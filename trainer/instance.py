"""Where the run-time data of both programs is kept."""

import os
from pathlib import Path


def instance_folder() -> Path:
    """Return the folder of all run-time data, as curator does."""
    return Path(os.environ.get("CURATOR_INSTANCE") or "instance")


def latest_export() -> Path:
    """Return the path of the instance's newest export, whether or not it exists."""
    return instance_folder() / "exports" / "latest"
