"""Where a photo was found is hidden from raters until they have rated the photo or opened it."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating, SourceOpening
from curator.pairs.decisions import decide_pair
from curator.photos.sources import set_source
from curator.ratings.settings import change_project, read_project
from tests.curator.browsing import JSON, Visitor, parsed, the
from tests.curator.drawing import REGION
from tests.curator.rows import pair_up

ANA, BEN = 1, 2
FACTS = {
    "original_name": "secret-name.jpg",
    "source": "#secretrash",
    "caption": "secretly my lupus",
    "post_url": "https://example.org/secret",
}
# Every page that shows a photo to somebody who may rate it.
PAGES = (
    *("/annotate/1", "/annotate/1?queue=adjudicate", "/photos/1", "/gallery?photos=1"),
    *("/duplicates", "/duplicates/verified?min_percent=0", "/duplicates/removed"),
    *("/duplicates/decisions", "/duplicates/people", "/adjudicate", "/annotate?queue=unsure"),
    "/photos/2",
)


@pytest.fixture
def secret(photos: None, sessions: Sessions) -> int:
    """Photos 1 and 2 wait as a pair, 3 is decided to be a copy of 1; return the decided pair."""
    with sessions.begin() as session:
        for photo in session.scalars(select(Photo)):
            for name, value in FACTS.items():
                setattr(photo, name, value)
    set_source(sessions, [1], "#secretrash again", actor="ada")
    _, decided = pair_up(sessions, (1, 2), (1, 3))
    decide_pair(sessions, decided, "copy", actor="ada")
    return decided


def shows(visitor: Visitor, address: str, **options: object) -> bool:
    """Tell whether an answer names a photo's source, outside the gallery's list of all sources."""
    response = visitor.get(address, follow_redirects=True, **options)
    assert response.status_code in (200, 403, 409), address
    page = parsed(response.text)
    for finder in page.select(".finder"):
        finder.decompose()
    return "secret" in str(page)


def test_no_page_shows_an_unrated_photos_source_to_a_rater(
    app: Flask, ana: Visitor, secret: int
) -> None:
    for page in (*PAGES, f"/duplicates/decisions/{secret}"):
        assert not shows(ana, page), page
    ada = Visitor(app, "ada")
    assert not shows(ada, "/annotate/1?queue=adjudicate")


@pytest.mark.usefixtures("secret")
def test_no_answer_to_a_script_shows_it(ana: Visitor) -> None:
    for address in ("/annotate/1", "/annotate/ahead?after=3&count=5"):
        assert not shows(ana, address, headers=JSON), address


@pytest.mark.usefixtures("secret")
def test_the_pictures_do_not_name_the_file(ana: Visitor) -> None:
    for picture in ("thumbnail", "display", "closeup", "redness"):
        response = ana.get(f"/photos/1/{picture}")
        assert "secret" not in str(response.headers)
        assert b"secret" not in response.data


@pytest.mark.usefixtures("secret")
def test_a_rating_or_the_study_shows_it(ana: Visitor, ben: Visitor, sessions: Sessions) -> None:
    ana.post("/annotate/1", version=0, label="unsure")
    for page in ("/annotate/1", "/photos/1", "/gallery?photos=1"):
        assert shows(ana, page), page
        assert not shows(ben, page), page
    assert not shows(ana, "/annotate/2")
    change_project(sessions, replace(read_project(sessions), show_sources=True), actor="ana")
    assert shows(ben, "/annotate/1")
    ben.post("/annotate/1", version=0, label="unsure")
    assert made(sessions, 1, BEN).source_shown


@pytest.mark.usefixtures("secret")
def test_viewers_see_it(app: Flask) -> None:
    assert shows(Visitor(app, "vera"), "/photos/1")


def made(sessions: Sessions, photo: int, rater: int) -> Rating:
    with reading(sessions) as session:
        return session.scalars(select(Rating).filter_by(photo_id=photo, rater_id=rater)).one()


@pytest.mark.usefixtures("secret")
def test_who_opens_it_sees_it_and_their_rating_says_so(
    ana: Visitor, ben: Visitor, sessions: Sessions
) -> None:
    opened = ana.post("/annotate/1/source", json=True).get_json()
    assert "#secretrash again" in opened["facts"]
    assert shows(ana, "/annotate/1")
    assert ana.get("/annotate/1", headers=JSON).get_json()["source_shown"]
    assert not shows(ben, "/annotate/1")
    ana.post("/annotate/1/source", json=True)
    for visitor in (ana, ben):
        visitor.post("/annotate/1", version=0, label="unsure")
    assert made(sessions, 1, ANA).source_shown
    assert made(sessions, 1, BEN).source_shown is False
    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(SourceOpening)) == 1
        said = select(Event.actor).where(Event.action == "source opened")
        assert session.scalars(said).all() == ["ana"]
    assert "source opened" not in ben.page("/photos/1")


@pytest.mark.usefixtures("secret")
def test_without_a_script_the_button_shows_it_on_the_same_page(ana: Visitor) -> None:
    form = the(ana.see("/annotate/1?queue=filter&show=kept"), "#show-source")
    opened = ana.post(str(form["action"]))
    assert opened.location == "/annotate/1?queue=filter&show=kept"
    assert shows(ana, opened.location)
    form = the(ana.see("/photos/2"), "#show-source")
    back = str(the(form, "[name=next]")["value"])
    assert ana.post(str(form["action"]), next=back).location == "/photos/2"
    assert shows(ana, "/photos/2")


def test_the_source_of_no_photo_cannot_be_opened(ana: Visitor) -> None:
    assert ana.post("/annotate/99/source", json=True).status_code == 404


@pytest.mark.usefixtures("secret")
def test_viewers_open_nothing(app: Flask) -> None:
    assert Visitor(app, "vera").post("/annotate/1/source").status_code == 403


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("evidence", "shown"), [("visual", False), ("hashtag", True), ("self_report", True)]
)
def test_evidence_that_rests_on_the_source_counts_as_opened(
    ana: Visitor, sessions: Sessions, evidence: str, shown: bool
) -> None:
    ana.post("/annotate/1", version=0, label="positive", evidence=evidence, region=REGION)
    assert made(sessions, 1, ANA).source_shown is shown


@pytest.mark.usefixtures("secret")
def test_evidence_that_rests_on_the_source_is_not_chosen_ahead(ana: Visitor) -> None:
    ana.post("/annotate/1", version=0, label="positive", evidence="clinician")
    ana.post("/annotate/2", version=0, label="positive", evidence="hashtag")
    assert the(ana.see("/annotate/3"), "[name=evidence][checked]")["value"] == "clinician"


@pytest.mark.usefixtures("secret")
def test_a_label_changed_after_the_rating_was_made_with_the_source(
    ana: Visitor, sessions: Sessions
) -> None:
    ana.post("/annotate/1", version=0, label="positive")
    ana.post("/annotate/1", version=1, label="positive", region=REGION)
    assert made(sessions, 1, ANA).source_shown is False
    ana.post("/annotate/1", version=2, label="negative", region=REGION)
    assert made(sessions, 1, ANA).source_shown


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("chosen", "shown"), [("source=%23secretrash+again", True), ("name=secret", True)]
)
def test_a_rating_of_a_photo_chosen_by_its_source_says_so(
    ana: Visitor, sessions: Sessions, chosen: str, shown: bool
) -> None:
    page = ana.see(f"/photos/1?{chosen}")
    form = the(ana.see(str(the(page, '[data-action="rate"]')["href"])), "#rating")
    ana.post(str(form["action"]), version=0, label="positive")
    assert made(sessions, 1, ANA).source_shown is shown


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(("seen", "shown"), [("/gallery?batch=1", True), ("/gallery", False)])
def test_photos_selected_where_their_source_is_told_say_so(
    ana: Visitor, sessions: Sessions, seen: str, shown: bool
) -> None:
    chosen = ana.get("/gallery/selection", query_string={"act": "rate", "photo": 1, "next": seen})
    form = the(ana.see(str(ana.get(chosen.location).location)), "#rating")
    ana.post(str(form["action"]), version=0, label="positive")
    assert made(sessions, 1, ANA).source_shown is shown


@pytest.mark.usefixtures("secret")
def test_a_form_cannot_unsay_the_opening(ana: Visitor, sessions: Sessions) -> None:
    ana.post("/annotate/1/source", json=True)
    ana.post("/annotate/1", version=0, label="positive", source_shown="")
    assert made(sessions, 1, ANA).source_shown


@pytest.mark.usefixtures("secret")
def test_the_forms_seconds_and_origin_are_stored(ana: Visitor, sessions: Sessions) -> None:
    for photo, seconds, origin in ((1, "12.5", "drawn"), (2, "-3", "imported")):
        said = {"label": "positive", "region": REGION, "active_s": seconds, "origin": origin}
        ana.post(f"/annotate/{photo}", json=False, version=0, **said)
    first, second = made(sessions, 1, ANA), made(sessions, 2, ANA)
    assert (first.active_s, first.origin) == (12.5, "drawn")
    assert (second.active_s, second.origin) == (None, "drawn")
    assert the(ana.see("/annotate/1"), "[name=origin]")["value"] == "drawn"
