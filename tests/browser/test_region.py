"""The region on the photo: drawn, changed, undone, kept below the eyes, by pointer, finger and keys."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from curator.base.db import Sessions
from curator.queries.photos import photo_to_rate
from curator.ratings.regions import FLAWS, format_fractions
from faces.landmarks import reaches_eyes
from tests.browser.conftest import Watch
from tests.browser.hands import (
    SUGGESTED,
    asks_for,
    at,
    drag,
    has_points,
    naming,
    open_photo,
    press,
    region,
    select_corner,
    shows_photo,
    wait_for_editor,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
Suggest = Callable[..., None]
HANDLE = "document.querySelector('.a9s-corner-handle .a9s-handle-dot')"


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


@pytest.mark.parametrize("closer", [0, 3])
def test_a_polygon_is_drawn_over_the_region_that_it_replaces(sign_in: SignIn, closer: int) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", *["+"] * closer)
    before = region(page)
    page.keyboard.press("p")
    inside = [(0.4, 0.45), (0.6, 0.45), (0.6, 0.6), (0.5, 0.55), (0.4, 0.6)]
    for corner in [*inside, inside[0]]:
        assert region(page) == before
        page.mouse.move(*at(page, *corner))
        page.mouse.click(*at(page, *corner))
        page.wait_for_timeout(350)  # two quick clicks would be a double click
    has_points(page, 5)


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
    page.locator("[data-action=save]").click()
    asks_for(page, "outline")
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


def test_corners_tell_their_numbers(context: BrowserContext, phone: Page, suggest: Suggest) -> None:
    suggest(1)
    page = context.new_page()
    for shown in (phone, page):
        open_photo(shown, 1)
        if shown is phone:
            shown.locator("[data-action=adjust]").tap()
        for number in range(1, 5):
            corner = shown.get_by_role("button", name=naming(number, 4))
            expect(corner).to_have_count(1)
    select_corner(page, 0.6, 0.7)
    press(page, "Delete")
    expect(page.get_by_role("button", name=naming(3, 3))).to_have_count(1)
    expect(page.locator(".drawing").get_by_role("button")).to_have_count(3)


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
    expect(page.locator("#message")).to_have_text(FLAWS["crossing"])
    has_points(page, 4)


@pytest.mark.parametrize("way", ["keys", "wheel"])
def test_drawing_is_right_when_zoomed(sign_in: SignIn, way: str) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    if way == "keys":
        press(page, "+", "+", "+", "ArrowRight", "ArrowDown")
    else:
        page.mouse.move(*at(page, 0.4, 0.5))
        page.mouse.wheel(0, -600)
    zoomed_to = "2.74" if way == "keys" else "3.32"
    expect(page.locator(".stage")).to_have_attribute("data-scale", zoomed_to)
    drag(page, (0.42, 0.45), (0.58, 0.6))
    has_points(page, 4)
    assert region(page)[0] == pytest.approx((0.42, 0.45), abs=0.004)
    assert region(page)[2] == pytest.approx((0.58, 0.6), abs=0.004)
    keeps_its_size = f"() => Math.abs({HANDLE}.getBoundingClientRect().width - 8) < 0.5"
    page.wait_for_function(keeps_its_size)  # it is drawn anew a frame after the zoom
    drag(page, (0.42, 0.45), (0.45, 0.48))
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"^0\.4(49|50)"))
    press(page, "0")
    expect(page.locator(".stage")).to_have_attribute("data-scale", "1.00")
    page.wait_for_function(keeps_its_size)
    assert region(page)[2] == pytest.approx((0.58, 0.6), abs=0.004)


def test_a_finger_drags_a_corner_down_and_the_page_stays(phone: Page, suggest: Suggest) -> None:
    suggest(1)
    open_photo(phone, 1)
    phone.touchscreen.tap(*at(phone, 0.5, 0.55))
    x, y = at(phone, 0.4, 0.7)
    touch = phone.context.new_cdp_session(phone)
    for kind, down in [("touchStart", 0), *(("touchMove", 5 * step) for step in range(1, 9))]:
        point = {"x": x, "y": y + down}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        phone.evaluate("() => new Promise(requestAnimationFrame)")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.locator("[name=region]")).not_to_have_value(SUGGESTED)
    assert at(phone, *region(phone)[3]) == pytest.approx((x, y + 40), abs=3)
    assert phone.evaluate("scrollY") == 0


def test_a_polygon_is_drawn_by_taps_over_the_region_that_it_replaces(
    phone: Page, suggest: Suggest
) -> None:
    suggest(1)
    open_photo(phone, 1)
    phone.locator("[data-action=polygon]").tap()
    phone.evaluate("scrollTo(0, 0)")
    corners = [(0.4, 0.45), (0.6, 0.45), (0.6, 0.65), (0.4, 0.65)]
    for corner in [*corners, corners[0]]:
        phone.touchscreen.tap(*at(phone, *corner))
        phone.wait_for_timeout(350)  # two quick taps would be a double tap
    expect(phone.locator("[name=region]")).not_to_have_value(SUGGESTED)
    assert region(phone) == [pytest.approx(corner, abs=0.01) for corner in corners]


def test_a_region_that_reaches_the_eyes_is_told_while_drawing(
    sign_in: SignIn, suggest: Suggest
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    expect(page.locator(".eyes-line")).to_be_hidden()
    press(page, "r")
    drag(page, (0.3, 0.2), (0.7, 0.6))
    has_points(page, 4)
    expect(page.locator("#drawing-hint.warned")).to_be_visible()
    expect(page.locator(".eyes-line")).to_be_visible()
    press(page, "Control+z")
    expect(page.locator(".eyes-line")).to_be_hidden()


def test_a_region_over_the_eyes_is_refused_until_the_rater_insists(
    sign_in: SignIn, suggest: Suggest, sessions: Sessions, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)",)
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "r")
    drag(page, (0.3, 0.2), (0.7, 0.6))
    has_points(page, 4)
    press(page, "1", "f", "Enter")
    insist = page.locator("#message button")
    expect(insist).to_be_visible()
    shows_photo(page, 1)
    insist.press("Enter")
    page.wait_for_url("**/annotate/2")
    own = photo_to_rate(sessions, 1, 1).own
    assert own
    assert own.over_eyes


def test_the_page_and_the_server_know_one_line_of_the_eyes(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    rng = np.random.default_rng(4)
    asked, expected = [], []
    for _ in range(300):
        (x, y), reach = rng.uniform(0.3, 0.7, 2), rng.uniform(0.05, 0.2)
        left, top, wide, high = *rng.uniform(0, 0.7, 2), *rng.uniform(0.05, 0.3, 2)
        eyes = ((x - reach, y), (x + reach, y + rng.uniform(-0.1, 0.1)))
        corners = ((left, top), (left + wide, top), (left + wide, top + high), (left, top + high))
        shape = rng.uniform(0.5, 2)
        asked.append([format_fractions(corners), format_fractions(eyes), shape])
        expected.append(reaches_eyes(corners, eyes, shape))
    told = page.evaluate(
        "(asked) => import('/static/ratings/eye-line.js').then((it) => asked.map((one) => it.reachesEyes(...one)))",
        asked,
    )
    assert told == expected
    assert 50 < sum(expected) < 250
