"""The overview: its figures are current, and its links lead to where a photo is unblocked."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from curator.base.accounts import set_disabled
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo
from curator.base.models.ratings import FirstWord
from curator.base.models.users import User
from curator.copies.search import find_pairs
from curator.exports.eligible import EligiblePhotos, eligible_photos
from curator.pairs.decisions import accept_verified
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult, import_upload, open_batch
from curator.queries import overview
from curator.queries.overview import agreement_over_time, collection_status, progress_of_raters
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos
from curator.ratings.filter import Filter
from curator.ratings.queues import Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.web import dashboard
from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION, draw

POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
NEGATIVE = Assessment("negative", {"sex": "male", "evidence": "clinician"}, REGION)
UNSURE = Assessment("unsure")
REGIONLESS = Assessment("positive", {"sex": "female"})
PHOTOS = 6


@pytest.fixture(autouse=True)
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    for seed in range(1, PHOTOS + 1):
        save(f"{seed}.png", seed)
    import_all(source="#drawn")


def rate(sessions: Sessions, photo: int, rater: str, entry: Assessment, version: int = 0) -> None:
    save_rating(sessions, photo, rater, entry, expected_version=version)


def blocking(page: str) -> list[tuple[str, int, str]]:
    """Read reason, count and address from the table of blockers."""
    table = page.split('<table class="counts blockers">')[1].split("</table>")[0]
    row = re.compile(r'<th scope="row">([^<]+)</th><td>(\d+)</td>\s*<td>(?:<a href="([^"]+)")?')
    return [
        (reason, int(count), address.replace("&amp;", "&"))
        for reason, count, address in row.findall(table)
    ]


def step(page: str, title: str) -> str:
    """Return the card of a step on the page."""
    return next(card for card in page.split('<li class="card step')[1:] if f"<h3>{title}" in card)


def test_figures_are_computed_once_until_something_changes(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[Session] = []

    def counted(session: Session) -> EligiblePhotos:
        computed.append(session)
        return eligible_photos(session)

    monkeypatch.setattr(overview, "eligible_photos", counted)
    for _ in range(3):
        assert collection_status(sessions).left_out == {"no_rating": PHOTOS}
    assert len(computed) == 1
    rate(sessions, 1, "ben", POSITIVE)
    for _ in range(3):
        assert collection_status(sessions).ready == {("positive", "female"): 1}
    assert len(computed) == 2


def rate_one(sessions: Sessions, _config: Config) -> None:
    rate(sessions, 1, "ben", POSITIVE)


def rate_anew(sessions: Sessions, _config: Config) -> None:
    rate(sessions, 2, "ben", NEGATIVE, version=1)


def ask_for_two(sessions: Sessions, _config: Config) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")


def exclude(sessions: Sessions, _config: Config) -> None:
    exclude_photo(sessions, 3, "no face", actor="ben")


def reject(sessions: Sessions, config: Config) -> None:
    batch = open_batch(sessions, source="", collector="", actor="ben")
    collection_status(sessions)  # so that the file alone makes the difference
    import_upload(sessions, config, batch, "x.jpg", b"no photo", actor="ben")


def add_copy(sessions: Sessions, config: Config) -> None:
    path = config.instance / "copy.jpg"
    draw(1).save(path, quality=70)
    batch = open_batch(sessions, source="", collector="", actor="ben")
    import_upload(sessions, config, batch, "copy.jpg", path.read_bytes(), actor="ben")


CHANGES = (rate_one, rate_anew, ask_for_two, exclude, reject, add_copy)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_figures_are_never_stale(
    sessions: Sessions, config: Config, change: Callable[[Sessions, Config], None]
) -> None:
    rate(sessions, 2, "ben", POSITIVE)
    before = collection_status(sessions)
    change(sessions, config)
    after = collection_status(sessions)
    with sessions() as session:
        assert after == collection_status.__wrapped__(session)  # type: ignore[attr-defined]
    assert after != before


def test_figures_follow_pairs_that_have_no_event(sessions: Sessions, config: Config) -> None:
    add_copy(sessions, config)
    assert collection_status(sessions).undecided_pairs == 1
    with sessions.begin() as session:
        session.delete(session.scalars(select(DuplicatePair)).one())
    assert collection_status(sessions).undecided_pairs == 0
    find_pairs(sessions, config, config.dedup_radius_bits, rescan=True)
    assert collection_status(sessions).undecided_pairs == 1
    accept_verified(sessions, actor="ana")
    assert collection_status(sessions).undecided_pairs == 0


@pytest.mark.usefixtures("plain_study")
def test_ready_photos_are_counted_by_source_and_evidence(sessions: Sessions, app: Flask) -> None:
    rate(sessions, 1, "ben", POSITIVE)
    rate(sessions, 2, "ben", NEGATIVE)
    with sessions.begin() as session:
        session.execute(update(Photo).where(Photo.id == 2).values(source="#other"))
    rate(sessions, 3, "ben", NEGATIVE)
    status = collection_status(sessions)
    assert status.ready_by_source == {
        ("#drawn", "positive"): 1,
        ("#drawn", "negative"): 1,
        ("#other", "negative"): 1,
    }
    assert status.ready_by_attribute == {
        "evidence": {("visual", "positive"): 1, ("clinician", "negative"): 2}
    }
    page = Visitor(app, "vera").page("/")
    assert "#drawn" not in page  # three photos: to split them by label would tell single words
    assert "#other" not in page


@pytest.mark.parametrize(
    ("counted", "shown", "together"),
    [
        ({"a": 30, "b": 20}, ["a", "b"], []),
        ({"a": 20, "b": 30, "c": 9, "d": 1}, ["b", "a"], ["c", "d"]),
        ({"a": 30, "b": 20, "c": 1}, ["a"], ["b", "c"]),  # all but c would tell c
        ({"a": 30, "b": 1}, [], ["a", "b"]),
        ({}, [], []),
    ],
)
def test_sources_of_few_photos_are_counted_together(
    counted: dict[str, int], shown: list[str], together: list[str]
) -> None:
    rows = dashboard.rows_by_source({(name, "positive"): n for name, n in counted.items()})
    assert [[name for name, *_ in part] for part in rows] == [shown, together]


def test_progress_counts_photos_that_have_all_their_ratings(sessions: Sessions, app: Flask) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    exclude_photo(sessions, 6, "no face", actor="ben")
    rate(sessions, 1, "ben", POSITIVE)
    rate(sessions, 2, "ben", POSITIVE)
    rate(sessions, 2, "carl", NEGATIVE)
    status = collection_status(sessions)
    assert (status.to_rate, status.fully_rated) == (5, 1)
    assert "1 of 5 photos to rate have the 2 ratings they need" in Visitor(app, "vera").page("/")
    rated = {rater.name: rater.rated for rater in progress_of_raters(sessions)}
    assert rated == {"ana": 0, "ada": 0, "ben": 2, "carl": 1}  # vera rates nothing


def test_the_number_of_photos_to_rate_is_that_of_the_queue(sessions: Sessions, app: Flask) -> None:
    for photo in range(1, PHOTOS):
        rate(sessions, photo, "ben", POSITIVE)
    left = re.compile(r"Continue, (\d+) left")
    assert left.findall(Visitor(app, "carl").page("/")) == ["1"]
    assert left.findall(Visitor(app, "ben").page("/")) == ["1"]
    change_project(sessions, Project(raters_needed=2), actor="ana")
    assert left.findall(Visitor(app, "carl").page("/")) == [str(PHOTOS)]


def test_raters_who_stopped_stay_in_the_table(sessions: Sessions) -> None:
    rate(sessions, 1, "ben", POSITIVE)
    for name in ("ben", "carl"):
        set_disabled(sessions, name, True, actor="ana")
    names = {rater.name for rater in progress_of_raters(sessions)}
    assert "ben" in names
    assert "carl" not in names


def test_the_largest_blockers_come_first_and_intended_ones_last(
    sessions: Sessions, app: Flask
) -> None:
    for photo in (1, 2):
        rate(sessions, photo, "ben", UNSURE)
    rate(sessions, 3, "ben", REGIONLESS)
    for photo in (4, 5, 6):
        exclude_photo(sessions, photo, "no face", actor="ben")
    assert blocking(Visitor(app, "ben").page("/overview")) == [
        ("Marked unsure", 2, "/annotate?queue=unsure"),
        ("No face region drawn", 1, "/annotate?queue=filter&show=no_region"),
        ("Excluded by a rater", 3, "/gallery?show=excluded"),
    ]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ben", "/annotate?queue=disagreements"),
        ("ada", "/annotate?queue=adjudicate"),
        ("ana", "/annotate?queue=adjudicate"),
        ("vera", ""),
    ],
)
def test_a_disagreement_links_each_role_to_what_it_can_do(
    sessions: Sessions, app: Flask, name: str, address: str
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    rate(sessions, 1, "ben", POSITIVE)
    rate(sessions, 1, "carl", NEGATIVE)
    rows = blocking(Visitor(app, name).get("/overview", follow_redirects=True).text)
    assert ("Raters disagree on the label", 1, address) in rows
    adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)
    rows = blocking(Visitor(app, name).get("/overview", follow_redirects=True).text)
    assert "Raters disagree on the label" not in {reason for reason, *_ in rows}


def test_only_photos_that_still_need_a_rating_are_counted_as_waiting(
    sessions: Sessions, app: Flask
) -> None:
    for photo in range(1, PHOTOS):
        rate(sessions, photo, "ben", POSITIVE)
    assert '<p class="figure">1</p>' in step(Visitor(app, "ana").page("/"), "Rate photos")
    rate(sessions, PHOTOS, "ben", POSITIVE)
    assert "Nothing is waiting." in step(Visitor(app, "ana").page("/"), "Rate photos")


def test_a_rater_is_told_of_photos_claimed_by_others(sessions: Sessions, app: Flask) -> None:
    ana, ben = Visitor(app, "ana"), Visitor(app, "ben")
    ben.page(f"/annotate/ahead?count={PHOTOS - 1}")
    rate(sessions, PHOTOS, "ana", POSITIVE)
    page = ana.page("/annotate")
    assert "5 photos are with other raters" in page
    assert "All rated" not in page
    for photo in range(1, PHOTOS):
        rate(sessions, photo, "ben", POSITIVE)
    assert "All rated" in ana.page("/annotate")


def test_the_queue_of_missing_regions_contains_only_ones_own(sessions: Sessions) -> None:
    rate(sessions, 1, "ben", REGIONLESS)
    rate(sessions, 2, "ben", POSITIVE)
    rate(sessions, 3, "ben", UNSURE)
    rate(sessions, 4, "carl", REGIONLESS)
    with sessions() as session:
        ben = session.scalar(select(User.id).where(User.name == "ben"))
    assert ben
    queue = Queue("filter", filter=Filter(show="no_region"))
    assert claim_next_photos(sessions, ben, queue, count=PHOTOS) == (1,)


def test_agreement_is_shown_from_ten_shared_photos(
    sessions: Sessions,
    app: Flask,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    for seed in range(PHOTOS + 1, 26):
        save(f"{seed}.png", seed)
    import_all()
    for photo in range(1, 10):
        rate(sessions, photo, "ben", POSITIVE)
        rate(sessions, photo, "carl", POSITIVE)
    rate(sessions, 10, "ben", POSITIVE)  # by one rater alone: not shared
    assert agreement_over_time(sessions) == ()
    assert "Agreement over time" not in Visitor(app, "vera").page("/")
    rate(sessions, 10, "carl", NEGATIVE)
    [part] = agreement_over_time(sessions)
    assert (part.photos, part.agreed, part.share) == (10, 9, 0.9)
    assert "90%" in Visitor(app, "vera").page("/")
    exclude_photo(sessions, 10, "no face", actor="ben")
    assert agreement_over_time(sessions) == ()


def test_agreement_is_ordered_by_when_each_photo_had_its_words(
    sessions: Sessions, save: Callable[..., Path], import_all: Callable[..., ImportResult]
) -> None:
    for seed in range(PHOTOS + 1, 26):
        save(f"{seed}.png", seed)
    import_all()
    for photo in range(1, 26):
        rate(sessions, photo, "ben", POSITIVE)
    start = datetime(2026, 1, 1)
    for photo in range(1, 26):  # the later photos were rated first, and not agreed on
        rate(sessions, photo, "carl", POSITIVE if photo <= 13 else NEGATIVE)
        with sessions.begin() as session:
            session.execute(
                update(FirstWord)
                .where(FirstWord.photo_id == photo)
                .values(saved_at=start + timedelta(days=30 - photo))
            )
    first, second = agreement_over_time(sessions)
    assert (first.photos, first.agreed) == (13, 1)
    assert (second.photos, second.agreed) == (12, 12)
    assert first.until == start + timedelta(days=17)
    assert second.until == start + timedelta(days=29)


def test_an_empty_collection_says_how_to_start(app: Flask, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(delete(Photo))
    page = Visitor(app, "vera").page("/")
    assert "The collection is empty" in page
    assert "Agreement over time" not in page
