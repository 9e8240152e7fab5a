"""What an examination can find: one row a kind, with what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """A kind of finding: its code, what it is called in a report, and what to do about it."""

    heading: str
    advice: str

    def __new__(cls, code: str, heading: str, advice: str) -> "Kind":
        member = str.__new__(cls, code)
        member._value_ = code
        member.heading, member.advice = heading, advice
        return member

    DATABASE_DAMAGED = (
        "database-damaged",
        "the database cannot be read as a whole",
        "Restore the database from a backup.",
    )
    SCHEMA_DIFFERS = (
        "schema-differs",
        "the database's tables are not those that this version makes",
        "Run init with this version; if that does not help, restore the database from a backup.",
    )
    CELL_UNREADABLE = (
        "cell-unreadable",
        "values that cannot be read",
        "Restore the row from a backup.",
    )
    VALUE_IMPOSSIBLE = (
        "value-impossible",
        "values that the program never writes",
        "Restore the row from a backup.",
    )
    LINK_BROKEN = (
        "link-broken",
        "rows that name rows that are not there, or lack their own",
        "Restore the rows from a backup.",
    )
    DERIVED_WRONG = (
        "derived-wrong",
        "derived values that differ from what they are derived from",
        "doctor --repair derives them again.",
    )
    LOG_DIFFERS = (
        "log-differs",
        "rows that differ from what the log of changes says",
        "Compare with a backup which of both is right: nobody changes rows past the program.",
    )
    EVENT_UNKNOWN = (
        "event-unknown",
        "events that cannot be understood",
        "Restore the database from a backup; a newer version may have written them.",
    )
    CHAIN_BROKEN = (
        "chain-broken",
        "events that were changed, removed or added past the program",
        "Compare with a backup what they said; a head that was written down shows until when the log is whole.",
    )
    FREEZE_BROKEN = (
        "freeze-broken",
        "a frozen state that is not as it was signed",
        "Restore a backup from the time of the freeze; exports that name it are of another state.",
    )
    PHOTO_MISSING = (
        "photo-missing",
        "photos whose file is missing",
        "Restore the file from a backup, or exclude the photo.",
    )
    PHOTO_CHANGED = (
        "photo-changed",
        "photos whose file is not what was imported",
        "Restore the file from a backup, or exclude the photo.",
    )
    PHOTO_UNREADABLE = (
        "photo-unreadable",
        "photos that are as imported but cannot be read",
        "Raise the limits to what they were at import, or exclude the photo.",
    )
    PHOTO_DIFFERS = (
        "photo-differs",
        "photos whose row differs from their file",
        "Run reread if the program was upgraded; otherwise restore the row from a backup.",
    )
    FILE_UNKNOWN = (
        "file-unknown",
        "files that no row knows",
        "doctor --repair moves them to lost+found, where you can look at them.",
    )
    LEFT_OVER = (
        "left-over",
        "files that a killed process was writing",
        "doctor --repair removes them.",
    )
    ERASURE_UNFINISHED = (
        "erasure-unfinished",
        "erasures that are not finished",
        "Run erasures finish: the certificate says what is left.",
    )
    CACHE_BROKEN = (
        "cache-broken",
        "cached pictures that are broken or no longer used",
        "doctor --repair removes them; they are made again when needed.",
    )
    MODE_OPEN = (
        "mode-open",
        "files and folders that others on this machine could read or change",
        "doctor --repair makes them private.",
    )
    OWNER_DIFFERS = (
        "owner-differs",
        "files and folders that belong to another user than the instance",
        "Give them to the instance's user with chown.",
    )
    KEY_WRONG = (
        "key-wrong",
        "the instance's key",
        "Restore the file `key` from a backup: without it, authors cannot be recognised.",
    )
    EXPORT_MISSING = (
        "export-missing",
        "exports whose folder is missing",
        "Restore the folder from a backup, or export again with the same settings.",
    )
    EXPORT_CHANGED = (
        "export-changed",
        "exports that are not what was exported",
        "Delete the folder and export again with the same settings, or restore it from a backup.",
    )
    LATEST_WRONG = (
        "latest-wrong",
        "the link to the latest export",
        "Export again: that makes the link anew.",
    )
    RUN_BROKEN = (
        "run-broken",
        "runs that cannot be read",
        "Restore the run's folder from a backup, or train it again.",
    )


@dataclass(frozen=True)
class RemoveFile:
    path: Path


@dataclass(frozen=True)
class MoveAway:
    path: Path


@dataclass(frozen=True)
class MakePrivate:
    path: Path


@dataclass(frozen=True)
class SetCells:
    """Columns to write again: what they hold by the examination, and what they should."""

    table: str
    key: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


Mend = RemoveFile | MoveAway | MakePrivate | SetCells


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        about: the file, by its path in the instance, or the row, as `table id`.
        says: what is wrong, in one sentence.
        mend: what `--repair` does about it; None if it can do nothing without loss.
    """

    kind: Kind
    about: str
    says: str
    mend: Mend | None = field(default=None, compare=False)

    @property
    def to_do(self) -> str:
        return self.kind.advice

    def as_json(self) -> dict[str, Any]:
        return {
            "code": str(self.kind),
            "about": self.about,
            "says": self.says,
            "to_do": self.to_do,
            "repairable": self.mend is not None,
        }


def row_name(table: str, key: Mapping[str, Any]) -> str:
    """Name a row: `photo 12`, or `claim photo_id=3 rater_id=1` where its key has several columns."""
    if len(key) == 1:
        return f"{table} {next(iter(key.values()))}"
    return " ".join([table, *(f"{column}={value}" for column, value in key.items())])
