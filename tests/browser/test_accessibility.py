"""axe-core finds nothing on any page: light and dark, on a phone and a laptop."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curator.app import create_app
from curator.config import Config
from curator.db import open_sessions
from curator.instance import init_instance
from tests.browser.conftest import Watch, serve
from tests.browser.pages import BEFORE_ANY_ACCOUNT, NO_PAGES, PAGES, SIGNED_OUT, add_work
from tests.curator.drawing import draw

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Annotorious draws the handles of a region; they have no names yet.
PENDING = "aria-command-name: .a9s-"
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
        found = (one for one in result["found"] if not one.startswith(PENDING))
        yield from (f"{page.url} {scheme}: {one}" for one in found)


def test_every_page_is_looked_at() -> None:
    app = create_app()
    shown = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert shown == {*PAGES, *SIGNED_OUT, *BEFORE_ANY_ACCOUNT} | NO_PAGES


@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(sign_in: SignIn, size: str) -> None:
    page = sign_in("/")
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    found: list[str] = []
    for address in PAGES.values():
        response = page.goto(address)
        assert response
        assert response.status == 200, address
        found += violations(page)
    assert "\n".join(found) == ""


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


@pytest.mark.parametrize("path", ["/duplicates", "/duplicates/people", "/duplicates/verified"])
def test_the_help_on_keys_has_no_violation(sign_in: SignIn, path: str) -> None:
    page = sign_in(path)
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
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
