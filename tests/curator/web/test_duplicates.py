"""Photos that look alike, group by group; verified pairs together; removed copies."""

import re
from typing import Any

import pytest
from flask import Flask

from curator.base.db import Sessions
from curator.base.models import PROVENANCE
from curator.copies.hashes import VIEWS
from curator.queries.pairs import pairs
from curator.web.duplicates import found_by, percent
from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION
from tests.curator.rows import pair_up


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


def test_evidence_is_said_in_plain_words() -> None:
    for evidence in (*(f"pHash of the {view}" for view in VIEWS), "same pixels", *PROVENANCE):
        assert found_by(evidence) != evidence
    assert found_by("12 shared keypoints, mirrored") == "12 places in common, mirrored"


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
