"""How the photo is looked at: zoom, pan, light and redness, on a laptop and a phone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from curator.base.config import Config
from curator.base.db import Sessions
from curator.photos.importing import import_folders
from tests.browser.conftest import Watch
from tests.browser.hands import (
    asks_for,
    at,
    drag,
    has_points,
    open_photo,
    press,
    region,
    wait_for_editor,
)
from tests.browser.pages import add_work, find_pages
from tests.curator.bare_faces import drawn, suggestion

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
Suggest = Callable[..., None]
IS_IN_SIGHT = """element => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""
Button = Literal["left", "middle", "right"]


def test_what_lies_under_the_pointer_stays_there(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    place = at(page, 0.3, 0.6)
    page.mouse.move(*place)
    page.mouse.wheel(0, -500)
    expect(page.locator(".stage")).not_to_have_attribute("data-scale", "1.00")
    assert at(page, 0.3, 0.6) == pytest.approx(place, abs=2)


@pytest.mark.parametrize("button", ["middle", "right", "left"])
def test_a_zoomed_photo_is_dragged_and_no_region_with_it(sign_in: SignIn, button: Button) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g")
    before = region(page)
    press(page, "+", "+", "+", "+")
    if button == "left":
        page.keyboard.down(" ")
    from_here = at(page, 0.5, 0.5)
    page.mouse.move(*from_here)
    page.mouse.down(button=button)
    page.mouse.move(from_here[0] + 60, from_here[1] + 40, steps=4)
    page.mouse.up(button=button)
    page.keyboard.up(" ")
    assert at(page, 0.5, 0.5) == pytest.approx((from_here[0] + 60, from_here[1] + 40), abs=2)
    assert region(page) == before


def test_two_fingers_zoom_and_draw_nothing(phone: Page) -> None:
    page = phone
    open_photo(page, 1)
    x, y = at(page, 0.5, 0.5)
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *moved: tuple[float, float]) -> None:
        points = [{"x": x + dx, "y": y + dy, "id": at} for at, (dx, dy) in enumerate(moved)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.evaluate("() => new Promise(requestAnimationFrame)")

    fingers("touchStart", (-20, 0))
    fingers("touchStart", (-20, 0), (20, 0))
    for apart in (30, 40, 50):
        fingers("touchMove", (-apart, 0), (apart, 0))
    fingers("touchEnd")
    expect(page.locator(".stage")).to_have_attribute("data-scale", "2.50")
    has_points(page, 0)
    fingers("touchStart", (-40, -40))  # the rectangle is still at hand
    fingers("touchMove", (0, 0))
    fingers("touchMove", (40, 40))
    fingers("touchEnd")
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"^(\S+ ?){4}$"))
    assert at(page, *region(page)[0]) == pytest.approx((x - 40, y - 40), abs=3)
    assert at(page, *region(page)[2]) == pytest.approx((x + 40, y + 40), abs=3)


def test_on_a_phone_a_photo_is_rated_without_scrolling(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1, 2, 3)
    page = sign_in("/annotate/1")
    page.set_viewport_size({"width": 390, "height": 664})  # what a browser's own bars leave
    wait_for_editor(page)
    page.evaluate("""() => {
      const box = (selector) => document.querySelector(selector).getBoundingClientRect();
      scrollTo(0, box("#rating").top - box(".stage").height);
    }""")
    save = page.locator("[data-action=save]")
    save.click()
    expect(asks_for(page, "label")).to_be_in_viewport(ratio=1)
    for photo in (1, 2):
        choices = [
            page.locator(f".choice:has([value={value}])") for value in ("positive", "female")
        ]
        for element in (page.locator(".stage"), *choices, save):
            assert element.evaluate(IS_IN_SIGHT)
        for element in (*choices, save):
            element.click()
        page.wait_for_url(f"**/annotate/{photo + 1}")


def test_at_twice_the_size_photo_and_form_are_in_sight_together(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    page.set_viewport_size({"width": 683, "height": 384})  # a laptop's 1366 x 768
    wait_for_editor(page)
    choices = page.locator(".choice:has([name=label]), .choice:has([name=sex])")
    for y in (0, 80):
        page.evaluate("(y) => scrollTo(0, y)", y)
        for element in (
            page.locator(".stage"),
            *choices.all(),
            page.locator(".main-action .primary"),
        ):
            assert element.evaluate(IS_IN_SIGHT)
        expect(page.locator(".stage")).to_be_in_viewport(ratio=0.9)


def test_a_closer_look_fetches_a_larger_picture(
    sign_in: SignIn, browser: Browser, context: BrowserContext, address: str, large_photo: int
) -> None:
    sign_in("/")
    page = context.new_page()
    open_photo(page, large_photo)
    pixels = "() => document.querySelector('#photo').naturalWidth"
    assert page.evaluate(pixels) == 1600
    for _ in range(4):
        press(page, "+")
    expect(page.locator(".plate[data-picture=closeup]")).to_be_attached()
    assert page.evaluate(pixels) == 2000
    drag(page, (0.45, 0.45), (0.55, 0.55))
    has_points(page, 4)
    assert region(page)[2] == pytest.approx((0.55, 0.55), abs=0.004)


def test_redness_shows_while_its_key_is_held(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    red = page.locator(".plate > .redness")
    expect(red).to_be_hidden()
    page.keyboard.down("v")
    expect(red).to_be_visible()
    button = page.locator("[data-action=redness]")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => document.querySelector('.redness').naturalWidth")
    page.keyboard.up("v")
    expect(red).to_be_hidden()
    button.click()
    expect(red).to_be_visible()
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    expect(red).to_be_hidden()


def test_redness_comes_with_its_scale_and_says_when_no_face_was_found(
    sign_in: SignIn, sessions: Sessions, config: Config, tmp_path: Path
) -> None:
    photo, face = drawn()
    photo.save(tmp_path / "face.png")
    import_folders(sessions, config, [tmp_path / "face.png"], actor="test")
    page = sign_in("/annotate/7")
    wait_for_editor(page)
    scale, says = (
        page.get_by_role("group", name="Scale of the redness"),
        page.locator("#redness-says"),
    )
    expect(scale).to_be_hidden()
    stage = page.locator(".stage").bounding_box()
    page.locator("[data-action=redness]").click()
    expect(scale).to_contain_text("own skin")
    expect(scale.get_by_role("img")).to_have_accessible_name(re.compile("10, 20, and 30"))
    expect(says).to_contain_text("own skin was found")
    assert page.locator(".stage").bounding_box() == stage
    with sessions.begin() as session:
        session.add(suggestion(7, face))
    page.reload()
    wait_for_editor(page)
    page.locator("[data-action=redness]").click()
    expect(says).to_contain_text("forehead, chin, jaws")


def test_redness_that_cannot_be_loaded_says_so(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/")
    page.route("**/redness*", lambda route: route.abort())
    open_photo(page, 1)
    page.locator("[data-action=redness]").click()
    expect(page.locator("#redness-says")).to_have_text("The redness could not be loaded.")


JUDGED = {
    "annotate.photo": ".stage",
    "adjudicate.photo": ".frame",
    "photos.photo": ".frame",
    "duplicates.index": ".frame",
    "gallery.index": ".thumb",
}


@pytest.mark.parametrize("endpoint", JUDGED)
def test_a_photo_s_surround_is_one_neutral_grey_in_both_themes(
    sign_in: SignIn, sessions: Sessions, config: Config, endpoint: str
) -> None:
    add_work(sessions, config)
    page = sign_in(find_pages(sessions, config)[endpoint])
    around = page.locator(JUDGED[endpoint]).first
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(around).to_have_css("background-color", "rgb(118, 118, 118)")


def test_light_is_changed_by_keys_and_is_plain_on_the_next_photo(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    light = "() => getComputedStyle(document.querySelector('#photo')).filter"
    assert page.evaluate(light) == "none"
    press(page, "]", "]", ".")
    assert page.evaluate(light) == "brightness(1.2) contrast(1.1)"
    press(page, "o")
    assert page.evaluate(light) == "none"
    press(page, "[", "s")
    page.wait_for_url("**/annotate/2")
    assert page.evaluate(light) == "none"
