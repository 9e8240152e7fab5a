"""Rating one photo after another: queues, claims, refused ratings, exclusion."""

import pytest
from flask import Flask

from curator.base.db import Sessions
from curator.base.models.ratings import LABELS, SEXES
from curator.http.terms import EXCLUSIONS
from curator.queries.photos import photo_to_rate
from curator.ratings import regions
from curator.ratings.assessments import Assessment
from curator.web.queues import DONE, EVERYBODYS, TITLES
from tests.curator.browsing import JSON, Visitor, numbers, the, words
from tests.curator.drawing import REGION
from tests.curator.rows import pair_up

ANA = 1
CROSSING = regions.FLAWS["crossing"]


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
    assert (
        the(ana.see("/annotate/2"), "[name=evidence][checked]")["value"] == "clinician"
    )  # the last used
    assert ana.get("/annotate/counts").get_json() == {"left": 2, "total": 3}
    assert ana.get("/annotate/previous?before=2").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
def test_previous_goes_back_through_the_ratings(ana: Visitor) -> None:
    for photo in (2, 3, 1):
        ana.post(f"/annotate/{photo}", version=0, label="unsure")
    for here, before in ((1, 3), (3, 2)):
        address = f"/annotate/previous?before={here}"
        assert the(ana.see(f"/annotate/{here}"), f"a[href='{address}']")
        assert ana.get(address).location == f"/annotate/{before}"
    assert ana.get("/annotate/previous?before=2").status_code == 404


@pytest.mark.usefixtures("photos")
def test_previous_reaches_the_photo_that_was_excluded(ana: Visitor) -> None:
    ana.post("/annotate/1", version=0, label="unsure")
    ana.post("/annotate/2/exclude", reason="several faces")
    for here, before in ((3, 2), (2, 1)):
        assert ana.get(f"/annotate/previous?before={here}").location == f"/annotate/{before}"
    ana.post("/annotate/1/exclude", reason="several faces")
    assert ana.get("/annotate/previous?before=3").location == "/annotate/1"
    assert ana.get("/annotate/previous?before=1").location == "/annotate/2"
    assert ana.get("/annotate/previous?before=2").status_code == 404, "each is reached once"
    ana.post("/annotate/1/exclude", reason="")
    assert ana.get("/annotate/previous?before=2").location == "/annotate/1", "its rating stands"


@pytest.mark.usefixtures("photos")
def test_previous_reaches_no_photo_that_another_excluded(app: Flask, ana: Visitor) -> None:
    Visitor(app, "ben").post("/annotate/2/exclude", reason="several faces")
    assert ana.get("/annotate/previous?before=3").status_code == 404


@pytest.mark.usefixtures("photos")
def test_a_queue_is_named_as_a_queue_beside_a_photo_that_is_rated(ana: Visitor) -> None:
    ana.post("/annotate/1", version=0, label="unsure")
    named = words(the(ana.see("/annotate/1"), ".queues summary"))
    assert named == f"Queue: {TITLES['unrated']}"
    assert "rated" not in TITLES["unrated"]
    for queue, title in TITLES.items():
        if queue in EVERYBODYS:
            page = ana.see(f"/annotate/1?queue={queue}")
            assert words(the(page, ".queues summary")) == f"Queue: {title}"


@pytest.mark.usefixtures("photos")
def test_an_exclusion_is_undone_from_the_next_photo(ana: Visitor) -> None:
    done = ana.post("/annotate/1/exclude", json=True, reason="several faces").get_json()
    assert done["next"] == "/annotate?after=1"
    undone = ana.post("/photos/undo", json=True, event=done["undo"], next="/annotate/1").get_json()
    assert undone["next"] == "/annotate/1"
    assert the(ana.see("/gallery?show=excluded"), "#nothing")
    plain = ana.post("/annotate/1/exclude", reason="several faces")
    assert plain.location == "/annotate?after=1"
    form = the(ana.see("/annotate/2"), ".flashes form")
    assert the(form, "[name=next]")["value"] == "/annotate/1"


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    "page",
    ["/annotate/1", "/photos/1", "/gallery", "/gallery/selection?act=exclude&photo=1"],
)
def test_the_same_reasons_are_offered_in_the_same_order(ana: Visitor, page: str) -> None:
    reasons = the(ana.see(page), "#excluding").select("button[name=reason]")
    assert [reason["value"] for reason in reasons] == list(EXCLUSIONS)
    assert [words(the(reason, "kbd")) for reason in reasons] == [*"12345678"]


@pytest.mark.usefixtures("photos")
def test_the_photos_ahead_come_with_everything_their_page_shows(ana: Visitor) -> None:
    photos = ana.get("/annotate/ahead?after=1&count=9").get_json()["photos"]
    assert [photo["id"] for photo in photos] == [2, 3]  # never the one in hand
    assert photos[0] == ana.get("/annotate/2", headers=JSON).get_json()
    assert photos[0]["own"] is None
    assert photos[0]["pictures"]["closeup"] == ""  # no larger than the picture on the page
    assert "b.jpg" not in photos[0]["facts"]


@pytest.mark.usefixtures("photos")
def test_a_claimed_photo_is_given_to_nobody_else_until_it_is_skipped(
    app: Flask, ana: Visitor
) -> None:
    assert ana.get("/annotate").location == "/annotate/1"
    ana.get("/annotate/ahead?after=1&count=1")
    ben = Visitor(app, "ben")
    assert ben.get("/annotate").location == "/annotate/3"
    ana.post("/annotate/1/skip", json=True)
    assert ben.get("/annotate?after=3").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
def test_a_viewer_claims_no_photo(app: Flask, ana: Visitor) -> None:
    vera = Visitor(app, "vera")
    assert vera.get("/annotate").location == "/annotate/1"
    assert [p["id"] for p in vera.get("/annotate/ahead?after=1").get_json()["photos"]] == [2]
    chosen = "/annotate?queue=filter&name=c.jpg"
    assert vera.get(chosen).location == "/annotate/3?queue=filter&name=c.jpg"
    assert ana.get("/annotate").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
def test_the_queue_stays_in_the_address(ana: Visitor) -> None:
    ana.post("/annotate/2", version=0, label="unsure")
    assert ana.get("/annotate?queue=unsure").location == "/annotate/2?queue=unsure"
    assert (
        the(ana.see("/annotate/2?queue=unsure"), "#rating")["action"] == "/annotate/2?queue=unsure"
    )
    chosen = "/annotate?queue=filter&show=unrated&name=c.jpg"
    assert ana.get(chosen).location == "/annotate/3?queue=filter&show=unrated&name=c.jpg"
    saved = ana.post(chosen.replace("annotate", "annotate/3"), version=0, label="unsure")
    assert saved.location == "/annotate?after=3&queue=filter&show=unrated&name=c.jpg"
    assert DONE["filter"] in words(the(ana.see(saved.location), "#nothing"))


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("query", "status"), [("queue=nonsense", 400), ("queue=uncertain&run=none", 404)]
)
def test_an_unknown_queue_is_refused(ana: Visitor, query: str, status: int) -> None:
    assert ana.get(f"/annotate?{query}").status_code == status


@pytest.mark.usefixtures("photos")
def test_only_adjudicators_open_the_adjudication_queue(app: Flask) -> None:
    for name, status in (("ben", 403), ("carl", 403), ("ada", 200), ("ana", 200)):
        response = Visitor(app, name).get("/annotate/1?queue=adjudicate")
        assert response.status_code == status, name


@pytest.mark.usefixtures("photos")
def test_the_same_person_is_recorded_once(ana: Visitor) -> None:
    assert ana.post("/annotate/3/same-person", json=True).status_code == 404
    ana.post("/annotate/1", version=0, label="unsure")
    first, again = (
        ana.post("/annotate/3/same-person", json=True).get_json()["said"] for _ in range(2)
    )
    assert numbers(first) == numbers(again) == [1]
    assert first != again
    assert ana.post("/annotate/3/same-person", json=True, other=3).status_code == 400


@pytest.mark.usefixtures("photos")
def test_a_stale_save_is_refused_and_changes_nothing(ana: Visitor, sessions: Sessions) -> None:
    first = ana.post("/annotate/1", json=True, version=0, label="positive")
    assert first.get_json() == {"next": "/annotate?after=1", "version": 1}
    stale = ana.post("/annotate/1", json=True, version=0, label="negative")
    assert stale.status_code == 409
    assert stale.get_json()["kind"] == "stale"
    own = photo_to_rate(sessions, 1, ANA).own
    assert own is not None
    assert own.label == "positive"


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"label": "maybe"}, ("label", "'maybe'", *LABELS)),
        ({"label": ""}, ("label", *LABELS)),
        ({"label": "positive", "sex": "x"}, ("sex", "'x'", *SEXES)),
        ({"label": "positive", "region": "0.1,0.1 0.9,0.9 0.9,0.1 0.1,0.9"}, (CROSSING,)),
        ({"label": "positive", "region": "0.1,0.1 nan,1 0.9,0.1"}, ("x,y x,y x,y",)),
        ({"label": "positive", "region": "0.1,0.1 0.2,0.1"}, ("3", "200")),
    ],
)
def test_an_invalid_rating_is_refused_with_a_reason(
    ana: Visitor, sessions: Sessions, fields: dict[str, str], named: tuple[str, ...]
) -> None:
    response = ana.post("/annotate/1", json=True, version=0, **fields)
    assert response.status_code == 400
    reason = response.get_json()["error"]
    assert [value for value in named if value not in reason] == []
    assert photo_to_rate(sessions, 1, ANA).own is None


@pytest.mark.usefixtures("photos")
def test_excluding_the_kept_photo_says_which_copy_takes_its_place(
    ana: Visitor, sessions: Sessions
) -> None:
    [pair] = pair_up(sessions, (1, 2))
    ana.post("/duplicates/decide", shown=pair, decision="copy")
    kept = 2 if ana.see("/annotate/1").select("#notices a[href='/annotate/2']") else 1
    other = 3 - kept
    ana.post(f"/annotate/{kept}/exclude", reason="too small")
    told = ana.see("/duplicates").select(".flashes .notice")[-1]
    assert "too small" in words(told)
    assert numbers(told) == [other]
    assert the(ana.see(f"/annotate/{kept}"), f"#notices a[href='/annotate/{other}']")


@pytest.mark.usefixtures("photos")
def test_a_photo_is_excluded_and_included_again(ana: Visitor) -> None:
    response = ana.post("/annotate/1/exclude", reason="no face")
    assert response.location == "/annotate?after=1"
    assert "no face" in words(the(ana.see("/annotate/1"), "#notices .warning"))
    excluded = the(ana.see("/gallery?show=excluded"), ".tile")
    assert the(excluded, ".badge")["title"] == "no face"
    assert ana.post("/annotate/1/exclude", reason="").location == "/annotate/1"
    assert the(ana.see("/gallery?show=excluded"), "#nothing")


@pytest.mark.usefixtures("photos")
def test_a_missing_drawing_tool_is_reported(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curator.web.annotate._drawing_built", lambda: False)
    page = ana.see("/annotate/1")
    assert "make vendor" in words(the(page, "#drawing-hint"))
    assert not page.select("link[href$='annotorious.css']")
