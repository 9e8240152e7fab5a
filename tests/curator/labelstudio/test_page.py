"""The page of administrators does what the commands do, and shows no word that the viewer may not see."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions
from curator.labelstudio.annotators import map_annotator, read_annotators
from curator.photos.importing import ImportResult
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.browsing import Visitor, notice, the, words
from tests.curator.drawing import REGION
from tests.curator.labelstudio.live import LiveServer, free_port

PAGE = "/labelstudio"


def test_without_settings_the_page_says_which_to_set(ana: Visitor) -> None:
    page = ana.see(PAGE)
    assert "LABEL_STUDIO_API_KEY" in words(the(page, "#unset"))
    assert page.select("form[action='/labelstudio/push']") == []


def test_the_key_is_never_shown(config: Config) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    app = create_app(replace(config, label_studio_url=url, label_studio_api_key="s3cr3t" * 6))
    ana = Visitor(app, "ana")
    assert url in ana.page(PAGE)
    refused = ana.post("/labelstudio/push", name="Malar")
    assert refused.status_code == 503
    assert "Nothing answers at" in refused.text
    assert "s3cr3t" not in ana.page(PAGE) + refused.text


def test_annotators_are_mapped_and_forgotten(ana: Visitor, sessions: Sessions) -> None:
    ana.post("/labelstudio/annotators", email="Ben@example.org", account="ben")
    assert "ben@example.org" in words(notice(ana.see(PAGE)))
    assert [(one.email, one.account) for one in read_annotators(sessions)] == [
        ("ben@example.org", "ben")
    ]
    ana.post("/labelstudio/annotators", email="ben@example.org")
    assert read_annotators(sessions) == ()


@pytest.fixture
def connected_app(
    connected: Config,
    sessions: Sessions,
    live: LiveServer,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> Flask:
    for seed in range(2):
        save(f"{seed}.jpg", seed)
    import_all()
    live.add_user("ben")
    map_annotator(sessions, "ben@example.org", "ben", actor="ana")
    return create_app(connected)


def done(visitor: Visitor) -> BeautifulSoup:
    """Return the page once nothing is under way."""
    for _ in range(200):
        answer = visitor.get(PAGE)
        if "Refresh" not in answer.headers:
            return visitor.see(PAGE)
        time.sleep(0.2)
    raise AssertionError("still under way")


def rate(sessions: Sessions, rater: str, label: str, version: int = 0) -> None:
    said = Assessment(label, {"sex": "female"}, REGION)
    save_rating(sessions, 1, rater, said, expected_version=version)


@pytest.mark.labelstudio
def test_conflicts_are_shown_side_by_side_and_settled(
    connected_app: Flask, sessions: Sessions, live: LiveServer
) -> None:
    ana = Visitor(connected_app, "ana")
    rate(sessions, "ben", "positive")
    ana.post("/labelstudio/push", name="Page")
    assert "Photos pushed 2 Ratings pushed 1" in words(the(done(ana), "[aria-labelledby=result]"))
    found = live.call("GET", "projects/", params={"page_size": 100})["results"]
    number = max(one["id"] for one in found if one["title"] == "Page - ben")
    [annotation] = [one for task in live.tasks(number) for one in task["annotations"]]
    there = annotation["result"]
    [label] = [one for one in there if one["from_name"] == "label"]
    label["value"] = {"choices": ["negative"]}
    live.call("PATCH", f"annotations/{annotation['id']}/", by="ben", json={"result": there})
    rate(sessions, "ben", "unsure", version=1)
    ana.post("/labelstudio/pull")
    hidden = the(done(ana), "[aria-labelledby=settle] article")
    assert "hidden from you" in words(hidden)
    assert hidden.select("img, .badge") == []
    rate(sessions, "ana", "positive")
    shown = the(ana.see(PAGE), "[aria-labelledby=settle] article")
    assert [words(one) for one in shown.select(".word-line .badge:first-child")] == [
        "Unsure",
        "Negative",
    ]
    assert len(shown.select("polygon")) == 4
    ana.post("/labelstudio/resolve", photo="1", rater="ben", side="there")
    page = done(ana)
    assert page.select("[aria-labelledby=settle]") == []
    assert "To pull 1" in words(the(page, "[aria-labelledby=result]"))
