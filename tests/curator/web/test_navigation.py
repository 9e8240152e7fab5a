"""The first page and the bar, by role: an annotator's own work, and the study under one menu."""

import pytest
from flask import Flask

from curator.base.db import Sessions
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos
from curator.ratings.queues import Queue
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from tests.curator.browsing import Visitor, numbers, parsed, the, words
from tests.curator.drawing import REGION
from tests.curator.rows import add_photos, pair_up

CONTINUE = ".continue a.primary"
ADMINS = {"/labelstudio", "/admin"}
ENGINEERS = ("/exports", "/runs", "/agreement", *ADMINS)
EMPTY = (
    *("/gallery", "/gallery?show=excluded", "/duplicates", "/duplicates/people", "/adjudicate"),
    *("/adjudicate?show=settled", "/annotate", "/annotate?queue=unsure", "/agreement", "/exports"),
    *("/runs", "/duplicates/decisions", "/duplicates/removed", "/duplicates/people/codes"),
    "/duplicates/verified",
)


@pytest.fixture
def rows(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add_photos(session, 3)


def rate(sessions: Sessions, rater: str, photo: int, label: str = "positive") -> None:
    said = Assessment(label, {"sex": "female"}, REGION)
    save_rating(sessions, photo, rater, said, expected_version=0)


def addresses(page: str, part: str, visitor: Visitor) -> list[str]:
    return [str(link["href"]) for link in visitor.see(page).select(f"{part} a")]


@pytest.mark.usefixtures("rows")
def test_an_annotator_starts_with_how_many_photos_are_left(
    ben: Visitor, sessions: Sessions
) -> None:
    assert words(the(ben.see("/"), CONTINUE)) == "Continue, 3 left"
    rate(sessions, "ben", 1)
    page = ben.see("/")
    link = the(page, CONTINUE)
    assert (words(link), link["href"]) == ("Continue, 2 left", "/annotate")
    assert numbers(the(page, ".continue .meter")) == [1, 3]
    rate(sessions, "ben", 2)
    assert words(the(ben.see("/"), CONTINUE)) == "Continue, 1 left"


@pytest.mark.usefixtures("rows")
def test_what_is_left_is_counted_as_the_queue_counts_it(ben: Visitor, sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=1), actor="ana")
    rate(sessions, "carl", 1)  # needs no other rater
    claim_next_photos(sessions, 5, Queue(), count=1)
    left = ben.get("/annotate/counts", headers={"Accept": "application/json"}).get_json()["left"]
    assert left == 1
    assert words(the(ben.see("/"), CONTINUE)) == "Continue, 1 left"


@pytest.mark.usefixtures("rows")
def test_an_annotators_first_page_says_nothing_of_the_study(ben: Visitor) -> None:
    main = the(ben.see("/"), "main")
    assert not main.select("table")
    linked = {str(link["href"]) for link in main.select("a")}
    assert not linked & {*ENGINEERS, "/overview"}
    assert "paper" not in words(main)


@pytest.mark.usefixtures("rows")
def test_one_who_has_rated_all_is_led_on(ben: Visitor, sessions: Sessions) -> None:
    for photo in (1, 2, 3):
        rate(sessions, "ben", photo)
    page = ben.see("/")
    assert the(page, CONTINUE)["href"] == "/gallery?show=rated"
    pair_up(sessions, (1, 2))
    page = ben.see("/")
    assert not page.select(CONTINUE)
    assert the(page, "main a.primary")["href"] == "/duplicates"


@pytest.mark.usefixtures("rows")
def test_photos_with_other_raters_are_not_called_rated(ben: Visitor, sessions: Sessions) -> None:
    claim_next_photos(sessions, 5, Queue(), count=3)
    page = ben.see("/")
    assert numbers(the(page, ".continue h2 + p")) == [3, 15]
    assert numbers(the(page, ".continue .meter")) == [0, 0]


def test_before_there_is_a_photo_an_annotator_is_led_to_the_inbox(ben: Visitor) -> None:
    assert the(ben.see("/"), "#nothing a.primary")["href"] == "/inbox"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", ["ana", "ada", "vera"])
def test_all_others_start_with_the_studys_overview(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    assert the(visitor.see("/"), "#blockers")
    assert visitor.get("/overview").location == "/"


@pytest.mark.usefixtures("rows")
def test_an_annotator_finds_the_overview_in_the_menu(ben: Visitor) -> None:
    assert "/overview" in addresses("/", ".study", ben)
    page = ben.see("/overview")
    assert the(page, "#blockers")
    assert the(page, ".study [aria-current]")["href"] == "/overview"


@pytest.mark.parametrize("name", ["ana", "ada", "ben", "vera"])
def test_the_engineers_pages_are_under_the_menu_alone(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    assert not {*addresses("/", ".top nav", visitor)} & {*ENGINEERS}
    menu = addresses("/", ".study", visitor)
    assert {*menu} - {"/overview"} == {*ENGINEERS} - (ADMINS if name != "ana" else set())
    assert all(visitor.get(address).status_code == 200 for address in menu)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("name", "rules"), [("ana", True), ("ada", True), ("ben", False)])
def test_who_rules_sees_how_many_disagreements_wait(
    app: Flask, sessions: Sessions, name: str, rules: bool
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    rate(sessions, "ben", 1, "positive")
    rate(sessions, "carl", 1, "negative")
    steps = Visitor(app, name).see("/").select(".step:has(a[href='/adjudicate'])")
    assert [numbers(step)[0] for step in steps] == ([1] if rules else [])


@pytest.mark.parametrize("has_photos", [False, True])
@pytest.mark.parametrize("name", ["ana", "ada", "ben", "vera"])
def test_an_empty_page_offers_one_step_that_leads_on(
    app: Flask, sessions: Sessions, name: str, has_photos: bool
) -> None:
    if has_photos:
        with sessions.begin() as session:
            add_photos(session, 2)
        for photo in (1, 2):
            rate(sessions, "ben", photo)
    visitor = Visitor(app, name)
    for address in EMPTY:
        answer = visitor.get(address)
        page = parsed(answer.text)
        for nothing in page.select("#nothing"):
            assert the(nothing, "svg.drawing")
            steps = [str(link["href"]) for link in nothing.select("a.primary")]
            has_form = bool(page.select("#new-export"))
            assert len(steps) == (0 if has_form or (name == "vera" and not has_photos) else 1), (
                address
            )
            for step in steps:
                assert not visitor.see(step).select("main > #nothing"), (address, step)
