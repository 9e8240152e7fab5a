"""What somebody says of a photo, a rating or a ruling: checked, and kept in its row."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.errors import InputInvalid, NotAllowed, NotFound, RegionReachesEyes
from curator.base.models import (
    EVIDENCE,
    LABELS,
    SEXES,
    Adjudication,
    Photo,
    Rating,
    Suggestion,
    User,
    utc_now,
)
from curator.ratings.regions import format_fractions, parse_eyes, parse_fractions, stored_region
from faces.landmarks import reaches_eyes


@dataclass(frozen=True)
class Entry:
    """What a rater says of a photo; `region` is `x,y x,y ...` in fractions, or empty.

    `over_eyes`: the rater insists on a region that reaches the eyes where they were found.
    """

    label: str
    sex: str = "unknown"
    evidence: str = "visual"
    region: str = ""
    note: str = ""
    over_eyes: bool = False


def checked_entry(entry: Entry) -> Entry:
    """Return the entry as it is stored; InputInvalid says what does not fit."""
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
    return replace(entry, region=region, note=entry.note.strip())


def entry_of(row: Rating | Adjudication) -> Entry:
    return Entry(row.label, row.sex, row.evidence, row.region or "", row.note, row.over_eyes)


def write_entry(row: Rating | Adjudication, entry: Entry) -> None:
    """Put an entry into its row, as its next version."""
    row.label, row.sex, row.evidence = entry.label, entry.sex, entry.evidence
    row.region, row.note, row.over_eyes = entry.region or None, entry.note, entry.over_eyes
    row.version += 1
    row.saved_at = utc_now()


def facts(row: Rating | Adjudication) -> dict[str, object]:
    """Return what the event table keeps of a row."""
    return {
        "label": row.label,
        "sex": row.sex,
        "evidence": row.evidence,
        "region": row.region,
        "note": row.note,
        "over_eyes": row.over_eyes,
        "version": row.version,
    }


def require_below_eyes(session: Session, photo: Photo, entry: Entry) -> Entry:
    """Return the entry; whether it insists is kept only where its region does reach the eyes.

    Raises:
        RegionReachesEyes: it reaches them, and the rater does not insist.
    """
    found = session.get(Suggestion, photo.id)
    if not (entry.region and found and found.eyes):
        return replace(entry, over_eyes=False)
    shape = photo.height_px / photo.width_px
    reaches = reaches_eyes(stored_region(entry.region), parse_eyes(found.eyes), shape)
    if reaches and not entry.over_eyes:
        raise RegionReachesEyes(
            "The region reaches the eyes: draw it below them. "
            "Where the eyes were found in a wrong place, save it all the same."
        )
    return replace(entry, over_eyes=reaches)


def rater_named(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(
            "There is no account %(name)s: `flask curator user add %(name)s` makes it.", name=name
        )
    if user.disabled or user.role not in RATERS:
        raise NotAllowed("The account %(name)s may not rate.", name=name)
    return user
