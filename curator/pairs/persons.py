"""Photos of one post or author: who is known to be one person or apart, and decisions on that.

Nothing here looks at a photo: posts and authors offer, people decide.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, cast, func, select
from sqlalchemy.orm import Session

from curator.base.components import connected
from curator.base.db import Sessions
from curator.base.errors import AlreadyThere, DecidedMeanwhile, InputInvalid, NotFound
from curator.base.events import ids_of
from curator.base.models.pairs import DuplicatePair, PersonPair, PhotoPair
from curator.base.models.photos import Photo
from curator.base.reach import Scope, links_within
from curator.base.visibility import KEPT
from curator.pairs.decisions import act_as_one
from curator.pairs.verification import against_evidence, joining, require_confirmed

MOST_SHOWN = 24  # at once, so that one decision makes at most 276 pairs
ON_PERSONS = ("same_person", "different")
NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class People:
    """What is known of all photos: those of one class show one person.

    A photo about which nothing is known is its own class, named by its id.
    """

    class_by_photo: Mapping[int, int]
    different: Mapping[int, Set[int]]  # classes that somebody decided are different
    coded: frozenset[int]  # classes with a person's code: no two of them are one person

    def class_of(self, photo: int) -> int:
        return self.class_by_photo.get(photo, photo)

    def classes(self, photos: Iterable[int]) -> dict[int, list[int]]:
        """Sort photos into classes, in the order of each one's first photo."""
        found: dict[int, list[int]] = {}
        for photo in photos:
            found.setdefault(self.class_of(photo), []).append(photo)
        return found

    def are_apart(self, one: int, other: int) -> bool:
        return other in self.different.get(one, NOBODY) or {one, other} <= self.coded

    def waits(self, photos: Iterable[int]) -> bool:
        """Tell whether it is not known of some of these photos whether they show one person."""
        classes = frozenset(self.class_by_photo.get(photo, photo) for photo in photos)
        return len(classes) > 1 and any(unknown for _, unknown in self._unknown(classes))

    def count_unknown(self, photos: Iterable[int]) -> int:
        """Count the classes of which something is unknown."""
        return sum(unknown > 0 for _, unknown in self._unknown(frozenset(self.classes(photos))))

    def to_decide(self, photos: Iterable[int], most: int = MOST_SHOWN) -> list[list[int]]:
        """Return the classes to decide on together: of many, those with most unknown among them."""
        classes = self.classes(photos)
        unknown = dict(self._unknown(frozenset(classes)))
        rest = [one for one in classes if unknown[one]]
        among = dict.fromkeys(rest, 0)  # of how many of the chosen each is not known to be apart
        chosen: set[int] = set()
        while rest and len(chosen) < most:
            best = max(rest, key=lambda one: (among[one], unknown[one]))
            rest.remove(best)
            chosen.add(best)
            for other in rest:
                among[other] += not self.are_apart(best, other)
        return [members for one, members in classes.items() if one in chosen]

    def _unknown(self, classes: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Yield each class with how many of the others it is not known to be apart from."""
        coded = classes & self.coded
        for one in classes:
            apart = classes & self.different.get(one, NOBODY)
            if one in coded:
                yield one, len(classes) - len(coded) - len(apart - coded)
            else:
                yield one, len(classes) - 1 - len(apart)


def decide_people(
    sessions: Sessions,
    shown: Collection[int],
    decision: str,
    *,
    among: Collection[int] = (),
    confirmed: Collection[int] = (),
    actor: str,
) -> int:
    """Record that photos show one person, or different people, as one act; return its pairs.

    It is about all photos shown, or about those picked `among` them. One person is a chain of
    pairs, different people are a pair for each two. What was decided meanwhile stays.

    Raises:
        AgainstEvidence: it contradicts what was found on pairs that are not `confirmed`.
        DecidedMeanwhile: nothing is left to decide.
        AlreadyThere: a decision or code says the opposite.
    """
    chosen = _require_choice(shown, decision, among)
    with sessions.begin() as session:
        photos = _require_offered(session, chosen)
        people = known_people(session)
        firsts = [members[0] for members in people.classes(chosen).values()]
        links = _one_person(people, firsts) if decision == "same_person" else _apart(people, firsts)
        if not links:
            raise DecidedMeanwhile(
                "These photos have been decided in the meantime: reload the page."
            )
        pairs = _pairs(session, photos, links)
        against = against_evidence(session, pairs, decision)
        act_as_one(session, pairs, decision, actor, against)
        asked = [
            one
            for pair in against
            for one in ([pair] if isinstance(pair, DuplicatePair) else joining(session, pair))
        ]
        torn = _torn(session, people, links, decision)
        require_confirmed(list(dict.fromkeys([*asked, *torn])), confirmed)
        return len(links)


def join_person(
    sessions: Sessions,
    photo_id: int,
    other_id: int,
    *,
    confirmed: Collection[int] = (),
    actor: str,
) -> bool:
    """Record that two photos show one person, wherever they come from; return whether that was new.

    Raises:
        AgainstEvidence, AlreadyThere: as `join_people`.
    """
    return bool(join_people(sessions, (photo_id, other_id), confirmed=confirmed, actor=actor))


def join_people(
    sessions: Sessions,
    photo_ids: Collection[int],
    *,
    confirmed: Collection[int] = (),
    actor: str,
) -> tuple[int, ...]:
    """Record, as one act, that photos show one person; return its events, by which it is undone.

    Raises:
        AgainstEvidence: they are verified copies, which the decision denies, and not `confirmed`.
        AlreadyThere: a decision or code says the opposite.
    """
    chosen = sorted(set(photo_ids))
    if len(chosen) < 2:
        raise InputInvalid("A photo cannot be paired with itself: choose two photos.")
    with sessions.begin() as session:
        rows = session.scalars(select(Photo).where(Photo.id.in_(chosen)).with_for_update())
        photos = {photo.id: photo for photo in rows}
        if len(photos) < len(chosen):
            raise NotFound("This photo is no longer in the collection.")
        people = known_people(session)
        firsts = [members[0] for members in people.classes(chosen).values()]
        links = _one_person(people, firsts)
        pairs = _pairs(session, photos, links)
        against = against_evidence(session, pairs, "same_person")
        events = act_as_one(session, pairs, "same_person", actor, against)
        require_confirmed(against, confirmed)
        return ids_of(session, events)


def keep_joined(session: Session, leaving: Collection[int], actor: str) -> None:
    """Join the photos of one person that are joined through photos that are about to leave alone.

    Without it they could come to lie in two splits.
    """
    links = links_within(session, Scope.PERSON)
    photos = {photo for link in links for photo in link}
    staying = photos - {*leaving}
    before = connected(photos, links)
    after = connected(staying, [link for link in links if not {*link} & {*leaving}])
    parts: dict[int, dict[int, int]] = defaultdict(dict)
    for photo in sorted(staying):
        parts[before[photo]].setdefault(after[photo], photo)
    torn = [link for firsts in parts.values() for link in pairwise(firsts.values())]
    if torn:
        ids = {photo for link in torn for photo in link}
        rows = session.scalars(select(Photo).where(Photo.id.in_(ids)))
        pairs = _pairs(session, {photo.id: photo for photo in rows}, torn)
        act_as_one(session, pairs, "same_person", actor)


def known_people(session: Session) -> People:
    """Join photos by codes and by the decisions `copy` and `same_person`."""
    links = links_within(session, Scope.PERSON)
    class_by_photo = connected({photo for link in links for photo in link}, links)
    different: dict[int, set[int]] = defaultdict(set)
    said = select(PhotoPair.photo_a_id, PhotoPair.photo_b_id).where(
        PhotoPair.decision == "different"
    )
    for a, b in session.execute(said):
        one, other = class_by_photo.get(a, a), class_by_photo.get(b, b)
        if one != other:
            different[one].add(other)
            different[other].add(one)
    codes = select(func.min(Photo.id)).where(Photo.person_id.is_not(None)).group_by(Photo.person_id)
    coded = frozenset(class_by_photo[photo] for photo in session.scalars(codes))
    return People(class_by_photo, dict(different), coded)


def offered_groups(session: Session) -> list[list[int]]:
    """Return the photos of one post or author, where there are two and more, the earliest first.

    Removed copies and excluded photos are left out.
    """
    key = func.coalesce(Photo.author_key, Photo.post_url)
    groups = _together(session, key, func.count() > 1)
    # A post may hold photos of which the author is not known, or is another one.
    across = _together(session, Photo.post_url, func.min(key) != func.max(key))
    return sorted(_merged(groups + across) if across else groups)


def _require_choice(shown: Collection[int], decision: str, among: Collection[int]) -> list[int]:
    if decision not in ON_PERSONS:
        raise InputInvalid(
            "A decision about people must be one of %(decisions)s.", decisions=", ".join(ON_PERSONS)
        )
    if not set(among) <= set(shown):
        raise InputInvalid("One of the picked photos is not shown here: reload the page.")
    chosen = sorted(set(among or shown))
    if not 2 <= len(chosen) <= MOST_SHOWN:
        raise InputInvalid(
            "Pick 2 to %(most)s photos, or none to decide all those shown.", most=MOST_SHOWN
        )
    return chosen


def _require_offered(session: Session, chosen: Sequence[int]) -> dict[int, Photo]:
    """Return the photos by id, locked where the database can, so that no other act meets this one."""
    if not any(set(chosen) <= set(group) for group in offered_groups(session)):
        raise AlreadyThere("These photos no longer share a post or author: reload the page.")
    rows = session.scalars(select(Photo).where(Photo.id.in_(chosen)).with_for_update())
    return {photo.id: photo for photo in rows}


def _one_person(people: People, photos: Sequence[int]) -> list[tuple[int, int]]:
    for one, other in combinations(photos, 2):
        if people.are_apart(people.class_of(one), people.class_of(other)):
            raise AlreadyThere(
                "Photos No. %(one)s and %(other)s are known to show different people: pick the "
                "photos that show one person, or undo that decision.",
                one=one,
                other=other,
            )
    return list(pairwise(photos))


def _apart(people: People, photos: Sequence[int]) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one, other in combinations(photos, 2)
        if not people.are_apart(people.class_of(one), people.class_of(other))
    ]


def _torn(
    session: Session, people: People, links: Sequence[tuple[int, int]], decision: str
) -> list[PhotoPair]:
    """Return verified copies that wait, whose photos would now show different people."""
    if decision != "different":
        return []
    apart = {frozenset(map(people.class_of, link)) for link in links}
    waiting = select(DuplicatePair).where(DuplicatePair.decision.is_(None), DuplicatePair.verified)
    return [
        pair
        for pair in session.scalars(waiting)
        if frozenset(map(people.class_of, (pair.photo_a_id, pair.photo_b_id))) in apart
    ]


def _pairs(
    session: Session, photos: Mapping[int, Photo], links: Sequence[tuple[int, int]]
) -> list[PhotoPair]:
    """Return the pairs of these links: those of look-alikes that wait, and new ones."""
    inside = PhotoPair.photo_a_id.in_(photos) & PhotoPair.photo_b_id.in_(photos)
    rows = session.scalars(select(PhotoPair).where(inside))
    there = {(pair.photo_a_id, pair.photo_b_id): pair for pair in rows}
    pairs = [there.get((a, b)) or _new_pair(photos[a], photos[b]) for a, b in links]
    session.add_all(pairs)
    session.flush()
    return pairs


def _new_pair(first: Photo, second: Photo) -> PersonPair:
    return PersonPair(photo_a_id=first.id, photo_b_id=second.id, origin=_origin(first, second))


def _origin(first: Photo, second: Photo) -> str:
    if first.post_url is not None and first.post_url == second.post_url:
        return "post"
    same_author = first.author_key is not None and first.author_key == second.author_key
    return "author" if same_author else "rater"


def _together(
    session: Session, key: SQLColumnExpression[Any], having: ColumnElement[bool]
) -> list[list[int]]:
    # One row a group: this runs over all photos at every visit.
    ids = func.aggregate_strings(cast(Photo.id, String), " ")
    rows = session.scalars(select(ids).where(KEPT, key.is_not(None)).group_by(key).having(having))
    return [sorted(map(int, row.split())) for row in rows]


def _merged(groups: Sequence[Sequence[int]]) -> list[list[int]]:
    links = [(group[0], photo) for group in groups for photo in group]
    merged: dict[int, list[int]] = defaultdict(list)
    for photo, root in connected({photo for _, photo in links}, links).items():
        merged[root].append(photo)
    return [sorted(photos) for photos in merged.values()]
