"""A rater's or adjudicator's assessment of a photo: checking it and storing it in a row."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.accounts import RATERS
from curator.base.errors import InputInvalid, NotAllowed, NotFound, RegionReachesEyes
from curator.base.invocation import curator_command
from curator.base.models.base import utc_now
from curator.base.models.photos import Photo
from curator.base.models.ratings import (
    LABELS,
    Adjudication,
    Rating,
    RatingValue,
    RulingValue,
    Suggestion,
)
from curator.base.models.users import User
from curator.ratings.attributes import (
    attributes,
    completed,
    further_attributes,
    rests_on_source,
)
from curator.ratings.provenance import Provenance, settle_provenance
from curator.ratings.regions import format_fractions, parse_eyes, parse_fractions, stored_region
from curator.ratings.values import values_in
from faces.landmarks import reaches_eyes


@dataclass(frozen=True)
class Assessment:
    """A rater's judgement of a photo; `region` is `x,y x,y ...` in fractions, or empty.

    `values` holds the study's attributes; a missing one takes its default.
    `over_eyes`: the rater insists on a region that reaches the detected eyes.
    `provenance` is no part of the judgement: assessments that differ in it alone are equal.
    """

    label: str
    values: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    note: str = ""
    over_eyes: bool = False
    provenance: Provenance = field(default_factory=Provenance, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", completed(self.values))


def checked_assessment(assessment: Assessment) -> Assessment:
    """Return the assessment in its stored form; InputInvalid names the invalid value."""
    _require_one_of("label", assessment.label, LABELS)
    values = {}
    for attribute in attributes():
        value = assessment.values[attribute.code].strip()
        if not attribute.allows(value):
            _require_one_of(attribute.code, value, attribute.codes)
        values[attribute.code] = attribute.joined(value.split()) if attribute.is_multiple else value
    region = format_fractions(parse_fractions(assessment.region)) if assessment.region else ""
    return replace(assessment, values=values, region=region, note=assessment.note.strip())


def _require_one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputInvalid(
            "The %(what)s is %(value)r; use %(allowed)s.",
            what=what,
            value=value,
            allowed=", ".join(allowed),
        )


def values_of(row: Rating | Adjudication) -> dict[str, str]:
    """Return a row's attribute values, including those stored in rows of their own."""
    further: dict[str, list[str]] = defaultdict(list)
    for value in row.further:
        further[value.attribute].append(value.value)
    return values_in(row, further)


def assessment_of(row: Rating | Adjudication) -> Assessment:
    provenance = Provenance(row.origin, row.active_s, row.source_shown)
    return Assessment(
        row.label, values_of(row), row.region or "", row.note, row.over_eyes, provenance
    )


def write_assessment(row: Rating | Adjudication, assessment: Assessment) -> None:
    """Write an assessment into its row as the next version."""
    row.label = assessment.label
    for attribute in attributes():
        if attribute.has_column:
            setattr(row, attribute.code, assessment.values[attribute.code])
    further = [
        {"attribute": attribute.code, "value": code}
        for attribute in further_attributes()
        for code in attribute.chosen(assessment.values[attribute.code])
    ]
    if isinstance(row, Rating):
        row.further = [RatingValue(**value) for value in further]
    else:
        row.further = [RulingValue(**value) for value in further]
    row.region, row.note, row.over_eyes = (
        assessment.region or None,
        assessment.note,
        assessment.over_eyes,
    )
    for name, value in asdict(assessment.provenance).items():
        setattr(row, name, value)
    row.version += 1
    row.saved_at = utc_now()


def facts(row: Rating | Adjudication) -> dict[str, Any]:
    """Return what the event table records of a row."""
    return {
        "label": row.label,
        **values_of(row),
        "region": row.region,
        "note": row.note,
        "over_eyes": row.over_eyes,
        **{each.name: getattr(row, each.name) for each in fields(Provenance)},
        "version": row.version,
    }


def assessment_from(recorded: Mapping[str, Any]) -> Assessment:
    """Return the assessment that `facts` recorded; older events lack attributes added later."""
    given = {name: value for name, value in recorded.items() if value is not None}
    return Assessment(
        label=given["label"],
        values={a.code: given[a.code] for a in attributes() if a.code in given},
        region=given.get("region", ""),
        note=given.get("note", ""),
        over_eyes=given.get("over_eyes", False),
        provenance=Provenance(
            **{each.name: given[each.name] for each in fields(Provenance) if each.name in given}
        ),
    )


def require_below_eyes(session: Session, photo: Photo, assessment: Assessment) -> Assessment:
    """Return the assessment, with `over_eyes` set only if its region does reach the eyes.

    Raises:
        RegionReachesEyes: the region reaches the eyes and the rater does not insist.
    """
    found = session.get(Suggestion, photo.id)
    if not (assessment.region and found and found.eyes):
        return replace(assessment, over_eyes=False)
    shape = photo.height_px / photo.width_px
    reaches = reaches_eyes(stored_region(assessment.region), parse_eyes(found.eyes), shape)
    if reaches and not assessment.over_eyes:
        raise RegionReachesEyes(
            "The region reaches the eyes: draw it below them. If the eyes were detected in the "
            "wrong place, save it anyway."
        )
    return replace(assessment, over_eyes=reaches)


def with_provenance(
    session: Session,
    photo: Photo,
    rater: User,
    assessment: Assessment,
    before: Rating | Adjudication | None,
) -> Assessment:
    """Return an assessment that a rater made on the page, with what is known of how it came about."""
    claimed = assessment.provenance
    settled = settle_provenance(session, photo, rater.id, assessment.region, claimed, before)
    if before and (before.label, values_of(before)) == (assessment.label, assessment.values):
        settled = replace(settled, source_shown=before.source_shown)
    elif rests_on_source(assessment.values):
        settled = replace(settled, source_shown=True)
    return replace(assessment, provenance=settled)


def rater_named(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(
            "There is no account %(name)s: `%(curator)s user add %(name)s` creates it.",
            name=name,
            curator=curator_command(),
        )
    if user.disabled or user.role not in RATERS:
        raise NotAllowed("The account %(name)s may not rate.", name=name)
    return user
