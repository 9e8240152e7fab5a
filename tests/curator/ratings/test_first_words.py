"""First words stay blind: what a rater said first is what agreement compares, whatever they say later."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import select

from curator import undoing
from curator.base.accounts import account_named, set_disabled
from curator.base.db import Sessions, reading
from curator.base.models.base import utc_now
from curator.base.models.events import Event
from curator.base.models.ratings import FirstWord
from curator.pairs.decisions import accept_verified, restore_copy
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.photos.sources import set_source
from curator.queries import memory
from curator.queries.agreement import agreement_of_raters, changed_labels
from curator.queries.disagreements import disagreements, ratings_of_photo
from curator.queries.memory import STEP
from curator.queries.overview import agreement_over_time, collection_status, shown_status
from curator.queries.photos import photo_to_rate
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.ratings.statistics import FEWEST
from tests.curator.browsing import Visitor, the, words
from tests.curator.drawing import REGION, draw

PHOTOS = 2 * STEP


@pytest.fixture(autouse=True)
def photos(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    for number in range(1, PHOTOS + 1):
        save(f"{number:02}.png", number)
    import_all()
    change_project(sessions, Project(raters_needed=2), actor="ana")


def rate(sessions: Sessions, name: str, photo: int, label: str, region: str = REGION) -> None:
    account = account_named(sessions, name).id
    version = photo_to_rate(sessions, photo, account).version
    entry = Assessment(label, {"sex": "female"}, region)
    save_rating(sessions, photo, name, entry, expected_version=version)


def rate_all(sessions: Sessions, count: int = FEWEST) -> None:
    """ana and ben contradict each other on every photo."""
    for photo in range(1, count + 1):
        rate(sessions, "ana", photo, "positive")
        rate(sessions, "ben", photo, "negative")


def shared(sessions: Sessions) -> float | None:
    return agreement_of_raters(sessions).label.share.value


def test_who_changes_their_label_after_seeing_another_does_not_agree_blindly(
    sessions: Sessions,
) -> None:
    rate_all(sessions)
    assert shared(sessions) == 0
    for photo in range(1, FEWEST + 1):
        rate(sessions, "ben", photo, "positive")  # as ana says
    assert shared(sessions) == 0
    assert [part.agreed for part in agreement_over_time(sessions)] == [0]
    assert changed_labels(sessions) == FEWEST
    assert disagreements(sessions) == ()  # the consensus is of what they say now
    assert collection_status(sessions).ready == {("positive", "female"): FEWEST}


def test_a_withdrawn_rating_does_not_make_the_next_one_the_first(sessions: Sessions) -> None:
    rate_all(sessions)
    with reading(sessions) as session:
        saved = select(Event.id).where(Event.action == "rating saved", Event.actor == "ben")
        events = session.scalars(saved).all()
    undoing.undo_events(sessions, events, actor="ben")
    assert agreement_of_raters(sessions).photos == 0  # nobody's word is left to compare
    for photo in range(1, FEWEST + 1):
        rate(sessions, "ben", photo, "positive")
    assert shared(sessions) == 0
    assert changed_labels(sessions) == FEWEST


def test_the_first_region_and_values_are_compared_too(sessions: Sessions) -> None:
    away = "0.10,0.10 0.30,0.10 0.20,0.30"
    for photo in range(1, FEWEST + 1):
        rate(sessions, "ana", photo, "positive")
        rate(sessions, "ben", photo, "positive", away)
        rate(sessions, "ben", photo, "positive", REGION)
    mean = agreement_of_raters(sessions).regions.mean.value
    assert mean is not None
    assert mean < 0.5
    assert changed_labels(sessions) == 0


def test_of_several_copies_the_word_that_came_first_is_compared(
    sessions: Sessions, folder: Path, import_all: Callable[..., ImportResult]
) -> None:
    draw(700, (800, 600)).save(folder / "x-large.png")
    draw(700, (400, 300)).save(folder / "y-small.png")
    import_all()
    kept, copy = PHOTOS + 1, PHOTOS + 2
    rate(sessions, "ben", copy, "negative")
    rate(sessions, "ben", kept, "positive")  # later, perhaps with ana's word in mind
    rate(sessions, "ana", kept, "positive")
    accept_verified(sessions, actor="ana")
    with reading(sessions) as session:
        first = select(FirstWord.label).where(FirstWord.counts_on_id == kept)
        assert sorted(session.scalars(first)) == ["negative", "positive"]
    restore_copy(sessions, copy, actor="ana")
    with reading(sessions) as session:
        assert sorted(session.scalars(first)) == ["positive", "positive"]


def test_a_changed_word_is_marked_where_the_words_are_shown(
    sessions: Sessions, ana: Visitor
) -> None:
    rate_all(sessions, 1)
    rate(sessions, "ben", 1, "unsure")
    seen = ratings_of_photo(sessions, 1, account_named(sessions, "ana").id).ratings
    assert {one.by: one.first_label for one in seen} == {"ana": "", "ben": "negative"}
    assert the(ana.see("/adjudicate/1"), "[data-by=ben] [data-first=negative]")
    assert the(ana.see("/agreement"), "#changed")["data-changed"] == "1"


def told(sessions: Sessions) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """What the overview tells of labels."""
    status = shown_status(sessions)
    return status.ready, {
        r: n for r, n in status.left_out.items() if r in ("disagreement", "unsure")
    }


def test_excluding_a_photo_does_not_tell_its_label(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    for photo, label in ((1, "positive"), (2, "negative"), (3, "unsure")):
        rate(sessions, "ana", photo, label)
    before = told(sessions)
    for photo in (1, 2, 3):
        exclude_photo(sessions, photo, "too small", actor="ben")
        assert told(sessions) == before
    assert shown_status(sessions).left_out["excluded"] == 3  # this tells no label
    assert collection_status(sessions).ready == {}


def test_taking_a_photo_for_a_copy_does_not_tell_its_label(
    sessions: Sessions, folder: Path, import_all: Callable[..., ImportResult]
) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    draw(700, (800, 600)).save(folder / "x-large.png")
    draw(700, (400, 300)).save(folder / "y-small.png")
    import_all()
    rate(sessions, "ana", PHOTOS + 2, "positive")
    rate(sessions, "ana", PHOTOS + 1, "positive")
    before = told(sessions)
    accept_verified(sessions, actor="ben")
    assert told(sessions) == before
    assert collection_status(sessions).ready == {("positive", "female"): 1}


def test_another_source_does_not_tell_a_label(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    rate(sessions, "ana", 1, "positive")
    before = shown_status(sessions).ready_by_source
    set_source(sessions, [1], "#elsewhere", actor="ben")
    assert shown_status(sessions).ready_by_source == before
    assert ("#elsewhere", "positive") in collection_status(sessions).ready_by_source


def test_figures_held_for_an_exclusion_move_with_the_next_few_ratings(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    rate(sessions, "ana", 1, "positive")
    assert told(sessions) == ({("positive", "female"): 1}, {})  # ratings alone move them at once
    exclude_photo(sessions, 1, "too small", actor="ben")
    for photo in range(2, STEP + 1):
        rate(sessions, "ana", photo, "positive")
        assert told(sessions) == ({("positive", "female"): 1}, {})
    rate(sessions, "ana", STEP + 1, "positive")
    assert told(sessions) == ({("positive", "female"): STEP}, {})
    rate(sessions, "ana", STEP + 2, "positive")
    assert told(sessions) == ({("positive", "female"): STEP + 1}, {})


def test_held_figures_move_on_the_next_day(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    rate(sessions, "ana", 1, "positive")
    before = told(sessions)
    exclude_photo(sessions, 1, "too small", actor="ben")
    assert told(sessions) == before
    monkeypatch.setattr(memory, "utc_now", lambda: utc_now() + timedelta(days=1))
    assert told(sessions) == ({}, {})


def test_nothing_is_held_from_the_only_rater(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    for name in ("ada", "ben", "carl"):
        set_disabled(sessions, name, True, actor="ana")
    rate(sessions, "ana", 1, "positive")
    assert told(sessions) == ({("positive", "female"): 1}, {})
    exclude_photo(sessions, 1, "too small", actor="ana")
    assert told(sessions) == ({}, {})


def test_no_annotator_makes_exports_to_compare_them(ben: Visitor) -> None:
    assert not ben.see("/exports").select("#new-export")
    assert ben.post("/exports", crop="mask").status_code == HTTPStatus.FORBIDDEN


def test_the_page_of_agreement_does_not_tell_a_label_either(
    sessions: Sessions, ana: Visitor
) -> None:
    rate_all(sessions)
    rate(sessions, "ben", 1, "positive")
    before = words(the(ana.see("/agreement"), "main"))
    exclude_photo(sessions, 1, "too small", actor="ben")
    assert words(the(ana.see("/agreement"), "main")) == before
    assert agreement_of_raters(sessions).photos == FEWEST - 1  # as the command says
