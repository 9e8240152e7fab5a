"""The annotate page by keyboard and pointer, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]


def open_photo(page: Page, photo: int) -> None:
    page.goto(f"/annotate/{photo}")
    wait_for_editor(page)


def wait_for_editor(page: Page) -> None:
    expect(page.locator(".bench[data-ready]")).to_be_attached()


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the photo, in fractions, lies on the screen."""
    box = page.locator("#photo").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def select_corner(page: Page, x: float, y: float) -> None:
    """Click a corner; on a busy machine a click may take so long that it counts as a drag."""
    selected = page.locator(".a9s-handle-selected")
    for _ in range(10):
        page.mouse.click(*at(page, x, y))
        page.wait_for_timeout(100)
        if selected.count():
            return
    expect(selected).to_be_visible()


def region(page: Page) -> list[tuple[float, float]]:
    text = page.locator("[name=region]").input_value()
    assert re.fullmatch(r"(\d\.\d{6},\d\.\d{6} ?)*", text)
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def has_points(page: Page, count: int) -> None:
    expect(page.locator(".a9s-annotationlayer .a9s-corner-handle")).to_have_count(count)
    field = page.locator("[name=region]")
    expect(field).to_have_value(re.compile(rf"^(\S+ ?){{{count}}}$"))


def test_three_photos_are_rated_by_keys_with_a_drawn_rectangle(sign_in: SignIn) -> None:
    page = sign_in("/annotate")
    seen = []
    for keys in ("1f", "2m", "1u7"):
        wait_for_editor(page)
        seen.append(page.url)
        drag(page, (0.3, 0.4), (0.7, 0.65))
        has_points(page, 4)
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.wait_for_url(
            lambda url: url != seen[-1] and re.search(r"/annotate/\d+$", url) is not None
        )
    assert len(set(seen)) == 3
    expect(page.get_by_text("3 of 6 left")).to_be_visible()
    expect(page.locator("[value=clinician]")).to_be_checked()  # the last used
    page.keyboard.press("b")
    page.wait_for_url(seen[-1])
    wait_for_editor(page)
    has_points(page, 4)
    assert region(page)[0] == pytest.approx((0.3, 0.4), abs=0.01)
    assert region(page)[2] == pytest.approx((0.7, 0.65), abs=0.01)
    expect(page.locator("[value=positive]")).to_be_checked()
    expect(page.locator("[value=unknown]")).to_be_checked()


def test_a_region_is_made_and_moved_by_keys_alone(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("g")
    has_points(page, 4)
    before = region(page)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    after = region(page)
    assert after[0] == pytest.approx((before[0][0] + 0.05, before[0][1]))
    assert after[2] == pytest.approx((before[2][0] + 0.05, before[2][1] + 0.02))


def test_a_region_drawn_right_after_the_page_opened_is_taken(
    sign_in: SignIn, context: BrowserContext
) -> None:
    slow_clock = "const now = performance.now.bind(performance); performance.now = () => now() / 10"
    context.add_init_script(slow_clock)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.3, 0.4), (0.7, 0.65))
    has_points(page, 4)


def test_a_polygon_is_drawn_corrected_undone_and_shown_again(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("p")
    corners = [(0.3, 0.4), (0.7, 0.4), (0.6, 0.7), (0.4, 0.7)]
    for corner in corners:
        page.mouse.move(*at(page, *corner))
        page.mouse.click(*at(page, *corner))
        page.wait_for_timeout(350)  # two quick clicks would be a double click
    page.keyboard.press("1")
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Finish the outline first")).to_be_visible()
    page.mouse.move(*at(page, *corners[0]))
    page.mouse.click(*at(page, *corners[0]))
    has_points(page, 4)
    drawn = region(page)
    drag(page, (0.7, 0.4), (0.8, 0.3))
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"0\.(79|80)\d+,0\.(29|30)"))
    page.keyboard.press("Control+z")
    has_points(page, 4)
    assert region(page) == drawn
    page.keyboard.press("Delete")
    has_points(page, 0)
    page.keyboard.press("Control+z")
    has_points(page, 4)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    has_points(page, 4)
    assert region(page) == drawn
    page.reload()
    wait_for_editor(page)
    has_points(page, 4)


def test_delete_takes_the_clicked_corner_but_after_a_drag_the_whole_region(
    sign_in: SignIn,
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("g")
    has_points(page, 4)
    select_corner(page, 0.3, 0.4)
    page.keyboard.press("Delete")
    has_points(page, 3)
    page.keyboard.press("Control+z")
    has_points(page, 4)
    before = page.locator("[name=region]").input_value()
    drag(page, (0.7, 0.4), (0.8, 0.3))
    expect(page.locator("[name=region]")).not_to_have_value(before)
    page.keyboard.press("Delete")
    has_points(page, 0)


def test_a_new_region_replaces_the_old_and_escape_keeps_it(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.1, 0.1), (0.5, 0.5))
    has_points(page, 4)
    first = region(page)
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    has_points(page, 4)
    assert region(page) == first
    page.keyboard.press("r")
    drag(page, (0.4, 0.4), (0.8, 0.8))
    has_points(page, 4)
    assert region(page)[0] == pytest.approx((0.4, 0.4), abs=0.01)
    expect(page.locator(".a9s-annotationlayer .a9s-annotation")).to_have_count(1)


def test_a_refused_region_shows_its_reason_and_stays(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("400 (BAD REQUEST)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.3, 0.3), (0.7, 0.7))
    has_points(page, 4)
    drag(page, (0.3, 0.3), (0.9, 0.5))  # over the far edge: the outline crosses itself
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"^0\.(89|90)"))
    for key in "1f":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("outline crosses itself")).to_be_visible()
    has_points(page, 4)


def test_keys_do_nothing_while_typing(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("n")
    page.keyboard.type("1 fms x?")
    expect(page.get_by_label("Note")).to_have_value("1 fms x?")
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("[value=positive]")).to_be_checked()


def test_what_is_missing_is_asked_for_once(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose positive, negative or unsure first")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose the sex first")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No region is drawn")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")


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
    expect(page.get_by_text("unsure, male, visual, without a region")).to_be_visible()
    expect(page.locator("[value=positive]")).to_be_checked()
    assert region(page) == mine
    page.get_by_role("button", name="Keep mine").click()
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[value=positive]")).to_be_checked()
    assert region(page) == mine


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
    expect(page.get_by_role("link", name="sign in in a new tab")).to_be_visible()
    sign_in("/gallery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[value=unsure]")).to_be_checked()


def test_leaving_with_unsaved_changes_asks_first(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.keyboard.press("s")
    page.wait_for_url("**/annotate/2")
    assert asked == []
    wait_for_editor(page)
    page.keyboard.press("1")
    page.keyboard.press("s")
    page.wait_for_url("**/annotate/3")
    assert asked == ["beforeunload"]


def test_a_photo_is_excluded_with_a_reason_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("x")
    page.keyboard.type("several faces")
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")
    expect(page.get_by_text("The photo is excluded: several faces.")).to_be_visible()
    page.goto("/annotate/1")
    page.get_by_role("button", name="Take back in").click()
    expect(page.get_by_text("The photo is taken back in.")).to_be_visible()


def test_the_help_lists_every_key(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    for said in ("Positive", "Sex unknown", "Draw a polygon", "Save and next", "Exclude the photo"):
        expect(keys.get_by_text(said)).to_be_visible()
    page.keyboard.press("1")  # behind the dialog nothing happens
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.locator("[name=label]:checked")).to_have_count(0)


def test_rating_works_without_scripts(sign_in: SignIn, context: BrowserContext) -> None:
    cookies = sign_in("/").context.cookies()
    plain = context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    plain.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": context.pages[0].url} for c in cookies]
    )
    page = plain.new_page()
    page.goto(context.pages[0].url + "annotate/1")
    page.locator("[value=positive]").check()
    page.locator("[value=female]").check()
    page.locator("[name=region]").fill("0.3,0.4 0.7,0.4 0.5,0.7")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_role("heading", name="Photo 2")).to_be_visible()
    plain.close()
