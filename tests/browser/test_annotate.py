"""The annotate page by keyboard and pointer, in a real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

from curator import queries
from curator.config import Config
from curator.db import Sessions, open_sessions
from curator.entries import Entry
from curator.importing import import_folders
from curator.landmarks import reaches_eyes
from curator.models import Suggestion
from curator.rating import save_rating
from curator.regions import format_fractions
from tests.browser.conftest import Watch
from tests.curator.drawing import draw

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Suggest = Callable[..., None]
Button = Literal["left", "middle", "right"]
SUGGESTED = "0.300000,0.450000 0.700000,0.450000 0.600000,0.700000 0.400000,0.700000"
HANDLE = "document.querySelector('.a9s-corner-handle .a9s-handle-dot')"
IS_IN_SIGHT = """element => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""
EYES = "0.400000,0.350000 0.600000,0.350000"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(instance=tmp_path / "instance", workers=1)


@pytest.fixture
def sessions(config: Config) -> Sessions:
    return open_sessions(config)


@pytest.fixture
def suggest(sessions: Sessions) -> Suggest:
    """Suggest one region for these photos."""

    def suggest(*photos: int) -> None:
        found = {"recipe": 1, "faces": 1, "region": SUGGESTED, "eyes": EYES}
        with sessions.begin() as session:
            session.add_all(Suggestion(photo_id=photo, **found) for photo in photos)

    return suggest


@pytest.fixture
def large_photo(sessions: Sessions, config: Config, tmp_path: Path) -> int:
    """A photo larger than the picture on the page."""
    folder = tmp_path / "large"
    folder.mkdir()
    draw(77, (2000, 1500)).save(folder / "large.jpg", quality=80)
    import_folders(sessions, config, [folder], actor="test")
    return 7


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def drafts(page: Page) -> list[str]:
    kept: list[str] = page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('malar.draft.'))"
    )
    return kept


def open_photo(page: Page, photo: int) -> None:
    page.goto(f"/annotate/{photo}")
    wait_for_editor(page)


def wait_for_editor(page: Page) -> None:
    expect(page.locator(".bench[data-ready]")).to_be_attached()


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the photo, in fractions, lies on the screen."""
    box = page.locator("#photo").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def select_corner(page: Page, x: float, y: float) -> None:
    """Click a corner; on a busy machine a click may take so long that it counts as a drag."""
    selected = page.locator(".a9s-handle-selected")
    for _ in range(10):
        page.mouse.click(*at(page, x, y))
        page.wait_for_timeout(100)
        if selected.count():
            return
    expect(selected).to_be_visible()


def region(page: Page) -> list[tuple[float, float]]:
    text = page.locator("[name=region]").input_value()
    assert re.fullmatch(r"(\d\.\d{6},\d\.\d{6} ?)*", text)
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def has_points(page: Page, count: int) -> None:
    expect(page.locator(".a9s-annotationlayer .a9s-corner-handle")).to_have_count(count)
    field = page.locator("[name=region]")
    expect(field).to_have_value(re.compile(rf"^(\S+ ?){{{count}}}$"))


def test_three_photos_are_rated_by_keys_with_a_drawn_rectangle(sign_in: SignIn) -> None:
    page = sign_in("/annotate")
    seen = []
    for keys in ("1f", "2m", "1u7"):
        wait_for_editor(page)
        seen.append(page.url)
        drag(page, (0.3, 0.4), (0.7, 0.65))
        has_points(page, 4)
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.wait_for_url(
            lambda url: url != seen[-1] and re.search(r"/annotate/\d+$", url) is not None
        )
    assert len(set(seen)) == 3
    expect(page.locator("#left")).to_have_text("3 of 6 left")
    expect(page.locator("[value=clinician]")).to_be_checked()  # the last used
    page.keyboard.press("b")
    page.wait_for_url(seen[-1])
    wait_for_editor(page)
    has_points(page, 4)
    assert region(page)[0] == pytest.approx((0.3, 0.4), abs=0.01)
    assert region(page)[2] == pytest.approx((0.7, 0.65), abs=0.01)
    expect(page.locator("[value=positive]")).to_be_checked()
    expect(page.locator("[value=unknown]")).to_be_checked()


def test_a_region_is_made_and_moved_by_keys_alone(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("g")
    has_points(page, 4)
    before = region(page)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    after = region(page)
    assert after[0] == pytest.approx((before[0][0] + 0.05, before[0][1]))
    assert after[2] == pytest.approx((before[2][0] + 0.05, before[2][1] + 0.02))


def test_a_region_drawn_right_after_the_page_opened_is_taken(
    sign_in: SignIn, context: BrowserContext
) -> None:
    slow_clock = "const now = performance.now.bind(performance); performance.now = () => now() / 10"
    context.add_init_script(slow_clock)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.3, 0.4), (0.7, 0.65))
    has_points(page, 4)


@pytest.mark.parametrize("closer", [0, 3])
def test_a_polygon_is_drawn_over_the_region_that_it_replaces(sign_in: SignIn, closer: int) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", *["+"] * closer)
    before = region(page)
    page.keyboard.press("p")
    inside = [(0.4, 0.45), (0.6, 0.45), (0.6, 0.6), (0.5, 0.55), (0.4, 0.6)]
    for corner in [*inside, inside[0]]:
        assert region(page) == before
        page.mouse.move(*at(page, *corner))
        page.mouse.click(*at(page, *corner))
        page.wait_for_timeout(350)  # two quick clicks would be a double click
    has_points(page, 5)


def test_a_polygon_is_drawn_corrected_undone_and_shown_again(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("p")
    corners = [(0.3, 0.4), (0.7, 0.4), (0.6, 0.7), (0.4, 0.7)]
    for corner in corners:
        page.mouse.move(*at(page, *corner))
        page.mouse.click(*at(page, *corner))
        page.wait_for_timeout(350)  # two quick clicks would be a double click
    page.keyboard.press("1")
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Finish the outline first")).to_be_visible()
    page.mouse.move(*at(page, *corners[0]))
    page.mouse.click(*at(page, *corners[0]))
    has_points(page, 4)
    drawn = region(page)
    drag(page, (0.7, 0.4), (0.8, 0.3))
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"0\.(79|80)\d+,0\.(29|30)"))
    page.keyboard.press("Control+z")
    has_points(page, 4)
    assert region(page) == drawn
    page.keyboard.press("Delete")
    has_points(page, 0)
    page.keyboard.press("Control+z")
    has_points(page, 4)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    has_points(page, 4)
    assert region(page) == drawn
    page.reload()
    wait_for_editor(page)
    has_points(page, 4)


def test_delete_takes_the_clicked_corner_but_after_a_drag_the_whole_region(
    sign_in: SignIn,
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("g")
    has_points(page, 4)
    select_corner(page, 0.3, 0.4)
    page.keyboard.press("Delete")
    has_points(page, 3)
    page.keyboard.press("Control+z")
    has_points(page, 4)
    before = page.locator("[name=region]").input_value()
    drag(page, (0.7, 0.4), (0.8, 0.3))
    expect(page.locator("[name=region]")).not_to_have_value(before)
    page.keyboard.press("Delete")
    has_points(page, 0)


def test_a_new_region_replaces_the_old_and_escape_keeps_it(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.1, 0.1), (0.5, 0.5))
    has_points(page, 4)
    first = region(page)
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    has_points(page, 4)
    assert region(page) == first
    page.keyboard.press("r")
    drag(page, (0.4, 0.4), (0.8, 0.8))
    has_points(page, 4)
    assert region(page)[0] == pytest.approx((0.4, 0.4), abs=0.01)
    expect(page.locator(".a9s-annotationlayer .a9s-annotation")).to_have_count(1)


def test_a_refused_region_shows_its_reason_and_stays(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("400 (BAD REQUEST)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    drag(page, (0.3, 0.3), (0.7, 0.7))
    has_points(page, 4)
    drag(page, (0.3, 0.3), (0.9, 0.5))  # over the far edge: the outline crosses itself
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"^0\.(89|90)"))
    for key in "1f":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("outline crosses itself")).to_be_visible()
    has_points(page, 4)


def test_keys_do_nothing_while_typing(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("n")
    page.keyboard.type("1 fms x?")
    expect(page.get_by_label("Note")).to_have_value("1 fms x?")
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("[value=positive]")).to_be_checked()


def test_a_note_saved_from_within_leaves_the_keys_to_the_next_photo(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", "1", "f", "n")
    page.keyboard.type("scar")
    press(page, "Control+Enter")
    page.wait_for_url("**/annotate/2")
    press(page, "2")
    expect(page.locator("[value=negative]")).to_be_checked()
    expect(page.locator("[name=note]")).to_have_value("")


def test_what_is_missing_is_asked_for_once(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose positive, negative or unsure first")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose the sex first")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No region is drawn")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")


def test_a_stale_tab_loses_nothing(sign_in: SignIn, context: BrowserContext, watch: Watch) -> None:
    watch.expected = ("409 (CONFLICT)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    other = context.new_page()
    open_photo(other, 1)
    for key in ("3", "m", "Enter"):
        other.keyboard.press(key)
    other.wait_for_url("**/annotate/2")
    drag(page, (0.3, 0.4), (0.7, 0.65))
    has_points(page, 4)
    mine = region(page)
    for key in ("1", "f", "Enter"):
        page.keyboard.press(key)
    versions = page.get_by_role("dialog", name="This photo was rated meanwhile")
    expect(versions.locator("tr", has_text="Rash")).to_contain_text("PositiveUnsure")
    expect(versions.locator("tr", has_text="Sex")).to_contain_text("FemaleMale")
    expect(versions.locator("tr", has_text="Evidence")).not_to_have_class("differs")
    expect(versions.locator("svg polygon.mine")).to_have_count(1)
    expect(versions.locator("svg polygon.theirs")).to_have_count(0)
    versions.get_by_role("button", name="Keep mine").press("Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[value=positive]")).to_be_checked()
    assert region(page) == mine


def test_the_other_version_may_be_taken(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    other = context.new_page()
    open_photo(other, 1)
    press(other, "g", "1", "m", "Enter")
    other.wait_for_url("**/annotate/2")
    press(page, "3", "f", "Enter")
    page.get_by_role("button", name="Take the other").click()
    expect(page.locator("[value=positive]")).to_be_checked()
    expect(page.locator("[value=male]")).to_be_checked()
    has_points(page, 4)
    press(page, "Enter")  # the newer version is known by now
    page.wait_for_url("**/annotate/2")
    assert drafts(page) == []


def test_what_was_saved_meanwhile_just_so_is_no_conflict(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)", "ERR_FAILED")
    page = sign_in("/annotate/1")
    wait_for_editor(page)

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    lost: list[int] = []
    page.route("**/annotate/1", lose_the_answer)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    assert lost == [200]
    open_photo(page, 1)
    expect(page.locator("[name=version]")).to_have_value("1")  # saved once


def test_an_ended_session_loses_nothing(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("401 (UNAUTHORIZED)", "400 (BAD REQUEST)")
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    for key in ("3", "f"):
        page.keyboard.press(key)
    context.clear_cookies()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="sign in in a new tab")).to_be_visible()
    sign_in("/gallery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")
    open_photo(page, 1)
    expect(page.locator("[value=unsure]")).to_be_checked()


def test_a_draft_survives_skipping_reloading_and_a_crash(
    sign_in: SignIn, context: BrowserContext, browser: Browser, address: str, watch: Watch
) -> None:
    watch.expected = ("404 (NOT FOUND)",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", "1", "f", "n")
    page.keyboard.type("seen twice")
    page.keyboard.press("Escape")
    mine = region(page)
    press(page, "s")
    page.wait_for_url("**/annotate/2")
    press(page, "b")
    expect(page.get_by_role("alert")).to_contain_text("no photo that you rated before")
    page.go_back()
    page.wait_for_url("**/annotate/1")
    page.reload()
    wait_for_editor(page)
    has_draft(page, mine)
    kept = context.storage_state()
    context.close()  # as a crash does, without a word to the page
    again = browser.new_context(base_url=address, storage_state=kept)
    again.on("page", watch.follow)
    page = again.new_page()
    open_photo(page, 1)
    has_draft(page, mine)
    press(page, "Enter")
    page.wait_for_url("**/annotate/2")
    assert drafts(page) == []
    open_photo(page, 1)
    expect(page.get_by_text("Draft restored")).to_be_hidden()
    expect(page.get_by_label("Note")).to_have_value("seen twice")
    again.close()


def has_draft(page: Page, expected: list[tuple[float, float]]) -> None:
    expect(page.get_by_text("Draft restored")).to_be_visible()
    expect(page.locator("[value=positive]")).to_be_checked()
    expect(page.locator("[value=female]")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("seen twice")
    assert region(page) == expected


def test_a_draft_can_be_discarded(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1")
    page.reload()
    wait_for_editor(page)
    page.get_by_role("button", name="Discard it").click()
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    expect(page.get_by_text("Draft restored")).to_be_hidden()
    assert drafts(page) == []


def test_another_account_on_the_same_computer_sees_no_draft(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1")
    page.context.clear_cookies()  # the session ended; nobody signed out
    other = sign_in("/annotate/1", name="ben")
    wait_for_editor(other)
    expect(other.locator("[name=label]:checked")).to_have_count(0)
    assert len(drafts(other)) == 1


def test_signing_out_removes_drafts_and_asks_first(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.goto("/gallery")  # wherever they sign out
    page.locator(".who summary").click()
    page.get_by_role("button", name="Sign out").click()
    assert len(drafts(page)) == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    assert drafts(page) == []
    assert len(asked) == 2
    assert "not saved yet" in asked[0]


def test_a_save_without_connection_waits_and_is_sent_once(
    sign_in: SignIn, context: BrowserContext, watch: Watch
) -> None:
    watch.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    expect(page.locator("#left")).to_have_text("6 of 6 left")
    context.set_offline(True)
    press(page, "3", "f", "Enter")
    state = page.locator("#state")
    expect(state).to_contain_text("Offline: the rating waits here")
    press(page, "m")  # it can still be changed
    expect(page.locator("[value=male]")).to_be_checked()
    assert len(drafts(page)) == 1
    context.set_offline(False)
    page.wait_for_url("**/annotate/2")
    expect(state).to_have_text("Photo 1 is saved.")
    assert drafts(page) == []
    open_photo(page, 1)
    expect(page.locator("[value=male]")).to_be_checked()
    expect(page.locator("[name=version]")).to_have_value("1")


def test_a_good_suggestion_takes_three_keys(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1, 2, 3, 4)
    page = sign_in("/annotate")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.resource_type))
    for photo in (1, 2, 3):
        expect(page.locator("#title")).to_have_text(f"Photo {photo}")
        wait_for_editor(page)
        has_points(page, 4)
        expect(page.get_by_text("Suggested region, confirmed by nobody")).to_be_visible()
        press(page, "1", "f", "Enter")
        page.wait_for_url(f"**/annotate/{photo + 1}")
    assert "document" not in requests
    open_photo(page, 1)
    expect(page.locator(".stage.suggested")).to_have_count(0)
    assert page.locator("[name=region]").input_value() == SUGGESTED


def test_a_photo_is_rated_fully_by_keys_alone(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(2)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", *["ArrowDown"] * 3, "1", "f", "7", "n")
    page.keyboard.type("on both cheeks")
    press(page, "Control+Enter")
    page.wait_for_url("**/annotate/2")
    expect(page.locator("#told")).to_contain_text("Photo 1 is saved. Photo 2. 5 of 6 left")
    press(page, "Escape", "c")
    has_points(page, 4)
    copied = region(page)
    press(page, "t")
    assert page.locator("[name=region]").input_value() == SUGGESTED
    press(page, "Control+z")
    assert region(page) == copied
    press(page, "2", "m", "Enter")
    page.wait_for_url("**/annotate/3")
    open_photo(page, 1)
    expect(page.locator("[value=clinician]")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("on both cheeks")
    assert region(page) == copied


def test_everything_of_a_photo_is_undone_and_redone(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "1", "g", "f", "4", "n")
    page.keyboard.type("red")
    press(page, "Escape")
    note, checked = page.get_by_label("Note"), page.locator("#rating input:checked")
    back = ("note", "evidence", "sex", "region", "label")
    for what in back:
        press(page, "Control+z")
        if what == "note":
            expect(note).to_have_value("")
        if what == "evidence":
            expect(page.locator("[value=visual]")).to_be_checked()
        if what == "sex":
            expect(page.locator("[name=sex]:checked")).to_have_count(0)
        if what == "region":
            has_points(page, 0)
    expect(checked).to_have_count(1)  # the usual evidence
    assert drafts(page) == []
    for _ in back:
        press(page, "Control+Shift+z")
    expect(note).to_have_value("red")
    expect(page.locator("[value=hashtag]")).to_be_checked()
    has_points(page, 4)
    assert len(drafts(page)) == 1


@pytest.mark.parametrize("way", ["keys", "wheel"])
def test_drawing_is_right_when_zoomed(sign_in: SignIn, way: str) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    if way == "keys":
        press(page, "+", "+", "+", "ArrowRight", "ArrowDown")
    else:
        page.mouse.move(*at(page, 0.4, 0.5))
        page.mouse.wheel(0, -600)
    zoomed_to = "2.74" if way == "keys" else "3.32"
    expect(page.locator(".stage")).to_have_attribute("data-scale", zoomed_to)
    drag(page, (0.42, 0.45), (0.58, 0.6))
    has_points(page, 4)
    assert region(page)[0] == pytest.approx((0.42, 0.45), abs=0.004)
    assert region(page)[2] == pytest.approx((0.58, 0.6), abs=0.004)
    keeps_its_size = f"() => Math.abs({HANDLE}.getBoundingClientRect().width - 8) < 0.5"
    page.wait_for_function(keeps_its_size)  # it is drawn anew a frame after the zoom
    drag(page, (0.42, 0.45), (0.45, 0.48))
    expect(page.locator("[name=region]")).to_have_value(re.compile(r"^0\.4(49|50)"))
    press(page, "0")
    expect(page.locator(".stage")).to_have_attribute("data-scale", "1.00")
    page.wait_for_function(keeps_its_size)
    assert region(page)[2] == pytest.approx((0.58, 0.6), abs=0.004)


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


@pytest.fixture
def phone(
    sign_in: SignIn, context: BrowserContext, browser: Browser, address: str
) -> Iterator[Page]:
    """A page under fingers, signed in."""
    sign_in("/")
    phone = browser.new_context(
        base_url=address,
        storage_state=context.storage_state(),
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    yield phone.new_page()
    phone.close()


def test_a_finger_drags_a_corner_down_and_the_page_stays(phone: Page, suggest: Suggest) -> None:
    suggest(1)
    open_photo(phone, 1)
    x, y = at(phone, 0.4, 0.7)
    touch = phone.context.new_cdp_session(phone)
    for kind, down in [("touchStart", 0), *(("touchMove", 5 * step) for step in range(1, 9))]:
        point = {"x": x, "y": y + down}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        phone.evaluate("() => new Promise(requestAnimationFrame)")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.locator("[name=region]")).not_to_have_value(SUGGESTED)
    assert at(phone, *region(phone)[3]) == pytest.approx((x, y + 40), abs=3)
    assert phone.evaluate("scrollY") == 0


def test_a_polygon_is_drawn_by_taps_over_the_region_that_it_replaces(
    phone: Page, suggest: Suggest
) -> None:
    suggest(1)
    open_photo(phone, 1)
    phone.get_by_role("button", name="Polygon").tap()
    phone.evaluate("scrollTo(0, 0)")
    corners = [(0.4, 0.45), (0.6, 0.45), (0.6, 0.65), (0.4, 0.65)]
    for corner in [*corners, corners[0]]:
        phone.touchscreen.tap(*at(phone, *corner))
        phone.wait_for_timeout(350)  # two quick taps would be a double tap
    expect(phone.locator("[name=region]")).not_to_have_value(SUGGESTED)
    assert region(phone) == [pytest.approx(corner, abs=0.01) for corner in corners]


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
    save = page.get_by_role("button", name="Save and next")
    save.click()
    expect(page.get_by_text("Choose positive, negative")).to_be_in_viewport(ratio=1)
    for photo in (1, 2):
        choices = [page.locator(".choice", has_text=word) for word in ("Positive", "Female")]
        for element in (page.locator(".stage"), *choices, save):
            assert element.evaluate(IS_IN_SIGHT)
        for element in (*choices, save):
            element.click()
        page.wait_for_url(f"**/annotate/{photo + 1}")


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
    expect(page.get_by_role("button", name="Redness")).to_have_attribute("aria-pressed", "true")
    loaded = "() => document.querySelector('.redness').decode().then(() => true)"
    assert page.evaluate(loaded)
    page.keyboard.up("v")
    expect(red).to_be_hidden()
    page.get_by_role("button", name="Redness").click()
    expect(red).to_be_visible()
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    expect(red).to_be_hidden()


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


def test_a_region_that_reaches_the_eyes_is_told_while_drawing(
    sign_in: SignIn, suggest: Suggest
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    expect(page.locator(".eyes-line")).to_be_hidden()
    press(page, "r")
    drag(page, (0.3, 0.2), (0.7, 0.6))
    has_points(page, 4)
    expect(page.get_by_text("The region reaches the eyes' line")).to_be_visible()
    expect(page.locator(".eyes-line")).to_be_visible()
    press(page, "Control+z")
    expect(page.locator(".eyes-line")).to_be_hidden()


def test_a_region_over_the_eyes_is_refused_until_the_rater_insists(
    sign_in: SignIn, suggest: Suggest, sessions: Sessions, watch: Watch
) -> None:
    watch.expected = ("409 (CONFLICT)",)
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "r")
    drag(page, (0.3, 0.2), (0.7, 0.6))
    has_points(page, 4)
    press(page, "1", "f", "Enter")
    insist = page.get_by_role("button", name="Save all the same")
    expect(insist).to_be_visible()
    expect(page.locator("#title")).to_have_text("Photo 1")
    insist.press("Enter")
    page.wait_for_url("**/annotate/2")
    own = queries.photo_to_rate(sessions, 1, 1).own
    assert own
    assert own.over_eyes


def test_the_page_and_the_server_know_one_line_of_the_eyes(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    rng = np.random.default_rng(4)
    asked, expected = [], []
    for _ in range(300):
        (x, y), reach = rng.uniform(0.3, 0.7, 2), rng.uniform(0.05, 0.2)
        left, top, wide, high = *rng.uniform(0, 0.7, 2), *rng.uniform(0.05, 0.3, 2)
        eyes = ((x - reach, y), (x + reach, y + rng.uniform(-0.1, 0.1)))
        corners = ((left, top), (left + wide, top), (left + wide, top + high), (left, top + high))
        shape = rng.uniform(0.5, 2)
        asked.append([format_fractions(corners), format_fractions(eyes), shape])
        expected.append(reaches_eyes(corners, eyes, shape))
    told = page.evaluate(
        "(asked) => import('/static/eyes.js').then((it) => asked.map((one) => it.reachesEyes(...one)))",
        asked,
    )
    assert told == expected
    assert 50 < sum(expected) < 250


def test_the_same_person_as_before_is_recorded(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    press(page, "1", "j")
    expect(page.locator("#state")).to_have_text("Recorded: the same person as on photo 1.")
    press(page, "f")
    expect(page.locator("#state")).to_have_text("Not saved yet; a draft is kept.")
    press(page, "j")
    expect(page.locator("#state")).to_contain_text("It is known already")
    [word] = queries.decided_pairs(sessions, decision="same_person", before=None, size=10)
    assert (word.first.id, word.second.id) == (1, 2)


def test_a_ruling_leads_to_the_words_of_the_raters(sign_in: SignIn, sessions: Sessions) -> None:
    for name, label in (("ben", "positive"), ("carl", "negative")):
        save_rating(sessions, 1, name, Entry(label, "female", region=SUGGESTED), expected_version=0)
    page = sign_in("/annotate?queue=adjudicate", name="ada")
    page.wait_for_url("**/annotate/1?queue=adjudicate")
    wait_for_editor(page)
    expect(page.get_by_text("Give your own word first; then you see theirs.")).to_be_visible()
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    press(page, "g", "1", "f", "Enter")
    page.wait_for_url("**/adjudicate/1")
    expect(page.get_by_role("main")).to_contain_text("carl")


def test_back_and_forward_lead_through_the_photos(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    for photo in (2, 3):
        press(page, "s")
        page.wait_for_url(f"**/annotate/{photo}")
    page.go_back()
    expect(page.locator("#title")).to_have_text("Photo 2")
    assert page.title() == "Photo 2 · Malar"
    page.go_back()
    expect(page.locator("#title")).to_have_text("Photo 1")
    page.go_forward()
    expect(page.locator("#title")).to_have_text("Photo 2")
    page.reload()
    expect(page.locator("#title")).to_have_text("Photo 2")


def test_without_the_next_photos_ahead_the_page_goes_on(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/")
    page.route("**/annotate/ahead*", lambda route: route.abort())
    open_photo(page, 1)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    expect(page.locator("#title")).to_have_text("Photo 2")


def test_a_queue_is_chosen_and_worked_off(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    page.locator(".queues summary").click()
    unsure = page.locator(".queues li", has_text="Unsure")
    expect(unsure).to_contain_text("1")
    unsure.get_by_role("link").click()
    page.wait_for_url("**/annotate/1?queue=unsure")
    wait_for_editor(page)
    press(page, "g", "1", "Enter")
    page.wait_for_url("**/annotate?after=1&queue=unsure")
    expect(page.get_by_role("heading", name="Nothing waits here")).to_be_visible()
    page.get_by_role("link", name="Not rated by you").click()
    page.wait_for_url("**/annotate/2")


def test_a_photo_is_excluded_with_a_reason_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "x", "5")
    page.wait_for_url("**/annotate/2")
    state = page.locator("#state")
    expect(state).to_have_text("The photo is excluded: several faces.")
    expect(page.locator("#left")).to_have_text("5 of 5 left")
    press(page, "x")
    page.get_by_label("Another reason").fill("a drawing, 100% ink")
    press(page, "Enter")
    page.wait_for_url("**/annotate/3")
    expect(state).to_have_text("The photo is excluded: a drawing, 100% ink.")
    open_photo(page, 2)
    expect(page.get_by_text("Excluded: a drawing, 100% ink")).to_be_visible()
    page.get_by_role("button", name="Take back in").click()
    expect(state).to_have_text("The photo is taken back in.")
    expect(page.get_by_role("button", name="Take back in")).to_have_count(0)


def test_the_help_is_the_table_of_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "?")
    help_page = page.get_by_role("dialog", name="Keys")
    expect(help_page).to_be_visible()
    table = page.evaluate(
        "import('/static/annotate.js').then(({ KEYS }) => KEYS.map((row) => [row.says, row.keys.length]))"
    )
    assert len(table) > 30
    lines = help_page.locator("tr:has(kbd)")
    shown = [
        [lines.nth(at).locator("td").last.inner_text(), lines.nth(at).locator("kbd").count()]
        for at in range(lines.count())
    ]
    assert sorted(shown) == sorted(table)
    keys = page.evaluate(
        "import('/static/annotate.js').then(({ KEYS }) => KEYS.flatMap((row) => row.keys))"
    )
    assert len(keys) == len(set(keys))
    press(page, "1")  # behind the dialog nothing happens
    press(page, "Escape")
    expect(help_page).to_be_hidden()
    expect(page.locator("[name=label]:checked")).to_have_count(0)


def test_rating_works_without_scripts(sign_in: SignIn, context: BrowserContext) -> None:
    cookies = sign_in("/").context.cookies()
    plain = context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    plain.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": context.pages[0].url} for c in cookies]
    )
    page = plain.new_page()
    page.goto(context.pages[0].url + "annotate/1")
    page.locator("[value=positive]").check()
    page.locator("[value=female]").check()
    page.locator("[name=region]").fill("0.3,0.4 0.7,0.4 0.5,0.7")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_role("heading", name="Photo 2")).to_be_visible()
    plain.close()
