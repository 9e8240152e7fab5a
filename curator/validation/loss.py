"""No loss: what was answered as saved is there, backups come back whole, and damage is found."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.errors import BackupDamaged
from curator.base.models.events import Event
from curator.base.models.ratings import Rating
from curator.custody.backing_up import back_up
from curator.custody.examination import examine
from curator.custody.findings import Kind
from curator.custody.records import open_reader, read_records
from curator.custody.restoring import restore_backup
from curator.custody.targets import Target
from curator.validation.results import Unmet, require
from curator.validation.scratch import ACTOR, Scratch

# Tables that a restore writes to itself: it signs browsers out, and notes which backup it was.
OF_RESTORING = {"setting", "sign_in"}
SAVES = 3


def saves_survive_a_killed_server(scratch: Scratch) -> str:
    photos = [scratch.add_photo() for _ in range(SAVES)]
    last = _last_event(scratch)
    for photo in photos:
        saved = scratch.rate("first", photo.id)
        scratch.server.kill()  # SIGKILL, as soon as the answer is read
        require(not scratch.server_is_running(), "The server could not be killed.")
        with scratch.sessions() as session:
            label = session.scalar(select(Rating.label).where(Rating.photo_id == photo.id))
            event = session.scalar(
                select(Event.id).where(Event.id > last, Event.subject_id == photo.id)
            )
        require(
            label == saved["label"], f"The rating of photo {photo.id} was answered and is gone."
        )
        require(event, f"The rating of photo {photo.id} is there, its event is gone.")
    shown = scratch.program("first").call("GET", f"/photos/{photos[-1].id}/rating")
    require(shown.status == 200, f"The server that was started again answered {shown.status}.")
    return f"{SAVES} times a rating saved by HTTP and the server killed at its answer: nothing was lost"


def stale_saves_are_refused(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    scratch.rate("first", photo.id)
    scratch.rate("first", photo.id, 1, label="negative")
    sent = scratch.program("first").call(
        "PUT", f"/photos/{photo.id}/rating", {"label": "unsure"}, If_Match='"1"'
    )
    require(sent.status in (409, 412), f"A save over a newer version was answered {sent.status}.")
    shown = scratch.program("first").call("GET", f"/photos/{photo.id}/rating").json
    require(shown["label"] == "negative", "A refused save changed the rating.")
    return f"a save from an older page was refused with {sent.status}; the newer rating stands"


def backups_come_back_whole(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    scratch.rate("first", photo.id)
    target = scratch.folder / "backup-whole"
    made = back_up(scratch.sessions, scratch.config, target, actor=ACTOR)
    require(not made.lacking, f"The backup lacks {', '.join(made.lacking)}.")
    before, events = _rows(scratch.config), _links(scratch.config)
    with scratch.restored(target) as restored:
        after = _rows(restored)
        wrong = sorted(name for name in before if before[name] != after.get(name))
        require(not wrong, f"After the restore these tables differ: {', '.join(wrong)}.")
        at_backup = Target(target).find()[1].database.event
        kept = {number: link for number, link in events.items() if number <= at_backup}
        again = {n: link for n, link in _links(restored).items() if n <= at_backup}
        require(kept == again, "After the restore the log of changes differs.")
        files = _photo_files(scratch.config)
        require(files == _photo_files(restored), "After the restore photos' files differ.")
        found = examine(restored, grace_s=0).findings
        require(not found, f"doctor found in the restored instance: {_told(found)}")
    rows = sum(len(table) for table in before.values())
    return (
        f"{len(files)} photos, {rows} rows and {len(kept)} events restored into an empty instance, "
        "all equal; doctor found nothing"
    )


def flipped_bits_are_found(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    path = scratch.photo_file(photo.id)
    with _flipped(path):
        found = examine(scratch.config, grace_s=0).findings
    named = [
        one for one in found if one.kind is Kind.PHOTO_CHANGED and one.about == f"photo {photo.id}"
    ]
    require(named, f"A bit of photo {photo.id} was flipped, and doctor did not name it.")
    again = examine(scratch.config, grace_s=0).findings
    require(not again, f"Before and after, doctor should find nothing; it found {_told(again)}")
    return f"one bit of a photo's file flipped: doctor named photo {photo.id}; flipped back, it found nothing"


def damaged_backups_are_refused(scratch: Scratch) -> str:
    photo, target = scratch.add_photo(), scratch.folder / "backup-damaged"
    back_up(scratch.sessions, scratch.config, target, actor=ACTOR)
    digest = hashlib.sha256(photo.content).hexdigest()
    folder = scratch.folder / "restored-damaged"
    url = scratch.databases.new()
    config = Config(instance=folder, database_url=url, workers=scratch.config.workers)
    try:
        with _flipped(Target(target).file(digest)):
            restore_backup(config, target, actor=ACTOR)
    except BackupDamaged:
        left = [*folder.rglob("*")] if folder.exists() else []
        require(not left, f"The refused restore left {len(left)} files behind.")
        return "one bit of a stored file flipped: the restore refused, and left nothing half done"
    finally:
        scratch.databases.give_back(url)
    raise Unmet("A backup with a flipped bit was restored without a word.")


@contextmanager
def _flipped(path: Path) -> Iterator[None]:
    """Flip a bit in the middle of a file, and flip it back."""
    sound = path.read_bytes()
    at = len(sound) // 2
    path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(sound)


def _rows(config: Config) -> dict[str, Any]:
    with open_reader(config) as reader:
        rows = read_records(reader).rows
        return {name: dict(table) for name, table in rows.items() if name not in OF_RESTORING}


def _links(config: Config) -> dict[int, str | None]:
    sessions = open_sessions(config)
    with sessions() as session:
        found = {row.id: row.link for row in session.execute(select(Event.id, Event.link))}
    sessions.kw["bind"].dispose()
    return found


def _photo_files(config: Config) -> dict[str, str]:
    folder = config.instance / "photos"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _told(found: Any) -> str:
    return "; ".join(f"{one.about}: {one.kind.heading}" for one in found[:3])


def _last_event(scratch: Scratch) -> int:
    with scratch.sessions() as session:
        return session.scalar(select(func.max(Event.id))) or 0
