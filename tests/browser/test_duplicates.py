"""The duplicates page by keyboard and pointer, in a real browser."""

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
from curator.base.models import DuplicatePair, Photo, PhotoPair, utc_now
from curator.photos.importing import import_folders
from tests.curator.drawing import draw

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Join = Callable[..., None]
SIZE = (640, 480)


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
    join("1-copy.jpg", "3.jpg", score=0.7, verified=False)


def opened(page: Page) -> Page:
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    return page


def press(page: Page, *keys: str) -> None:
    """Press keys; each may lead to another page, whose script must be there for the next."""
    for key in keys:
        opened(page).keyboard.press(key)


def waiting(page: Page) -> Locator:
    return page.locator("#waiting")


def removed_copies(page: Page) -> Locator:
    return page.locator(".menu li", has_text="Removed copies")


def member(page: Page, name: str) -> Locator:
    return page.locator(".member", has=page.locator(f".file-name[title='{name}']"))


def number(page: Page, name: str) -> int:
    return int(member(page, name).get_attribute("data-number") or 0)


def test_groups_are_decided_and_undone_by_one_key_each(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg", score=0.99)
    join("2.jpg", "2-copy.jpg")
    join("3.jpg", "4.jpg", score=0.5)
    page = sign_in("/duplicates")
    expect(waiting(page)).to_have_text("Group 1 of 3 · 3 pairs to decide")
    press(page, "n")
    expect(waiting(page)).to_have_text("Group 2 of 3 · 3 pairs to decide")
    expect(member(page, "2.jpg")).to_be_visible()
    press(page, "c")
    expect(page.get_by_text("1 pair decided: copies of one photo.")).to_be_visible()
    expect(waiting(page)).to_have_text("Group 2 of 2 · 2 pairs to decide")
    press(page, "d")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")
    press(page, "p")
    expect(page.get_by_text("No pair waits for a decision")).to_be_visible()
    for left in (1, 2):
        press(page, "z")
        expect(waiting(page)).to_have_text(re.compile(rf"{left} pairs? to decide"))
    press(page, "z")
    expect(waiting(page)).to_have_text("Group 2 of 3 · 3 pairs to decide")
    expect(member(page, "2.jpg")).to_be_visible()
    expect(page.locator("#undo")).to_have_count(0)


@pytest.mark.usefixtures("chain")
def test_a_chain_is_said_and_what_differs_is_marked(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    expect(page.locator(".member")).to_have_count(3)
    ends = sorted((number(page, "1.jpg"), number(page, "3.jpg")))
    middle = number(page, "1-copy.jpg")
    expect(page.locator("#gaps")).to_have_text(
        f"Photos {ends[0]} and {ends[1]} were not found alike: "
        f"they are joined through photo {middle}."
    )
    expect(member(page, "1.jpg").locator(".differs")).to_have_text(re.compile(r"kB"))
    kept = page.locator(".member.kept")
    expect(kept).to_have_attribute("data-number", "1")
    expect(kept).to_contain_text("would be kept: least compressed")
    expect(page.locator("#pairs")).to_contain_text("99.0% of the fine detail coincides")
    expect(page.locator("#pairs")).to_contain_text("not verified")


@pytest.mark.usefixtures("chain")
def test_two_photos_picked_are_decided_alone(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    one, middle, other = (str(number(page, f"{name}.jpg")) for name in ("1", "1-copy", "3"))
    copies = page.locator("[value=copy]")
    expect(copies).to_contain_text("All copies")
    press(page, one, other)
    expect(page.locator("#picked")).to_contain_text("have no undecided pair of their own")
    expect(copies).to_contain_text(f"Copies {', '.join(sorted((one, other)))}")
    expect(copies).to_be_disabled()
    press(page, "Escape")
    expect(copies).to_be_enabled()
    press(page, one, middle, "c")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")
    expect(page.locator(".member")).to_have_count(3)
    expect(page.get_by_text("removed already")).to_be_visible()
    expect(page.locator("#pairs")).to_contain_text("copies of one photo, by ana")
    page.get_by_role("button", name="Take back").click()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 2 pairs to decide")


def test_verified_pairs_are_counted_decided_and_undone_together(
    sign_in: SignIn, join: Join
) -> None:
    join("1.jpg", "1-copy.jpg", score=0.99)
    join("2.jpg", "2-copy.jpg", score=0.8)
    join("3.jpg", "4.jpg", score=0.95, verified=False)
    page = sign_in("/duplicates")
    expect(page.get_by_role("link", name="2 verified pairs…")).to_be_visible()
    press(page, "v")
    expect(page.get_by_role("button", name="Decide 2 pairs as copies")).to_be_visible()
    page.get_by_label("Only those with at least").fill("90")
    press(page, "c")  # counts first
    decide = page.get_by_role("button", name="Decide 1 pair as copies")
    expect(decide).to_be_visible()
    press(page, "Escape")
    expect(waiting(page)).to_be_visible()
    press(page, "v")
    page.get_by_label("Only those with at least").fill("80")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Compare No.")).to_have_count(2)
    expect(page.get_by_role("button", name="Decide 2 pairs as copies")).to_be_focused()
    page.keyboard.press("Enter")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")
    expect(removed_copies(page)).to_have_text("Removed copies 2")
    press(page, "z")
    expect(waiting(page)).to_contain_text("3 pairs to decide")
    expect(removed_copies(page)).to_have_text("Removed copies 0")


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
    join("1.jpg", "3.jpg", score=0.6)
    decide_as_ben(sessions, "different", "1.jpg", "3.jpg")
    page = sign_in("/duplicates")
    copies = page.get_by_role("button", name="All copies")
    one, middle, other = (str(number(page, f"{name}.jpg")) for name in ("1", "1-copy", "3"))
    ends = " and ".join(sorted((one, other)))
    warning = page.locator("#gaps")
    expect(warning).to_contain_text(f"Photos {ends} were decided to be different people, by ben.")
    expect(copies).to_be_disabled()
    expect(page.get_by_role("button", name="Different people")).to_be_enabled()
    told = page.locator("#picked")
    press(page, "c")
    expect(told).to_have_class(re.compile("refused"))
    expect(told).to_contain_text(f"No copies: photos {ends} were decided to be different people,")
    press(page, one, middle)
    expect(page.get_by_role("button", name="Copies")).to_be_enabled()
    press(page, "Escape")
    expect(copies).to_be_disabled()
    warning.get_by_role("button", name="Take back").click()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 3 pairs to decide")
    expect(copies).to_be_enabled()
    press(page, "c")
    expect(page.get_by_text("3 pairs decided: copies of one photo.")).to_be_visible()


@pytest.mark.usefixtures("chain")
def test_a_decision_made_meanwhile_refuses_and_shows_the_group_again(
    sign_in: SignIn, join: Join, sessions: Sessions
) -> None:
    join("2.jpg", "2-copy.jpg", score=0.999)
    join("1.jpg", "3.jpg", score=0.6)
    page = sign_in("/duplicates")
    press(page, "n")
    expect(member(page, "3.jpg")).to_be_visible()
    decide_as_ben(sessions, "same_person", "1.jpg", "3.jpg")
    press(page, "c")
    expect(page.locator(".flashes")).to_contain_text("but ben decided that they are two photos of")
    expect(member(page, "3.jpg")).to_be_visible()
    expect(waiting(page)).to_have_text("Group 2 of 2 · 3 pairs to decide")


@pytest.mark.usefixtures("chain")
def test_photos_that_are_copies_through_another_can_only_be_copies(
    sign_in: SignIn, join: Join, sessions: Sessions
) -> None:
    join("1.jpg", "3.jpg", score=0.6)
    decide_as_ben(sessions, "copy", "1.jpg", "1-copy.jpg")
    decide_as_ben(sessions, "copy", "1-copy.jpg", "3.jpg")
    page = sign_in("/duplicates")
    expect(page.locator("#gaps")).to_contain_text("are copies already, through others")
    press(page, "d")
    expect(page.locator("#picked")).to_contain_text("Only copies: photos")
    press(page, "p", "c")
    expect(page.get_by_text("1 pair decided: copies of one photo.")).to_be_visible()


@pytest.mark.usefixtures("chain")
def test_a_decided_pair_is_found_compared_and_taken_back(
    sign_in: SignIn, sessions: Sessions
) -> None:
    decide_as_ben(sessions, "different", "1.jpg", "1-copy.jpg")
    page = sign_in("/duplicates")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Decisions").click()
    expect(page.locator("#decided tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Compare").click()
    expect(page.locator("#gaps")).to_contain_text("Decided: different people, by ben, ")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Flicker")
    expect(page.get_by_role("dialog")).not_to_contain_text("copies")
    press(page, "Escape", "c", "d", "f", "Escape", "x")  # the letters c and d decide nothing
    expect(page.locator("#comparison")).to_have_attribute("data-shows", "difference")
    page.locator("#gaps").get_by_role("button", name="Take back").click()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 2 pairs to decide")


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
    page.get_by_role("button", name="Fit").click()
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
    expect(page.locator("#compared")).to_have_text(f"Photo {held}")
    press(page, " ")
    expect(comparison).to_have_attribute("data-shows", "2" if held == "1" else "1")
    press(page, "Escape")
    expect(page.locator(".group")).to_be_visible()
    expect(comparison).to_be_hidden()


def mean_difference(page: Page) -> float:
    told = page.locator("#compared")
    expect(told).to_contain_text("of 255 levels")
    found = re.search(r"differ by ([\d.]+) of 255", told.inner_text())
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
    expect(page.locator("#laid")).to_contain_text("Laid over each other")
    expect(page.locator("#pairs")).to_contain_text("laid over by mirroring")


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
    expect(page.locator("#laid")).to_contain_text("Fitted into one frame")


@pytest.mark.usefixtures("chain")
def test_a_larger_group_is_compared_pair_by_pair(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    one, middle, other = (number(page, f"{name}.jpg") for name in ("1", "1-copy", "3"))

    def named(*numbers: int) -> re.Pattern[str]:
        return re.compile(rf"^Photos {min(numbers)} and {max(numbers)} differ")

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
    join("3.jpg", "4.jpg", score=0.6)
    page = sign_in("/duplicates")
    picked = [number(page, f"{name}.jpg") for name in ("2", "3", "4")]
    press(page, *map(str, picked), "x")
    compared = page.locator("#compared")
    among = r"^Photos ([{0}]) and ([{0}]) differ".format("".join(map(str, picked)))
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
    expect(page.get_by_text("No group waits for a decision.")).to_be_visible()
    page.goto("/duplicates")
    expect(page.locator("#undo")).to_contain_text("at Same person?: 15 pairs decided")
    press(page, "z")
    expect(page.locator("h1")).to_have_text("Same person?")
    expect(page.locator(".member")).to_have_count(6)


def test_a_removed_copy_is_restored(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg")
    page = sign_in("/duplicates")
    press(page, "c")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Removed copies").click()
    expect(page.locator("#removed")).to_contain_text("1-copy.jpg")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("No copy has been removed")).to_be_visible()
    page.goto("/duplicates")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")


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
    expect(page.get_by_text("1 pair decided: copies")).to_be_visible()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")


@pytest.mark.usefixtures("chain")
def test_help_lists_the_keys(sign_in: SignIn) -> None:
    page = sign_in("/duplicates")
    press(page, "?")
    keys = page.get_by_role("dialog")
    for said in ("All are copies", "Undo your last decision", "Flicker", "Difference"):
        expect(keys.get_by_text(said).first).to_be_visible()
    press(page, "c", "Escape")  # behind the dialog nothing happens
    expect(keys).to_be_hidden()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 2 pairs to decide")


@pytest.mark.usefixtures("chain")
def test_a_viewer_compares_and_decides_nothing(sign_in: SignIn) -> None:
    page = sign_in("/duplicates", name="vera")
    press(page, "c", "x")
    expect(page.locator("#comparison")).to_have_attribute("data-shows", "difference")
    expect(page.get_by_role("button", name="All copies")).to_be_disabled()
    press(page, "Escape")
    expect(waiting(page)).to_have_text("Group 1 of 1 · 2 pairs to decide")


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
    page.get_by_role("button", name="Different people").click()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")
    page.get_by_role("button", name="Copies").click()
    expect(page.get_by_text("No pair waits for a decision")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(waiting(page)).to_have_text("Group 1 of 1 · 1 pair to decide")
    plain.close()


def test_the_menu_lies_on_the_page_and_closes_by_itself(sign_in: SignIn, join: Join) -> None:
    join("1.jpg", "1-copy.jpg")
    page = opened(sign_in("/duplicates"))
    page.set_viewport_size({"width": 390, "height": 844})
    more, decisions = (
        page.get_by_text("More", exact=True),
        page.get_by_role("link", name="Decisions"),
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
