"""Questions before a change, answered by keys: an exclusion that reaches further, a decision against the evidence."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curator.base.db import Sessions
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo
from curator.pairs.decisions import accept_verified
from curator.queries.pairs import pairs
from curator.queries.photos import photo_to_rate
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.browser.conftest import Watch
from tests.browser.hands import naming, notice, press, wait_for_editor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
WITHDRAWN = "7"  # the key of that reason
# Whether an element is seen: in the window, and nothing over it.
AT_ITS_CENTRE = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""
MIRRORED = {
    "mirrored": True,
    "matrix": [[1, 0, 0], [0, 1, 0]],
    "scale": 1,
    "rotation_degrees": 0,
    "overlap": 1,
    "places": 40,
    "frame_px": 512,
}


@pytest.fixture(autouse=True)
def refusals_expected(watch: Watch) -> None:
    watch.expected = ("409 (CONFLICT)",)


def reason_of(sessions: Sessions, photo: int) -> str | None:
    return photo_to_rate(sessions, photo, 1).excluded_reason


def test_the_photos_of_a_person_are_excluded_by_keys_after_a_question(
    sign_in: SignIn, sessions: Sessions
) -> None:
    accept_verified(sessions, actor="ana")
    first, second = sorted((pairs(sessions)[0].first.id, pairs(sessions)[0].second.id))
    page = sign_in(f"/annotate/{first}")
    wait_for_editor(page)
    press(page, "x", WITHDRAWN)
    question = page.locator("#question")
    expect(question.locator("h2")).to_have_text(naming(2))
    expect(question.locator(".strip img")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert reason_of(sessions, first) is None
    expect(page.locator("#title")).to_have_text(naming(first))
    press(page, "x", WITHDRAWN)
    expect(question).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator("#title")).not_to_have_text(naming(first))
    expect(page.locator("#state")).to_have_text(naming(1, second))
    assert reason_of(sessions, second) == "withdrawn by the person"


def test_on_a_phone_what_an_exclusion_did_comes_into_view(phone: Page, sessions: Sessions) -> None:
    accept_verified(sessions, actor="ana")
    first = pairs(sessions)[0].first.id
    phone.goto(f"/annotate/{first}")
    wait_for_editor(phone)
    phone.locator(".by-thumb[data-action=exclude]").click()
    phone.locator("#excluding [value='withdrawn by the person']").click()
    phone.locator("#question [data-action=confirm]").click()
    expect(phone.locator("#title")).not_to_have_text(naming(first))
    expect(phone.locator("#state")).to_have_attribute("data-long", "")
    assert phone.locator("#state").evaluate(AT_ITS_CENTRE)


def test_what_a_typed_reason_is_about_is_chosen_by_keys(
    sign_in: SignIn, sessions: Sessions
) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    press(page, "x")
    page.locator("#excluding input[name=reason]").fill("scan of a print")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).not_to_have_text(naming(1))
    with sessions() as session:
        assert session.get_one(Photo, 1).excluded_scope == "file"


def test_a_decision_against_the_evidence_is_confirmed_by_keys(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        for pair in session.query(DuplicatePair):
            pair.alignment = MIRRORED
    page = sign_in("/duplicates")
    press(page, "d")
    comparison = page.locator("#comparison[data-shows=difference]")
    expect(comparison.locator("#laid")).to_contain_text("mirrored")
    canvas = page.get_by_role("img", name="mirrored")
    expect(canvas).to_be_visible()
    press(page, "f")
    flickered = page.locator("#comparison[data-shows]:not([data-shows=difference])")
    expect(flickered).to_be_visible()
    press(page, "Escape")
    page.wait_for_url("**/duplicates?pair=*")
    assert {pair.decision for pair in pairs(sessions)} == {None}
    press(page, "d")
    page.locator("#against").wait_for()
    press(page, "y")
    expect(notice(page)).to_have_text(naming(1))
    assert sorted(pair.decision or "" for pair in pairs(sessions)) == ["", "different"]


def test_the_same_person_key_on_verified_copies_asks_in_place(
    sign_in: SignIn, sessions: Sessions
) -> None:
    first, second = sorted((pairs(sessions)[0].first.id, pairs(sessions)[0].second.id))
    entry = Assessment("negative", {"sex": "female"}, "")
    save_rating(sessions, first, "ana", entry, expected_version=0)
    page = sign_in(f"/annotate/{second}")
    wait_for_editor(page)
    press(page, "j")
    question = page.locator("#question")
    expect(question.locator("#comparison[data-shows=difference]")).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator("#state")).to_have_text(naming(first))
    assert "same_person" in {pair.decision for pair in pairs(sessions)}


def test_the_comparison_says_which_photo_is_mirrored(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        for pair in session.query(DuplicatePair):
            pair.alignment = MIRRORED
    page = sign_in("/duplicates")
    press(page, "x")
    expect(page.get_by_role("img", name="shown mirrored")).to_be_visible()
    press(page, "f")
    expect(page.locator("#compared", has_text="mirrored")).to_be_visible()
    expect(page.get_by_role("img", name="shown mirrored")).to_be_visible()
