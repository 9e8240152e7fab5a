"""Takes pictures of a demo instance at work: every page, light and dark, wide and narrow, and those of the guides."""

import csv
import logging
import os
import shutil
import subprocess
import tempfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import click
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from sqlalchemy import select

from curator.app import create_app
from curator.base.accounts import account_named, add_user
from curator.base.config import Config
from curator.base.csv_table import posts_by_file
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.base.models.ratings import Rating
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.pairs.decisions import accept_verified, decide_pair
from curator.photos.importing import import_folders
from curator.queries.disagreements import disagreements, ratings_of_photo, settled_disagreements
from curator.queries.pairs import pairs
from curator.ratings.rulings import adjudicate
from curator.ratings.settings import Project, change_project
from curator.ratings.suggesting import suggest_regions
from curator.ratings.table import rate_table
from demo.collection import write_collection
from demo.tour import TRAINER, write_ratings
from tests.browser.conftest import serve
from tests.browser.pages import BEFORE_ANY_ACCOUNT, SIGNED_OUT, find_pages

IMAGES = Path(__file__).with_name("images")
SHOTS = Path("shots")
PASSWORD = "only for the screenshots"  # noqa: S105  # of an instance that lives for a minute
RATED_SHARE = {"ana": 0.8, "ben": 0.7}
DOUBTS = 7  # every so many photos ben sees another label
UNSTEADY_PX = 8
DAYS = 20
CERTAIN = 0.97  # pairs less alike than this are left to decide
WIDTHS = {1366: 768, 390: 844}
# In a picture of the whole page nothing floats at the window's edge, and nothing waits to be scrolled to.
SETTLE = """async () => {
  for (const one of document.querySelectorAll("body *")) {
    const style = getComputedStyle(one);
    if (style.position === "sticky") one.style.position = "relative";
    if (style.contentVisibility === "auto") one.style.contentVisibility = "visible";
    if (one.loading === "lazy") one.loading = "eager";
  }
  await Promise.all([...document.images].map((one) => one.decode()));
}"""
IN_DOCS = ViewportSize(width=1120, height=720)
COLOURS = 80


def fill(config: Config) -> None:
    """Make an instance in the middle of its work: two raters, copies decided and waiting, an export, a run."""
    collection = config.instance.parent / "collection"
    write_collection(collection, people=24, seed=3)
    init_instance(config)
    sessions = open_sessions(config)
    for name, role in (("ana", "admin"), ("ben", "annotator")):
        add_user(sessions, name, PASSWORD, role, min_chars=12, actor="ana")
    change_project(sessions, Project(raters_needed=2), actor="ana")
    posts = posts_by_file(collection / "posts.csv")
    source = "#butterflyrash"
    photos = [collection / "photos"]
    import_folders(sessions, config, photos, source=source, posts=posts, actor="ana")
    decide_pair(sessions, min(pair.id for pair in pairs(sessions)), "copy", actor="ana")
    accept_verified(sessions, min_score=CERTAIN, actor="ana")
    for rater in RATED_SHARE:
        rate(sessions, collection, rater)
    spread_over_days(sessions)
    settle_one(sessions, "ana")
    suggest_regions(sessions, config)
    export_dataset(sessions, config, Settings(ratios=(60, 20, 20)), actor="ana")
    train(config)


def rate(sessions: Sessions, collection: Path, rater: str) -> None:
    """Bring a rater's share of the truth, as ben sees it where ben doubts."""
    table = collection / f"{rater}.csv"
    write_ratings(collection / "truth.csv", table)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = rows[: int(len(rows) * RATED_SHARE[rater])]
    if rater == "ben":
        see_otherwise(rows)
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    rate_table(sessions, table, rater)


def see_otherwise(rows: list[dict[str, str]]) -> None:
    """Give each row another hand's region, and some another label or sex."""
    hand = np.random.default_rng(1)
    for place, row in enumerate(rows):
        if place % DOUBTS == 0:
            row["label"] = "negative" if row["label"] == "positive" else "positive"
        if place % (2 * DOUBTS) == 1:
            row["sex"] = "male" if row["sex"] == "female" else "female"
        corners = (corner.split(",") for corner in row["region"].split())
        moved = ([round(float(at) + hand.normal(0, UNSTEADY_PX)) for at in xy] for xy in corners)
        row["region"] = " ".join(f"{x},{y}" for x, y in moved)


def spread_over_days(sessions: Sessions) -> None:
    """Let the ratings be of the last days, a few each, so that there is a course of time to show."""
    with sessions.begin() as session:
        ratings = session.scalars(select(Rating).order_by(Rating.photo_id)).all()
        for place, rating in enumerate(ratings, start=1):
            rating.saved_at -= timedelta(days=DAYS * (1 - place / len(ratings)))


def settle_one(sessions: Sessions, adjudicator: str) -> None:
    """Rule on the first photo on which the raters disagree, as the adjudicator rated it."""
    photo = disagreements(sessions)[0].photo_id
    rater = account_named(sessions, adjudicator).id
    given = ratings_of_photo(sessions, photo, rater).ratings
    (own,) = (one.assessment for one in given if one.by == adjudicator)
    adjudicate(sessions, photo, adjudicator, own, expected_version=0)


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


def take_all(browser: Browser, address: str, pages: dict[str, str], *, signed_in: bool) -> None:
    """Take each page into shots/, named by its endpoint."""
    for scheme in ("light", "dark"):
        for width, height in WIDTHS.items():
            size = ViewportSize(width=width, height=height)
            page = browser.new_page(base_url=address, viewport=size, color_scheme=scheme)
            if signed_in:
                sign_in(page)
            for endpoint, path in pages.items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.evaluate(SETTLE)
                picture = SHOTS / f"{endpoint}-{scheme}-{width}.png"
                page.screenshot(path=picture, full_page=True)
            page.close()


def take_docs(browser: Browser, address: str, sessions: Sessions) -> None:
    """Take the pictures that README and guides show into docs/images."""
    page = browser.new_page(base_url=address, viewport=IN_DOCS)
    sign_in(page)
    keep(page, "dashboard")
    page.goto("/duplicates")
    page.wait_for_load_state("networkidle")
    keep(page, "duplicates")
    (settled, *_), _ = settled_disagreements(sessions, size=1)
    page.goto(f"/adjudicate/{settled.photo_id}")
    page.wait_for_load_state("networkidle")
    keep(page, "adjudicate")
    page.goto("/annotate/9")
    page.wait_for_selector(".a9s-annotationlayer, .a9s-annotation")
    page.wait_for_timeout(500)  # the region is drawn after the photo
    keep(page, "annotate")
    page.keyboard.down("v")
    page.wait_for_timeout(1500)  # the server computes it once
    keep(page, "redness")
    page.keyboard.up("v")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    keep(page, "keys")
    page.close()


def keep(page: Page, name: str) -> None:
    """Save the window with few colours, which makes it a quarter of the size."""
    shot = Image.open(BytesIO(page.screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(IMAGES / f"{name}.png", optimize=True)


def sign_in(page: Page) -> None:
    page.goto("/signin")
    page.fill("[name=name]", "ana")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav")


@click.command()
@click.option("--docs-only", is_flag=True, help="Only the pictures that README and guides show.")
def main(docs_only: bool) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a browser asks for much at once
    IMAGES.mkdir(exist_ok=True)
    if not docs_only:
        shutil.rmtree(SHOTS, ignore_errors=True)
        SHOTS.mkdir()
    found = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        if not docs_only:
            take_doors(browser, Config(instance=Path(made) / "new"))
        config = Config(instance=Path(made) / "instance")
        fill(config)
        sessions = open_sessions(config)
        with serve(create_app(config)) as address:
            if not docs_only:
                take_all(browser, address, find_pages(sessions, config), signed_in=True)
            take_docs(browser, address, sessions)
        browser.close()


def take_doors(browser: Browser, config: Config) -> None:
    """Take the pages that are seen before anybody is signed in."""
    init_instance(config)
    app = create_app(config)
    doors = {**SIGNED_OUT, **BEFORE_ANY_ACCOUNT}
    pages = {name: path.format(token=app.config["SETUP_TOKEN"]) for name, path in doors.items()}
    with serve(app) as address:
        take_all(browser, address, pages, signed_in=False)


if __name__ == "__main__":
    main()
