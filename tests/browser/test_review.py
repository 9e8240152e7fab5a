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
from curator.ratings.statistics import TOO_FEW
from tests.browser.conftest import Watch
from tests.browser.hands import key_in_help, naming, notice, press
from tests.curator.drawing import REGION

pytestmark = [pytest.mark.browser, pytest.mark.slow]

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
    expect(page.locator(".tile .id")).to_have_text("2")


def test_a_photo_is_ruled_on_blind_then_changed_and_kept_by_keys_alone(sign_in: SignIn) -> None:
    page = sign_in("/adjudicate", name="ada")
    page.locator("[data-action=start]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2?queue=adjudicate")
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    assert not {"ben", "carl"} & set(re.findall(r"\w+", page.content()))
    press(page, "g", "2", "f", "Enter")
    page.wait_for_url("**/adjudicate/2")
    ruling = page.locator(".ruled[data-by=ada] .badge").first
    expect(ruling).to_have_class(re.compile("negative"))
    expect(page.locator("[data-by=ben] .badge.positive")).to_be_visible()
    press(page, "c")
    page.wait_for_url("**/annotate/2?queue=adjudicate")
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    press(page, "1", "Enter")
    why = page.locator("#rating [name=reason]")
    expect(why).to_be_focused()
    expect(page.locator("#message")).to_have_attribute("data-missing", "reason")
    page.keyboard.type("seen in another light")
    page.reload()
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    expect(why).to_have_value("seen in another light")
    why.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/adjudicate/2")
    expect(ruling).to_have_class(re.compile("positive"))
    press(page, "Enter")
    page.wait_for_url("**/adjudicate")
    expect(page.locator("#nothing")).to_be_visible()


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
    expect(page.locator("[data-shows=ruling]")).not_to_be_checked()
    press(page, "1", "3")
    expect(page.locator("#region-ruling")).to_be_visible()
    expect(page.locator("#region-rater-2")).to_be_hidden()
    press(page, "+")
    expect(page.locator("#views")).to_have_attribute("data-scale", "1.40")
    press(page, "?")
    expect(key_in_help(page, "Enter")).to_be_visible()


def test_a_raters_region_is_taken_over(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/adjudicate/1", name="ada")
    page.locator("[data-by=carl] [name=reason]").fill("it follows the rash")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("carl")
    with sessions() as session:
        ruled = session.scalars(
            select(Event).where(Event.action == "adjudicated").order_by(Event.id)
        ).all()
        assert [event.after["region"] for event in ruled if event.after] == [REGION, ELSEWHERE]


def test_a_rater_who_looks_has_no_keys_that_change(sign_in: SignIn) -> None:
    page = sign_in("/adjudicate/1", name="carl")
    press(page, "c", "Enter", "?")
    expect(key_in_help(page, "1")).to_be_visible()
    for key in ("C", "Enter"):
        expect(key_in_help(page, key)).to_have_count(0)
    expect(page).to_have_url(re.compile("/adjudicate/1$"))


def test_who_has_not_said_what_they_see_is_told_so(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("409",)
    page = sign_in("/adjudicate/1", name="ana")
    expect(page.get_by_role("alert")).to_have_text(naming(1))
    assert "carl" not in page.content()


def test_the_menu_of_the_study_opens_and_closes_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/agreement", name="ana")
    expect(page.get_by_text(TOO_FEW).first).to_be_visible()
    menu = page.locator(".study summary")
    menu.focus()
    page.keyboard.press("Enter")
    administration = page.locator(".study a[href='/admin']")
    expect(administration).to_be_visible()
    page.keyboard.press("Escape")
    expect(administration).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    for _ in page.locator(".study a").all():
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    page.locator("[name=raters_needed]").fill("2")
    page.keyboard.press("Enter")
    expect(notice(page)).to_be_visible()
    expect(page.locator("[name=raters_needed]")).to_have_value("2")


@pytest.mark.parametrize("path", ["/adjudicate", "/adjudicate/1", "/agreement"])
def test_pages_fit_a_small_phone(sign_in: SignIn, path: str) -> None:
    page = sign_in(path, name="ada")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_administration_fits_a_small_phone(sign_in: SignIn) -> None:
    page = sign_in("/admin")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
