"""Which photos belong together: of one person, author or post, or a pair that looks alike."""

from collections.abc import Collection, Hashable, Iterable, Iterator

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from curator.base.components import connected
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo

SHARED = (
    Photo.person_id,
    Photo.author_key,
    Photo.post_url,
)  # photos with one value belong together
JOINS = PhotoPair.decision.is_distinct_from("different")
MOST_FOLLOWED = 2000  # photos; so many cannot be kept apart anyway

Link = tuple[Hashable, Hashable]


def relations(
    session: Session, photo_ids: Collection[int], to: Collection[int]
) -> dict[int, frozenset[Hashable]]:
    """Return keys of each photo, of which two have one in common if they are related.

    Found are the direct relations between any of them, and those to the photos in `to` also through
    other photos. Two that look alike but were decided to differ are related, their groups are not.
    """
    asked = {*photo_ids, *to}
    pairs = [*_pairs(session, asked)]
    links = {*_values_of(session, Photo.id.in_(asked)), *_joined(pairs), *_around(session, to)}
    group_of = connected(asked.union(*links), links)
    keys: dict[int, set[Hashable]] = {photo: {("group", group_of[photo])} for photo in asked}
    for a, b, joins in pairs:
        if not joins:
            for photo in asked & {a, b}:
                keys[photo].add((a, b))
    return {photo: frozenset(found) for photo, found in keys.items()}


def _around(session: Session, photo_ids: Collection[int]) -> set[Link]:
    """Follow the links from photo to photo."""
    links: set[Link] = set()
    found: set[Hashable] = set()
    reached: set[Hashable] = set(photo_ids)
    while reached and len(found) < MOST_FOLLOWED:
        found |= reached
        links |= {*_values_of(session, _is_at(reached)), *_joined(_pairs(session, reached))}
        reached = set[Hashable]().union(*links) - found
    return links


def _is_at(nodes: Iterable[Hashable]) -> ColumnElement[bool]:
    """Return the condition that a photo is one of the nodes, or has one of the values among them."""
    wanted: dict[str, list[Hashable]] = {}
    for node in nodes:
        column, value = node if isinstance(node, tuple) else ("id", node)
        wanted.setdefault(column, []).append(value)
    return or_(*(getattr(Photo, column).in_(values) for column, values in wanted.items()))


def _values_of(session: Session, condition: ColumnElement[bool]) -> Iterator[Link]:
    """Yield a link from each photo to each value that it may have in common with others."""
    for photo, *values in session.execute(select(Photo.id, *SHARED).where(condition)):
        for column, value in zip(SHARED, values, strict=True):
            if value is not None:
                yield photo, (column.key, value)


def _pairs(session: Session, nodes: Iterable[Hashable]) -> Iterator[tuple[int, int, bool]]:
    """Yield the pairs of some photos, and whether the two belong together."""
    photos = [node for node in nodes if isinstance(node, int)]
    a, b = PhotoPair.photo_a_id, PhotoPair.photo_b_id
    yield from session.execute(select(a, b, JOINS).where(or_(a.in_(photos), b.in_(photos))))


def _joined(pairs: Iterable[tuple[int, int, bool]]) -> Iterator[Link]:
    return ((a, b) for a, b, joins in pairs if joins)
