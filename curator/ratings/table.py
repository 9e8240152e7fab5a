"""Imports ratings from a CSV file: all rows, or the valid ones only."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.csv_table import read_table
from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.base.events import Action, record
from curator.base.models.photos import FileName, Person, Photo, RejectedFile
from curator.base.models.users import User
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


def columns() -> set[str]:
    codes = {attribute.code for attribute in attributes()}
    return REQUIRED | codes | {"person", "region", "note"}


@dataclass(frozen=True)
class BadRow:
    line: int
    reason: str


@dataclass(frozen=True)
class TableResult:
    rows: int
    saved: int
    unchanged: int
    bad: tuple[BadRow, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    photo_id: int
    person: str
    assessment: Assessment


def rate_table(
    sessions: Sessions, path: Path, rater: str, *, skip_bad: bool = False
) -> TableResult:
    """Import a CSV of ratings; nothing is written if a row is bad, unless `skip_bad`.

    Columns: file and label; person, the study's attributes, region (pixels of the upright photo), note.
    """
    table = list(read_table(path, REQUIRED, columns()))
    with sessions.begin() as session:
        user = rater_named(session, rater)
        checked = list(_check_rows(session, table))
        bad = tuple(row for row in checked if isinstance(row, BadRow))
        good = [row for row in checked if isinstance(row, _Row)]
        if bad and not skip_bad:
            return TableResult(len(table), 0, 0, bad)
        changed = [_save_row(session, row, user) for row in good]
        return TableResult(len(table), sum(changed), len(changed) - sum(changed), bad)


def _check_rows(
    session: Session, table: list[tuple[int, dict[str, str]]]
) -> Iterator[_Row | BadRow]:
    photos = _photos_by_name(session)
    rejected = {row.name: row.reason for row in session.scalars(select(RejectedFile))}
    line_of: dict[int, int] = {}
    for line, cells in table:
        try:
            photo = _named(cells["file"], photos, rejected)
            if photo.id in line_of:
                raise InputInvalid(
                    "%(file)s is already rated on line %(line)s",
                    file=cells["file"],
                    line=line_of[photo.id],
                )
            line_of[photo.id] = line
            yield _Row(line, photo.id, cells.get("person", ""), _assessment(cells, photo))
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


def _photos_by_name(session: Session) -> dict[str, set[Photo]]:
    """Index photos by the paths they were imported under, and by bare file name."""
    index: dict[str, set[Photo]] = {}
    for name, photo in session.execute(
        select(FileName.name, Photo).join(Photo, Photo.id == FileName.photo_id)
    ):
        for key in {name, PurePosixPath(name).name}:
            index.setdefault(key, set()).add(photo)
    return index


def _named(name: str, photos: dict[str, set[Photo]], rejected: dict[str, str]) -> Photo:
    found = photos.get(name, set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise InputInvalid(
            "%(count)s photos are named %(name)s: give the path relative to the folder",
            count=len(found),
            name=name,
        )
    if name in rejected:
        raise InputInvalid(
            "%(name)s was rejected at import: %(reason)s", name=name, reason=rejected[name]
        )
    raise InputInvalid("%(name)s is not in the collection: import it first", name=name)


def _save_row(session: Session, row: _Row, rater: User) -> bool:
    """Save one row; return whether it changed anything."""
    moved = _set_person(session, row.photo_id, row.person, rater.name) if row.person else False
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


def _set_person(session: Session, photo_id: int, code: str, actor: str) -> bool:
    person = session.scalar(select(Person).where(Person.code == code))
    if person is None:
        person = Person(code=code)
        session.add(person)
        session.flush()
    photo = session.get_one(Photo, photo_id)
    if photo.person_id == person.id:
        return False
    before = {"person": photo.person_id}
    photo.person_id = person.id
    record(session, actor, Action.PERSON_SET, "photo", photo_id, before, {"person": person.id})
    return True
