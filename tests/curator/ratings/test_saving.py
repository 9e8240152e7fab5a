"""Ratings: versioned, checked, imported from tables whole or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from curator.base.accounts import set_disabled
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, NotAllowed, NotFound, RegionReachesEyes, StaleRating
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating, Suggestion
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.photos import photo_to_rate
from curator.ratings.assessments import Assessment
from curator.ratings.claims import show_next_photos
from curator.ratings.entries import TableResult
from curator.ratings.queues import Queue
from curator.ratings.saving import save_rating
from curator.ratings.table import rate_table
from tests.curator.drawing import REGION

BEN = 2
ENTRY = Assessment("positive", {"sex": "female"}, REGION, note="clear")


@pytest.fixture
def rated(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    save("sub/c.jpg", 3)
    (save("x.jpg", 4)).write_text("junk")
    import_all()


def count(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return session.scalar(select(func.count(Rating.id))) or 0


@pytest.mark.usefixtures("rated")
def test_a_rating_is_saved_and_shown_only_to_its_rater(sessions: Sessions) -> None:
    saved = save_rating(sessions, 1, "ben", ENTRY, expected_version=0)
    assert saved.version == 1
    assert photo_to_rate(sessions, 1, BEN).own == ENTRY
    assert photo_to_rate(sessions, 1, 1).own is None


@pytest.mark.usefixtures("rated")
def test_a_stale_save_is_refused_and_changes_nothing(sessions: Sessions) -> None:
    save_rating(sessions, 1, "ben", ENTRY, expected_version=0)
    save_rating(sessions, 1, "ben", Assessment("negative"), expected_version=1)
    with pytest.raises(StaleRating):
        save_rating(sessions, 1, "ben", Assessment("unsure"), expected_version=1)
    own = photo_to_rate(sessions, 1, BEN)
    assert own.own == Assessment("negative")
    assert own.version == 2


@pytest.mark.usefixtures("rated")
def test_each_save_is_an_event_with_before_and_after(sessions: Sessions) -> None:
    save_rating(sessions, 1, "ben", ENTRY, expected_version=0)
    save_rating(sessions, 1, "ben", Assessment("unsure"), expected_version=1)
    with reading(sessions) as session:
        first, second = session.scalars(select(Event).where(Event.action == "rating saved"))
        assert first.before is None
        assert first.after == second.before
        assert second.after is not None
        assert second.after["label"] == "unsure"


@pytest.mark.usefixtures("rated")
@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (Assessment("yes"), "label is 'yes'; use positive, negative, unsure"),
        (Assessment("positive", {"sex": "f"}), "sex is 'f'"),
        (Assessment("positive", {"evidence": "guess"}), "evidence is 'guess'"),
        (Assessment("positive", region="0,0 1,1"), "3 to 200 points"),
    ],
)
def test_an_invalid_value_is_refused(sessions: Sessions, entry: Assessment, complaint: str) -> None:
    with pytest.raises(InputInvalid, match=complaint):
        save_rating(sessions, 1, "ben", entry, expected_version=0)
    assert count(sessions) == 0


@pytest.mark.usefixtures("rated")
def test_accounts_that_may_not_rate_are_refused(sessions: Sessions) -> None:
    set_disabled(sessions, "ben", True, actor="ana")
    for name in ("vera", "ben"):
        with pytest.raises(NotAllowed):
            save_rating(sessions, 1, name, ENTRY, expected_version=0)
    with pytest.raises(NotFound, match="user add zoe"):
        save_rating(sessions, 1, "zoe", ENTRY, expected_version=0)
    with pytest.raises(NotFound):
        save_rating(sessions, 99, "ana", ENTRY, expected_version=0)


def import_table(
    sessions: Sessions, tmp_path: Path, text: str, skip_bad: bool = False
) -> TableResult:
    table = tmp_path / "ratings.csv"
    table.write_text(text)
    return rate_table(sessions, table, "ben", skip_bad=skip_bad)


@pytest.mark.usefixtures("rated")
def test_a_table_is_imported_and_importing_it_again_changes_nothing(
    sessions: Sessions, tmp_path: Path
) -> None:
    text = (
        "file,label,sex,person,evidence,region\n"
        'a.jpg,positive,female,P1,clinician,"48,48 112,48 96,84 64,84"\n'
        "b.jpg,negative,male,P1,,\n"
        "sub/c.jpg,unsure,,,,\n"
    )
    first = import_table(sessions, tmp_path, text)
    assert (first.rows, first.saved, first.unchanged, first.bad) == (3, 3, 0, ())
    assert photo_to_rate(sessions, 1, BEN).own == Assessment(
        "positive", {"sex": "female", "evidence": "clinician"}, REGION
    )
    again = import_table(sessions, tmp_path, text)
    assert (again.saved, again.unchanged) == (0, 3)
    with reading(sessions) as session:
        persons = {p.original_name: p.person_id for p in session.scalars(select(Photo))}
    assert persons["a.jpg"] == persons["b.jpg"] is not None
    assert persons["sub/c.jpg"] is None


BAD = (
    "file,label,region\n"
    "a.jpg,positive,\n"
    "a.jpg,negative,\n"
    "nowhere.jpg,positive,\n"
    "x.jpg,positive,\n"
    "b.jpg,maybe,\n"
    'c.jpg,positive,"0,0 900,0 0,900"\n'
)


@pytest.mark.usefixtures("rated")
def test_bad_rows_are_listed_and_nothing_is_written(sessions: Sessions, tmp_path: Path) -> None:
    result = import_table(sessions, tmp_path, BAD)
    assert result.saved == count(sessions) == 0
    assert [row.line for row in result.bad] == [3, 4, 5, 6, 7]
    for row, part in zip(
        result.bad,
        [
            "already rated on line 2",
            "import it first",
            "was rejected",
            "'maybe'",
            "outside the photo",
        ],
        strict=True,
    ):
        assert part in row.reason


@pytest.mark.usefixtures("rated")
def test_with_skip_bad_the_valid_rows_are_imported(sessions: Sessions, tmp_path: Path) -> None:
    result = import_table(sessions, tmp_path, BAD, skip_bad=True)
    assert (result.saved, len(result.bad), count(sessions)) == (1, 5, 1)


@pytest.mark.usefixtures("rated")
def test_a_name_shared_by_two_photos_needs_its_path(
    sessions: Sessions,
    tmp_path: Path,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    save("other/c.jpg", 9)
    import_all()
    result = import_table(sessions, tmp_path, "file,label\nc.jpg,positive\nother/c.jpg,positive\n")
    assert [(row.line, row.reason.split(" (")[0]) for row in result.bad] == [
        (2, "2 photos are named c.jpg")
    ]


@pytest.mark.usefixtures("rated")
def test_an_excluded_photo_is_not_offered_until_included_again(sessions: Sessions) -> None:
    exclude_photo(sessions, 1, "two faces", actor="ben")
    assert show_next_photos(sessions, BEN, Queue()) == (2,)
    assert photo_to_rate(sessions, 1, BEN).excluded_reason == "two faces"
    exclude_photo(sessions, 1, "", actor="ben")
    assert show_next_photos(sessions, BEN, Queue(), after=2, count=3) == (1, 3, 2)


@pytest.mark.usefixtures("rated")
def test_the_next_photo_is_unrated_and_a_skipped_one_comes_last(sessions: Sessions) -> None:
    assert show_next_photos(sessions, BEN, Queue(), count=2) == (1, 2)
    assert show_next_photos(sessions, BEN, Queue(), after=2, count=3) == (3, 1, 2)
    save_rating(sessions, 1, "ben", ENTRY, expected_version=0)
    save_rating(sessions, 3, "ben", ENTRY, expected_version=0)
    assert show_next_photos(sessions, BEN, Queue(), after=2, count=3) == (2,)
    save_rating(sessions, 2, "ben", ENTRY, expected_version=0)
    assert show_next_photos(sessions, BEN, Queue(), after=2) == ()


def test_a_region_over_the_eyes_is_refused_unless_the_rater_insists(
    sessions: Sessions, import_all: Callable[..., ImportResult], save: Callable[..., Path]
) -> None:
    save("a.jpg", 1)
    import_all()
    with sessions.begin() as session:
        session.add(Suggestion(photo_id=1, recipe=1, faces=1, eyes="0.4,0.5 0.6,0.5"))
    with pytest.raises(RegionReachesEyes, match="draw it below them"):
        save_rating(sessions, 1, "ana", Assessment("positive", region=REGION), expected_version=0)
    insisting = Assessment("positive", region=REGION, over_eyes=True)
    assert save_rating(sessions, 1, "ana", insisting, expected_version=0).assessment.over_eyes
    below = Assessment("positive", region="0.4,0.6 0.6,0.6 0.5,0.9", over_eyes=True)
    assert not save_rating(sessions, 1, "ana", below, expected_version=1).assessment.over_eyes


def test_a_table_may_import_a_region_over_the_eyes_and_this_is_recorded(
    sessions: Sessions,
    tmp_path: Path,
    import_all: Callable[..., ImportResult],
    save: Callable[..., Path],
) -> None:
    save("a.jpg", 1)
    import_all()
    with sessions.begin() as session:
        session.add(Suggestion(photo_id=1, recipe=1, faces=1, eyes="0.4,0.2 0.6,0.2"))
        photo = session.get_one(Photo, 1)
        right, upper, lower = photo.width_px, photo.height_px // 10, photo.height_px // 2
    over = f'file,label,region\na.jpg,positive,"0,{upper} {right},{upper} {right},{lower}"\n'
    below = f'file,label,region\na.jpg,positive,"0,{lower} {right},{lower} 0,{2 * lower}"\n'
    for table, insists in ((over, True), (below, False)):
        assert import_table(sessions, tmp_path, table).saved == 1
        own = photo_to_rate(sessions, 1, BEN).own
        assert own
        assert own.over_eyes == insists
        assert import_table(sessions, tmp_path, table).unchanged == 1


@pytest.mark.usefixtures("rated")
def test_a_change_without_effect_records_no_event(sessions: Sessions) -> None:
    for reason in ("", "two faces", " two faces ", "", ""):
        exclude_photo(sessions, 1, reason, actor="ben")
    about = select(Event.action).where(Event.subject == "photo", Event.subject_id == 1)
    with reading(sessions) as session:
        told = [action for action in session.scalars(about) if action != "photo added"]
    assert told == ["photo excluded", "photo taken back in"]
