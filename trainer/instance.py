"""Where the run-time data of both programs is kept."""

import os
from pathlib import Path

from trainer.errors import ExportMissing


def instance_folder() -> Path:
    """Return the folder of all run-time data, as curator does."""
    return Path(os.environ.get("CURATOR_INSTANCE") or "instance")


def latest_export() -> Path:
    """Return the path of the instance's newest export, whether or not there is one.

    Earlier versions made the link absolute: the export of that name in this instance is meant,
    even if the instance that this one was copied from is still there.

    Raises:
        ExportMissing: the link leads into another instance, or to nothing.
    """
    link = instance_folder() / "exports" / "latest"
    if not link.is_symlink():
        return link
    target = link.readlink()
    own = link.with_name(target.name)
    if target.is_absolute() and own.is_dir():
        return own
    if not link.exists() or (target.is_absolute() and (target.parent.parent / "key").is_file()):
        raise ExportMissing(
            f"{link} leads to {target}, which is not in this instance: run  flask curator export, "
            "or name an export with --data"
        )
    return link
