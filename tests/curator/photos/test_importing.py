"""Importing: every file is accounted for, nothing is imported twice, a killed import completes."""

import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from sqlalchemy import func, select

from curator.base.config import Config
from curator.base.csv_table import posts_by_file
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import InputInvalid, NotFound, PhotoRejected
from curator.base.models.events import Event
from curator.base.models.photos import Batch, Photo, RejectedFile
from curator.base.pixels import Limits
from curator.base.store import Store
from curator.photos.importing import ImportResult, import_upload, open_batch
from curator.photos.incoming import limits
from curator.photos.inspecting import Inspected, inspect, inspect_file
from curator.photos.previews import preview_bytes, redness_bytes
from tests.curator.databases import environment_of
from tests.curator.drawing import draw

Save = Callable[..., Path]
ImportAll = Callable[..., ImportResult]


def photos(sessions: Sessions) -> list[Photo]:
    with reading(sessions) as session:
        return list(session.scalars(select(Photo).order_by(Photo.id)))


def test_every_file_is_accounted_for(
    save: Save, folder: Path, import_all: ImportAll, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    save("b.png", 2)
    save("deep/er/c.webp", 3)
    shutil.copy(folder / "b.png", folder / "renamed.png")
    save("resaved.png", 2, compress_level=1)
    (folder / "words.jpg").write_text("no photo")
    (folder / "empty.jpg").touch()
    save(".hidden.jpg", 4)
    save(".thumbs/x.jpg", 5)
    result = import_all(source="#butterflyrash")
    assert (result.seen, result.added, result.already_there) == (9, 3, 2)
    assert (result.rejected, result.ignored) == (2, 2)
    assert {one.name: one.reason for one in result.rejected_files} == {
        "empty.jpg": "empty file",
        "words.jpg": "not a photo: no known image data in it",
    }
    assert {photo.source for photo in photos(sessions)} == {"#butterflyrash"}
    with reading(sessions) as session:
        batch = session.get_one(Batch, result.batch)
        assert (batch.seen, batch.added, batch.already_there) == (9, 3, 2)
        assert (batch.rejected, batch.ignored) == (2, 2)
        assert session.scalar(select(func.count(RejectedFile.id))) == 2


def test_importing_again_renamed_or_resaved_adds_nothing(
    save: Save, folder: Path, import_all: ImportAll
) -> None:
    save("a.png", 1)
    save("b.jpg", 2)
    assert import_all().added == 2
    assert import_all().added == 0
    (folder / "a.png").rename(folder / "z.png")
    Image.open(folder / "b.jpg").save(folder / "b.png")
    again = import_all()
    assert (again.seen, again.added, again.already_there) == (3, 0, 3)


def test_extremely_narrow_photos_are_imported(
    save: Save, folder: Path, import_all: ImportAll
) -> None:
    save("a.jpg", 1)
    draw(2, (16_000, 96)).save(folder / "strip.png")
    draw(3, (96, 20_000)).save(folder / "tower.jpg")
    result = import_all()
    assert (result.added, result.rejected) == (3, 0)


def test_photos_that_differ_in_single_pixels_are_both_kept(
    folder: Path, import_all: ImportAll, sessions: Sessions
) -> None:
    photo = draw(1, (1200, 900))
    photo.putpixel((1, 0), (255, 0, 0))
    photo.save(folder / "a.png")
    red, other = photo.getpixel((1, 0)), photo.getpixel((0, 0))
    assert red != other
    photo.putpixel((0, 0), red)  # type: ignore[arg-type]
    photo.putpixel((1, 0), other)  # type: ignore[arg-type]  # equal once reduced
    photo.save(folder / "b.png")
    first = import_all()
    assert (first.added, first.already_there) == (2, 0)
    again = import_all()
    assert (again.added, again.already_there) == (0, 2)
    assert len({one.pixel_sha256 for one in photos(sessions)}) == 2


def test_a_thumbnail_has_its_size_however_it_is_made(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    draw(1, (1080, 810)).save(folder / "a.jpg")
    import_all()
    [photo] = photos(sessions)
    stored = Store(config.instance).preview(photo.file_sha256, config.thumbnail_px)
    assert Image.open(stored).size == (256, 192)
    stored.unlink()
    for side_px in (256, 640):
        made = preview_bytes(config, photo.file_sha256, photo.format, side_px)
        assert max(Image.open(io.BytesIO(made)).size) == side_px
    large = inspect((folder / "a.jpg").read_bytes(), replace(limits(config), thumbnail_px=640))
    assert large.thumbnail == b""  # decoded too small for it: made when a page shows it


def test_the_stored_file_is_the_original_and_private(
    save: Save, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    path = save("a.jpg", 1)
    import_all()
    [photo] = photos(sessions)
    stored = Store(config.instance).photo(photo.file_sha256, photo.format)
    assert stored.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.instance.stat().st_mode) == 0o700
    assert (photo.width_px, photo.height_px) == (160, 120)


def test_posts_are_stored_with_the_author_as_a_keyed_hash(
    save: Save, tmp_path: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    save("c.jpg", 3)
    table = tmp_path / "posts.csv"
    table.write_text(
        "file,post_url,author,caption,collected_on,collector\n"
        'a.jpg,https://example.org/p/1,@Rosa.M,"with @friend.x, diagnosed",2026-03-01,eva\n'
        "b.jpg,https://example.org/p/2,rosa.m,,,\n"
    )
    import_all(posts=posts_by_file(table), collector="carl")
    a, b, c = photos(sessions)
    assert a.author_key == b.author_key is not None
    assert c.author_key is None
    assert (a.collected_on, a.collector, b.collector) == (date(2026, 3, 1), "eva", "carl")
    assert a.caption == "with @…, diagnosed"
    database = b"".join(
        path.read_bytes() for path in config.instance.glob("malar.sqlite*") if path.is_file()
    )
    assert b"rosa" not in database.lower()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name\nx.jpg\n", "lacks the column file"),
        ("file,pst_url\nx.jpg,u\n", "does not know: pst_url"),
        ("file,collected_on\nx.jpg,1.3.2026\n", "line 2: collected_on"),
        ("file\nx.jpg,extra\n", "line 2: more cells"),
    ],
)
def test_an_invalid_posts_table_is_reported_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "posts.csv").write_text(text)
    with pytest.raises(InputInvalid, match=complaint):
        posts_by_file(tmp_path / "posts.csv")


def test_a_table_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_bytes(b"\xff\xfe\x00file")
    with pytest.raises(InputInvalid, match="not a UTF-8 CSV"):
        posts_by_file(tmp_path / "posts.csv")


def test_a_missing_folder_changes_nothing(
    folder: Path, import_all: ImportAll, sessions: Sessions
) -> None:
    folder.rmdir()
    with pytest.raises(InputInvalid, match="does not exist"):
        import_all()
    with reading(sessions) as session:
        assert session.scalar(select(func.count(Batch.id))) == 0


def test_each_added_photo_is_recorded_as_an_event(
    save: Save, import_all: ImportAll, sessions: Sessions
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    import_all()
    import_all()
    with reading(sessions) as session:
        added = session.scalars(select(Event).where(Event.action == "photo added")).all()
        assert sorted(event.subject_id or 0 for event in added) == [1, 2]
        assert {event.actor for event in added} == {"ana"}


def test_an_upload_is_imported_like_a_file(sessions: Sessions, config: Config, save: Save) -> None:
    content = save("a.jpg", 1).read_bytes()
    batch = open_batch(sessions, source="#x", collector="", actor="ben")
    outcomes = [
        import_upload(sessions, config, batch, "a.jpg", content, actor="ben").result,
        import_upload(sessions, config, batch, "b.jpg", content, actor="ben").result,
        import_upload(sessions, config, batch, "c.jpg", b"junk", actor="ben").result,
    ]
    assert outcomes == ["added", "already_there", "rejected"]
    [photo] = photos(sessions)
    assert (photo.collector, photo.source) == ("ben", "#x")
    with pytest.raises(NotFound):
        import_upload(sessions, config, 99, "a.jpg", content, actor="ben")


@pytest.mark.slow
def test_a_killed_import_run_again_completes(folder: Path, config: Config) -> None:
    count = 150
    for seed in range(count):
        draw(seed, (400, 300)).save(folder / f"{seed}.jpg")
    environment = (
        os.environ
        | environment_of(config)
        | {
            "CURATOR_WORKERS": "1",
            "CURATOR_IMPORT_BATCH": "4",
        }
    )
    command = [sys.executable, "-m", "flask", "curator", "import", str(folder), "--json"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        sessions = open_sessions(config)
        while process.poll() is None and len(photos(sessions)) < 8:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    before = len(photos(sessions))
    assert 8 <= before < count
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["added"] == count - before
    assert result["already_there"] == before
    with reading(sessions) as session:
        assert session.scalar(select(func.count(Photo.id)).where(~Photo.pairs_sought)) == 0
    store = Store(config.instance)
    assert all(store.photo(p.file_sha256, p.format).is_file() for p in photos(sessions))


def test_a_name_that_is_not_utf8_costs_nothing_and_is_found_again(
    save: Save, folder: Path, import_all: ImportAll, sessions: Sessions, tmp_path: Path
) -> None:
    raw = os.fsdecode(b"Jos\xe9/\xe9t\xe9.jpg")
    save("a.jpg", 1)
    (folder / raw).parent.mkdir()
    save("b.jpg", 2).rename(folder / raw)
    (folder / os.fsdecode(b"\xff.txt")).write_text("words")
    table = tmp_path / "posts.csv"
    table.write_text("file,caption\nJosé/été.jpg,by the sea\n")
    result = import_all(posts=posts_by_file(table))
    assert (result.added, result.rejected) == (2, 1)
    assert [one.name for one in result.rejected_files] == ["ÿ.txt"]
    assert result.metadata
    assert result.metadata.matched == 1
    assert [photo.original_name for photo in photos(sessions)] == ["José/été.jpg", "a.jpg"]
    assert photos(sessions)[0].caption == "by the sea"
    again = import_all()
    assert (again.added, again.already_there) == (0, 2)


def test_what_cannot_be_had_is_rejected_with_its_reason_and_the_rest_imported(
    save: Save, folder: Path, import_all: ImportAll, tmp_path: Path
) -> None:
    save("a.jpg", 1)
    save("@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", 2)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "gone.jpg").symlink_to(tmp_path / "none.jpg")
    (folder / "linked").symlink_to(tmp_path)
    result = import_all()
    assert (result.seen, result.added, result.rejected, result.ignored) == (5, 1, 3, 1)
    assert {one.name: one.reason for one in result.rejected_files} == {
        "gone.jpg": "a link that leads nowhere",
        "linked": "a link to a folder, not followed: give that folder itself",
        "pipe.jpg": "not a regular file",
    }


def inspect_and_lose(path: Path, limits: Limits) -> Inspected | PhotoRejected:
    facts = inspect_file(path, limits)
    if path.name == "a.jpg":
        path.unlink()
    return facts


def test_a_file_that_goes_away_while_it_is_imported_stops_no_other(
    save: Save, import_all: ImportAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    monkeypatch.setattr("curator.photos.incoming.inspect_file", inspect_and_lose)
    result = import_all()
    assert (result.added, result.rejected) == (1, 1)
    assert result.rejected_files[0].reason == "not a regular file"


def test_an_avif_is_imported_shown_and_found_again(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    draw(1, (900, 600)).save(folder / "a.avif", quality=90)
    draw(1, (900, 600)).save(folder / "named.jpg", format="AVIF", quality=90)
    draw(2, (900, 600)).save(folder / "scan.jpg", format="TIFF")
    result = import_all()
    assert (result.added, result.already_there, result.rejected) == (1, 1, 1)
    assert result.rejected_files[0].reason == "TIFF is not accepted: save it as JPEG or PNG"
    [photo] = photos(sessions)
    assert (photo.format, photo.colour_source, photo.width_px) == ("AVIF", "nclx", 900)
    assert Store(config.instance).photo(photo.file_sha256, photo.format).suffix == ".avif"
    made = preview_bytes(config, photo.file_sha256, photo.format, 300)
    assert Image.open(io.BytesIO(made)).size == (300, 200)
    assert redness_bytes(config, photo.file_sha256, photo.format, None)[1] == "photo"


def test_a_toned_photo_is_refused_and_one_imported_before_stays(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    grey = draw(1, (900, 600)).convert("L")
    ImageOps.colorize(grey, "#281408", "#fff4d8").save(folder / "sepia.jpg")
    framed = ImageOps.expand(grey.convert("RGB"), 100, "#c02020")
    framed.save(folder / "framed.jpg")
    result = import_all()
    assert [one.reason for one in result.rejected_files] == [
        "no colour: redness cannot be seen in a grey photo"
    ] * 2
    stored = inspect((folder / "sepia.jpg").read_bytes(), limits(config), is_stored=True)
    assert stored.width_px == 900
