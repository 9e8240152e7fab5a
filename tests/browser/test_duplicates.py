"""The duplicates page by keyboard and pointer, in a real browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageOps
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect
from sqlalchemy import delete, select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.base import utc_now
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Photo
from curator.http.terms import DECISIONS
from curator.photos.importing import import_folders
from curator.ratings.settings import Project, change_project
from tests.browser.hands import naming, open_menu, press, waits
from tests.curator.drawing import draw

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
Join = Callable[..., None]
SIZE = (640, 480)
TAKING_BACK = "form[action$='/reopen'] button"


@pytest.fixture(autouse=True)
def sources_shown(sessions: Sessions) -> None:
    """A study whose pages name files, by which these tests know photos."""
    change_project(sessions, Project(show_sources=True), actor="ana")


@pytest.fixture
def join(sessions: Sessions) -> Join:
    """Forget the pairs that the import found and join photos by their names."""
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))

    def join(first: str, second: str, **fields: Any) -> None:
        with sessions.begin() as session:
            named = {photo.original_name: photo.id for photo in session.scalars(select(Photo))}
            a, b = sorted((named[first], named[second]))
            given = {"distance_bits": 5, "score": 0.9, "verified": True} | fields
            session.add(DuplicatePair(photo_a_id=a, photo_b_id=b, **given))

    return join


@pytest.fixture
def chain(join: Join) -> None:
    """Three photos of which the first and the last have no pair of their own."""
    join("1.jpg", "1-copy.jpg", score=0.99)
    join("1-copy.jpg", "3.jpg", score=0.75, verified=False)


def opened(page: Page) -> Page:
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    return page


def waiting(page: Page) -> Locator:
    return page.locator("#waiting")


def removed_copies(page: Page) -> Locator:
    return page.locator(".menu a[href='/duplicates/removed'] + span")


def told_decided(page: Page, pairs: int) -> None:
    """Expect the page to say how many pairs were decided to be copies."""
    told = page.locator(".flashes .notice")
    expect(told).to_have_text(naming(pairs))
    expect(told).to_contain_text(DECISIONS["copy"])


def member(page: Page, name: str) -> Locator:
    return page.locator(".member", has=page.locator(f".file-name[title='{name}']"))


def number(page: Page, name: str) -> int:
    return int(member(page, name).get_attribute("data-number") or 0)


def test_groups_are_decided_and_undone_by_one_key_each(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg", score=0.99, verified=False)
    join("2.jpg", "2-copy.jpg")
    join("3.jpg", "4.jpg", score=0.75, verified=False)
    page = sign_in("/duplicates")
    waits(page, 1, 3, pairs=3)
    press(page, "n")
    waits(page, 2, 3, pairs=3)
    expect(member(page, "2.jpg")).to_be_visible()
    press(page, "c")
    told_decided(page, 1)
    waits(page, 2, 2, pairs=2)
    press(page, "d")
    waits(page, 1, 1, pairs=1)
    press(page, "p")
    expect(page.locator("#nothing")).to_be_visible()
    for left in (1, 2):
        press(page, "z")
        expect(waiting(page)).to_have_attribute("data-pairs", str(left))
    press(page, "z")
    waits(page, 2, 3, pairs=3)
    expect(member(page, "2.jpg")).to_be_visible()
    expect(page.locator("#undo")).to_have_count(0)


@pytest.mark.usefixtures("chain")
def test_a_chain_is_said_and_what_differs_is_marked(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    expect(page.locator(".member")).to_have_count(3)
    ends = sorted((number(page, "1.jpg"), number(page, "3.jpg")))
    middle = number(page, "1-copy.jpg")
    expect(page.locator("#gaps")).to_have_text(naming(*ends, middle))
    expect(member(page, "1.jpg").locator(".differs")).to_have_text(re.compile(r"kB"))
    kept = page.locator(".member.kept")
    expect(kept).to_have_attribute("data-number", "1")
    expect(kept.locator(".badge.kept")).to_have_count(1)
    expect(page.locator("#pairs tbody tr").first).to_contain_text("99.0%")
    verified, unverified = page.locator("#pairs tbody tr td:nth-child(4)").all_inner_texts()
    assert verified != unverified


@pytest.mark.usefixtures("chain")
def test_two_photos_picked_are_decided_alone(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    one, middle, other = (str(number(page, f"{name}.jpg")) for name in ("1", "1-copy", "3"))
    copies = page.locator("[value=copy]")
    press(page, one, other)
    ends = sorted(map(int, (one, other)))
    expect(page.locator("#picked")).to_have_text(naming(*ends))
    expect(copies.locator("span")).to_have_text(naming(*ends))
    expect(copies).to_be_disabled()
    press(page, "Escape")
    expect(copies).to_be_enabled()
    press(page, one, middle, "c")
    waits(page, 1, 1, pairs=1)
    expect(page.locator(".member")).to_have_count(3)
    kept = int(member(page, "1.jpg").get_attribute("data-photo") or 0)
    expect(page.locator(".member:not(.kept) .badge")).to_have_text(naming(kept))
    expect(page.locator("#pairs [data-decision=copy][data-by=ana]")).to_have_count(1)
    page.locator(TAKING_BACK).first.click()
    waits(page, 1, 1, pairs=2)


def test_verified_pairs_are_counted_decided_and_undone_together(
    sign_in: SignIn, join: Join
) -> None:
    join("1.jpg", "1-copy.jpg", score=0.99)
    join("2.jpg", "2-copy.jpg", score=0.8)
    join("3.jpg", "4.jpg", score=0.95, verified=False)
    page = sign_in("/duplicates")
    expect(page.locator("[data-action=bulk]")).to_have_text(naming(2))
    press(page, "v")
    accept, at_least = page.locator("[data-action=accept]"), page.locator("#min-percent")
    expect(accept).to_have_text(naming(2))
    at_least.fill("90")
    press(page, "c")  # counts first
    expect(accept).to_have_text(naming(1))
    press(page, "Escape")
    expect(waiting(page)).to_be_visible()
    press(page, "v")
    at_least.fill("80")
    page.keyboard.press("Enter")
    expect(page.locator(".least-alike a")).to_have_count(2)
    expect(accept).to_have_text(naming(2))
    expect(accept).to_be_focused()
    page.keyboard.press("Enter")
    waits(page, 1, 1, pairs=1)
    expect(removed_copies(page)).to_have_text(naming(2))
    press(page, "z")
    expect(waiting(page)).to_have_attribute("data-pairs", "3")
    expect(removed_copies(page)).to_have_text(naming(0))


def decide_as_ben(sessions: Sessions, decision: str, *names: str) -> None:
    """Decide the pair of two photos, past the page."""
    with sessions.begin() as session:
        ids = session.scalars(select(Photo.id).where(Photo.original_name.in_(names)))
        first, second = sorted(ids)
        between = select(DuplicatePair).filter_by(photo_a_id=first, photo_b_id=second)
        pair = session.scalars(between).one()
        pair.decision, pair.decided_by, pair.decided_at = decision, "ben", utc_now()


@pytest.mark.usefixtures("chain")
def test_copies_against_a_decision_are_refused_with_the_reason_until_it_is_taken_back(
    sign_in: SignIn, join: Join, sessions: Sessions
) -> None:
    join("1.jpg", "3.jpg", score=0.8, verified=False)
    decide_as_ben(sessions, "different", "1.jpg", "3.jpg")
    page = sign_in("/duplicates")
    copies = page.locator("[value=copy]")
    one, middle, other = (str(number(page, f"{name}.jpg")) for name in ("1", "1-copy", "3"))
    ends = sorted(map(int, (one, other)))
    warning = page.locator("#gaps")
    for said in (naming(*ends), DECISIONS["different"], "ben"):
        expect(warning).to_contain_text(said)
    expect(copies).to_be_disabled()
    expect(page.locator("[value=different]")).to_be_enabled()
    told = page.locator("#picked")
    press(page, "c")
    expect(told).to_have_class(re.compile("refused"))
    for said in (naming(*ends), DECISIONS["different"]):
        expect(told).to_contain_text(said)
    press(page, one, middle)
    expect(copies).to_be_enabled()
    press(page, "Escape")
    expect(copies).to_be_disabled()
    warning.locator(TAKING_BACK).click()
    waits(page, 1, 1, pairs=3)
    expect(copies).to_be_enabled()
    press(page, "c")
    told_decided(page, 3)


@pytest.mark.usefixtures("chain")
def test_a_decision_made_meanwhile_refuses_and_shows_the_group_again(
    sign_in: SignIn, join: Join, sessions: Sessions
) -> None:
    join("2.jpg", "2-copy.jpg", score=0.999)
    join("1.jpg", "3.jpg", score=0.8, verified=False)
    page = sign_in("/duplicates")
    press(page, "n")
    expect(member(page, "3.jpg")).to_be_visible()
    decide_as_ben(sessions, "same_person", "1.jpg", "3.jpg")
    press(page, "c")
    expect(page.locator(".flashes .warning")).to_contain_text("ben")
    expect(member(page, "3.jpg")).to_be_visible()
    waits(page, 2, 2, pairs=3)


@pytest.mark.usefixtures("chain")
def test_photos_that_are_copies_through_another_can_only_be_copies(
    sign_in: SignIn, join: Join, sessions: Sessions
) -> None:
    join("1.jpg", "3.jpg", score=0.8, verified=False)
    decide_as_ben(sessions, "copy", "1.jpg", "1-copy.jpg")
    decide_as_ben(sessions, "copy", "1-copy.jpg", "3.jpg")
    page = sign_in("/duplicates")
    ends = sorted(number(page, name) for name in ("1.jpg", "3.jpg"))
    expect(page.locator("#gaps")).to_have_text(naming(*ends))
    for key in ("d", "p"):
        press(page, key)
        expect(page.locator("#picked.refused")).to_have_text(naming(*ends))
    press(page, "c")
    told_decided(page, 1)


@pytest.mark.usefixtures("chain")
def test_a_decided_pair_is_found_compared_and_taken_back(
    sign_in: SignIn, sessions: Sessions
) -> None:
    decide_as_ben(sessions, "different", "1.jpg", "1-copy.jpg")
    page = sign_in("/duplicates")
    open_menu(page, "/duplicates/decisions")
    expect(page.locator("#decided tbody tr")).to_have_count(1)
    page.locator("#decided .buttons a").click()
    expect(page.locator("#gaps[data-decision=different]")).to_contain_text("ben")
    press(page, "?")
    keys = page.get_by_role("dialog").locator("kbd")
    expect(keys.get_by_text("F", exact=True)).to_be_visible()
    expect(keys.get_by_text("C", exact=True)).to_have_count(0)
    press(page, "Escape", "c", "d", "f", "Escape", "x")  # the letters c and d decide nothing
    expect(page.locator("#comparison")).to_have_attribute("data-shows", "difference")
    page.locator(f"#gaps {TAKING_BACK}").click()
    waits(page, 1, 1, pairs=2)


def boxes(images: Locator) -> list[FloatRect]:
    found = [image.bounding_box() for image in images.all()]
    return [box for box in found if box]


@pytest.mark.usefixtures("chain")
def test_all_photos_zoom_and_move_together(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    views = opened(page).locator("#views")
    images = page.locator(".member img")
    whole = boxes(images)[0]
    page.keyboard.press("+")
    expect(views).to_have_attribute("data-scale", "1.40")
    zoomed = boxes(images)
    assert {round(box["width"]) for box in zoomed} == {round(whole["width"] * 1.4)}
    page.keyboard.press("ArrowRight")
    moved = boxes(images)
    steps = {round(before["x"] - after["x"]) for before, after in zip(zoomed, moved, strict=True)}
    assert len(steps) == 1
    assert steps.pop() > 0
    page.keyboard.press("0")
    expect(views).to_have_attribute("data-scale", "1.00")
    images.first.hover()
    page.mouse.wheel(0, -500)
    expect(views).not_to_have_attribute("data-scale", "1.00")
    before = boxes(images)
    page.mouse.down()
    page.mouse.move(200, 300)
    page.mouse.up()
    assert boxes(images)[2] != before[2]  # dragged at the first, moved at the last too
    page.locator("[data-action=fit]").click()
    expect(views).to_have_attribute("data-scale", "1.00")


def test_flicker_alternates_two_photos_and_stops_by_hand(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg")
    page = sign_in("/duplicates")
    press(page, "f")
    comparison = page.locator("#comparison")
    for shown in ("1", "2", "1"):
        expect(comparison).to_have_attribute("data-shows", shown)
    press(page, " ")
    held = comparison.get_attribute("data-shows")
    expect(page.locator("#compared")).to_have_text(naming(int(held or 0)))
    press(page, " ")
    expect(comparison).to_have_attribute("data-shows", "2" if held == "1" else "1")
    press(page, "Escape")
    expect(page.locator(".group")).to_be_visible()
    expect(comparison).to_be_hidden()


def mean_difference(page: Page) -> float:
    told = page.locator("#compared")
    expect(told).to_contain_text("255")
    found = re.search(r"([\d.]+)\D+255", told.inner_text())
    assert found
    return float(found[1])


@pytest.fixture
def mirrored(sessions: Sessions, tmp_path: Path, join: Join) -> None:
    """A photo and, in half its size, three quarters of its width and height, mirrored."""
    folder = tmp_path / "more"
    folder.mkdir()
    whole = draw(21, SIZE)
    whole.save(folder / "whole.png")
    cropped = ImageOps.mirror(whole).crop((0, 0, 480, 360)).resize((240, 180))
    cropped.save(folder / "turned.png")
    import_folders(sessions, Config(instance=tmp_path / "instance"), [folder], actor="test")
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))
        names = session.scalars(select(Photo.original_name).order_by(Photo.id)).all()
    # Fractions of each photo's width. Of the whole photo's x the mirrored one holds 1 - x, from 0 to 0.75.
    if names.index("turned.png") < names.index("whole.png"):
        matrix = [[4 / 3, 0, 0], [0, 4 / 3, 0]]  # whole -> mirrored -> turned
    else:
        matrix = [[3 / 4, 0, 1 / 4], [0, 3 / 4, 0]]  # turned -> mirrored -> whole
    alignment = {"mirrored": True, "matrix": matrix, "scale": 0.75, "rotation_degrees": 0.0}
    join("whole.png", "turned.png", alignment=alignment | {"overlap": 0.75, "frame_px": 256})


@pytest.mark.usefixtures("mirrored")
def test_the_difference_lays_an_aligned_photo_over_the_other(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    press(page, "x")
    assert mean_difference(page) < 3
    expect(page.locator("#comparison")).to_have_attribute("data-laid", "aligned")
    alignment = page.locator("#pairs tbody tr").get_attribute("data-alignment")
    assert json.loads(alignment or "")["mirrored"]


@pytest.mark.usefixtures("mirrored")
def test_a_crop_is_shown_at_the_scale_of_the_whole(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    part = member(page, "turned.png")
    expect(part).to_have_attribute("style", re.compile(r"--fit: 0\.75"))
    whole_box, part_box = boxes(page.locator(".member img"))
    assert part_box["width"] == pytest.approx(0.75 * whole_box["width"], rel=0.01)


def test_the_difference_without_alignment_fits_the_photos(sign_in: SignIn, join: Join) -> None:
    join("3.jpg", "4.jpg")
    page = sign_in("/duplicates")
    press(page, "x")
    assert mean_difference(page) > 20
    expect(page.locator("#comparison")).to_have_attribute("data-laid", "fitted")


@pytest.mark.usefixtures("chain")
def test_a_larger_group_is_compared_pair_by_pair(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    one, middle, other = (number(page, f"{name}.jpg") for name in ("1", "1-copy", "3"))

    def named(*numbers: int) -> re.Pattern[str]:
        return re.compile(rf"\b{min(numbers)}\D+{max(numbers)}\D.*255")

    compared = page.locator("#compared")
    press(page, "x")
    expect(compared).to_have_text(named(one, middle))
    press(page, "o")
    expect(compared).to_have_text(named(middle, other))
    press(page, str(one), str(other))
    expect(compared).to_have_text(named(one, other))


def test_photos_picked_are_compared_among_themselves(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg", score=0.99)
    join("1-copy.jpg", "2.jpg", score=0.8)
    join("2.jpg", "3.jpg", score=0.7)
    join("3.jpg", "4.jpg", score=0.75, verified=False)
    page = sign_in("/duplicates")
    picked = [number(page, f"{name}.jpg") for name in ("2", "3", "4")]
    press(page, *map(str, picked), "x")
    compared = page.locator("#compared")
    among = r"^\D+[{0}]\D+[{0}]\D.*255".format("".join(map(str, picked)))
    for _ in range(3):
        expect(compared).to_have_text(re.compile(among))
        press(page, "o")


def test_undo_leads_to_the_page_where_the_photos_wait(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))
        for photo in session.scalars(select(Photo)):
            photo.author_key = "a" * 64
    page = sign_in("/duplicates/people")
    press(page, "d")
    expect(page.locator("#nothing")).to_be_visible()
    page.goto("/duplicates")
    expect(page.locator("#undo[data-at=people][data-pairs='15']")).to_be_attached()
    press(page, "z")
    page.wait_for_url(re.compile("/duplicates/people"))
    expect(page.locator(".member")).to_have_count(6)


def test_a_removed_copy_is_restored(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg")
    page = sign_in("/duplicates")
    press(page, "c")
    open_menu(page, "/duplicates/removed")
    expect(page.locator("#removed")).to_contain_text("1-copy.jpg")
    page.locator("form[action$='/restore'] button").click()
    expect(page.locator("#nothing")).to_be_visible()
    page.goto("/duplicates")
    waits(page, 1, 1, pairs=1)


@pytest.mark.usefixtures("chain")
def test_the_script_moves_no_photo(sign_in: SignIn) -> None:
    page = opened(sign_in("/duplicates"))
    views = page.locator("#views")
    shown = views.bounding_box()
    page.evaluate("document.querySelector('.toolbar').hidden = true")  # as before the script ran
    assert views.bounding_box() == shown


def test_a_second_press_decides_no_group_unseen(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg", score=0.99)
    join("2.jpg", "2-copy.jpg")
    page = opened(sign_in("/duplicates"))
    page.evaluate("""() => {
        const button = document.querySelector('[value="copy"]');
        button.click();
        button.click();
    }""")
    told_decided(page, 1)
    waits(page, 1, 1, pairs=1)


@pytest.mark.usefixtures("chain")
def test_help_lists_the_keys(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    press(page, "?")
    keys = page.get_by_role("dialog")
    for key in "CZFX":
        expect(keys.locator("kbd").get_by_text(key, exact=True)).to_be_visible()
    press(page, "c", "Escape")  # behind the dialog nothing happens
    expect(keys).to_be_hidden()
    waits(page, 1, 1, pairs=2)


@pytest.mark.usefixtures("chain")
def test_a_viewer_compares_and_decides_nothing(sign_in: SignIn) -> None:
    page = sign_in("/duplicates", name="vera")
    press(page, "c", "x")
    expect(page.locator("#comparison")).to_have_attribute("data-shows", "difference")
    expect(page.locator("[value=copy]")).to_be_disabled()
    press(page, "Escape")
    waits(page, 1, 1, pairs=2)


@pytest.mark.usefixtures("chain")
def test_groups_are_decided_without_scripts(sign_in: SignIn, context: BrowserContext) -> None:
    cookies = sign_in("/").context.cookies()
    root = context.pages[0].url
    plain = context.browser.new_context(java_script_enabled=False, base_url=root)  # type: ignore[union-attr]
    plain.add_cookies([{"name": c["name"], "value": c["value"], "url": root} for c in cookies])
    page = plain.new_page()
    page.goto("/duplicates")
    for name in ("1-copy.jpg", "3.jpg"):
        member(page, name).get_by_role("checkbox").check()
    page.locator("[value=different]").click()
    waits(page, 1, 1, pairs=1)
    page.locator("[value=copy]").click()
    expect(page.locator("#nothing")).to_be_visible()
    page.locator("[data-action=undo]").click()
    waits(page, 1, 1, pairs=1)
    plain.close()


def test_the_menu_lies_on_the_page_and_closes_by_itself(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg")
    page = opened(sign_in("/duplicates"))
    page.set_viewport_size({"width": 390, "height": 844})
    more, decisions = (
        page.locator(".title-line .menu summary"),
        page.locator(".menu a[href='/duplicates/decisions']"),
    )
    more.click()
    box = decisions.bounding_box()
    assert box
    assert 0 <= box["x"] < box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    expect(decisions).to_be_hidden()
    more.click()
    page.locator("h1").click()
    expect(decisions).to_be_hidden()
