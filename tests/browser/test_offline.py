"""A server that cannot be reached takes nothing away from any page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

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
