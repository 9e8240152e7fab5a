"""Names of files carry the folder and the import that they came with, so that a table can tell them apart."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from curator.base.config import Config
from curator.base.csv_table import posts_by_file
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.photos.importing import import_folders, import_upload, open_batch
from curator.photos.posts import fill_posts
from curator.ratings.entries import TableResult
from curator.ratings.table import rate_table
from tests.curator.drawing import draw

Import = Callable[[str, dict[str, int]], None]


@pytest.fixture
def bring(sessions: Sessions, config: Config, tmp_path: Path) -> Import:
    """Import a folder with photos, each a name and what is drawn on it."""

    def bring(folder: str, photos: dict[str, int]) -> None:
        for name, seed in photos.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(seed).save(path)
        import_folders(sessions, config, [tmp_path / folder], actor="ana")

    return bring


@pytest.fixture
def rate(sessions: Sessions, tmp_path: Path) -> Callable[..., TableResult]:
    def rate(*rows: str) -> TableResult:
        table = tmp_path / "ratings.csv"
        table.write_text("\n".join(["file,label", *rows]))
        return rate_table(sessions, table, "ben")

    return rate


def labels(sessions: Sessions) -> dict[int, str]:
    with reading(sessions) as session:
        rows = session.execute(select(Rating.photo_id, Rating.label))
        return {photo: label for photo, label in rows}  # noqa: C416  # dict() takes no rows here


def test_photos_of_one_name_are_told_apart_by_the_folder_that_was_imported(
    bring: Import, rate: Callable[..., TableResult], sessions: Sessions
) -> None:
    bring("clinic", {"1.png": 1})
    bring("tagged", {"1.png": 2})
    [bad] = rate("1.png,positive").bad
    assert "import 1/clinic/1.png, import 2/tagged/1.png" in bad.reason
    assert rate("clinic/1.png,positive", "tagged/1.png,negative").bad == ()
    assert labels(sessions) == {1: "positive", 2: "negative"}


def test_folders_of_one_name_are_told_apart_by_their_import(
    bring: Import, rate: Callable[..., TableResult], sessions: Sessions
) -> None:
    bring("monday/photos", {"1.png": 1})
    bring("tuesday/photos", {"1.png": 2})
    assert rate("photos/1.png,positive").bad
    rate("import 1/photos/1.png,positive", "import 2/photos/1.png,negative")
    assert labels(sessions) == {1: "positive", 2: "negative"}


def test_uploads_of_one_name_are_told_apart_by_their_batch(
    sessions: Sessions, config: Config, tmp_path: Path, rate: Callable[..., TableResult]
) -> None:
    for seed in (1, 2):
        draw(seed).save(tmp_path / "1.png")
        batch = open_batch(sessions, source="", collector="", actor="ana")
        content = (tmp_path / "1.png").read_bytes()
        import_upload(sessions, config, batch, "1.png", content, actor="ana")
    rate("import 1/1.png,positive", "import 2/1.png,negative")
    assert labels(sessions) == {1: "positive", 2: "negative"}


def test_a_photo_seen_in_two_folders_is_found_by_both(
    bring: Import, rate: Callable[..., TableResult], sessions: Sessions
) -> None:
    bring("clinic", {"1.png": 1})
    bring("tagged", {"1.png": 1, "2.png": 2})
    bring("tagged", {})
    rate("tagged/1.png,positive")
    assert labels(sessions) == {1: "positive"}
    assert rate("clinic/1.png,positive").unchanged == 1


def test_a_name_at_the_top_is_not_mistaken_for_one_further_down(
    bring: Import, rate: Callable[..., TableResult], sessions: Sessions
) -> None:
    bring("clinic", {"1.png": 1, "visit/1.png": 2})
    rate("1.png,positive", "visit/1.png,negative")
    assert labels(sessions) == {1: "positive", 2: "negative"}


def test_posts_of_photos_of_one_name_are_told_apart_too(
    bring: Import, sessions: Sessions, config: Config, tmp_path: Path
) -> None:
    bring("clinic", {"1.png": 1})
    bring("tagged", {"1.png": 2})
    table = tmp_path / "posts.csv"
    table.write_text("file,caption\n1.png,some\n")
    with pytest.raises(InputInvalid, match=r"import 1/clinic/1.png, import 2/tagged/1.png"):
        fill_posts(sessions, config, posts_by_file(table), actor="ana")
    table.write_text("file,caption\ntagged/1.png,some\n")
    fill_posts(sessions, config, posts_by_file(table), actor="ana")
    with reading(sessions) as session:
        assert list(session.scalars(select(Photo.caption).order_by(Photo.id))) == [None, "some"]
