"""Runs in a real browser: their doubts are looked at again and wrong labels corrected; pages fit every width."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.base import utc_now
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.http.language import LANGUAGES
from curator.queries.overview import collection_status
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.web.queues import DONE
from tests.browser.hands import naming, press, read_in, shows_photo, wait_for_editor
from tests.curator.drawing import REGION
from tests.curator.trained import all_correct, predicted, write_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
WIDER_THAN_THEIR_CARD = """
[...document.querySelectorAll(".card table")]
  .filter((table) => !table.closest(".scroll"))
  .filter((table) => {
    const card = getComputedStyle(table.parentElement);
    const padding = parseFloat(card.paddingLeft) + parseFloat(card.paddingRight);
    return table.offsetWidth > table.parentElement.clientWidth - padding + 1;
  })
  .map((table) => table.innerText)
"""
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)


# What the run makes of photos that are rated positive.
SCORES = {1: 0.01, 2: 0.55, 3: 0.005, 4: 0.4}


@pytest.fixture
def run(sessions: Sessions, config: Config) -> None:
    """A run that is unsure of photos 2 and 4, and misses 1, 3 and 4; ana has rated 1 and 3."""
    for photo in (1, 3):
        save_rating(sessions, photo, "ana", POSITIVE, expected_version=0)
    with sessions.begin() as session:
        # A run knows its end to the second; what is rated after it is done in its queues.
        session.execute(update(Rating).values(saved_at=utc_now() - timedelta(hours=1)))
        pixels = {photo.id: photo.pixel_sha256 for photo in session.scalars(select(Photo))}
    told = [
        predicted(pixels[photo][:16], "test", "positive", score) for photo, score in SCORES.items()
    ]
    write_run(config.instance / "runs" / "mobilenet-1", [*all_correct(20), *told], report=True)


@pytest.mark.usefixtures("run")
def test_a_wrong_label_is_corrected_where_it_was_made(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/")
    page.locator(".study summary").click()
    page.locator(".study a[href='/runs']").click()
    page.get_by_role("link", name="mobilenet-1").first.click()
    expect(page.get_by_role("heading", name="mobilenet-1")).to_be_visible()
    page.locator(".wrong a[href*='kind=false_negative']").click()
    expect(page.locator("#unrated")).to_have_text(naming(1))
    wrong = page.locator(".tile a[href^='/annotate/3?']")
    wrong.click()
    expect(page).to_have_url(re.compile("/annotate/3"))
    wait_for_editor(page)
    page.keyboard.press("2")
    page.locator("[data-action=save]").click()
    page.wait_for_url(lambda url: "/annotate/3" not in url)
    page.goto("/runs/mobilenet-1")
    expect(wrong.locator(".badge.negative")).to_be_visible()
    assert collection_status(sessions).ready == {
        ("negative", "female"): 1,
        ("positive", "female"): 1,
    }


@pytest.mark.usefixtures("run")
def test_wrong_predictions_are_gone_through_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/runs/mobilenet-1?kind=false_negative")
    page.locator(".tile a").first.click()
    wait_for_editor(page)
    for photo, place, keys in ((3, 1, ["s"]), (1, 2, ["b"]), (3, 1, ["2", "Enter"]), (1, 2, [])):
        shows_photo(page, photo)
        expect(page.locator("#left")).to_have_text(naming(place, 2))
        press(page, *keys)
    page.locator(".to-run a").click()
    page.wait_for_url("**/runs/mobilenet-1?kind=false_negative#wrong")
    page.locator(".tile a").last.click()
    wait_for_editor(page)
    shows_photo(page, 1)
    press(page, "s")
    page.wait_for_url("**/runs/mobilenet-1?kind=false_negative#wrong")
    expect(page.locator(".flashes .notice")).to_be_visible()


@pytest.mark.usefixtures("run")
def test_what_a_run_is_unsure_of_is_looked_at_first(sign_in: SignIn) -> None:
    page = sign_in("/runs/mobilenet-1")
    page.locator("a[href^='/annotate?queue=uncertain']").click()
    page.wait_for_url("**/annotate/1?queue=uncertain&run=mobilenet-1")
    wait_for_editor(page)
    expect(page.locator("#left")).to_have_text(naming(4, 4))
    press(page, "g", "1", "f", "Enter")
    page.wait_for_url("**/annotate/2?queue=uncertain&run=mobilenet-1")
    shows_photo(page, 2)
    expect(page.locator("#left")).to_have_text(naming(3, 4))


@pytest.mark.usefixtures("run")
def test_likely_label_errors_are_worked_off(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/runs/mobilenet-1")
    page.locator("a[href^='/annotate?queue=label_errors']").click()
    for photo, left in ((1, 2), (3, 1)):
        page.wait_for_url(f"**/annotate/{photo}?queue=label_errors&run=mobilenet-1")
        wait_for_editor(page)
        shows_photo(page, photo)
        expect(page.locator("[value=positive]")).to_be_checked()
        expect(page.locator("#left")).to_have_text(naming(left, 2))
        press(page, "2", "Enter")
    expect(page.locator("#nothing")).to_contain_text(DONE["label_errors"])
    assert collection_status(sessions).ready == {("negative", "female"): 2}


@pytest.mark.usefixtures("run")
def test_the_queues_of_the_newest_run_are_in_the_menu(sign_in: SignIn) -> None:
    page = sign_in("/annotate")
    wait_for_editor(page)
    for queue, left, photo in (("uncertain", 4, 1), ("label_errors", 2, 1)):
        page.locator(".queues summary").click()
        line = page.locator(f".queues li:has(a[href*='queue={queue}'])")
        expect(line.locator(".number")).to_have_text(str(left))
        line.get_by_role("link").click()
        page.wait_for_url(f"**/annotate/{photo}?queue={queue}&run=mobilenet-1")
        wait_for_editor(page)
        expect(page.locator(".to-run")).to_have_text("mobilenet-1")


@pytest.mark.usefixtures("run")
def test_the_report_shows_its_figures(sign_in: SignIn) -> None:
    page = sign_in("/runs/mobilenet-1")
    page.locator("a[href$='/report']").click()
    page.wait_for_url("**/runs/mobilenet-1/report")
    box = page.locator("figure svg").first.bounding_box()
    assert box
    assert box["width"] > 200
    # Its own styles are in force, not the browser's.
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 390, 1366, 2560])
@pytest.mark.usefixtures("run")
def test_the_pages_fit_the_window(sign_in: SignIn, width: int, language: str) -> None:
    page = sign_in("/")
    read_in(page, language)
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/runs", "/runs/mobilenet-1"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(WIDER_THAN_THEIR_CARD) == [], path
