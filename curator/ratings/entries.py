"""Imports what a file says of photos, one entry each, as ratings: all entries, or the valid ones only."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.base.file_names import Match, normal_form
from curator.base.models.photos import Photo
from curator.base.models.users import User
from curator.base.store import Store
from curator.base.visibility import KEPT
from curator.photos.names import NamedPhoto, named_photos
from curator.photos.person_codes import PersonCodes, SimilarCodes, set_person
from curator.photos.posts import MOST_NAMED, LooseMatch
from curator.ratings.assessments import (
    Assessment,
    assessment_of,
    checked_assessment,
    rater_named,
    require_below_eyes,
)
from curator.ratings.origins import IMPORTED
from curator.ratings.outlines import Outline, region_on
from curator.ratings.photos_meant import RejectedNames, photos_meant
from curator.ratings.provenance import Provenance, provenance_of_entry
from curator.ratings.regions import format_fractions
from curator.ratings.saving import find_rating, write_rating
from faces.decoding import orientation
from faces.photos import open_image


@dataclass(frozen=True)
class Entry:
    """What a file says of one photo.

    It adds to the rater's rating: what it does not say stays as it is. A new rating needs a label.

    Attributes:
        line: its line in a table, or its place in another file, from 1.
        file: the photo's name, or the first 16 or more digits of the SHA-256 of its file or pixels.
        also: other names, tried in order where the photo is not found by `file`.
        values: the study's attributes by code; in a new rating a missing one takes its default.
        origin: where the region is from, one of origins.ORIGINS.
        active_s: seconds that the rater looked at the photo; None if unknown.
        problem: why the file's reader could not make sense of it.
        classes: the names of its outlines' classes that mean nothing in the study.
    """

    line: int
    file: str
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    outline: Outline | None = None
    person: str = ""
    note: str = ""
    also: tuple[str, ...] = ()
    origin: str = IMPORTED
    active_s: float | None = None
    problem: InputInvalid | None = None
    classes: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        said = (self.label, self.values, self.outline, self.person, self.note, self.problem)
        return any(said)

    @property
    def says(self) -> object:
        """What it says of the photo, by which two entries for one photo are compared."""
        return self.label, dict(self.values), self.outline, self.person, self.note


@dataclass(frozen=True)
class BadRow:
    line: int
    reason: str
    file: str = ""


@dataclass(frozen=True)
class TableResult:
    """What came of a file's entries; `loosely` were matched though folder, case or ending differ.

    `guessed_lines` have letters beyond ASCII in a table that is not UTF-8, read as Windows-1252.
    `unit` is what `line` counts; `unmarked` are photos of which the file says nothing.
    """

    rows: int
    saved: int
    unchanged: int
    bad: tuple[BadRow, ...]
    loosely: tuple[LooseMatch, ...] = ()
    photos_without_row: tuple[str, ...] = ()
    guessed_lines: tuple[int, ...] = ()
    unit: str = "line"
    unmarked: int = 0


@dataclass(frozen=True)
class _Checked:
    line: int
    photo_id: int
    person: str
    assessment: Assessment
    repeats: bool


def rate_entries(
    sessions: Sessions,
    entries: Sequence[Entry],
    rater: str,
    *,
    config: Config | None = None,
    skip_bad: bool = False,
    similar_codes: SimilarCodes = SimilarCodes.ASK,
    unit: str = "line",
) -> TableResult:
    """Save entries as a rater's ratings; nothing is written if one is bad, unless `skip_bad`.

    Args:
        config: of the instance; needed where outlines have a frame, which may be a lying photo's.
    """
    with sessions.begin() as session:
        return enter_ratings(
            session,
            entries,
            rater,
            config=config,
            skip_bad=skip_bad,
            similar_codes=similar_codes,
            unit=unit,
        )


def enter_ratings(
    session: Session,
    entries: Sequence[Entry],
    rater: str,
    *,
    config: Config | None = None,
    skip_bad: bool = False,
    similar_codes: SimilarCodes = SimilarCodes.ASK,
    unit: str = "line",
) -> TableResult:
    """Do what `rate_entries` does within a transaction."""
    user = rater_named(session, rater)
    named = named_photos(session)
    rows = [((entry.file, *entry.also), entry.says) for entry in entries]
    matches = photos_meant(session, rows, named)
    codes = PersonCodes(session, similar_codes)
    checking = _Checking(session, config, user, codes, named, unit)
    checked = list(checking.entries(entries, matches))
    bad = tuple(row for row in checked if isinstance(row, BadRow))
    good = [row for row in checked if isinstance(row, _Checked)]
    result = TableResult(
        rows=len(entries),
        saved=0,
        unchanged=0,
        bad=bad,
        loosely=_loosely(session, entries, matches),
        photos_without_row=_without_row(session, matches),
        unit=unit,
    )
    if bad and not skip_bad:
        return result
    saved = sum(_save(session, row, user) for row in good if not row.repeats)
    return replace(result, saved=saved, unchanged=len(good) - saved)


class _Checking:
    """Checks entries against the collection: each becomes what to save, or a bad row with its reason."""

    def __init__(
        self,
        session: Session,
        config: Config | None,
        rater: User,
        codes: PersonCodes,
        named: Sequence[NamedPhoto],
        unit: str,
    ) -> None:
        self.session, self.config, self.rater = session, config, rater
        self.codes, self.unit = codes, unit
        self.paths = {one.photo_id: one.path for one in reversed(named)}
        self.rejected = RejectedNames(session)

    def entries(
        self, entries: Sequence[Entry], matches: Sequence[Match[int]]
    ) -> Iterator[_Checked | BadRow]:
        for entry, match in zip(entries, matches, strict=True):
            try:
                if entry.problem and not entry.file:
                    raise entry.problem
                photo = self.session.get_one(Photo, self._photo_meant(entry.file, match))
                if match.rival is not None:
                    raise InputInvalid(
                        "%(file)s is already rated on %(unit)s %(line)s",
                        file=entry.file,
                        unit=self.unit,
                        line=entries[match.rival].line,
                    )
                yield self._checked(entry, photo, match)
            except InputInvalid as problem:
                yield BadRow(entry.line, problem.message, entry.file)

    def _checked(self, entry: Entry, photo: Photo, match: Match[int]) -> _Checked:
        if entry.problem:
            raise entry.problem
        person = self.codes.read(entry.person)
        assessment = self._assessment(entry, photo)
        return _Checked(entry.line, photo.id, person, assessment, match.repeats is not None)

    def _assessment(self, entry: Entry, photo: Photo) -> Assessment:
        """Return the rater's stored assessment with what an entry says."""
        rating = find_rating(self.session, photo.id, self.rater)
        stored = assessment_of(rating) if rating else Assessment("")
        if not (entry.label or rating):
            raise _without_label(entry, self.rater)
        region = self._region(entry, photo)
        said = replace(
            stored,
            label=entry.label or stored.label,
            values={**stored.values, **entry.values},
            region=region or stored.region,
            note=entry.note or stored.note,
        )
        origin = entry.origin if region else stored.provenance.origin
        return replace(checked_assessment(said), provenance=Provenance(origin, entry.active_s))

    def _region(self, entry: Entry, photo: Photo) -> str:
        if entry.outline is None:
            return ""
        turn = self._orientation_of(photo)
        return format_fractions(region_on(entry.outline, photo.width_px, photo.height_px, turn))

    def _orientation_of(self, photo: Photo) -> Callable[[], int]:
        def read() -> int:
            if self.config is None:
                return 1
            path = Store(self.config.instance).photo(photo.file_sha256, photo.format)
            with open_image(path.read_bytes()) as image:
                return orientation(image)

        return read

    def _photo_meant(self, name: str, match: Match[int]) -> int:
        if len(match.subjects) == 1:
            return match.subjects[0]
        if match.subjects:
            raise InputInvalid(
                "%(count)s photos are named %(name)s (%(files)s): give more of the path",
                count=len(match.subjects),
                name=name,
                files=", ".join(self.paths[photo] for photo in match.subjects[:MOST_NAMED]),
            )
        if not name:
            raise InputInvalid("no file is named")
        if reason := self.rejected.reason(name):
            raise InputInvalid(
                "%(name)s was rejected at import: %(reason)s", name=name, reason=reason
            )
        raise InputInvalid("%(name)s is not in the collection: import it first", name=name)


def _without_label(entry: Entry, rater: User) -> InputInvalid:
    values = {"file": entry.file, "rater": rater.name}
    if entry.classes:
        return InputInvalid(
            "%(file)s has no label, and %(rater)s has not rated this photo: if the class of its "
            "outline is one, say so with --means %(example)s",
            **values,
            example=shlex.quote(f"{' '.join(entry.classes[0].split())}=VALUE"),
        )
    return InputInvalid("%(file)s has no label, and %(rater)s has not rated this photo", **values)


def _loosely(
    session: Session, entries: Sequence[Entry], matches: Sequence[Match[int]]
) -> tuple[LooseMatch, ...]:
    loosely = []
    for entry, match in zip(entries, matches, strict=True):
        if len(match.subjects) == 1:
            name = session.get_one(Photo, match.subjects[0]).original_name
            if match.is_loose or _is_elsewhere(entry.file, name):
                loosely.append(LooseMatch(entry.line, entry.file, name))
    return tuple(loosely)


def _is_elsewhere(path: str, name: str) -> bool:
    """Tell whether a path and a photo's name have folders of which neither ends with the other."""
    folder, own = (f"/{normal_form(one)}".rpartition("/")[0] for one in (path, name))
    return bool(folder and own) and not (folder.endswith(own) or own.endswith(folder))


def _without_row(session: Session, matches: Sequence[Match[int]]) -> tuple[str, ...]:
    """Return the names of the photos to rate that no entry is about."""
    matched = {photo for match in matches for photo in match.subjects}
    names = select(Photo.id, Photo.original_name).where(KEPT).order_by(Photo.id)
    return tuple(name for photo, name in session.execute(names) if photo not in matched)


def _save(session: Session, row: _Checked, rater: User) -> bool:
    """Save one entry; return whether it changed anything."""
    moved = set_person(session, row.photo_id, row.person, rater.name) if row.person else False
    rating = find_rating(session, row.photo_id, rater)
    # An import cannot ask the rater, so it records that a region reaches the eyes.
    insisting = replace(row.assessment, over_eyes=True)
    assessment = require_below_eyes(session, session.get_one(Photo, row.photo_id), insisting)
    if rating and assessment_of(rating) == assessment:
        return moved
    claimed = assessment.provenance
    provenance = provenance_of_entry(session, row.photo_id, assessment.region, claimed, rating)
    made = replace(assessment, provenance=provenance)
    write_rating(session, row.photo_id, rater, rating, made)
    return True
