"""What the pages show and do, through the test client."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import delete, select

from curator.app import create_app
from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions
from curator.base.models import (
    DECISIONS,
    EVIDENCE,
    FOUND_BY,
    LABELS,
    ORIGINS,
    SEXES,
    DuplicatePair,
    Event,
    Photo,
    PhotoPair,
)
from curator.copies.evidence import Evidence
from curator.pairs.persons import ON_PERSONS
from curator.photos.importing import ImportResult
from curator.queries.decisions import count_decided, decided_pairs
from curator.queries.pairs import pairs
from curator.queries.photos import photo_to_rate
from curator.queries.records import RejectedRow, batches, exports, rejected_files
from curator.ratings import attributes
from curator.ratings.assessments import Assessment
from curator.web import people as people_page
from curator.web import terms
from curator.web.duplicates import found_by, percent
from curator.web.inbox import clean_name
from tests.curator.browsing import JSON, Visitor
from tests.curator.drawing import REGION, draw

ANA = 1
HOSTILE = [
    "<script>alert(1)</script>.jpg",
    "../../etc/passwd",
    f"{'x' * 300}.jpg",
    "two\nlines.jpg",
    '"onload=alert(1).jpg',
]


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Three photos; the second is a copy of the first."""
    save("a.jpg", 1, quality=95)
    save("b.jpg", 1, quality=60)
    save("c.jpg", 3)
    import_all()


def jpeg(seed: int, **options: object) -> bytes:
    buffer = io.BytesIO()
    draw(seed).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def upload(visitor: Visitor, content: bytes, name: str, batch: int = 1) -> dict[str, object]:
    file = (io.BytesIO(content), "file")
    response = visitor.post(f"/inbox/batches/{batch}/files", json=True, file=file, name=name)
    assert response.status_code == 200, response.text
    answer: dict[str, object] = response.get_json()
    return answer


def start(visitor: Visitor, **fields: object) -> int:
    return int(visitor.post("/inbox/batches", json=True, **fields).get_json()["batch"])


def test_a_new_instance_tells_the_three_steps(ana: Visitor) -> None:
    assert "Three steps lead to a dataset" in ana.page("/")
    assert "No photos yet" in ana.page("/annotate")
    assert "The collection is empty" in ana.page("/gallery")
    assert "No pair waits" in ana.page("/duplicates")
    assert "No export has been made yet" in ana.page("/exports")


@pytest.mark.usefixtures("photos")
def test_the_overview_counts_what_is_ready_beside_the_paper(ana: Visitor) -> None:
    ana.post("/annotate/3", version=0, label="positive", sex="female", region=REGION)
    page = ana.page("/")
    assert "Positive, female: 1 of the paper" in page
    assert "Not rated yet" in page
    assert "905" in page


def test_uploads_are_told_apart_file_by_file(ana: Visitor, sessions: Sessions) -> None:
    batch = start(ana, source="#butterflyrash", ignored=2)
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
    assert near["look_alikes"] == [first | {"decide": "/duplicates?pair=1"}]
    broken = upload(ana, b"no photo", "notes.txt", batch)
    assert broken["result"] == "rejected"
    assert "not a photo" in str(broken["reason"])
    [row] = batches(sessions)
    assert (row.seen, row.added, row.already_there, row.rejected, row.ignored) == (6, 2, 1, 1, 2)
    assert row.collector == "ana"
    assert "#butterflyrash" in ana.page("/inbox")
    page = ana.page(f"/inbox/batches/{batch}")
    assert "notes.txt" in page
    assert "Decide No. 2 and 1" in page


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (50_000_000, "too large: 50 MB, at most 40 MB"),
        (30_000_000, "too large for the way here: 30000000 bytes"),
    ],
)
def test_a_file_too_large_to_be_sent_is_recorded(
    ana: Visitor, sessions: Sessions, size: int, reason: str
) -> None:
    batch = start(ana)
    response = ana.post(f"/inbox/batches/{batch}/files", json=True, name="../big.tif", size=size)
    assert response.get_json()["result"] == "rejected"
    assert response.get_json()["reason"] == reason
    assert rejected_files(sessions, batch) == (RejectedRow("big.tif", reason),)
    assert batches(sessions)[0].rejected == 1


def test_a_plain_form_uploads_many_files(ana: Visitor, sessions: Sessions) -> None:
    names = ("a.jpg", "b.jpg", ".hidden.jpg")
    files = [(io.BytesIO(jpeg(seed)), name) for seed, name in enumerate(names)]
    response = ana.post("/inbox", files=files, source="")
    assert response.location == "/inbox/batches/1"
    assert "3 files seen: 2 added" in " ".join(ana.page("/inbox/batches/1").split())
    assert ana.post("/inbox").status_code == 400


def test_what_is_too_large_is_refused_in_our_words(config: Config) -> None:
    visitor = Visitor(create_app(replace(config, max_file_bytes=1000)), "ana")
    file = (io.BytesIO(bytes(1_100_000)), "file")
    response = visitor.post("/inbox/batches/1/files", json=True, file=file, name="big.jpg")
    assert response.status_code == 413
    assert "too much at once" in response.get_json()["error"]


def test_uploads_into_an_unknown_batch_are_refused(ana: Visitor) -> None:
    file = (io.BytesIO(jpeg(1)), "file")
    response = ana.post("/inbox/batches/99/files", json=True, file=file, name="a.jpg")
    assert response.status_code == 404
    assert ana.get("/inbox/batches/99").status_code == 404
    assert ana.post("/inbox/batches/1/files", json=True).status_code == 400


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_names_are_harmless(ana: Visitor, sessions: Sessions, name: str) -> None:
    batch = start(ana)
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


def test_photos_are_served_without_metadata(
    ana: Visitor, config: Config, sessions: Sessions
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken by Jane Roe"
    exif.get_ifd(0x8825).update({1: "N", 2: (25.0, 25.0, 40.0)})  # GPS
    photo = jpeg(1, exif=exif, comment=b"home address")
    assert b"Jane Roe" in photo
    assert upload(ana, photo, "gps.jpg", start(ana))["result"] == "added"
    for kind in ("thumbnail", "display"):
        response = ana.get(f"/photos/1/{kind}")
        assert response.mimetype == "image/jpeg"
        assert b"Jane Roe" not in response.data
        assert b"home address" not in response.data
        with Image.open(io.BytesIO(response.data)) as served:
            assert not served.getexif()
            assert {"exif", "xmp", "icc_profile"}.isdisjoint(served.info)


@pytest.mark.usefixtures("photos")
def test_rating_goes_from_photo_to_photo(ana: Visitor, sessions: Sessions) -> None:
    assert ana.get("/annotate").location == "/annotate/1"
    response = ana.post(
        "/annotate/1",
        version=0,
        label="positive",
        sex="female",
        evidence="clinician",
        region=REGION,
        note=" clear ",
    )
    assert response.location == "/annotate?after=1"
    assert ana.get("/annotate?after=1").location == "/annotate/2"
    entry = Assessment("positive", {"sex": "female", "evidence": "clinician"}, REGION, note="clear")
    assert photo_to_rate(sessions, 1, ANA).own == entry
    page = ana.page("/annotate/2")
    assert 'value="clinician" checked' in page  # the last used
    assert ana.get("/annotate/counts").get_json() == {"left": 2, "total": 3}
    assert ana.get("/annotate/previous?before=2").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
def test_previous_walks_back_through_the_ratings(ana: Visitor) -> None:
    for photo in (2, 3, 1):
        ana.post(f"/annotate/{photo}", version=0, label="unsure")
    for here, before in ((1, 3), (3, 2)):
        assert f'href="/annotate/previous?before={here}"' in ana.page(f"/annotate/{here}")
        assert ana.get(f"/annotate/previous?before={here}").location == f"/annotate/{before}"
    assert "no photo that you rated before" in ana.get("/annotate/previous?before=2").text


@pytest.mark.usefixtures("photos")
def test_the_photos_ahead_are_told_with_all_that_their_page_shows(ana: Visitor) -> None:
    photos = ana.get("/annotate/ahead?after=1&count=9").get_json()["photos"]
    assert [photo["id"] for photo in photos] == [2, 3]  # never the one in hand
    assert photos[0] == ana.get("/annotate/2", headers=JSON).get_json()
    assert photos[0]["own"] is None
    assert photos[0]["pictures"]["closeup"] == ""  # no larger than the picture on the page
    assert "b.jpg" in photos[0]["facts"]


@pytest.mark.usefixtures("photos")
def test_a_photo_ahead_or_in_hand_is_handed_to_nobody_else_until_it_is_skipped(
    app: Flask, ana: Visitor
) -> None:
    assert ana.get("/annotate").location == "/annotate/1"
    ana.get("/annotate/ahead?after=1&count=1")
    ben = Visitor(app, "ben")
    assert ben.get("/annotate").location == "/annotate/3"
    ana.post("/annotate/1/skip", json=True)
    assert ben.get("/annotate?after=3").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
def test_a_viewer_holds_no_photo(app: Flask, ana: Visitor) -> None:
    vera = Visitor(app, "vera")
    assert vera.get("/annotate").location == "/annotate/1"
    assert [p["id"] for p in vera.get("/annotate/ahead?after=1").get_json()["photos"]] == [2]
    chosen = "/annotate?queue=filter&name=c.jpg"
    assert vera.get(chosen).location == "/annotate/3?queue=filter&name=c.jpg"
    assert ana.get("/annotate").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
def test_a_queue_stays_in_the_address(ana: Visitor) -> None:
    ana.post("/annotate/2", version=0, label="unsure")
    assert ana.get("/annotate?queue=unsure").location == "/annotate/2?queue=unsure"
    assert 'action="/annotate/2?queue=unsure"' in ana.page("/annotate/2?queue=unsure")
    chosen = "/annotate?queue=filter&show=unrated&name=c.jpg"
    assert ana.get(chosen).location == "/annotate/3?queue=filter&show=unrated&name=c.jpg"
    saved = ana.post(chosen.replace("annotate", "annotate/3"), version=0, label="unsure")
    assert saved.location == "/annotate?after=3&queue=filter&show=unrated&name=c.jpg"
    assert "No photo of your selection waits" in ana.page(saved.location)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/annotate?queue=nonsense", 400, "There is no such queue"),
        ("/annotate?queue=uncertain&run=none", 404, "run"),
    ],
)
def test_a_queue_that_is_none_is_refused(
    ana: Visitor, address: str, status: int, said: str
) -> None:
    response = ana.get(address)
    assert response.status_code == status
    assert said in response.text


@pytest.mark.usefixtures("photos")
def test_only_adjudicators_open_the_queue_of_disagreements_to_settle(app: Flask) -> None:
    for name, status in (("ben", 403), ("carl", 403), ("ada", 200), ("ana", 200)):
        response = Visitor(app, name).get("/annotate/1?queue=adjudicate")
        assert response.status_code == status, name


@pytest.mark.usefixtures("photos")
def test_the_same_person_is_recorded_once(ana: Visitor) -> None:
    assert ana.post("/annotate/3/same-person", json=True).status_code == 404
    ana.post("/annotate/1", version=0, label="unsure")
    said = [ana.post("/annotate/3/same-person", json=True).get_json()["said"] for _ in range(2)]
    assert said == [
        "Recorded: the same person as on photo 1.",
        "It is known already: the same person as on photo 1.",
    ]
    assert ana.post("/annotate/3/same-person", json=True, other=3).status_code == 400


@pytest.mark.usefixtures("photos")
def test_pictures_of_a_photo_are_made_for_browsers(ana: Visitor) -> None:
    for name in ("display", "closeup", "redness"):
        first, again = (ana.get(f"/photos/1/{name}") for _ in range(2))
        assert first.data == again.data
        assert first.headers["Cache-Control"].startswith("private, max-age")
        with Image.open(io.BytesIO(first.data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (160, 120))
            assert not picture.getexif()


@pytest.mark.usefixtures("photos")
def test_a_stale_save_is_refused_and_changes_nothing(ana: Visitor, sessions: Sessions) -> None:
    first = ana.post("/annotate/1", json=True, version=0, label="positive")
    assert first.get_json() == {"next": "/annotate?after=1", "version": 1}
    stale = ana.post("/annotate/1", json=True, version=0, label="negative")
    assert stale.status_code == 409
    assert "changed meanwhile" in stale.get_json()["error"]
    own = photo_to_rate(sessions, 1, ANA).own
    assert own is not None
    assert own.label == "positive"


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"label": "maybe"}, "The label is"),
        ({"label": ""}, "The label is"),
        ({"label": "positive", "sex": "x"}, "The sex is"),
        ({"label": "positive", "region": "0.1,0.1 0.9,0.9 0.9,0.1 0.1,0.9"}, "crosses itself"),
        ({"label": "positive", "region": "0.1,0.1 nan,1 0.9,0.1"}, "A region is written"),
        ({"label": "positive", "region": "0.1,0.1 0.2,0.1"}, "3 to 200 points"),
    ],
)
def test_a_wrong_rating_is_refused_with_its_reason(
    ana: Visitor, fields: dict[str, str], reason: str
) -> None:
    response = ana.post("/annotate/1", json=True, version=0, **fields)
    assert response.status_code == 400
    assert reason in response.get_json()["error"]


@pytest.mark.usefixtures("photos")
def test_excluding_the_kept_photo_says_which_copy_takes_its_place(
    ana: Visitor, sessions: Sessions
) -> None:
    [pair] = pair_up(sessions, (1, 2))
    ana.post("/duplicates/decide", shown=pair, decision="copy")
    kept = 2 if "This is a copy of" in ana.page("/annotate/1") else 1
    ana.post(f"/annotate/{kept}/exclude", reason="no face")
    other = 3 - kept
    assert f"Its copy, photo {other}, is kept in its place." in ana.page("/duplicates")
    assert "This is a copy of" in ana.page(f"/annotate/{kept}")


@pytest.mark.usefixtures("photos")
def test_a_photo_is_excluded_and_taken_back(ana: Visitor) -> None:
    response = ana.post("/annotate/1/exclude", reason="no face")
    assert response.location == "/annotate?after=1"
    page = ana.page("/annotate/1")
    assert "Excluded: no face" in page
    assert "badge" in ana.page("/gallery?show=excluded")
    assert ana.post("/annotate/1/exclude", reason="").location == "/annotate/1"
    assert "No photo is here" in ana.page("/gallery?show=excluded")


@pytest.mark.usefixtures("photos")
def test_a_pair_is_decided_and_the_decision_taken_back(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    page = ana.page("/duplicates")
    assert "Group 1 of 1 · 1 pair to decide" in page
    assert page.index("No. 2") > page.index("No. 1") > page.index("would be kept: least compressed")
    [pair] = pairs(sessions)
    decided = ana.post("/duplicates/decide", shown=pair.id, decision="copy")
    assert decided.location == "/duplicates"
    assert "copy of 1" in ana.page("/gallery?show=copies")
    assert Visitor(app, "ben").post("/duplicates/undo").status_code == 404  # not ben's to undo
    assert ana.post("/duplicates/undo").location == f"/duplicates?pair={pair.id}"
    assert pairs(sessions)[0].decision is None
    assert ana.post("/duplicates/undo").status_code == 404
    assert ana.post("/duplicates/decide", shown=pair.id, decision="huh").status_code == 400
    assert ana.post("/duplicates/decide", shown=99, decision="copy").status_code == 303
    assert "These photos were decided meanwhile." in ana.page("/duplicates")
    assert ana.post(f"/duplicates/{pair.id}/reopen").location == f"/duplicates?pair={pair.id}"
    assert ana.post("/duplicates/99/reopen").status_code == 404


def pair_up(sessions: Sessions, *links: tuple[int, int]) -> list[int]:
    """Join photos by pairs that wait, in place of those that were found."""
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))
        rows = [
            DuplicatePair(photo_a_id=a, photo_b_id=b, distance_bits=5, score=0.9) for a, b in links
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


@pytest.mark.usefixtures("photos")
def test_a_large_group_goes_on_with_the_photos_that_were_not_shown(
    ana: Visitor, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.queries.groups.MOST_SHOWN", 2)
    first, second = pair_up(sessions, (1, 2), (2, 3))
    page = ana.page("/duplicates")
    assert "2 photos are shown, 1 more comes next" in page
    assert "would be kept of these" in page
    assert "No. 3" not in page
    following = re.search(r'name="next" value="(\d+)"', page)
    assert following
    decided = ana.post("/duplicates/decide", shown=first, next=following[1], decision="copy")
    assert decided.location == f"/duplicates?pair={second}"
    assert "No. 3" in ana.page(decided.location)


@pytest.mark.usefixtures("photos")
def test_a_refused_decision_leads_back_to_its_group(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    first, second, ends = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    ana.post("/duplicates/decide", shown=ends, decision="different")
    page = ana.page("/duplicates")
    assert page.count("Take back") == 2  # beside the warning, and in the table of pairs
    assert "Take back" not in Visitor(app, "vera").page("/duplicates")
    form: dict[str, Any] = {"shown": [second, first], "decision": "copy"}
    refused = ana.post("/duplicates/decide", **form)
    assert (refused.status_code, refused.location) == (303, f"/duplicates?pair={first}")
    told = "photos No. 1 and No. 3 would become copies, but ana decided that they are different"
    assert told in ana.page("/duplicates")
    plain = ana.post("/duplicates/decide", json=True, **form)
    assert (plain.status_code, told in plain.get_json()["error"]) == (409, True)
    assert {pair.decision for pair in pairs(sessions)} == {None, "different"}


@pytest.mark.usefixtures("photos")
def test_certain_copies_are_accepted_together(ana: Visitor, sessions: Sessions) -> None:
    assert "1 verified pair…" in ana.page("/duplicates")
    assert "Decide 0 pairs as copies" in ana.page("/duplicates/verified?min_percent=100")
    assert "Decide 1 pair as copies" in ana.page("/duplicates/verified")
    for wrong in ("most", "nan", "-1", "101"):
        assert ana.post("/duplicates/verified", min_percent=wrong).status_code == 400
    assert ana.post("/duplicates/verified", min_percent="99,9999999").location == "/duplicates"
    assert pairs(sessions)[0].decision is None
    assert "Nothing was decided" in ana.page("/duplicates")
    assert "Compare No. 1 and 2" in ana.page("/duplicates/verified")
    assert ana.post("/duplicates/verified").location == "/duplicates"
    assert pairs(sessions)[0].decision == "copy"
    assert "1 pair decided: copies of one photo" in ana.page("/duplicates")


@pytest.mark.usefixtures("photos")
def test_a_removed_copy_is_listed_and_restored(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    assert "No copy has been removed" in ana.page("/duplicates/removed")
    ana.post("/duplicates/verified")
    page = ana.page("/duplicates/removed")
    assert page.index("Photo 2") < page.index("Photo 1") < page.index("<td>by ana</td>")
    assert "Restore" not in Visitor(app, "vera").page("/duplicates/removed")
    ana.post("/duplicates/removed/2/restore")
    assert "Photo 2 is back; 1 pair to decide again." in ana.page("/duplicates/removed")
    assert pairs(sessions)[0].decision is None


@pytest.mark.usefixtures("photos")
def test_decisions_are_listed_filtered_and_taken_back(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    assert "Nothing has been decided yet" in ana.page("/duplicates/decisions")
    first, second, _waiting = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    ana.post("/duplicates/decide", shown=first, decision="copy")
    Visitor(app, "ben").post("/duplicates/decide", shown=second, decision="different")
    assert 'Decisions</a> <span class="muted">2<' in ana.page("/duplicates")
    page = ana.page("/duplicates/decisions")
    assert page.index("<strong>different people</strong>") < page.index(
        "<strong>copies of one photo<"
    )
    assert page.count("Take back") == 2
    assert "Take back" not in Visitor(app, "vera").page("/duplicates/decisions")
    copies = "/duplicates/decisions?decision=copy"
    assert "1 pair that fits, newest first" in ana.page(copies)
    assert "<strong>different" not in ana.page(copies)
    assert "<strong>copies" not in ana.page("/duplicates/decisions?by=ben")
    assert "No decision that stands fits" in ana.page(f"{copies}&by=%3Cscript%3E")
    back = ana.post(f"/duplicates/decisions/{first}/take-back", decision="copy")
    assert back.location == copies
    assert "The decision is taken back" in ana.page(copies)
    assert "Nothing" not in ana.page("/duplicates/decisions")
    assert "1 pair, newest first" in ana.page("/duplicates/decisions")


@pytest.mark.usefixtures("photos")
def test_a_decision_is_taken_back_once(ana: Visitor, sessions: Sessions) -> None:
    [pair] = pair_up(sessions, (1, 2))
    ana.post("/duplicates/decide", shown=pair, decision="copy")
    for _ in range(2):
        assert ana.post(f"/duplicates/decisions/{pair}/take-back").status_code == 303
    with sessions() as session:
        actions = session.scalars(select(Event.action)).all()
    assert actions.count("decision taken back") == 1
    assert ana.post("/duplicates/decisions/99/take-back").status_code == 404


@pytest.mark.usefixtures("photos")
def test_a_decided_pair_is_shown_to_be_compared(ana: Visitor, sessions: Sessions) -> None:
    first, waits, _ends = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    ana.post("/duplicates/decide", shown=first, decision="same_person")
    assert f'href="/duplicates/decisions/{first}"' in ana.page("/duplicates/decisions")
    page = " ".join(ana.page(f"/duplicates/decisions/{first}").split())
    assert "A decided pair · 2 pairs to decide" in page
    assert "Decided: the same person, by ana, " in page
    assert "No. 1" in page
    assert "No. 3" not in page
    assert "would be kept" not in page
    assert 'name="decision"' not in page
    assert "Undo takes back" not in page
    assert ana.get(f"/duplicates/decisions/{waits}").location == f"/duplicates?pair={waits}"
    assert ana.get("/duplicates/decisions/99").status_code == 404


@pytest.mark.usefixtures("photos")
def test_a_pair_asked_for_that_does_not_wait_is_named(ana: Visitor, sessions: Sessions) -> None:
    first, _waits = pair_up(sessions, (1, 2), (2, 3))
    ana.post("/duplicates/decide", shown=first, decision="different")
    page = ana.page(f"/duplicates?pair={first}")
    assert f'is decided already: <a href="/duplicates/decisions/{first}">' in page
    assert "Group 1 of 1" in page
    assert "There is no pair 99" in ana.page("/duplicates?pair=99")


@pytest.mark.usefixtures("photos")
def test_who_decides_second_is_told_and_goes_on(app: Flask, sessions: Sessions) -> None:
    ana, ben = Visitor(app, "ana"), Visitor(app, "ben")
    first, second = pair_up(sessions, (1, 2), (2, 3))
    form: dict[str, Any] = {"shown": first, "next": second, "decision": "copy"}
    ben.post("/duplicates/decide", shown=first, decision="different")
    late = ana.post("/duplicates/decide", **form)
    assert late.location == f"/duplicates?pair={second}"
    told = "These photos were decided meanwhile: different people, by ben."
    assert told in ana.page(late.location)
    assert ana.post("/duplicates/decide", json=True, **form).status_code == 409


@pytest.mark.usefixtures("photos")
def test_who_picks_what_was_decided_meanwhile_goes_on_with_the_rest(
    app: Flask, sessions: Sessions
) -> None:
    ana, ben = Visitor(app, "ana"), Visitor(app, "ben")
    first, second = pair_up(sessions, (1, 2), (2, 3))
    form: dict[str, Any] = {"shown": [first, second], "photo": [1, 2], "decision": "copy"}
    ben.post("/duplicates/decide", **(form | {"decision": "same_person"}))
    late = ana.post("/duplicates/decide", **form)
    assert late.location == f"/duplicates?pair={second}"
    assert "decided meanwhile: the same person, by ben." in ana.page(late.location)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("wrong", [{"photo": "abc"}, {"photo": ""}, {"shown": ["1", "abc"]}])
@pytest.mark.parametrize("address", ["/duplicates/decide", "/duplicates/people"])
def test_a_pick_that_is_no_number_decides_nothing(
    ana: Visitor, sessions: Sessions, address: str, wrong: dict[str, Any]
) -> None:
    [pair] = pair_up(sessions, (1, 2))
    form: dict[str, Any] = {"shown": pair, "decision": "different"}
    answer = ana.post(address, **(form | wrong))
    assert (answer.status_code, "whole numbers only" in answer.text) == (400, True)
    assert [one.decision for one in pairs(sessions)] == [None]


def test_only_the_same_pixels_are_a_hundred_percent() -> None:
    assert [percent(score) for score in (1, 0.99999999, 0.9999, 0.99, 0.29, 0)] == [
        "100.0%",
        "99.9%",
        "99.9%",
        "99.0%",
        "29.0%",
        "0.0%",
    ]


@pytest.mark.parametrize("name", FOUND_BY)
def test_what_found_a_pair_is_said_in_plain_words(name: str) -> None:
    plain, mirrored = (found_by(Evidence(name, 12, mirrored)) for mirrored in (False, True))
    assert ("mirrored" in mirrored) is (name in ("photo_phash", "content_phash", "keypoints"))
    assert ("12 places in common" in plain) is (name == "keypoints")


def test_why_it_was_asked_for_a_person_is_said_in_plain_words() -> None:
    said = [found_by(None, origin) for origin in ORIGINS]
    assert said == ["one post", "one author", "a rater's own eyes"]


@pytest.mark.usefixtures("photos")
def test_the_list_of_decisions_goes_on_page_by_page(
    ana: Visitor, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.web.duplicates.PAGE_SIZE", 1)
    decided = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    for pair in decided:
        ana.post("/duplicates/decide", shown=pair, decision="different")
    address, seen = "/duplicates/decisions", []
    while address:
        page = ana.page(address)
        seen += re.findall(r"decisions/(\d+)/take-back", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(older[1]) if older else ""
    assert seen == [str(pair) for pair in reversed(decided)]
    for wrong in ("huh", "2024-01-01_x", "99999-01-01_1", "_", "2024-01-01"):
        answer = ana.get("/duplicates/decisions", query_string={"before": wrong})
        assert (answer.status_code, "start again" in answer.text) == (400, True)
    assert "There is no older" in ana.page("/duplicates/decisions?before=0001-01-01_9&decision=huh")


@pytest.mark.usefixtures("photos")
def test_a_number_that_no_database_takes_is_not_found(ana: Visitor) -> None:
    huge = 10**30
    for address in (
        f"/duplicates/removed?after={huge}",
        f"/duplicates/decisions?before=2024-01-01_{huge}",
        f"/gallery?after={huge}",
        f"/annotate/{huge}",
    ):
        answer = ana.get(address)
        assert (answer.status_code, "has such a number" in answer.text) == (404, True), address
    assert ana.post(f"/duplicates/{huge}/reopen").status_code == 404
    assert ana.post("/duplicates/decide", shown=huge, decision="copy").status_code == 404


@pytest.mark.usefixtures("photos")
def test_conflicting_ratings_of_copies_are_listed(app: Flask, ana: Visitor) -> None:
    ben = Visitor(app, "ben")
    ana.post("/annotate/1", version=0, label="positive", sex="female", region=REGION)
    ben.post("/annotate/2", version=0, label="negative", sex="female", region=REGION)
    assert "rating conflict" not in ana.page("/duplicates")
    ana.post("/duplicates/verified")
    for visitor in (ana, ben):  # it would give away the other's word on the photo not rated yet
        assert "rating conflict" not in visitor.page("/duplicates")
    ben.post("/annotate/1", version=0, label="positive", sex="female", region=REGION)
    page = ben.page("/duplicates")
    assert "1 rating conflict" in page
    assert 'href="/annotate/2"' in page
    assert "ben, negative, female" in " ".join(page.split())
    assert "rating conflict" not in ana.page("/duplicates")


@pytest.fixture
def people(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Three photos of one author, two of them of one post, and two of another author's."""
    for number in range(1, 6):
        save(f"{number}.png", number)
    post = Post(author="eve_1987", post_url="https://photos.example/eve_1987/p1")
    alone = Post(author="eve_1987")
    of_kim = Post(author="kim")
    posts = dict.fromkeys(("1.png", "2.png"), post) | {"3.png": alone}
    import_all(posts=posts | dict.fromkeys(("4.png", "5.png"), of_kim))


@pytest.mark.usefixtures("people")
def test_persons_are_decided_group_by_group(app: Flask, ana: Visitor, sessions: Sessions) -> None:
    address = "/duplicates/people"
    assert f'href="{address}"' in ana.page("/duplicates")
    page = ana.page(address)
    assert "Group 1 of 2 · 3 photos of one author, 2 of them in one post" in page
    assert "Group 2 of 2 · 2 photos of one author" in ana.page(f"{address}?photo=5")
    some: dict[str, Any] = {"shown": [1, 2, 3], "next": 4}
    picked = ana.post(address, decision="same_person", photo=[1, 2], **some)
    assert picked.location == f"{address}?photo=1&photo=4"
    assert "Known as one person with" in ana.page(picked.location)
    decided = ana.post(address, decision="different", shown=[1, 3], next=4)
    page = ana.page(decided.location)
    assert "Decided: different people." in page
    assert "Group 1 of 1 · 2 photos of one author" in page
    ana.post(address, decision="same_person", shown=[4, 5])
    assert "No group waits" in ana.page(address)
    assert "not compared" in ana.page("/duplicates/decisions?decision=different")
    assert "Undo takes back your last decision, at Same person?:" in ana.page("/duplicates")
    assert ana.post("/duplicates/undo").location == f"{address}?photo=4"
    assert "on 1 pair: the same person." in ana.page(f"{address}?photo=4")
    assert count_decided(sessions) == 2


@pytest.mark.usefixtures("people")
def test_neither_authors_nor_addresses_of_posts_are_shown(ana: Visitor, sessions: Sessions) -> None:
    with sessions() as session:
        keys = session.scalars(select(Photo.author_key)).all()
    page = ana.page("/duplicates/people")
    for secret in ("eve_1987", "photos.example", *filter(None, keys)):
        assert secret not in page


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"decision": "same_person"}, 400),
        ({"decision": "same_person", "shown": [1]}, 400),
        ({"decision": "copy", "shown": [1, 2]}, 400),
        ({"decision": "same_person", "shown": [1, 2], "photo": [1, 3]}, 400),
        ({"decision": "same_person", "shown": ["one", "2"]}, 400),
        ({"decision": "same_person", "shown": range(1, 99)}, 400),
        ({"decision": "same_person", "shown": [3, 4]}, 303),
        ({"decision": "different", "shown": [1, 10**30]}, 303),
    ],
)
def test_what_does_not_fit_the_page_of_persons_is_refused(
    ana: Visitor, sessions: Sessions, fields: dict[str, Any], status: int
) -> None:
    response = ana.post("/duplicates/people", **fields)
    assert response.status_code == status, response.text
    assert count_decided(sessions) == 0
    assert ana.post("/duplicates/undo").status_code == 404
    for odd in ("x", "-1", str(10**30)):
        assert "Group 1 of 2" in ana.page(f"/duplicates/people?photo={odd}")


@pytest.mark.usefixtures("people")
def test_two_raters_decide_the_same_persons(app: Flask, ana: Visitor) -> None:
    ben = Visitor(app, "ben")
    address = "/duplicates/people"
    assert ben.post(address, decision="different", shown=[1, 2, 3]).status_code == 303
    late = ana.post(address, decision="different", shown=[1, 2, 3], next=4)
    told = "These photos were decided meanwhile: different people, by ben."
    assert told in ana.page(late.location)
    refused = ana.post(address, decision="same_person", shown=[1, 2, 3])
    assert "Photos no. 1 and 2 are known to be different people" in ana.page(refused.location)
    plain = ana.post(address, json=True, decision="same_person", shown=[1, 2, 3])
    assert plain.status_code == 409
    assert ana.post("/duplicates/undo").status_code == 404  # not ana's to undo


@pytest.mark.usefixtures("people")
def test_a_decision_that_tells_people_apart_is_linked_and_taken_back(
    ana: Visitor, sessions: Sessions
) -> None:
    address = "/duplicates/people"
    ana.post(address, decision="different", shown=[1, 2, 3], photo=[1, 2])
    [pair] = decided_pairs(sessions, before=None, size=2)
    assert f'href="/duplicates/decisions/{pair.id}"' in ana.page(address)
    assert ana.post(f"/duplicates/{pair.id}/reopen").location.startswith(f"{address}?")
    assert "known to be different" not in ana.page(address)


def test_an_export_is_made_and_listed(
    ana: Visitor,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
) -> None:
    for seed in range(1, 7):
        save(f"{seed}.png", seed)
    import_all()
    for photo in range(1, 7):
        label = "positive" if photo % 2 else "negative"
        ana.post(f"/annotate/{photo}", version=0, label=label, sex="female", region=REGION)
    form: dict[str, Any] = {
        "train": 70,
        "val": 15,
        "test": 15,
        "folds": 2,
        "seed": 1,
        "crop": "mask",
    }
    wrong = ana.post("/exports", json=True, **(form | {"test": 20, "min_evidence": "hashtag"}))
    assert "add up to 100" in wrong.get_json()["error"]
    odd = ana.post("/exports", json=True, **(form | {"folds": "-1", "min_evidence": "hashtag"}))
    assert "give a whole number" in odd.get_json()["error"]
    made = ana.post("/exports", json=True, **form, min_evidence="hashtag")
    assert made.get_json() == {"next": "/exports"}
    [export] = exports(sessions)
    page = ana.page("/exports")
    assert export.content_hash in page
    assert "python -m trainer run --arch xception" in page
    assert "6 photos exported" in page


@pytest.mark.usefixtures("photos")
def test_an_export_of_nothing_says_what_is_missing(ana: Visitor) -> None:
    form: dict[str, Any] = {
        "train": 70,
        "val": 15,
        "test": 15,
        "folds": 5,
        "seed": 1,
        "crop": "mask",
    }
    response = ana.post("/exports", **form, min_evidence="hashtag")
    assert response.status_code == 409
    assert "There is no negative and no positive photo to export" in response.text


@pytest.mark.usefixtures("photos")
def test_a_missing_drawing_tool_is_named(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curator.web.annotate._drawing_built", lambda: False)
    page = ana.page("/annotate/1")
    assert "make vendor" in page
    assert "annotorious.css" not in page


def test_the_pages_offer_what_the_database_takes() -> None:
    assert tuple(terms.LABELS) == LABELS
    assert attributes.SEX.codes == SEXES
    assert attributes.EVIDENCE.codes == EVIDENCE
    assert tuple(terms.DECISIONS) == DECISIONS
    assert tuple(people_page.DECIDED) == ON_PERSONS
