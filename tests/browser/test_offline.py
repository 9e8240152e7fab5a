"""A server that cannot be reached takes nothing away from any page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


def test_a_form_is_held_back_until_the_server_answers(
    sign_in: Callable[..., Page], context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = sign_in("/inbox")
    notice = page.locator("#offline")
    expect(notice).to_be_hidden()
    page.locator("[name=source]").fill("#found")
    context.set_offline(True)
    expect(notice).to_be_visible()
    page.locator("[name=language][value=pt_BR]").click()
    expect(notice).to_be_focused()
    expect(page.locator("[name=source]")).to_have_value("#found")
    context.set_offline(False)
    expect(notice).to_be_hidden()


def test_an_answer_from_just_before_the_loss_does_not_settle_it(
    sign_in: Callable[..., Page], context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    page = sign_in("/inbox")
    statuses = iter([200])
    asked: list[int] = []

    def answer_once(route: Route) -> None:
        asked.append(next(statuses, 0))
        if asked[-1]:
            route.fulfill(status=asked[-1])
        else:
            route.abort()

    page.route("**/healthz", answer_once)
    context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    assert asked[:2] == [200, 0]
