"""Questions before a change, without JavaScript and as scripts get them."""

from typing import Any

import pytest
from bs4 import Tag

from curator.base.db import Sessions
from curator.base.models.photos import Photo
from curator.queries.pairs import pairs
from tests.curator.browsing import Visitor, numbers, parsed, the, words

WITHDRAWN = "withdrawn by the person"


def answer(visitor: Visitor, page: Tag) -> str:
    """Send the question's form; return where it leads."""
    form = the(page, ".question form")
    fields: dict[str, Any] = {}
    for field in form.select("input[name]"):
        fields.setdefault(str(field["name"]), []).append(str(field["value"]))
    fields.pop("csrf_token")
    response = visitor.post(str(form["action"]), **fields)
    assert response.status_code == 303, response.text
    return str(response.location)


@pytest.fixture
def copies(photos: None, ana: Visitor, sessions: Sessions) -> None:
    """Photo 2 is a copy of photo 1; ben, who took them, took photo 3 as well."""
    [pair] = pairs(sessions)
    ana.post("/duplicates/decide", shown=pair.id, decision="copy")
    with sessions.begin() as session:
        for photo in (1, 3):
            session.get_one(Photo, photo).author_key = "k"


@pytest.mark.usefixtures("copies")
def test_the_photos_of_the_person_are_shown_before_they_are_excluded(ana: Visitor) -> None:
    asked = ana.post("/annotate/1/exclude?queue=unsure", reason=WITHDRAWN)
    assert asked.status_code == 409
    page = parsed(asked.text)
    assert numbers(the(page, "h2")) == [2]
    assert [image["src"] for image in page.select(".strip img")] == [
        "/photos/1/thumbnail",
        "/photos/2/thumbnail",
    ]
    assert the(page, "#related a")["href"] == "/gallery?photos=3"
    assert the(page, "[data-action=cancel]")["href"] == "/annotate/1?queue=unsure"
    assert not ana.see("/gallery?show=excluded").select(".tile")
    assert answer(ana, page) == "/annotate?after=1&queue=unsure"
    assert len(ana.see("/gallery?show=excluded").select(".tile")) == 2


@pytest.mark.usefixtures("copies")
def test_a_photo_excluded_with_another_says_so_and_leads_back(ana: Visitor) -> None:
    ana.post("/annotate/2/exclude", reason=WITHDRAWN, confirmed=1)
    told = the(ana.see("/annotate/1"), "#notices .warning")
    assert WITHDRAWN in words(told)
    assert the(told, "a")["href"] == "/annotate/2"
    assert numbers(the(ana.see("/photos/1"), "#why-excluded")) == [2]
    tiles = ana.see("/gallery?show=excluded").select(".tile")
    assert [numbers(tile.select(".badge")[-1]) for tile in tiles] == [[2], []]
    ana.post(str(the(told, "form")["action"]), reason="")
    assert the(ana.see("/gallery?show=excluded"), "#nothing")


@pytest.mark.usefixtures("copies")
def test_photos_excluded_in_bulk_are_confirmed_and_undone_together(ana: Visitor) -> None:
    form: dict[str, Any] = {
        "act": "exclude",
        "photo": [2, 3],
        "reason": WITHDRAWN,
        "next": "/gallery?show=kept",
    }
    asked = ana.post("/gallery/selection", **form)
    page = parsed(asked.text)
    assert (asked.status_code, numbers(the(page, "h2"))) == (409, [3])
    kept = answer(ana, page)
    assert kept == "/gallery?show=kept"
    done = ana.see(kept)
    assert the(done, "#nothing")
    events = [one["value"] for one in the(done, ".flashes").select("[name=event]")]
    assert len(events) == 2
    ana.post("/photos/undo", event=events, next="/gallery")
    assert the(ana.see("/gallery?show=excluded"), "#nothing")


@pytest.mark.usefixtures("copies")
def test_including_a_photo_that_another_excludes_says_it_stays_out(ana: Visitor) -> None:
    ana.post("/annotate/1/exclude", reason="several faces")
    ana.post("/gallery/selection", act="include", photo=[2], next="/gallery")
    assert numbers(the(ana.see("/gallery"), ".flashes .notice")) == [2]


@pytest.mark.usefixtures("copies")
@pytest.mark.parametrize(
    ("about", "reason", "excluded"),
    [
        ("", "a painting", 2),
        ("file", "scan of a print", 1),
        ("content", "a painting", 2),
        ("huh", "a painting", 2),
        ("content", "too blurred or dark", 1),
    ],
)
def test_what_a_typed_reason_is_about_decides_how_far_it_reaches(
    ana: Visitor, about: str, reason: str, excluded: int
) -> None:
    ana.post("/annotate/1/exclude", reason=reason, about=about)
    assert len(ana.see("/gallery?show=excluded").select(".tile")) == excluded


@pytest.mark.usefixtures("copies")
def test_a_reason_of_the_list_is_known_in_portuguese_too(ana: Visitor) -> None:
    ana.post("/language", language="pt_BR")
    page = ana.see("/gallery/selection?act=exclude&photo=1")
    offered = [words(reason)[2:] for reason in page.select("button[name=reason]")]
    asked = ana.post("/gallery/selection", act="exclude", photo=[1], reason=offered[6])
    assert asked.status_code == 409
    answer(ana, parsed(asked.text))
    ana.post("/language", language="en")
    assert WITHDRAWN in words(the(ana.see("/photos/1"), "#why-excluded"))


@pytest.mark.usefixtures("photos")
def test_a_decision_against_the_evidence_is_asked_about_with_both_photos(
    ana: Visitor, sessions: Sessions
) -> None:
    [pair] = pairs(sessions)
    form: dict[str, Any] = {"shown": pair.id, "decision": "different", "next": 99}
    asked = ana.post("/duplicates/decide", **form)
    assert asked.status_code == 409
    page = parsed(asked.text)
    told = the(page, "#against li")
    assert [image["src"] for image in told.select("img")] == [
        "/photos/1/display",
        "/photos/2/display",
    ]
    assert numbers(the(told, "p"))[:2] == [1, 2]
    assert the(page, "[data-action=cancel]")["href"] == f"/duplicates?pair={pair.id}"
    plain = ana.post("/duplicates/decide", json=True, **form)
    assert (plain.status_code, plain.get_json()["kind"]) == (409, "against evidence")
    assert pairs(sessions)[0].decision is None
    assert answer(ana, page) == "/duplicates"
    assert pairs(sessions)[0].decision == "different"


@pytest.mark.usefixtures("photos")
def test_one_person_on_verified_copies_is_asked_about_wherever_it_is_said(
    ana: Visitor, sessions: Sessions
) -> None:
    asked = ana.post("/gallery/selection", act="person", photo=[1, 2], next="/gallery")
    assert asked.status_code == 409
    here = ana.post("/annotate/1/same-person", other=2)
    assert here.status_code == 409
    assert answer(ana, parsed(here.text)) == "/annotate/1"
    assert pairs(sessions)[0].decision == "same_person"


@pytest.mark.usefixtures("copies")
def test_no_page_calls_a_photo_kept_that_is_excluded_with_its_copies(ana: Visitor) -> None:
    assert ana.see("/annotate/2").select("#notices a[href='/annotate/1']")
    ana.post("/annotate/2/exclude", reason="several faces")
    assert not ana.see("/annotate/2").select("#notices a[href='/annotate/1']")
