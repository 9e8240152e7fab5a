"""Actions on several photos at once, and undoing changes by their events."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from curator import undoing
from curator.base.db import Sessions
from curator.base.errors import (
    AlreadyThere,
    ChangedSince,
    CuratorError,
    InputInvalid,
    NotAllowed,
    NotFound,
)
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.pairs.decisions import decide_pair
from curator.pairs.persons import join_people
from curator.photos.exclusion import exclude_photo, exclude_photos
from curator.photos.importing import ImportResult
from curator.photos.sources import set_source
from curator.queries.pairs import pairs
from curator.queries.photos import photo_to_rate
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.ratings.table import rate_table
from tests.curator.drawing import REGION

ANA, BEN = 1, 2
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
NEGATIVE = Assessment("negative", {"sex": "male"}, REGION, note="a burn")


@pytest.fixture(autouse=True)
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Four photos; the second is a copy of the first."""
    save("a.jpg", 1, quality=95)
    save("b.jpg", 1, quality=60)
    save("c.jpg", 3)
    save("d.jpg", 4)
    import_all(source="#drawn")


def column(sessions: Sessions, name: str) -> list[object]:
    with sessions() as session:
        return [getattr(photo, name) for photo in session.scalars(select(Photo).order_by(Photo.id))]


def recorded_events(sessions: Sessions) -> list[tuple[int, str, str]]:
    """Return every event except imports: its id, actor and action."""
    with sessions() as session:
        rows = session.scalars(select(Event).where(Event.subject.in_(("photo", "pair"))))
        return [(row.id, row.actor, row.action) for row in rows if row.action != "photo added"]


def rate(sessions: Sessions, rater: str, entry: Assessment, version: int = 0) -> int:
    """Rate the first photo; return the event's id."""
    save_rating(sessions, 1, rater, entry, expected_version=version)
    return recorded_events(sessions)[-1][0]


def undo(sessions: Sessions, event: int, actor: str) -> int:
    """Undo one change; return the id of the event that records the undo."""
    [undone] = undoing.undo_events(sessions, [event], actor=actor)
    return undone


def own(sessions: Sessions, rater: int) -> Assessment | None:
    return photo_to_rate(sessions, 1, rater).own


def test_photos_are_excluded_together_and_included_again(sessions: Sessions) -> None:
    events = exclude_photos(sessions, [1, 3, 4], " blurred ", actor="ben")
    assert column(sessions, "excluded_reason") == ["blurred", None, "blurred", "blurred"]
    assert recorded_events(sessions) == [(event, "ben", "photo excluded") for event in events]
    assert exclude_photos(sessions, [1, 3], "blurred", actor="ben") == ()
    taken = exclude_photos(sessions, [1, 2, 3, 4], "", actor="ana")
    assert len(taken) == 3
    assert column(sessions, "excluded_reason") == [None] * 4


def test_a_copy_replaces_a_photo_excluded_with_others(sessions: Sessions) -> None:
    [pair] = pairs(sessions)
    decide_pair(sessions, pair.id, "copy", actor="ana")
    assert column(sessions, "copy_of_id") == [None, 1, None, None]
    events = exclude_photos(sessions, [1, 3], "too small", actor="ben")
    assert column(sessions, "copy_of_id") == [2, None, None, None]
    undoing.undo_events(sessions, events, actor="ben")
    assert column(sessions, "copy_of_id") == [None, 1, None, None]


def test_one_missing_photo_leaves_all_photos_unchanged(sessions: Sessions) -> None:
    with pytest.raises(NotFound, match="Nothing was changed"):
        exclude_photos(sessions, [1, 99], "blurred", actor="ben")
    with pytest.raises(InputInvalid, match="No photo is selected"):
        set_source(sessions, [], "#new", actor="ben")
    assert column(sessions, "excluded_reason") == [None] * 4
    assert recorded_events(sessions) == []


def test_the_source_of_several_photos_is_set_and_undone_together(sessions: Sessions) -> None:
    events = set_source(sessions, [2, 3], "#rash", actor="ben")
    assert column(sessions, "source") == ["#drawn", "#rash", "#rash", "#drawn"]
    undone = undoing.undo_events(sessions, events, actor="ana")
    assert column(sessions, "source") == ["#drawn"] * 4
    undoing.undo_events(sessions, undone, actor="ben")
    assert column(sessions, "source") == ["#drawn", "#rash", "#rash", "#drawn"]


def test_photos_are_joined_to_one_person_and_separated_again(sessions: Sessions) -> None:
    events = join_people(sessions, [4, 1, 3], actor="ben")
    assert len(events) == 2
    with sessions() as session:
        joined = session.scalars(select(PhotoPair).where(PhotoPair.decision.is_not(None)))
        assert {(pair.photo_a_id, pair.photo_b_id, pair.decision) for pair in joined} == {
            (1, 3, "same_person"),
            (3, 4, "same_person"),
        }
    assert join_people(sessions, [1, 4], actor="ben") == ()
    assert len(undoing.undo_events(sessions, events, actor="ben")) == 2
    assert len(join_people(sessions, [1, 4], actor="ben")) == 1


def test_different_people_are_not_joined(sessions: Sessions) -> None:
    [pair] = pairs(sessions)
    decide_pair(sessions, pair.id, "different", confirmed=[pair.id], actor="ana")
    with pytest.raises(AlreadyThere, match="1 and 2 are known to show different"):
        join_people(sessions, [1, 2, 3], actor="ben")
    with pytest.raises(InputInvalid, match="two photos"):
        join_people(sessions, [1, 1], actor="ben")


def test_undoing_a_rating_restores_the_earlier_one_then_none(sessions: Sessions) -> None:
    first = rate(sessions, "ana", POSITIVE)
    second = rate(sessions, "ana", NEGATIVE, version=1)
    with pytest.raises(ChangedSince):
        undo(sessions, first, "ana")
    undone = undo(sessions, second, "ana")
    assert own(sessions, ANA) == POSITIVE
    assert photo_to_rate(sessions, 1, ANA).version == 3
    redone = undo(sessions, undone, "ana")
    assert own(sessions, ANA) == NEGATIVE
    assert recorded_events(sessions)[-1] == (redone, "ana", "rating saved")


def test_a_first_rating_is_withdrawn_and_restored(sessions: Sessions) -> None:
    withdrawn = undo(sessions, rate(sessions, "ana", POSITIVE), "ana")
    assert own(sessions, ANA) is None
    assert recorded_events(sessions)[-1] == (withdrawn, "ana", "rating withdrawn")
    undo(sessions, withdrawn, "ana")
    assert own(sessions, ANA) == POSITIVE
    assert photo_to_rate(sessions, 1, ANA).version == 2


def test_another_raters_rating_in_between_does_not_block_an_undo(sessions: Sessions) -> None:
    anas = rate(sessions, "ana", POSITIVE)
    rate(sessions, "ben", NEGATIVE)
    undo(sessions, anas, "ana")
    assert own(sessions, ANA) is None
    assert own(sessions, BEN) == NEGATIVE


@pytest.mark.parametrize("other", ["ana", "ada", "carl"])
def test_no_role_may_undo_another_raters_rating(sessions: Sessions, other: str) -> None:
    event = rate(sessions, "ben", POSITIVE)
    with pytest.raises(NotAllowed, match="Only ben"):
        undo(sessions, event, other)
    assert own(sessions, BEN) == POSITIVE


def test_a_change_that_was_superseded_is_not_undone(sessions: Sessions) -> None:
    first, other = exclude_photos(sessions, [1, 3], "blurred", actor="ben")
    exclude_photo(sessions, 1, "a child", actor="ana")
    with pytest.raises(ChangedSince, match="nothing was undone"):
        undoing.undo_events(sessions, [first, other], actor="ben")
    assert column(sessions, "excluded_reason") == ["a child", None, "blurred", None]
    undo(sessions, other, "ben")
    assert column(sessions, "excluded_reason") == ["a child", None, None, None]


def test_undoing_twice_is_refused(sessions: Sessions) -> None:
    events = exclude_photos(sessions, [1], "blurred", actor="ben")
    undoing.undo_events(sessions, events, actor="ben")
    with pytest.raises(ChangedSince):
        undoing.undo_events(sessions, events, actor="ben")


def test_a_person_set_by_a_table_can_be_undone(sessions: Sessions, tmp_path: Path) -> None:
    table = tmp_path / "ratings.csv"
    table.write_text("file,label,person\na.jpg,positive,P1\n")
    rate_table(sessions, table, "ana")
    [event] = [row[0] for row in recorded_events(sessions) if row[2] == "person set"]
    undone = undo(sessions, event, "ben")
    assert column(sessions, "person_id")[0] is None
    undo(sessions, undone, "ben")
    assert column(sessions, "person_id")[0] == 1


@pytest.mark.parametrize(("event", "problem"), [(1, InputInvalid), (10**6, NotFound)])
def test_an_impossible_undo_gives_its_reason(
    sessions: Sessions, event: int, problem: type[CuratorError]
) -> None:
    with pytest.raises(problem):
        undo(sessions, event, "ana")
