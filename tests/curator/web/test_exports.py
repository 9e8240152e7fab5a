"""Exports: made from the page, and what is said where nothing can be exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curator.base.db import Sessions
from curator.photos.importing import ImportResult
from curator.queries.records import exports
from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION


def test_an_export_is_made_and_listed(
    ana: Visitor,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
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
    assert "add up to 100" in wrong.get_json()["error"]
    odd = ana.post("/exports", json=True, **(form | {"folds": "-1", "min_evidence": "hashtag"}))
    assert "give a whole number" in odd.get_json()["error"]
    made = ana.post("/exports", json=True, **form, min_evidence="hashtag")
    assert made.get_json() == {"next": "/exports"}
    [export] = exports(sessions)
    page = ana.page("/exports")
    assert export.content_hash in page
    assert "python -m trainer run --arch xception" in page
    assert "6 photos exported" in page


@pytest.mark.usefixtures("photos")
def test_an_export_of_nothing_says_what_is_missing(ana: Visitor) -> None:
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
    assert "There is no negative and no positive photo to export" in response.text
