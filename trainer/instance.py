"""Where the data of both programs lies."""

import os
from pathlib import Path


def instance_folder() -> Path:
    """Find the folder of all run-time data, as curator does."""
    return Path(os.environ.get("CURATOR_INSTANCE") or "instance")


def latest_export() -> Path:
    """Name the newest export of the instance, whether or not it is there."""
    return instance_folder() / "exports" / "latest"
