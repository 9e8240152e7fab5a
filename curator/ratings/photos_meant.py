"""Finds the photos that a file's entries mean: by their names, as servers changed them too, or by hashes."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.file_names import Match, NameIndex, before_upload, match_rows, normal_form, stem
from curator.base.models.photos import Photo, RejectedFile
from curator.photos.names import NamedPhoto

HASH = re.compile(r"[0-9a-f]{16,64}")  # at least the digits of an exported photo's id
UNSAFE = re.compile(r"[^-\w.]")  # in the name of a file that a web server stores


def photos_meant(
    session: Session,
    rows: Sequence[tuple[Sequence[str], object]],
    named: Sequence[NamedPhoto],
) -> Sequence[Match[int]]:
    """Match rows with photos, by all names they were imported under, or by their hashes.

    Args:
        rows: of each, a photo's name and others to try in order, and what is said of the photo.
    """
    names, paths = [one.name for one in named], [one.path for one in named]
    meant = _Meant(NameIndex(names, paths), _Hashes(session, named), _uploaded_names(named))
    found = [(meant.name(given), says) for given, says in rows]
    return match_rows(found, [(one.name, one.photo_id) for one in named], paths).matches


def _uploaded_names(named: Sequence[NamedPhoto]) -> dict[str, str]:
    """Return paths by the names that web servers give files: without spaces and most signs."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in named:
        found[_plain(one.name.rpartition("/")[2])].add(one.path)
    return {plain: path for plain, (path, *more) in found.items() if not more}


def _plain(name: str) -> str:
    return UNSAFE.sub("", normal_form(name).replace(" ", "_")).lower()


@dataclass(frozen=True)
class _Meant:
    """Finds which of several names a photo has; hashes and uploaded names count as its path."""

    index: NameIndex
    hashes: "_Hashes"
    uploaded: Mapping[str, str]

    def name(self, names: Sequence[str]) -> str:
        for name in names:
            if self.index.find(name)[1]:
                return name
            if path := self.hashes.path(name):
                return path
        guessed = before_upload(normal_form(name).rpartition("/")[2] for name in names)
        return next(filter(None, (self.uploaded.get(_plain(name)) for name in guessed)), names[0])


class _Hashes:
    """Finds photos by the first digits of the SHA-256 of their file or pixels."""

    def __init__(self, session: Session, named: Sequence[NamedPhoto]) -> None:
        self.session = session
        self.paths = {one.photo_id: one.path for one in reversed(named)}

    def path(self, name: str) -> str | None:
        digits = stem(normal_form(name).rpartition("/")[2]).lower()
        if not HASH.fullmatch(digits):
            return None
        hashes = (Photo.pixel_sha256, Photo.file_sha256, Photo.earlier_pixel_sha256)
        for column in hashes:
            found = self.session.scalars(select(Photo.id).where(column.startswith(digits))).all()
            if len(found) == 1:
                return self.paths.get(found[0])
        return None


class RejectedNames:
    """The files that imports rejected, with their reasons."""

    def __init__(self, session: Session) -> None:
        rows = session.scalars(select(RejectedFile)).all()
        self.reasons = [row.message for row in rows]
        self.index = NameIndex([row.name for row in rows])

    def reason(self, name: str) -> str | None:
        _, places = self.index.find(name)
        return self.reasons[places[-1]] if places else None
