"""Lists the files of folders: what may be a photo, what is ignored, and what cannot be had and why."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faces.photos import PhotoRefused, unreadable

# Other programs' thumbnails, notes and thrown-away files, by name in lower case; so is what begins with a dot.
IGNORED = frozenset(
    (
        *("@eadir", "#recycle", "@recycle", "@__thumb", "$recycle.bin", "__macosx", "captureone"),
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"),
    )
)
IGNORED_ENDINGS = (".lrdata",)
# In a photo library only the folders of originals hold photos; the rest is derived from them.
LIBRARIES = (".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary")
ORIGINALS = frozenset(("originals", "masters"))
# All of it, for pages whose scripts choose what they send.
IGNORED_FILES = {
    "names": sorted(IGNORED),
    "endings": IGNORED_ENDINGS,
    "libraries": LIBRARIES,
    "originals": sorted(ORIGINALS),
}


@dataclass(frozen=True)
class FoundFile:
    """A file found in a folder; `name` is its path below that folder, `root` the folder's own name, as text."""

    path: Path
    name: str
    root: str = ""


@dataclass(frozen=True)
class RefusedFile:
    file: FoundFile
    refusal: PhotoRefused


@dataclass
class Listing:
    """The files below some roots, in order; `ignored` counts files that are nobody's photos."""

    files: list[FoundFile] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    ignored: int = 0


def list_files(roots: Sequence[Path]) -> Listing:
    """List the files below folders, and files given themselves; links to folders are not followed."""
    listing = Listing()
    for root in roots:
        if root.is_dir():
            # A folder given by name may begin with a dot; a shell's `*` gives `@eaDir`, too.
            _list_folder(root, listing, is_ignored(root.name.lstrip(".")))
        elif is_ignored(root.name):
            listing.ignored += 1
        else:
            folder = root.absolute().parent.name
            listing.files.append(FoundFile(root, readable(root.name), readable(folder)))
    return listing


def is_ignored(name: str, folder: str = "") -> bool:
    """Tell whether a file or folder of this name in this folder is none that a person put there as a photo."""
    lower = name.lower()
    is_derived = folder.lower().endswith(LIBRARIES) and lower not in ORIGINALS
    return (
        is_derived or lower.startswith(".") or lower in IGNORED or lower.endswith(IGNORED_ENDINGS)
    )


def is_ignored_path(name: str) -> bool:
    """Tell whether any part of a path with plain slashes makes it ignored."""
    parts = name.split("/")
    return any(map(is_ignored, parts, ("", *parts)))


def readable(name: str) -> str:
    """Return a path as text: a part that is not UTF-8 is read as Windows-1252, as most old names are."""
    return "/".join(map(_readable_part, name.split("/")))


def _readable_part(name: str) -> str:
    content = os.fsencode(name)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "backslashreplace")


def _list_folder(root: Path, listing: Listing, are_ignored: bool) -> None:
    for path, is_hidden, refusal in _below(root, are_ignored):
        name = path.relative_to(root).as_posix() if path != root else root.name
        file = FoundFile(path, readable(name), readable(root.absolute().name))
        if is_hidden:
            listing.ignored += 1
        elif refusal:
            listing.refused.append(RefusedFile(file, refusal))
        else:
            listing.files.append(file)


def _below(root: Path, are_ignored: bool) -> Iterator[tuple[Path, bool, PhotoRefused | None]]:
    """Yield what lies below a folder but folders: whether it is ignored, and why it cannot be had."""
    waiting = [
        (root, are_ignored)
    ]  # the next one last; a stack, since folders may be nested deeply
    while waiting:
        path, is_hidden = waiting.pop()
        try:
            if path != root and not _is_folder(path):
                yield path, is_hidden, None
                continue
            with os.scandir(path) as entries:
                names = sorted((entry.name for entry in entries), reverse=True)
        except PhotoRefused as refusal:
            yield path, is_hidden, refusal
        except OSError as error:
            yield path, is_hidden, unreadable(error)
        else:
            folder = path.absolute().name
            waiting += [(path / name, is_hidden or is_ignored(name, folder)) for name in names]


def _is_folder(path: Path) -> bool:
    """Tell a folder from a regular file; refuse links that lead to no file, and what is neither."""
    if path.is_symlink():
        return _leads_to_folder(path)
    mode = path.lstat().st_mode
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise PhotoRefused("not a regular file")
    return stat.S_ISDIR(mode)


def _leads_to_folder(link: Path) -> bool:
    try:
        mode = link.stat().st_mode
    except OSError as error:
        raise PhotoRefused("a link that leads nowhere") from error
    if stat.S_ISDIR(mode):
        raise PhotoRefused("a link to a folder, not followed: give that folder itself")
    if not stat.S_ISREG(mode):
        raise PhotoRefused("not a regular file")
    return False
