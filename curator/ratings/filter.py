"""Which photos are meant: a filter of the gallery's, for its pages, its addresses and queues."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, select

from curator.base.models import LABELS, FileName, Person, Photo, Rating
from curator.base.visibility import KEPT, rated_by
from curator.ratings.attributes import attributes
from curator.ratings.values import has_value

SHOWN = ("all", "kept", "unrated", "rated", "no_region", "excluded", "copies")
MOST_DIGITS = 18  # what a database takes as a number
LONGEST_PART = 255  # of a file name: a database looks for no part of any length


@dataclass(frozen=True)
class Filter:
    """Photos by what became of them, and by the viewer's own ratings; empty means any.

    `show` is one of SHOWN. `label` and the `values` of attributes are those that the viewer gave:
    nobody else's rating can be asked for.
    """

    show: str = "all"
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    batch: int = 0
    person: str = ""  # its code
    name: str = ""  # part of a file name
    photos: tuple[int, ...] = ()  # none but these

    def fields(self) -> dict[str, str]:
        """Return the filter as fields of an address, which `read_filter` reads."""
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
    """Read a filter from an address; a value that none can have counts as not given."""
    given = {name: text.replace("\0", "").strip() for name, text in fields.items()}
    label, show = given.get("label", ""), given.get("show", "")
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
        photos=tuple(filter(None, map(_number, given.get("photos", "").split(",")))),
    )


def matching(wanted: Filter, rater: int) -> ColumnElement[bool]:
    """Return the condition on Photo."""
    conditions = [_shown(wanted.show, rater)]
    if own := _own(wanted):
        # A list of ids, not a look at each photo: a rare value is found as fast as a common one.
        rated = select(Rating.photo_id).where(Rating.rater_id == rater, *own)
        conditions.append(Photo.id.in_(rated))
    if wanted.source:
        conditions.append(Photo.source == wanted.source)
    if wanted.batch:
        conditions.append(Photo.batch_id == wanted.batch)
    if wanted.person:
        coded = select(Person.id).where(Person.code == wanted.person).scalar_subquery()
        conditions.append(Photo.person_id == coded)
    if wanted.name:
        part = FileName.name.icontains(wanted.name, autoescape=True)
        conditions.append(Photo.id.in_(select(FileName.photo_id).where(part)))
    if wanted.photos:
        conditions.append(Photo.id.in_(wanted.photos))
    return and_(*conditions)


def _own(wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions on the viewer's rating."""
    by_code = {attribute.code: attribute for attribute in attributes()}
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
        "excluded": Photo.excluded_reason.is_not(None),
        "copies": Photo.copy_of_id.is_not(None),
    }
    return shown[show]


def _number(text: str) -> int:
    """Read a whole number above 0; 0 where it is none, or longer than a database takes."""
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if plain else 0
