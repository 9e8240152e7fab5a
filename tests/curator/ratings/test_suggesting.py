"""Suggested regions by the real networks on drawn faces: which photos, which face, the background process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from sqlalchemy import select, update

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Suggestion
from curator.base.store import Store
from curator.base.workers import MODEST
from curator.cli import curator, suggestions
from curator.photos.importing import ImportResult
from curator.queries.photos import photo_file
from curator.ratings import suggesting
from curator.ratings.regions import overlap, parse_eyes, parse_fractions
from curator.ratings.suggesting import RECIPE, suggest_regions
from demo.faces import draw_photo
from demo.person import person_of
from faces.landmarks import reaches_eyes, suggested_region
from faces.search import Found, find_faces
from tests.curator.databases import environment_of
from tests.faces.test_containers import jpeg_of_scans

pytestmark = pytest.mark.slow

PEOPLE = (1, 3, 5)
WITHOUT_MTCNN = (
    "import sys; sys.modules['mtcnn'] = None; from curator.cli import curator; curator()"
)
# The background process, restarting as soon as it is idle.
RESTLESS = (
    "from curator.cli import curator, suggestions as s; s.REST_S, s.PAUSE_S = 0, 0.1; curator()"
)

Imported = Callable[..., ImportResult]


@dataclass(frozen=True)
class Row:
    name: str
    recipe: int
    faces: int
    region: str | None
    eyes: str | None


def rows(sessions: Sessions) -> dict[str, Row]:
    """Return the stored suggestions by photo name."""
    query = select(
        Photo.original_name,
        Suggestion.recipe,
        Suggestion.faces,
        Suggestion.region,
        Suggestion.eyes,
    )
    with reading(sessions) as session:
        found = session.execute(query.join(Suggestion, Suggestion.photo_id == Photo.id))
        return {row.original_name: Row(*row) for row in found}


def wait_for(claim: Callable[[], bool]) -> None:
    """Wait as long as it takes: the suite's limit on each test ends an endless wait."""
    while not claim():
        time.sleep(0.1)


@pytest.fixture
def drawn(folder: Path) -> Callable[[int], Path]:
    """Save a drawn face under its person's number."""

    def drawn(person: int) -> Path:
        path = folder / f"{person}.png"
        draw_photo(person_of(5, person), 5, 0).image.save(path)
        return path

    return drawn


@pytest.fixture
def faces(drawn: Callable[[int], Path], import_all: Imported) -> None:
    for person in PEOPLE:
        drawn(person)
    import_all()


def test_a_face_gets_the_region_that_a_rater_would_mark(
    faces: None, sessions: Sessions, config: Config
) -> None:
    result = suggest_regions(sessions, config)
    assert (result.photos, result.with_face, result.unreadable) == (3, 3, ())
    for person in PEOPLE:
        photo = draw_photo(person_of(5, person), 5, 0)
        width, height = photo.image.size
        marked = tuple((x / width, y / height) for x, y in photo.region)
        found = rows(sessions)[f"{person}.png"]
        assert (found.faces, found.recipe) == (1, RECIPE)
        assert found.region
        assert found.eyes
        region = parse_fractions(found.region)
        assert overlap(region, marked) > 0.65
        assert not reaches_eyes(region, parse_eyes(found.eyes), height / width)


@pytest.mark.parametrize("tilt", [-20, 20])
def test_the_face_of_a_tilted_photo_gets_a_tilted_region(tilt: float) -> None:
    upright = draw_photo(person_of(5, 1), 5, 0).image
    turned = upright.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    eyes = []
    for photo in (upright, turned):
        face = find_faces(photo).largest
        assert face
        region = suggested_region(face, photo.height / photo.width)
        assert not reaches_eyes(region, face.eyes, photo.height / photo.width)
        (left_x, left_y), (right_x, right_y) = face.eyes
        eyes.append(complex((right_x - left_x) * photo.width, (right_y - left_y) * photo.height))
    before, after = eyes
    turn = after / before
    assert turn.imag / turn.real == pytest.approx(
        -0.364 * tilt / 20, abs=0.12
    )  # tan 20°; rotate turns anticlockwise


def test_of_two_faces_the_larger_is_chosen() -> None:
    large, small = (draw_photo(person_of(5, person), 5, 0).image for person in (1, 3))
    both = Image.new("RGB", (large.width * 2, large.height), "white")
    both.paste(small.resize((small.width // 2, small.height // 2)), (0, 0))
    both.paste(large, (large.width, 0))
    found = find_faces(both)
    assert found.faces == 2
    assert found.largest
    assert all(x > 0.5 for x, _ in found.largest.eyes)


def test_a_photo_without_a_face_is_not_searched_again(
    save: Callable[..., Path], import_all: Imported, sessions: Sessions, config: Config
) -> None:
    save("noise.png", 1)
    import_all()
    assert suggest_regions(sessions, config).photos == 1
    assert rows(sessions) == {"noise.png": Row("noise.png", RECIPE, 0, None, None)}
    assert suggest_regions(sessions, config).photos == 0


def test_photos_searched_by_an_older_recipe_are_searched_again(
    faces: None, sessions: Sessions, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggest_regions(sessions, config)
    monkeypatch.setattr(suggesting, "RECIPE", RECIPE + 1)
    assert suggest_regions(sessions, config).photos == 3
    assert {row.recipe for row in rows(sessions).values()} == {RECIPE + 1}


def test_an_unreadable_file_does_not_stop_the_search_and_is_retried(
    faces: None, sessions: Sessions, config: Config
) -> None:
    with reading(sessions) as session:
        first = session.scalars(select(Photo).order_by(Photo.id)).first()
        assert first
        path = Store(config.instance).photo(first.file_sha256, first.format)
        photo_id, name = first.id, first.original_name
    away = path.rename(path.with_suffix(".away"))
    result = suggest_regions(sessions, config)
    assert (result.photos, result.unreadable) == (2, (photo_id,))
    assert suggest_regions(sessions, config, limit=1, skipped=result.unreadable).unreadable == ()
    away.rename(path)
    assert suggest_regions(sessions, config).photos == 1
    assert rows(sessions)[name].region


def test_copies_and_excluded_photos_come_last(
    faces: None, sessions: Sessions, config: Config
) -> None:
    with sessions.begin() as session:
        ids = session.scalars(select(Photo.id).order_by(Photo.id)).all()
        session.execute(update(Photo).where(Photo.id == ids[0]).values(copy_of_id=ids[2]))
        session.execute(update(Photo).where(Photo.id == ids[1]).values(excluded_reason="no face"))
        last = session.scalars(select(Photo.original_name).where(Photo.id == ids[2])).one()
    assert suggest_regions(sessions, config, limit=1).photos == 1
    assert set(rows(sessions)) == {last}
    assert suggest_regions(sessions, config).photos == 2


def test_two_concurrent_searches_search_no_photo_twice(
    faces: None, sessions: Sessions, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []

    def slow(photo: Image.Image) -> Found:
        searched.append(photo.size)
        time.sleep(0.2)  # long enough for the other to start
        return Found(0, None)

    monkeypatch.setattr(suggesting, "find_faces", slow)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(suggest_regions, sessions, config) for _ in range(2)]
    assert sum(each.result().photos for each in both) == len(searched) == 3


def test_a_file_that_is_decoded_for_too_long_does_not_stop_the_search(
    faces: None, sessions: Sessions, config: Config
) -> None:
    file = photo_file(sessions, 1)
    Store(config.instance).photo(file.sha, file.format).write_bytes(
        jpeg_of_scans((8_900, 6_700), 85)
    )
    result = suggest_regions(sessions, replace(config, max_decoding_s=1))
    assert (result.photos, result.unreadable) == (2, (1,))


def test_a_suggestion_records_no_event(faces: None, sessions: Sessions, config: Config) -> None:
    with reading(sessions) as session:
        before = session.scalars(select(Event.id)).all()
    suggest_regions(sessions, config)
    with reading(sessions) as session:
        assert session.scalars(select(Event.id)).all() == before


def test_the_command_reports_how_many_faces_it_found(
    faces: None, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MODEST:
        monkeypatch.setenv(name, "as before")  # so that it is restored after the test
    env = environment_of(config)
    first = CliRunner().invoke(curator, ["suggest"], env=env)
    assert first.output == "3 photos searched, 3 of them with a face.\n"
    assert {name: os.environ[name] for name in MODEST} == MODEST
    again = CliRunner().invoke(curator, ["suggest", "--json"], env=env)
    assert json.loads(again.output) == {"photos": 0, "with_face": 0, "unreadable": []}


@pytest.mark.parametrize("arguments", [[], ["--watch"]], ids=["once", "watch"])
def test_without_mtcnn_one_line_says_what_to_install(config: Config, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MTCNN, "suggest", *arguments],
        env=os.environ | environment_of(config),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'malar[suggest]'" in done.stderr


@pytest.mark.parametrize("ending", ["terminate", "kill"])
def test_the_server_makes_suggestions_and_leaves_no_process(
    faces: None, sessions: Sessions, config: Config, ending: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "curator", "serve", "--port", port],
        env=os.environ | environment_of(config),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr
        wait_for(lambda: len(rows(sessions)) == 3)
        getattr(server, ending)()
        # The background process shares this pipe, which closes when both have ended.
        assert server.stderr.read() == ""


def test_the_background_process_releases_memory_and_continues(
    faces: None,
    drawn: Callable[[int], Path],
    import_all: Imported,
    sessions: Sessions,
    config: Config,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RESTLESS, "suggest", "--watch"],
        env=os.environ | environment_of(config),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        loaded = Path(f"/proc/{watching.pid}/maps")
        wait_for(lambda: len(rows(sessions)) == 3)
        if loaded.exists():
            wait_for(lambda: "tensorflow" not in loaded.read_text())
        drawn(7)
        import_all()
        wait_for(lambda: "7.png" in rows(sessions))
        assert watching.communicate()[1] == ""
    assert watching.returncode == 0


def test_suggestions_can_be_turned_off_in_the_server(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def popen(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", popen)
    with suggestions.in_background(replace(config, suggest=False)):
        pass
    with pytest.raises(AssertionError), suggestions.in_background(config):
        pass
