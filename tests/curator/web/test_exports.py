"""Exports: making one from the page, and the message when nothing can be exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curator.base.config import Config
from curator.base.db import Sessions
from curator.exports.formats import FORMATS
from curator.exports.manifest import TRAINER
from curator.photos.importing import ImportResult
from curator.queries.records import exports
from curator.web.exports import FIELDS
from tests.curator.browsing import Visitor, numbers, parsed, the, words
from tests.curator.drawing import REGION


def test_an_export_is_made_and_listed(
    ana: Visitor,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
    config: Config,
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
    assert wrong.status_code == 400
    assert 100 in numbers(wrong.get_json()["error"])
    odd = ana.post("/exports", json=True, **(form | {"folds": "-1", "min_evidence": "hashtag"}))
    assert odd.status_code == 400
    assert FIELDS["folds"] in odd.get_json()["error"]
    made = ana.post("/exports", json=True, **form, min_evidence="hashtag")
    assert made.get_json() == {"next": "/exports"}
    [export] = exports(sessions, config.instance)
    page = ana.see("/exports")
    shown = [code.get_text() for code in the(page, ".export").select("code")]
    assert shown == [export.content_hash, export.path, "python -m trainer run --arch xception"]
    [told, *_] = page.select(".flashes .notice")
    assert numbers(told)[0] == 6
    assert export.name in words(told)


@pytest.mark.usefixtures("photos")
def test_no_export_is_offered_before_a_photo_is_ready(ana: Visitor) -> None:
    page = ana.see("/exports")
    assert not page.select("#new-export")
    assert the(page, "#nothing a")["href"] == "/annotate"
    ana.post("/annotate/1", version=0, label="positive", sex="female", region=REGION)
    assert the(ana.see("/exports"), "#new-export")


@pytest.mark.usefixtures("photos")
def test_an_empty_export_is_refused_with_what_is_missing(
    ana: Visitor, sessions: Sessions, config: Config
) -> None:
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
    told = words(the(parsed(response.text), ".lead[role=alert]"))
    assert "negative" in told
    assert "positive" in told
    assert exports(sessions, config.instance) == ()


@pytest.mark.usefixtures("exportable")
def test_another_format_is_made_beside_the_trainers(
    ana: Visitor, sessions: Sessions, config: Config
) -> None:
    options = ana.see("/exports").select("select[name=format] option")
    offered = {str(one["value"]): words(one) for one in options}
    assert list(offered) == [form.code for form in FORMATS if not form.library]
    assert next(iter(offered)) == TRAINER
    assert "whole face" in offered["coco"]
    assert "whole face" not in offered["csv"]
    form: dict[str, Any] = {"train": 70, "val": 15, "test": 15, "folds": 2, "seed": 1}
    choices = {"crop": "mask", "min_evidence": "hashtag"}
    ana.post("/exports", json=True, **form, **choices)
    ana.post("/exports", json=True, **form, **choices, format="coco")
    coco, trainers = exports(sessions, config.instance)
    assert (coco.format, trainers.format) == ("coco", TRAINER)
    shown, first = ana.see("/exports").select(".export")
    assert coco.name in words(shown)
    assert "trainer run" not in words(shown)
    assert not shown.select(".badge")
    assert the(first, ".badge.kept")
    assert "python -m trainer run --arch xception" in words(first)
    refused = ana.post("/exports", json=True, **form, **choices | {"crop": "box"}, format="coco")
    assert refused.status_code == 400
    assert ana.post("/exports", json=True, **form, **choices, format="yolo").status_code == 400


@pytest.fixture
def exportable(
    ana: Visitor, save: Callable[..., Path], import_all: Callable[..., ImportResult]
) -> None:
    for seed in range(1, 7):
        save(f"{seed}.png", seed)
    import_all()
    for photo in range(1, 7):
        label = "positive" if photo % 2 else "negative"
        ana.post(f"/annotate/{photo}", version=0, label=label, sex="female", region=REGION)
