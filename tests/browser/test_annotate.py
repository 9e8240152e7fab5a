"""The annotate page: rated by keys, from photo to photo, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from curator.base.db import Sessions
from curator.queries.decisions import decided_pairs
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.browser.conftest import Watch
from tests.browser.hands import (
    SUGGESTED,
    drag,
    has_points,
    open_photo,
    press,
    region,
    wait_for_editor,
)

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
Suggest = Callable[..., None]


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
    expect(page.get_by_text("Choose first: Rash")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose first: Sex")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No region is drawn")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")


def test_a_good_suggestion_takes_three_keys(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1, 2, 3, 4)
    page = sign_in("/annotate")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.resource_type))
    for photo in (1, 2, 3):
        expect(page.locator("#title")).to_have_text(f"Photo {photo}")
        wait_for_editor(page)
        has_points(page, 4)
        expect(page.get_by_text("Suggested region: saving accepts it")).to_be_visible()
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
    expect(page.locator("#told")).to_contain_text("Photo 1 was saved. Photo 2. 5 of 6 left")
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


def test_the_same_person_as_before_is_recorded(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    press(page, "1", "j")
    expect(page.locator("#state")).to_have_text("Recorded: the same person as in photo 1.")
    press(page, "f")
    expect(page.locator("#state")).to_have_text("Not saved yet; a draft is kept.")
    press(page, "j")
    expect(page.locator("#state")).to_contain_text("Already recorded")
    [decided] = decided_pairs(sessions, decision="same_person", before=None, size=10)
    assert (decided.first.id, decided.second.id) == (1, 2)


def test_a_ruling_leads_to_the_words_of_the_raters(sign_in: SignIn, sessions: Sessions) -> None:
    for name, label in (("ben", "positive"), ("carl", "negative")):
        save_rating(
            sessions, 1, name, Assessment(label, {"sex": "female"}, SUGGESTED), expected_version=0
        )
    page = sign_in("/annotate?queue=adjudicate", name="ada")
    page.wait_for_url("**/annotate/1?queue=adjudicate")
    wait_for_editor(page)
    expect(page.get_by_text("Rate it first; then you see their ratings.")).to_be_visible()
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
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    page.get_by_role("link", name="Not rated by you").click()
    page.wait_for_url("**/annotate/2")


def test_a_photo_is_excluded_with_a_reason_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "x", "5")
    page.wait_for_url("**/annotate/2")
    state = page.locator("#state")
    expect(state).to_have_text("The photo was excluded: several faces.")
    expect(page.locator("#left")).to_have_text("5 of 5 left")
    press(page, "x")
    page.get_by_label("Another reason").fill("a drawing, 100% ink")
    press(page, "Enter")
    page.wait_for_url("**/annotate/3")
    expect(state).to_have_text("The photo was excluded: a drawing, 100% ink.")
    open_photo(page, 2)
    expect(page.get_by_text("Excluded: a drawing, 100% ink")).to_be_visible()
    page.get_by_role("button", name="Include again").click()
    expect(state).to_have_text("The photo was included again.")
    expect(page.get_by_role("button", name="Include again")).to_have_count(0)


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
