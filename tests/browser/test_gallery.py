"""The gallery and a photo's page by keyboard and pointer, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Watch
from tests.browser.hands import press

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]


def bar(page: Page) -> Locator:
    return page.locator("#selected")


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
    expect(bar(page)).to_have_text("1 photo selected")
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert picked(page) == ["2", "3", "4"]
    press(page, "Shift+ArrowLeft")
    assert picked(page) == ["2", "3"]
    press(page, "ArrowLeft", "Space")
    assert picked(page) == ["3"]
    press(page, "Control+a")
    expect(bar(page)).to_have_text("6 photos selected")
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
    page.get_by_label("Select photo 5").check()
    photos(page).nth(1).locator("a").click(modifiers=["Shift"])
    assert page.url.endswith("/gallery")
    expect(bar(page)).to_have_text("4 photos selected")
    assert picked(page) == ["2", "3", "4", "5"]
    page.get_by_role("button", name="Select none").click()
    page.get_by_label("Select photo 6").check()
    page.get_by_label("Select photo 4").click(modifiers=["Shift"])
    expect(bar(page)).to_have_text("3 photos selected")
    assert picked(page) == ["4", "5", "6"]


def test_several_photos_are_excluded_and_taken_back_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/gallery?show=kept")
    press(page, "ArrowRight", "x", "Shift+ArrowRight", "e")
    expect(page.get_by_role("heading", name="Exclude 2 photos")).to_be_visible()
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("a child")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery?show=kept")
    expect(page.get_by_text("2 photos were excluded.")).to_be_visible()
    expect(photos(page)).to_have_count(4)
    press(page, "z")
    expect(page.get_by_text("2 changes were undone.")).to_be_visible()
    expect(photos(page)).to_have_count(6)
    press(page, "z")
    expect(photos(page)).to_have_count(4)


def test_an_act_can_be_left_before_it_is_done(sign_in: SignIn) -> None:
    page = sign_in("/gallery?show=kept")
    press(page, "ArrowRight", "x", "e")
    expect(page.get_by_role("heading", name="Exclude 1 photo")).to_be_visible()
    press(page, "Escape")
    page.wait_for_url("**/gallery?show=kept")
    expect(photos(page)).to_have_count(6)
    expect(bar(page)).to_have_text("1 photo selected")
    page.reload()
    expect(bar(page)).to_be_hidden()


def test_one_photo_alone_is_not_marked_as_the_same_person(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    button = page.get_by_role("button", name="Same person")
    press(page, "ArrowRight", "x", "m")
    expect(button).to_be_disabled()
    press(page, "Shift+ArrowRight")
    expect(button).to_be_enabled()
    press(page, "m", "Enter")
    expect(page.get_by_text("The photos were marked as one person.")).to_be_visible()


def test_a_filter_is_an_address_that_can_be_shared(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    press(page, "/")
    page.keyboard.type("copy")
    page.keyboard.press("Enter")
    page.wait_for_url("**name=copy*")
    expect(photos(page)).to_have_count(2)
    page.get_by_text("More filters").click()
    page.get_by_label("Source").select_option("#drawn")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".chip")).to_have_count(2)
    other = page.context.new_page()
    other.goto(page.url)
    expect(photos(other)).to_have_count(2)
    other.get_by_role("link", name="File name contains").click()
    expect(photos(other)).to_have_count(6)
    other.get_by_role("link", name="Reset").click()
    expect(other.locator(".chip")).to_have_count(0)


def test_the_help_tells_the_keys_of_the_table(sign_in: SignIn) -> None:
    page = sign_in("/gallery")
    press(page, "?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Exclude the selected photos, with a reason")
    expect(dialog).to_contain_text("Ctrl+A")


def test_a_photos_page_goes_on_and_undoes_by_keys(sign_in: SignIn) -> None:
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
    page.get_by_label("Source").fill("#rash")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The source of 1 photo was set.")).to_be_visible()
    page.goto("/photos/1")
    page.get_by_role("button", name="Undo: Source set").click()
    expect(page.get_by_text("1 change was undone.")).to_be_visible()
    expect(page.locator("#history li").first).to_contain_text("#rash → #drawn")


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
    press(page, "e")
    expect(bar(page)).to_have_text("1 photo selected")
    context.unroute("**/photos/1/thumbnail")
    context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(failed).to_have_count(0)
    press(page, "e")
    expect(page.get_by_role("heading", name="Exclude 1 photo")).to_be_visible()


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
        page.get_by_label(f"Select photo {number}").check()
    page.get_by_role("button", name="Exclude").click()
    page.get_by_label("Reason").fill("no face")
    page.get_by_role("button", name="Exclude 2 photos").click()
    expect(photos(page)).to_have_count(4)
    page.get_by_role("button", name="Undo").click()
    expect(photos(page)).to_have_count(6)
    plain.close()


@pytest.mark.parametrize("path", ["/gallery?name=copy&source=%23drawn", "/photos/1"])
def test_nothing_needs_to_be_moved_sideways_on_a_narrow_screen(sign_in: SignIn, path: str) -> None:
    page = sign_in(path)
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
