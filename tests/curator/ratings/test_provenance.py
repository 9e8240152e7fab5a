"""How a rating came about: its region's origin, the time it took, what the rater could see."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating, Suggestion
from curator.photos.importing import ImportResult
from curator.queries.photos import photo_to_rate
from curator.ratings.assessments import Assessment
from curator.ratings.provenance import Provenance, read_active_s
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.ratings.table import rate_table
from curator.ratings.withholding import is_withheld
from curator.undoing import undo_events
from tests.curator.drawing import REGION

ANA, BEN = 1, 2
SUGGESTED = "0.350000,0.450000 0.650000,0.450000 0.650000,0.700000 0.350000,0.700000"
ONE_PIXEL_OFF = SUGGESTED.replace("0.350000,0.450000", "0.356250,0.450000", 1)
NEWER = SUGGESTED.replace("0.45", "0.46")


@pytest.fixture(autouse=True)
def photos(
    sessions: Sessions, save: Callable[..., Path], import_all: Callable[..., ImportResult]
) -> None:
    """Three photos; faces were found in two."""
    for seed in (1, 2, 3):
        save(f"{seed}.jpg", seed)
    import_all()
    suggest(sessions, SUGGESTED, 1, 2)


def suggest(sessions: Sessions, region: str, *photos: int, recipe: int = 1) -> None:
    with sessions.begin() as session:
        for photo in photos:
            found = {"recipe": recipe, "faces": 1, "region": region, "eyes": "0.4,0.3 0.6,0.3"}
            session.merge(Suggestion(photo_id=photo, **found))


def rate(
    sessions: Sessions,
    photo: int,
    region: str,
    claimed: str = "",
    rater: str = "ben",
    version: int = 0,
    **more: object,
) -> Provenance:
    word = Assessment("positive", {"sex": "female"}, region)
    word = replace(word, provenance=Provenance(claimed, **more))  # type: ignore[arg-type]
    save_rating(sessions, photo, rater, word, expected_version=version)
    return stored(sessions, photo, rater)


def stored(sessions: Sessions, photo: int, rater: str = "ben") -> Provenance:
    own = photo_to_rate(sessions, photo, {"ana": ANA, "ben": BEN}[rater]).own
    assert own
    return own.provenance


@pytest.mark.parametrize(
    ("region", "claimed", "origin"),
    [
        (SUGGESTED, "accepted", "accepted"),
        (SUGGESTED, "drawn", "accepted"),
        (SUGGESTED, "", "accepted"),
        (SUGGESTED, "imported", "accepted"),
        (ONE_PIXEL_OFF, "accepted", "edited"),
        (ONE_PIXEL_OFF, "edited", "edited"),
        (REGION, "drawn", "drawn"),
        (REGION, "", "drawn"),
        (REGION, "imported", "drawn"),
        (REGION, "nonsense", "drawn"),
        (REGION, "copied", "drawn"),
        ("", "accepted", ""),
    ],
)
def test_the_server_decides_where_a_region_is_from(
    sessions: Sessions, region: str, claimed: str, origin: str
) -> None:
    assert rate(sessions, 1, region, claimed).origin == origin


def test_a_region_of_the_raters_own_elsewhere_is_copied(sessions: Sessions) -> None:
    rate(sessions, 1, REGION, "drawn")
    assert rate(sessions, 3, REGION, "copied").origin == "copied"
    assert rate(sessions, 3, REGION, "copied", rater="ana").origin == "copied"
    assert rate(sessions, 2, REGION, "copied", rater="ana").origin == "copied"
    assert rate(sessions, 1, ONE_PIXEL_OFF, "copied", version=1).origin == "drawn"


def test_a_later_change_of_the_region_changes_its_origin(sessions: Sessions) -> None:
    assert rate(sessions, 1, SUGGESTED, "accepted").origin == "accepted"
    assert rate(sessions, 1, ONE_PIXEL_OFF, "edited", version=1).origin == "edited"
    assert rate(sessions, 1, REGION, "drawn", version=2).origin == "drawn"
    assert rate(sessions, 1, SUGGESTED, "edited", version=3).origin == "accepted"
    assert rate(sessions, 1, "", "accepted", version=4).origin == ""


def test_undoing_a_change_brings_the_origin_back(sessions: Sessions) -> None:
    before = rate(sessions, 1, SUGGESTED, "accepted", active_s=7.5)
    rate(sessions, 1, ONE_PIXEL_OFF, "edited", version=1, active_s=2)
    with reading(sessions) as session:
        last = session.scalars(select(Event.id).where(Event.action == "rating saved")).all()[-1]
    undo_events(sessions, [last], actor="ben")
    assert stored(sessions, 1) == before


def test_a_newer_suggestion_leaves_an_accepted_region_accepted(sessions: Sessions) -> None:
    rate(sessions, 1, SUGGESTED, "accepted")
    suggest(sessions, NEWER, 1, recipe=2)
    assert rate(sessions, 1, SUGGESTED, "accepted", version=1).origin == "accepted"
    assert rate(sessions, 1, NEWER, "accepted", rater="ana").origin == "accepted"


def test_a_rating_from_before_stays_unknown_until_its_region_is_drawn_anew(
    sessions: Sessions,
) -> None:
    rate(sessions, 3, REGION, "drawn")
    with sessions.begin() as session:
        session.execute(update(Rating).values(origin="", source_shown=None))
    assert rate(sessions, 3, REGION, version=1).origin == ""
    assert rate(sessions, 3, ONE_PIXEL_OFF, version=2).origin == ""
    assert rate(sessions, 3, SUGGESTED, "drawn", version=3).origin == "drawn"


def test_a_table_says_imported_unless_the_region_is_known(
    sessions: Sessions, tmp_path: Path
) -> None:
    rate(sessions, 1, SUGGESTED, "accepted", active_s=5)
    rate(sessions, 2, ONE_PIXEL_OFF, "edited", active_s=5)
    table = tmp_path / "ratings.csv"
    same, new = "56,54 104,54 104,84 56,84", "48,48 112,48 96,84 64,84"
    table.write_text(
        f'file,label,region\n1.jpg,negative,"{same}"\n2.jpg,positive,"{new}"\n3.jpg,unsure,\n'
    )
    rate_table(sessions, table, "ben")
    assert stored(sessions, 1) == Provenance("accepted")
    assert stored(sessions, 2) == Provenance("imported")
    assert stored(sessions, 3) == Provenance()
    assert rate_table(sessions, table, "ben").unchanged == 3
    rate_table(sessions, table, "ana")
    assert stored(sessions, 1, "ana") == Provenance("accepted")


def test_a_ruling_that_takes_a_raters_region_over_has_copied_it(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    rate(sessions, 1, REGION, "drawn", rater="ana")
    rate(sessions, 1, ONE_PIXEL_OFF, "edited")
    for version, region in enumerate((ONE_PIXEL_OFF, REGION)):
        ruling = Assessment("positive", region=region, provenance=Provenance("copied", active_s=0))
        adjudicate(sessions, 1, "ada", ruling, expected_version=version, reason="the better region")
        with reading(sessions) as session:
            assert session.get_one(Adjudication, 1).origin == "copied"


def test_the_seconds_of_all_saves_add_up(sessions: Sessions) -> None:
    assert rate(sessions, 1, REGION, active_s=7.5).active_s == 7.5
    assert rate(sessions, 1, REGION, version=1, active_s=2).active_s == 9.5
    assert rate(sessions, 1, REGION, version=2).active_s is None
    assert rate(sessions, 1, REGION, version=3, active_s=4).active_s is None


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf", "1e9", "86400.1", "1,5"])
def test_seconds_that_cannot_be_right_are_unknown(text: str) -> None:
    assert read_active_s(text) is None


def test_seconds_are_read(sessions: Sessions) -> None:
    assert [read_active_s(text) for text in ("0", "12.3", "86400")] == [0, 12.3, 86400]


def withhold(sessions: Sessions, share: float) -> None:
    change_project(sessions, Project(withheld_share=share), actor="ana")


def suggested(sessions: Sessions, photo: int, rater: int = BEN) -> str:
    found = photo_to_rate(sessions, photo, rater).suggestion
    assert found
    return found.region


def test_a_withheld_suggestion_reaches_no_rater_but_its_eyes_do(sessions: Sessions) -> None:
    withhold(sessions, 1)
    for rater in (ANA, BEN):
        assert suggested(sessions, 1, rater) == ""
    found = photo_to_rate(sessions, 1, BEN).suggestion
    assert found
    assert found.eyes


def test_what_is_drawn_on_a_photo_without_its_suggestion_is_drawn(sessions: Sessions) -> None:
    withhold(sessions, 1)
    rate(sessions, 1, REGION, "drawn")
    assert rate(sessions, 1, ONE_PIXEL_OFF, "edited", rater="ana").origin == "drawn"


def test_another_share_leaves_rated_photos_as_they_were(sessions: Sessions) -> None:
    withhold(sessions, 1)
    rate(sessions, 1, REGION, "drawn")
    withhold(sessions, 0)
    rate(sessions, 2, SUGGESTED, "accepted")
    assert [suggested(sessions, photo, ANA) for photo in (1, 2)] == ["", SUGGESTED]
    withhold(sessions, 1)
    assert [suggested(sessions, photo, ANA) for photo in (1, 2)] == ["", SUGGESTED]


def test_a_suggestion_that_was_shown_before_the_share_changed_counts_as_shown(
    sessions: Sessions,
) -> None:
    withhold(sessions, 1)
    assert rate(sessions, 1, SUGGESTED, "accepted").origin == "accepted"
    assert suggested(sessions, 1, ANA) == SUGGESTED


def test_a_table_says_nothing_about_withholding(sessions: Sessions, tmp_path: Path) -> None:
    table = tmp_path / "ratings.csv"
    table.write_text("file,label\n1.jpg,positive\n")
    rate_table(sessions, table, "ben")
    withhold(sessions, 1)
    assert suggested(sessions, 1, ANA) == ""


def test_about_the_share_asked_for_is_withheld() -> None:
    photos = [Photo(pixel_sha256=f"{number:064x}") for number in range(2000)]
    counts = [
        sum(is_withheld(photo, Project(withheld_share=share)) for photo in photos)
        for share in (0, 0.2, 0.5, 1)
    ]
    assert counts[0] == 0
    assert counts[1] == pytest.approx(400, abs=60)
    assert counts[2] == pytest.approx(1000, abs=90)
    assert counts[3] == 2000
    # A larger share adds photos and removes none.
    assert all(
        is_withheld(photo, Project(withheld_share=0.5))
        for photo in photos
        if is_withheld(photo, Project(withheld_share=0.2))
    )
