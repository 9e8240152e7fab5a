"""The rest of the tool in a real browser: uploads, exports, and every page on a phone."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Watch
from tests.browser.test_annotate import drag, has_points, wait_for_editor
from tests.curator.drawing import draw

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
PAGES = (
    *("/", "/inbox", "/inbox/batches/1", "/gallery", "/annotate/1", "/exports"),
    *("/duplicates", "/duplicates/verified", "/duplicates/removed"),
)

# What a browser hands to the page when a folder is dropped, with the bytes of real files in it.
DROP = """async ([names, contents]) => {
  const file = (name, base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return { isFile: true, name, file: (done) => done(new File([bytes], name)) };
  };
  const left = names.map((name, index) => file(name, contents[index]));
  const createReader = () => ({ readEntries: (done) => done(left.splice(0, 2)) });
  const folder = { isFile: false, name: "trip", createReader };
  const event = new DragEvent("drop", { bubbles: true, cancelable: true });
  const items = [{ kind: "file", webkitGetAsEntry: () => folder }];
  Object.defineProperty(event, "dataTransfer", { value: { items } });
  document.querySelector("#drop").dispatchEvent(event);
}"""


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    draw(11, (320, 240)).save(folder / "new.jpg", quality=95)
    draw(11, (320, 240)).save(folder / "newer.jpg", quality=50)
    draw(12, (320, 240)).save(folder / "<b>odd.png")
    (folder / "notes.txt").write_text("not a photo")
    return folder


def line(page: Page, name: str) -> Locator:
    return page.locator("#files-seen li", has_text=re.compile(rf"^{re.escape(name)}"))


def test_chosen_files_are_told_apart(sign_in: SignIn, incoming: Path, drawn_photos: Path) -> None:
    page = sign_in("/inbox")
    page.get_by_label("Source").fill("#butterflyrash")
    files = [*sorted(incoming.iterdir()), drawn_photos / "1.jpg"]
    page.locator("#files").set_input_files(files)
    summary = page.locator("#summary")
    expect(summary).to_have_text(
        "5 files seen: 3 added, 1 already there, 1 rejected, 0 hidden and ignored."
    )
    expect(line(page, "1.jpg")).to_contain_text("already there")
    expect(line(page, "<b>odd.png")).to_contain_text("added")
    expect(line(page, "notes.txt")).to_contain_text("rejected: not a photo")
    expect(page.get_by_role("link", name="1 pair looks alike: decide")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Source")).to_have_value("#butterflyrash")


def test_a_dropped_folder_is_read_to_its_end(sign_in: SignIn, incoming: Path) -> None:
    page = sign_in("/inbox")
    (incoming / ".DS_Store").write_text("hidden")
    found = sorted(incoming.iterdir())
    contents = [base64.b64encode(path.read_bytes()).decode() for path in found]
    page.evaluate(DROP, [[path.name for path in found], contents])
    expect(page.locator("#summary")).to_have_text(
        "5 files seen: 3 added, 0 already there, 1 rejected, 1 hidden and ignored."
    )
    expect(line(page, "trip/new.jpg")).to_contain_text("added")


def test_a_lost_connection_offers_another_try(
    sign_in: SignIn, context: BrowserContext, incoming: Path, watch: Watch
) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/inbox")
    page.route("**/files", lambda route: route.abort())
    page.locator("#files").set_input_files([incoming / "new.jpg", incoming / "newer.jpg"])
    expect(line(page, "new.jpg")).to_contain_text("cannot be reached")
    page.unroute("**/files")
    line(page, "new.jpg").get_by_role("button", name="Retry").click()
    expect(line(page, "new.jpg")).to_contain_text("added")
    expect(page.locator("#summary")).to_contain_text("2 files seen: 1 added")
    expect(page.locator("#summary")).to_contain_text("1 not uploaded.")


def test_photos_become_an_export(sign_in: SignIn, watch: Watch) -> None:
    watch.expected = ("400 (BAD REQUEST)",)
    page = sign_in("/annotate")
    for label in "1212":
        wait_for_editor(page)
        drag(page, (0.3, 0.4), (0.7, 0.65))
        has_points(page, 4)
        here = page.url
        for key in (label, "f", "Enter"):
            page.keyboard.press(key)
        page.wait_for_url(lambda url, here=here: url != here)  # type: ignore[misc]
    page.goto("/exports")
    page.get_by_label("Test").fill("40")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("alert")).to_contain_text("add up to 100")
    page.get_by_label("Test").fill("15")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("4 photos exported as malar-")).to_be_visible()
    expect(page.get_by_text("python -m trainer run --arch xception")).to_be_visible()
    expect(page.get_by_role("button", name="Export")).to_be_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(
    sign_in: SignIn, context: BrowserContext, scheme: str
) -> None:
    page = sign_in("/")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_viewer_sees_the_pages_and_no_way_to_change(sign_in: SignIn) -> None:
    page = sign_in("/", name="vera")
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert (
            page.locator(
                "main form[method=post] button:enabled:not(.quiet):not(dialog button)"
            ).count()
            == 0
        )
    page.goto("/annotate/1")
    wait_for_editor(page)
    page.keyboard.press("1")
    expect(page.locator("[name=label]:checked")).to_have_count(0)
