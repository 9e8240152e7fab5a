"""Takes pictures of every page, light and dark, wide and narrow, and the README's two: of a demo instance at work."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from curator.accounts import add_user
from curator.app import create_app
from curator.config import Config
from curator.db import Sessions, open_sessions
from curator.dedup import accept_verified, decide_pair
from curator.exporting import export_dataset
from curator.importing import import_folders
from curator.instance import init_instance
from curator.manifest import Settings
from curator.queries import pairs
from curator.rating import rate_table
from curator.tables import read_posts
from demo.collection import write_collection
from demo.tour import TRAINER, write_ratings
from tests.browser.pages import BEFORE_ANY_ACCOUNT, PAGES, SIGNED_OUT

IMAGES = Path(__file__).with_name("images")
SHOTS = Path("shots")
PASSWORD = "only for the screenshots"  # noqa: S105  # of an instance that lives for a minute
RATED_SHARE = {"ana": 0.6, "ben": 0.3}
DOUBTS = 9  # every so many photos ben sees the other label
CERTAIN = 0.97  # pairs less alike than this are left to decide
WIDTHS = {1366: 768, 390: 844}
README = {"width": 1280, "height": 800}


def fill(config: Config) -> None:
    """Make an instance in the middle of its work: two raters, copies decided and waiting, an export, a run."""
    collection = config.instance.parent / "collection"
    write_collection(collection, people=24, seed=3)
    init_instance(config)
    sessions = open_sessions(config)
    for name, role in (("ana", "admin"), ("ben", "annotator")):
        add_user(sessions, name, PASSWORD, role, min_chars=12, actor="ana")
    posts = read_posts(collection / "posts.csv")
    source = "#butterflyrash"
    photos = [collection / "photos"]
    import_folders(sessions, config, photos, source=source, posts=posts, actor="ana")
    decide_pair(sessions, min(pair.id for pair in pairs(sessions)), "copy", actor="ana")
    accept_verified(sessions, min_score=CERTAIN, actor="ana")
    for rater in RATED_SHARE:
        rate(sessions, collection, rater)
    export_dataset(sessions, config, Settings(ratios=(60, 20, 20)), actor="ana")
    train(config)


def rate(sessions: Sessions, collection: Path, rater: str) -> None:
    """Bring a rater's share of the truth, as ben sees it where ben doubts."""
    table = collection / f"{rater}.csv"
    write_ratings(collection / "truth.csv", table)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = rows[: int(len(rows) * RATED_SHARE[rater])]
    for row in rows[::DOUBTS] if rater == "ben" else ():
        row["label"] = "negative" if row["label"] == "positive" else "positive"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    rate_table(sessions, table, rater)


def train(config: Config) -> None:
    """Train for one epoch from random weights: a run to look at, whatever its scores."""
    command = [*TRAINER, "run", "--arch", "mobilenet", "--weights", "none", "--epochs", "1"]
    run = subprocess.run(
        command,
        env=os.environ | {"CURATOR_INSTANCE": str(config.instance)},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        print(f"No run to show: {run.stderr.strip().splitlines()[-1]}")  # noqa: T201


@contextmanager
def served(app: Flask) -> Iterator[str]:
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def take_all(browser: Browser, address: str, pages: dict[str, str], *, signed_in: bool) -> None:
    """Take each page into shots/, named by its endpoint."""
    for scheme in ("light", "dark"):
        for width, height in WIDTHS.items():
            size = {"width": width, "height": height}
            page = browser.new_page(base_url=address, viewport=size, color_scheme=scheme)
            if signed_in:
                sign_in(page)
            for endpoint, path in pages.items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                picture = SHOTS / f"{endpoint}-{scheme}-{width}.png"
                page.screenshot(path=picture, full_page=True)
            page.close()


def take_readme(browser: Browser, address: str) -> None:
    page = browser.new_page(base_url=address, viewport=README)
    sign_in(page)
    page.screenshot(path=IMAGES / "dashboard.png")
    page.goto("/annotate/1")
    page.wait_for_selector(".a9s-annotationlayer, .a9s-annotation")
    page.wait_for_timeout(500)  # the region is drawn after the photo
    page.screenshot(path=IMAGES / "annotate.png")
    page.close()


def sign_in(page: Page) -> None:
    page.goto("/signin")
    page.fill("[name=name]", "ana")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir()
    found = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        new, config = Config(instance=Path(made) / "new"), Config(instance=Path(made) / "instance")
        init_instance(new)
        app = create_app(new)
        token = app.config["SETUP_TOKEN"]
        doors = {**SIGNED_OUT, **BEFORE_ANY_ACCOUNT}
        with served(app) as address:
            pages = {endpoint: path.format(token=token) for endpoint, path in doors.items()}
            take_all(browser, address, pages, signed_in=False)
        fill(config)
        with served(create_app(config)) as address:
            take_all(browser, address, PAGES, signed_in=True)
            take_readme(browser, address)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
