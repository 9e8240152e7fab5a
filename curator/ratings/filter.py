"""Filters photos, for the gallery's pages, URLs and queues."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_, select

from curator.base.accounts import Account
from curator.base.errors import NotAllowed
from curator.base.models.photos import FileName, Person, Photo
from curator.base.models.ratings import LABELS, Rating
from curator.base.visibility import EXCLUDED, KEPT, KEPT_ID, rated_by
from curator.photos.examples import DIGESTS, begins_with, example_ids
from curator.ratings.attributes import attributes, attributes_by_code
from curator.ratings.values import has_value

# What tells of others' ratings; queries/listed.py finds these photos, and the odd ones.
TELLING = ("disagree", "ready")
SHOWN = ("all", "kept", "unrated", "rated", "no_region", "odd", *TELLING, "excluded", "copies")
# By colours: uncertain ones, and those that an earlier version read otherwise.
COLOURS = {"uncertain": Photo.colour_doubt != "", "reread": Photo.earlier_pixel_sha256.is_not(None)}
MOST_DIGITS = 18  # of an integer that databases accept
LONGEST_PART = 255  # of a file name: databases limit the length of a LIKE pattern


@dataclass(frozen=True)
class Filter:
    """Filters by state and by the viewer's own ratings; empty means any.

    `show` is one of SHOWN. `label` and attribute `values` refer to the viewer's own rating; other
    raters' ratings cannot be filtered by, except for TELLING.
    """

    show: str = "all"
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    batch: int = 0
    person: str = ""  # its code
    name: str = ""  # part of a file name, or ids of an export's examples
    colours: str = ""  # a key of COLOURS
    photos: tuple[int, ...] = ()  # only these

    def fields(self) -> dict[str, str]:
        """Return the filter as query fields, which `read_filter` reads."""
        texts: dict[str, str] = {}
        for name in self.__dataclass_fields__:
            if name == "values":
                texts |= self.values
            else:
                texts[name] = str(getattr(self, name) or "")
        texts["photos"] = ",".join(map(str, self.photos))
        texts["show"] = "" if self.show == "all" else self.show
        return {name: text for name, text in texts.items() if text}


def read_filter(fields: Mapping[str, str]) -> Filter:
    """Read a filter from query fields, ignoring invalid values."""
    given = {name: text.replace("\0", "").strip() for name, text in fields.items()}
    label, show = given.get("label", ""), given.get("show", "")
    colours = given.get("colours", "")
    return Filter(
        show=show if show in SHOWN else "all",
        label=label if label in LABELS else "",
        values={
            attribute.code: given[attribute.code]
            for attribute in attributes()
            if given.get(attribute.code) in attribute.codes
        },
        source=given.get("source", ""),
        batch=_number(given.get("batch", "")),
        person=given.get("person", ""),
        name=given.get("name", "")[:LONGEST_PART],
        colours=colours if colours in COLOURS else "",
        photos=tuple(filter(None, map(_number, given.get("photos", "").split(",")))),
    )


def require_allowed(wanted: Filter, viewer: Account) -> None:
    """Raise NotAllowed if the filter would tell a rater of others' ratings."""
    if wanted.show in TELLING and not viewer.may_adjudicate:
        raise NotAllowed("This is for adjudicators: ask an administrator for that role.")


def matching(wanted: Filter, rater: int) -> ColumnElement[bool]:
    """Return the condition on Photo."""
    conditions = [_shown(wanted.show, rater)]
    if own := _own(wanted):
        # A subquery of ids: a rare value is found as fast as a common one.
        rated = select(Rating.counts_on_id).where(Rating.rater_id == rater, *own)
        conditions.append(KEPT_ID.in_(rated))
    if wanted.source:
        conditions.append(Photo.source == wanted.source)
    if wanted.batch:
        conditions.append(Photo.batch_id == wanted.batch)
    if wanted.person:
        coded = select(Person.id).where(Person.code == wanted.person).scalar_subquery()
        conditions.append(Photo.person_id == coded)
    if wanted.name:
        conditions.append(_is_named(wanted.name))
    if wanted.colours:
        conditions.append(COLOURS[wanted.colours])
    if wanted.photos:
        conditions.append(Photo.id.in_(wanted.photos))
    return and_(*conditions)


def _is_named(text: str) -> ColumnElement[bool]:
    part = FileName.name.icontains(text, autoescape=True)
    ids = example_ids(text)
    by_id = [begins_with(digest, ids) for digest in DIGESTS] if ids else []
    return or_(Photo.id.in_(select(FileName.photo_id).where(part)), *by_id)


def _own(wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions on the viewer's rating."""
    by_code = attributes_by_code()
    own = [has_value(by_code[code], value) for code, value in wanted.values.items()]
    return [*own, Rating.label == wanted.label] if wanted.label else own


def _shown(show: str, rater: int) -> ColumnElement[bool]:
    rated = rated_by(rater)
    regionless = rated_by(rater, Rating.region.is_(None), Rating.label != "unsure")
    shown: dict[str, ColumnElement[bool]] = {
        "all": Photo.id.is_not(None),
        "kept": KEPT,
        "unrated": and_(KEPT, ~rated),
        "rated": and_(KEPT, rated),
        "no_region": and_(KEPT, regionless),
        **dict.fromkeys(("odd", *TELLING), KEPT),
        "excluded": EXCLUDED,
        "copies": Photo.copy_of_id.is_not(None),
    }
    return shown[show]


def _number(text: str) -> int:
    """Read a positive integer; 0 if it is not one or too long for a database."""
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if plain else 0
