"""Imports ratings from a CSV file: all rows, or the valid ones only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.csv_table import read_table
from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.base.file_names import Match, NameIndex, match_rows
from curator.base.models.photos import Photo, RejectedFile
from curator.base.models.users import User
from curator.base.table_text import guessed_lines
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
from curator.ratings.attributes import attributes
from curator.ratings.provenance import provenance_of_table
from curator.ratings.regions import format_fractions, parse_pixels
from curator.ratings.saving import find_rating, write_rating

REQUIRED = {"file", "label"}

Table = list[tuple[int, dict[str, str]]]  # line numbers and cells


def columns() -> set[str]:
    codes = {attribute.code for attribute in attributes()}
    return REQUIRED | codes | {"person", "region", "note"}


@dataclass(frozen=True)
class BadRow:
    line: int
    reason: str


@dataclass(frozen=True)
class TableResult:
    """What came of a table's rows; `loosely` were matched though case or ending differ.

    `guessed_lines` have letters beyond ASCII in a table that is not UTF-8, read as Windows-1252.
    """

    rows: int
    saved: int
    unchanged: int
    bad: tuple[BadRow, ...]
    loosely: tuple[LooseMatch, ...] = ()
    photos_without_row: tuple[str, ...] = ()
    guessed_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Row:
    line: int
    photo_id: int
    person: str
    assessment: Assessment
    repeats: bool


def rate_table(
    sessions: Sessions,
    path: Path,
    rater: str,
    *,
    skip_bad: bool = False,
    similar_codes: SimilarCodes = SimilarCodes.ASK,
) -> TableResult:
    """Import a CSV of ratings; nothing is written if a row is bad, unless `skip_bad`.

    Columns: file and label; person, the study's attributes, region (pixels of the upright photo), note.
    """
    table = list(read_table(path, REQUIRED, columns()))
    with sessions.begin() as session:
        user = rater_named(session, rater)
        named = named_photos(session)
        matches = _matches(table, named)
        codes = PersonCodes(session, similar_codes)
        checked = list(_check_rows(session, table, matches, codes, named))
        bad = tuple(row for row in checked if isinstance(row, BadRow))
        good = [row for row in checked if isinstance(row, _Row)]
        result = TableResult(
            rows=len(table),
            saved=0,
            unchanged=0,
            bad=bad,
            loosely=_loosely(session, table, matches),
            photos_without_row=_without_row(session, matches),
            guessed_lines=guessed_lines(path),
        )
        if bad and not skip_bad:
            return result
        saved = sum(_save_row(session, row, user) for row in good if not row.repeats)
        return replace(result, saved=saved, unchanged=len(good) - saved)


def _matches(table: Table, named: Sequence[NamedPhoto]) -> Sequence[Match[int]]:
    """Match rows with photos, by all names they were imported under."""
    rows = [
        (cells["file"], {column: value for column, value in cells.items() if column != "file"})
        for _, cells in table
    ]
    files = [(one.name, one.photo_id) for one in named]
    return match_rows(rows, files, [one.path for one in named]).matches


def _check_rows(
    session: Session,
    table: Table,
    matches: Sequence[Match[int]],
    codes: PersonCodes,
    named: Sequence[NamedPhoto],
) -> Iterator[_Row | BadRow]:
    rejected = _Rejected(session)
    paths = {one.photo_id: one.path for one in reversed(named)}
    for (line, cells), match in zip(table, matches, strict=True):
        try:
            photo = session.get_one(Photo, _photo_meant(cells["file"], match, rejected, paths))
            if match.rival is not None:
                raise InputInvalid(
                    "%(file)s is already rated on line %(line)s",
                    file=cells["file"],
                    line=table[match.rival][0],
                )
            person = codes.read(cells.get("person", ""))
            repeats = match.repeats is not None
            yield _Row(line, photo.id, person, _assessment(cells, photo), repeats)
        except InputInvalid as problem:
            yield BadRow(line, problem.message)


def _assessment(cells: dict[str, str], photo: Photo) -> Assessment:
    region = cells.get("region", "")
    if region:
        region = format_fractions(parse_pixels(region, photo.width_px, photo.height_px))
    return checked_assessment(
        Assessment(
            label=cells["label"],
            values={a.code: cells[a.code] for a in attributes() if cells.get(a.code)},
            region=region,
            note=cells.get("note", ""),
        )
    )


class _Rejected:
    """The files that imports rejected, with their reasons."""

    def __init__(self, session: Session) -> None:
        rows = session.scalars(select(RejectedFile)).all()
        self.reasons = [row.message for row in rows]
        self.index = NameIndex([row.name for row in rows])

    def reason(self, name: str) -> str | None:
        _, places = self.index.find(name)
        return self.reasons[places[-1]] if places else None


def _photo_meant(
    name: str, match: Match[int], rejected: _Rejected, paths: Mapping[int, str]
) -> int:
    if len(match.subjects) == 1:
        return match.subjects[0]
    if match.subjects:
        raise InputInvalid(
            "%(count)s photos are named %(name)s (%(files)s): give more of the path",
            count=len(match.subjects),
            name=name,
            files=", ".join(paths[photo] for photo in match.subjects[:MOST_NAMED]),
        )
    if not name:
        raise InputInvalid("no file is named")
    if reason := rejected.reason(name):
        raise InputInvalid("%(name)s was rejected at import: %(reason)s", name=name, reason=reason)
    raise InputInvalid("%(name)s is not in the collection: import it first", name=name)


def _loosely(
    session: Session, table: Table, matches: Sequence[Match[int]]
) -> tuple[LooseMatch, ...]:
    return tuple(
        LooseMatch(line, cells["file"], session.get_one(Photo, match.subjects[0]).original_name)
        for (line, cells), match in zip(table, matches, strict=True)
        if match.is_loose and len(match.subjects) == 1
    )


def _without_row(session: Session, matches: Sequence[Match[int]]) -> tuple[str, ...]:
    """Return the names of the photos to rate that no row is about."""
    matched = {photo for match in matches for photo in match.subjects}
    names = select(Photo.id, Photo.original_name).where(KEPT).order_by(Photo.id)
    return tuple(name for photo, name in session.execute(names) if photo not in matched)


def _save_row(session: Session, row: _Row, rater: User) -> bool:
    """Save one row; return whether it changed anything."""
    moved = set_person(session, row.photo_id, row.person, rater.name) if row.person else False
    rating = find_rating(session, row.photo_id, rater)
    # An import cannot ask the rater, so it records that a region reaches the eyes.
    insisting = replace(row.assessment, over_eyes=True)
    assessment = require_below_eyes(session, session.get_one(Photo, row.photo_id), insisting)
    provenance = provenance_of_table(session, row.photo_id, assessment.region, rating)
    if rating and assessment_of(rating) == assessment:
        return moved
    made = replace(assessment, provenance=provenance)
    write_rating(session, row.photo_id, rater, rating, made)
    return True
