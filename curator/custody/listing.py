"""The backups in a folder: what each holds, whether it is whole, and until when it is kept."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from curator.base.models.base import utc_now
from curator.base.progress import Progress, untold
from curator.custody.last_backup import days_since
from curator.custody.manifests import Manifest, time_in
from curator.custody.retention import Retention, pruned_on
from curator.custody.stored_files import in_parallel
from curator.custody.targets import Target


@dataclass(frozen=True)
class BackupState:
    """A stored backup.

    Attributes:
        own_bytes: of files that no other backup holds.
        damaged: the paths of files that are missing or not as they were written.
        lacking: the paths of files that the instance lacked then.
        pruned_on: the day on which it is removed if a backup is made every day; None if nobody knows.
    """

    name: str
    made_at: datetime
    is_listed: bool
    photos: int = 0
    size_bytes: int = 0
    own_bytes: int = 0
    revision: str = ""
    damaged: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    pruned_on: date | None = None

    @property
    def age_days(self) -> int:
        return days_since(self.made_at)

    @property
    def is_whole(self) -> bool:
        return self.is_listed and not self.damaged


@dataclass(frozen=True)
class Held:
    """The photo files, by their SHA-256, that a backup holds until it is pruned."""

    name: str
    made_at: datetime
    photos: frozenset[str]
    pruned_on: date | None


def list_backups(
    folder: Path, *, read_back: bool = False, progress: Progress = untold
) -> tuple[BackupState, ...]:
    """Return the backups in a folder, newest first.

    Args:
        read_back: read every file for its hash, not just its size.
    """
    target = Target(folder)
    with target.reading():
        sizes = target.sizes()
        if read_back:
            shas = sorted(sizes)
            whole = in_parallel(target.is_whole, shas, progress)
            sizes = {sha: sizes[sha] for sha, is_whole in zip(shas, whole, strict=True) if is_whole}
        manifests = dict(target.manifests())
    users = Counter(sha for one in manifests.values() if one for sha in _hashes(one))
    days = _pruned_on(manifests)
    states = [_state(name, one, sizes, users, days.get(name)) for name, one in manifests.items()]
    return tuple(reversed(states))


def held_photos(folder: Path) -> Iterator[Held]:
    """Yield which photos are in which backup of a folder, and until when, oldest first.

    One whose list is damaged is not among them: what it holds is not known.
    """
    target = Target(folder)
    with target.reading():
        manifests = dict(target.manifests())
    days = _pruned_on(manifests)
    for name, manifest in manifests.items():
        if manifest:
            photos = frozenset(photo.partition(".")[0] for photo in manifest.photos)
            yield Held(name, manifest.made_at, photos, days.get(name))


def _pruned_on(manifests: dict[str, Manifest | None]) -> dict[str, date]:
    """Return the days by the retention of the newest backup."""
    read = {name: manifest for name, manifest in manifests.items() if manifest}
    keep = [manifest.keep for manifest in read.values()][-1:] or [Retention()]
    days = pruned_on([one.made_at for one in read.values()], keep[0], utc_now().date())
    return {name: days[manifest.made_at] for name, manifest in read.items()}


def _state(
    name: str,
    manifest: Manifest | None,
    sizes: dict[str, int],
    users: "Counter[str]",
    day: date | None,
) -> BackupState:
    if manifest is None:
        return BackupState(name, time_in(name), is_listed=False)
    needs = [*manifest.needs()]
    own = {file.sha256: file.size_bytes for _, file in needs if users[file.sha256] == 1}
    return BackupState(
        name=name,
        made_at=manifest.made_at,
        is_listed=True,
        photos=len(manifest.photos),
        size_bytes=manifest.size_bytes,
        own_bytes=sum(own.values()),
        revision=manifest.database.revision,
        damaged=tuple(path for path, file in needs if sizes.get(file.sha256) != file.size_bytes),
        lacking=manifest.lacking,
        pruned_on=day,
    )


def _hashes(manifest: Manifest) -> set[str]:
    return {file.sha256 for _, file in manifest.needs()}
