"""What is entered on the annotate page is never lost: undo, drafts, two versions, no connection, no session."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

from curator.http.terms import LABELS
from tests.browser.conftest import Watch
from tests.browser.hands import (
    drag,
    has_points,
    naming,
    open_photo,
    press,
    region,
    wait_for_editor,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
Suggest = Callable[..., None]


def drafts(page: Page) -> list[str]:
    kept: list[str] = page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('malar.draft.'))"
    )
    return kept


def test_a_stale_tab_loses_nothing(sign_in: SignIn, context: BrowserContext, watch: Watch) -> None:
    watch.expected = ("409 (CONFLICT)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    other = context.new_page()
    open_photo(other, 1)
    for key in ("3", "m", "Enter"):
        other.keyboard.press(key)
    other.wait_for_url("**/annotate/2")
    drag(page, (0.3, 0.4), (0.7, 0.65))
    has_points(page, 4)
    mine = region(page)
    for key in ("1", "f", "Enter"):
        page.keyboard.press(key)
    versions = page.get_by_role("dialog")
    rash = [LABELS[label] for label in ("positive", "unsure")]
    expect(versions.locator("[data-what=label].differs td")).to_have_text(rash)
    expect(versions.locator("[data-what=sex]")).to_have_class("differs")
    expect(versions.locator("[data-what=evidence]")).not_to_have_class("differs")
    expect(versions.locator("svg polygon.mine")).to_have_count(1)
    expect(versions.locator("svg polygon.theirs")).to_have_count(0)
    versions.locator("[value=keep]").press("Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[value=positive]")).to_be_checked()
    assert region(page) == mine


def test_the_other_version_may_be_taken(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    other = context.new_page()
    open_photo(other, 1)
    press(other, "g", "1", "m", "Enter")
    other.wait_for_url("**/annotate/2")
    press(page, "3", "f", "Enter")
    page.locator("#conflict [value=take]").click()
    expect(page.locator("[value=positive]")).to_be_checked()
    expect(page.locator("[value=male]")).to_be_checked()
    has_points(page, 4)
    press(page, "Enter")  # the newer version is known by now
    page.wait_for_url("**/annotate/2")
    assert drafts(page) == []


def test_what_was_saved_meanwhile_just_so_is_no_conflict(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)", "ERR_FAILED")
    page = sign_in("/annotate/1")
    wait_for_editor(page)

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    lost: list[int] = []
    page.route("**/annotate/1", lose_the_answer)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    assert lost == [200]
    open_photo(page, 1)
    expect(page.locator("[name=version]")).to_have_value("1")  # saved once


def test_an_ended_session_loses_nothing(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("401 (UNAUTHORIZED)", "400 (BAD REQUEST)")
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    for key in ("3", "f"):
        page.keyboard.press(key)
    context.clear_cookies()
    page.keyboard.press("Enter")
    expect(page.locator("#message a[href='/signin?next=%2Fannotate%2F1']")).to_be_visible()
    sign_in("/gallery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[value=unsure]")).to_be_checked()


def test_a_draft_survives_skipping_reloading_and_a_crash(
    sign_in: SignIn, context: BrowserContext, browser: Browser, address: str, watch: Watch
) -> None:
    watch.expected = ("404 (NOT FOUND)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", "1", "f", "n")
    page.keyboard.type("seen twice")
    page.keyboard.press("Escape")
    mine = region(page)
    press(page, "s")
    page.wait_for_url("**/annotate/2")
    with page.expect_response("**/annotate/previous*") as answer:
        press(page, "b")
    assert answer.value.status == 404
    expect(page.locator("#message.problem")).to_be_visible()
    page.go_back()
    page.wait_for_url("**/annotate/1")
    page.reload()
    wait_for_editor(page)
    has_draft(page, mine)
    kept = context.storage_state()
    context.close()  # as a crash does, without a word to the page
    again = browser.new_context(base_url=address, storage_state=kept)
    again.on("page", watch.follow)
    page = again.new_page()
    open_photo(page, 1)
    has_draft(page, mine)
    press(page, "Enter")
    page.wait_for_url("**/annotate/2")
    assert drafts(page) == []
    open_photo(page, 1)
    expect(page.locator("#draft")).to_be_hidden()
    expect(page.locator("[name=note]")).to_have_value("seen twice")
    again.close()


def has_draft(page: Page, expected: list[tuple[float, float]]) -> None:
    expect(page.locator("#draft")).to_be_visible()
    expect(page.locator("[value=positive]")).to_be_checked()
    expect(page.locator("[value=female]")).to_be_checked()
    expect(page.locator("[name=note]")).to_have_value("seen twice")
    assert region(page) == expected


def test_a_draft_can_be_discarded(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1")
    page.reload()
    wait_for_editor(page)
    page.locator("[data-action=discard]").click()
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    expect(page.locator("#draft")).to_be_hidden()
    assert drafts(page) == []


def test_another_account_on_the_same_computer_sees_no_draft(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("400 (BAD REQUEST)",)  # the first page, closed at last, lets go as nobody
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1")
    page.context.clear_cookies()  # the session ended; nobody signed out
    other = sign_in("/annotate/1", name="ben")
    wait_for_editor(other)
    expect(other.locator("[name=label]:checked")).to_have_count(0)
    assert len(drafts(other)) == 1


def test_signing_out_removes_drafts_and_asks_first(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.goto("/gallery")  # wherever they sign out
    page.locator(".who summary").click()
    page.locator("[data-signs-out] button").click()
    assert len(drafts(page)) == 1
    page.locator("[data-signs-out] button").click()
    page.wait_for_url("**/signin")
    assert drafts(page) == []
    assert asked == ["confirm", "confirm"]


def test_a_save_without_connection_waits_and_is_sent_once(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    expect(page.locator("#left")).to_have_text(naming(6, 6))
    context.set_offline(True)
    press(page, "3", "f", "Enter")
    state = page.locator("#state")
    expect(state).to_have_attribute("data-state", "offline")
    press(page, "m")  # it can still be changed
    expect(page.locator("[value=male]")).to_be_checked()
    assert len(drafts(page)) == 1
    context.set_offline(False)
    page.wait_for_url("**/annotate/2")
    expect(state).to_have_text(naming(1))
    assert drafts(page) == []
    open_photo(page, 1)
    expect(page.locator("[value=male]")).to_be_checked()
    expect(page.locator("[name=version]")).to_have_value("1")


def test_a_lost_connection_is_told_once(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    everywhere, here = page.locator("#offline"), page.locator("#state")
    message = page.locator("#message.problem")
    context.set_offline(True)
    expect(everywhere).to_be_visible()
    press(page, "b")
    expect(message).to_have_class(re.compile("unreachable"))
    expect(message).to_be_hidden()
    press(page, "3", "f", "Enter")
    expect(here).to_have_attribute("data-state", "offline")
    expect(everywhere).to_be_hidden()
    press(page, "s")  # the rating stays as a draft
    page.wait_for_url("**/annotate/2")
    expect(everywhere).to_be_visible()
    press(page, "b")
    context.set_offline(False)
    expect(everywhere).to_be_hidden()
    expect(message).to_be_visible()
    expect(message).not_to_have_class(re.compile("unreachable"))


def test_everything_of_a_photo_is_undone_and_redone(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1", "g", "f", "4", "n")
    page.keyboard.type("red")
    press(page, "Escape")
    note, checked = page.locator("[name=note]"), page.locator("#rating input:checked")
    back = ("note", "evidence", "sex", "region", "label")
    for what in back:
        press(page, "Control+z")
        if what == "note":
            expect(note).to_have_value("")
        if what == "evidence":
            expect(page.locator("[value=visual]")).to_be_checked()
        if what == "sex":
            expect(page.locator("[name=sex]:checked")).to_have_count(0)
        if what == "region":
            has_points(page, 0)
    expect(checked).to_have_count(1)  # the usual evidence
    assert drafts(page) == []
    for _ in back:
        press(page, "Control+Shift+z")
    expect(note).to_have_value("red")
    expect(page.locator("[value=hashtag]")).to_be_checked()
    has_points(page, 4)
    assert len(drafts(page)) == 1
