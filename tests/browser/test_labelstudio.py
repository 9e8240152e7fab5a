"""What is to settle with Label Studio is seen in a real browser: the photo, and both regions on it."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.http.current import instance
from curator.labelstudio.pulling import Pulled
from curator.labelstudio.standings import Standing
from curator.labelstudio.words import State, There
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.drawing import REGION

pytestmark = pytest.mark.browser

OTHER = "0.100000,0.100000 0.900000,0.100000 0.900000,0.900000"
OVERLAY_LIES_ON_PHOTO = """(frame) => {
  const [photo, overlay] = ["img", "svg"].map((name) => {
    const { x, y, width, height } = frame.querySelector(name).getBoundingClientRect();
    return [x, y, width, height].join();
  });
  return frame.querySelector("img").naturalWidth > 0 && frame.clientHeight > 150 && photo === overlay;
}"""


def conflict(photo: int) -> Standing:
    here = Assessment("positive", {"sex": "female"}, REGION)
    there = There(9, "", Assessment("negative", {"sex": "female"}, OTHER), annotation=3, author=2)
    state = State.CONFLICT
    return Standing(photo, "1.jpg", 9, state, True, 640, 480, here, there)


def unread(photo: int) -> Standing:
    problem = InputInvalid("sex is both female and male")
    there = There(8, "", annotation=4, problem=problem, is_unread=True)
    return Standing(photo, "2.jpg", 8, State.UNREADABLE, True, there=there)


@pytest.mark.parametrize("width", [1366, 390])
def test_both_regions_are_seen_on_the_photo(
    app: Flask, config: Config, sessions: Sessions, sign_in: Callable[..., Page], width: int
) -> None:
    app.extensions["curator"].config = Config(
        instance=config.instance,
        workers=1,
        label_studio_url="http://127.0.0.1:9",
        label_studio_api_key="0" * 40,
    )
    said = Assessment("positive", {"sex": "female"}, REGION)
    save_rating(sessions, 1, "ana", said, expected_version=0)
    pulled = Pulled("ben", "Rash - ben", 5, to_settle=(conflict(1),), unreadable=(unread(2),))
    instance(app).labelstudio.start("look", lambda _progress: [pulled])
    page = sign_in("/labelstudio")
    page.set_viewport_size({"width": width, "height": 800})
    frames = page.locator(".both-sides .frame")
    expect(frames).to_have_count(2)
    for frame in frames.all():
        frame.scroll_into_view_if_needed()
        page.wait_for_function(OVERLAY_LIES_ON_PHOTO, arg=frame.element_handle())
    # What ben said of a photo that ana has not rated is not told by the reason either.
    expect(page.locator("[aria-labelledby=result] li")).to_contain_text("hidden until you have")
