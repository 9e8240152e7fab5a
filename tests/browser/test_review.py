"""Adjudication by keys, agreement and the account's menu, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from curator.base.db import Sessions
from curator.base.models.events import Event
from curator.ratings.assessments import Assessment
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from tests.browser.conftest import Watch
from tests.browser.hands import press
from tests.curator.drawing import REGION

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
ELSEWHERE = "0.700000,0.700000 0.900000,0.700000 0.900000,0.900000 0.700000,0.900000"


@pytest.fixture(autouse=True)
def words(sessions: Sessions) -> None:
    """Ben and carl disagree on photos 1 and 2; ada ruled on photo 1."""
    for photo in (1, 2):
        for name, label, region in (("ben", "positive", REGION), ("carl", "negative", ELSEWHERE)):
            entry = Assessment(label, {"sex": "female"}, region)
            save_rating(sessions, photo, name, entry, expected_version=0)
    ruling = Assessment("positive", {"sex": "female"}, REGION)
    adjudicate(sessions, 1, "ada", ruling, expected_version=0)


def test_a_ruling_is_kept_or_changed_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/adjudicate/1", name="ada")
    expect(page.get_by_role("article")).to_have_count(3)
    press(page, "c")
    page.wait_for_url("**/annotate/1?queue=adjudicate")
    page.go_back()
    press(page, "Enter")
    page.wait_for_url("**/annotate/2?queue=adjudicate")
    page.goto("/adjudicate/1")
    press(page, "l")
    page.wait_for_url("**/adjudicate")
    expect(page.get_by_role("link", name="Photo 2")).to_be_visible()


def test_a_photo_is_ruled_on_blind_then_changed_and_kept_by_keys_alone(sign_in: SignIn) -> None:
    page = sign_in("/adjudicate", name="ada")
    page.get_by_role("link", name="Start").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2?queue=adjudicate")
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    assert not {"ben", "carl"} & set(re.findall(r"\w+", page.content()))
    press(page, "g", "2", "f", "Enter")
    page.wait_for_url("**/adjudicate/2")
    ruling = page.get_by_role("article", name="Ruling of ada")
    expect(ruling).to_contain_text("Negative")
    expect(page.get_by_role("article", name="ben")).to_contain_text("Positive")
    press(page, "c")
    page.wait_for_url("**/annotate/2?queue=adjudicate")
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    press(page, "1", "Enter")
    page.wait_for_url("**/adjudicate/2")
    expect(ruling).to_contain_text("Positive")
    press(page, "Enter")
    page.wait_for_url("**/adjudicate")
    expect(page.get_by_text("No photo waits for a ruling.")).to_be_visible()


def test_regions_are_shown_hidden_and_lie_on_the_photo(sign_in: SignIn) -> None:
    page = sign_in("/adjudicate/1", name="ada")
    regions = page.locator("#views polygon.mark")
    expect(regions).to_have_count(3)
    photo, drawn = page.locator("#views img").bounding_box(), regions.first.bounding_box()
    assert photo
    assert drawn
    # The photo is 4:3 in a frame that may be wider: what is left over lies on both sides.
    width = min(photo["width"], photo["height"] * 640 / 480)
    left = photo["x"] + (photo["width"] - width) / 2
    assert drawn["x"] == pytest.approx(left + 0.3 * width, abs=4)
    assert drawn["width"] == pytest.approx(0.4 * width, abs=8)
    press(page, "1")
    expect(page.locator("#region-ruling")).to_be_hidden()
    expect(page.get_by_label("Show this region").first).not_to_be_checked()
    press(page, "1", "3")
    expect(page.locator("#region-ruling")).to_be_visible()
    expect(page.locator("#region-rater-2")).to_be_hidden()
    press(page, "+")
    expect(page.locator("#views")).to_have_attribute("data-scale", "1.40")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Keep the ruling, next photo")


def test_a_raters_region_is_taken_over(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/adjudicate/1", name="ada")
    page.get_by_role("button", name="Take this region over").click()
    expect(page.get_by_text("Your ruling has the region of carl now.")).to_be_visible()
    with sessions() as session:
        ruled = session.scalars(
            select(Event).where(Event.action == "adjudicated").order_by(Event.id)
        ).all()
        assert [event.after["region"] for event in ruled if event.after] == [REGION, ELSEWHERE]


def test_a_rater_who_looks_has_no_keys_that_change(sign_in: SignIn) -> None:
    page = sign_in("/adjudicate/1", name="carl")
    press(page, "c", "Enter", "?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Show or hide a region")
    expect(dialog).not_to_contain_text("Change the ruling")
    expect(page).to_have_url(re.compile("/adjudicate/1$"))


def test_who_has_not_said_what_they_see_is_told_so(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("409",)
    page = sign_in("/adjudicate/1", name="ana")
    expect(page.get_by_text("Rate photo 1 first")).to_be_visible()
    assert "carl" not in page.content()


def test_the_account_menu_opens_and_closes_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/agreement", name="ana")
    expect(page.get_by_text("too few photos").first).to_be_visible()
    menu = page.locator(".who summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Administration")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Administration")).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    page.get_by_label("Raters a photo needs").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The settings are saved.")).to_be_visible()


@pytest.mark.parametrize("path", ["/adjudicate", "/adjudicate/1", "/agreement"])
def test_pages_fit_a_small_phone(sign_in: SignIn, path: str) -> None:
    page = sign_in(path, name="ada")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_administration_fits_a_small_phone(sign_in: SignIn) -> None:
    page = sign_in("/admin")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
