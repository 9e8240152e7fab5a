"""Groups too large for a page are shown in parts, most alike first."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from curator.base.db import Sessions
from curator.base.models.pairs import DuplicatePair
from curator.pairs.decisions import decide_group
from curator.pairs.paths import nearest
from curator.queries.groups import MOST_SHOWN, Group, look_alike_group
from curator.queries.pairs import count_undecided, count_verified, verified_by_score
from tests.curator.rows import add_photos

Link = tuple[int, int]
PHOTOS = 3000
PHOTO = st.integers(1, 9)


@pytest.fixture
def chain(sessions: Sessions) -> None:
    """Thousands of photos, each similar to the next; pair n joins n and n + 1, the last ones most alike."""
    with sessions.begin() as session:
        add_photos(session, PHOTOS)
        links = pairwise(range(1, PHOTOS + 1))
        session.execute(insert(DuplicatePair), [row(a, b, a / PHOTOS) for a, b in links])


def row(first: int, second: int, score: float) -> dict[str, object]:
    photos = {"id": first, "photo_a_id": first, "photo_b_id": second}
    return photos | {"distance_bits": 3, "score": score, "verified": True}


def shown(sessions: Sessions, pair: int | None = None) -> Group:
    found = look_alike_group(sessions, pair)
    assert found is not None
    return found


@pytest.mark.usefixtures("chain")
def test_the_most_alike_photos_of_a_long_chain_are_shown(sessions: Sessions) -> None:
    found = shown(sessions)
    assert {photo.id for photo in found.photos} == {*range(PHOTOS - MOST_SHOWN + 1, PHOTOS + 1)}
    assert (found.later, found.later_pair) == (PHOTOS - MOST_SHOWN, PHOTOS - MOST_SHOWN)
    assert len(found.undecided) == MOST_SHOWN - 1
    assert len(found.gaps) == (MOST_SHOWN - 1) * (MOST_SHOWN - 2) / 2
    assert (found.place, found.waiting, found.next_pair) == (1, 1, None)


@pytest.mark.usefixtures("chain")
def test_the_requested_pair_is_among_those_shown(sessions: Sessions) -> None:
    found = shown(sessions, 1000)
    assert 1000 in {pair.id for pair in found.undecided}
    assert len(found.photos) == MOST_SHOWN


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize("decision", ["copy", "different"])
def test_a_long_chain_is_decided_in_parts(sessions: Sessions, decision: str) -> None:
    first = shown(sessions)
    pairs = [pair.id for pair in first.undecided]
    decide_group(sessions, pairs, decision, confirmed=pairs, actor="ben")
    assert count_undecided(sessions) == PHOTOS - 1 - len(first.undecided)
    following = shown(sessions, first.later_pair)
    assert first.later_pair in {pair.id for pair in following.undecided}
    assert len(following.undecided) >= MOST_SHOWN - 2


@pytest.mark.usefixtures("chain")
def test_verified_pairs_are_counted_by_score(sessions: Sessions) -> None:
    assert verified_by_score(sessions, [None, 0.5]) == [PHOTOS - 1, PHOTOS / 2]
    assert count_verified(sessions, 0.5) == PHOTOS / 2


@given(st.lists(st.tuples(PHOTO, PHOTO)), st.integers(1, 9))
def test_the_nearest_photos_are_connected(links: list[Link], most: int) -> None:
    found = nearest([1], links, most)
    assert found[0] == 1
    assert len(set(found)) == len(found) <= most
    for place, photo in enumerate(found[1:], 1):
        before = {*found[:place]}
        assert any(photo in link and before & {*link} for link in links)
    if len(found) < most:
        assert all({*link} <= {*found} for link in links if {*link} & {*found})


def test_the_earlier_link_is_followed_first() -> None:
    assert nearest([1], [(1, 2), (2, 3), (1, 4), (3, 5)], 4) == [1, 2, 3, 4]
    assert nearest([1, 4], [(4, 5), (1, 2), (5, 6)], 4) == [1, 4, 5, 2]
