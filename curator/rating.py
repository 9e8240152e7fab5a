"""Raters' words: save one, bring a table of them, exclude a photo."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.db import Sessions
from curator.dedup import settle_copies
from curator.errors import InputInvalid, NotAllowed, NotFound, StaleRating
from curator.events import record
from curator.models import (
    EVIDENCE,
    LABELS,
    SEXES,
    FileName,
    Person,
    Photo,
    Rating,
    RejectedFile,
    User,
    utc_now,
)
from curator.regions import format_fractions, parse_fractions, parse_pixels
from curator.tables import read_table

COLUMNS = {"file", "label", "sex", "person", "evidence", "region", "note"}


@dataclass(frozen=True)
class Entry:
    """What a rater says of a photo; `region` is `x,y x,y ...` in fractions, or empty."""

    label: str
    sex: str = "unknown"
    evidence: str = "visual"
    region: str = ""
    note: str = ""


@dataclass(frozen=True)
class SavedRating:
    photo_id: int
    entry: Entry
    version: int


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
    entry: Entry


def save_rating(
    sessions: Sessions, photo_id: int, rater: str, entry: Entry, *, expected_version: int
) -> SavedRating:
    """Save a rater's word; `expected_version` is the one they saw, 0 for none.

    Raises:
        StaleRating: a newer version was saved meanwhile; nothing was changed.
        InputInvalid: a value or the region does not fit.
    """
    checked = _checked(entry)
    with sessions.begin() as session:
        if session.get(Photo, photo_id) is None:
            raise NotFound("This photo is not in the collection any more.")
        rating = _find(session, photo_id, _rater(session, rater).id)
        version = rating.version if rating else 0
        if version != expected_version:
            raise StaleRating(
                "Your rating of this photo was changed meanwhile, perhaps in another tab. "
                "Nothing was saved: reload to see the newer one."
            )
        return _write(session, photo_id, rater, checked)


def rate_table(
    sessions: Sessions, path: Path, rater: str, *, skip_bad: bool = False
) -> TableResult:
    """Bring a CSV of ratings; nothing is written when a row is bad, unless `skip_bad`.

    Columns: file and label; sex, person, evidence, region (pixels of the upright photo), note.
    """
    table = list(read_table(path, {"file", "label"}, COLUMNS))
    with sessions.begin() as session:
        _rater(session, rater)
        checked = list(_check_rows(session, table))
        bad = tuple(row for row in checked if isinstance(row, BadRow))
        good = [row for row in checked if isinstance(row, _Row)]
        if bad and not skip_bad:
            return TableResult(len(table), 0, 0, bad)
        changed = [_bring(session, row, rater) for row in good]
        return TableResult(len(table), sum(changed), len(changed) - sum(changed), bad)


def exclude_photo(sessions: Sessions, photo_id: int, reason: str, *, actor: str) -> int | None:
    """Keep a photo out of every export; an empty reason takes it back in.

    Returns:
        The copy that is kept in its place, None where it has none.
    """
    with sessions.begin() as session:
        photo = session.get(Photo, photo_id)
        if photo is None:
            raise NotFound("This photo is not in the collection any more.")
        before = {"excluded_reason": photo.excluded_reason}
        photo.excluded_reason = reason.strip() or None
        action = "photo excluded" if photo.excluded_reason else "photo taken back in"
        after = {"excluded_reason": photo.excluded_reason}
        record(session, actor, action, "photo", photo_id, before, after)
        settle_copies(session, [photo_id], actor)
        return photo.copy_of_id


def _checked(entry: Entry) -> Entry:
    for value, allowed, what in (
        (entry.label, LABELS, "label"),
        (entry.sex, SEXES, "sex"),
        (entry.evidence, EVIDENCE, "evidence"),
    ):
        if value not in allowed:
            raise InputInvalid(
                "The %(what)s is %(value)r; use %(allowed)s.",
                what=what,
                value=value,
                allowed=", ".join(allowed),
            )
    region = format_fractions(parse_fractions(entry.region)) if entry.region else ""
    return Entry(entry.label, entry.sex, entry.evidence, region, entry.note.strip())


def _rater(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(
            "There is no account %(name)s: `flask curator user add %(name)s` makes it.", name=name
        )
    if user.disabled or user.role == "viewer":
        raise NotAllowed("The account %(name)s may not rate.", name=name)
    return user


def _find(session: Session, photo_id: int, rater_id: int) -> Rating | None:
    return session.scalar(
        select(Rating).where(Rating.photo_id == photo_id, Rating.rater_id == rater_id)
    )


def _write(session: Session, photo_id: int, rater: str, entry: Entry) -> SavedRating:
    rater_id = _rater(session, rater).id
    rating = _find(session, photo_id, rater_id)
    before = _facts(rating) if rating else None
    if rating is None:
        rating = Rating(photo_id=photo_id, rater_id=rater_id, version=0)
        session.add(rating)
    rating.label, rating.sex, rating.evidence = entry.label, entry.sex, entry.evidence
    rating.region, rating.note = entry.region or None, entry.note
    rating.version += 1
    rating.saved_at = utc_now()
    session.flush()
    record(session, rater, "rating saved", "photo", photo_id, before, _facts(rating))
    return SavedRating(photo_id, entry, rating.version)


def _facts(rating: Rating) -> dict[str, object]:
    return {
        "label": rating.label,
        "sex": rating.sex,
        "evidence": rating.evidence,
        "region": rating.region,
        "note": rating.note,
        "version": rating.version,
    }


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
                    "%(file)s is rated on line %(line)s already",
                    file=cells["file"],
                    line=line_of[photo.id],
                )
            line_of[photo.id] = line
            yield _Row(line, photo.id, cells.get("person", ""), _entry(cells, photo))
        except InputInvalid as problem:
            yield BadRow(line, problem.message)


def _entry(cells: dict[str, str], photo: Photo) -> Entry:
    region = cells.get("region", "")
    if region:
        region = format_fractions(parse_pixels(region, photo.width_px, photo.height_px))
    return _checked(
        Entry(
            label=cells["label"],
            sex=cells.get("sex") or "unknown",
            evidence=cells.get("evidence") or "visual",
            region=region,
            note=cells.get("note", ""),
        )
    )


def _photos_by_name(session: Session) -> dict[str, set[Photo]]:
    """Index photos by the paths they were imported under, and by the bare file names."""
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
            "%(count)s photos are called %(name)s: give the path below the folder",
            count=len(found),
            name=name,
        )
    if name in rejected:
        raise InputInvalid(
            "%(name)s was rejected at import: %(reason)s", name=name, reason=rejected[name]
        )
    raise InputInvalid("%(name)s is not in the collection: import it first", name=name)


def _bring(session: Session, row: _Row, rater: str) -> bool:
    """Write one row; return whether it changed anything."""
    moved = _set_person(session, row.photo_id, row.person, rater) if row.person else False
    rating = _find(session, row.photo_id, _rater(session, rater).id)
    if rating and _as_entry(rating) == row.entry:
        return moved
    _write(session, row.photo_id, rater, row.entry)
    return True


def _as_entry(rating: Rating) -> Entry:
    return Entry(rating.label, rating.sex, rating.evidence, rating.region or "", rating.note)


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
    record(session, actor, "person set", "photo", photo_id, before, {"person": person.id})
    return True
