"""A page claims the photo that it shows and those that come next, and releases them when it is closed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.models.ratings import Claim
from tests.browser.conftest import PATIENCE_MS, Watch
from tests.browser.hands import press, shows_photo, sign_out, wait_for_editor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
PICTURES = "performance.getEntriesByType('resource').filter((it) => it.name.endsWith('/display'))"


def wait_until_ahead(page: Page) -> None:
    """Wait until the page knows which photos come next: it asks for their pictures then."""
    wait_for_editor(page)
    wait_until(page, lambda: page.evaluate(f"{PICTURES}.length >= 4"))


def wait_until_claimed(page: Page, sessions: Sessions, *photos: int) -> None:
    """Wait until ana has claimed these photos, and no other."""
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


def test_a_closed_page_releases_its_photos_at_once(
    sign_in: SignIn, context: BrowserContext, sessions: Sessions
) -> None:
    page, other = sign_in("/annotate"), context.new_page()
    wait_until_ahead(page)
    wait_until_claimed(page, sessions, 1, 2, 3, 4)
    page.close(run_before_unload=True)
    wait_until_claimed(other, sessions)
    context.clear_cookies()
    page = sign_in("/annotate", name="ben")
    shows_photo(page, 1)


def test_a_reloaded_page_claims_its_photo_again_and_keeps_what_was_entered(
    sign_in: SignIn, sessions: Sessions, watch: Watch
) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/annotate/2")
    wait_until_ahead(page)
    press(page, "1")
    wait_until_claimed(page, sessions, 1, 2, 3, 4)
    page.route("**/annotate/ahead*", lambda route: route.abort())
    page.reload()
    wait_until_claimed(page, sessions)  # as between leaving and coming back
    page.unroute_all()
    page.reload()
    wait_for_editor(page)
    shows_photo(page, 2)
    expect(page.locator("[value=positive]")).to_be_checked()
    wait_until_claimed(page, sessions, 1, 2, 3, 4)


def test_a_page_come_back_to_claims_its_photo_again(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate")
    wait_until_ahead(page)
    wait_until_claimed(page, sessions, 1, 2, 3, 4)
    page.locator(".top a[href='/gallery']").click()
    page.wait_for_url(re.compile("/gallery"))
    wait_until_claimed(page, sessions)
    page.go_back()
    wait_for_editor(page)
    shows_photo(page, 1)
    wait_until_claimed(page, sessions, 1, 2, 3, 4)


def test_signing_out_releases_the_photos(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate")
    wait_until_ahead(page)
    wait_until_claimed(page, sessions, 1, 2, 3, 4)
    sign_out(page)
    wait_until_claimed(page, sessions)


def test_of_two_tabs_the_one_that_stays_claims_its_photo_again(
    sign_in: SignIn, context: BrowserContext, sessions: Sessions
) -> None:
    page, other = sign_in("/annotate"), context.new_page()
    wait_for_editor(page)
    other.goto("/annotate/1")
    wait_until_ahead(other)
    other.close(run_before_unload=True)
    wait_until_claimed(page, sessions)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as of a tab in front
    wait_until_claimed(page, sessions, 1, 2, 3, 4)
