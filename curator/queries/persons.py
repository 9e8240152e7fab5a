"""Photos of one post or author of which it is not known who is who; one group for a page."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo
from curator.pairs.persons import People, known_people, offered_groups

Keys = tuple[int, str | None, str | None]  # of a photo: its id, author and post


@dataclass(frozen=True)
class PersonPhoto:
    """`number` is its place on the page, from 1; `same` are photos known to show its person."""

    number: int
    id: int
    name: str
    width_px: int
    height_px: int
    source: str
    collected_on: date | None
    post: str  # A, B ... where a post holds several photos of the group, but not all
    same: tuple[int, ...]


@dataclass(frozen=True)
class AlikePair:
    """Two of the photos shown that look alike and wait on the duplicates page."""

    id: int
    first: int
    second: int


@dataclass(frozen=True)
class Origin:
    """What joins a group: `in_posts` photos share `posts` posts with others of the group."""

    photos: int
    authors: int
    posts: int
    in_posts: int

    @property
    def is_one_post(self) -> bool:
        return self.posts == 1 and self.in_posts == self.photos


@dataclass(frozen=True)
class PersonGroup:
    """`photos` are to be decided on: one of each class, and no class of which all is known."""

    photos: tuple[PersonPhoto, ...]
    origin: Origin
    apart: tuple[tuple[int, int], ...]  # numbers of photos known to show different people
    apart_by: Mapping[tuple[int, int], int]  # the pair decided so; none where codes say it
    alike: tuple[AlikePair, ...]
    later: int  # classes that come when these are decided
    place: int  # among the groups that wait, from 1
    waiting: int
    next_photo: int | None  # a photo of the next group, None where this is the only one
    next_photos: tuple[int, ...]


def person_group(sessions: Sessions, wanted: Sequence[int] = ()) -> PersonGroup | None:
    """Return the group of the first wanted photo whose group waits, else the first that waits."""
    with reading(sessions) as session:
        people = known_people(session)
        waiting = _waiting(session, people)
        if not waiting:
            return None
        place = _place(waiting, wanted)
        following = waiting[(place + 1) % len(waiting)] if len(waiting) > 1 else []
        return _group(session, people, waiting, place, following)


def _waiting(session: Session, people: People) -> list[list[int]]:
    return [group for group in offered_groups(session) if people.waits(group)]


def _place(waiting: Sequence[Collection[int]], wanted: Sequence[int]) -> int:
    for photo in wanted:
        for place, group in enumerate(waiting):
            if photo in group:
                return place
    return 0


def _group(
    session: Session,
    people: People,
    waiting: Sequence[Sequence[int]],
    place: int,
    following: Sequence[int],
) -> PersonGroup:
    joined_by = _keys(session, waiting[place])
    classes = _post_by_post(people.to_decide(waiting[place]), joined_by)
    number = {first: at for at, (first, *_) in enumerate(classes, 1)}
    apart = tuple(
        (number[one], number[other])
        for one, other in combinations(number, 2)
        if people.are_apart(people.class_of(one), people.class_of(other))
    )
    return PersonGroup(
        photos=_photos(session, classes, _letters_of_posts(joined_by)),
        origin=_origin(joined_by),
        apart=apart,
        apart_by=_apart_by(session, people, number) if apart else {},
        alike=_alike(session, number),
        later=people.count_unknown(waiting[place]) - len(classes),
        place=place + 1,
        waiting=len(waiting),
        next_photo=following[0] if following else None,
        next_photos=tuple(first for first, *_ in people.to_decide(following)),
    )


def _apart_by(
    session: Session, people: People, number: Mapping[int, int]
) -> dict[tuple[int, int], int]:
    """Return, for every two of these classes, the first pair decided as different people."""
    number_of = {people.class_of(photo): at for photo, at in number.items()}
    pair = PhotoPair
    said = select(pair.id, pair.photo_a_id, pair.photo_b_id).where(pair.decision == "different")
    found: dict[tuple[int, int], int] = {}
    for row, a, b in session.execute(said.order_by(pair.id)):
        one, other = number_of.get(people.class_of(a)), number_of.get(people.class_of(b))
        if one and other:
            found.setdefault((min(one, other), max(one, other)), row)
    return found


def _keys(session: Session, photos: Sequence[int]) -> list[Keys]:
    # Written into the statement: databases limit the number of parameters.
    ids: BindParameter[int] = bindparam("photos", photos, expanding=True, literal_execute=True)
    keys = (
        select(Photo.id, Photo.author_key, Photo.post_url)
        .where(Photo.id.in_(ids))
        .order_by(Photo.id)
    )
    return [(photo, author, post) for photo, author, post in session.execute(keys)]


def _post_by_post(classes: Sequence[list[int]], joined_by: Sequence[Keys]) -> list[list[int]]:
    """Put the photos of one post side by side, the earliest post first."""
    first_of: dict[str, int] = {}
    place = {
        photo: first_of.setdefault(post, photo) if post else photo for photo, _, post in joined_by
    }
    return sorted(classes, key=lambda members: (place[members[0]], members[0]))


def _photos(
    session: Session, classes: Sequence[Sequence[int]], letters: dict[str, str]
) -> tuple[PersonPhoto, ...]:
    firsts = [first for first, *_ in classes]
    rows = {row.id: row for row in session.scalars(select(Photo).where(Photo.id.in_(firsts)))}
    return tuple(
        PersonPhoto(
            number=number,
            id=first,
            name=rows[first].original_name,
            width_px=rows[first].width_px,
            height_px=rows[first].height_px,
            source=rows[first].source,
            collected_on=rows[first].collected_on,
            post=letters.get(rows[first].post_url or "", ""),
            same=tuple(others),
        )
        for number, (first, *others) in enumerate(classes, 1)
    )


def _shared_posts(joined_by: Sequence[Keys]) -> Counter[str]:
    posts = Counter(post for _, _, post in joined_by if post is not None)
    return Counter({post: photos for post, photos in posts.items() if photos > 1})


def _letters_of_posts(joined_by: Sequence[Keys]) -> dict[str, str]:
    """Name posts by letters: an address may hold the name of an account."""
    posts = _shared_posts(joined_by)
    if len(joined_by) in posts.values():
        return {}
    return {post: _letters(place) for place, post in enumerate(posts)}


def _letters(place: int) -> str:
    """Count as the columns of a spreadsheet do: A to Z, then AA."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _origin(joined_by: Sequence[Keys]) -> Origin:
    posts = _shared_posts(joined_by)
    authors = {author for _, author, _ in joined_by if author is not None}
    return Origin(len(joined_by), len(authors), len(posts), posts.total())


def _alike(session: Session, number: dict[int, int]) -> tuple[AlikePair, ...]:
    pair = DuplicatePair
    inside = pair.photo_a_id.in_(number) & pair.photo_b_id.in_(number)
    rows = session.execute(
        select(pair.id, pair.photo_a_id, pair.photo_b_id)
        .where(inside, pair.decision.is_(None))
        .order_by(pair.photo_a_id, pair.photo_b_id)
    )
    return tuple(AlikePair(row, number[a], number[b]) for row, a, b in rows)
