"""Label Studio's own pages are the judge of coordinates: regions lie where they were drawn, here and there."""

import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, TimeoutError
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.ratings import Rating
from curator.labelstudio.annotators import map_annotator
from curator.labelstudio.pulling import pull
from curator.labelstudio.pushing import Wanted, push
from curator.labelstudio.server import connect
from curator.labelstudio.standings import projects
from curator.photos.importing import ImportResult
from curator.ratings.assessments import Assessment
from curator.ratings.regions import format_fractions, stored_region
from curator.ratings.saving import save_rating
from faces.regions import Region
from tests.browser.conftest import browser
from tests.curator.drawing import draw
from tests.curator.labelstudio.live import ADMIN, PASSWORD, LiveServer

__all__ = ["browser"]

pytestmark = [pytest.mark.labelstudio, pytest.mark.browser]

WIDTH, HEIGHT = 480, 640  # of the upright photo
MARKER: Region = ((0.2, 0.3), (0.6, 0.3), (0.6, 0.5), (0.2, 0.5))  # painted green
LYING = {6: Image.Transpose.ROTATE_90, 1: None}
PATIENCE_MS, TRIES = 60_000, 3

# Where the page draws the corners of a region, in pixels of the page.
CORNERS = """() => {
  const region = Htx.annotationStore.selected.regions.find((one) => one.type.endsWith('region'));
  const stage = region.object.stageRef;
  const box = stage.container().getBoundingClientRect();
  const shape = region.shapeRef;
  const rect = region.type === 'rectangleregion';
  const corners = rect
    ? [[0, 0], [shape.width(), 0], [shape.width(), shape.height()], [0, shape.height()]].map(
        ([x, y]) => shape.getAbsoluteTransform().point({ x, y }))
    : region.points.map((one) =>
        stage.getAbsoluteTransform().point({ x: one.canvasX, y: one.canvasY }));
  return corners.map(({ x, y }) => [x + box.left, y + box.top]);
}"""
IS_READY = """(count) => {
  const selected = window.Htx?.annotationStore?.selected;
  const photo = selected?.names.get('photo');
  return Boolean(photo?.stageRef && photo.currentImageEntity?.imageLoaded && photo.isReady)
    && selected.regions.filter((one) => one.type.endsWith('region')).length === count;
}"""


@pytest.fixture
def page(browser: Browser, live: LiveServer) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    # What its pages would ask the world for, also through its server.
    context.route(
        lambda url: not url.startswith(live.url) or "heidi" in url, lambda route: route.abort()
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{live.url}/user/login/")
    page.fill("input[name=email]", ADMIN)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{live.url}/*")
    yield page
    context.close()


class Sheet:
    """A photo with a marker, and its task there."""

    def __init__(
        self, sessions: Sessions, config: Config, live: LiveServer, path: Path, orientation: int
    ) -> None:
        self.sessions, self.config, self.live = sessions, config, live
        self.name = f"F{uuid.uuid4().hex[:8]}"
        paint(path, orientation)

    def push(self) -> None:
        map_annotator(self.sessions, ADMIN, "ben", actor="ana")
        wanted = Wanted(self.name)
        push(self.sessions, self.config, connect(self.config), wanted, actor="ana")

    @property
    def number(self) -> int:
        with reading(self.sessions) as session:
            [project] = projects(session, self.live.url, self.name)
        assert project.number
        return project.number

    @property
    def task(self) -> Any:
        [task] = self.live.tasks(self.number)
        return task

    def open(self, page: Page, regions: int = 0) -> None:
        address = f"{self.live.url}/projects/{self.number}/data?task={self.task['id']}"
        for _ in range(TRIES):
            page.goto(address)
            try:
                page.wait_for_function(IS_READY, arg=regions, timeout=PATIENCE_MS / TRIES)
                break
            except TimeoutError:
                continue  # the page gave up on what a busy server was late with
        else:
            raise AssertionError("the page shows no photo, or another number of regions")
        page.wait_for_timeout(500)

    def pulled(self) -> Region:
        [result] = pull(self.sessions, self.config, connect(self.config), name=self.name)
        assert result.saved
        with reading(self.sessions) as session:
            return stored_region(session.scalars(select(Rating.region)).one())


@pytest.fixture
def sheet(
    sessions: Sessions,
    connected: Config,
    live: LiveServer,
    folder: Path,
    import_all: Callable[..., ImportResult],
) -> Callable[[int], Sheet]:
    def make(orientation: int) -> Sheet:
        made = Sheet(sessions, connected, live, folder / "marked.jpg", orientation)
        import_all()
        return made

    return make


def paint(path: Path, orientation: int) -> None:
    upright = draw(1, (WIDTH, HEIGHT))
    pencil = ImageDraw.Draw(upright)
    pencil.rectangle([(0.2 * WIDTH, 0.3 * HEIGHT), (0.6 * WIDTH, 0.5 * HEIGHT)], fill=(0, 255, 0))
    turn = LYING[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    (upright.transpose(turn) if turn is not None else upright).save(path, quality=97, exif=exif)


def green_box(page: Page) -> tuple[float, float, float, float]:
    """Return where the page shows the marker: left, top, right, bottom in pixels of the page."""
    shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    # Also through the colour of a region, a fifth of which covers it.
    is_green = (shown[..., 1] > 200) & (np.maximum(shown[..., 0], shown[..., 2]) < 60)
    is_green[:, :250] = False  # the list of tasks has it too, small
    rows, columns = np.nonzero(is_green)
    (left, right), (top, bottom) = (np.percentile(found, (0.1, 99.9)) for found in (columns, rows))
    return float(left), float(top), float(right) + 1, float(bottom) + 1


def box_of(corners: Any) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_pushed_region_lies_on_what_was_marked(
    sheet: Callable[[int], Sheet], page: Page, orientation: int
) -> None:
    made = sheet(orientation)
    region = format_fractions(MARKER)
    said = Assessment("positive", {"sex": "female"}, region)
    save_rating(made.sessions, 1, "ben", said, expected_version=0)
    made.push()
    made.open(page, regions=1)
    assert box_of(page.evaluate(CORNERS)) == pytest.approx(green_box(page), abs=3)


def test_a_rotated_rectangle_is_read_as_the_page_draws_it(
    sheet: Callable[[int], Sheet], page: Page
) -> None:
    made = sheet(6)
    made.push()
    value = {"x": 40, "y": 20, "width": 40, "height": 20, "rotation": 30}
    region = {
        "id": "r1",
        "from_name": "rectangle",
        "to_name": "photo",
        "type": "rectanglelabels",
        "original_width": WIDTH,
        "original_height": HEIGHT,
        "value": value | {"rectanglelabels": ["face region"]},
    }
    answers = [
        {"id": n, "from_name": n, "to_name": "photo", "type": "choices", "value": {"choices": [v]}}
        for n, v in (("label", "positive"), ("sex", "female"))
    ]
    made.live.call(
        "POST", f"tasks/{made.task['id']}/annotations/", json={"result": [*answers, region]}
    )
    made.open(page, regions=1)
    drawn = page.evaluate(CORNERS)
    left, top, right, bottom = green_box(page)
    # The marker tells the page's scale: it is 0.4 of the width and 0.2 of the height.
    shown_width, shown_height = (right - left) / 0.4, (bottom - top) / 0.2
    x0, y0 = left - 0.2 * shown_width, top - 0.3 * shown_height
    read = [(x0 + x * shown_width, y0 + y * shown_height) for x, y in made.pulled()]
    assert np.asarray(drawn) == pytest.approx(np.asarray(read), abs=4)


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_what_is_drawn_in_a_turned_view_lies_on_the_photo(
    sheet: Callable[[int], Sheet], page: Page, turns: int
) -> None:
    made = sheet(6)
    made.push()
    made.open(page)
    for _ in range(turns):
        page.evaluate("() => Htx.annotationStore.selected.names.get('photo').rotate(-90)")
        page.wait_for_timeout(300)
    page.get_by_text("face region: rectangle").click()
    left, top, right, bottom = green_box(page)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move((left + right) / 2, (top + bottom) / 2, steps=5)
    page.mouse.move(right, bottom, steps=5)
    page.mouse.up()
    page.get_by_text("positive", exact=False).first.click()
    page.get_by_text("Female", exact=False).first.click()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_timeout(1500)
    [annotation] = made.task["annotations"]
    [region] = [one for one in annotation["result"] if one["type"] == "rectanglelabels"]
    assert region["image_rotation"] == -90 * turns % 360
    assert (region["original_width"], region["original_height"]) == (WIDTH, HEIGHT)
    found = box_of(made.pulled())
    assert found == pytest.approx(box_of(MARKER), abs=0.015)
