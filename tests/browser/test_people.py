"""The page of persons by keyboard, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete, select

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Person, Photo
from curator.http.terms import DECISIONS
from tests.browser.hands import naming, open_menu, press, waits

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
PEOPLE = "/duplicates/people"


@pytest.fixture(autouse=True)
def authors(address: str, tmp_path: Path) -> None:
    """The six photos: four of one author, two of another; none of them look alike."""
    with open_sessions(Config(instance=tmp_path / "instance")).begin() as session:
        session.execute(delete(PhotoPair))
        for photo in session.scalars(select(Photo)):
            photo.author_key = "a" * 64 if photo.id <= 4 else "b" * 64


def test_persons_are_decided_and_undone_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    open_menu(page, PEOPLE)
    waits(page, 1, 2, photos=4)
    press(page, "n")
    waits(page, 2, 2, photos=2)
    press(page, "n", "p")
    waits(page, 1, 1, photos=2)
    press(page, "z")
    told = page.locator(".flashes .notice")
    for said in (naming(3), DECISIONS["same_person"]):
        expect(told).to_contain_text(said)
    waits(page, 1, 2, photos=4)
    press(page, "1", "2", "d")
    expect(page.locator("#known")).to_have_text(naming(1, 2))
    one_person = page.locator("[value=same_person]")
    expect(one_person).to_be_disabled()
    press(page, "1", "3", "4")
    expect(page.locator("#picked")).to_have_text(naming(1, 3, 4))
    press(page, "p")
    waits(page, 1, 1, photos=2)
    press(page, "d")
    expect(page.locator("#nothing")).to_be_visible()


def test_picks_that_decide_nothing_are_said(sign_in: SignIn) -> None:
    page = sign_in(PEOPLE)
    press(page, "1")
    expect(page.locator("#picked")).to_have_text(naming(1))
    press(page, "2", "d")
    expect(page.locator("#known")).to_be_visible()
    press(page, "1", "2")
    expect(page.locator("#picked")).to_have_text(naming(1, 2))
    for decision in ("same_person", "different"):
        expect(page.locator(f"[value={decision}]")).to_be_disabled()
    press(page, "Escape", "+")
    expect(page.locator("#views")).to_have_attribute("data-scale", "1.40")
    press(page, "?")
    expect(page.get_by_role("dialog").locator("kbd").get_by_text("D", exact=True)).to_be_visible()


def test_a_viewer_looks_and_decides_nothing(sign_in: SignIn) -> None:
    page = sign_in(PEOPLE, name="vera")
    press(page, "p", "1", "d")
    expect(page.locator("[value=same_person]")).to_be_disabled()
    waits(page, 1, 2, photos=4)


def test_persons_are_decided_without_scripts(sign_in: SignIn, context: BrowserContext) -> None:
    cookies = sign_in("/").context.cookies()
    root = context.pages[0].url
    plain = context.browser.new_context(java_script_enabled=False, base_url=root)  # type: ignore[union-attr]
    plain.add_cookies([{"name": c["name"], "value": c["value"], "url": root} for c in cookies])
    page = plain.new_page()
    page.goto(PEOPLE)
    for number in (0, 1):
        page.get_by_role("checkbox").nth(number).check()
    page.locator("[value=same_person]").click()
    expect(page.locator(".member")).to_have_count(3)
    page.locator("[data-action=undo]").click()
    expect(page.locator(".member")).to_have_count(4)
    plain.close()


@pytest.mark.parametrize(("key", "left"), [("p", 1), ("d", 2)])
def test_codes_written_alike_are_decided_by_one_key(
    sign_in: SignIn, tmp_path: Path, key: str, left: int
) -> None:
    sessions = open_sessions(Config(instance=tmp_path / "instance"))
    with sessions.begin() as session:
        session.add_all([Person(id=1, code="P-01"), Person(id=2, code="p-01")])
        session.get_one(Photo, 1).person_id, session.get_one(Photo, 2).person_id = 1, 2
    page = sign_in(PEOPLE)
    page.locator("#similar-codes a").click()
    press(page, key)
    page.wait_for_url(f"**{PEOPLE}")
    expect(page.locator("#similar-codes")).to_have_count(0)
    with sessions() as session:
        coded = select(Photo.person_id).where(Photo.person_id.is_not(None))
        assert len(set(session.scalars(coded))) == left
