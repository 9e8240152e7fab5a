"""Groups of photos that look alike, one of which the duplicates page shows; no single pairs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from copies.evidence import Evidence
from curator.base.components import connected
from curator.base.db import Sessions, reading
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo
from curator.pairs.collages import Laid, collages
from curator.pairs.decisions import photos_with_facts
from curator.pairs.kept_copy import Facts, choose
from curator.pairs.paths import between, nearest, reached_from
from curator.queries.pairs import EITHER_KIND, MOST_ALIKE_FIRST, evidence_of, origin_of

MOST_SHOWN = 24  # more photos cannot be looked at side by side
FACTS = ("pixels", "size_bytes", "format", "collected_on", "source")


@dataclass(frozen=True)
class GroupPhoto:
    """`number` is its place in the group, from 1; the photo that would be kept comes first."""

    number: int
    id: int
    name: str
    width_px: int
    height_px: int
    size_bytes: int
    format: str
    source: str
    collected_on: date | None
    phash: str
    copy_of: int | None
    excluded_reason: str | None
    excluded_with: int | None
    facts: Facts

    @property
    def pixels(self) -> tuple[int, int]:
        return self.width_px, self.height_px


@dataclass(frozen=True)
class GroupPair:
    """`alignment` lays photo number `second` over photo number `first`, where it is known."""

    id: int
    first: int
    second: int
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    distance_bits: int
    evidence: Evidence | None = None
    score: float = 0
    verified: bool = False
    alignment: dict[str, Any] | None = None
    origin: str = ""  # instead of the evidence, of a PersonPair

    @property
    def is_measured(self) -> bool:
        return self.evidence is not None

    @property
    def opposes_copies(self) -> bool:
        """Tell whether somebody decided that the two are no copies."""
        return self.decision == "different" or (self.decision == "same_person" and self.is_measured)


@dataclass(frozen=True)
class Gap:
    """Two photos that are not a pair, joined only `through` others."""

    first: int
    second: int
    through: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    photos: tuple[GroupPhoto, ...]
    pairs: tuple[GroupPair, ...]  # the most alike first
    gaps: tuple[Gap, ...]
    origin: str  # `post` or `author` where all its photos have the same
    place: int  # among the groups that wait, from 1; 0 where nothing of it waits
    waiting: int
    later: int  # photos of the group that come when these are decided
    later_pair: int | None  # an undecided pair of those
    next_pair: int | None  # an undecided pair of the next group, None where this is the only one
    next_photos: tuple[int, ...]

    @property
    def undecided(self) -> tuple[GroupPair, ...]:
        return tuple(pair for pair in self.pairs if pair.decision is None)

    @property
    def opposed(self) -> tuple[GroupPair, ...]:
        """Return pairs that somebody decided are not copies, though others join their photos."""
        return tuple(pair for pair in self.pairs if pair.opposes_copies)

    @property
    def settled(self) -> tuple[GroupPair, ...]:
        """Return undecided pairs whose photos are copies already, through others."""
        copies = [(pair.first, pair.second) for pair in self.pairs if pair.decision == "copy"]
        joined = connected((photo.number for photo in self.photos), copies)
        return tuple(pair for pair in self.undecided if joined[pair.first] == joined[pair.second])

    @property
    def collages(self) -> dict[int, list[int]]:
        """Return which of its photos show which others beside each other, by their numbers."""
        shown: defaultdict[int, set[int]] = defaultdict(set)
        shape = {photo.number: photo.height_px / photo.width_px for photo in self.photos}
        links = (
            Laid(pair.first, pair.second, pair.alignment, shape[pair.first], shape[pair.second])
            for pair in self.pairs
            if pair.alignment and (pair.verified or pair.decision == "copy")
        )
        for found in collages(links):
            shown[found.photo] |= {found.one, found.other}
        return {photo: sorted(numbers) for photo, numbers in shown.items()}

    @property
    def rule(self) -> str:
        """Name the rule by which the first photo would be kept."""
        return choose([photo.facts for photo in self.photos]).rule

    @property
    def differing(self) -> frozenset[str]:
        """Name the facts in which its photos differ."""
        return frozenset(
            fact for fact in FACTS if len({getattr(photo, fact) for photo in self.photos}) > 1
        )


class _Link(NamedTuple):
    """A pair that waits, or copies; a tuple, for they come in thousands."""

    pair: int
    first: int
    second: int
    waits: bool


def look_alike_group(sessions: Sessions, pair_id: int | None = None) -> Group | None:
    """Return the group of this pair or, where it waits no more, the group with the most alike pair.

    Of a large group the photos nearest to that pair are shown, and the pairs between them.
    """
    with reading(sessions) as session:
        waiting = _waiting(session)
        if not waiting:
            return None
        place = _place(waiting, pair_id)
        following = waiting[(place + 1) % len(waiting)] if len(waiting) > 1 else []
        shown = _shown(waiting[place], pair_id)
        hidden = [link for link in waiting[place] if not {link.first, link.second} <= {*shown}]
        photos = _photos(session, shown)
        pairs = _pairs(session, photos)
        return Group(
            photos=photos,
            pairs=pairs,
            gaps=_gaps(photos, pairs),
            origin=_origin(session, shown),
            place=place + 1,
            waiting=len(waiting),
            later=len({photo for link in hidden for photo in link[1:3]} - {*shown}),
            later_pair=next((link.pair for link in hidden if link.waits), None),
            next_pair=next((link.pair for link in following if link.waits), None),
            next_photos=tuple(_shown(following)),
        )


def decided_group(sessions: Sessions, pair_id: int) -> Group | None:
    """Return a decided pair as its own group; None if it is undecided or unknown."""
    with reading(sessions) as session:
        pair = session.get(PhotoPair, pair_id)
        if pair is None or pair.decision is None:
            return None
        both = [pair.photo_a_id, pair.photo_b_id]
        photos = _photos(session, both)
        pairs = _pairs(session, photos)
        return Group(
            photos=photos,
            pairs=pairs,
            gaps=(),
            origin=_origin(session, both),
            place=0,
            waiting=0,
            later=0,
            later_pair=None,
            next_pair=None,
            next_photos=(),
        )


def _waiting(session: Session) -> list[list[_Link]]:
    """Join photos by undecided pairs and by copies; a group waits while one of its pairs does."""
    pair = DuplicatePair
    joining = or_(pair.decision.is_(None), pair.decision == "copy")
    # Numbers only, no objects: this runs over all undecided pairs at every visit.
    numbers = select(pair.id, pair.photo_a_id, pair.photo_b_id, pair.decision.is_(None))
    rows = session.execute(numbers.where(joining).order_by(*MOST_ALIKE_FIRST)).all()
    links = [(a, b) for _, a, b, _ in rows]
    member_of = connected({photo for link in links for photo in link}, links)
    found: dict[int, list[_Link]] = {member_of[a]: [] for _, a, _, waits in rows if waits}
    for row in rows:
        root = member_of[row[1]]
        if root in found:
            found[root].append(_Link(*row))
    return list(found.values())


def _place(waiting: Sequence[Sequence[_Link]], pair_id: int | None) -> int:
    wanted = (
        place
        for place, links in enumerate(waiting)
        if any(link.pair == pair_id and link.waits for link in links)
    )
    return next(wanted, 0)


def _shown(links: Sequence[_Link], pair_id: int | None = None) -> list[int]:
    """Return the photos to show at once: around this pair, or the most alike that waits."""
    if not links:
        return []
    waiting_first = sorted(links, key=lambda link: not link.waits)
    start = next((link for link in waiting_first if link.pair == pair_id), waiting_first[0])
    joined = [(link.first, link.second) for link in waiting_first]
    return nearest((start.first, start.second), joined, MOST_SHOWN)


def _photos(session: Session, ids: list[int]) -> tuple[GroupPhoto, ...]:
    found = list(photos_with_facts(session, ids))
    kept = choose([facts for _, facts in found]).id
    kept_first = sorted(found, key=lambda one: (one[0].id != kept, -one[1].content_px, one[0].id))
    return tuple(
        GroupPhoto(
            number=number,
            id=row.id,
            name=row.original_name,
            width_px=row.width_px,
            height_px=row.height_px,
            size_bytes=row.size_bytes,
            format=row.format,
            source=row.source,
            collected_on=row.collected_on,
            phash=row.phash,
            copy_of=row.copy_of_id,
            excluded_reason=row.excluded_reason,
            excluded_with=row.excluded_with_id,
            facts=facts,
        )
        for number, (row, facts) in enumerate(kept_first, 1)
    )


def _origin(session: Session, ids: list[int]) -> str:
    for origin, key in (("post", Photo.post_url), ("author", Photo.author_key)):
        values = session.scalars(select(key).where(Photo.id.in_(ids)).distinct()).all()
        if len(values) == 1 and values[0] is not None:
            return origin
    return ""


def _pairs(session: Session, photos: tuple[GroupPhoto, ...]) -> tuple[GroupPair, ...]:
    shown = {photo.id: photo for photo in photos}
    pair = EITHER_KIND
    inside = pair.photo_a_id.in_(shown) & pair.photo_b_id.in_(shown)
    rows = session.scalars(select(pair).where(inside))
    found = [_group_pair(row, shown[row.photo_a_id], shown[row.photo_b_id]) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.score, one.distance_bits, one.id)))


def _group_pair(pair: PhotoPair, first: GroupPhoto, second: GroupPhoto) -> GroupPair:
    return GroupPair(
        id=pair.id,
        first=first.number,
        second=second.number,
        decision=pair.decision,
        decided_by=pair.decided_by,
        decided_at=pair.decided_at,
        **(_measured(pair) if isinstance(pair, DuplicatePair) else _said(pair, first, second)),
    )


def _measured(pair: DuplicatePair) -> dict[str, Any]:
    return {
        "evidence": evidence_of(pair),
        "distance_bits": pair.distance_bits,
        "score": pair.score,
        "verified": pair.verified,
        "alignment": pair.alignment,
    }


def _said(pair: PhotoPair, first: GroupPhoto, second: GroupPhoto) -> dict[str, Any]:
    distance_bits = (int(first.phash, 16) ^ int(second.phash, 16)).bit_count()
    return {"origin": origin_of(pair), "distance_bits": distance_bits}


def _gaps(photos: tuple[GroupPhoto, ...], pairs: tuple[GroupPair, ...]) -> tuple[Gap, ...]:
    neighbours: dict[int, set[int]] = {photo.number: set() for photo in photos}
    for pair in pairs:
        if pair.decision in (None, "copy"):
            neighbours[pair.first].add(pair.second)
            neighbours[pair.second].add(pair.first)
    known = {frozenset((pair.first, pair.second)) for pair in pairs}
    ways = {start: reached_from(start, neighbours) for start in neighbours}
    return tuple(
        Gap(first, second, between(ways[first], first, second))
        for first, second in combinations(neighbours, 2)
        if frozenset((first, second)) not in known
    )
