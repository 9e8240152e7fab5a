"""Erasure: nothing is left of a person's photo, it does not come back, and the log still holds."""

import hashlib

from sqlalchemy import select

from curator.base.chain import breaks
from curator.base.db import reading
from curator.base.keys import chain_key
from curator.base.models.photos import Photo
from curator.custody.backing_up import back_up
from curator.custody.certificates import Certificate
from curator.custody.erasable import Request
from curator.custody.erasing import erase, plan_erasure
from curator.validation.drawing import as_png
from curator.validation.results import require
from curator.validation.scratch import ACTOR, Scratch, Uploaded

PIECE = 64  # bytes of a photo's file that no other file has


def nothing_is_left(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    note = f"note of {photo.name}"
    scratch.rate("first", photo.id, note=note)
    for size in ("thumbnail", "display", "closeup"):  # pictures that are kept
        shown = scratch.browser("first").get(f"/photos/{photo.id}/{size}").status
        require(shown == 200, f"The {size} of a photo was answered with {shown}.")
    marks = _marks(scratch, photo) | {note.encode()}
    there = scratch.found(marks)
    require(there, "The search did not even find the photo before it was erased.")
    certificate = _erased(scratch, photo)
    require(
        not certificate.left, f"The certificate says that {', '.join(certificate.left)} is left."
    )
    found = scratch.found(marks)
    require(not found, f"After the erasure traces are in {', '.join(found)}.")
    shown = scratch.browser("first").get(f"/photos/{photo.id}").status
    require(shown == 404, f"The erased photo's page answered {shown}.")
    with reading(scratch.sessions) as session:
        broken = [*breaks(session, chain_key(scratch.config))]
    require(
        not broken,
        f"After the erasure the log does not hold at event {broken[0].event}." if broken else "",
    )
    return (
        f"{len(marks)} byte patterns (pieces of the file, hashes, name, note) were in {len(there)} places, "
        "after the erasure in none; the log of changes still holds"
    )


def erased_photos_stay_out(scratch: Scratch) -> str:
    photo = scratch.add_photo()
    _erased(scratch, photo)
    again = {
        "the same file": photo.content,
        "its pixels in another file": as_png(photo.content),
    }
    program = scratch.program("admin")
    batch = program.call("POST", "/batches", {"source": "again", "files": len(again)}).json["id"]
    for says, content in again.items():
        answer = program.upload(f"/batches/{batch}/photos", "again.jpg", content)
        require(
            answer.status == 422, f"{says} was uploaded again and answered with {answer.status}."
        )
    other = program.upload(f"/batches/{batch}/photos", "other.jpg", scratch.draw())
    require(other.status == 201, f"Another photo was answered with {other.status}, not taken.")
    return f"{' and '.join(again)} were refused by HTTP; another photo was taken"


def restores_leave_it_out(scratch: Scratch) -> str:
    photo, target = scratch.add_photo(), scratch.folder / "backup-erased"
    back_up(scratch.sessions, scratch.config, target, actor=ACTOR)
    certificate = _erased(scratch, photo)
    require(certificate.backups, "The certificate does not name the backup that holds the photo.")
    digest = hashlib.sha256(photo.content).hexdigest()
    with scratch.restored(target) as restored:
        files = [path.name for path in (restored.instance / "photos").rglob("*")]
        require(
            not any(digest in name for name in files), "A restore brought the erased photo back."
        )
        require(files, "The restore brought no photo at all.")
    return "a backup from before the erasure was restored: it left the erased photo out"


def _erased(scratch: Scratch, photo: Uploaded) -> Certificate:
    asked = Request("photo", str(photo.id))
    found = plan_erasure(scratch.sessions, scratch.config, asked)
    return erase(scratch.sessions, scratch.config, asked, confirmed=found.photos, actor=ACTOR)


def _marks(scratch: Scratch, photo: Uploaded) -> set[bytes]:
    """Return byte patterns that nothing but this photo has."""
    with reading(scratch.sessions) as session:
        pixels = session.scalar(select(Photo.pixel_sha256).where(Photo.id == photo.id)) or ""
    middle = len(photo.content) // 2
    pieces = {photo.content[at : at + PIECE] for at in (middle, len(photo.content) - 2 * PIECE)}
    file = hashlib.sha256(photo.content).hexdigest()
    return {*pieces, photo.name.encode(), file.encode(), pixels.encode()}
