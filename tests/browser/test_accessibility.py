"""axe-core finds nothing on any page: light and dark, on a phone and a laptop."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from curator.api.roles import ACCESS as ACCESS_OF_API
from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.base.second_factor import demand_of
from curator.http.language import LANGUAGES
from tests.browser.conftest import Watch, serve
from tests.browser.hands import read_in
from tests.browser.pages import (
    AFTER_THE_PASSWORD,
    BEFORE_ANY_ACCOUNT,
    NO_PAGES,
    PAGES,
    SIGNED_OUT,
    add_work,
    find_pages,
)
from tests.curator.drawing import PASSWORD, draw

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
  const { violations, passes } = await axe.run({ runOnly: tags });
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
  return { found, passed: passes.length };
}"""
SIZES = {"phone": {"width": 390, "height": 844}, "laptop": {"width": 1366, "height": 768}}


@pytest.fixture
def filled_instance(filled_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance in the middle of its work: something to see on every page."""
    instance = tmp_path_factory.mktemp("worked") / "instance"
    shutil.copytree(filled_instance, instance)
    config = Config(instance=instance, workers=1)
    add_work(open_sessions(config), config)
    return instance


def violations(page: Page) -> Iterator[str]:
    """Yield what axe finds in both colour schemes of the page that is open."""
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        result: dict[str, Any] = page.evaluate(RUN, RULES)
        assert result["passed"] > 10, "axe did not look at the page"
        yield from (f"{page.url} {scheme}: {one}" for one in result["found"])


def test_every_page_is_looked_at() -> None:
    app = create_app()
    shown = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {*PAGES, *SIGNED_OUT, *AFTER_THE_PASSWORD, *BEFORE_ANY_ACCOUNT}
    assert shown - {*ACCESS_OF_API} == pages | NO_PAGES


@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(sign_in: SignIn, config: Config, size: str) -> None:
    page = sign_in("/")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    found: list[str] = []
    for address in find_pages(open_sessions(config), config).values():
        response = page.goto(address)
        assert response
        assert response.status == 200, address
        found += violations(page)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", SIZES)
def test_an_annotators_pages_and_empty_ones_have_no_violation(sign_in: SignIn, size: str) -> None:
    page = sign_in("/", name="ben")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    found: list[str] = []
    for address in ("/", "/overview", "/gallery?show=excluded"):
        page.goto(address)
        found += violations(page)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_small_phone(sign_in: SignIn, config: Config, language: str) -> None:
    page = sign_in("/")
    read_in(page, language)
    page.set_viewport_size({"width": 320, "height": 640})
    widths = {}
    for address in find_pages(open_sessions(config), config).values():
        page.goto(address)
        widths[address] = page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in widths.items() if width > 320} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tools_of_the_region_stand_in_one_line_on_a_small_laptop(
    sign_in: SignIn, language: str
) -> None:
    page = sign_in("/annotate")
    read_in(page, language)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator(".bench[data-ready]").wait_for()
    first, *_, last = page.locator(".toolbar:not(.view-tools) button:visible").all()
    above, below = first.bounding_box(), last.bounding_box()
    assert above
    assert below
    assert above["y"] == pytest.approx(below["y"], abs=4)


@pytest.mark.parametrize("size", SIZES)
def test_the_line_of_pages_keeps_the_current_one_in_sight(sign_in: SignIn, size: str) -> None:
    page = sign_in("/")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    for path in ("/", "/adjudicate", "/inbox"):
        page.wait_for_load_state("load")  # the script scrolls the line, under a click before that
        link = f".top nav a[href='{path}']"
        page.locator(link).click()
        current = page.locator(f"{link}[aria-current=page]")
        expect(current).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.querySelector('.top').offsetHeight") < 60


@pytest.mark.parametrize("size", SIZES)
def test_the_open_menu_of_the_account_has_no_violation(sign_in: SignIn, size: str) -> None:
    page = sign_in("/agreement")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.locator(".who summary").click()
    page.locator(".who a[href='/password']").wait_for()
    assert "\n".join(violations(page)) == ""


@pytest.mark.parametrize("size", SIZES)
def test_the_open_menu_of_the_study_has_no_violation(sign_in: SignIn, size: str) -> None:
    page = sign_in("/agreement")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.locator(".study summary").click()
    page.locator(".study a[href='/admin']").wait_for()
    assert "\n".join(violations(page)) == ""


@pytest.mark.parametrize("size", SIZES)
def test_an_upload_that_waits_and_one_that_is_through_have_no_violation(
    sign_in: SignIn, tmp_path: Path, watch: Watch, size: str
) -> None:
    watch.expected = ("ERR_FAILED",)
    draw(4, (640, 480)).save(tmp_path / "again.jpg", quality=30)
    (tmp_path / "notes.txt").write_text("not a photo")
    page = sign_in("/inbox")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.route("**/files", lambda route: route.abort())
    page.locator("#files").set_input_files([tmp_path / "again.jpg", tmp_path / "notes.txt"])
    page.get_by_role("alert").wait_for()
    found = [*violations(page)]
    page.unroute("**/files")
    page.locator(".near").wait_for()
    page.locator(".rejected").wait_for()
    found += violations(page)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", SIZES)
def test_the_second_factor_has_no_violation(
    sign_in: SignIn, context: BrowserContext, sessions: Sessions, size: str
) -> None:
    demand_of(sessions, "all", actor="test")
    page = sign_in("/gallery", name="ben")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.locator("#demanded").wait_for()
    found = [*violations(page)]
    key = page.locator(".key").inner_text().replace(" ", "")
    page.locator("[name=code]").fill(pyotp.TOTP(key).now())
    page.locator("[name=present]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".recovery").wait_for()
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="go on").click()
    page.wait_for_url("**/gallery")
    context.clear_cookies()
    page.goto("/signin?next=/gallery")
    page.locator("[name=name]").fill("ben")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/signin/code?next=/gallery")
    expect(page.locator("[name=code]")).to_be_focused()
    found += violations(page)
    assert "\n".join(found) == ""


KEYED = ["duplicates.index", "people.index", "gallery.index", "annotate.photo", "adjudicate.photo"]


@pytest.mark.parametrize("endpoint", KEYED)
def test_the_help_on_keys_has_no_violation(sign_in: SignIn, config: Config, endpoint: str) -> None:
    page = sign_in(find_pages(open_sessions(config), config)[endpoint])
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert "\n".join(violations(page)) == ""


@pytest.mark.parametrize("size", SIZES)
def test_redness_with_its_scale_has_no_violation(sign_in: SignIn, size: str) -> None:
    page = sign_in("/annotate/1")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.locator("[data-action=redness]").click()
    expect(page.locator("#redness-says")).not_to_be_empty()
    assert "\n".join(violations(page)) == ""


@pytest.mark.parametrize("size", SIZES)
def test_the_door_has_no_violation(browser: Browser, tmp_path: Path, size: str) -> None:
    config = Config(instance=tmp_path / "new", workers=1)
    init_instance(config)
    app = create_app(config)
    token = app.config["SETUP_TOKEN"]
    with serve(app) as address:
        page = browser.new_page(base_url=address, viewport=SIZES[size])  # type: ignore[arg-type]
        found: list[str] = []
        for path in (*SIGNED_OUT.values(), *BEFORE_ANY_ACCOUNT.values(), "/nowhere"):
            page.goto(path.format(token=token))
            found += violations(page)
        page.close()
    assert "\n".join(found) == ""
