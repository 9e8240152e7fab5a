"""The certificate of an erasure, which names nobody: what was removed, who had used it, what cannot be undone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

DATABASE = "database"  # is still to be written anew


@dataclass(frozen=True)
class HeldBackup:
    """A backup that still holds the photos; `until` is when it is removed if one is made every day."""

    folder: str
    name: str
    until: date | None


@dataclass(frozen=True)
class UsedExport:
    """An export that held the photos; `downloads` tell who took it when, `is_removed` whether its folder is gone."""

    name: str
    made_at: datetime
    downloads: tuple[str, ...]
    is_removed: bool


@dataclass(frozen=True)
class Certificate:
    """What an erasure did.

    Attributes:
        number: the erasure's.
        asked: a photo, a person, an author or a post; which one is not kept.
        photos: their numbers here.
        rows: how many were removed, by table.
        log: how many events and versions of rows had their content removed.
        files: how many were removed, by what they were.
        exports: that held the photos.
        runs: the trainer's folders that used them, cleaned; their networks cannot forget.
        backups: that hold the photos still.
        unread: folders of backups that could not be read.
        tasks: of Label Studio that are still to be deleted there, as `server: project/task`.
        left: what is still to be done here: DATABASE, if others were at it when it was to be written anew, and
            the names of other databases in the instance that hold the photos, for people to remove.
    """

    number: int
    at: datetime
    actor: str
    asked: str
    photos: tuple[int, ...]
    rows: Mapping[str, int]
    log: Mapping[str, int]
    files: Mapping[str, int]
    exports: tuple[UsedExport, ...] = ()
    runs: tuple[str, ...] = ()
    backups: tuple[HeldBackup, ...] = ()
    unread: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    is_lifted: bool = False

    @property
    def is_complete(self) -> bool:
        return not self.left and not self.tasks

    def stored(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            **asdict(self),
            "at": self.at.isoformat(),
            "exports": [
                {**asdict(one), "made_at": one.made_at.isoformat()} for one in self.exports
            ],
            "backups": [
                {**asdict(one), "until": one.until.isoformat() if one.until else None}
                for one in self.backups
            ],
        }


def read_certificate(stored: Mapping[str, Any]) -> Certificate:
    lists = ("photos", "runs", "unread", "tasks", "left")
    return Certificate(
        **{
            **stored,
            **{name: tuple(stored[name]) for name in lists},
            "at": datetime.fromisoformat(stored["at"]),
            "exports": tuple(
                UsedExport(
                    **{
                        **one,
                        "made_at": datetime.fromisoformat(one["made_at"]),
                        "downloads": tuple(one["downloads"]),
                    }
                )
                for one in stored["exports"]
            ),
            "backups": tuple(
                HeldBackup(
                    **{**one, "until": date.fromisoformat(one["until"]) if one["until"] else None}
                )
                for one in stored["backups"]
            ),
        }
    )


def lines(certificate: Certificate) -> list[str]:
    """Return a certificate as text for people, one fact a line."""
    one = certificate
    told = [
        f"Certificate of erasure {one.number}",
        f"Erased: {_count(len(one.photos), 'photo')} (No. {', '.join(map(str, one.photos))}), "
        f"as asked for a {one.asked}, on {one.at:%Y-%m-%d %H:%M} UTC, by {one.actor}.",
        f"Rows removed: {_listed(one.rows)}.",
        f"Log: what {_count(one.log['events'], 'event')} and {_count(one.log['versions'], 'version')} "
        "of rows said was removed; their keyed hashes stay, so that the log can still be proved.",
        f"Files removed: {_listed(one.files)}.",
        *(_export(export) for export in one.exports),
        *(
            f"Trained with them: {run}. What named or showed them was removed from it. A trained "
            "network cannot forget: train it again on a new export."
            for run in one.runs
        ),
        *(
            f"Still in backup {held.name} in {held.folder}"
            + (f", until {held.until:%Y-%m-%d} if one is made every day." if held.until else ".")
            + " A restore leaves the photos out."
            for held in one.backups
        ),
        *(f"Could not be read, and may hold them: backups in {folder}." for folder in one.unread),
        *(f"Still to be deleted in Label Studio: {task}." for task in one.tasks),
        *(_left(what) for what in one.left),
        "Not reached: copies that others were given, downloads and exports that were moved away, what "
        "browsers and disks keep beneath the file system.",
    ]
    if one.is_lifted:
        told.append("Lifted: the photos may be imported again.")
    return told


def _export(export: UsedExport) -> str:
    gone = "its folder was removed" if export.is_removed else "its folder was not found"
    taken = f"; downloaded by {'; '.join(export.downloads)}" if export.downloads else ""
    return f"Was in export {export.name} of {export.made_at:%Y-%m-%d}: {gone}{taken}."


def _left(what: str) -> str:
    if what == DATABASE:
        return "Still to be done: write the database anew, once nobody is at it."
    return f"Still to be done: remove {what} from the instance, another database that holds them."


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
