"""The annotate page: rated by keys, from photo to photo, in a real browser."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import delete

from curator.base.db import Sessions
from curator.base.models.pairs import PhotoPair
from curator.http.terms import EXCLUSIONS
from curator.queries.decisions import decided_pairs
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.browser.conftest import Watch
from tests.browser.hands import (
    SUGGESTED,
    asks_for,
    drag,
    has_points,
    naming,
    notice,
    open_photo,
    press,
    region,
    shows_photo,
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
    expect(page.locator("#left")).to_have_text(naming(3, 6))
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
    expect(page.locator("[name=note]")).to_have_value("1 fms x?")
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
    asks_for(page, "label")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    asks_for(page, "sex")
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    asks_for(page, "region")
    page.keyboard.press("Enter")
    page.wait_for_url("**/annotate/2")


def test_a_good_suggestion_takes_three_keys(sign_in: SignIn, suggest: Suggest) -> None:
    suggest(1, 2, 3, 4)
    page = sign_in("/annotate")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.resource_type))
    for photo in (1, 2, 3):
        shows_photo(page, photo)
        wait_for_editor(page)
        has_points(page, 4)
        expect(page.locator(".stage.suggested")).to_be_visible()
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
    expect(page.locator("#told")).to_have_text(naming(1, 2, 5, 6))
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
    expect(page.locator("[name=note]")).to_have_value("on both cheeks")
    assert region(page) == copied


def test_the_same_person_as_before_is_recorded(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    press(page, "1", "j")
    state = page.locator("#state")
    expect(state).to_have_text(naming(1))
    recorded = state.inner_text()
    press(page, "f")
    expect(state).to_have_attribute("data-state", "draft")
    expect(state).not_to_have_text(naming(1))
    press(page, "j")
    expect(state).to_have_text(naming(1))
    expect(state).not_to_have_text(recorded)
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
    expect(page.locator("#blind")).to_be_visible()
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    press(page, "g", "1", "f", "Enter")
    page.wait_for_url("**/adjudicate/1")
    expect(page.locator("[data-by=carl]")).to_be_visible()


def test_back_and_forward_lead_through_the_photos(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    for photo in (2, 3):
        press(page, "s")
        page.wait_for_url(f"**/annotate/{photo}")
    page.go_back()
    shows_photo(page, 2)
    expect(page).to_have_title(naming(2))
    page.go_back()
    shows_photo(page, 1)
    page.go_forward()
    shows_photo(page, 2)
    page.reload()
    shows_photo(page, 2)


def test_without_the_next_photos_ahead_the_page_goes_on(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/")
    page.route("**/annotate/ahead*", lambda route: route.abort())
    open_photo(page, 1)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    shows_photo(page, 2)


def test_a_queue_is_chosen_and_worked_off(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "3", "f", "Enter")
    page.wait_for_url("**/annotate/2")
    page.locator(".queues summary").click()
    unsure = page.locator(".queues li:has(a[href='/annotate?queue=unsure'])")
    expect(unsure.locator(".number")).to_have_text("1")
    unsure.get_by_role("link").click()
    page.wait_for_url("**/annotate/1?queue=unsure")
    wait_for_editor(page)
    press(page, "g", "1", "Enter")
    page.wait_for_url("**/annotate?after=1&queue=unsure")
    page.locator("#nothing a[href='/annotate']").click()
    page.wait_for_url("**/annotate/2")


def test_odd_photos_say_why_and_are_excluded_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")  # of the drawn photos, all are blurred
    page.locator(".queues summary").click()
    odd = page.locator(".queues li:has(a[href='/annotate?queue=odd'])")
    expect(odd.locator(".number")).to_have_text("6")
    odd.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/annotate/\d+\?queue=odd"))
    wait_for_editor(page)
    expect(page.locator("#why-odd")).to_have_text("Blurred")
    first = page.url
    press(page, "e", "4")
    page.wait_for_url(lambda url: url != first and url.endswith("?queue=odd"))
    expect(page.locator("#state")).to_contain_text(EXCLUSIONS[4 - 1])
    expect(page.locator("#why-odd")).to_have_text("Blurred")
    expect(page.locator("#left")).to_have_text(naming(5, 5))


def test_a_photo_is_excluded_with_a_reason_by_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "e", "5")
    page.wait_for_url("**/annotate/2")
    state = page.locator("#state")
    expect(state).to_contain_text(EXCLUSIONS[5 - 1])
    expect(page.locator("#left")).to_have_text(naming(5, 5))
    press(page, "x")  # the key of earlier versions
    page.locator("input[name=reason]:visible").fill("a drawing, 100% ink")
    press(page, "Enter")
    page.wait_for_url("**/annotate/3")
    expect(state).to_contain_text("a drawing, 100% ink")
    open_photo(page, 2)
    notices = page.locator("#notices")
    expect(notices).to_contain_text("a drawing, 100% ink")
    notices.get_by_role("button").click()
    expect(state).not_to_be_empty()
    expect(notices.locator(".notice")).to_have_count(0)


@pytest.mark.parametrize("way", ["key", "button"])
def test_a_slip_of_excluding_is_undone_with_what_was_entered(sign_in: SignIn, way: str) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "g", "1", "m", "e", "5")
    page.wait_for_url("**/annotate/2")
    if way == "key":
        press(page, "Control+z")
    else:
        page.locator("#state button").click()
    shows_photo(page, 1)
    expect(page.locator("#notices .notice")).to_have_count(0)
    expect(page.locator("[value=positive]")).to_be_checked()
    has_points(page, 4)
    expect(page.locator("#draft")).to_be_visible()
    press(page, "Enter")
    page.wait_for_url("**/annotate/2")


def delay(route: Route) -> None:
    time.sleep(0.5)
    route.continue_()


def test_going_on_after_going_back_shows_the_photo_that_follows_not_one_fetched_before(
    sign_in: SignIn,
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "e", "5")
    with page.expect_response("**/ahead**after=2&**"):
        page.wait_for_url("**/annotate/2")
    page.route("**/ahead**after=1&**", delay)
    press(page, "Control+z")
    shows_photo(page, 1)
    press(page, "s")
    page.wait_for_url(re.compile("/annotate/[^1]"))
    shows_photo(page, 2)


def test_a_change_of_the_next_photo_is_undone_before_the_exclusion(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "e", "5")
    page.wait_for_url("**/annotate/2")
    press(page, "1")
    expect(page.locator("#state button")).to_have_count(0)
    press(page, "Control+z")
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    shows_photo(page, 2)


def test_previous_shows_the_excluded_photo(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "e", "5")
    page.wait_for_url("**/annotate/2")
    press(page, "b")
    shows_photo(page, 1)
    notices = page.locator("#notices")
    expect(notices).to_contain_text(EXCLUSIONS[5 - 1])
    notices.get_by_role("button").click()
    expect(notices.locator(".notice")).to_have_count(0)


@pytest.mark.parametrize("path", ["/photos/1", "/gallery/selection?act=exclude&photo=1"])
def test_the_same_number_excludes_on_every_page(sign_in: SignIn, path: str) -> None:
    page = sign_in("/")
    page.goto(path)
    press(page, *(["e", "5"] if path == "/photos/1" else ["5"]))
    expect(notice(page)).to_contain_text(EXCLUSIONS[5 - 1])
    press(page, "Control+z")
    expect(notice(page)).not_to_contain_text(EXCLUSIONS[5 - 1])
    expect(notice(page).get_by_role("button")).to_be_visible()


def test_the_help_is_the_table_of_keys(sign_in: SignIn) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "?")
    help_page = page.get_by_role("dialog")
    expect(help_page).to_be_visible()
    table = page.evaluate(
        "import('/static/ratings/annotate.js').then(({ KEYS }) => KEYS.map((row) => [row.says, row.keys.length]))"
    )
    assert len(table) > 30
    lines = help_page.locator("tr:has(kbd)")
    shown = [
        [lines.nth(at).locator("td").last.inner_text(), lines.nth(at).locator("kbd").count()]
        for at in range(lines.count())
    ]
    assert sorted(shown) == sorted(table)
    keys = page.evaluate(
        "import('/static/ratings/annotate.js').then(({ KEYS }) => KEYS.flatMap((row) => row.keys))"
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
    page.locator("[data-action=save]").click()
    shows_photo(page, 2)
    plain.close()
