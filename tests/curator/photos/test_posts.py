"""Tables of posts: each row is matched, refused or reported, and a better table fills in what is empty."""

import shutil
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from curator import undoing
from curator.base.accounts import Account
from curator.base.config import Config
from curator.base.csv_table import Post, posts_by_file
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.keys import author_key
from curator.base.models.events import Event
from curator.base.models.photos import Batch, Photo
from curator.photos.importing import ImportResult, import_folders
from curator.photos.posts import LooseMatch, MetadataResult, UnusedRow, fill_posts
from curator.queries.history import photo_history

Save = Callable[..., Path]
ImportAll = Callable[..., ImportResult]
ImportWith = Callable[..., MetadataResult]

HEAD = "file,post_url,author,caption,collected_on,collector\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], dict[str, Post]]:
    def read(rows: str) -> dict[str, Post]:
        table = tmp_path / "posts.csv"
        table.write_text(rows if rows.startswith("file") else HEAD + rows)
        return posts_by_file(table)

    return read


@pytest.fixture
def import_with(read: Callable[[str], dict[str, Post]], import_all: ImportAll) -> ImportWith:
    def import_with(rows: str) -> MetadataResult:
        result = import_all(posts=read(rows)).metadata
        assert result
        return result

    return import_with


def posts(sessions: Sessions) -> dict[str, str | None]:
    with reading(sessions) as session:
        return {photo.original_name: photo.post_url for photo in session.scalars(select(Photo))}


def photo(sessions: Sessions, photo_id: int = 1) -> Photo:
    with reading(sessions) as session:
        return session.get_one(Photo, photo_id)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        (unicodedata.normalize("NFD", "M\u00fcller.jpg"), "M\u00fcller.jpg"),
        ("2021-08-05_13-10-37_UTC_1.jpg", "2021-08-05_13-10-37_UTC_1"),
        ("trip/IMG_0001.JPG", "TRIP\\img_0001.jpg"),
        (unicodedata.normalize("NFD", "caf\u00e9/a.jpg"), "./caf\u00e9/a.jpg"),
    ],
)
def test_a_row_finds_its_photo_however_the_name_is_written(
    save: Save, import_with: ImportWith, sessions: Sessions, name: str, row: str
) -> None:
    save(name, 1)
    result = import_with(f"{row},https://example.org/p/1,,,,\n")
    assert (result.rows, result.matched, result.unmatched) == (1, 1, ())
    assert posts(sessions) == {name: "https://example.org/p/1"}


def test_rows_without_a_file_and_files_without_a_row_are_named(
    save: Save, folder: Path, import_with: ImportWith
) -> None:
    save("a.jpg", 1)
    save("B.JPG", 2)
    save("c.jpg", 3)
    (folder / "words.txt").write_text("no photo")
    result = import_with("a.jpg,u,,,,\nb.jpg,v,,,,\nnowhere.jpg,w,,,,\n,,,,,\na.jpg,u,,,,\n")
    assert (result.rows, result.matched) == (4, 3)
    assert result.unmatched == (UnusedRow("nowhere.jpg", 4),)
    assert result.files_without_row == ("c.jpg",)
    assert result.loosely == (LooseMatch(3, "b.jpg", "B.JPG"),)


REFUSED = {
    "a bare name of two photos": ("IMG_2.jpg,u,,,,\n", "2 photos are named IMG_2.jpg"),
    "two rows that say otherwise": ("x/IMG_2.jpg,u,,,,\nx/IMG_2.jpg,v,,,,\n", "on line 2"),
    "one name written twice": ("x/IMG_1.jpg,u,,,,\n.\\\\x/IMG_1.jpg,v,,,,\n", "line 3"),
    "two names of one file": ("img_1,v,,,,\nIMG_1,w,,,,\n", "line 3: .* file of line 2"),
    "a case that two photos share": ("y/img_3.jpg,u,,,,\n", "2 photos are named y/img_3.jpg"),
    "a stem that two photos share": ("IMG_4,u,,,,\n", "2 photos are named IMG_4"),
    "a row without a file": (",u,,,,\n", "line 2: no file"),
}


@pytest.mark.parametrize(("rows", "why"), REFUSED.values(), ids=REFUSED)
def test_a_row_that_may_mean_another_photo_refuses_the_table_and_nothing_is_done(
    save: Save, import_with: ImportWith, sessions: Sessions, rows: str, why: str
) -> None:
    names = ("x/IMG_2.jpg", "y/IMG_2.jpg", "x/IMG_1.jpg", "y/IMG_3.jpg", "y/IMG_3.JPG")
    for seed, name in enumerate((*names, "IMG_4.jpg", "IMG_4.png")):
        save(name, seed)
    with pytest.raises(InputInvalid, match=why):
        import_with(rows)
    with reading(sessions) as session:
        assert session.scalar(select(func.count(Batch.id))) == 0


def test_a_bare_name_of_two_identical_files_is_one_photo(
    save: Save, folder: Path, import_with: ImportWith, sessions: Sessions
) -> None:
    shutil.copy(save("x/a.jpg", 1), folder / "a copy.jpg")
    (folder / "y").mkdir()
    (folder / "a copy.jpg").rename(folder / "y/a.jpg")
    assert import_with("a.jpg,u,,,,\n").matched == 1
    assert posts(sessions) == {"x/a.jpg": "u"}


def test_a_name_in_two_folders_needs_its_folder_and_the_folder_is_enough(
    tmp_path: Path,
    save: Save,
    import_all: ImportAll,
    folder: Path,
    sessions: Sessions,
    config: Config,
) -> None:
    save("one/1.png", 1)
    save("two/1.png", 2)
    both = [folder / "one", folder / "two"]
    with pytest.raises(
        InputInvalid, match=r"2 photos are named 1.png \(/.*one/1.png, /.*two/1.png"
    ):
        import_folders(sessions, config, both, posts={"1.png": Post("u", lines=(2,))}, actor="ana")
    named = {"one/1.png": Post("u"), str(folder / "two" / "1.png"): Post("v")}
    import_folders(sessions, config, both, posts=named, actor="ana")
    assert [photo(sessions, 1).post_url, photo(sessions, 2).post_url] == ["u", "v"]


def test_a_better_table_fills_in_what_is_empty_and_lists_what_contradicts(
    save: Save, import_with: ImportWith, sessions: Sessions, config: Config
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    import_with("a.jpg,https://example.org/p/1,,first,,\n")
    again = import_with(
        "a.jpg,https://example.org/p/1,Anna,second @eva,2026-03-01,eva\nb.jpg,u,,,,\n"
    )
    assert again.filled == 2
    [other] = again.contradictions
    assert (other.file, other.field, other.stands, other.given) == (
        "a.jpg",
        "caption",
        "first",
        "second @…",
    )
    a = photo(sessions)
    assert (a.caption, a.author_key) == ("first", author_key(config, "anna"))
    assert (a.collected_on, a.collector) == (date(2026, 3, 1), "eva")
    assert photo(sessions, 2).post_url == "u"
    [another] = import_with("a.jpg,,berta,,,\n").contradictions
    assert (another.field, another.stands, another.given) == ("author", "", "")
    assert import_with("a.jpg,,anna,,2026-03-01,eva\n").filled == 0


def test_a_table_alone_fills_in_photos_that_are_there(
    save: Save,
    folder: Path,
    import_all: ImportAll,
    sessions: Sessions,
    config: Config,
    read: Callable[[str], dict[str, Post]],
) -> None:
    shutil.copy(save("a.jpg", 1), folder / "same.jpg")
    save("x/IMG_2.jpg", 2)
    save("y/IMG_2.jpg", 3)
    import_all()
    with pytest.raises(InputInvalid, match=r"2 photos are named IMG_2.jpg \(x/IMG_2.jpg, y/IMG"):
        fill_posts(sessions, config, read("a.jpg,u,,,,\nIMG_2.jpg,v,,,,\n"), actor="ana")
    assert set(posts(sessions).values()) == {None}
    result = fill_posts(
        sessions, config, read("SAME.jpg,u,,,,\nY\\IMG_2.jpg,v,,,,\nz.jpg,w,,,,\n"), actor="ana"
    )
    assert (result.rows, result.matched, result.filled) == (3, 2, 2)
    assert result.files_without_row == ("a.jpg", "x/IMG_2.jpg")
    assert posts(sessions) == {"a.jpg": "u", "x/IMG_2.jpg": None, "y/IMG_2.jpg": "v"}


def test_the_same_name_in_a_later_folder_is_another_photo(
    save: Save, folder: Path, sessions: Sessions, config: Config
) -> None:
    for seed, name in enumerate(("one", "two")):
        save(f"{name}/1.png", seed)
        posts = {"1.png": Post(name)}
        import_folders(sessions, config, [folder / name], posts=posts, actor="ana")
    assert [photo(sessions, 1).post_url, photo(sessions, 2).post_url] == ["one", "two"]


def test_a_copy_from_another_post_does_not_lend_its_facts(
    save: Save, folder: Path, import_with: ImportWith, sessions: Sessions
) -> None:
    shutil.copy(save("a.jpg", 1), folder / "b.jpg")
    result = import_with(
        "a.jpg,https://example.org/p/1,anna,,,\nb.jpg,https://example.org/p/2,eva,diagnosed,,\n"
    )
    assert [one.field for one in result.contradictions] == ["post_url", "author"]
    assert photo(sessions).caption is None


def test_filling_in_is_recorded_and_can_be_undone(
    save: Save, import_with: ImportWith, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    import_with("a.jpg,,,,,\n")
    import_with("a.jpg,u,anna,,2026-03-01,eva\n")
    with reading(sessions) as session:
        [event] = session.scalars(select(Event).where(Event.action == "post filled"))
    assert event.before == dict.fromkeys(("post_url", "author_key", "collected_on")) | {
        "collector": "ana"
    }
    viewer = Account(1, "ana", "admin", disabled=False)
    assert photo_history(sessions, 1, viewer)[0].can_undo
    [undone] = undoing.undo_events(sessions, [event.id], actor="ana")
    assert (photo(sessions).post_url, photo(sessions).collected_on) == (None, None)
    undoing.undo_events(sessions, [undone], actor="ana")
    assert photo(sessions).collected_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("file,post_url,\na.jpg,https://example.org,\n", {"a.jpg": "https://example.org"}),
        ("file,post_url,,\na.jpg,u,,\n,,,\n\n", {"a.jpg": "u"}),
        ("file,post_url\na.jpg,u,,\n", {"a.jpg": "u"}),
        (" file , post_url \na.jpg,u\n", {"a.jpg": "u"}),
        ("file,post_url\na.jpg\n", {"a.jpg": ""}),
    ],
)
def test_blank_rows_and_blank_columns_without_a_name_are_passed_over(
    read: Callable[[str], dict[str, Post]], tmp_path: Path, table: str, expected: dict[str, str]
) -> None:
    (tmp_path / "posts.csv").write_text(table)
    read_posts = posts_by_file(tmp_path / "posts.csv")
    assert {name: post.post_url for name, post in read_posts.items()} == expected


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("file,post_url,\na.jpg,u,lost\n", "line 2: more cells"),
        ("file,,post_url,\na.jpg,lost,u,\n", "line 2: more cells"),
        ("file,post_url,post_url\na.jpg,u,v\n", "two columns called post_url"),
    ],
)
def test_no_cell_is_passed_over(tmp_path: Path, table: str, why: str) -> None:
    (tmp_path / "posts.csv").write_text(table)
    with pytest.raises(InputInvalid, match=why):
        posts_by_file(tmp_path / "posts.csv")
