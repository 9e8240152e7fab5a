"""What all pages share: one left edge, the menu of the study, and a download that arrives."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from curator.base.config import Config
from curator.base.db import Sessions
from curator.exports.downloading import download_export
from curator.queries.records import exports
from tests.browser.conftest import Watch
from tests.browser.pages import PAGES, add_work, find_pages
from tests.curator.browsing import numbers

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
LEFT_OF_HEADING = "document.querySelector('main h1').getBoundingClientRect().left"
LEFT_OF_BRAND = "document.querySelector('.brand').getBoundingClientRect().left"
# The rating bench fills the window: its heading stands in the panel beside the photo.
BENCH = {"annotate.photo", "annotate.index"}
SIZES = {1366: 768, 390: 844, 1920: 1080}


@pytest.fixture
def worked(sessions: Sessions, config: Config) -> dict[str, str]:
    add_work(sessions, config)
    return find_pages(sessions, config)


@pytest.mark.slow
@pytest.mark.parametrize("width", SIZES)
def test_headings_of_all_pages_begin_at_one_left_edge(
    sign_in: SignIn, worked: dict[str, str], width: int
) -> None:
    page = sign_in("/overview")
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    brand = page.evaluate(LEFT_OF_BRAND)
    lefts = {}
    for endpoint in PAGES.keys() - BENCH:
        page.goto(worked[endpoint])
        lefts[endpoint] = page.evaluate(LEFT_OF_HEADING)
    assert set(lefts.values()) == {brand}, lefts


def test_the_menu_of_the_study_closes_by_a_press_elsewhere(sign_in: SignIn) -> None:
    page = sign_in("/")
    exports_link = page.locator(".study a[href='/exports']")
    page.locator(".study summary").click()
    expect(exports_link).to_be_visible()
    page.locator(".who summary").click()
    expect(exports_link).to_be_hidden()
    page.locator(".study summary").click()
    page.locator("h1").click()
    expect(exports_link).to_be_hidden()
    page.locator(".study summary").click()
    page.locator("h1").hover()
    page.keyboard.press("Escape")
    expect(exports_link).to_be_hidden()
    page.locator(".study summary").click()
    exports_link.click()
    page.wait_for_url("**/exports")


def test_the_menu_of_the_study_opens_under_a_finger(phone: Page) -> None:
    phone.goto("/")
    phone.locator(".study summary").tap()
    runs = phone.locator(".study a[href='/runs']")
    expect(runs).to_be_in_viewport(ratio=1)
    runs.tap()
    phone.wait_for_url("**/runs")


def test_the_menu_of_the_study_works_without_scripts(
    sign_in: SignIn, context: BrowserContext, browser: Browser, address: str
) -> None:
    sign_in("/")
    state = context.storage_state()
    with browser.new_context(
        base_url=address, storage_state=state, java_script_enabled=False
    ) as plain:
        page = plain.new_page()
        page.goto("/")
        page.locator(".study summary").click()
        page.locator(".study a[href='/agreement']").click()
        page.wait_for_url("**/agreement")


def test_an_annotator_continues_from_the_first_page(sign_in: SignIn) -> None:
    page = sign_in("/", name="ben")
    link = page.locator(".continue a.primary")
    assert numbers(link.inner_text()) == [6]
    link.click()
    page.wait_for_url("**/annotate/*")


@pytest.mark.usefixtures("worked")
def test_an_export_is_downloaded_by_the_browser(
    sign_in: SignIn, sessions: Sessions, config: Config, tmp_path: Path
) -> None:
    [export] = exports(sessions, config.instance)
    page = sign_in("/exports")
    with page.expect_download() as arriving:
        page.locator("form[action$='/download'] button").click()
    assert arriving.value.suggested_filename == f"{export.name}.zip"
    arriving.value.save_as(tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        assert archive.testzip() is None
        described = archive.read(f"{export.name}/dataset.json")
    assert described == (Path(export.path) / "dataset.json").read_bytes()


@pytest.mark.usefixtures("worked")
def test_a_download_that_cannot_be_finished_fails_in_the_browser(
    sign_in: SignIn,
    sessions: Sessions,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    watch: Watch,
) -> None:
    watch.expected = ("409",)

    def vanishing(*arguments: object, **options: object) -> object:
        made = download_export(*arguments, **options)  # type: ignore[arg-type]
        max(Path(export.path).rglob("*.png")).unlink()
        return made

    [export] = exports(sessions, config.instance)
    monkeypatch.setattr("curator.http.downloads.download_export", vanishing)
    page = sign_in("/exports")
    with page.expect_download() as arriving:
        page.locator("form[action$='/download'] button").click()
    assert arriving.value.failure()
    page.locator("form[action$='/download'] button").click()  # what is left is not offered as whole
    expect(page.locator(".lead[role=alert]")).to_contain_text("no longer whole")
