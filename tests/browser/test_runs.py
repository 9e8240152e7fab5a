"""Runs in a real browser: a wrong label is corrected where it was made; pages fit every width."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from curator.config import Config
from curator.db import open_sessions
from curator.entries import Entry
from curator.models import Photo
from curator.rating import save_rating
from tests.curator.drawing import REGION
from tests.curator.trained import right, said, write_run

pytestmark = pytest.mark.browser

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
POSITIVE = Entry("positive", "female", "visual", REGION)


@pytest.fixture
def run(address: str, tmp_path: Path) -> None:
    """A run that misses photos 3 and 4, of which ana has rated the first."""
    config = Config(instance=tmp_path / "instance", workers=1)
    sessions = open_sessions(config)
    save_rating(sessions, 3, "ana", POSITIVE, expected_version=0)
    with sessions() as session:
        pixels = session.scalars(select(Photo.pixel_sha256).where(Photo.id.in_((3, 4)))).all()
    missed = [said(sha[:16], "test", "positive", 0.1) for sha in pixels]
    write_run(config.instance / "runs" / "mobilenet-1", [*right(20), *missed], report=True)


@pytest.mark.usefixtures("run")
def test_a_wrong_label_is_corrected_where_it_was_made(sign_in: SignIn) -> None:
    page = sign_in("/")
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("link", name="mobilenet-1").first.click()
    expect(page.get_by_role("heading", name="mobilenet-1")).to_be_visible()
    page.get_by_role("link", name="False negatives").click()
    expect(page.get_by_text("1 more, on a photo that you have not rated")).to_be_visible()
    page.get_by_role("link", name="Photo 3").click()
    expect(page).to_have_url(re.compile("/annotate/3"))
    expect(page.locator(".bench[data-ready]")).to_be_attached()
    page.keyboard.press("2")
    page.get_by_role("button", name="Save and next").click()
    page.wait_for_url(lambda url: "/annotate/3" not in url)
    page.goto("/runs/mobilenet-1")
    expect(page.get_by_text("you say negative")).to_be_visible()


@pytest.mark.usefixtures("run")
def test_the_report_shows_its_figures(sign_in: SignIn) -> None:
    page = sign_in("/runs/mobilenet-1")
    page.get_by_role("link", name="report").click()
    expect(page.get_by_role("heading", name="Butterfly rash detector")).to_be_visible()
    box = page.locator("figure svg").first.bounding_box()
    assert box
    assert box["width"] > 200
    # Its own styles are in force, not the browser's.
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"


@pytest.mark.parametrize("width", [320, 390, 1366, 2560])
@pytest.mark.usefixtures("run")
def test_the_pages_fit_the_window(context: BrowserContext, sign_in: SignIn, width: int) -> None:
    page = sign_in("/")
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/runs", "/runs/mobilenet-1"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(WIDER_THAN_THEIR_CARD) == [], path
