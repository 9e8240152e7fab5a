"""The page Study states the facts that exports say, and pages that need them lead to it."""

import pytest
from flask import Flask

from curator.base.db import Sessions
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.study.facts import FACTS, NOTHING_STATED
from curator.study.stating import read_study, state_facts
from tests.curator.browsing import Visitor, parsed, the, words
from tests.curator.drawing import REGION
from tests.curator.study.study import GIVEN, full_study


def test_the_form_asks_for_every_fact(ana: Visitor) -> None:
    page = ana.see("/admin/study")
    asked = [field["name"] for field in page.select(".study :is(input, textarea)[id]")]
    assert asked == [fact.code for fact in FACTS]
    assert all(
        page.find(id=field["aria-describedby"]) for field in page.select(".study [id][name]")
    )


def test_what_is_typed_is_stated_and_shown_again(ana: Visitor, sessions: Sessions) -> None:
    assert ana.post("/admin/study", json=False, **GIVEN).location == "/admin/study"
    assert read_study(sessions) == full_study()
    page = ana.see("/admin/study")
    assert the(page, "[name=url]")["value"] == GIVEN["url"]
    assert the(page, "[name=creators]").text.lstrip("\n") == full_study()["creators"]
    assert not page.select("#missing, .study .badge")


def test_the_page_names_what_is_missing(ana: Visitor, sessions: Sessions) -> None:
    state_facts(sessions, GIVEN | {"license": ""}, actor="ana")
    page = ana.see("/admin/study")
    assert [link["href"] for link in page.select("#missing a")] == ["#license"]
    assert the(page, "#about-license .badge")


def test_a_refused_form_keeps_what_was_typed(ana: Visitor, sessions: Sessions) -> None:
    refused = ana.post("/admin/study", json=False, name="Malar", version="one")
    assert refused.status_code == 400
    page = parsed(refused.text)
    assert "1.0.0" in words(the(page, "#problem"))
    assert the(page, "[name=version]")["value"] == "one"
    assert read_study(sessions) == NOTHING_STATED


def test_a_form_without_a_fact_leaves_it_as_it_is(ana: Visitor, sessions: Sessions) -> None:
    ana.post("/admin/study", json=False, **GIVEN)
    ana.post("/admin/study", json=False, name="", nonsense="x")
    assert read_study(sessions) == {**full_study(), "name": ""}


def test_markup_in_a_fact_is_text_on_the_page(ana: Visitor, sessions: Sessions) -> None:
    hostile = "\n</textarea><script>alert(1)</script>\"'"
    state_facts(sessions, {"uses": hostile, "name": hostile.strip()}, actor="ana")
    page = ana.see("/admin/study")
    assert the(page, "[name=uses]").text.strip() == hostile.strip()
    assert the(page, "[name=name]")["value"] == hostile.strip()
    assert not [one for one in page.select("script") if "alert" in one.text]


@pytest.mark.parametrize("name", ["ada", "ben", "vera"])
def test_only_administrators_state_facts(app: Flask, sessions: Sessions, name: str) -> None:
    visitor = Visitor(app, name)
    assert visitor.get("/admin/study").status_code == 403
    assert visitor.post("/admin/study", json=False, **GIVEN).status_code == 403
    assert read_study(sessions) == NOTHING_STATED


@pytest.mark.usefixtures("photos")
def test_exports_and_administration_lead_to_it_while_facts_are_missing(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    assert not ana.see("/exports").select("#not-stated")  # nothing can be exported yet
    save_rating(sessions, 1, "ben", Assessment("positive", region=REGION), expected_version=0)
    assert the(ana.see("/exports"), "#not-stated a")["href"] == "/admin/study"
    assert "10 expected facts" in words(
        the(ana.see("/admin"), "section:has(a[href='/admin/study'])")
    )
    assert the(Visitor(app, "ada").see("/exports"), "#not-stated")
    assert not Visitor(app, "ada").see("/exports").select("#not-stated a")
    assert not Visitor(app, "ben").see("/exports").select("#not-stated")
    state_facts(sessions, GIVEN, actor="ana")
    assert not ana.see("/exports").select("#not-stated")
    assert "expected" not in words(the(ana.see("/admin"), "section:has(a[href='/admin/study'])"))
