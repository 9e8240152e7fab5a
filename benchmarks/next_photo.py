"""Measures the time from Enter until the next photo is painted, in a browser with 100,000 photos stored."""

import argparse
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, Request, sync_playwright
from sqlalchemy import insert, select
from waitress.server import create_server

from curator.app import create_app
from curator.base.accounts import add_user
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.instance import init_instance
from curator.base.models.photos import Batch, Photo
from curator.base.models.ratings import Suggestion
from curator.base.models.users import User
from curator.base.store import Store
from curator.ratings.order import drawn
from demo.faces import draw_photo
from demo.person import person_of
from tests.curator.drawing import PASSWORD, REGION
from tests.curator.rows import add_ratings, photo_row

KEYS = ("1", "f", "Enter")
FACES = 8  # files that the photos share
EYES = "0.400000,0.300000 0.600000,0.300000"
AT_ONCE = 5000

# The new image has been decoded; by the second frame after that it has been painted.
WATCH = """
window.painted = [];
addEventListener("keydown", (event) => { if (event.key === "Enter") window.since = performance.now(); }, true);
const frame = () => new Promise(requestAnimationFrame);
document.addEventListener("DOMContentLoaded", () => new MutationObserver(async (changes) => {
  const image = changes.flatMap((change) => [...change.addedNodes]).find((node) => node.id === "photo");
  if (!image || !window.since) return;
  const { since } = window;
  window.since = 0;
  await image.decode();
  await frame();
  await frame();
  window.painted.push(performance.now() - since);
}).observe(document.querySelector(".plate") ?? document.body, { childList: true }));
"""


@dataclass
class Traffic:
    kinds: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.kinds.append(request.resource_type)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000, help="in the database")
    parser.add_argument("--rated", type=int, default=50_000, help="of them by the rater already")
    parser.add_argument("--views", type=int, default=200, help="photos rated one after another")
    parser.add_argument("--pause-ms", type=int, default=1000, help="between two photos")
    parser.add_argument("--folder", type=Path, help="JPEG photos to show, in place of drawn ones")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        config = Config(instance=Path(made) / "instance")
        init_instance(config)
        sessions = open_sessions(config)
        add_user(sessions, "ana", PASSWORD, "annotator", min_chars=12, actor="bench")
        fill(sessions, asked.photos, asked.rated)
        files = list(jpegs(asked.folder, Path(made)))
        handed_out = order(sessions, range(asked.rated + 1, asked.photos + 1))
        put_files(config, files, handed_out[: asked.views + 10])
        with serving(config) as address, browsing(address) as page:
            traffic = Traffic()
            page.on("request", traffic.note)
            for following in handed_out[1 : asked.views + 1]:
                rate(page, following, asked.pause_ms)
            painted_ms = np.array(page.evaluate("window.painted"))
    report(asked.photos, painted_ms, len(traffic.kinds) / asked.views, "document" in traffic.kinds)


def rate(page: Page, following: int, pause_ms: int) -> None:
    for key in KEYS:
        page.keyboard.press(key)
    page.wait_for_function(
        "(title) => document.querySelector('#title').textContent === title",
        arg=f"Photo {following}",
    )
    page.wait_for_timeout(pause_ms)


def report(photos: int, painted_ms: np.ndarray, requests: float, has_left: bool) -> None:
    p50, p95 = np.percentile(painted_ms, (50, 95))
    print(f"{photos:,} photos in the database, {len(painted_ms)} rated by keys")
    print(f"Enter to painted: median {p50:.0f} ms, p95 {p95:.0f} ms, max {painted_ms.max():.0f} ms")
    print(f"{requests:.1f} requests and {len(KEYS)} keystrokes a photo")
    print("the page was loaded again" if has_left else "the page was never left")


def fill(sessions: Sessions, photos: int, rated: int) -> None:
    """Add photos with suggestions, the first of them rated."""
    sizes = {"width_px": 1080, "height_px": 1080}
    found = {"recipe": 1, "faces": 1, "region": REGION, "eyes": EYES}
    rating = {"rater_id": 1, "label": "negative", "sex": "male", "evidence": "visual"}
    with sessions.begin() as session:
        session.execute(insert(Batch), [{"id": 1}])
        for start in range(1, photos + 1, AT_ONCE):
            ids = range(start, min(start + AT_ONCE, photos + 1))
            session.execute(insert(Photo), [photo_row(photo) | sizes for photo in ids])
            session.execute(insert(Suggestion), [{"photo_id": photo} | found for photo in ids])
            if ratings := [{"photo_id": photo} | rating for photo in ids if photo <= rated]:
                add_ratings(session, ratings)


def jpegs(folder: Path | None, made: Path) -> Iterator[Path]:
    if folder:
        yield from sorted(folder.glob("*.jpg"))[:FACES]
        return
    for number in range(1, FACES + 1):
        path = made / f"{number}.jpg"
        draw_photo(person_of(5, number), 5, 0).image.save(path, "JPEG", quality=88)
        yield path


def order(sessions: Sessions, photos: range) -> list[int]:
    """Return photos in the order in which the rater gets them."""
    with reading(sessions) as session:
        seed = session.scalars(select(User.order_seed)).one()
    return sorted(photos, key=lambda photo: drawn(seed, str(photo_row(photo)["file_sha256"])))


def put_files(config: Config, files: list[Path], photos: Sequence[int]) -> None:
    store = Store(config.instance)
    for photo in photos:
        path = store.photo(str(photo_row(photo)["file_sha256"]), "JPEG")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files[photo % len(files)], path)


@contextmanager
def serving(config: Config) -> Iterator[str]:
    server = create_server(create_app(config), host="127.0.0.1", port=0, threads=config.threads)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[union-attr]


@contextmanager
def browsing(address: str) -> Iterator[Page]:
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(WATCH)
        page.goto(f"{address}/signin?next=/annotate")
        page.get_by_label("Name").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator(".bench[data-ready]").wait_for()
        page.wait_for_timeout(1000)
        yield page
        browser.close()


if __name__ == "__main__":
    main()
