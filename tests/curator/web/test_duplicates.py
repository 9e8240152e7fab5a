"""Photos that look alike, group by group; verified pairs in bulk; removed copies."""

from typing import Any

import pytest
from bs4 import Tag
from flask import Flask

from copies.evidence import Evidence
from curator.base.db import Sessions
from curator.base.models.pairs import FOUND_BY, ORIGINS
from curator.http import terms
from curator.queries.groups import look_alike_group
from curator.queries.pairs import pairs
from curator.ratings import attributes
from curator.web.duplicates import found_by, percent
from tests.curator.browsing import Visitor, is_warning, notice, numbers, parsed, the, waiting, words
from tests.curator.drawing import REGION
from tests.curator.rows import pair_up


def shown(page: Tag) -> list[int]:
    return [int(str(member["data-photo"])) for member in page.select(".member")]


@pytest.mark.usefixtures("photos")
def test_a_pair_is_decided_and_the_decision_undone(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    page = ana.see("/duplicates")
    assert waiting(page) == {"pairs": 1, "group": 1, "groups": 1, "later": 0}
    assert shown(page) == [1, 2]
    group = look_alike_group(sessions)
    assert group
    assert group.rule
    assert group.rule in words(the(page, ".member[data-photo='1'] .badge.kept"))
    [pair] = pairs(sessions)
    decided = ana.post("/duplicates/decide", shown=pair.id, decision="copy")
    assert decided.location == "/duplicates"
    [copy] = ana.see("/gallery?show=copies").select(".tile")
    assert numbers(the(copy, ".badge")) == [1]
    assert Visitor(app, "ben").post("/duplicates/undo").status_code == 404  # not ben's to undo
    assert ana.post("/duplicates/undo").location == f"/duplicates?pair={pair.id}"
    assert pairs(sessions)[0].decision is None
    assert ana.post("/duplicates/undo").status_code == 404
    assert ana.post("/duplicates/decide", shown=pair.id, decision="huh").status_code == 400
    assert ana.post("/duplicates/decide", shown=99, decision="copy").status_code == 303
    assert is_warning(notice(ana.see("/duplicates")))
    assert ana.post(f"/duplicates/{pair.id}/reopen").location == f"/duplicates?pair={pair.id}"
    assert ana.post("/duplicates/99/reopen").status_code == 404


@pytest.mark.usefixtures("photos")
def test_a_large_group_continues_with_the_photos_not_yet_shown(
    ana: Visitor, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.queries.groups.MOST_SHOWN", 2)
    first, second = pair_up(sessions, (1, 2), (2, 3))
    page = ana.see("/duplicates")
    assert waiting(page)["later"] == 1
    assert the(page, "#decision")["data-scope"] == "part"
    assert shown(page) == [1, 2]
    following = the(page, "#decision [name=next]")["value"]
    decided = ana.post("/duplicates/decide", shown=first, next=following, decision="copy")
    assert decided.location == f"/duplicates?pair={second}"
    assert 3 in shown(ana.see(decided.location))


@pytest.mark.usefixtures("photos")
def test_a_refused_decision_leads_back_to_its_group(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    first, second, ends = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    ana.post("/duplicates/decide", shown=ends, decision="different")
    taking_back = f"form[action='/duplicates/{ends}/reopen']"
    page = ana.see("/duplicates")
    assert (
        len(page.select(f"#gaps {taking_back}")) == len(page.select(f"#pairs {taking_back}")) == 1
    )
    assert not Visitor(app, "vera").see("/duplicates").select(taking_back)
    form: dict[str, Any] = {"shown": [second, first], "decision": "copy"}
    refused = ana.post("/duplicates/decide", **form)
    assert (refused.status_code, refused.location) == (303, f"/duplicates?pair={first}")
    told = notice(ana.see("/duplicates"))
    assert is_warning(told)
    assert numbers(told) == [1, 3]
    assert "ana" in words(told).split()
    plain = ana.post("/duplicates/decide", json=True, **form)
    assert plain.status_code == 409
    assert words(plain.get_json()["error"]) == words(told)
    assert {pair.decision for pair in pairs(sessions)} == {None, "different"}


@pytest.mark.usefixtures("photos")
def test_certain_copies_are_accepted_together(ana: Visitor, sessions: Sessions) -> None:
    assert numbers(the(ana.see("/duplicates"), "[data-action=bulk]")) == [1]
    for query, fitting in (("?min_percent=100", 0), ("", 1)):
        accept = the(ana.see(f"/duplicates/verified{query}"), "[data-action=accept]")
        assert numbers(accept) == [fitting]
        assert accept.has_attr("disabled") is not bool(fitting)
    for wrong in ("most", "nan", "-1", "101"):
        assert ana.post("/duplicates/verified", min_percent=wrong).status_code == 400
    assert ana.post("/duplicates/verified", min_percent="99,9999999").location == "/duplicates"
    assert pairs(sessions)[0].decision is None
    assert is_warning(notice(ana.see("/duplicates")))
    compare = the(ana.see("/duplicates/verified"), ".least-alike a")
    assert compare["href"] == f"/duplicates?pair={pairs(sessions)[0].id}"
    assert numbers(compare) == [1, 2]
    assert ana.post("/duplicates/verified").location == "/duplicates"
    assert pairs(sessions)[0].decision == "copy"
    told = notice(ana.see("/duplicates"))
    assert not is_warning(told)
    assert numbers(told) == [1]
    assert terms.DECISIONS["copy"] in words(told)


@pytest.mark.usefixtures("photos")
def test_a_removed_copy_is_listed_and_restored(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    assert the(ana.see("/duplicates/removed"), "#nothing")
    ana.post("/duplicates/verified")
    row = the(ana.see("/duplicates/removed"), "#removed tbody tr")
    assert [link["href"] for link in row.select("a")] == ["/annotate/2", "/annotate/1"]
    assert "ana" in words(row).split()
    restoring = "form[action='/duplicates/removed/2/restore']"
    assert row.select(restoring)
    assert not Visitor(app, "vera").see("/duplicates/removed").select(restoring)
    ana.post("/duplicates/removed/2/restore")
    assert numbers(notice(ana.see("/duplicates/removed"))) == [2, 1]
    assert pairs(sessions)[0].decision is None


@pytest.mark.usefixtures("photos")
def test_the_page_says_why_a_requested_pair_is_not_shown(ana: Visitor, sessions: Sessions) -> None:
    first, _waits = pair_up(sessions, (1, 2), (2, 3))
    ana.post("/duplicates/decide", shown=first, decision="different")
    page = ana.see(f"/duplicates?pair={first}")
    told = the(page, ".flashes .warning")
    assert numbers(told) == [first]
    assert the(told, "a")["href"] == f"/duplicates/decisions/{first}"
    assert waiting(page)["group"] == 1
    missing = notice(ana.see("/duplicates?pair=99"))
    assert is_warning(missing)
    assert numbers(missing) == [99]
    assert not missing.select("a")


@pytest.mark.usefixtures("photos")
def test_a_rater_who_decides_too_late_is_told_and_moves_on(app: Flask, sessions: Sessions) -> None:
    ana, ben = Visitor(app, "ana"), Visitor(app, "ben")
    first, second = pair_up(sessions, (1, 2), (2, 3))
    form: dict[str, Any] = {"shown": first, "next": second, "decision": "copy"}
    ben.post("/duplicates/decide", shown=first, decision="different")
    late = ana.post("/duplicates/decide", **form)
    assert late.location == f"/duplicates?pair={second}"
    told = notice(ana.see(late.location))
    assert is_warning(told)
    assert terms.DECISIONS["different"] in words(told)
    assert "ben" in words(told)
    assert ana.post("/duplicates/decide", json=True, **form).status_code == 409


@pytest.mark.usefixtures("photos")
def test_a_rater_who_picks_decided_photos_continues_with_the_rest(
    app: Flask, sessions: Sessions
) -> None:
    ana, ben = Visitor(app, "ana"), Visitor(app, "ben")
    first, second = pair_up(sessions, (1, 2), (2, 3))
    form: dict[str, Any] = {"shown": [first, second], "photo": [1, 2], "decision": "copy"}
    ben.post("/duplicates/decide", **(form | {"decision": "same_person"}))
    late = ana.post("/duplicates/decide", **form)
    assert late.location == f"/duplicates?pair={second}"
    told = notice(ana.see(late.location))
    assert is_warning(told)
    assert terms.DECISIONS["same_person"] in words(told)
    assert "ben" in words(told)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("wrong", [{"photo": "abc"}, {"photo": ""}, {"shown": ["1", "abc"]}])
@pytest.mark.parametrize("address", ["/duplicates/decide", "/duplicates/people"])
def test_a_pick_that_is_not_a_number_decides_nothing(
    ana: Visitor, sessions: Sessions, address: str, wrong: dict[str, Any]
) -> None:
    [pair] = pair_up(sessions, (1, 2))
    form: dict[str, Any] = {"shown": pair, "decision": "different"}
    answer = ana.post(address, **(form | wrong))
    assert answer.status_code == 400
    assert next(iter(wrong)) in words(the(parsed(answer.text), "[role=alert].lead"))
    assert [one.decision for one in pairs(sessions)] == [None]


def test_only_identical_pixels_score_a_hundred_percent() -> None:
    assert [percent(score) for score in (1, 0.99999999, 0.9999, 0.99, 0.29, 0)] == [
        "100.0%",
        "99.9%",
        "99.9%",
        "99.0%",
        "29.0%",
        "0.0%",
    ]


@pytest.mark.parametrize("name", FOUND_BY)
def test_the_evidence_of_a_pair_is_shown_in_plain_language(name: str) -> None:
    plain, mirrored = (found_by(Evidence(name, 12, is_mirrored)) for is_mirrored in (False, True))
    assert (plain != mirrored) is (name in ("photo_phash", "content_phash", "keypoints"))
    assert numbers(plain) == numbers(mirrored) == [12] * (name == "keypoints")


def test_the_origin_of_a_group_of_people_is_shown_in_plain_language() -> None:
    assert len({found_by(None, origin) for origin in ORIGINS} - set(ORIGINS)) == len(ORIGINS)


@pytest.mark.usefixtures("photos")
def test_a_number_too_large_for_the_database_is_not_found(ana: Visitor) -> None:
    huge = 10**30
    for address in (
        f"/duplicates/removed?after={huge}",
        f"/duplicates/decisions?before=2024-01-01_{huge}",
        f"/gallery?after={huge}",
        f"/annotate/{huge}",
    ):
        assert ana.get(address).status_code == 404, address
    assert ana.post(f"/duplicates/{huge}/reopen").status_code == 404
    assert ana.post("/duplicates/decide", shown=huge, decision="copy").status_code == 404


@pytest.mark.usefixtures("photos")
def test_conflicting_ratings_of_copies_are_listed(app: Flask, ana: Visitor) -> None:
    ben = Visitor(app, "ben")
    ana.post("/annotate/1", version=0, label="positive", sex="female", region=REGION)
    ben.post("/annotate/2", version=0, label="negative", sex="female", region=REGION)
    assert not ana.see("/duplicates").select("#conflicts")
    ana.post("/duplicates/verified")
    carl = Visitor(app, "carl")  # who has rated neither: it would give away the others' words
    assert not carl.see("/duplicates").select("#conflicts")
    page = ben.see("/duplicates")
    assert numbers(the(page, "a[href='#conflicts']")) == [1]
    said = words(the(page, "#conflicts li:has(a[href='/annotate/2'])"))
    for value in ("ben", terms.LABELS["negative"].lower(), attributes.SEX.names["female"].lower()):
        assert value in said.lower()
    assert ana.see("/duplicates").select("#conflicts")  # rated one of the copies as well
