"""What raters disagree on, which photos wait for a ruling, and who may see a photo's ratings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.errors import TooEarly
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.disagreements import (
    RatingsOfPhoto,
    disagreements,
    others_waiting,
    ratings_of_photo,
    settled_disagreements,
)
from curator.ratings.assessments import Assessment
from curator.ratings.attributes import completed
from curator.ratings.consensus import Opinion, disputed, mean_overlap
from curator.ratings.origins import ACCEPTED, DRAWN
from curator.ratings.regions import parse_fractions
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from faces.regions import Region
from tests.curator.drawing import REGION

ELSEWHERE = "0.700000,0.700000 0.900000,0.700000 0.900000,0.900000 0.700000,0.900000"
FACE = parse_fractions(REGION)
CORNER = parse_fractions(ELSEWHERE)
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
# Each differs from POSITIVE in one thing.
OTHERS = {
    "label": Assessment("negative", {"sex": "female"}, REGION),
    "sex": Assessment("positive", {"sex": "male"}, REGION),
    "region": Assessment("positive", {"sex": "female"}, ELSEWHERE),
}


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Five photos."""
    for number in range(1, 6):
        save(f"{number}.png", number)
    import_all()


def rate(sessions: Sessions, name: str, photo: int, entry: Assessment, version: int = 0) -> None:
    save_rating(sessions, photo, name, entry, expected_version=version)


def disagree(sessions: Sessions, photo: int, about: str = "label") -> None:
    rate(sessions, "ben", photo, POSITIVE)
    rate(sessions, "carl", photo, OTHERS[about])


def rule(sessions: Sessions, photo: int, entry: Assessment = POSITIVE) -> None:
    adjudicate(sessions, photo, "ada", entry, expected_version=0)


def seen_by(sessions: Sessions, name: str, photo: int) -> RatingsOfPhoto:
    return ratings_of_photo(sessions, photo, account_named(sessions, name).id)


def waiting(sessions: Sessions) -> dict[int, tuple[str, ...]]:
    return {one.photo_id: one.about for one in disagreements(sessions)}


def opinion(
    label: str = "positive", sex: str = "female", region: Region = FACE, origin: str = DRAWN
) -> Opinion:
    return Opinion("x", label, completed({"sex": sex}), region, origin)


def test_opinions_are_disputed_where_they_differ() -> None:
    assert disputed([opinion(), opinion()], 0.5) == ()
    assert disputed([opinion(), opinion("unsure", "male", CORNER)], 0.5) == (
        "label",
        "sex",
        "region",
    )
    assert disputed([opinion(), opinion(sex="unknown")], 0.5) == ()  # one does not know
    assert disputed([opinion(), opinion(region=())], 0.5) == ()  # one drew none
    assert disputed([opinion(), opinion(region=CORNER)], 0) == ()
    drawn = [opinion(region=region) for region in (FACE, FACE, CORNER, ())]
    assert mean_overlap(drawn) == pytest.approx(1 / 3)
    assert mean_overlap(drawn[:1]) is None


def test_two_who_accepted_the_suggestion_do_not_outvote_one_who_drew() -> None:
    taken, drew = opinion(origin=ACCEPTED), opinion(region=CORNER)
    assert mean_overlap([taken, taken]) is None
    assert disputed([taken, taken], 0.9) == ()
    assert mean_overlap([taken, taken, drew]) == 0
    assert disputed([taken, taken, drew], 0.3) == ("region",)
    assert disputed([opinion(), opinion(), opinion(region=CORNER)], 0.33) == ()


@pytest.mark.usefixtures("photos")
def test_a_waiting_photo_lists_what_its_raters_disagree_on(sessions: Sessions) -> None:
    for photo, about in enumerate(OTHERS, start=1):
        disagree(sessions, photo, about)
    rate(sessions, "ben", 4, POSITIVE)
    rate(sessions, "carl", 4, POSITIVE)
    assert waiting(sessions) == {1: ("label",), 2: ("sex",), 3: ("region",)}
    assert {one.raters for one in disagreements(sessions)} == {2}


@pytest.mark.usefixtures("photos")
def test_a_photo_waits_only_once_it_has_all_its_ratings(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=3), actor="ana")
    disagree(sessions, 1)
    assert waiting(sessions) == {}
    rate(sessions, "ana", 1, POSITIVE)
    assert waiting(sessions) == {1: ("label",)}


@pytest.mark.usefixtures("photos")
def test_settled_and_excluded_photos_do_not_wait(sessions: Sessions) -> None:
    for photo in (1, 2, 3):
        disagree(sessions, photo)
    exclude_photo(sessions, 1, "no face", actor="ana")
    rule(sessions, 2)
    assert waiting(sessions) == {3: ("label",)}


@pytest.mark.usefixtures("photos")
def test_it_is_told_whether_another_photo_waits(sessions: Sessions) -> None:
    disagree(sessions, 2)
    assert others_waiting(sessions, 1)
    assert not others_waiting(sessions, 2)
    disagree(sessions, 4, "region")
    assert others_waiting(sessions, 2)


@pytest.mark.usefixtures("photos")
def test_rulings_are_listed_newest_first_and_marked_if_a_rating_changed_afterwards(
    sessions: Sessions,
) -> None:
    for photo in (1, 2, 3):
        disagree(sessions, photo)
        rule(sessions, photo)
    rate(sessions, "ben", 2, OTHERS["label"], version=1)
    rows, total = settled_disagreements(sessions, size=2)
    assert total == 3
    assert [(row.photo_id, row.by, row.changed) for row in rows] == [
        (3, "ada", False),
        (2, "ada", True),
    ]
    rest, _ = settled_disagreements(sessions, before=rows[-1].place, size=2)
    assert [row.photo_id for row in rest] == [1]
    assert seen_by(sessions, "ada", 2).changed
    assert not seen_by(sessions, "ada", 1).changed


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("name", ["ana", "ada", "vera"])
def test_nobody_sees_ratings_before_their_own_whatever_their_role(
    sessions: Sessions, name: str
) -> None:
    disagree(sessions, 1)
    with pytest.raises(TooEarly, match="Rate photo 1 first"):
        seen_by(sessions, name, 1)


@pytest.mark.usefixtures("photos")
def test_ones_own_rating_reveals_that_photo_and_no_other(sessions: Sessions) -> None:
    disagree(sessions, 1)
    disagree(sessions, 2, "region")
    rule(sessions, 2, OTHERS["region"])
    words = seen_by(sessions, "ada", 2)
    assert [spoken.by for spoken in words.ratings] == ["ben", "carl"]
    assert words.ruling
    assert (words.ruling.by, words.ruling.assessment.region) == ("ada", ELSEWHERE)
    assert words.about == ("region",)
    # ben and carl, ben and the ruling, carl and the ruling.
    assert [(one.first, one.second) for one in words.overlaps] == [(0, 1), (0, 2), (1, 2)]
    assert [one.share for one in words.overlaps] == [0, 0, 1]
    assert seen_by(sessions, "ben", 1).ruling is None
    with pytest.raises(TooEarly):
        seen_by(sessions, "ada", 1)
