"""Examines the instance's files: who may read them, what was left over, which nobody knows; and the key."""

import re
from collections.abc import Iterator
from stat import S_IMODE

from curator.base.config import Config
from curator.base.store import Store
from curator.custody.findings import (
    Finding,
    Kind,
    MakePrivate,
    MoveAway,
    RemoveFile,
)
from curator.custody.inventory import LOST, RUNS, Entry, Listing, entry_of
from curator.custody.records import UNSEEN, Records
from faces.formats import BY_CODE

KEY = re.compile(r"[0-9a-f]{64}\s*")
TO_OTHERS = 0o077  # bits of a mode
TO_CHANGE = 0o022


def check_modes(listing: Listing) -> Iterator[Finding]:
    """Check that nobody but the instance's user can read it, and that its runs at least cannot be changed."""
    root = entry_of(listing.instance)
    if root is None:
        return
    if S_IMODE(root.mode) & TO_OTHERS:
        yield _open(".", root)
    for name, entry in listing.entries.items():
        if entry.is_link:
            continue
        bits = TO_CHANGE if name.split("/")[0] == RUNS else TO_OTHERS
        if S_IMODE(entry.mode) & bits:
            yield _open(name, entry)
        elif not entry.mode & 0o400 or (entry.is_folder and not entry.mode & 0o100):
            says = f"Its mode is {S_IMODE(entry.mode):04o}: its own user cannot read it."
            yield Finding(Kind.MODE_OPEN, name, says, MakePrivate(entry.path))
        if entry.owner != root.owner:
            says = f"It belongs to user {entry.owner}, the instance to {root.owner}."
            yield Finding(Kind.OWNER_DIFFERS, name, says)


def _open(name: str, entry: Entry) -> Finding:
    wanted = 0o700 if entry.is_folder else 0o600
    says = f"Its mode is {S_IMODE(entry.mode):04o} rather than {wanted:04o}."
    return Finding(Kind.MODE_OPEN, name, says, MakePrivate(entry.path))


def check_left_over(listing: Listing) -> Iterator[Finding]:
    for name in listing.left_over:
        path = listing.instance / name
        yield Finding(
            Kind.LEFT_OVER, name, "The process that was writing it is gone.", RemoveFile(path)
        )


def check_unknown(listing: Listing, records: Records, config: Config) -> Iterator[Finding]:
    """Find files among the photos that no row names."""
    if "photo" in records.unread:
        return
    store = Store(config.instance)
    known = {
        f"photos/{path.parent.name}/{path.name}"
        for path in (
            store.photo(cells["file_sha256"], cells["format"])
            for cells in records.each("photo")
            if cells["file_sha256"] is not UNSEEN and cells["format"] in BY_CODE
        )
    }
    unknown = {
        name: entry
        for name, entry in listing.below("photos")
        if not entry.is_folder and name not in known
    }
    # If photos are missing, one of these files may be theirs, and its row is what is wrong.
    are_missing = any(name not in listing.entries for name in known)
    is_foreign = len(unknown) > len(known)  # another database's photos, or an older backup's
    for name, entry in unknown.items():
        mend = None if are_missing or is_foreign else MoveAway(entry.path)
        yield Finding(
            Kind.FILE_UNKNOWN, name, f"No photo names this file; {LOST} can take it.", mend
        )


def check_key(config: Config) -> Iterator[Finding]:
    """Check that the key is one; that it is the right one, the chain of events shows."""
    path = config.instance / "key"
    try:
        text = path.read_bytes().decode("ascii")
    except (OSError, ValueError) as error:
        yield Finding(
            Kind.KEY_WRONG,
            "key",
            f"It cannot be read: {getattr(error, 'strerror', '') or 'it is no text'}.",
        )
        return
    if not KEY.fullmatch(text):
        yield Finding(Kind.KEY_WRONG, "key", "It is not 64 digits from 0 to f.")
        return
