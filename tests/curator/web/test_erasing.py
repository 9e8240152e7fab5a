"""The pages and commands that erase: for administrators alone, with their password, and what was looked at."""

import json
import re
from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.cli import curator
from tests.curator.browsing import Visitor
from tests.curator.databases import environment_of
from tests.curator.drawing import PASSWORD

pytestmark = pytest.mark.usefixtures("photos")
ASKED: dict[str, Any] = {"kind": "photo", "value": "3", "confirmed": "3"}


def is_there(sessions: Sessions, photo: int = 3) -> bool:
    with reading(sessions) as session:
        return session.get(Photo, photo) is not None


def test_an_administrator_erases_a_photo(ana: Visitor, sessions: Sessions) -> None:
    plan = ana.see("/erase?kind=photo&value=3")
    assert [one["value"] for one in plan.select("#erase [name=confirmed]")] == ["3"]
    done = ana.post("/erase", **ASKED, reason="letter 12", password=PASSWORD)
    assert done.location == "/erasures/1"
    assert not is_there(sessions)
    page = ana.see("/erasures/1")
    assert "1 photo: 3" in page.select_one("#certificate").get_text()  # type: ignore[union-attr]
    assert ana.get("/photos/3").status_code == 404
    ana.post("/erasures/1/lift")
    assert ana.see("/erasures/1").select_one("#lifted")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"password": "wrong"}, 400),
        ({"confirmed": "1"}, 409),
        ({"value": "999"}, 404),
    ],
)
def test_nothing_is_erased_by_mistake(
    ana: Visitor, sessions: Sessions, changed: dict[str, str], status: int
) -> None:
    given: dict[str, Any] = {**ASKED, "password": PASSWORD, **changed}
    refused = ana.post("/erase", **given)
    assert refused.status_code == status
    assert "Nothing was erased" in refused.text
    assert is_there(sessions)


@pytest.mark.parametrize("name", ["ben", "ada", "vera"])
def test_nobody_else_may_erase(app: Flask, sessions: Sessions, name: str) -> None:
    visitor = Visitor(app, name)
    assert visitor.get("/erase").status_code == 403
    assert visitor.post("/erase", **ASKED, password=PASSWORD).status_code == 403
    assert visitor.get("/erasures/1").status_code == 403
    assert is_there(sessions)


def test_the_command_asks_and_prints_a_certificate(config: Config, sessions: Sessions) -> None:
    run: Any = partial(CliRunner().invoke, curator, env=environment_of(config))
    assert run(["erase", "3"], input="n\n").exit_code == 1
    assert is_there(sessions)
    planned = run(["erase", "3", "--dry-run", "--json"])
    assert json.loads(planned.stdout)["photos"] == [3]
    done = run(["erase", "3", "--yes"])
    assert re.search(r"Erased: 1 photo \(No. 3\)", done.stdout)
    assert not is_there(sessions)
    shown = run(["erasures", "show", "1", "--json"])
    assert json.loads(shown.stdout)["photos"] == [3]
    for wrong, code in ((["erase"], 2), (["erase", "3", "--person", "P"], 2), (["erase", "3"], 1)):
        assert run(wrong).exit_code == code
