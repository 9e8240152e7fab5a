"""Queues, claims, rulings, and the blind rule: nobody sees others' ratings before their own."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from curator.base.accounts import account_named
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import AlreadyThere, InputInvalid, NotAllowed, StaleRating, TooEarly
from curator.base.models.base import utc_now
from curator.pairs.persons import join_person
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.overview import collection_status
from curator.queries.photos import photo_to_adjudicate
from curator.queries.queues import count_claimed_by_others, listed_in, queue_state
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos, release_claims
from curator.ratings.filter import Filter
from curator.ratings.queues import Listed, Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project, read_project
from tests.curator.drawing import REGION

UNRATED = Queue()
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
NEGATIVE = Assessment("negative", {"sex": "female"}, REGION)


@pytest.fixture(autouse=True)
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Five photos."""
    for number in range(1, 6):
        save(f"{number}.png", number)
    import_all()


@pytest.fixture
def claim(sessions: Sessions) -> Callable[..., tuple[int, ...]]:
    def claim(
        name: str, queue: Queue = UNRATED, listed: Listed | None = None, **where: Any
    ) -> tuple[int, ...]:
        return claim_next_photos(sessions, id_of(sessions, name), queue, listed, **where)

    return claim


def id_of(sessions: Sessions, name: str) -> int:
    return account_named(sessions, name).id


def rate(
    sessions: Sessions, name: str, photo: int, entry: Assessment = POSITIVE, version: int = 0
) -> None:
    save_rating(sessions, photo, name, entry, expected_version=version)


Claim = Callable[..., tuple[int, ...]]


def test_two_raters_never_claim_the_same_photo_if_one_rating_is_enough(claim: Claim) -> None:
    assert claim("ana", count=3) == (1, 2, 3)
    assert claim("ben", count=3) == (4, 5)
    assert claim("ana", after=1, count=2) == (2, 3)


def test_two_raters_claim_the_same_photo_if_both_are_needed(
    sessions: Sessions, claim: Claim
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    assert claim("ana", count=2) == claim("ben", count=2) == (1, 2)
    assert claim("carl", count=2) == (3, 4)
    rate(sessions, "ana", 1)
    rate(sessions, "ben", 1)
    assert 1 not in claim("ada", count=9)


def test_a_released_or_abandoned_photo_is_offered_to_others(
    sessions: Sessions, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim("ana", count=5)
    assert claim("ben") == ()
    release_claims(sessions, id_of(sessions, "ana"), 3, 4)
    assert claim("ben", count=5) == (3, 4)
    later = utc_now() + timedelta(hours=1)
    for module in ("queues", "claims"):
        monkeypatch.setattr(f"curator.ratings.{module}.utc_now", lambda: later)
    assert claim("carl", count=5) == (1, 2, 3, 4, 5)


def test_the_claim_on_the_current_photo_is_kept_with_those_after_it(
    sessions: Sessions, claim: Claim
) -> None:
    assert claim("ana", count=2) == (1, 2)
    release_claims(sessions, id_of(sessions, "ana"), 1, 2)
    assert claim("ana", after=2, count=2, keep_current=True) == (3, 4)
    assert claim("ben", count=9) == (1, 5)
    rate(sessions, "carl", 1)
    claim("carl", after=1, keep_current=True)  # rated, so nobody waits for it
    assert claim("carl", after=2, keep_current=True) == ()  # and 2 is ana's
    release_claims(sessions, id_of(sessions, "ana"), 2)
    assert claim("ben", count=9) == (5, 2)


def test_photos_claimed_by_others_are_counted_separately(sessions: Sessions, claim: Claim) -> None:
    rate(sessions, "carl", 5)
    claim("ana", count=3)
    ben = id_of(sessions, "ben")
    assert count_claimed_by_others(sessions, ben) == 3
    assert queue_state(sessions, ben, UNRATED).left == 1
    change_project(sessions, Project(raters_needed=2), actor="ana")
    assert count_claimed_by_others(sessions, ben) == 0


def test_a_skipped_photo_comes_last(claim: Claim) -> None:
    assert claim("ana", count=2) == (1, 2)
    assert claim("ana", after=2, count=5) == (3, 4, 5, 1, 2)


def test_excluded_photos_and_those_with_enough_ratings_do_not_wait(
    sessions: Sessions, claim: Claim
) -> None:
    exclude_photo(sessions, 1, "no face", actor="ana")
    rate(sessions, "ben", 2)
    assert claim("ana", count=9) == (3, 4, 5)
    state = queue_state(sessions, id_of(sessions, "ben"), UNRATED)
    assert (state.left, state.total) == (0, 1)  # ana has claimed the others


def test_own_queues_hold_the_raters_unsure_photos_and_disagreements(
    sessions: Sessions, claim: Claim
) -> None:
    rate(sessions, "ana", 1, Assessment("unsure"))
    rate(sessions, "ana", 2)
    rate(sessions, "ana", 3)
    for photo, entry in ((2, NEGATIVE), (3, POSITIVE), (4, NEGATIVE)):
        rate(sessions, "ben", photo, entry)
    assert claim("ana", Queue("unsure"), count=9) == (1,)
    assert claim("ana", Queue("disagreements"), count=9) == (2,)
    assert claim("ben", Queue("disagreements"), count=9) == (2,)
    assert claim("carl", Queue("disagreements"), count=9) == ()


def test_a_filter_makes_a_personal_queue(sessions: Sessions, claim: Claim) -> None:
    rate(sessions, "ana", 4, NEGATIVE)
    rate(sessions, "ben", 5, NEGATIVE)
    negative = Queue("filter", filter=Filter(show="kept", label="negative"))
    assert claim("ana", negative, count=9) == (4,)
    assert claim("ana", Queue("filter", filter=Filter(name="3.P")), count=9) == (3,)


def test_a_run_lists_its_photos_and_those_rated_since_are_done(
    sessions: Sessions, claim: Claim
) -> None:
    rate(sessions, "ana", 5)
    order = Listed((4, 5, 2), since=utc_now())
    doubts = Queue("uncertain", run="mobilenet-1")
    assert claim("ana", doubts, order, count=9) == (2, 4, 5)  # in the rater's order
    assert claim("ana", doubts, order, after=4, count=9) == (5, 2, 4)
    assert claim("ben", doubts, order, count=9) == ()
    rate(sessions, "ana", 5, NEGATIVE, version=1)
    assert claim("ana", doubts, order, count=9) == (2, 4)
    state = queue_state(sessions, id_of(sessions, "ana"), doubts, order)
    assert (state.left, state.total) == (2, 3)


def test_a_doubted_label_is_shown_only_to_raters_of_the_photo(
    sessions: Sessions, claim: Claim
) -> None:
    rate(sessions, "ana", 5)
    rate(sessions, "ben", 2, NEGATIVE)
    order = Listed((4, 5, 2), since=utc_now())
    doubts = Queue("label_errors", run="mobilenet-1")
    assert claim("ana", doubts, order, count=9) == (5,)
    state = queue_state(sessions, id_of(sessions, "ana"), doubts, order)
    assert (state.left, state.total) == (1, 1)
    assert claim("carl", doubts, order, count=9) == ()


def test_a_rater_cannot_claim_more_than_the_maximum(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ratings.claims.MAX_CLAIMS", 2)
    for after in range(5):
        claim("ana", after=after)
    assert claim("ben", count=9) == (1, 2, 3)  # ana asked for 4 and 5 last


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(InputInvalid, match="no such queue"):
        Queue("secrets")


def disagree(sessions: Sessions, photo: int) -> None:
    rate(sessions, "ana", photo)
    rate(sessions, "ben", photo, NEGATIVE)


def test_a_ruling_settles_a_disagreement(sessions: Sessions, config: Config, claim: Claim) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    disagree(sessions, 1)
    rate(sessions, "ana", 2)
    assert collection_status(sessions).left_out == {
        "disagreement": 1,
        "too_few_ratings": 1,
        "no_rating": 3,
    }
    disputes = Queue("adjudicate")
    order = listed_in(sessions, config, disputes)
    assert claim("ada", disputes, order, count=9) == (1,)
    adjudicate(sessions, 1, "ada", Assessment("negative", {"sex": "male"}), expected_version=0)
    assert claim("ada", disputes, order, count=9) == ()
    assert listed_in(sessions, config, disputes) == Listed([])
    assert collection_status(sessions).ready == {
        ("negative", "male"): 1
    }  # the raters' region stands
    seen_by = {name: id_of(sessions, name) for name in ("ada", "ben", "carl")}
    versions = [photo_to_adjudicate(sessions, 1, account).version for account in seen_by.values()]
    assert versions == [1, 1, 0]  # carl has not rated it


def test_a_ruling_waits_for_the_blind_ratings(sessions: Sessions) -> None:
    rate(sessions, "ana", 1)
    with pytest.raises(TooEarly, match="1 of the 2 blind ratings"):
        adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)


def test_only_adjudicators_rule_and_the_second_one_is_refused(sessions: Sessions) -> None:
    disagree(sessions, 1)
    with pytest.raises(NotAllowed, match="ben may not adjudicate"):
        adjudicate(sessions, 1, "ben", POSITIVE, expected_version=0)
    adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)
    with pytest.raises(StaleRating, match="Someone has ruled on this photo in the meantime"):
        adjudicate(sessions, 1, "ana", NEGATIVE, expected_version=0)


def test_any_two_photos_can_be_joined_to_one_person(sessions: Sessions) -> None:
    assert join_person(sessions, 2, 1, actor="ana")
    assert not join_person(sessions, 1, 2, actor="ana")
    assert join_person(sessions, 3, 2, actor="ana")
    with pytest.raises(InputInvalid, match="two photos"):
        join_person(sessions, 3, 3, actor="ana")
    rate(sessions, "ana", 1)
    rate(sessions, "ana", 3)
    assert collection_status(sessions).ready_groups == 1


def test_photos_with_different_person_codes_are_not_joined(
    sessions: Sessions, folder: Path, tmp_path: Path
) -> None:
    from curator.ratings.table import rate_table

    table = tmp_path / "ratings.csv"
    table.write_text("file,label,person\n1.png,positive,P1\n2.png,positive,P2\n")
    rate_table(sessions, table, "ana")
    with pytest.raises(AlreadyThere, match="known to show different people"):
        join_person(sessions, 1, 2, actor="ana")


@pytest.mark.parametrize("wanted", [Project(0), Project(10), Project(1, 1.5), Project(1, -0.1)])
def test_invalid_settings_are_refused(sessions: Sessions, wanted: Project) -> None:
    with pytest.raises(InputInvalid):
        change_project(sessions, wanted, actor="ana")
    assert read_project(sessions) == Project()
