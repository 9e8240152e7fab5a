"""Each rater's own order: told by nothing but chance, kept as the collection grows, related photos apart."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from curator.base.accounts import account_named, add_user
from curator.base.db import Sessions, reading
from curator.base.models.base import utc_now
from curator.base.models.photos import Photo
from curator.base.models.ratings import Place, Rating
from curator.base.models.users import User
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos
from curator.ratings.queues import Listed, Queue
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.ratings.spacing import APART
from tests.curator.drawing import PASSWORD
from tests.curator.rows import add_photos, pair_up, photo_row

RATERS = ("ana", "ben", "ada")
SMALL = 60
UNRATED = Queue()


@pytest.fixture
def photos_by_id() -> None:
    """Let chance order the photos here, as it does for users."""


@pytest.fixture(autouse=True)
def several_raters(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=3), actor="ana")


def fill(sessions: Sessions, count: int) -> None:
    """Photos that nothing relates."""
    with sessions.begin() as session:
        add_photos(session, count)


def grow(sessions: Sessions, first: int, last: int) -> None:
    with sessions.begin() as session:
        session.add_all(Photo(**photo_row(photo)) for photo in range(first, last + 1))


def set_author(sessions: Sessions, photos: Sequence[int], author: str) -> None:
    with sessions.begin() as session:
        session.execute(update(Photo).where(Photo.id.in_(photos)).values(author_key=author))


def rater(sessions: Sessions, name: str) -> int:
    return account_named(sessions, name).id


def walk(
    sessions: Sessions,
    name: str,
    steps: int,
    queue: Queue = UNRATED,
    listed: Listed | None = None,
    *,
    saving: bool = False,
) -> list[int]:
    """Go from photo to photo; if `saving`, as the page does: fetch three ahead and save each."""
    account, seen = rater(sessions, name), 0
    walked: list[int] = []
    for _ in range(steps):
        found = claim_next_photos(sessions, account, queue, listed, after=seen, count=1)
        if not found:
            break
        (seen,) = found
        walked.append(seen)
        if saving:
            claim_next_photos(sessions, account, queue, listed, after=seen, count=3)
            save_rating(sessions, seen, name, Assessment("negative"), expected_version=0)
    return walked


def rate_all(session: Session, account: int, photos: Sequence[int]) -> None:
    said = {"rater_id": account, "label": "negative", "sex": "unknown", "evidence": "visual"}
    session.add_all(Rating(photo_id=photo, counts_on_id=photo, **said) for photo in photos)


def left_of(sessions: Sessions, name: str) -> list[int]:
    """The photos that a rater was not handed yet, in the rater's order."""
    left = select(Place.photo_id).where(Place.rater_id == rater(sessions, name), Place.turn == 0)
    with reading(sessions) as session:
        return [*session.scalars(left.order_by(Place.position))]


def places_between(order: Sequence[int], related: set[int]) -> int:
    """The least distance between two related photos in an order."""
    at = [place for place, photo in enumerate(order) if photo in related]
    return min(later - earlier for earlier, later in pairwise(at))


def test_each_rater_has_an_order_of_their_own_and_the_same_one_again(
    sessions: Sessions,
) -> None:
    fill(sessions, SMALL)
    orders = [walk(sessions, name, SMALL) for name in RATERS]
    assert [sorted(order) for order in orders] == [[*range(1, SMALL + 1)]] * 3
    places = [[order.index(photo) for photo in range(1, SMALL + 1)] for order in orders]
    by_id = [*range(SMALL)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(rank_correlation(places[one], places[other])) < 0.4
    assert all(abs(rank_correlation(order, by_id)) < 0.4 for order in places)


def rank_correlation(one: Sequence[int], other: Sequence[int]) -> float:
    count = len(one)
    squares = sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
    return 1 - 6 * squares / (count * (count**2 - 1))


def test_the_order_depends_on_the_account_and_not_on_the_instance(sessions: Sessions) -> None:
    fill(sessions, SMALL)
    add_user(sessions, "dora", PASSWORD, "annotator", min_chars=12, actor="ana")
    with sessions.begin() as session:
        ana = select(User.order_seed).where(User.name == "ana").scalar_subquery()
        session.execute(update(User).where(User.name == "dora").values(order_seed=ana))
    assert walk(sessions, "dora", 20) == walk(sessions, "ana", 20)


def test_a_folder_does_not_come_in_one_block(sessions: Sessions) -> None:
    fill(sessions, 200)  # the first half from one hashtag, the second from another
    order = walk(sessions, "ana", 40)
    assert 10 <= sum(photo <= 100 for photo in order) <= 30


def test_photos_of_an_author_a_post_a_person_or_a_pair_are_kept_apart(sessions: Sessions) -> None:
    fill(sessions, 100)
    set_author(sessions, (1, 2, 3, 4), "one author")
    with sessions.begin() as session:
        post = update(Photo).where(Photo.id.in_((10, 11, 12))).values(post_url="one post")
        session.execute(post)
    pair_up(sessions, (20, 21), (21, 22))
    with sessions.begin() as session:
        session.execute(update(Photo).where(Photo.id == 22).values(author_key="joins them"))
        session.execute(update(Photo).where(Photo.id == 23).values(author_key="joins them"))
    for name in RATERS:
        order = walk(sessions, name, 100)
        for related in ({1, 2, 3, 4}, {10, 11, 12}, {20, 21, 22, 23}):
            assert places_between(order, related) > APART


def test_a_pair_found_or_an_author_told_later_is_kept_apart_from_then_on(
    sessions: Sessions,
) -> None:
    fill(sessions, SMALL)
    before = walk(sessions, "ana", 10, saving=True)
    following = left_of(sessions, "ana")[:3]
    set_author(sessions, following, "told now")
    rest = walk(sessions, "ana", SMALL, saving=True)
    assert sorted(before + rest) == [*range(1, SMALL + 1)]
    assert places_between(rest, {*following}) > APART


@pytest.mark.slow
def test_photos_that_come_later_change_no_order_and_come_among_those_left(
    sessions: Sessions,
) -> None:
    fill(sessions, 200)
    first = walk(sessions, "ana", 100)
    with sessions.begin() as session:
        rate_all(session, rater(sessions, "ana"), first)
    left = left_of(sessions, "ana")
    grow(sessions, 201, 300)
    rest = walk(sessions, "ana", 200)
    assert sorted(first + rest) == [*range(1, 301)]
    assert [photo for photo in rest if photo in left] == left
    for part in (rest[:50], rest[-50:]):  # no block of new photos at either end
        assert 10 <= sum(photo > 200 for photo in part) <= 40


def test_photos_that_come_when_all_are_rated_are_handed_out_too(sessions: Sessions) -> None:
    fill(sessions, 10)
    walk(sessions, "ana", 10, saving=True)
    grow(sessions, 11, 20)
    assert sorted(walk(sessions, "ana", 20, saving=True)) == [*range(11, 21)]


def test_a_skipped_photo_comes_again_after_all_others(sessions: Sessions) -> None:
    fill(sessions, 10)
    account = rater(sessions, "ana")
    (skipped,) = claim_next_photos(sessions, account, UNRATED)
    (second,) = claim_next_photos(sessions, account, UNRATED, after=skipped)
    save_rating(sessions, second, "ana", Assessment("negative"), expected_version=0)
    assert walk(sessions, "ana", 20, saving=True)[-1] == skipped


def test_the_turns_are_recorded_as_they_were(sessions: Sessions) -> None:
    fill(sessions, 30)
    order = walk(sessions, "ben", 30, saving=True)
    with reading(sessions) as session:
        recorded = select(Place.photo_id).where(Place.rater_id == rater(sessions, "ben"))
        assert [*session.scalars(recorded.order_by(Place.turn))] == order


@pytest.mark.slow
@pytest.mark.parametrize("queue", ["uncertain", "adjudicate"])
def test_doubts_and_disagreements_come_in_an_own_order_with_related_photos_apart(
    sessions: Sessions, queue: str
) -> None:
    fill(sessions, 100)
    related = {1, 2, 3, 4}
    set_author(sessions, tuple(related), "one author")
    asked = Queue(queue, run="run-1" if queue == "uncertain" else "")
    listed = Listed(range(1, 101), is_ranked=queue == "uncertain", since=utc_now())
    orders = [walk(sessions, name, 100, asked, listed) for name in ("ana", "ada")]
    assert orders[0] != orders[1]
    assert places_between(orders[0], related) > APART
    if queue == "uncertain":
        assert sum(photo <= 50 for photo in orders[0][:50]) >= 45  # those doubted most, first
