"""Agreement over the ratings in the database."""

from dataclasses import asdict

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.events import Action, record
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, FirstWord, Rating
from curator.queries.agreement import SourceUse, agreement_of_raters, source_use
from tests.curator.drawing import REGION
from tests.curator.rows import add_photos, add_ratings

PHOTOS = 24


@pytest.fixture
def ids(sessions: Sessions) -> dict[str, int]:
    return {name: account_named(sessions, name).id for name in ("ana", "ben", "carl")}


@pytest.fixture
def rated(sessions: Sessions, ids: dict[str, int]) -> None:
    """24 photos: ana and ben differ on every third; carl rated nine like ana."""
    with sessions.begin() as session:
        add_photos(session, PHOTOS)
        add_ratings(session, rows(ids))


def rows(ids: dict[str, int]) -> list[dict[str, object]]:
    def row(name: str, photo: int, label: str, sex: str = "female") -> dict[str, object]:
        said = {"label": label, "sex": sex, "evidence": "visual", "region": REGION}
        return {"photo_id": photo, "rater_id": ids[name], **said}

    found = []
    for photo in range(1, PHOTOS + 1):
        label = "positive" if photo % 2 else "negative"
        found.append(row("ana", photo, label))
        found.append(row("ben", photo, label if photo % 3 else "unsure", "unknown"))
        if photo < 10:
            found.append(row("carl", photo, label))
    return found


def note_change(session: Session) -> None:
    """Record an event, as every service does, to invalidate what was computed before."""
    record(session, "test", Action.PROJECT_CHANGED, "project", 0)


@pytest.mark.usefixtures("rated")
def test_raters_are_compared_on_the_photos_they_share(sessions: Sessions) -> None:
    report = agreement_of_raters(sessions)
    pairs = {(one.first, one.second): one for one in report.pairs}
    assert {names: one.photos for names, one in pairs.items()} == {
        ("ana", "ben"): 24,
        ("ana", "carl"): 9,
        ("ben", "carl"): 9,
    }
    both = pairs["ana", "ben"]
    assert both.label.share.value == pytest.approx(2 / 3)
    assert both.label.table == ((8, 0, 4), (0, 8, 4), (0, 0, 0))
    assert both.regions.mean.value == pytest.approx(1)
    assert report.photos == 24


@pytest.mark.usefixtures("rated")
def test_an_unknown_sex_is_not_compared(sessions: Sessions) -> None:
    both = agreement_of_raters(sessions).pairs[0]
    assert both.attributes["sex"].share.photos == 0
    assert both.attributes["sex"].share.problem == "no photos in common"


@pytest.mark.usefixtures("rated")
def test_rulings_copies_and_excluded_photos_are_left_out(
    sessions: Sessions, ids: dict[str, int]
) -> None:
    before = asdict(agreement_of_raters(sessions))
    ruling = {"label": "unsure", "sex": "male", "evidence": "visual"}
    with sessions.begin() as session:
        for photo in range(1, PHOTOS + 1):
            of = {"photo_id": photo, "counts_on_id": photo}
            session.add(Adjudication(adjudicator_id=ids["carl"], **of, **ruling))
        note_change(session)
    assert asdict(agreement_of_raters(sessions)) == before
    with sessions.begin() as session:
        session.get_one(Photo, 1).excluded_reason = "no face"
        session.get_one(Photo, 2).copy_of_id = 3
        note_change(session)
    assert agreement_of_raters(sessions).photos == 22


@pytest.mark.usefixtures("rated")
def test_photos_of_one_person_widen_the_interval(sessions: Sessions) -> None:
    def width() -> float:
        share = agreement_of_raters(sessions).pairs[0].label.share
        assert share.low is not None
        assert share.high is not None
        return share.high - share.low

    alone = width()
    with sessions.begin() as session:
        # Six authors, of whom two hold all photos that are disputed.
        for photo in range(1, PHOTOS + 1):
            session.get_one(Photo, photo).author_key = f"{photo % 6}"
        note_change(session)
    assert width() > alone


def test_without_ratings_there_is_nothing_to_compare(sessions: Sessions) -> None:
    report = agreement_of_raters(sessions)
    assert (report.photos, report.pairs, report.raters) == (0, (), ())


@pytest.mark.usefixtures("rated")
def test_photos_on_which_two_raters_accepted_the_suggestion_are_only_counted(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        session.execute(update(FirstWord).values(origin="drawn"))
        session.execute(update(FirstWord).where(FirstWord.photo_id <= 12).values(origin="accepted"))
        note_change(session)
    report = agreement_of_raters(sessions)
    assert report.regions.both_accepted == 12
    assert report.regions.mean.photos == 12
    by_kind = {kind: one.mean.photos for kind, one in report.regions_by_origin.items()}
    assert by_kind == {"by_hand": 12, "edited": 0, "one_accepted": 0, "not_recorded": 0}


@pytest.mark.usefixtures("rated")
def test_ratings_are_counted_by_whether_the_source_was_shown(
    sessions: Sessions, ids: dict[str, int]
) -> None:
    with sessions.begin() as session:
        of_ana = update(Rating).where(Rating.rater_id == ids["ana"])
        session.execute(of_ana.values(source_shown=True))
        session.execute(of_ana.where(Rating.photo_id < 5).values(evidence="hashtag"))
        of_carl = update(Rating).where(Rating.rater_id == ids["carl"])
        session.execute(of_carl.values(source_shown=False))
        session.get_one(Photo, 24).excluded_reason = "no face"
        note_change(session)
    assert source_use(sessions) == SourceUse(
        ratings=55, shown=23, hidden=9, not_recorded=23, by_sight_shown=19
    )
