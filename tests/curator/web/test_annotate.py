"""Rating one photo after another: queues, claims, what is refused, excluding."""

import pytest
from flask import Flask

from curator.base.db import Sessions
from curator.queries.photos import photo_to_rate
from curator.ratings.assessments import Assessment
from tests.curator.browsing import JSON, Visitor
from tests.curator.drawing import REGION
from tests.curator.rows import pair_up

ANA = 1


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
def test_a_missing_drawing_tool_is_named(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curator.web.annotate._drawing_built", lambda: False)
    page = ana.page("/annotate/1")
    assert "make vendor" in page
    assert "annotorious.css" not in page
