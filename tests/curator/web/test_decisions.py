"""The decisions on pairs: listed, filtered, compared again, undone."""

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select

from curator.base.db import Sessions
from curator.base.models.events import Event
from tests.curator.browsing import Visitor, is_warning, notice, numbers, the, words
from tests.curator.rows import pair_up

TAKING_BACK = "form[action$='/take-back']"


def listed(page: Tag) -> list[str]:
    return [str(row["data-decision"]) for row in page.select("#decided tbody tr")]


@pytest.mark.usefixtures("photos")
def test_decisions_are_listed_filtered_and_undone(
    app: Flask, ana: Visitor, sessions: Sessions
) -> None:
    assert the(ana.see("/duplicates/decisions"), "#nothing")
    first, second, _waiting = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    ana.post("/duplicates/decide", shown=first, decision="copy")
    Visitor(app, "ben").post("/duplicates/decide", shown=second, decision="different")
    counted = the(ana.see("/duplicates"), "a[href='/duplicates/decisions'] + span")
    assert numbers(counted) == [2]
    page = ana.see("/duplicates/decisions")
    assert listed(page) == ["different", "copy"]
    assert len(page.select(TAKING_BACK)) == 2
    assert not Visitor(app, "vera").see("/duplicates/decisions").select(TAKING_BACK)
    copies = "/duplicates/decisions?decision=copy"
    assert numbers(the(ana.see(copies), "#total")) == [1]
    assert listed(ana.see(copies)) == ["copy"]
    assert listed(ana.see("/duplicates/decisions?by=ben")) == ["different"]
    assert the(ana.see(f"{copies}&by=%3Cscript%3E"), "#nothing")
    back = ana.post(f"/duplicates/decisions/{first}/take-back", decision="copy")
    assert back.location == copies
    assert not is_warning(notice(ana.see(copies)))
    page = ana.see("/duplicates/decisions")
    assert listed(page) == ["different"]
    assert numbers(the(page, "#total")) == [1]


@pytest.mark.usefixtures("photos")
def test_a_decision_is_undone_only_once(ana: Visitor, sessions: Sessions) -> None:
    [pair] = pair_up(sessions, (1, 2))
    ana.post("/duplicates/decide", shown=pair, decision="copy")
    for _ in range(2):
        assert ana.post(f"/duplicates/decisions/{pair}/take-back").status_code == 303
    with sessions() as session:
        actions = session.scalars(select(Event.action)).all()
    assert actions.count("decision taken back") == 1
    assert ana.post("/duplicates/decisions/99/take-back").status_code == 404


@pytest.mark.usefixtures("photos")
def test_a_decided_pair_is_shown_for_comparison(ana: Visitor, sessions: Sessions) -> None:
    first, waits, _ends = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    ana.post("/duplicates/decide", shown=first, decision="same_person")
    address = f"/duplicates/decisions/{first}"
    assert the(ana.see("/duplicates/decisions"), f"a[href='{address}']")
    page = ana.see(address)
    counted = the(page, "#waiting")
    assert (counted["data-group"], counted["data-pairs"]) == ("0", "2")
    told = the(page, "#gaps")
    assert told["data-decision"] == "same_person"
    assert "ana" in words(told).replace(",", " ").split()
    assert {member["data-photo"] for member in page.select(".member")} == {"1", "2"}
    for absent in (".member.kept", ".badge.kept", "[name=decision]", "#undo"):
        assert not page.select(absent), absent
    assert ana.get(f"/duplicates/decisions/{waits}").location == f"/duplicates?pair={waits}"
    assert ana.get("/duplicates/decisions/99").status_code == 404


@pytest.mark.usefixtures("photos")
def test_the_list_of_decisions_has_pages(
    ana: Visitor, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.web.decisions.PAGE_SIZE", 1)
    decided = pair_up(sessions, (1, 2), (2, 3), (1, 3))
    for pair in decided:
        ana.post("/duplicates/decide", shown=pair, decision="different")
    address, seen = "/duplicates/decisions", []
    while address:
        page = ana.see(address)
        seen += [int(str(row["data-pair"])) for row in page.select("tr[data-pair]")]
        older = page.select_one("a[rel=next]")
        address = str(older["href"]) if older else ""
    assert seen == decided[::-1]
    for wrong in ("huh", "2024-01-01_x", "99999-01-01_1", "_", "2024-01-01"):
        answer = ana.get("/duplicates/decisions", query_string={"before": wrong})
        assert answer.status_code == 400, wrong
    none_older = the(ana.see("/duplicates/decisions?before=0001-01-01_9&decision=huh"), "#nothing")
    assert the(none_older, "a")["href"] == "/duplicates/decisions"
