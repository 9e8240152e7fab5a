"""Sidecars of instaloader and gallery-dl: what is read, what belongs to which photo, what is refused."""

import json
import lzma
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.keys import author_key
from curator.base.models.photos import Photo, RejectedFile
from curator.photos import sidecars
from curator.photos.importing import ImportResult
from curator.photos.posts import MetadataResult

Save = Callable[..., Path]
Write = Callable[..., None]

MOMENT = 1704164645  # 2024-01-02 03:04:05 UTC
NODE = {
    "shortcode": "ABC-1_x",
    "owner": {"id": "1", "username": "Anna.B"},
    "taken_at_timestamp": MOMENT,
    "edge_media_to_caption": {"edges": [{"node": {"text": "my butterfly rash, with @eva"}}]},
}
GALLERY = {
    "category": "instagram",
    "post_url": "https://www.instagram.com/p/XYZ/",
    "post_shortcode": "XYZ",
    "shortcode": "OWN",
    "username": "anna.b",
    "fullname": "Anna B",
    "description": "rash",
    "post_date": "2024-01-02 03:04:05",
    "num": 1,
}


def instaloader(**changed: Any) -> dict[str, Any]:
    return {"node": NODE | changed, "instaloader": {"version": "4.13", "node_type": "Post"}}


@pytest.fixture
def write(folder: Path) -> Write:
    def write(name: str, content: object) -> None:
        packed = content if isinstance(content, bytes) else json.dumps(content).encode()
        if name.endswith(".xz") and not isinstance(content, bytes):
            packed = lzma.compress(packed, check=lzma.CHECK_NONE)
        (folder / name).write_bytes(packed)

    return write


@pytest.fixture
def told(import_all: Callable[..., ImportResult]) -> Callable[[], MetadataResult]:
    def told() -> MetadataResult:
        result = import_all(sidecars=True).metadata
        assert result
        return result

    return told


Told = Callable[[], MetadataResult]


def photos(sessions: Sessions) -> dict[str, Photo]:
    with reading(sessions) as session:
        return {photo.original_name: photo for photo in session.scalars(select(Photo))}


def posts(sessions: Sessions) -> dict[str, str | None]:
    return {name: photo.post_url for name, photo in photos(sessions).items()}


POST = "https://www.instagram.com/p/ABC-1_x/"


@pytest.mark.parametrize("ending", ["json", "json.xz"])
def test_instaloaders_sidecar_is_read_for_each_photo_of_its_carousel(
    save: Save,
    folder: Path,
    write: Write,
    told: Told,
    sessions: Sessions,
    config: Config,
    ending: str,
) -> None:
    base = "2024-01-02_03-04-05_UTC"
    before = "2024-01-02_03-04-04_UTC.jpg"
    save(f"{base}_1.jpg", 1)
    save(f"{base}_2.jpg", 2)
    save(before, 3)
    write(f"{base}.{ending}", instaloader(__typename="GraphSidecar"))
    (folder / f"{base}.txt").write_text("my butterfly rash")
    (folder / f"{base}_3.mp4").write_bytes(b"a film")
    result = told()
    assert (result.rows, result.matched, result.unreadable) == (1, 1, ())
    assert result.files_without_row == (before,)
    other, first, second = (photo for _, photo in sorted(photos(sessions).items()))
    assert first.post_url == second.post_url == POST
    assert first.author_key == author_key(config, "anna.b")
    assert (first.caption, first.collected_on) == ("my butterfly rash, with @…", date(2024, 1, 2))
    assert (other.post_url, other.author_key, other.caption) == (None, None, None)
    with reading(sessions) as session:
        rejected = set(session.scalars(select(RejectedFile.name)))
    assert rejected == {f"{base}_3.mp4"}
    database = b"".join(path.read_bytes() for path in config.instance.glob("malar.sqlite*"))
    assert b"anna" not in database.lower()


def test_gallery_dls_sidecar_is_read_for_its_own_file(
    save: Save, write: Write, told: Told, sessions: Sessions, config: Config
) -> None:
    for number in (1, 2):
        save(f"2345678901234_{number}.jpg", number)
        write(f"2345678901234_{number}.jpg.json", GALLERY | {"num": number})
    assert told().matched == 2
    for photo in photos(sessions).values():
        assert photo.post_url == "https://www.instagram.com/p/XYZ/"
        assert photo.author_key == author_key(config, "anna.b")
        assert (photo.caption, photo.collected_on) == ("rash", date(2024, 1, 2))


FORMS: dict[str, dict[str, Any]] = {
    "the app's own structure": {
        "node": {
            "iphone_struct": {
                "code": "ABC-1_x",
                "user": {"username": "anna.b"},
                "caption": {"text": "rash"},
                "taken_at": MOMENT,
            }
        },
        "instaloader": {"node_type": "Post"},
    },
    "a caption as text": instaloader(edge_media_to_caption={"edges": []}, caption="rash"),
    "no caption, no name": {
        "node": {"shortcode": "ABC-1_x", "caption": None, "owner": {"id": "1"}}
    },
    "an address that names the author": GALLERY
    | {"post_url": "https://www.instagram.com/anna.b/p/ABC-1_x/", "post_shortcode": "ABC-1_x"},
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_post_is_read_in_all_the_forms_it_is_written_in(
    save: Save, write: Write, told: Told, sessions: Sessions, content: dict[str, Any]
) -> None:
    save("a.jpg", 1)
    write("a.json", content)
    assert told().matched == 1
    assert posts(sessions) == {"a.jpg": POST}


@pytest.mark.parametrize("day", ["1970-01-01 00:00:00", "0001-01-01 00:00:00", "", None, 0])
def test_a_date_that_stands_for_none_is_none(
    save: Save, write: Write, told: Told, sessions: Sessions, day: object
) -> None:
    save("a.jpg", 1)
    write("a.jpg.json", GALLERY | {"post_date": day, "date": day})
    assert told().matched == 1
    assert photos(sessions)["a.jpg"].collected_on is None


def test_a_storys_address_is_not_kept_since_it_names_its_author(
    save: Save, write: Write, told: Told, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    story = "https://www.instagram.com/stories/anna.b/"
    write("a.jpg.json", GALLERY | {"post_url": story})
    write("b.json.xz", instaloader() | {"instaloader": {"node_type": "StoryItem"}})
    assert told().matched == 2
    assert set(posts(sessions).values()) == {None}


DEEP = b'{"node": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
HOSTILE: dict[str, tuple[str, object, str]] = {
    "not JSON": ("a.json", b"{nothing", "not JSON"),
    "empty": ("a.json", b"", "not JSON"),
    "not UTF-8": ("a.json", b'{"node": "\xff\xfe"}', "not JSON"),
    "a list": ("a.json", [NODE], "not a JSON object"),
    "nested": ("a.json", DEEP, "nested too deeply"),
    "a long number": ("a.json", b'{"node": ' + b"9" * 9999 + b"}", "not JSON"),
    "large": ("a.json", b" " * 5_000_000, "too large"),
    "a bomb": ("a.json.xz", lzma.compress(bytes(300_000_000), preset=1), "too large"),
    "a hungry archive": (
        "a.json.xz",
        lzma.compress(b"{}", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 256 << 20}]),
        "cannot be unpacked",
    ),
    "cut short": (
        "a.json.xz",
        lzma.compress(json.dumps(instaloader()).encode())[:-20],
        "cut short",
    ),
    "no archive": ("a.json.xz", b"{nothing packed at all}", "cannot be unpacked"),
    "a list for an object": ("a.json", instaloader(owner=["anna"]), "owner"),
    "an object for a text": ("a.json", instaloader(shortcode={"a": 1}), "shortcode"),
    "a text for a list": ("a.json", instaloader(edge_media_to_caption={"edges": "x"}), "edges"),
    "lists of lists": ("a.json", instaloader(edge_media_to_caption={"edges": [["x"]]}), "caption"),
    "a path as code": ("a.json", instaloader(shortcode="../../x"), "short code"),
    "a far moment": ("a.json", instaloader(taken_at_timestamp=1e300), "date"),
    "no moment": ("a.json", instaloader(taken_at_timestamp=float("nan")), "date"),
    "no date": ("a.jpg.json", GALLERY | {"post_date": "yesterday"}, "date"),
    "a script": ("a.jpg.json", GALLERY | {"post_url": "javascript:alert(1)"}, "http"),
    "a file": ("a.jpg.json", GALLERY | {"post_url": "file:///etc/passwd"}, "http"),
    "no host": ("a.jpg.json", GALLERY | {"post_url": "https:///p/x"}, "http"),
    "a broken address": ("a.jpg.json", GALLERY | {"post_url": "https://[x/p"}, "http"),
    "a NUL": ("a.jpg.json", GALLERY | {"description": "a\0b"}, "control"),
    "half a character": ("a.jpg.json", GALLERY | {"username": "\ud800"}, "control"),
    "a profile": ("a.json", {"node": NODE, "instaloader": {"node_type": "Profile"}}, "Profile"),
    "nothing": ("a.json", {"node": {}}, "nothing about a post"),
}


@pytest.mark.parametrize(("name", "content", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_broken_sidecar_costs_itself_alone(
    save: Save, write: Write, told: Told, sessions: Sessions, name: str, content: object, why: str
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    write(name, content)
    write("b.json", instaloader())
    result = told()
    [unreadable] = result.unreadable
    assert unreadable.file == name
    assert why in unreadable.reason
    assert (result.rows, result.matched, result.files_without_row) == (2, 1, ("a.jpg",))
    assert posts(sessions) == {"a.jpg": None, "b.jpg": POST}


def test_a_pipe_in_a_sidecars_place_is_not_read(
    save: Save, folder: Path, import_all: Callable[..., ImportResult]
) -> None:
    save("a.jpg", 1)
    os.mkfifo(folder / "a.json")
    result = import_all(sidecars=True)
    assert [(one.name, one.reason) for one in result.rejected_files] == [
        ("a.json", "not a regular file")
    ]


def test_a_sidecar_belongs_to_no_photo_but_its_own(
    save: Save, write: Write, told: Told, sessions: Sessions
) -> None:
    for seed, name in enumerate(("IMG.jpg", "IMG_1.jpg", "one_1.jpg", "two_1.jpg", "two_3.jpg")):
        save(name, seed)
    write("IMG.json", instaloader())
    write("one.json", instaloader(__typename="GraphImage"))
    write("two.json", instaloader(edge_sidecar_to_children={"edges": [{}, {}]}))
    write("film.json.xz", instaloader(__typename="GraphVideo"))
    result = told()
    found = {name for name, post in posts(sessions).items() if post}
    assert found == {"IMG.jpg", "two_1.jpg"}
    assert {row.file for row in result.unmatched} == {"one.json", "film.json.xz"}


def test_a_sidecar_in_another_folder_is_another_photos(
    save: Save, folder: Path, write: Write, told: Told, sessions: Sessions
) -> None:
    save("x/a.jpg", 1)
    save("y/a.jpg", 2)
    write("x/a.json", instaloader())
    told()
    assert posts(sessions) == {"x/a.jpg": POST, "y/a.jpg": None}


def test_a_closer_sidecar_wins_and_equally_close_ones_must_agree(
    save: Save, write: Write, told: Told, sessions: Sessions
) -> None:
    save("a_1.jpg", 1)
    save("b.jpg", 2)
    save("c.jpg", 3)
    write("a_1.jpg.json", GALLERY)
    write("a.json", instaloader())
    for name in ("b", "c"):
        write(f"{name}.json", instaloader())
    write("b.json.xz", instaloader(shortcode="OTHER"))
    write("c.json.xz", instaloader())
    result = told()
    assert posts(sessions) == {
        "a_1.jpg": "https://www.instagram.com/p/XYZ/",
        "b.jpg": None,
        "c.jpg": POST,
    }
    assert {row.file for row in result.unreadable} == {"b.json", "b.json.xz"}


def test_importing_again_with_sidecars_fills_in_photos_already_there(
    save: Save,
    write: Write,
    import_all: Callable[..., ImportResult],
    told: Told,
    sessions: Sessions,
) -> None:
    save("a.jpg", 1)
    import_all()
    write("a.json", instaloader())
    assert told().filled == 1
    assert posts(sessions) == {"a.jpg": POST}
    assert told().filled == 0


def test_no_more_of_a_sidecar_is_unpacked_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecars, "MAX_BYTES", 1000)
    assert len(sidecars._unpacked(lzma.compress(bytes(10_000)))) == 1001
