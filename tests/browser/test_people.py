"""The page of persons by keyboard, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import delete, select

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.models import Photo, PhotoPair
from tests.browser.hands import press

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
PEOPLE = "/duplicates/people"


@pytest.fixture(autouse=True)
def authors(address: str, tmp_path: Path) -> None:
    """The six photos: four of one author, two of another; none of them look alike."""
    with open_sessions(Config(instance=tmp_path / "instance")).begin() as session:
        session.execute(delete(PhotoPair))
        for photo in session.scalars(select(Photo)):
            photo.author_key = "a" * 64 if photo.id <= 4 else "b" * 64


def waiting(page: Page) -> Locator:
    return page.locator("#waiting")


def test_persons_are_decided_and_undone_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Same person?").click()
    expect(waiting(page)).to_have_text("Group 1 of 2 · 4 photos of one author")
    press(page, "n")
    expect(waiting(page)).to_have_text("Group 2 of 2 · 2 photos of one author")
    press(page, "n", "p")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 2 photos of one author")
    press(page, "z")
    expect(
        page.get_by_text("Taken back: your last decision, on 3 pairs: the same person.")
    ).to_be_visible()
    expect(waiting(page)).to_have_text("Group 1 of 2 · 4 photos of one author")
    press(page, "1", "2", "d")
    expect(page.locator("#known")).to_contain_text("Photos 1 and 2 are known to be different")
    one_person = page.get_by_role("button", name="One person")
    expect(one_person).to_be_disabled()
    press(page, "1", "3", "4")
    expect(page.locator("#picked")).to_have_text(re.compile("only for photos 1, 3 and 4"))
    press(page, "p")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 2 photos of one author")
    press(page, "d")
    expect(page.get_by_text("No group waits for a decision.")).to_be_visible()


def test_picks_that_decide_nothing_are_said(sign_in: SignIn) -> None:
    page = sign_in(PEOPLE)
    press(page, "1")
    expect(page.locator("#picked")).to_contain_text("Photo 1 is picked: pick one more")
    press(page, "2", "d")
    expect(page.locator("#known")).to_be_visible()
    press(page, "1", "2")
    expect(page.locator("#picked")).to_contain_text("1 and 2 are known to be different people")
    for name in ("One person", "Different people"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    press(page, "Escape", "+")
    expect(page.locator("#views")).to_have_attribute("data-scale", "1.40")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Different people, each of them")


def test_a_viewer_looks_and_decides_nothing(sign_in: SignIn) -> None:
    page = sign_in(PEOPLE, name="vera")
    press(page, "p", "1", "d")
    expect(page.get_by_role("button", name="One person")).to_be_disabled()
    expect(waiting(page)).to_have_text("Group 1 of 2 · 4 photos of one author")


def test_persons_are_decided_without_scripts(sign_in: SignIn, context: BrowserContext) -> None:
    cookies = sign_in("/").context.cookies()
    root = context.pages[0].url
    plain = context.browser.new_context(java_script_enabled=False, base_url=root)  # type: ignore[union-attr]
    plain.add_cookies([{"name": c["name"], "value": c["value"], "url": root} for c in cookies])
    page = plain.new_page()
    page.goto(PEOPLE)
    for number in (0, 1):
        page.get_by_role("checkbox").nth(number).check()
    page.get_by_role("button", name="One person").click()
    expect(page.locator(".member")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".member")).to_have_count(4)
    plain.close()
