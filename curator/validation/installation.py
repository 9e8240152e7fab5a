"""The installation in use, only read: its program's files, its database's schema, its log, files and backups."""

import base64
import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from sqlalchemy.orm import Session

import curator
from curator.base.config import Config
from curator.base.db import is_new, newest_revision
from curator.base.errors import CuratorError
from curator.custody.examination import examine
from curator.custody.files import check_modes
from curator.custody.findings import Finding
from curator.custody.inventory import list_instance
from curator.custody.last_backup import is_overdue, last_backup
from curator.custody.log import check_chain
from curator.custody.records import database_file, open_reader
from curator.validation.results import NotRun, Unmet, require
from curator.validation.scratch import Scratch

NAME = "malar"
MOST_TOLD = 3


def files_are_the_released_ones(_scratch: Scratch) -> str:
    # Not the scripts, which the installer makes for this Python.
    listed = [path for path in _listed_files() if path.hash and path.parts[0] != ".."]
    package = Path(curator.__file__).resolve().parent
    if not any(package in Path(str(path.locate())).resolve().parents for path in listed):
        raise NotRun("It runs from a checkout, which has no list of the files of a release.")
    wrong = [str(path) for path in listed if not _is_as_listed(path)]
    require(not wrong, f"Changed or missing since they were installed: {_few(wrong)}.")
    return f"{len(listed)} installed files have the SHA-256 that the release lists"


def schema_is_the_programs(scratch: Scratch) -> str:
    _require_instance(scratch.real)
    with open_reader(scratch.real) as reader:
        found = reader.connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        revision = found.scalar()
    require(
        revision == newest_revision(),
        f"The database is of revision {revision or 'none'}, this version makes {newest_revision()}.",
    )
    return f"the database is of revision {revision}, the newest of this version"


def instance_is_sound(scratch: Scratch) -> str:
    _require_instance(scratch.real)
    examined = examine(scratch.real)
    require(examined.is_sound, f"doctor found {len(examined.findings)}: {_told(examined.findings)}")
    counts = examined.counts
    return f"doctor read {counts.get('photo', 0)} photos and {counts.get('files', 0)} files; nothing is wrong"


def log_holds(scratch: Scratch) -> str:
    _require_instance(scratch.real)
    with open_reader(scratch.real) as reader:
        found = [*check_chain(reader, scratch.real)]
        count = reader.connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one()
    require(not found, f"The log of changes does not hold: {_told(found)}")
    return f"every link of the chain fits; events: {count}"


def files_are_private(scratch: Scratch) -> str:
    _require_instance(scratch.real)
    listing = list_instance(scratch.real.instance)
    found = [*check_modes(listing)]
    require(not found, f"Others on this machine could read or change: {_told(found)}")
    return f"{len(listing.entries)} files and folders, none open to other users of the machine"


def backup_is_recent(scratch: Scratch) -> str:
    real = scratch.real
    _require_instance(real)
    if not real.backup_days:
        raise NotRun("CURATOR_BACKUP_DAYS is 0: how old a backup may be is not set.")
    with open_reader(real) as reader, Session(reader.connection) as session:
        last = last_backup(session)
    if last is None:
        raise Unmet("No backup was ever made of this instance: run `curator backup FOLDER`.")
    age = f"{last.age_days} days old"
    require(not is_overdue(last, real.backup_days), f"The last backup is {age}, at {last.target}.")
    return f"the last backup is {age}; {real.backup_days} days are allowed (CURATOR_BACKUP_DAYS)"


def has_instance(real: Config) -> bool:
    """Tell whether there is an instance yet: software may be validated before its first study."""
    if real.url.startswith("sqlite"):
        return database_file(real).is_file()
    try:
        return not is_new(real)
    except CuratorError:
        return False


def _require_instance(real: Config) -> None:
    if not has_instance(real):
        raise NotRun(f"There is no instance at {real.instance} yet.")


def _listed_files() -> Iterator[PackagePath]:
    try:
        yield from distribution(NAME).files or ()
    except PackageNotFoundError:
        return


def _is_as_listed(path: PackagePath) -> bool:
    try:
        content = Path(str(path.locate())).read_bytes()
    except OSError:
        return False
    digest = hashlib.new(path.hash.mode, content).digest() if path.hash else b""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == (path.hash and path.hash.value)


def _told(found: "tuple[Finding, ...] | list[Finding]") -> str:
    return _few([f"{one.about}: {one.says}" for one in found])


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    return "; ".join(names[:MOST_TOLD]) + more
