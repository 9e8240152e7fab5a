"""Undoing a ruling and an import by keys, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curator.base.db import Sessions
from curator.ratings.assessments import Assessment
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from tests.browser.hands import notice
from tests.curator.drawing import REGION

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]


def test_a_ruling_is_undone_by_keys_with_a_reason(sign_in: SignIn, sessions: Sessions) -> None:
    for name, label in (("ben", "positive"), ("carl", "negative")):
        word = Assessment(label, {"sex": "female"}, REGION)
        save_rating(sessions, 1, name, word, expected_version=0)
    adjudicate(sessions, 1, "ada", Assessment("positive", region=REGION), expected_version=0)
    page = sign_in("/photos/1", name="ada")
    page.set_viewport_size({"width": 320, "height": 640})
    summary = page.locator("#history summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("the wrong photo")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    told = page.locator("#history li:has(summary) .happened").bounding_box()
    assert told
    assert told["width"] > 150, "the form does not squeeze what happened"
    page.keyboard.press("Enter")
    expect(notice(page)).to_be_visible()
    expect(page.locator("#history [data-reason]")).to_contain_text("the wrong photo")


def test_an_import_is_undone_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/inbox/batches/1")
    page.locator("#undoing summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    page.goto("/admin/changes")
    expect(page.locator("[data-what='import undone']")).to_be_visible()
    page.goto("/gallery")
    expect(page.locator(".tile")).to_have_count(0)
