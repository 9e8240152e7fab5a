"""Makes the README's pictures: a small demo instance, a real server, a real browser."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from demo.collection import write_collection
from demo.tour import CURATOR, write_ratings

IMAGES = Path(__file__).with_name("images")
PASSWORD = "only for the screenshots"  # noqa: S105  # of an instance that lives for a minute
PORT = 5197
ADDRESS = f"http://127.0.0.1:{PORT}"
RATED_SHARE = 0.6


def fill(instance: Path) -> None:
    """Make an instance in the middle of its work: some photos rated, some waiting."""
    os.environ["CURATOR_INSTANCE"] = str(instance)
    collection = instance.parent / "collection"
    write_collection(collection, people=24, seed=3)
    subprocess.run(
        [*CURATOR, "init", "--admin", "ana", "--password-stdin"],
        input=PASSWORD,
        text=True,
        check=True,
    )
    subprocess.run(
        [*CURATOR, "import", str(collection / "photos"), "--source", "#butterflyrash"], check=True
    )
    table = collection / "ratings.csv"
    write_ratings(collection / "truth.csv", table)
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(lines[: int(len(lines) * RATED_SHARE)]))
    subprocess.run([*CURATOR, "rate", str(table), "--rater", "ana"], check=True)


@contextmanager
def server() -> Iterator[None]:
    with subprocess.Popen([*CURATOR, "serve", "--port", str(PORT)]) as process:
        try:
            wait_until_it_answers()
            yield
        finally:
            process.terminate()


def wait_until_it_answers() -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{ADDRESS}/signin").close()  # noqa: S310  # our own server
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server did not answer in 10 seconds.")


def take(page: Page) -> None:
    page.goto(f"{ADDRESS}/signin")
    page.fill("[name=name]", "ana")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ADDRESS}/")
    page.screenshot(path=IMAGES / "dashboard.png")
    page.goto(f"{ADDRESS}/annotate/1")
    page.wait_for_selector(".a9s-annotationlayer, .a9s-annotation")
    page.wait_for_timeout(500)  # the region is drawn after the photo
    page.screenshot(path=IMAGES / "annotate.png")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        fill(Path(made) / "instance")
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox"] if os.getuid() == 0 else []
        )
        with server():
            take(browser.new_page(viewport={"width": 1280, "height": 800}))
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
