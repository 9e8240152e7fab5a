"""Folders are listed whole: what cannot be had is named with its reason, what is nobody's photo is counted."""

import os
import socket
from pathlib import Path

import pytest

from faces.listing import Listing, is_ignored_path, list_files, readable


def touched(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def names(listing: Listing) -> list[str]:
    return [file.name for file in listing.files]


def reasons(listing: Listing) -> dict[str, str]:
    return {one.file.name: one.refusal.message for one in listing.refused}


def test_files_are_listed_below_all_folders_in_the_order_of_their_paths(tmp_path: Path) -> None:
    touched(tmp_path, "b.JPG", "a/z.heic", "a/b/y", "a.png", "B/x.jpg")
    assert names(list_files([tmp_path])) == ["B/x.jpg", "a/b/y", "a/z.heic", "a.png", "b.JPG"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"caf\xe9.jpg", "café.jpg"),
        (b"Jos\xe9/f\xfcr \x80.jpg", "José/für €.jpg"),
        ("café".encode() + b"/\xe9t\xe9.jpg", "café/été.jpg"),
        (b"\x81\xff.jpg", "\\x81ÿ.jpg"),
        (b"\xed\xa0\x80.jpg", "í\xa0€.jpg"),
        ("日本.jpg".encode(), "日本.jpg"),
        ("日本.jpg".encode("shift_jis"), "“ú\u2013{.jpg"),
    ],
)
def test_a_name_that_is_not_utf8_becomes_text(tmp_path: Path, raw: bytes, shown: str) -> None:
    path = tmp_path / os.fsdecode(raw)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    [file] = list_files([tmp_path]).files
    assert file.name == readable(os.fsdecode(raw)) == shown
    assert file.name.encode()
    assert file.path.is_file()


def test_links_to_folders_and_to_nowhere_are_named_and_never_followed(tmp_path: Path) -> None:
    touched(tmp_path, "photos/a.jpg", "elsewhere/b.jpg")
    photos = tmp_path / "photos"
    (photos / "elsewhere").symlink_to(tmp_path / "elsewhere")
    (photos / "loop").symlink_to(photos)
    (photos / "self").symlink_to(photos / "self")
    (photos / "gone.jpg").symlink_to(tmp_path / "none.jpg")
    (photos / "link.jpg").symlink_to(photos / "a.jpg")
    listing = list_files([photos])
    assert names(listing) == ["a.jpg", "link.jpg"]
    not_followed = "a link to a folder, not followed: give that folder itself"
    assert reasons(listing) == {
        "elsewhere": not_followed,
        "gone.jpg": "a link that leads nowhere",
        "loop": not_followed,
        "self": "a link that leads nowhere",
    }
    assert names(list_files([photos / "elsewhere"])) == ["b.jpg"]


def test_what_is_neither_file_nor_folder_is_named_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's address is short
    os.mkfifo("pipe.jpg")
    Path("device.jpg").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        listing = list_files([tmp_path])
    assert reasons(listing) == dict.fromkeys(
        ("device.jpg", "pipe.jpg", "socket.jpg"), "not a regular file"
    )


def test_a_folder_that_cannot_be_read_is_named_and_the_others_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched(tmp_path, "a/1.jpg", "locked/2.jpg", "z/3.jpg")
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    listing = list_files([tmp_path])
    assert names(listing) == ["a/1.jpg", "z/3.jpg"]
    assert reasons(listing) == {"locked": "unreadable: Permission denied"}
    assert reasons(list_files([tmp_path / "locked"])) == {"locked": "unreadable: Permission denied"}


IGNORED = (
    *(".DS_Store", "._a.jpg", ".thumbs/a.jpg", "x/.picasaoriginals/a.jpg", ".AppleDouble/a.jpg"),
    *("@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", "x/@eaDir/b.jpg", "__MACOSX/x/a.jpg"),
    *("#recycle/a.jpg", "Thumbs.db", "x/desktop.ini", "Lightroom Previews.lrdata/1/a.jpg"),
    "My.photoslibrary/resources/derivatives/a.jpg",
    *("My.photoslibrary/database/b", "Old.photolibrary/Thumbnails/a.jpg"),
)
TAKEN = (
    *("My.photoslibrary/originals/1/a.heic", "Old.photolibrary/Masters/2019/a.jpg"),
    *("Takeout/Google Photos/derivatives/a.jpg", "resources/a.jpg", "eaDir/a.jpg", "masters/a.jpg"),
)


def test_other_programs_files_are_ignored_and_counted(tmp_path: Path) -> None:
    touched(tmp_path, *IGNORED, *TAKEN)
    listing = list_files([tmp_path])
    assert sorted(names(listing)) == sorted(TAKEN)
    assert (listing.ignored, listing.refused) == (len(IGNORED), [])
    assert all(map(is_ignored_path, IGNORED))
    assert not any(map(is_ignored_path, TAKEN))


def test_a_library_given_itself_and_a_shells_star_follow_the_same_rule(tmp_path: Path) -> None:
    touched(tmp_path, *IGNORED, *TAKEN, ".mine/a.jpg")
    library = list_files([tmp_path / "My.photoslibrary"])
    assert (names(library), library.ignored) == (["originals/1/a.heic"], 2)
    given = list_files([tmp_path / "@eaDir", tmp_path / "Thumbs.db", tmp_path / ".mine"])
    assert (names(given), given.ignored) == (["a.jpg"], 2)
