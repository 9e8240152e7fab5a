"""Photos, uploads, pairs, exclusions, exports and runs through the API."""

import io
import zipfile
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.photos import Photo
from curator.photos.person_codes import set_person
from tests.curator.api.programs import POINTS, Program, problem
from tests.curator.drawing import jpeg
from tests.curator.rows import add_photos, photo_row


def everything(program: Program, path: str, limit: int) -> list[dict[str, Any]]:
    """Follow the cursors of a list to its end."""
    mark = "&" if "?" in path else "?"
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = program.read(f"{path}{mark}limit={limit}&cursor={cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = page["next"]


def test_a_list_is_read_to_its_end_while_photos_come_in(sessions: Sessions, app: Flask) -> None:
    with sessions.begin() as session:
        add_photos(session, 25)
    vera = Program(app, "vera")
    first = vera.read("/photos?limit=10")
    with sessions.begin() as session:
        session.add(Photo(**photo_row(26)))
    second = vera.read(f"/photos?limit=10&cursor={first['next']}")
    assert [one["id"] for one in second["items"]] == [*range(11, 21)]
    assert [one["id"] for one in everything(vera, "/photos", 7)] == [*range(1, 27)]
    assert [one["id"] for one in everything(vera, "/photos", 200)] == [*range(1, 27)]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=201", "limit=-1", "limit=1.5", "limit=1_0", "limit=", "limit=٣"),
        *("cursor=x", "cursor=1", "cursor=" + "f" * 17, "cursor=" + "F" * 16, "cursor=%00"),
        *("show=none", "show=", "label=maybe", "batch=0", "batch=x", "sex=other", "age=3"),
        *("batch=9223372036854775808", "name=%00", "source=" + "x" * 201, "page=2"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(ben: Program, query: str) -> None:
    assert problem(ben.get(f"/photos?{query}"), 422)["errors"]["query"]


@pytest.mark.parametrize(
    "path", ["/photos?limit=1&limit=2", "/runs?cursor=&cursor=", "/pairs?state=all&state=waiting"]
)
def test_a_query_that_says_something_twice_is_refused(ben: Program, path: str) -> None:
    [said] = problem(ben.get(path), 422)["errors"]["query"].values()
    assert said == ["Given more than once."]


@pytest.mark.parametrize(
    "body",
    [
        *('{"source": "a", "source": "b"}', '{"files": 1, "files": 1}'),
        *('{"ratios": {"train": 80, "train": 70, "val": 10, "test": 10}}', '{"x": 1, "x": 2}'),
    ],
)
@pytest.mark.parametrize("path", ["/batches", "/exports"])
def test_a_body_that_says_something_twice_is_refused(ana: Program, path: str, body: str) -> None:
    problem(ana.call("POST", path, data=body, content_type="application/json"), 400)
    assert ana.read("/batches")["items"] == []


@pytest.mark.parametrize("cursor", ["f" * 16, "7" + "f" * 15, "0" * 16])
def test_a_cursor_beyond_the_end_is_an_empty_page(ben: Program, cursor: str) -> None:
    for path in ("/photos", "/ratings", "/pairs", "/batches", "/exports"):
        page = ben.read(f"{path}?cursor={cursor}&limit=1")
        assert page["next"] is None


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    "number", ["0", "99", "9223372036854775807", "9" * 19, "9" * 5000, "-1", "1.5"]
)
def test_a_number_that_no_photo_has_is_not_found(ben: Program, number: str) -> None:
    for path in ("", "/picture", "/rating", "/ratings", "/ruling"):
        problem(ben.get(f"/photos/{number}{path}"), 404)
    assert ben.call("DELETE", f"/photos/{number}/exclusion").status_code in (404, 405)


@pytest.mark.usefixtures("photos")
def test_a_picture_is_sent_without_its_metadata(ben: Program) -> None:
    answer = ben.get("/photos/1/picture?size=thumbnail")
    assert answer.mimetype == "image/jpeg"
    assert not Image.open(io.BytesIO(answer.data)).getexif()
    problem(ben.get("/photos/1/picture?size=original"), 422)


def test_a_file_is_uploaded_once(ben: Program) -> None:
    opened = ben.call("POST", "/batches", json={"source": "#butterflyrash", "files": 2})
    assert opened.status_code == 201
    batch = opened.get_json()["id"]
    first = ben.upload(jpeg(1), batch, "clinic/a.jpg")
    assert (first.status_code, first.get_json()["result"]) == (201, "added")
    again = ben.upload(jpeg(1), batch, "b.jpg")
    assert (again.status_code, again.get_json()["result"]) == (200, "already_there")
    assert again.get_json()["photo"] == first.get_json()["photo"]
    told = ben.read(f"/batches/{batch}")
    assert (told["added"], told["already_there"], told["missing"]) == (1, 1, 0)
    assert (told["source"], told["collector"]) == ("#butterflyrash", "ben")


@pytest.mark.parametrize("content", [b"", b"no photo", b"\xff\xd8\xff", b"GIF89a" + b"\0" * 100])
def test_a_file_that_is_no_photo_is_refused_and_recorded(ben: Program, content: bytes) -> None:
    batch = ben.call("POST", "/batches", json={}).get_json()["id"]
    problem(ben.upload(content, batch), 422)
    assert ben.read(f"/batches/{batch}")["rejected"] == 1


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\a\\..\\b.jpg", "a\nb\x1b.jpg", "é\u202e.jpg", "x" * 300, " "]
)
def test_a_files_name_is_a_harmless_label(ana: Program, config: Config, name: str) -> None:
    batch = ana.call("POST", "/batches", json={}).get_json()["id"]
    given = {"file": (io.BytesIO(jpeg(1)), "a.jpg"), "name": name}
    label = ana.call("POST", f"/batches/{batch}/photos", data=given).get_json()["name"]
    assert ".." not in label.split("/")
    assert label.isprintable()
    assert 0 < len(label) <= 255
    assert not (config.instance.parent / "etc").exists()


def test_an_upload_that_is_no_form_with_a_file_is_refused(ben: Program) -> None:
    batch = ben.call("POST", "/batches", json={}).get_json()["id"]
    path = f"/batches/{batch}/photos"
    problem(ben.call("POST", path, json={}), 415)
    problem(ben.call("POST", path, data=jpeg(1), content_type="image/jpeg"), 415)
    problem(ben.call("POST", path, data={"file": "text"}), 415)
    kind = "multipart/form-data"
    problem(ben.call("POST", path, data={"file": "text"}, content_type=kind), 422)
    problem(ben.call("POST", path, data={"name": "a.jpg"}, content_type=kind), 422)
    boundary = f"{kind}; boundary=x"
    disposition = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b.jpg"\r\n\r\n%b'
    broken_off, latin = disposition % (b"a", jpeg(1)), disposition % (b"\xe9", b"\r\n--x--\r\n")
    for body in (b"garbage", b"", b"--x\r\n", b"--x--\r\n", broken_off, latin):
        problem(ben.call("POST", path, data=body, content_type=boundary), 400)
    problem(ben.call("POST", path, data=b"garbage", content_type=kind), 400)
    both = {"file": (io.BytesIO(jpeg(1)), "a.jpg"), "other": "x"}
    problem(ben.call("POST", path, data=both), 422)
    problem(ben.upload(jpeg(1), 99), 404)
    assert ben.read("/photos")["items"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"file": [(io.BytesIO(jpeg(1)), "a.jpg"), (io.BytesIO(jpeg(2)), "b.jpg")]},
        {"file": (io.BytesIO(jpeg(1)), "a.jpg"), "name": ["a.jpg", "b.jpg"]},
    ],
    ids=["file", "name"],
)
def test_a_second_file_or_name_is_refused_not_lost(ben: Program, given: dict[str, Any]) -> None:
    batch = ben.call("POST", "/batches", json={}).get_json()["id"]
    answer = ben.call("POST", f"/batches/{batch}/photos", data=given)
    assert problem(answer, 422)["errors"]["multipart"]
    assert ben.read(f"/batches/{batch}")["seen"] == 0


@pytest.mark.usefixtures("photos")
def test_a_pair_is_decided_once_and_taken_back(ana: Program, ben: Program) -> None:
    [pair] = ben.read("/pairs?state=waiting")["items"]
    path = f"/pairs/{pair['id']}/decision"
    assert pair["evidence"]["found_by"]
    decided = ben.call("PUT", path, json={"decision": "copy"})
    assert (decided.get_json()["decision"], decided.get_json()["decided_by"]) == ("copy", "ben")
    problem(ana.call("PUT", path, json={"decision": "different", "confirmed": True}), 409)
    again = ana.call("PUT", path, json={"decision": "copy"})
    assert (again.status_code, again.get_json()["decided_by"]) == (200, "ben")
    assert ben.read("/pairs?state=waiting")["items"] == []
    assert [one["id"] for one in ben.read("/pairs?state=decided")["items"]] == [pair["id"]]
    assert ana.read("/photos/2")["copy_of"] == 1
    assert ana.call("DELETE", path).status_code == 204
    assert ana.call("DELETE", path).status_code == 204
    assert ana.read(f"/pairs/{pair['id']}")["decision"] is None
    problem(ana.call("PUT", path, json={"decision": "nothing"}), 422)
    problem(ana.call("PUT", "/pairs/99/decision", json={"decision": "copy"}), 404)
    problem(ana.call("DELETE", "/pairs/99/decision"), 404)


@pytest.mark.usefixtures("photos")
def test_a_decision_against_the_evidence_asks_first(ben: Program) -> None:
    [pair] = ben.read("/pairs")["items"]
    path = f"/pairs/{pair['id']}/decision"
    told = problem(ben.call("PUT", path, json={"decision": "different"}), 409)
    assert (told["kind"], told["pairs"]) == ("against evidence", [pair["id"]])
    assert ben.read(f"/pairs/{pair['id']}")["decision"] is None
    given = {"decision": "different", "confirmed": True}
    assert ben.call("PUT", path, json=given).status_code == 200


@pytest.mark.usefixtures("photos")
def test_a_photo_is_excluded_and_included_again(ben: Program) -> None:
    given = {"reason": "several faces"}
    made = ben.call("PUT", "/photos/3/exclusion", json=given)
    assert (made.status_code, made.get_json()["scope"]) == (200, "content")
    assert ben.read("/photos/3")["exclusion"] == {
        "reason": "several faces",
        "scope": "content",
        "origin": None,
    }
    assert [one["id"] for one in ben.read("/photos?show=excluded")["items"]] == [3]
    again = ben.call("DELETE", "/photos/3/exclusion")
    assert again.get_json() == {"still_excluded": False}
    assert ben.read("/photos/3")["exclusion"] is None
    for reason in ("", " ", "\u3000", "x" * 2001, 3, None):
        answer = ben.call("PUT", "/photos/3/exclusion", json={"reason": reason})
        assert answer.status_code in (400, 422)
    problem(ben.call("PUT", "/photos/3/exclusion", json=given | {"scope": "all"}), 422)


@pytest.mark.usefixtures("photos")
def test_an_exclusion_of_a_person_asks_for_all_their_photos(
    sessions: Sessions, ben: Program
) -> None:
    with sessions.begin() as session:
        for photo in (1, 3):
            assert session.get(Photo, photo)
            set_person(session, photo, "p1", "ana")
    told = problem(ben.call("PUT", "/photos/1/exclusion", json={"reason": "a child"}), 409)
    assert (told["kind"], sorted(told["photos"])) == ("reach", [1, 3])
    confirmed = {"reason": "a child", "confirmed": told["photos"]}
    made = ben.call("PUT", "/photos/1/exclusion", json=confirmed)
    assert made.get_json()["others"] == [3]
    assert ben.read("/photos/3")["exclusion"]["origin"] == 1
    assert ben.call("DELETE", "/photos/3/exclusion").get_json() == {"still_excluded": True}


@pytest.mark.usefixtures("photos")
def test_an_export_is_made_listed_and_downloaded(ana: Program, ben: Program) -> None:
    problem(ana.call("POST", "/exports", json={}), 409)
    ben.rate(1)
    ben.rate(3, "negative")
    ratios = {"ratios": {"train": 50, "val": 25, "test": 24}}
    problem(ana.call("POST", "/exports", json=ratios), 400)
    problem(ana.call("POST", "/exports", json={"crop": "round"}), 422)
    problem(ben.call("POST", "/exports", json={}), 403)
    problem(ana.call("POST", "/exports", json={"format": "parquet"}), 422)
    coco = ana.call("POST", "/exports", json={"format": "coco"}).get_json()
    assert coco["format"] == "coco"
    assert zipfile.ZipFile(io.BytesIO(ana.get(f"/exports/{coco['id']}/download").data)).namelist()
    made = ana.call("POST", "/exports", json={"crop": "box"})
    assert made.status_code == 201, made.text
    export = made.get_json()
    assert (export["photos"], export["crop"], export["created_by"]) == (2, "box", "ana")
    assert export["warnings"]
    assert "license" in export["not_stated"]
    assert export["way_out"] is None
    assert [one["id"] for one in ben.read("/exports")["items"]] == [export["id"], coco["id"]]
    assert ben.read(f"/exports/{export['id']}")["name"] == export["name"]
    answer = ana.get(f"/exports/{export['id']}/download")
    assert answer.mimetype == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None
    assert ana.call("HEAD", f"/exports/{export['id']}/download").status_code == 405
    problem(ben.get(f"/exports/{export['id']}/download"), 403)
    assert ben.read("/photos/1")["exports"] == [
        {one: made[one] for one in ("id", "name", "created_at")} for made in (coco, export)
    ]


def test_runs_are_read_from_their_folders(ana: Program, config: Config) -> None:
    (config.instance / "runs" / "broken").mkdir(parents=True)
    assert ana.read("/runs") == {"items": [], "next": None}
    problem(ana.get("/runs/broken"), 422)
    for name in ("nope", "..", "%2e%2e", "..%2f..%2fkey", "%00"):
        problem(ana.get(f"/runs/{name}"), 404)


@pytest.mark.usefixtures("photos")
def test_agreement_is_told_as_on_its_page(ana: Program, ben: Program, carl: Program) -> None:
    for program in (ben, carl):
        program.rate(1, region=POINTS)
    told = ana.read("/agreement")
    assert told["photos"] == 1
    assert [(one["first"], one["second"]) for one in told["pairs"]] == [("ben", "carl")]
    assert told["pairs"][0]["label"]["table"] == []  # of so few photos it would tell ratings
    wanted = {"Accept-Language": "pt-BR"}
    problems = [
        ana.read("/agreement", headers=headers)["label"]["share"]["problem"]
        for headers in ({}, wanted)
    ]
    assert len(set(problems)) == 2


def test_the_study_is_told_in_the_language_that_is_asked_for(ana: Program) -> None:
    told = ana.read("/study", headers={"Accept-Language": "pt-BR"})
    assert [one["code"] for one in told["labels"]] == ["positive", "negative", "unsure"]
    assert told["labels"][0]["name"] == "Positivo"
    assert {"several faces", "a child"} <= {one["reason"] for one in told["exclusion_reasons"]}
