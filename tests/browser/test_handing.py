"""A photo is held for the rater whose page shows it, and for nobody any more when that page is closed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.models.ratings import Claim
from tests.browser.conftest import PATIENCE_MS, Watch
from tests.browser.hands import press, wait_for_editor

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
PICTURES = "performance.getEntriesByType('resource').filter((it) => it.name.endsWith('/display'))"


def wait_until_ahead(page: Page) -> None:
    """Wait until the page knows which photos come next: it asks for their pictures then."""
    wait_for_editor(page)
    wait_until(page, lambda: page.evaluate(f"{PICTURES}.length >= 4"))


def wait_until_held(page: Page, sessions: Sessions, *photos: int) -> None:
    """Wait until ana holds these photos: a page takes them, and lets them go, behind the scenes."""
    ana = account_named(sessions, "ana").id
    asked = select(Claim.photo_id).filter_by(rater_id=ana).order_by(Claim.photo_id)

    def is_so() -> bool:
        with sessions() as session:
            return tuple(session.scalars(asked)) == photos

    wait_until(page, is_so)


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_MS // 100):
        if is_so():
            return
        page.wait_for_timeout(100)
    assert is_so()


def test_a_closed_page_leaves_its_photos_to_others_at_once(
    sign_in: SignIn, context: BrowserContext, sessions: Sessions
) -> None:
    page, other = sign_in("/annotate"), context.new_page()
    wait_until_ahead(page)
    wait_until_held(page, sessions, 1, 2, 3, 4)
    page.close(run_before_unload=True)
    wait_until_held(other, sessions)
    context.clear_cookies()
    page = sign_in("/annotate", name="ben")
    expect(page.locator("#title")).to_have_text("Photo 1")


def test_a_reloaded_page_keeps_its_photo_and_what_was_entered(
    sign_in: SignIn, sessions: Sessions, watch: Watch
) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/annotate/2")
    wait_until_ahead(page)
    press(page, "1")
    wait_until_held(page, sessions, 2, 3, 4, 5)
    page.route("**/annotate/ahead*", lambda route: route.abort())
    page.reload()
    wait_until_held(page, sessions)  # as between leaving and coming back
    page.unroute_all()
    page.reload()
    wait_for_editor(page)
    expect(page.locator("#title")).to_have_text("Photo 2")
    expect(page.locator("[value=positive]")).to_be_checked()
    wait_until_held(page, sessions, 2, 3, 4, 5)


def test_a_page_left_and_come_back_to_holds_its_photo_again(
    sign_in: SignIn, sessions: Sessions
) -> None:
    page = sign_in("/annotate")
    wait_until_ahead(page)
    wait_until_held(page, sessions, 1, 2, 3, 4)
    page.get_by_role("link", name="Gallery").click()
    page.wait_for_url(re.compile("/gallery"))
    wait_until_held(page, sessions)
    page.go_back()
    wait_for_editor(page)
    expect(page.locator("#title")).to_have_text("Photo 1")
    wait_until_held(page, sessions, 1, 2, 3, 4)


def test_who_signs_out_leaves_their_photos_to_others(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate")
    wait_until_ahead(page)
    wait_until_held(page, sessions, 1, 2, 3, 4)
    page.locator(".who summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    wait_until_held(page, sessions)


def test_of_two_tabs_the_one_that_stays_holds_its_photo_again(
    sign_in: SignIn, context: BrowserContext, sessions: Sessions
) -> None:
    page, other = sign_in("/annotate"), context.new_page()
    wait_for_editor(page)
    other.goto("/annotate/1")
    wait_until_ahead(other)
    other.close(run_before_unload=True)
    wait_until_held(page, sessions)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as of a tab in front
    wait_until_held(page, sessions, 1, 2, 3, 4)
