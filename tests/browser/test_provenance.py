"""How a rating came about, as a real browser tells it: the region's origin, the seconds, the source."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from curator.base.db import Sessions, reading
from curator.base.models.ratings import Rating
from tests.browser.hands import (
    drag,
    has_points,
    naming,
    open_photo,
    press,
    wait_for_editor,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
Suggest = Callable[..., None]
SECRET = "#drawn"  # the source of the fixture's photos


def stored(sessions: Sessions, photo: int) -> Rating:
    with reading(sessions) as session:
        return session.scalars(select(Rating).filter_by(photo_id=photo)).one()


def save(page: Page, photo: int, *keys: str) -> int:
    """Save the photo, rated positive unless keys say otherwise; return the next one."""
    press(page, *(keys or ("1", "f")), "Control+Enter")
    return next_photo(page, photo)


def next_photo(page: Page, photo: int) -> int:
    title = page.locator("#title")
    expect(title).not_to_have_text(naming(photo))
    return int(re.sub(r"\D", "", title.inner_text()))


def test_enter_accepts_and_a_drag_edits_and_a_new_outline_draws(
    sign_in: SignIn, suggest: Suggest, sessions: Sessions
) -> None:
    suggest(1, 2, 3)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    has_points(page, 4)
    save(page, 1)
    open_photo(page, 2)
    has_points(page, 4)
    drag(page, (0.7, 0.45), (0.75, 0.5))
    save(page, 2)
    open_photo(page, 3)
    press(page, "r")
    drag(page, (0.32, 0.5), (0.68, 0.7))
    has_points(page, 4)
    save(page, 3)
    open_photo(page, 4)
    press(page, "c")
    has_points(page, 4)
    save(page, 4)
    origins = [stored(sessions, photo).origin for photo in (1, 2, 3, 4)]
    assert origins == ["accepted", "edited", "drawn", "copied"]


def test_undoing_a_change_accepts_again_and_a_draft_keeps_the_origin(
    sign_in: SignIn, suggest: Suggest, sessions: Sessions
) -> None:
    suggest(1)
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    origin = page.locator("[name=origin]")
    drag(page, (0.7, 0.45), (0.75, 0.5))
    expect(origin).to_have_value("edited")
    page.reload()
    wait_for_editor(page)
    expect(page.locator("#draft")).to_be_visible()
    expect(origin).to_have_value("edited")
    press(page, "t")
    expect(origin).to_have_value("accepted")
    press(page, "Control+z")
    expect(origin).to_have_value("edited")
    press(page, "Delete")
    expect(origin).to_have_value("")
    press(page, "g")
    expect(origin).to_have_value("drawn")
    press(page, "t")
    save(page, 1)
    assert stored(sessions, 1).origin == "accepted"


def test_the_seconds_at_a_photo_are_stored_and_one_fetched_ahead_starts_when_shown(
    sign_in: SignIn, sessions: Sessions
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.wait_for_timeout(3000)
    ahead = save(page, 1, "3", "f")
    save(page, ahead, "3", "f")
    first, second = stored(sessions, 1).active_s, stored(sessions, ahead).active_s
    assert first is not None
    assert second is not None
    assert first >= 2.5
    assert second < first


def test_the_source_is_hidden_until_hashtag_is_chosen(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    facts = page.locator("#facts")
    assert SECRET not in page.content()
    press(page, "1", "f", "4")
    expect(facts).to_contain_text(SECRET)
    expect(page.locator("#show-source")).to_be_hidden()
    page.reload()
    wait_for_editor(page)
    expect(facts).to_contain_text(SECRET)
    expect(page.locator("[value=hashtag]")).to_be_checked()
    save(page, 1, "6", "g")
    expect(facts).not_to_contain_text(SECRET)
    expect(page.locator("[value=visual]")).to_be_checked()
    assert stored(sessions, 1).source_shown


def test_the_source_is_shown_by_its_key_and_by_its_button(
    sign_in: SignIn, sessions: Sessions
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    facts = page.locator("#facts")
    press(page, "i")
    expect(facts).to_contain_text(SECRET)
    second = save(page, 1, "3", "f")
    page.get_by_role("button", name="Show source").click()
    expect(facts).to_contain_text(SECRET)
    page.reload()
    expect(facts).to_contain_text(SECRET)
    press(page, "s")
    third = next_photo(page, second)
    expect(facts).not_to_contain_text(SECRET)
    save(page, third, "3", "f")
    assert [stored(sessions, photo).source_shown for photo in (1, third)] == [True, False]


def test_hashtag_stays_chosen_for_its_own_photo_only(sign_in: SignIn, sessions: Sessions) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    following = save(page, 1, "3", "f", "4")
    expect(page.locator("[value=visual]")).to_be_checked()
    save(page, following, "3", "f")
    assert [stored(sessions, photo).source_shown for photo in (1, following)] == [True, False]
