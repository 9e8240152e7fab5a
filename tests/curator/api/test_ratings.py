"""Ratings through the API: versions, blindness, and what a body may hold."""

from typing import Any

import pytest
from flask import Flask

from curator.base.db import Sessions
from curator.ratings import attributes
from curator.ratings.attributes import Attribute, Value
from curator.ratings.settings import Project, change_project
from tests.curator.api.programs import BASE, FIRST, POINTS, Program, problem
from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION

pytestmark = pytest.mark.usefixtures("photos")


def test_a_rating_is_saved_read_and_changed_by_version(ben: Program) -> None:
    problem(ben.get("/photos/1/rating"), 404)
    first = ben.rate(1, note="faint", active_s=12.5)
    assert (first.status_code, first.headers["ETag"]) == (201, '"1"')
    shown = ben.get("/photos/1/rating")
    assert shown.headers["ETag"] == '"1"'
    told = shown.get_json()
    assert told == first.get_json()
    assert (told["label"], told["region"], told["note"]) == ("positive", POINTS, "faint")
    assert told["values"] == {"sex": "female", "evidence": "visual"}
    assert (told["origin"], told["active_s"], told["saved_at"][-6:]) == ("drawn", 12.5, "+00:00")
    second = ben.rate(1, "negative", version='"1"')
    assert (second.status_code, second.headers["ETag"]) == (200, '"2"')


def test_a_change_that_names_no_version_is_refused(ben: Program) -> None:
    ben.rate(1)
    told = problem(ben.call("PUT", "/photos/1/rating", json={"label": "negative"}), 428)
    assert "If-Match" in told["detail"]
    assert ben.read("/photos/1/rating")["label"] == "positive"


@pytest.mark.parametrize(
    "version",
    [
        '"0"',
        '"2"',
        'W/"1"',
        '"x"',
        '"9999999999999999999999"',
        '"1", "2"',
        "*",
        '"²"',
        '""',
        "",
        '"1',
        '1"',
    ],
)
def test_a_stale_version_changes_nothing(ben: Program, version: str) -> None:
    ben.rate(1)
    told = problem(ben.rate(1, "negative", version=version), 412)
    assert told["kind"] == "stale"
    problem(ben.rate(1, "negative"), 412)  # If-None-Match: *
    assert ben.read("/photos/1/rating")["label"] == "positive"


def test_a_version_of_zero_is_that_of_no_rating(ben: Program) -> None:
    assert ben.rate(1, version='"0"').status_code == 201
    problem(ben.rate(1, version='"0"'), 412)


def test_the_page_and_the_api_see_each_others_saves(app: Flask, ben: Program) -> None:
    ben.rate(1)
    page = Visitor(app, "ben")
    form: dict[str, Any] = {"label": "negative", "sex": "female", "evidence": "visual"}
    assert page.post("/annotate/1", **form, region=REGION, version="1").status_code == 303
    problem(ben.rate(1, version='"1"'), 412)
    assert ben.get("/photos/1/rating").headers["ETag"] == '"2"'


def test_nobody_sees_others_ratings_before_their_own(
    app: Flask, ana: Program, ben: Program, carl: Program
) -> None:
    ben.rate(1, "negative", note="ben's word")
    vera = Program(app, "vera")
    addresses = ["/photos", "/photos/1", "/photos/1/rating", "/photos/1/ratings", "/ratings"]
    addresses += ["/photos/1/ruling", "/pairs", "/agreement", "/photos?label=negative", "/exports"]
    for program in (carl, ana, vera):  # an administrator no more than others
        said = "".join(program.get(address).text for address in addresses)
        assert "ben's word" not in said
        assert "negative" not in said
    problem(carl.get("/photos/1/ratings"), 409)
    problem(ana.get("/photos/1/ruling"), 409)
    carl.rate(1, "positive")
    shown = carl.read("/photos/1/ratings")
    assert [(one["by"], one["label"]) for one in shown["ratings"]] == [
        ("ben", "negative"),
        ("carl", "positive"),
    ]
    assert "ben's word" in carl.get("/photos/1/ratings").text
    assert "ben's word" not in ana.get("/photos/1").text


@pytest.mark.parametrize("show", ["disagree", "ready"])
def test_a_rater_filters_by_nothing_that_others_said(ana: Program, ben: Program, show: str) -> None:
    problem(ben.get(f"/photos?show={show}"), 403)
    assert ana.get(f"/photos?show={show}").status_code == 200
    problem(ben.call("POST", "/claims", json={"queue": "adjudicate"}), 403)


def test_a_photos_source_is_hidden_until_it_is_rated_or_opened(ben: Program) -> None:
    def tells() -> bool:
        shown = ben.read("/photos/1")
        assert bool(shown["names"]) is bool(shown["source"]) is shown["source_shown"]
        named = next(one for one in ben.read("/photos")["items"] if one["id"] == 1)
        assert (named["name"] is not None) is shown["source_shown"]
        told: bool = shown["source_shown"]
        return told

    assert not tells()
    assert ben.call("POST", "/photos/1/source").get_json()["source"] == "#butterflyrash"
    assert tells()
    ben.rate(1)
    assert ben.read("/photos/1/rating")["source_shown"] is True
    ben.rate(3)
    assert ben.read("/photos/3/rating")["source_shown"] is False


def test_a_rater_may_say_that_the_source_was_known(ben: Program) -> None:
    ben.rate(3, source_shown=True)
    assert ben.read("/photos/3/rating")["source_shown"] is True


WRONG: list[dict[str, Any]] = [
    {"label": "maybe"},
    {"label": None},
    {"label": ["positive"]},
    {"label": "positive", "lable": "positive"},
    {"label": "positive", "values": {"sex": "other"}},
    {"label": "positive", "values": {"age": "3"}},
    {"label": "positive", "values": {"sex": ["female"]}},
    {"label": "positive", "values": {"sex": {}}},
    {"label": "positive", "values": [["sex", "female"]]},
    {"label": "positive", "region": []},
    {"label": "positive", "region": [[0, 0], [1, 0]]},
    {"label": "positive", "region": [[0, 0], [1, 0], [0, "1"]]},
    {"label": "positive", "region": [[0, 0], [1, 0], [0, True]]},
    {"label": "positive", "region": [[0, 0], [1, 0], [0, 2]]},
    {"label": "positive", "region": [[0, 0], [1, 0], [0, 10**400]]},
    {"label": "positive", "region": [[0, 0, 0], [1, 0], [0, 1]]},
    {"label": "positive", "region": [[0.5, 0.5]] * 201},
    {"label": "positive", "region": REGION},
    {"label": "positive", "note": "x" * 2001},
    {"label": "positive", "note": "a\0b"},
    {"label": "positive", "note": "\ud800"},
    {"label": "positive", "note": 3},
    {"label": "positive", "over_eyes": "yes"},
    {"label": "positive", "over_eyes": 1},
    {"label": "positive", "origin": "imported"},
    {"label": "positive", "active_s": -1},
    {"label": "positive", "active_s": "3"},
    {"label": "positive", "active_s": True},
    {"label": "positive", "active_s": 10**400},
]


@pytest.mark.parametrize("given", WRONG, ids=range(len(WRONG)))
def test_a_body_that_does_not_fit_changes_nothing(ben: Program, given: dict[str, Any]) -> None:
    answer = ben.call("PUT", "/photos/1/rating", json=given, headers=FIRST)
    assert problem(answer, 422)["errors"]["json"]
    problem(ben.get("/photos/1/rating"), 404)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"label": NaN}', "application/json", 400),
        (b'{"label": "positive", "active_s": Infinity}', "application/json", 400),
        (b'{"label": "positive", "active_s": 1e999}', "application/json", 422),
        (b'{"active_s": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a":' * 50_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'"positive"', "application/json", 422),
        (b'{"label": "positive"}', "text/plain", 415),
        (b'{"label": "positive"}', "", 415),
        (b"label=positive", "application/x-www-form-urlencoded", 415),
        (b"<label/>", "application/xml", 415),
        (b" " * 1_000_001, "application/json", 413),
    ],
    ids=range(17),
)
def test_what_is_no_body_is_refused(ben: Program, body: bytes, kind: str, status: int) -> None:
    answer = ben.call("PUT", "/photos/1/rating", data=body, content_type=kind, headers=FIRST)
    problem(answer, status)


def test_a_region_that_crosses_itself_says_so(ben: Program) -> None:
    crossing = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]
    assert problem(ben.rate(1, region=crossing), 400)["kind"] == "region"


def test_a_rating_without_a_region_has_none(ben: Program) -> None:
    assert ben.rate(1, "unsure", region=None).get_json()["region"] is None
    assert ben.rate(3, region=None).get_json()["origin"] == ""


def test_own_ratings_come_in_pages(ben: Program, carl: Program) -> None:
    carl.rate(1)
    for photo in (3, 1):
        ben.rate(photo)
    first = ben.read("/ratings?limit=1")
    assert [one["photo"] for one in first["items"]] == [3]
    second = ben.read(f"/ratings?limit=1&cursor={first['next']}")
    assert ([one["photo"] for one in second["items"]], second["next"]) == ([1], None)


def test_an_attribute_of_the_study_is_described_checked_and_kept(
    monkeypatch: pytest.MonkeyPatch, app: Flask, ben: Program
) -> None:
    added = Attribute(
        "skin", "Skin", (Value("dry", "Dry"), Value("oily", "Oily")), is_multiple=True
    )
    monkeypatch.setattr(attributes, "ATTRIBUTES", (*attributes.ATTRIBUTES, added))
    described = ben.read("/openapi.json")["components"]["schemas"]["RatingGiven"]
    assert described["properties"]["values"]["properties"]["skin"]["items"]["enum"] == [
        *("dry", "oily")
    ]
    problem(ben.rate(1, values={"skin": "dry"}), 422)
    problem(ben.rate(1, values={"skin": ["dry", "dry"]}), 422)
    assert ben.rate(1, values={"skin": ["oily", "dry"]}).status_code == 201
    assert ben.read("/photos/1/rating")["values"]["skin"] == ["dry", "oily"]
    assert ben.read("/study")["attributes"][-1]["code"] == "skin"


def test_a_value_that_is_not_known_may_be_said(
    monkeypatch: pytest.MonkeyPatch, ben: Program
) -> None:
    added = Attribute("skin", "Skin", (Value("dry", "Dry"), Value("oily", "Oily")))
    monkeypatch.setattr(attributes, "ATTRIBUTES", (*attributes.ATTRIBUTES, added))
    assert ben.rate(1).get_json()["values"]["skin"] == ""
    assert ben.rate(1, version='"1"', values={"skin": "dry"}).get_json()["values"]["skin"] == "dry"
    assert ben.rate(1, version='"2"', values={"skin": ""}).get_json()["values"]["skin"] == ""
    problem(ben.rate(1, version='"3"', values={"skin": "wet"}), 422)


def test_a_claimed_photo_is_offered_to_nobody_else(
    sessions: Sessions, ben: Program, carl: Program
) -> None:
    def claim(program: Program, count: int = 5) -> set[int]:
        answer = program.call("POST", "/claims", json={"count": count})
        assert answer.status_code == 200, answer.text
        return {photo["id"] for photo in answer.get_json()["photos"]}

    mine = claim(ben, 2)
    assert len(mine) == 2
    theirs = claim(carl)
    assert not mine & theirs
    assert ben.call("DELETE", f"/claims/{min(mine)}").status_code == 204
    assert claim(carl) == {min(mine), *theirs}
    problem(carl.call("POST", "/claims", json={"count": 6}), 422)
    problem(carl.call("POST", "/claims", json={"queue": "uncertain", "run": "no such"}), 404)


def test_a_disagreement_is_listed_and_ruled(
    app: Flask, sessions: Sessions, ana: Program, ben: Program, carl: Program
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    early = ana.call("PUT", "/photos/3/ruling", json={"label": "negative"}, headers=FIRST)
    problem(early, 409)
    ben.rate(3, "positive")
    carl.rate(3, "negative")
    [waiting] = ana.read("/disagreements")["items"]
    assert (waiting["photo"], waiting["about"], waiting["raters"]) == (3, ["label"], 2)
    problem(ana.call("PUT", "/photos/3/ruling", json={"label": "negative"}), 428)
    problem(ben.call("PUT", "/photos/3/ruling", json={"label": "negative"}, headers=FIRST), 403)
    given = {"label": "negative", "region": POINTS}
    ruled = ana.call("PUT", "/photos/3/ruling", json=given, headers=FIRST)
    assert (ruled.status_code, ruled.headers["ETag"]) == (201, '"1"')
    problem(ana.call("PUT", "/photos/3/ruling", json=given, headers=FIRST), 412)
    assert ana.read("/disagreements")["items"] == []
    [settled] = ana.read("/rulings")["items"]
    assert (settled["photo"], settled["by"], settled["changed"]) == (3, "ana", False)
    assert ben.read("/photos/3/ruling")["by"] == "ana"
    changed, first = given | {"label": "positive"}, {"If-Match": '"1"'}
    for missing in ({}, {"reason": " "}):
        refused = ana.call("PUT", "/photos/3/ruling", json=changed | missing, headers=first)
        assert problem(refused, 400)["kind"] == "reason"
    changed["reason"] = "seen in another light"
    again = ana.call("PUT", "/photos/3/ruling", json=changed, headers=first)
    assert (again.status_code, again.headers["ETag"]) == (200, '"2"')


def test_rulings_come_to_an_end_while_each_is_made_anew(
    ana: Program, ben: Program, carl: Program
) -> None:
    for photo in (1, 2, 3):
        ben.rate(photo)
        carl.rate(photo)
        ana.call("PUT", f"/photos/{photo}/ruling", json={"label": "negative"}, headers=FIRST)
    seen: list[int] = []
    cursor = ""
    while cursor is not None and len(seen) < 9:
        shown = ana.read(f"/rulings?limit=1&cursor={cursor}")
        [ruling], cursor = shown["items"], shown["next"]
        path, version = f"/photos/{ruling['photo']}/ruling", {"If-Match": '"1"'}
        given = {"label": "positive", "reason": "looked again"}
        assert ana.call("PUT", path, json=given, headers=version).status_code == 200
        seen.append(ruling["photo"])
    assert seen == [3, 2, 1]


@pytest.mark.parametrize("cursor", ["00", "zz", "0" * 16, "0" * 31, "0" * 33, "g" * 32])
def test_a_cursor_of_another_list_is_refused(ana: Program, cursor: str) -> None:
    assert problem(ana.get(f"/rulings?cursor={cursor}"), 422)["errors"]["query"]["cursor"]


def test_a_forged_cursor_is_a_place_in_the_list(ana: Program, ben: Program, carl: Program) -> None:
    for program in (ben, carl):
        program.rate(1)
    ana.call("PUT", "/photos/1/ruling", json={"label": "negative"}, headers=FIRST)
    assert ana.read(f"/rulings?cursor={'0' * 32}")["items"] == []
    assert len(ana.read(f"/rulings?cursor={'f' * 32}")["items"]) == 1


def test_a_word_on_a_copy_is_shown_on_the_kept_photo(ana: Program, ben: Program) -> None:
    ben.rate(2)
    [pair] = ana.read("/pairs")["items"]
    assert sorted(pair["photos"]) == [1, 2]
    decided = ana.call("PUT", f"/pairs/{pair['id']}/decision", json={"decision": "copy"})
    assert decided.status_code == 200
    kept = ben.read("/photos/2")["copy_of"]
    assert kept == 1
    shown = ben.get("/photos/1/rating")
    assert (shown.headers["ETag"], shown.get_json()["given_on"]) == ('"0"', 2)
    assert ben.rate(1, version='"0"').status_code == 201


def test_the_document_is_at_the_root_of_the_api(app: Flask) -> None:
    answer = app.test_client().get(f"{BASE}/openapi.json")
    assert answer.get_json()["openapi"].startswith("3.1")
