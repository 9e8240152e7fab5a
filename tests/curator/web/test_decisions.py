"""The decisions on pairs: listed, filtered, compared again, taken back."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from curator.base.db import Sessions
from curator.base.models import Event
from tests.curator.browsing import Visitor
from tests.curator.rows import pair_up


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
