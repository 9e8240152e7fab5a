"""Uploads: the outcome of each file, and of malicious names."""

import io
from dataclasses import replace

import pytest
from bs4 import Tag
from sqlalchemy import select

from curator.app import HTTP_MESSAGES, create_app
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.file_names import clean_name
from curator.base.models.pairs import DuplicatePair
from curator.queries.records import batches, rejected_files
from tests.curator.browsing import Visitor, numbers, start_batch, the, upload, words
from tests.curator.drawing import draw, jpeg

HOSTILE = [
    "<script>alert(1)</script>.jpg",
    "../../etc/passwd",
    f"{'x' * 300}.jpg",
    "two\nlines.jpg",
    '"onload=alert(1).jpg',
]


def test_each_uploaded_file_has_its_own_outcome(ana: Visitor, sessions: Sessions) -> None:
    batch = start_batch(ana, source="#butterflyrash", ignored=2)
    assert upload(ana, jpeg(1), "trip/a.jpg", batch)["result"] == "added"
    first = {"id": 1, "page": "/annotate/1", "thumbnail": "/photos/1/thumbnail"}
    assert upload(ana, jpeg(1), "again.jpg", batch) == {
        "name": "again.jpg",
        "result": "already_there",
        "reason": "",
        "photo": first,
        "look_alikes": [],
    }
    near = upload(ana, jpeg(1, quality=40), "small.jpg", batch)
    with reading(sessions) as session:
        pair = session.scalars(select(DuplicatePair.id)).one()
    assert near["look_alikes"] == [first | {"decide": f"/duplicates?pair={pair}"}]
    broken = upload(ana, b"no photo", "notes.txt", batch)
    assert broken["result"] == "rejected"
    assert broken["reason"]
    [row] = batches(sessions)
    assert (row.seen, row.added, row.already_there, row.rejected, row.ignored) == (6, 2, 1, 1, 2)
    assert row.collector == "ana"
    assert "#butterflyrash" in ana.page("/inbox")
    page = ana.see(f"/inbox/batches/{batch}")
    rejected = the(page, ".files .rejected")
    assert words(the(rejected, ".file-name")) == "notes.txt"
    assert words(the(rejected, ".reason")) == broken["reason"]
    look_alike = the(page, f"a[href='/duplicates?pair={pair}']")
    assert numbers(look_alike) == [2, 1]


@pytest.mark.parametrize(("size", "named"), [(50_000_000, [50, 40]), (30_000_000, [30_000_000])])
def test_a_file_too_large_to_be_sent_is_recorded(
    ana: Visitor, sessions: Sessions, size: int, named: list[int]
) -> None:
    batch = start_batch(ana)
    response = ana.post(f"/inbox/batches/{batch}/files", json=True, name="../big.tif", size=size)
    assert response.get_json()["result"] == "rejected"
    reason = response.get_json()["reason"]
    assert numbers(reason) == named
    [row] = rejected_files(sessions, batch)
    assert (row.name, row.reason) == ("big.tif", reason)
    assert batches(sessions)[0].rejected == 1


def test_reasons_are_in_the_readers_language_with_their_values(ana: Visitor) -> None:
    batch = start_batch(ana)
    small = io.BytesIO()
    draw(1, (40, 40)).save(small, "JPEG")
    files = {
        "a.jpg": b"<!DOCTYPE html><html></html>",
        "b.jpg": small.getvalue(),
        "c.jpg": b"no photo",
    }
    english = [upload(ana, content, name, batch)["reason"] for name, content in files.items()]
    ana.post("/language", language="pt_BR")
    batch = start_batch(ana)
    reasons = [str(upload(ana, content, name, batch)["reason"]) for name, content in files.items()]
    assert not set(reasons) & set(english)
    page = ana.see(f"/inbox/batches/{batch}")
    assert [words(one) for one in page.select(".rejected .reason")] == reasons
    kinds = [reason.partition(":")[0] for reason in reasons]
    chips = [words(chip).rsplit(" ", 1)[0] for chip in page.select("#reasons .chip")]
    assert sorted(chips) == sorted(kinds)
    [address] = [chip["href"] for chip in page.select("#reasons .chip") if kinds[1] in words(chip)]
    assert len(ana.see(str(address)).select(".rejected .reason")) == 1


def test_a_plain_form_uploads_many_files(ana: Visitor, sessions: Sessions) -> None:
    names = ("a.jpg", "b.jpg", ".hidden.jpg")
    files = [(io.BytesIO(jpeg(seed)), name) for seed, name in enumerate(names)]
    response = ana.post("/inbox", files=files, source="")
    assert response.location == "/inbox/batches/1"
    counts = numbers(the(ana.see("/inbox/batches/1"), "#counts"))
    assert sorted(counts) == [0, 0, 1, 2, 3]  # rejected, already there, hidden, added, seen
    assert ana.post("/inbox").status_code == 400


def test_an_oversized_upload_is_refused_with_our_own_message(config: Config) -> None:
    visitor = Visitor(create_app(replace(config, max_file_bytes=1000)), "ana")
    file = (io.BytesIO(bytes(1_100_000)), "file")
    response = visitor.post("/inbox/batches/1/files", json=True, file=file, name="big.jpg")
    assert response.status_code == 413
    assert response.get_json()["error"] == HTTP_MESSAGES[413]


def test_uploads_into_an_unknown_batch_are_refused(ana: Visitor) -> None:
    file = (io.BytesIO(jpeg(1)), "file")
    response = ana.post("/inbox/batches/99/files", json=True, file=file, name="a.jpg")
    assert response.status_code == 404
    assert ana.get("/inbox/batches/99").status_code == 404
    assert ana.post("/inbox/batches/1/files", json=True).status_code == 400


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_names_are_harmless(ana: Visitor, sessions: Sessions, name: str) -> None:
    batch = start_batch(ana)
    upload(ana, b"no photo", name, batch)
    upload(ana, jpeg(1), name, batch)
    for address in (f"/inbox/batches/{batch}", "/gallery", "/annotate/1"):
        page = ana.page(address)
        assert "<script>alert" not in page
        assert '"onload' not in page
    [rejected] = rejected_files(sessions, batch)
    assert rejected.name == clean_name(name)
    assert len(rejected.name) <= 255
    assert "\n" not in rejected.name
    assert ".." not in rejected.name.split("/")


@pytest.fixture
def batch(ana: Visitor) -> int:
    """Seven files: two added, two already there, two rejected for different reasons, one hidden; two are late."""
    batch = start_batch(ana, files=8, ignored=1)
    for content, name in (
        *((jpeg(1), "a.jpg"), (jpeg(2), "b.jpg"), (jpeg(1), "again.jpg"), (jpeg(2), "b.jpg")),
        *((b"no photo", "notes.txt"), (b"", "empty.jpg")),
    ):
        upload(ana, content, name, batch)
    return batch


def filters(page: Tag) -> dict[str, int]:
    """Return what the filters of an upload count, by their address."""
    links = page.select("#became a")
    return {str(link["href"]).partition("?")[2]: numbers(link)[0] for link in links}


def test_an_upload_is_filtered_by_what_became_of_its_files(ana: Visitor, batch: int) -> None:
    address = f"/inbox/batches/{batch}"
    assert filters(ana.see(address)) == {
        "": 9,
        "became=added": 2,
        "became=already_there": 2,
        "became=rejected": 2,
        "became=ignored": 1,
        "became=missing": 2,
    }
    added = ana.see(f"{address}?became=added").select("#added a")
    assert [link["href"] for link in added] == [f"/photos/{one}?batch={batch}" for one in (1, 2)]
    known = the(ana.see(f"{address}?became=already_there"), "#known .file-name")
    assert words(known) == "again.jpg"  # b.jpg was known by its name, too
    rejected = ana.see(f"{address}?became=rejected")
    assert {words(name) for name in rejected.select(".rejected .file-name")} == {
        "notes.txt",
        "empty.jpg",
    }
    assert the(ana.see(f"{address}?became=ignored"), "#ignored")
    assert the(ana.see(f"{address}?became=missing"), "#not-arrived")
    for odd in ("became=huh", "became=<script>"):
        assert "<script>" not in the(ana.see(f"{address}?{odd}"), "main").decode()


def test_rejected_files_are_filtered_by_reason(ana: Visitor, batch: int) -> None:
    for size in (50_000_000, 60_000_000):
        ana.post(f"/inbox/batches/{batch}/files", json=True, name=f"{size}.jpg", size=size)
    page = ana.see(f"/inbox/batches/{batch}?became=rejected")
    reasons = {words(one): str(one["href"]) for one in page.select("#reasons a")}
    assert sorted(reasons) == ["empty file 1", "not a photo 1", "too large 2"]
    large = ana.see(reasons["too large 2"])
    assert len(large.select(".rejected .file-name")) == 2
    assert words(the(large, "#reasons [aria-current]")) == "too large 2"
    assert not ana.see(f"/inbox/batches/{batch}?became=rejected&reason=huh").select(".rejected")
    ana.post("/language", language="pt_BR")
    told = [words(one) for one in ana.see(reasons["too large 2"]).select("#reasons .chip")]
    assert "not a photo 1" not in told


def test_the_list_of_uploads_leads_to_each_filter(ana: Visitor, batch: int) -> None:
    links = [str(link["href"]) for link in ana.see("/inbox").select(".uploads a[href*=became]")]
    became = [link.rpartition("=")[2] for link in links]
    assert became == ["missing", "added", "already_there", "rejected", "ignored"]
    assert all(ana.get(link).status_code == 200 for link in links)


def test_a_file_already_there_names_its_photo_only_to_those_who_know_it(
    ana: Visitor, ben: Visitor, batch: int
) -> None:
    known = f"/inbox/batches/{batch}?became=already_there"
    assert not ben.see(known).select("#known a")
    ben.post("/annotate/1", version=0, label="unsure", sex="female", evidence="visual")
    assert the(ben.see(known), "#known a")["href"] == "/photos/1"
