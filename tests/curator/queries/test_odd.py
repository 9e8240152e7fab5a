"""The queue of odd photos: which photos wait in it, for whom, and that it tells nothing of others' ratings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from curator.base.accounts import account_named
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.events import Event
from curator.base.models.photos import Photo, PhotoCheck
from curator.base.models.ratings import Suggestion
from curator.base.store import Store
from curator.photos.checking import add_checks
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.photos.rereading import reread_photos
from curator.queries import memory, odd
from curator.queries.odd import (
    HOLD_S,
    count_searched,
    listed_odd_photos,
    odd_in_collection,
    reasons_of,
)
from curator.queries.queues import listed_in, queue_state
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos
from curator.ratings.queues import Queue
from curator.ratings.saving import save_rating
from curator.undoing import undo_events
from tests.curator.drawing import REGION
from tests.curator.scenes import blurred, dark, scene

ODD = Queue("odd")
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
Suggest = Callable[..., None]


@pytest.fixture(autouse=True)
def photos(folder: Path, import_all: Callable[..., ImportResult]) -> None:
    """Photos 1 to 4; 2 is blurred, 3 dark."""
    made = {"1": scene(1), "2": blurred(2), "3": dark(3), "4": scene(4)}
    for name, picture in made.items():
        picture.save(folder / f"{name}.png")
    import_all()


@pytest.fixture
def suggest(sessions: Sessions) -> Suggest:
    def suggest(photo: int, faces: int, region: str | None = REGION) -> None:
        with sessions.begin() as session:
            session.add(Suggestion(photo_id=photo, recipe=1, faces=faces, region=region))

    return suggest


def found(sessions: Sessions) -> dict[int, tuple[str, ...]]:
    return {one.photo_id: one.reasons for one in odd_in_collection(sessions)}


def waiting(sessions: Sessions, config: Config, rater: str) -> set[int]:
    rater_id, listed = account_named(sessions, rater).id, listed_in(sessions, config, ODD)
    return {*claim_next_photos(sessions, rater_id, ODD, listed, count=9)}


def checks(sessions: Sessions) -> Iterator[int]:
    with sessions() as session:
        yield from session.scalars(select(PhotoCheck.photo_id).order_by(PhotoCheck.photo_id))


def test_odd_photos_are_found_on_import(sessions: Sessions) -> None:
    assert found(sessions) == {2: ("blurred",), 3: ("dark",)}
    assert reasons_of(sessions, 2) == ("Blurred",)
    assert reasons_of(sessions, 1) == ()
    assert {one.file: one.reasons for one in listed_odd_photos(sessions)} == {
        "2.png": ("blurred",),
        "3.png": ("dark",),
    }


def test_faces_found_later_are_told(sessions: Sessions, suggest: Suggest) -> None:
    assert 1 not in found(sessions)
    suggest(1, 0, None)
    suggest(2, 3)
    assert found(sessions) == {
        1: ("no_face",),
        2: ("several_faces", "blurred"),
        3: ("dark",),
    }
    assert next(iter(found(sessions))) == 2
    searched = count_searched(sessions)
    assert (searched.photos, searched.faces_sought) == (4, 2)


def test_a_rated_photo_leaves_its_raters_queue_alone(sessions: Sessions, config: Config) -> None:
    assert waiting(sessions, config, "ana") == {2, 3}
    save_rating(sessions, 2, "ana", POSITIVE, expected_version=0)
    before = found(sessions)
    assert waiting(sessions, config, "ana") == {3}
    assert found(sessions) == before, "a rating is no reason"
    ana, ben = (account_named(sessions, name).id for name in ("ana", "ben"))
    listed = listed_in(sessions, config, ODD)
    left = [queue_state(sessions, rater, ODD, listed).left for rater in (ana, ben)]
    assert left == [1, 1]  # ana claims the other one
    assert waiting(sessions, config, "ben") == {2}


def test_the_most_suspicious_come_first_in_every_raters_order(
    sessions: Sessions, config: Config, folder: Path, import_all: Callable[..., ImportResult]
) -> None:
    for seed in range(11, 16):
        dark(seed).resize((200, 150)).save(folder / f"{seed}.png")
    import_all()
    ben, listed = account_named(sessions, "ben").id, listed_in(sessions, config, ODD)
    order = claim_next_photos(sessions, ben, ODD, listed, count=9)
    assert {*order[:5]} == {5, 6, 7, 8, 9}, "dark and small"
    assert {*order[5:]} == {2, 3}


def test_an_excluded_photo_leaves_everybodys_queue_and_comes_back(
    sessions: Sessions, config: Config
) -> None:
    exclude_photo(sessions, 2, "too blurred or dark", actor="ana")
    assert found(sessions) == {3: ("dark",)}
    assert waiting(sessions, config, "ben") == {3}
    exclude_photo(sessions, 2, "", actor="ana")
    assert found(sessions) == {2: ("blurred",), 3: ("dark",)}


def test_where_all_are_excluded_none_is_odd(sessions: Sessions, config: Config) -> None:
    for photo in range(1, 5):
        exclude_photo(sessions, photo, "too blurred or dark", actor="ana")
    assert found(sessions) == {}
    assert listed_odd_photos(sessions) == ()
    assert waiting(sessions, config, "ben") == set()
    assert count_searched(sessions).photos == 0


def test_a_withdrawn_rating_brings_the_photo_back_to_its_rater(
    sessions: Sessions, config: Config
) -> None:
    save_rating(sessions, 2, "ana", POSITIVE, expected_version=0)
    with sessions() as session:
        saved = session.scalar(select(func.max(Event.id))) or 0
    undo_events(sessions, [saved], actor="ana")
    assert waiting(sessions, config, "ana") == {2, 3}


def test_a_large_collection_is_judged_anew_after_a_while_alone(
    sessions: Sessions, suggest: Suggest, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    monkeypatch.setattr(memory, "monotonic", lambda: now_s)
    monkeypatch.setattr(odd, "MANY", 2)
    before = found(sessions)
    suggest(1, 0, None)
    now_s = 2 * HOLD_S - 1
    assert found(sessions) == before
    exclude_photo(sessions, 2, "too blurred or dark", actor="ana")
    assert found(sessions) == {3: ("dark",)}, "excluded photos leave at once"
    exclude_photo(sessions, 2, "", actor="ana")
    assert found(sessions) == before
    now_s = 2 * HOLD_S
    assert found(sessions) == before | {1: ("no_face",)}


def test_photos_without_checks_or_with_older_ones_get_them_on_the_next_import(
    sessions: Sessions, folder: Path, import_all: Callable[..., ImportResult]
) -> None:
    found(sessions)
    with sessions.begin() as session:
        session.execute(delete(PhotoCheck).where(PhotoCheck.photo_id == 2))
        session.execute(
            update(PhotoCheck).where(PhotoCheck.photo_id == 3).values(recipe=0, measures=b"older")
        )
    assert found(sessions) == {}
    scene(5).save(folder / "5.png")
    import_all()
    assert [*checks(sessions)] == [1, 2, 3, 4, 5]
    assert found(sessions) == {2: ("blurred",), 3: ("dark",)}


def test_a_stored_photo_is_checked_as_on_import(sessions: Sessions, config: Config) -> None:
    columns = (PhotoCheck.measures, PhotoCheck.look, PhotoCheck.grids)
    rows = select(*columns).order_by(PhotoCheck.photo_id)
    with sessions() as session:
        imported = session.execute(rows).all()
    with sessions.begin() as session:
        session.execute(delete(PhotoCheck))
    assert add_checks(sessions, config) == 4
    with sessions() as session:
        assert session.execute(rows).all() == imported
    assert add_checks(sessions, config) == 0


def test_reading_photos_again_checks_them_without_decoding_twice(
    sessions: Sessions, config: Config
) -> None:
    with sessions.begin() as session:
        session.execute(delete(PhotoCheck).where(PhotoCheck.photo_id == 2))
        session.execute(
            update(PhotoCheck).where(PhotoCheck.photo_id == 3).values(recipe=0, measures=b"older")
        )
    reread_photos(sessions, config, actor="ana")
    assert add_checks(sessions, config) == 0
    assert found(sessions) == {2: ("blurred",), 3: ("dark",)}


def test_a_file_that_is_gone_is_left_for_the_next_search(
    sessions: Sessions, config: Config
) -> None:
    with sessions.begin() as session:
        session.execute(delete(PhotoCheck))
        gone = session.get_one(Photo, 1)
        Store(config.instance).photo(gone.file_sha256, gone.format).unlink()
    assert add_checks(sessions, config) == 3
    assert [*checks(sessions)] == [2, 3, 4]


def test_checks_end_with_their_photo(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(delete(Photo).where(Photo.id == 3))
        assert session.scalar(select(func.count(PhotoCheck.photo_id))) == 3
