"""The gallery and a photo's page by keyboard and pointer, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import delete

from curator.base.db import Sessions
from curator.base.models.pairs import PhotoPair
from curator.ratings.settings import Project, change_project
from tests.browser.conftest import Watch
from tests.browser.hands import key_in_help, naming, notice, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]


def bar(page: Page) -> Locator:
    return page.locator("#selected")


def tick(page: Page, photo: int) -> Locator:
    return page.locator(f"input[name=photo][value='{photo}']")


def asks_to_exclude(page: Page, photos: int) -> None:
    expect(page.locator("#excluding h2")).to_have_text(naming(photos))


def picked(page: Page) -> list[str]:
    ticks = page.locator("input[name=photo]:checked").all()
    return [tick.get_attribute("value") or "" for tick in ticks]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.pathname"))


def photos(page: Page) -> Locator:
    return page.locator("#photos .tile")


def test_photos_are_selected_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    expect(bar(page)).to_be_hidden()
    press(page, "ArrowRight")
    assert focused(page) == "/photos/1"
    press(page, "ArrowRight", "x")
    expect(bar(page)).to_have_text(naming(1))
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert picked(page) == ["2", "3", "4"]
    press(page, "Shift+ArrowLeft")
    assert picked(page) == ["2", "3"]
    press(page, "ArrowLeft", "Space")
    assert picked(page) == ["3"]
    press(page, "Control+a")
    expect(bar(page)).to_have_text(naming(6))
    press(page, "Escape")
    expect(bar(page)).to_be_hidden()
    press(page, "Enter")
    page.wait_for_url("**/photos/2")


def test_tab_comes_to_the_photos_once(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert focused(page) == "/photos/3"
    press(page, "Tab")
    assert not focused(page).startswith("/photos/")
    press(page, "Shift+Tab")
    assert focused(page) == "/photos/3"


def test_arrows_go_by_rows_and_stop_at_the_ends(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    page.set_viewport_size({"width": 390, "height": 844})
    press(page, "ArrowDown", "ArrowDown")
    assert focused(page) == "/photos/4"
    press(page, "ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp")
    assert focused(page) == "/photos/2"


def test_photos_are_selected_by_clicks(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    tick(page, 5).check()
    photos(page).nth(1).locator("a").click(modifiers=["Shift"])
    assert page.url.endswith("/gallery")
    expect(bar(page)).to_have_text(naming(4))
    assert picked(page) == ["2", "3", "4", "5"]
    page.locator("[data-action=none]").click()
    tick(page, 6).check()
    tick(page, 4).click(modifiers=["Shift"])
    expect(bar(page)).to_have_text(naming(3))
    assert picked(page) == ["4", "5", "6"]


def test_several_photos_are_excluded_and_taken_back_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/gallery?show=kept")
    press(page, "ArrowRight", "x", "Shift+ArrowRight", "e")
    asks_to_exclude(page, 2)
    page.keyboard.press("5")
    expect(notice(page)).to_have_text(naming(2))
    expect(notice(page)).to_contain_text("several faces")
    expect(photos(page)).to_have_count(4)
    press(page, "z")
    expect(photos(page)).to_have_count(6)
    expect(notice(page)).to_have_text(naming(2))
    press(page, "z")
    expect(photos(page)).to_have_count(4)


def test_an_act_can_be_left_before_it_is_done(sign_in: SignIn) -> None:
    page = sign_in("/gallery?show=kept")
    press(page, "ArrowRight", "x", "e")
    asks_to_exclude(page, 1)
    press(page, "Escape")
    expect(page.locator("#excluding")).to_be_hidden()
    expect(bar(page)).to_have_text(naming(1))
    press(page, "s", "Escape")
    page.wait_for_url("**/gallery?show=kept")
    expect(photos(page)).to_have_count(6)
    expect(bar(page)).to_have_text(naming(1))
    page.reload()
    expect(bar(page)).to_be_hidden()


def test_one_photo_alone_is_not_marked_as_the_same_person(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))
    page = sign_in("/gallery")
    button = page.locator("[name=act][value=person]")
    press(page, "ArrowRight", "x", "m")
    expect(button).to_be_disabled()
    press(page, "Shift+ArrowRight")
    expect(button).to_be_enabled()
    press(page, "m", "Enter")
    expect(notice(page).get_by_role("button")).to_be_visible()  # it can be undone


def test_a_filter_is_an_address_that_can_be_shared(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    press(page, "/")
    page.keyboard.type("copy")
    page.keyboard.press("Enter")
    page.wait_for_url("**name=copy*")
    expect(photos(page)).to_have_count(2)
    page.locator(".finder summary").click()
    page.locator("[name=source]").select_option("#drawn")
    page.locator(".finder-line button").click()
    expect(page.locator(".chip")).to_have_count(2)
    other = page.context.new_page()
    other.goto(page.url)
    expect(photos(other)).to_have_count(2)
    other.locator(".chip", has_text="copy").click()
    expect(photos(other)).to_have_count(6)
    other.locator(".chips .button").click()
    expect(other.locator(".chip")).to_have_count(0)


def test_the_help_tells_the_keys_of_the_table(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    press(page, "?")
    for key in ("E", "Ctrl+A"):
        expect(key_in_help(page, key)).to_be_visible()


def test_a_photos_page_goes_on_and_undoes_by_keys(sign_in: SignIn, sessions: Sessions) -> None:
    change_project(sessions, Project(show_sources=True), actor="ana")
    page = sign_in("/gallery?show=kept")
    press(page, "ArrowRight", "ArrowRight", "Enter")
    page.wait_for_url("**/photos/2?show=kept")
    press(page, "n")
    page.wait_for_url("**/photos/3?show=kept")
    press(page, "b", "b")
    page.wait_for_url("**/photos/1?show=kept")
    press(page, "+")
    expect(page.locator("#views")).to_have_attribute("data-scale", "1.40")
    press(page, "Escape", "Escape")
    page.wait_for_url("**/gallery?after=0&show=kept")
    press(page, "ArrowRight", "x", "s")
    page.locator("[name=source]").fill("#rash")
    page.keyboard.press("Enter")
    expect(notice(page)).to_have_text(naming(1))
    page.goto("/photos/1")
    page.locator("#history li").first.get_by_role("button").click()
    expect(notice(page)).to_have_text(naming(1))
    undone = page.locator("#history li").first.locator(".change")
    expect(undone.locator("del")).to_have_text("#rash")
    expect(undone.locator("ins")).to_have_text("#drawn")


def test_pictures_that_fail_are_marked_and_loaded_again(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    context.route("**/photos/1/thumbnail", lambda route: route.abort())
    page = sign_in("/gallery")
    failed = page.locator(".thumb.failed")
    expect(failed).to_have_count(1)
    press(page, "ArrowRight", "x")
    context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    press(page, "e", "5")
    expect(page.locator("#offline")).to_be_focused()
    expect(bar(page)).to_have_text(naming(1))
    context.unroute("**/photos/1/thumbnail")
    context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(failed).to_have_count(0)
    press(page, "e")
    asks_to_exclude(page, 1)
    press(page, "5")
    expect(notice(page)).to_contain_text("several faces")


def test_photos_are_selected_and_excluded_without_scripts(
    sign_in: SignIn, context: BrowserContext
) -> None:
    cookies = sign_in("/").context.cookies()
    root = context.pages[0].url
    plain = context.browser.new_context(java_script_enabled=False, base_url=root)  # type: ignore[union-attr]
    plain.add_cookies([{"name": c["name"], "value": c["value"], "url": root} for c in cookies])
    page = plain.new_page()
    page.goto("/gallery?show=kept")
    for number in (1, 2):
        tick(page, number).check()
    page.locator("#selection [value=exclude]").click()
    page.locator("input[name=reason]").fill("no face")
    page.locator("#excluding button.primary").click()
    expect(photos(page)).to_have_count(4)
    notice(page).get_by_role("button").click()
    expect(photos(page)).to_have_count(6)
    plain.close()


@pytest.mark.parametrize("path", ["/gallery?name=copy&source=%23drawn", "/photos/1"])
def test_nothing_needs_to_be_moved_sideways_on_a_narrow_screen(sign_in: SignIn, path: str) -> None:
    page = sign_in(path)
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
