"""The hand on the photo: corners by finger and by key, the region hidden, a phone's screen within a thumb's reach."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from curator.base.config import Config
from curator.base.db import Sessions
from curator.photos.exclusion import exclude_photos
from curator.photos.importing import import_folders
from curator.queries.photos import photo_to_rate
from curator.ratings.regions import FLAWS
from tests.browser.conftest import Watch
from tests.browser.hands import (
    SUGGESTED,
    asks_for,
    at,
    drag,
    has_points,
    open_photo,
    press,
    region,
    shows_photo,
    wait_for_editor,
)
from tests.browser.pages import add_work, find_pages
from tests.curator.drawing import draw

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
Suggest = Callable[..., None]
Points = list[tuple[float, float]]

CORNERS = ".a9s-annotationlayer [role=button]"
OUTLINE = ".a9s-rubberband"
FINGER_PX = 44
# Half of a window is what a thumb reaches, and what nothing covers it can tap.
REACHES_THUMB = """element => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  return y > innerHeight / 2 && element.contains(document.elementFromPoint(x, y));
}"""


def put_corners(page: Page, corners: Points) -> None:
    for corner in corners:
        page.mouse.move(*at(page, *corner))
        page.mouse.click(*at(page, *corner))
        page.wait_for_timeout(350)  # two quick clicks would be a double click


def corner(page: Page, number: int) -> Locator:
    return page.get_by_role("button", name=re.compile(rf"^Corner {number} of"))


def tap(page: Page, x: float, y: float) -> None:
    page.touchscreen.tap(*at(page, x, y))


def tap_region(page: Page) -> None:
    """Tap the region for its four corners; Chromium ignores a tap right after a drag, which may have been a fling."""
    for _ in range(10):
        tap(page, 0.5, 0.55)
        page.wait_for_timeout(300)
        if page.locator(CORNERS).count():
            break
    expect(page.locator(CORNERS)).to_have_count(4)


# -- By finger


def test_no_corner_covers_the_skin_until_the_region_is_tapped(
    phone: Page, suggest: Suggest
) -> None:
    suggest(1)
    open_photo(phone, 1)
    corners = phone.locator(CORNERS)
    expect(phone.locator(".a9s-annotation")).to_be_visible()
    expect(corners).to_have_count(0)
    tap_region(phone)
    tap(phone, 0.1, 0.1)
    expect(corners).to_have_count(0)
    adjust = phone.locator("[data-action=adjust]")
    adjust.tap()
    expect(corners).to_have_count(4)
    phone.locator(".choice:has([value=positive])").tap()
    expect(corners).to_have_count(0)
    assert phone.locator("[name=region]").input_value() == SUGGESTED


def test_corners_close_to_each_other_have_room_for_a_finger_and_the_nearest_moves(
    phone: Page, suggest: Suggest
) -> None:
    suggest(1)
    open_photo(phone, 1)
    tap_region(phone)
    for one in phone.locator(CORNERS).all():
        box = one.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= FINGER_PX
    before = region(phone)
    x, y = at(phone, *before[2])  # the fourth corner's circle, drawn later, lies over the third's
    touch = phone.context.new_cdp_session(phone)
    for kind, right in [("touchStart", -8), *(("touchMove", -8 + 5 * n) for n in range(1, 7))]:
        point = {"x": x + right, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        phone.evaluate("() => new Promise(requestAnimationFrame)")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.locator("[name=region]")).not_to_have_value(SUGGESTED)
    after = region(phone)
    assert [after[0], after[1], after[3]] == [before[0], before[1], before[3]]
    assert at(phone, *after[2]) == pytest.approx((x + 30, y), abs=3)


def test_a_polygon_closed_by_tap_shows_no_corners_and_its_tool_can_be_put_down(
    phone: Page, suggest: Suggest
) -> None:
    suggest(1)
    open_photo(phone, 1)
    polygon = phone.locator("[data-action=polygon]")
    polygon.tap()
    expect(phone.locator(".a9s-annotation:not(.a9s-rubberband)")).to_have_count(0)
    polygon.tap()
    expect(phone.locator(".a9s-annotation")).to_be_visible()
    polygon.tap()
    phone.evaluate("scrollTo(0, 0)")
    drawn = [(0.4, 0.45), (0.6, 0.45), (0.5, 0.65)]
    for one in [*drawn, drawn[0]]:
        tap(phone, *one)
        phone.wait_for_timeout(350)  # two quick taps would be a double tap
    expect(phone.locator("[name=region]")).not_to_have_value(SUGGESTED)
    expect(phone.locator(CORNERS)).to_have_count(0)


def test_a_zoomed_photo_is_moved_by_a_finger_on_its_region(phone: Page, suggest: Suggest) -> None:
    suggest(1)
    open_photo(phone, 1)
    for _ in range(4):
        phone.locator("[data-action=closer]").tap()
    x, y = at(phone, 0.5, 0.55)
    touch = phone.context.new_cdp_session(phone)
    for kind, by in [("touchStart", 0), *(("touchMove", 5 * n) for n in range(1, 9))]:
        point = {"x": x + by, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        phone.evaluate("() => new Promise(requestAnimationFrame)")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert at(phone, 0.5, 0.55) == pytest.approx((x + 40, y), abs=3)
    tap_region(phone)  # which works zoomed or not
    assert phone.locator("[name=region]").input_value() == SUGGESTED


def test_all_that_a_photo_needs_is_within_a_thumb_s_reach(phone: Page, suggest: Suggest) -> None:
    suggest(1)
    open_photo(phone, 1)
    needed = phone.locator(
        "#rating .choice, .main-action button:visible, [data-action=hide_region]"
    ).all()
    assert len(needed) > 12
    for element in needed:
        assert element.evaluate(REACHES_THUMB), element
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(phone.locator(".stage")).to_be_in_viewport(ratio=1)


@pytest.fixture
def ten_more(sessions: Sessions, config: Config, tmp_path: Path, suggest: Suggest) -> range:
    """Ten photos with a suggestion, the only ones that wait."""
    folder = tmp_path / "more"
    folder.mkdir()
    for seed in range(50, 60):
        draw(seed, (640, 640)).save(folder / f"{seed}.jpg", quality=80)
    exclude_photos(sessions, range(1, 7), "blurred", actor="ada")
    import_folders(sessions, config, [folder], actor="test")
    suggest(*range(7, 17))
    return range(7, 17)


def test_ten_photos_are_rated_by_thumb_with_three_taps_each(
    phone: Page, sessions: Sessions, ten_more: range
) -> None:
    phone.goto("/annotate")
    wait_for_editor(phone)
    taps: list[int] = []
    for number in range(len(ten_more)):
        expect(phone.locator("#title")).not_to_have_text("")
        before = phone.url
        wanted = ["[value=positive]" if number % 2 else "[value=negative]", "[value=female]"]
        needed = [phone.locator(f".choice:has({one})") for one in wanted]
        needed.append(phone.locator("[data-action=save]"))
        taps.append(0)
        for element in needed:
            assert element.evaluate(REACHES_THUMB)
            element.tap()
            taps[-1] += 1
        expect(phone).not_to_have_url(before)
    assert taps == [3] * 10
    assert phone.evaluate("scrollY") == 0
    rated = [photo_to_rate(sessions, photo, 1).own for photo in ten_more]
    assert [own.region for own in rated if own] == [SUGGESTED] * 10


# -- By key


def test_each_corner_moves_by_arrow_keys_alone(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    has_points(page, 4)
    press(page, "a")
    for number in range(1, 5):
        expect(corner(page, number)).to_be_focused()
        before = region(page)
        moved = before[number - 1]
        press(page, "ArrowLeft", "ArrowUp")
        expect(corner(page, number)).to_be_focused()
        near = region(page)[number - 1]
        assert near[0] < moved[0]
        assert near[1] < moved[1]
        press(page, "Shift+ArrowRight")
        far = region(page)[number - 1]
        assert far[0] - near[0] == pytest.approx(10 * (moved[0] - near[0]), abs=1e-5)
        others = [one for index, one in enumerate(region(page)) if index != number - 1]
        assert others == [one for index, one in enumerate(before) if index != number - 1]
        page.keyboard.press("Tab")


def test_a_corner_moved_by_keys_is_undone_left_deleted_and_saved(
    sign_in: SignIn, suggest: Suggest
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    has_points(page, 4)
    before = region(page)
    page.locator(".a9s-annotationlayer").focus()
    press(page, "Tab", "Tab", "ArrowDown")
    assert region(page)[1] == pytest.approx((before[1][0], before[1][1] + 0.002))
    press(page, "Control+z")
    assert region(page) == before
    expect(corner(page, 2)).to_be_focused()
    press(page, "Shift+ArrowDown", "Escape")
    expect(page.locator(f"{CORNERS}:focus")).to_have_count(0)
    moved = region(page)
    press(page, "a", "Delete")
    has_points(page, 3)
    press(page, "Control+z", "Escape", "1", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    expect(page.locator(f"{CORNERS}:focus")).to_have_count(0)
    open_photo(page, 1)
    assert region(page) == moved


# -- Hidden


def test_the_region_is_hidden_while_its_key_is_held_or_until_its_button_is_pressed_again(
    sign_in: SignIn, suggest: Suggest
) -> None:
    suggest(1, 2)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drawing, button = page.locator("div.drawing"), page.locator("[data-action=hide_region]")
    page.keyboard.down("h")
    expect(drawing).to_have_css("opacity", "0")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.keyboard.up("h")
    expect(drawing).to_have_css("opacity", "1")
    button.click()
    expect(drawing).to_have_css("opacity", "0")
    drag(page, (0.5, 0.55), (0.6, 0.65))  # nothing that is not seen is moved
    page.locator(".a9s-annotationlayer").focus()
    press(page, "ArrowRight")
    assert page.locator("[name=region]").input_value() == SUGGESTED
    press(page, "1", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    expect(drawing).to_have_css("opacity", "1")  # the next suggestion is seen before it is accepted
    expect(button).to_have_attribute("aria-pressed", "false")
    open_photo(page, 1)
    assert page.locator("[name=region]").input_value() == SUGGESTED


@pytest.mark.parametrize("keys", ["r", "t", "c", "g", "a", "Delete", "Control+z"])
def test_what_changes_a_hidden_region_shows_it(
    sign_in: SignIn, suggest: Suggest, keys: str
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1", "f", "g", "3", "Enter")  # a last region to copy
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    press(page, "g", "1")
    page.locator("[data-action=hide_region]").click()
    expect(page.locator(".plate.regions-hidden")).to_be_attached()
    press(page, keys)
    expect(page.locator(".plate.regions-hidden")).to_have_count(0)


@pytest.mark.parametrize("endpoint", ["adjudicate.photo", "photos.photo"])
def test_regions_are_hidden_on_every_page_that_shows_them(
    sign_in: SignIn, sessions: Sessions, config: Config, endpoint: str
) -> None:
    add_work(sessions, config)
    page = sign_in(find_pages(sessions, config)[endpoint])
    shape, button = page.locator(".frame svg"), page.locator("[data-action=hide_region]")
    expect(shape).to_have_css("opacity", "1")
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    page.keyboard.down("h")
    expect(shape).to_have_css("opacity", "0")
    page.keyboard.up("h")
    expect(shape).to_have_css("opacity", "1")
    button.click()
    expect(shape).to_have_css("opacity", "0")
    press(page, "?")
    expect(page.get_by_role("dialog").locator("kbd").get_by_text("H", exact=True)).to_be_visible()


# -- Drawing


def test_enter_closes_a_polygon_and_saves_nothing_yet(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1", "f", "p")
    drawn = [(0.35, 0.45), (0.65, 0.45), (0.6, 0.65)]
    put_corners(page, drawn[:2])
    press(page, "Enter")
    asks_for(page, "outline")
    put_corners(page, drawn[2:])
    press(page, "Enter")
    has_points(page, 3)
    shows_photo(page, 1)
    assert region(page) == [pytest.approx(one, abs=0.004) for one in drawn]
    press(page, "Enter")
    page.wait_for_url("**/annotate/2")


@pytest.mark.parametrize("key", ["Backspace", "Control+z"])
def test_the_last_corner_of_an_outline_is_taken_back(
    sign_in: SignIn, suggest: Suggest, key: str
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1", "p")
    put_corners(page, [(0.3, 0.4), (0.7, 0.4), (0.7, 0.7), (0.9, 0.9)])
    press(page, key)
    put_corners(page, [(0.3, 0.7)])
    press(page, "Enter")
    has_points(page, 4)
    drawn = [(0.3, 0.4), (0.7, 0.4), (0.7, 0.7), (0.3, 0.7)]
    assert region(page) == [pytest.approx(one, abs=0.004) for one in drawn]
    press(page, "Control+z")
    assert page.locator("[name=region]").input_value() == SUGGESTED
    expect(page.locator("[value=positive]")).to_be_checked()


@pytest.mark.parametrize("tool", ["r", "p"])
def test_the_old_region_is_not_shown_while_a_new_one_is_drawn(
    sign_in: SignIn, suggest: Suggest, tool: str
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    old = page.locator(".a9s-annotation:not(.a9s-rubberband)")
    expect(old).to_have_count(1)
    for leave in ("Escape", "Control+z"):
        press(page, tool)
        expect(old).to_have_count(0)
        press(page, leave)
        expect(old).to_have_count(1)
        assert page.locator("[name=region]").input_value() == SUGGESTED
    press(page, tool, "1", "f", "Enter")  # what is saved is seen first
    asks_for(page, "outline")
    expect(old).to_have_count(1)
    press(page, "Enter")
    page.wait_for_url("**/annotate/2")


def test_escape_discards_a_first_outline(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "p")
    put_corners(page, [(0.3, 0.4), (0.7, 0.4)])
    expect(page.locator(f"{OUTLINE} polygon.a9s-inner")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator(f"{OUTLINE} polygon.a9s-inner")).to_have_count(0)


def test_enter_in_a_note_saves_as_the_button_says(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1", "f", "n")
    page.keyboard.type("scar")
    press(page, "Shift+Enter")
    page.keyboard.type("left")
    expect(page.locator("[name=note]")).to_have_value("scar\nleft")
    press(page, "Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[name=note]")).to_have_value("scar\nleft")


# -- Refused


def test_after_a_refusal_undo_takes_the_region_back_and_keeps_the_choices(
    sign_in: SignIn, suggest: Suggest, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)",)
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "r")
    drag(page, (0.3, 0.2), (0.7, 0.6))
    has_points(page, 4)
    expect(page.locator("#drawing-hint.warned")).to_be_visible()
    press(page, "1", "f", "Enter")
    expect(page.locator("#message button")).to_be_visible()
    expect(page.locator("#drawing-hint.warned")).to_have_count(0)  # it is said once
    press(page, "Control+z")
    assert page.locator("[name=region]").input_value() == SUGGESTED
    for value in ("positive", "female"):
        expect(page.locator(f"[value={value}]")).to_be_checked()
    expect(page.locator("#message")).to_be_empty()
    press(page, "Control+z")
    expect(page.locator("[value=female]")).not_to_be_checked()
    press(page, "f", "Enter")
    page.wait_for_url("**/annotate/2")


def draw_too_small(sign_in: SignIn) -> Page:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.3, 0.3), (0.31, 0.31))
    has_points(page, 4)
    return page


def test_a_region_refused_for_its_shape_is_taken_back_by_undo(
    sign_in: SignIn, watch: Watch
) -> None:
    watch.expected = ("400 (BAD REQUEST)",)
    page = draw_too_small(sign_in)
    press(page, "1", "f", "Enter")
    expect(page.locator("#message")).to_have_text(FLAWS["small"])
    press(page, "Control+z")
    has_points(page, 0)
    for value in ("positive", "female"):
        expect(page.locator(f"[value={value}]")).to_be_checked()


def test_a_refused_region_that_came_with_a_draft_is_removed_by_undo(
    sign_in: SignIn, watch: Watch
) -> None:
    watch.expected = ("400 (BAD REQUEST)",)
    page = draw_too_small(sign_in)
    page.reload()
    wait_for_editor(page)
    press(page, "1", "f", "Enter")
    expect(page.locator("#message")).to_have_text(FLAWS["small"])
    press(page, "Control+z")
    has_points(page, 0)
    expect(page.locator("[value=positive]")).to_be_checked()


def test_undo_while_typing_a_note_leaves_the_region_alone(
    sign_in: SignIn, suggest: Suggest
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.7, 0.45), (0.8, 0.4))
    expect(page.locator("[name=region]")).not_to_have_value(SUGGESTED)
    drag(page, (0.3, 0.45), (0.2, 0.4))
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"^0\.2"))
    shape = page.locator(".a9s-annotation polygon.a9s-inner")
    shown, said = shape.get_attribute("points"), page.locator("[name=region]").input_value()
    press(page, "n")
    page.keyboard.type("red")
    press(page, "Control+z")
    page.wait_for_timeout(200)
    assert shape.get_attribute("points") == shown
    press(page, "Escape")
    page.mouse.click(*at(page, 0.05, 0.05))
    assert page.locator("[name=region]").input_value() == said
