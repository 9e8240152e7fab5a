"""A study's own keys in a real browser: they work, buttons and help show them, and other keyboards reach digits."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from curator.base.db import Sessions
from curator.ratings.keys import ACTIONS, actions_of
from curator.ratings.settings import change_project, read_project
from tests.browser.conftest import Watch
from tests.browser.hands import key_in_help, notice, press, shows_photo, wait_for_editor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
SCRIPTS = {
    "annotate": ("/annotate/1", "ratings/annotate.js"),
    "gallery": ("/gallery", "gallery/gallery.js"),
    "photo": ("/photos/1", "gallery/photo.js"),
    "duplicates": ("/duplicates", "pairs/duplicates.js"),
    "people": ("/duplicates/people", "pairs/people.js"),
}
TYPE = """([key, code, shiftKey = false]) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true }))"""
NEVER_SET = {"cancel", "none", "pan", "grab", "pick", "region", "range", "switch", "gallery"}
NEVER_SET |= {"left", "right", "up", "down", "open"}


@pytest.mark.parametrize("page_name", SCRIPTS)
def test_the_keys_that_can_be_set_are_those_of_the_page(sign_in: SignIn, page_name: str) -> None:
    path, script = SCRIPTS[page_name]
    page = sign_in(path)
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    table = page.evaluate(
        f"import('/static/{script}').then(({{ KEYS }}) => KEYS.map((row) => [row.action, row.keys]))"
    )
    if page_name == "photo":  # this one is not rated, and has no region to hide
        table.append(["hide_region", ["h"]])
    bound = {action: tuple(keys) for action, keys in table if action not in NEVER_SET}
    assert bound == {action: keys for action, keys in actions_of(page_name).items() if keys}
    assert page_name in ACTIONS


def test_a_studys_keys_work_and_are_shown(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("400 (BAD REQUEST)",)
    page = sign_in("/admin")
    page.locator("[name=keys]").fill(
        "exclude = k\nannotate.skip = m\nsex-male = s\nlabel-positive = q"
    )
    page.get_by_role("button", name="Save settings").click()
    expect(notice(page)).to_be_visible()
    page.goto("/annotate/1")
    wait_for_editor(page)
    skip = page.locator("a[data-action=skip]")
    expect(skip.locator("kbd")).to_have_text("M")
    expect(skip).to_have_attribute("aria-keyshortcuts", "m")
    press(page, "Enter")
    expect(page.locator("#message")).to_contain_text("Q")
    press(page, "?")
    box = page.locator("#help").bounding_box()
    assert box
    assert box["x"] > 0
    assert box["x"] + box["width"] < page.evaluate("innerWidth")
    for key, shown in (("K", 1), ("X", 0)):
        expect(key_in_help(page, key)).to_have_count(shown)
    press(page, "Escape", "s", "q")
    expect(page.locator("[value=male]")).to_be_checked()
    expect(page.locator("[value=positive]")).to_be_checked()
    press(page, "1", "m")
    page.wait_for_url("**/annotate/2")
    shows_photo(page, 2)
    page.goto("/photos/1")
    press(page, "k", "5")
    expect(notice(page)).to_be_visible()
    page.goto("/admin")
    page.locator("[name=keys]").fill("exclude = tab")
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator("#problem")).to_contain_text("tab")
    expect(page.locator("[name=keys]")).to_have_value("exclude = tab")


def test_digits_that_need_shift_and_letters_of_other_scripts_are_pressed_by_their_place(
    sign_in: SignIn,
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    for key, code, chosen in (
        ("é", "Digit2", "negative"),
        ("1", "Digit1", "positive"),
        ("&", "Digit1", "positive"),
        ("ь", "KeyM", "male"),
    ):
        page.evaluate(TYPE, [key, code, key == "1"])
        expect(page.locator(f"[value={chosen}]")).to_be_checked()
    page.evaluate(TYPE, ["@", "Digit2", True])
    expect(page.locator("[value=positive]")).to_be_checked()


def test_undo_names_the_studys_key(sign_in: SignIn, sessions: Sessions) -> None:
    wanted = replace(read_project(sessions), keys="annotate.undo = ctrl+k")
    change_project(sessions, wanted, actor="ana")
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    expect(page.locator("button[data-action=undo]")).to_have_attribute("title", "Undo (Ctrl+K)")
