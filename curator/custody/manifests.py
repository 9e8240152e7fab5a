"""A backup's manifest: what it holds, as JSON, under a name that tells its time and its own hash."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath

from curator.base.errors import BackupDamaged
from curator.custody.retention import Retention

FORMAT = 1
DATABASE = "the database"  # among the paths; no file has such a one
NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d{6}Z)-([0-9a-f]{16})")
TIME = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class StoredFile:
    """A file of the instance; `changed_ns` is the time of its last change there, of contents or rights."""

    sha256: str
    size_bytes: int
    changed_ns: int = 0


@dataclass(frozen=True)
class StoredDatabase:
    """The database's copy; `file` is compressed, `content` what it was before.

    `event` is the newest one in it.
    """

    kind: str
    revision: str
    event: int
    file: StoredFile
    content: StoredFile


@dataclass(frozen=True)
class Manifest:
    """One backup.

    Attributes:
        made_at: in UTC, without zone, to the second: the moment that it shows.
        instance: whose backup it is, as `targets.identity` tells it.
        photos: the size of each photo file by its name, which is its hash and an ending.
        files: all other files by their path in the instance.
        links: where each link in the instance leads.
        lacking: the paths of files that could not be read in the instance.
        keep: the retention that it was made with.
    """

    made_at: datetime
    instance: str
    database: StoredDatabase
    photos: Mapping[str, int]
    files: Mapping[str, StoredFile]
    links: Mapping[str, str]
    lacking: tuple[str, ...]
    keep: Retention

    def needs(self) -> Iterator[tuple[str, StoredFile]]:
        """Yield each path in the instance with the file that is stored for it."""
        yield DATABASE, self.database.file
        for name, size_bytes in self.photos.items():
            yield photo_path(name), StoredFile(name.partition(".")[0], size_bytes)
        yield from self.files.items()

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for _, file in self.needs())


def photo_path(name: str) -> str:
    return f"photos/{name[:2]}/{name}"


def written(manifest: Manifest) -> tuple[str, bytes]:
    """Return a backup's name, and the content of its manifest."""
    fields = asdict(manifest) | {"format": FORMAT, "made_at": manifest.made_at.strftime(TIME)}
    content = json.dumps(fields, indent=0, ensure_ascii=False, sort_keys=True).encode()
    return f"{manifest.made_at.strftime(TIME)}-{_check(content)}", content


def time_in(name: str) -> datetime:
    return datetime.strptime(name[: len("2026-01-01T000000Z")], TIME)


def read_manifest(name: str, content: bytes) -> Manifest:
    """Return what was written under a name; BackupDamaged if it is anything else."""
    found = NAME.fullmatch(name)
    if not found or _check(content) != found[2]:
        raise BackupDamaged("The list of the backup %(name)s is damaged.", name=name)
    try:
        return _parsed(json.loads(content))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BackupDamaged(
            "The backup %(name)s was not written by this version of Malar, or a newer one wrote it.",
            name=name,
        ) from error


def _parsed(fields: dict[str, object]) -> Manifest:
    given: dict[str, dict[str, object]] = fields  # type: ignore[assignment]  # as far as it is used
    if fields["format"] != FORMAT:
        raise ValueError(fields["format"])
    database = dict(given["database"])
    for part in ("file", "content"):
        database[part] = StoredFile(**database[part])  # type: ignore[arg-type]
    paths = [*given["files"], *given["links"]]
    if any(PurePosixPath(path).is_absolute() or ".." in path.split("/") for path in paths):
        raise ValueError("a path leads out of the instance")
    return Manifest(
        made_at=datetime.strptime(str(fields["made_at"]), TIME),
        instance=str(fields["instance"]),
        database=StoredDatabase(**database),  # type: ignore[arg-type]
        photos={name: int(str(size)) for name, size in given["photos"].items()},
        files={path: StoredFile(**file) for path, file in given["files"].items()},  # type: ignore[arg-type]
        links={path: str(leads) for path, leads in given["links"].items()},
        lacking=tuple(map(str, given["lacking"])),
        keep=Retention(**given["keep"]),  # type: ignore[arg-type]
    )


def _check(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
