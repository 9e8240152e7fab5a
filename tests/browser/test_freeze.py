"""Freezing and unlocking the study by keys, and what raters see meanwhile, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.keys import chain_key
from curator.custody.freezes import Signature, freeze_study
from tests.browser.conftest import Watch
from tests.browser.hands import notice, press
from tests.curator.drawing import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]


def test_the_study_is_frozen_and_unlocked_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/admin/freezes")
    page.locator("[name=name]").focus()
    for typed in ("1.0", "Ratings are complete.", PASSWORD):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("1.0")
    expect(page.locator("[data-freeze='1.0'][data-void=no]")).to_be_visible()
    page.locator("[name=reason]").focus()
    for typed in ("A rater is missing.", PASSWORD):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-freeze='1.0'][data-void=yes]")).to_contain_text(
        "A rater is missing."
    )


def test_a_rating_in_hand_is_refused_and_kept_when_the_study_is_frozen(
    sign_in: SignIn, sessions: Sessions, config: Config, watch: Watch
) -> None:
    watch.expected = ("403",)
    page = sign_in("/annotate/1", name="ben")
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    press(page, "2", "f")
    by = Signature("ana", PASSWORD)
    freeze_study(sessions, chain_key(config), "1.0", "Ratings are complete.", by=by)
    press(page, "Enter", "Enter")
    expect(page.locator("#message")).to_contain_text("1.0")
    expect(page.locator("[name=label][value=negative]")).to_be_checked()
    expect(page.locator("#state")).to_have_attribute("data-state", "draft")
    page.reload()
    expect(page.locator(".panel #frozen")).to_contain_text("1.0")
    expect(page.locator("[data-action=save]")).to_be_disabled()
    expect(page.locator("#state")).to_be_empty()
    press(page, "2", "Enter")
    expect(page.locator("[data-action=save]")).to_be_disabled()


@pytest.mark.parametrize("path", ["/admin/freezes", "/annotate/1", "/gallery", "/duplicates"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_frozen_study_fit_a_small_phone(
    sign_in: SignIn, sessions: Sessions, config: Config, path: str, scheme: str
) -> None:
    by = Signature("ana", PASSWORD)
    freeze_study(sessions, chain_key(config), "1.0", "Ratings are complete.", by=by)
    page = sign_in(path)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
