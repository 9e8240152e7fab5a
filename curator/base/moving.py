"""Paths as the instance stores them: relative to itself, so that it can be moved and copied."""

import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.models.exports import Export
from curator.base.writing import make_private, put_in_place, temporary_folder


def stored_path(instance: Path, folder: Path) -> str:
    """Return a folder's path relative to the instance, for instance `exports/malar-0123456789ab`."""
    return Path(os.path.relpath(folder.resolve(), instance.resolve())).as_posix()


def found_path(instance: Path, stored: str) -> Path:
    """Return the absolute path of a stored one.

    Earlier versions stored it absolute: the export of that name in this instance is meant, even if
    the instance that this one was copied from is still there.
    """
    path = Path(stored)
    if not path.is_absolute():
        return Path(os.path.normpath(instance.resolve() / path))
    own = instance.resolve() / "exports" / path.name
    return own if own.is_dir() or _is_instance(path.parent.parent) else path


def point(link: Path, folder: Path) -> None:
    """Make a link to a folder, or replace it at once, so that both can be moved together."""
    make_private(link.parent)
    target = os.path.relpath(folder.resolve(), link.parent.resolve())
    with temporary_folder(link.parent) as writing:  # two exports may end at one moment
        new = writing / link.name
        new.symlink_to(target, target_is_directory=True)
        put_in_place(new, link)


def relate_paths(session: Session, instance: Path) -> None:
    """Bring what an earlier version stored as absolute paths into this form, in rows and the link."""
    for export in session.scalars(select(Export)):
        if Path(export.path).is_absolute():
            export.path = stored_path(instance, found_path(instance, export.path))
    latest = instance / "exports" / "latest"
    if latest.is_symlink() and (target := latest.readlink()).is_absolute():
        folder = found_path(instance, str(target))
        if folder.is_dir():
            point(latest, folder)


def _is_instance(folder: Path) -> bool:
    return (folder / "key").is_file()
