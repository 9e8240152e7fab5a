"""Photos of one post or author: offered as groups, decided by raters, never offered again."""

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from curator.base.components import connected
from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions, reading
from curator.base.errors import AgainstEvidence, AlreadyThere, InputInvalid, NotFound
from curator.base.models.events import Event
from curator.base.models.pairs import DuplicatePair, PersonPair, PhotoPair
from curator.base.models.photos import Person, Photo
from curator.copies.search import find_pairs
from curator.pairs.decisions import decide_group, decide_pair, undo_last
from curator.pairs.persons import People, decide_people
from curator.photos.importing import ImportResult
from curator.queries.groups import look_alike_group
from curator.queries.pairs import count_undecided, count_verified, pairs
from curator.queries.persons import PersonGroup, person_group

ImportAll = Callable[..., ImportResult]
Add = Callable[..., None]
Decisions = dict[tuple[int, int], tuple[str | None, str]]


@pytest.fixture
def add(import_all: ImportAll, save: Callable[..., Path]) -> Add:
    """Import photos with nothing in common, each with its author's and post's number."""
    posts: dict[str, Post] = {}

    def add(*origins: tuple[str, str]) -> None:
        for author, post in origins:
            name = f"{len(posts) + 1}.png"
            posts[name] = Post(author=author, post_url=post)
            save(name, len(posts))
        import_all(posts=posts)

    return add


def shown(sessions: Sessions, *wanted: int) -> PersonGroup:
    found = person_group(sessions, wanted)
    assert found is not None
    return found


def ids(found: PersonGroup) -> list[int]:
    return [photo.id for photo in found.photos]


def decisions(sessions: Sessions) -> Decisions:
    with reading(sessions) as session:
        return {
            (pair.photo_a_id, pair.photo_b_id): (pair.decision, why(pair))
            for pair in session.scalars(select(PhotoPair))
        }


def why(pair: PhotoPair) -> str:
    return pair.origin if isinstance(pair, PersonPair) else pair.kind


def pair_of(sessions: Sessions, first: int, second: int) -> int:
    with reading(sessions) as session:
        pair = select(PhotoPair.id).filter_by(photo_a_id=first, photo_b_id=second)
        return session.scalars(pair).one()


def look_alike(sessions: Sessions, first: int, second: int) -> int:
    with sessions.begin() as session:
        pair = DuplicatePair(
            photo_a_id=first, photo_b_id=second, distance_bits=5, score=0.9, verified=True
        )
        session.add(pair)
        session.flush()
        return pair.id


def set_photo(sessions: Sessions, photo: int, **fields: object) -> None:
    with sessions.begin() as session:
        for name, value in fields.items():
            setattr(session.get_one(Photo, photo), name, value)


def test_photos_of_one_post_or_author_are_offered_and_no_pair_is_stored(
    add: Add, sessions: Sessions
) -> None:
    add(("eve", "p1"), ("", "p1"), ("eve", ""), ("", "p2"), ("", "p2"), ("kim", ""), ("", ""))
    found = shown(sessions)
    assert (ids(found), found.place, found.waiting, found.next_photo) == ([1, 2, 3], 1, 2, 4)
    assert (found.origin.authors, found.origin.posts, found.origin.in_posts) == (1, 1, 2)
    assert ids(shown(sessions, 5)) == [4, 5]
    assert shown(sessions, 5).origin.is_one_post
    assert decisions(sessions) == {}


def test_one_person_is_stored_as_a_chain_of_pairs(add: Add, sessions: Sessions) -> None:
    add(("eve", "p1"), ("eve", "p1"), ("eve", ""), ("eve", ""))
    assert decide_people(sessions, [1, 2, 3, 4], "same_person", actor="ben") == 3
    assert decisions(sessions) == {
        (1, 2): ("same_person", "post"),
        (2, 3): ("same_person", "author"),
        (3, 4): ("same_person", "author"),
    }
    assert person_group(sessions) is None
    with reading(sessions) as session:
        event = session.scalars(select(Event).where(Event.actor == "ben")).first()
    assert pairs(sessions) == ()  # nothing was said of their looks
    assert event is not None
    assert event.after == {"decision": "same_person", "photos": [1, 2]}


def test_different_people_are_stored_as_a_pair_for_each_two(add: Add, sessions: Sessions) -> None:
    add(("eve", ""), ("eve", ""), ("eve", ""))
    assert decide_people(sessions, [1, 2, 3], "different", actor="ben") == 3
    assert set(decisions(sessions).values()) == {("different", "author")}
    assert person_group(sessions) is None


def test_classes_are_decided_through_any_of_their_photos(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 5)
    decide_people(sessions, [1, 2, 3, 4, 5], "same_person", among=[1, 2], actor="ben")
    decide_people(sessions, [1, 3, 4, 5], "same_person", among=[3, 4], actor="ben")
    found = shown(sessions)
    assert [(photo.id, photo.same) for photo in found.photos] == [(1, (2,)), (3, (4,)), (5, ())]
    decide_people(sessions, [1, 3, 5], "different", among=[1, 3], actor="ben")
    assert shown(sessions).apart == ((1, 2),)
    decide_people(sessions, [1, 3, 5], "same_person", among=[3, 5], actor="ben")
    assert person_group(sessions) is None  # 5 is apart from 1 through 3
    assert len(decisions(sessions)) == 4


def test_known_different_people_are_not_joined(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 3)
    decide_people(sessions, [1, 2], "different", actor="ana")
    with pytest.raises(AlreadyThere, match="1 and 2 are known to show different people"):
        decide_people(sessions, [1, 2, 3], "same_person", actor="ben")
    assert decide_people(sessions, [1, 2, 3], "different", actor="ben") == 2
    with pytest.raises(AlreadyThere, match="These photos have been decided in the meantime"):
        decide_people(sessions, [1, 2, 3], "different", actor="ben")
    assert undo_last(sessions, actor="ana") != ()
    assert set(decisions(sessions)) == {(1, 3), (2, 3)}


def test_an_undone_action_leaves_no_pair(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 3)
    alike = look_alike(sessions, 1, 2)
    decide_people(sessions, [1, 2, 3], "same_person", confirmed=[alike], actor="ben")
    assert decisions(sessions) == {
        (1, 2): ("same_person", "duplicate"),
        (2, 3): ("same_person", "author"),
    }
    assert len(undo_last(sessions, actor="ben")) == 2
    assert decisions(sessions) == {(1, 2): (None, "duplicate")}
    assert shown(sessions).alike[0].first == 1
    with reading(sessions) as session:
        actions = session.scalars(select(Event.action).where(Event.actor == "ben")).all()
    assert actions == ["pair decided"] * 2 + ["decision taken back"] * 2
    with pytest.raises(NotFound):
        undo_last(sessions, actor="ben")


def test_a_group_is_offered_again_after_a_decision_is_undone(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 3)
    decide_people(sessions, [1, 2, 3], "same_person", actor="ben")
    decide_pair(sessions, pair_of(sessions, 2, 3), None, actor="ana")
    assert ids(shown(sessions)) == [1, 3]
    assert (count_undecided(sessions), look_alike_group(sessions)) == (0, None)


def test_decided_photos_are_not_offered_again_except_with_a_new_photo(
    add: Add, sessions: Sessions, config: Config
) -> None:
    add(*[("eve", "")] * 3)
    decide_people(sessions, [1, 2, 3], "same_person", among=[1, 2], actor="ben")
    decide_people(sessions, [1, 3], "different", actor="ben")
    before = decisions(sessions)
    for radius in (12, 0):
        find_pairs(sessions, config, radius, rescan=True)
    add(("kim", ""))
    assert person_group(sessions) is None
    add(("eve", ""))
    assert {key: decisions(sessions)[key] for key in before} == before
    assert ids(shown(sessions)) == [1, 3, 5]
    assert shown(sessions).apart == ((1, 2),)
    decide_people(sessions, [1, 3, 5], "same_person", among=[3, 5], actor="ben")
    assert person_group(sessions) is None


def test_a_fully_decided_class_is_not_shown(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 4)
    decide_people(sessions, [1, 2, 3, 4], "different", among=[1, 2, 3], actor="ben")
    decide_people(sessions, [1, 4], "different", actor="ben")
    assert ids(shown(sessions)) == [2, 3, 4]


def test_removed_copies_and_excluded_photos_are_left_out(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 4)
    pair = look_alike(sessions, 1, 2)
    decide_pair(sessions, pair, "copy", actor="ben")
    set_photo(sessions, 3, excluded_reason="no face")
    with reading(sessions) as session:
        [removed] = session.scalars(select(Photo.id).where(Photo.copy_of_id.is_not(None)))
        kept = 3 - removed
    found = shown(sessions)
    assert (ids(found), found.origin.photos) == ([kept, 4], 2)
    for photo in (removed, 3):
        with pytest.raises(AlreadyThere, match="no longer share a post or author"):
            decide_people(sessions, [photo, 4], "different", actor="ben")
    set_photo(sessions, 4, excluded_reason="no face")
    assert person_group(sessions) is None


def test_a_removed_copy_still_joins_the_same_photos(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 3)
    for first, second, decision in ((1, 2, "copy"), (2, 3, "same_person")):
        pair = look_alike(sessions, first, second)
        decide_pair(sessions, pair, decision, confirmed=[pair], actor="ben")
    assert person_group(sessions) is None


def test_person_codes_identify_people(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 5)
    with sessions.begin() as session:
        session.add_all([Person(id=1, code="A"), Person(id=2, code="B")])
    for photo, person in ((1, 1), (2, 1), (3, 2), (4, 2)):
        set_photo(sessions, photo, person_id=person)
    found = shown(sessions)
    assert (ids(found), found.apart) == ([1, 3, 5], ((1, 2),))
    decide_people(sessions, [1, 3, 5], "same_person", among=[1, 5], actor="ben")
    assert person_group(sessions) is None
    with pytest.raises(AlreadyThere, match="different people"):
        decide_people(sessions, [3, 5], "same_person", actor="ben")


def test_photos_of_other_groups_and_invalid_decisions_are_refused(
    add: Add, sessions: Sessions
) -> None:
    add(("eve", ""), ("eve", ""), ("kim", ""), ("kim", ""), ("eve", ""))
    for wrong in ([1, 3], [1, 99], [1, 10**30], [-1, 0]):
        with pytest.raises(AlreadyThere, match="no longer share a post or author"):
            decide_people(sessions, wrong, "different", actor="ben")
    for few in ([], [1], [1, 1]):
        with pytest.raises(InputInvalid, match="Pick 2 to 24 photos"):
            decide_people(sessions, few, "different", actor="ben")
    with pytest.raises(InputInvalid, match="is not shown"):
        decide_people(sessions, [1, 2], "different", among=[1, 5], actor="ben")
    with pytest.raises(InputInvalid, match="same_person, different"):
        decide_people(sessions, [1, 2], "copy", actor="ben")
    assert decisions(sessions) == {}


def test_one_person_does_not_decide_about_copies(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 3)
    decide_people(sessions, [1, 2], "same_person", actor="ben")
    waiting = [look_alike(sessions, 1, 3), look_alike(sessions, 2, 3)]
    assert count_verified(sessions) == 2
    alike = look_alike_group(sessions)
    assert alike is not None
    assert (alike.origin, alike.opposed) == ("author", ())
    assert decide_group(sessions, waiting, "copy", actor="ben") == 2
    undo_last(sessions, actor="ben")
    undo_last(sessions, actor="ben")
    with pytest.raises(AgainstEvidence) as asked:
        decide_people(sessions, [1, 2], "different", actor="ben")
    confirmed = asked.value.pairs
    decide_people(sessions, [1, 2], "different", confirmed=confirmed, actor="ben")
    assert count_verified(sessions) == 0


def test_a_photo_in_posts_of_two_authors_joins_them(add: Add, sessions: Sessions) -> None:
    add(("eve", "p1"), ("kim", "p1"), ("kim", "p2"), ("", "p2"))
    found = shown(sessions)
    assert (ids(found), found.origin.authors) == ([1, 2, 3, 4], 2)
    assert [photo.post for photo in found.photos] == ["A", "A", "B", "B"]


def known(
    photos: int, links: Sequence[tuple[int, int]], apart: Sequence[tuple[int, int]], coded: set[int]
) -> People:
    class_of = connected(range(photos), links)
    different: dict[int, set[int]] = {}
    for a, b in apart:
        one, other = class_of[a], class_of[b]
        if one != other:
            different.setdefault(one, set()).add(other)
            different.setdefault(other, set()).add(one)
    return People(class_of, different, frozenset(class_of[photo] for photo in coded))


SOME = st.integers(0, 11)
LINKS = st.lists(st.tuples(SOME, SOME), max_size=12)


@given(LINKS, LINKS, st.sets(SOME), st.integers(2, 5))
def test_deciding_all_shown_groups_leaves_none(
    links: list[tuple[int, int]], apart: list[tuple[int, int]], coded: set[int], most: int
) -> None:
    people = known(12, links, apart, coded)
    for _ in range(12 * 12):
        unknown = {
            (one, other)
            for one, other in combinations(people.classes(range(12)), 2)
            if not people.are_apart(one, other)
        }
        assert people.waits(range(12)) is bool(unknown)
        chosen = [people.class_of(members[0]) for members in people.to_decide(range(12), most)]
        if not unknown:
            assert chosen == []
            return
        decided = {two for two in combinations(chosen, 2) if two in unknown}
        assert decided, "nothing to decide is shown"
        assert len(chosen) <= most
        assert people.count_unknown(range(12)) == len({one for two in unknown for one in two})
        apart = apart + list(decided)
        people = known(12, links, apart, coded)
    raise AssertionError("it never ends")


def test_an_author_of_many_photos_is_decided_in_bounded_steps(add: Add, sessions: Sessions) -> None:
    add(*[("eve", "")] * 3)
    with sessions.begin() as session:
        photo = session.get_one(Photo, 1)
        same = {
            column.key: getattr(photo, column.key)
            for column in Photo.__table__.columns
            if column.key not in ("id", "file_sha256", "pixel_sha256")
        }
        for number in range(4, 51):
            name = f"{number:064x}"
            session.add(Photo(id=number, file_sha256=name, pixel_sha256=name, **same))
    found = shown(sessions)
    assert (len(found.photos), found.later) == (24, 26)
    assert decide_people(sessions, ids(found), "different", actor="ben") == 276
    again = shown(sessions)
    assert not set(ids(again)) & set(ids(found))
    decide_people(sessions, ids(again), "same_person", actor="ben")
    assert len(decisions(sessions)) == 276 + 23
    assert shown(sessions).later == 3  # 24 different people, one of 24 photos, and 2 photos
