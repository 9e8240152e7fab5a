"""Messages appear and go without moving the photo, the panel or the pair, on a laptop and a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Page, expect

from curator.base.db import Sessions
from curator.ratings.assessments import Assessment
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from tests.browser.conftest import Watch
from tests.browser.hands import asks_for, notice, press, wait_for_editor
from tests.curator.drawing import REGION

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
SIZES = [(1366, 768), (390, 844)]
OTHER_REGION = "0.1,0.1 0.3,0.1 0.3,0.3"
BENCH = (".stage", ".panel", "#rating", "[data-action=save]", "[data-action=skip]")


def boxes(page: Page, *selectors: str) -> list[FloatRect | None]:
    """Return where elements lie, with the window not scrolled."""
    page.evaluate("scrollTo(0, 0)")
    return [page.locator(each).first.bounding_box() for each in selectors]


def open_bench(sign_in: SignIn, size: tuple[int, int], photo: int = 1) -> Page:
    page = sign_in(f"/annotate/{photo}")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    wait_for_editor(page)
    return page


@pytest.mark.parametrize("size", SIZES)
def test_what_a_rating_lacks_is_said_in_place(sign_in: SignIn, size: tuple[int, int]) -> None:
    page = open_bench(sign_in, size)
    before = boxes(page, *BENCH)
    press(page, "Enter")
    message = asks_for(page, "label")
    assert boxes(page, *BENCH) == before
    box = message.bounding_box()
    assert box
    assert box["y"] + box["height"] <= size[1], "it is in sight"
    press(page, "1", "f", "Enter")
    asks_for(page, "region")
    assert boxes(page, *BENCH) == before


@pytest.mark.parametrize("size", SIZES)
def test_a_draft_and_what_was_done_are_told_in_place(
    sign_in: SignIn, size: tuple[int, int]
) -> None:
    page = open_bench(sign_in, size, photo=2)
    before = boxes(page, *BENCH)
    press(page, "1")
    expect(page.locator("#state")).to_have_attribute("data-state", "draft")
    assert boxes(page, *BENCH) == before
    page.reload()
    wait_for_editor(page)
    expect(page.locator("#draft")).to_be_visible()
    assert boxes(page, *BENCH) == before
    page.goto("/annotate/1")
    wait_for_editor(page)
    press(page, "e")
    page.locator("#excluding input[name=reason]").fill("a reason " * 20)
    press(page, "Enter")
    page.wait_for_url(lambda url: "/annotate/1" not in url)
    expect(page.locator("#state")).to_have_attribute("data-long", "")
    assert boxes(page, *BENCH) == before
    page.locator("#state button").click()
    expect(page.locator("#state")).not_to_have_attribute("data-long", "")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/duplicates", "/photos/1", "/annotate/1"])
def test_a_lost_connection_is_told_in_place(
    sign_in: SignIn, context: BrowserContext, watch: Watch, size: tuple[int, int], path: str
) -> None:
    watch.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = sign_in(path)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    parts = BENCH if path == "/annotate/1" else ("#views", ".title-line", ".frame")
    before = boxes(page, *parts)
    context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    assert boxes(page, *parts) == before
    context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_done_is_told_beside_the_photo_and_can_be_closed(
    sign_in: SignIn, size: tuple[int, int]
) -> None:
    page = sign_in("/photos/1")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    press(page, "e", "5")
    expect(notice(page)).to_be_visible()
    told = boxes(page, "#views", ".photo-side", ".title-line")
    page.locator("#close-messages").click()
    expect(notice(page)).to_be_hidden()
    assert boxes(page, "#views", ".photo-side", ".title-line") == told
    page.reload()
    expect(notice(page)).to_have_count(0)
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    assert boxes(page, "#views", ".photo-side", ".title-line") == told


@pytest.mark.parametrize("size", SIZES)
def test_the_pair_and_the_raters_stay_where_they_are(
    sign_in: SignIn, sessions: Sessions, size: tuple[int, int]
) -> None:
    for name, region in (("ben", REGION), ("carl", OTHER_REGION)):
        word = Assessment("positive", {"sex": "female"}, region)
        save_rating(sessions, 1, name, word, expected_version=0)
    adjudicate(
        sessions, 1, "ada", Assessment("positive", {"sex": "female"}, REGION), expected_version=0
    )
    page = sign_in("/adjudicate/1", name="ada")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.get_by_label("Why the ruling changes").fill("carl saw more of it")
    page.locator("[data-by=carl] form button").click()
    expect(notice(page)).to_be_visible()
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    told = boxes(page, "#views", ".panel")
    page.reload()
    expect(notice(page)).to_have_count(0)
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    assert boxes(page, "#views", ".panel") == told
