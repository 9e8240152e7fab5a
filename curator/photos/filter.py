"""Which photos are meant: a filter of the gallery's, for its pages, its addresses and queues."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select

from curator.base.models import EVIDENCE, LABELS, SEXES, FileName, Person, Photo, Rating
from curator.base.visibility import KEPT, rated_by

SHOWN = ("all", "kept", "unrated", "rated", "no_region", "excluded", "copies")
OWN_WORD = {"label": LABELS, "sex": SEXES, "evidence": EVIDENCE}
MOST_DIGITS = 18  # what a database takes as a number
LONGEST_PART = 255  # of a file name: a database looks for no part of any length


@dataclass(frozen=True)
class Filter:
    """Photos by what became of them, and by the own word of who looks; empty means any.

    `show` is one of SHOWN. Label, sex and evidence are those that the looking rater gave: nobody
    else's word can be asked for.
    """

    show: str = "all"
    label: str = ""
    sex: str = ""
    evidence: str = ""
    source: str = ""
    batch: int = 0
    person: str = ""  # its code
    name: str = ""  # part of a file name
    photos: tuple[int, ...] = ()  # none but these

    def fields(self) -> dict[str, str]:
        """Return the filter as fields of an address, which `read_filter` reads."""
        values = {name: str(getattr(self, name) or "") for name in self.__dataclass_fields__}
        values["photos"] = ",".join(map(str, self.photos))
        values["show"] = "" if self.show == "all" else self.show
        return {name: value for name, value in values.items() if value}


def read_filter(fields: Mapping[str, str]) -> Filter:
    """Read a filter from an address; a value that none can have counts as not given."""
    given = {name: fields.get(name, "").replace("\0", "").strip() for name in _NAMES}
    own = {name: given[name] for name, known in OWN_WORD.items() if given[name] in known}
    return Filter(
        show=given["show"] if given["show"] in SHOWN else "all",
        source=given["source"],
        batch=_number(given["batch"]),
        person=given["person"],
        name=given["name"][:LONGEST_PART],
        photos=tuple(filter(None, map(_number, given["photos"].split(",")))),
        **own,
    )


def matching(wanted: Filter, rater: int) -> ColumnElement[bool]:
    """Return the condition on Photo."""
    conditions = [_shown(wanted.show, rater)]
    own = {name: value for name in OWN_WORD if (value := getattr(wanted, name))}
    if own:
        # A list of ids, not a look at each photo: a rare word is found as fast as a common one.
        rated = select(Rating.photo_id).filter_by(rater_id=rater, **own)
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


_NAMES = tuple(Filter.__dataclass_fields__)
