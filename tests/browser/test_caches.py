"""What a browser keeps of photos: nothing after sign-out, yet no page fetches a picture twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.hands import sign_out, wait_for_editor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAINTED = "[...document.images].filter((one) => one.src.includes('/photos/') && one.naturalWidth)"
ADDRESSES = f"{PAINTED}.map(({{ src }}) => src)"
KEPT = """async (address) => {
  const answer = await fetch(address, { cache: "force-cache" });
  return answer.headers.get("Content-Type");
}"""
PAUSE_MS = 1500  # in which the next pictures and the redness arrive


@contextmanager
def counting(page: Page) -> Iterator[Counter[str]]:
    """Count how often each picture is fetched."""
    fetched: Counter[str] = Counter()

    def note(request: Request) -> None:
        path = urlsplit(request.url).path
        if path.startswith("/photos/") and request.method == "GET":
            fetched[path] += 1

    page.on("request", note)
    yield fetched
    page.remove_listener("request", note)


PAGES = ("/annotate/1", "/gallery", "/photos/1", "/duplicates", "/duplicates/verified")


@pytest.mark.parametrize("path", PAGES)
def test_after_sign_out_a_browser_shows_no_photo(sign_in: Callable[..., Page], path: str) -> None:
    page = sign_in(path)
    page.wait_for_function(f"() => {PAINTED}.length")
    pictures = page.evaluate(ADDRESSES)
    sign_out(page)
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(ADDRESSES) == []
    assert "/signin" in page.url
    assert "image" not in page.evaluate(KEPT, pictures[0])
    page.goto(pictures[0])
    assert "/signin" in page.url


def test_a_photo_is_fetched_once_as_the_rater_comes_to_it(sign_in: Callable[..., Page]) -> None:
    page = sign_in("/admin")
    with counting(page) as fetched:
        page.goto("/annotate/1")
        for _ in range(4):
            wait_for_editor(page)
            page.wait_for_timeout(PAUSE_MS)
            before = page.url
            for key in ("1", "f", "g", "Enter"):
                page.keyboard.press(key)
            expect(page).not_to_have_url(before)
        page.wait_for_timeout(PAUSE_MS)
    shown = [path for path in fetched if path.endswith("/display")]
    assert len(shown) >= 5
    assert sum(path.endswith("/redness") for path in fetched) >= 4
    assert set(fetched.values()) == {1}


def test_the_next_photo_is_shown_without_a_request(sign_in: Callable[..., Page]) -> None:
    page = sign_in("/annotate/1")
    wait_for_editor(page)
    page.wait_for_timeout(PAUSE_MS)
    page.route("**/display", lambda route: route.abort())
    before = page.url
    for key in ("1", "f", "g", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(lambda url: url != before)
    assert page.evaluate("document.querySelector('#photo').naturalWidth") == 640


def test_the_difference_of_two_photos_fetches_neither_again(sign_in: Callable[..., Page]) -> None:
    page = sign_in("/duplicates")
    page.wait_for_function(f"() => {PAINTED}.length >= 2")
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    with counting(page) as fetched:
        page.locator("[data-action=difference]").click()
        page.locator("canvas").wait_for()
        page.wait_for_timeout(PAUSE_MS)
    assert not fetched
