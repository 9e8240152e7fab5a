"""The rest of the tool in a real browser: uploads, exports, and every page on a phone."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from curator.base.db import Sessions
from curator.queries.records import batch_row, rejected_files
from tests.browser.conftest import Watch
from tests.browser.hands import drag, has_points, naming, notice, wait_for_editor
from tests.curator.drawing import draw

pytestmark = [pytest.mark.browser, pytest.mark.slow]

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


# A picture, or a file copied elsewhere, that is pasted where the focus is.
PASTE = """([name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: "image/png" }));
  const options = { bubbles: true, cancelable: true, clipboardData };
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
}"""

MANY = """(count) => {
  const transfer = new DataTransfer();
  for (let i = 0; i < count; i++) transfer.items.add(new File(["x"], `${i}.jpg`));
  const input = document.querySelector("#files");
  input.files = transfer.files;
  input.dispatchEvent(new Event("change"));
}"""


# What the server says is not the matter of a test with thousands of files.
ANSWER_AT_ONCE = """() => {
  const said = JSON.stringify({ result: "already_there", reason: "", photo: null, look_alikes: [] });
  globalThis.XMLHttpRequest = class {
    upload = {};
    status = 200;
    responseText = said;
    open() {}
    setRequestHeader() {}
    send() { setTimeout(() => this.onload()); }
  };
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


def has_become(line: Locator, state: str) -> None:
    expect(line).to_have_class(re.compile(rf"\b{state}\b"))


def counts(page: Page, **files: int) -> None:
    """Expect so many files of each state in the summary."""
    fitting = "".join(f"[data-{state}='{count}']" for state, count in files.items())
    expect(page.locator(f"#summary{fitting}")).to_be_visible()


def test_chosen_files_are_told_apart(
    sign_in: SignIn, sessions: Sessions, incoming: Path, drawn_photos: Path
) -> None:
    page = sign_in("/inbox")
    page.locator("[name=source]").fill("#butterflyrash")
    files = [*sorted(incoming.iterdir()), drawn_photos / "1.jpg"]
    page.locator("#files").set_input_files(files)
    counts(page, added=3, already_there=1, rejected=1, ignored=0)
    expect(page.locator("#summary")).to_have_text(naming(5, 3, 1, 1, 0))
    has_become(line(page, "1.jpg"), "already_there")
    has_become(line(page, "<b>odd.png"), "added")
    has_become(line(page, "notes.txt"), "rejected")
    [rejected] = rejected_files(sessions, 2)
    expect(line(page, "notes.txt").locator(".reason")).to_contain_text(rejected.reason)
    expect(page.locator("#to-pairs")).to_have_text(naming(1))
    page.reload()
    expect(page.locator("[name=source]")).to_have_value("#butterflyrash")


def test_a_dropped_folder_is_read_to_its_end(sign_in: SignIn, incoming: Path) -> None:
    page = sign_in("/inbox")
    (incoming / ".DS_Store").write_text("hidden")
    found = sorted(incoming.iterdir())
    contents = [base64.b64encode(path.read_bytes()).decode() for path in found]
    page.evaluate(DROP, [[path.name for path in found], contents])
    counts(page, added=3, already_there=0, rejected=1, ignored=1)
    has_become(line(page, "trip/new.jpg"), "added")


def test_look_alikes_are_shown_beside_the_new_photo(
    sign_in: SignIn, incoming: Path, drawn_photos: Path
) -> None:
    page = sign_in("/inbox")
    draw(3, (640, 480)).save(incoming / "again.jpg", quality=30)
    page.locator("#files").set_input_files(incoming / "again.jpg")
    alike = line(page, "again.jpg").locator(".alike")
    expect(alike.get_by_role("img")).to_have_count(1)
    expect(alike.locator("img")).to_have_count(2)
    for picture in alike.locator("img").all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    alike.get_by_role("link", name=naming(5)).click()
    expect(page.locator(".member")).to_have_count(2)
    expect(page.locator(".group")).to_contain_text("No. 7")


def test_a_pasted_picture_gets_the_name_of_its_moment(sign_in: SignIn, incoming: Path) -> None:
    page = sign_in("/inbox")
    content = base64.b64encode((incoming / "<b>odd.png").read_bytes()).decode()
    page.locator("[name=source]").focus()
    page.evaluate(PASTE, ["image.png", content])
    name = page.locator("#files-seen .file-name")
    expect(name).to_have_text(re.compile(r"^pasted-\d{4}-\d\d-\d\d-\d{6}\.png$"))
    counts(page, added=1)
    page.evaluate(PASTE, ["face.png", content])
    has_become(line(page, "face.png"), "already_there")


def test_a_lost_connection_is_said_and_the_upload_goes_on_by_itself(
    sign_in: SignIn, incoming: Path, watch: Watch
) -> None:
    watch.expected = ("ERR_FAILED",)
    page = sign_in("/inbox")
    page.route("**/files", lambda route: route.abort())
    page.locator("#files").set_input_files([incoming / "new.jpg", incoming / "newer.jpg"])
    expect(page.locator("#paused[data-status='0']")).to_be_visible()
    has_become(line(page, "new.jpg"), "waiting")
    page.unroute("**/files")
    counts(page, added=2, waiting=0)
    expect(page.locator("#paused")).to_be_hidden()


def test_an_upload_that_the_server_puts_off_goes_on_by_itself(
    sign_in: SignIn, incoming: Path, watch: Watch
) -> None:
    watch.expected = ("503 (Service Unavailable)",)
    page = sign_in("/inbox")
    busy = {"error": "Other uploads are under way.", "kind": "busy"}
    page.route("**/files", lambda route: route.fulfill(status=503, json=busy))
    page.locator("#files").set_input_files([incoming / "new.jpg", incoming / "newer.jpg"])
    expect(page.locator("#paused[data-status='503']")).to_be_visible()
    has_become(line(page, "new.jpg"), "waiting")
    page.unroute("**/files")
    counts(page, added=2, waiting=0, failed=0)
    expect(page.locator("#paused")).to_be_hidden()


def test_who_was_signed_out_loses_no_file(
    sign_in: SignIn, context: BrowserContext, incoming: Path, watch: Watch
) -> None:
    watch.expected = ("401 (UNAUTHORIZED)", "400 (BAD REQUEST)")
    page = sign_in("/inbox")
    context.clear_cookies()
    page.locator("#files").set_input_files(incoming / "new.jpg")
    expect(page.locator("#paused[data-status='401']")).to_be_visible()
    sign_in("/")
    page.locator("#try-now").click()
    counts(page, added=1)


def send_and_hold(page: Page, folder: Path) -> list[Route]:
    """Upload a folder's files; return the two requests that are on their way, held back."""
    held: list[Route] = []
    page.route("**/files", lambda route: held.append(route))
    page.locator("#files").set_input_files(sorted(folder.iterdir()))
    expect(page.locator("#files-seen .sending")).to_have_count(2)
    while len(held) < 2:  # the page says so before the requests are here
        page.wait_for_timeout(20)
    return held


def test_a_stopped_upload_can_be_taken_up_again(sign_in: SignIn, incoming: Path) -> None:
    page = sign_in("/inbox")
    held = send_and_hold(page, incoming)
    page.locator("#stop").click()
    counts(page, sending=2, failed=2)
    page.locator("#stop").click()  # once more: those on their way are broken off, too
    counts(page, added=0, failed=4)
    page.unroute("**/files")
    page.locator("#retry-all").click()
    counts(page, added=3, rejected=1, failed=0)
    assert len(held) == 2


def test_files_on_their_way_arrive_when_an_upload_is_stopped(
    sign_in: SignIn, sessions: Sessions, incoming: Path
) -> None:
    page = sign_in("/inbox")
    held = send_and_hold(page, incoming)
    page.locator("#stop").click()
    for route in held:
        route.continue_()
    counts(page, sending=0, added=2, failed=2)
    assert batch_row(sessions, 2).seen == 2
    page.goto("/inbox/batches/2")
    expect(page.locator("#missing")).to_have_text(naming(2))


def test_a_file_that_is_refused_is_tried_again_on_demand(
    sign_in: SignIn, incoming: Path, watch: Watch
) -> None:
    watch.expected = ("500 (Internal",)
    page = sign_in("/inbox")
    broken = {"status": 500, "json": {"error": "The disk is full."}}
    page.route("**/files", lambda route: route.fulfill(**broken))
    page.locator("#files").set_input_files(incoming / "new.jpg")
    has_become(line(page, "new.jpg"), "failed")
    expect(line(page, "new.jpg")).to_contain_text("The disk is full.")
    page.unroute("**/files")
    line(page, "new.jpg").get_by_role("button").click()
    has_become(line(page, "new.jpg"), "added")


def test_a_file_too_large_is_refused_unsent_and_recorded(sign_in: SignIn, tmp_path: Path) -> None:
    page = sign_in("/inbox")
    large = tmp_path / "large.tif"
    with large.open("wb") as file:
        file.truncate(41_000_000)
    sent: list[int] = []
    page.on("request", lambda request: sent.append(len(request.post_data_buffer or b"")))
    page.locator("#files").set_input_files(large)
    has_become(line(page, "large.tif"), "rejected")
    expect(line(page, "large.tif").locator(".reason")).to_have_text(naming(41, 40))
    assert max(sent) < 10_000
    page.goto("/inbox/batches/2")
    expect(page.locator(".rejected")).to_contain_text("large.tif")


def test_a_reload_amid_an_upload_keeps_what_came_in(sign_in: SignIn, incoming: Path) -> None:
    page = sign_in("/inbox")
    held: list[Route] = []

    def hold_the_last(route: Route) -> None:
        if b"notes.txt" in (route.request.post_data_buffer or b""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/files", hold_the_last)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#files").set_input_files(sorted(incoming.iterdir()))
    counts(page, added=3)
    page.reload()
    expect(page.locator("#unfinished-how")).to_have_text(naming(3, 4))
    expect(page.locator("#unfinished-names")).to_have_text("notes.txt")
    page.locator("#unfinished-batch").click()
    expect(page.locator("#counts")).to_have_text(naming(3, 3, 0, 0, 0))
    assert len(held) == 1


def test_two_thousand_files_are_listed_and_told_apart(sign_in: SignIn) -> None:
    page = sign_in("/inbox")
    page.evaluate(ANSWER_AT_ONCE)
    page.evaluate(MANY, 2000)
    expect(page.locator("#files-seen li")).to_have_count(2000)
    # Two thousand requests take longer than one answer: a slow machine may need its time.
    done = page.locator("#summary[data-already_there='2000'][data-added='0']")
    expect(done).to_be_visible(timeout=180_000)
    page.locator("#only").select_option("rejected")
    expect(page.locator("#files-seen li:visible")).to_have_count(0)


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
    test, export = page.locator("[name=test]"), page.locator("#new-export button")
    test.fill("40")
    export.click()
    expect(page.locator("#new-export .message")).to_contain_text("100")
    test.fill("15")
    export.click()
    exported = notice(page).filter(has_text="malar-")
    expect(exported).to_have_text(re.compile(r"\b4\b"))
    expect(page.locator(".export code").last).to_have_text("python -m trainer run --arch xception")
    expect(export).to_be_enabled()


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
