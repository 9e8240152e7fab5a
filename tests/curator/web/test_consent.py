"""The page and the commands that record consent: for administrators alone; erasing comes next."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from curator.base.config import Config
from curator.base.db import Sessions
from curator.cli import curator
from curator.photos.person_codes import set_person
from curator.photos.sources import set_source
from curator.queries.consents import ConsentRow, consent_rows
from tests.curator.browsing import Visitor, notice, parsed, the, words
from tests.curator.databases import environment_of

pytestmark = pytest.mark.usefixtures("photos", "person")
GIVEN: dict[str, Any] = {
    "state": "given",
    "scope": "study",
    "document": "F-1",
    "date": "2026-03-02",
}
CODE = "<b>P 1</b>"


@pytest.fixture
def person(sessions: Sessions, photos: object) -> None:
    with sessions.begin() as session:
        set_person(session, 1, CODE, "ana")
    set_source(sessions, [2, 3], "#clinic", actor="ana")


def recorded(sessions: Sessions) -> dict[str, ConsentRow]:
    return {row.value: row for row in consent_rows(sessions) if row.is_recorded}


def test_an_administrator_records_consent_and_its_withdrawal(
    ana: Visitor, sessions: Sessions
) -> None:
    assert the(ana.see("/admin"), "main a[href='/admin/consent']")
    page = ana.see("/admin/consent")
    assert [row["data-value"] for row in page.select("#persons tbody tr")] == [CODE]
    assert "#clinic" in [row["data-value"] for row in page.select("#sources tbody tr")]
    done = ana.post("/admin/consent", kind="person", value=CODE, **GIVEN)
    page = ana.see(done.location)
    assert the(page, "#persons tr[data-state=given]")["data-value"] == CODE
    assert the(page, "[name=document]")["value"] == "F-1"
    assert not page.select("#erase-next")
    # The scope that the form had chosen is no part of a withdrawal.
    withdrawn = ana.post(
        "/admin/consent", kind="person", value=CODE, **GIVEN | {"state": "withdrawn"}
    )
    page = ana.see(withdrawn.location)
    assert "1 photo excluded" in words(notice(page))
    assert (recorded(sessions)[CODE].state, recorded(sessions)[CODE].scope) == ("withdrawn", "")
    erase = ana.see(str(the(page, "#erase-next a")["href"]))
    confirmed = [one["value"] for one in erase.select("#erase [name=confirmed]")]
    assert confirmed == ["1", "2"], "a verified copy goes, too"
    events = [one["value"] for one in page.select(".flashes [name=event]")]
    assert len(events) == 2
    ana.post("/photos/undo", event=events, next="/admin/consent")
    assert recorded(sessions)[CODE].state == "given"
    changes = ana.see("/admin/changes")
    assert CODE in words(the(changes, "[data-what='consent withdrawn']"))
    assert "research within this study" in words(changes)


def test_a_sources_withdrawal_leads_to_its_photos(ana: Visitor) -> None:
    done = ana.post("/admin/consent", kind="source", value="#clinic", state="withdrawn")
    page = ana.see(done.location)
    assert "2 photos excluded" in words(notice(page))
    gallery = ana.see(str(the(page, "#erase-next a")["href"]))
    assert "consent of the source withdrawn" in str(gallery)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"document": ""}, 400),
        ({"date": "02.03.2026"}, 400),
        ({"date": "2999-01-01"}, 400),
        ({"state": "maybe"}, 400),
        ({"value": "P-9"}, 404),
        ({"value": "#999"}, 404),
        ({"kind": "source", "value": "#nowhere"}, 404),
        ({"value": ""}, 400),
    ],
)
def test_what_is_wrong_is_told_on_the_page_with_what_was_typed(
    ana: Visitor, sessions: Sessions, changed: dict[str, str], status: int
) -> None:
    given: dict[str, Any] = {"kind": "person", "value": CODE, **GIVEN, **changed}
    refused = ana.post("/admin/consent", **given)
    assert refused.status_code == status
    page = parsed(refused.text)
    assert "Nothing was recorded" in words(the(page, "#problem"))
    assert the(page, "[name=document]")["value"] == given["document"]
    assert ana.post("/admin/consent", json=True, **given).status_code == status
    assert recorded(sessions) == {}


@pytest.mark.parametrize("name", ["ben", "ada", "vera"])
def test_nobody_else_sees_or_records_consent(app: Flask, sessions: Sessions, name: str) -> None:
    visitor = Visitor(app, name)
    assert visitor.get("/admin/consent").status_code == 403
    sent = visitor.post("/admin/consent", kind="person", value=CODE, **GIVEN)
    assert (sent.status_code, recorded(sessions)) == (403, {})


def test_the_commands_record_list_and_import(
    config: Config, sessions: Sessions, tmp_path: Path
) -> None:
    run: Any = partial(CliRunner().invoke, curator, env=environment_of(config))
    given = ["--scope", "sharing", "--document", "F-1", "--date", "2026-03-02"]
    assert run(["consent", "set", "--person", "#1", "given", *given]).exit_code == 0
    listed = json.loads(run(["consent", "list", "--json"]).stdout)
    [one] = [row for row in listed if row["is_recorded"]]
    assert (one["value"], one["dated"], one["scope"]) == (CODE, "2026-03-02", "sharing")
    assert "given, sharing, 2026-03-02, F-1" in run(["consent", "list"]).stdout
    done = run(["consent", "set", "--person", CODE, "withdrawn"])
    assert f"erase --person '{CODE}'" in done.stdout
    undo = done.stdout.partition("undo ")[2].partition("`")[0].split()
    assert run(["undo", *undo]).exit_code == 0
    assert recorded(sessions)[CODE].state == "given"
    table = tmp_path / "consent.csv"
    table.write_text("source,state\n#clinic,withdrawn\n")
    told = json.loads(run(["consent", "import", str(table), "--json"]).stdout)
    assert (told["rows"], told["excluded"]) == (1, [2, 3])
    for wrong, code in (
        (["asked"], 2),
        (["--person", "#1", "--source", "#clinic", "asked"], 2),
        (["--person", "#1", "perhaps"], 2),
        (["--person", "#1", "asked", "--date", "2.3.2026"], 2),
        (["--person", "#1", "given"], 1),
        (["--person", "P-9", "asked"], 1),
        (["--source", "", "asked"], 1),
    ):
        refused = run(["consent", "set", *wrong])
        assert (refused.exit_code, "Traceback" in refused.output) == (code, False), wrong


def test_a_code_given_later_shows_what_is_recorded_of_its_photo(
    sessions: Sessions, ana: Visitor
) -> None:
    ana.post("/admin/consent", kind="person", value="#2", state="asked")
    assert recorded(sessions)["#2"].photos == 1
    with sessions.begin() as session:
        for photo in (2, 3):
            set_person(session, photo, "P-01", "ana")
    assert "#2" not in recorded(sessions)
    shown = recorded(sessions)["P-01"]
    assert (shown.state, shown.photos) == ("asked", 2)
    ana.post("/admin/consent", kind="person", value="P-01", state="withdrawn")
    assert recorded(sessions)["P-01"].state == "withdrawn"
