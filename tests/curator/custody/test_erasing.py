"""Erasing: nothing is left of erased photos anywhere, they do not come back, and all else stays as it was."""

import io
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageOps
from sqlalchemy import select

from copies.fingerprints import fingerprint
from curator.base.chain import breaks
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import ErasureUnconfirmed, NotFound
from curator.base.keys import chain_key
from curator.base.models.exports import SplitAssignment
from curator.base.models.photos import FileName, Photo
from curator.base.reach import Scope, reach_of
from curator.base.store import Store
from curator.copies.traces import Traces, Veil, trace_of
from curator.custody.certificates import Certificate
from curator.custody.erasable import Request
from curator.custody.erasing import erase, lift_erasure, plan_erasure
from curator.custody.examination import examine
from curator.pairs.persons import join_person
from curator.photos.importing import import_folders


@pytest.fixture
def study(worked_in: Path, tmp_path: Path) -> Config:
    """A copy of an instance with rows in nearly every table, an export, a run and cached pictures."""
    instance = tmp_path / "instance"
    shutil.copytree(worked_in, instance, symlinks=True)
    return Config(instance=instance, workers=1)


def forget(config: Config, kind: str, value: str) -> Certificate:
    sessions, request = open_sessions(config), Request(kind, value)
    found = plan_erasure(sessions, config, request)
    done = erase(sessions, config, request, confirmed=found.photos, actor="ana")
    sessions.kw["bind"].dispose()
    return done


def marks_of(sessions: Sessions, photos: tuple[int, ...]) -> set[bytes]:
    """Return what must not be found anywhere once photos are erased."""
    with reading(sessions) as session:
        rows = session.scalars(select(Photo).where(Photo.id.in_(photos))).all()
        names = session.scalars(select(FileName.name).where(FileName.photo_id.in_(photos)))
        texts = {*names}
        for row in rows:
            texts |= {row.file_sha256, row.pixel_sha256, row.pixel_sha256[:16]}
            texts |= {row.post_url or "", row.author_key or ""}
    return {text.encode() for text in texts if text}


def found_in(instance: Path, marks: set[bytes]) -> list[str]:
    return [
        f"{path.relative_to(instance)}: {mark!r}"
        for path in sorted(instance.rglob("*"))
        if path.is_file()
        for mark in marks
        if mark in path.read_bytes() or mark.decode() in path.name
    ]


def pictures(instance: Path) -> Iterator[tuple[Path, Image.Image]]:
    for path in sorted(instance.rglob("*")):
        if path.is_file() and not path.is_symlink():
            try:
                with Image.open(io.BytesIO(path.read_bytes())) as picture:
                    yield path, picture.convert("RGB")
            except OSError:
                continue


def test_nothing_is_left_of_a_person(study: Config) -> None:
    sessions = open_sessions(study)
    asked = f"#{exported(sessions)}"
    found = plan_erasure(sessions, study, Request("person", asked))
    marks = marks_of(sessions, found.photos)
    assert found_in(study.instance, marks)  # the search finds what is there
    certificate = forget(study, "person", asked)
    assert certificate.photos == found.photos
    assert (certificate.left, certificate.tasks[:1]) == ((), ("http://ls.example.org: 3/2",))
    assert found_in(study.instance, marks) == []
    with reading(open_sessions(study)) as session:
        assert [*breaks(session, chain_key(study))] == []
    assert examine(study).findings == ()


def test_no_picture_shows_an_erased_photo(study: Config, pool: list[Path]) -> None:
    sessions = open_sessions(study)
    asked = Request("person", f"#{exported(sessions)}")
    [photo, *_] = plan_erasure(sessions, study, asked).photos
    with reading(sessions) as session:
        row = session.get_one(Photo, photo)
        path = Store(study.instance).photo(row.file_sha256, row.format)
    with Image.open(path) as picture:
        erased = picture.convert("RGB")
    assert alike(study.instance, erased)  # the comparison finds what is there
    forget(study, asked.kind, asked.value)
    assert alike(study.instance, erased) == []


def test_all_other_photos_keep_split_and_fold(study: Config) -> None:
    sessions = open_sessions(study)
    asked = Request("person", f"#{exported(sessions)}")
    gone = plan_erasure(sessions, study, asked).photos
    before = {key: value for key, value in assignments(study).items() if key[1] not in gone}
    assert before
    forget(study, asked.kind, asked.value)
    assert assignments(study) == before


def test_what_was_erased_does_not_come_back(
    study: Config, pool: list[Path], tmp_path: Path
) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with reading(sessions) as session:
        name = session.get_one(Photo, photo).original_name
    [original] = [path for path in pool if path.name == name]
    forget(study, "photo", str(photo))
    back = tmp_path / "back"
    back.mkdir()
    shutil.copy(original, back / "another-name.jpg")
    with Image.open(original) as picture:
        picture.save(back / "pixels.png")
        picture.save(back / "small.jpg", quality=60)
        ImageOps.mirror(picture).save(back / "mirrored.jpg", quality=80)
        picture.crop((8, 8, picture.width - 8, picture.height - 8)).save(back / "crop.jpg")
        ImageEnhance.Brightness(picture).enhance(1.2).save(back / "bright.jpg")
    for path in pool:
        shutil.copy(path, back / f"known-{path.name}") if path != original else None
    result = import_folders(open_sessions(study), study, [back], actor="ana")
    refused = {one.name: one.reason for one in result.rejected_files}
    assert {
        "another-name.jpg",
        "pixels.png",
        "small.jpg",
        "mirrored.jpg",
        "crop.jpg",
    } <= refused.keys()
    assert "bright.jpg" in refused
    assert {why for why in refused.values() if "erased on request" not in why} == set()
    assert found_in(study.instance, {b"another-name.jpg", b"mirrored.jpg"}) == []
    lift_erasure(open_sessions(study), 1, actor="ana")
    again = import_folders(open_sessions(study), study, [back], actor="ana")
    assert "another-name.jpg" not in {one.name for one in again.rejected_files}


def test_one_photo_alone_leaves_its_person_joined(study: Config) -> None:
    """Photos that show one person by way of the erased one stay in one group."""
    sessions = open_sessions(study)
    with reading(sessions) as session:
        free = session.scalars(
            select(Photo.id).where(Photo.person_id.is_(None), Photo.copy_of_id.is_(None))
        ).all()
    one, middle, other = apart(sessions, free)
    for pair in ((one, middle), (middle, other)):
        join_person(sessions, *pair, confirmed=free, actor="ana")
    forget(study, "photo", str(middle))
    with reading(open_sessions(study)) as session:
        assert {one, other} <= {*reach_of(session, [one], Scope.PERSON)}


def test_other_photos_than_those_confirmed_are_not_erased(study: Config) -> None:
    sessions = open_sessions(study)
    photo = exported(sessions)
    with pytest.raises(ErasureUnconfirmed):
        erase(sessions, study, Request("photo", str(photo)), confirmed=[photo + 1], actor="ana")
    with reading(sessions) as session:
        assert session.get(Photo, photo)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("photo", "999999"),
        ("photo", "x"),
        ("person", "Nobody"),
        ("author", "nobody"),
        ("post", "https://example.org/none"),
        ("person", "#0"),
    ],
)
def test_what_is_not_there_is_one_clear_line(study: Config, kind: str, value: str) -> None:
    with pytest.raises(NotFound, match=re.escape(value)):
        plan_erasure(open_sessions(study), study, Request(kind, value))


def test_authors_and_posts_are_found_as_they_are_typed(study: Config) -> None:
    sessions = open_sessions(study)
    with reading(sessions) as session:
        photo = session.scalars(select(Photo).where(Photo.post_url.is_not(None))).first()
        assert photo
        number = str(photo.post_url).rsplit("/", 1)[-1]
        of_post = {*session.scalars(select(Photo.id).filter_by(post_url=photo.post_url))}
        of_author = {*session.scalars(select(Photo.id).filter_by(author_key=photo.author_key))}
    post = plan_erasure(sessions, study, Request("post", f"HTTPS://WWW.example.org/{number}/"))
    author = plan_erasure(sessions, study, Request("author", f" @Someone{number} "))
    assert {*post.asked} == of_post
    assert {*author.asked} == of_author


def exported(sessions: Sessions) -> int:
    """Return a photo that an export holds."""
    with reading(sessions) as session:
        return session.scalars(select(SplitAssignment.photo_id)).first() or 0


def assignments(config: Config) -> dict[tuple[str, int], tuple[str, int]]:
    with reading(open_sessions(config)) as session:
        rows = session.scalars(select(SplitAssignment)).all()
        return {(row.scheme, row.photo_id): (row.split, row.fold) for row in rows}


def apart(sessions: Sessions, photos: Sequence[int]) -> list[int]:
    """Return three photos that nothing joins."""
    chosen: list[int] = []
    with reading(sessions) as session:
        for photo in photos:
            if not {*reach_of(session, [photo], Scope.PERSON)} & {*chosen}:
                chosen.append(photo)
    return chosen[:3]


def alike(instance: Path, erased: Image.Image) -> list[str]:
    """Return the pictures of an instance that show a photo, by the places that they share."""
    veil = Veil.of(b"a test")
    traces = Traces([trace_of(fingerprint(erased), veil)], veil)
    return [
        str(path.relative_to(instance))
        for path, picture in pictures(instance)
        if min(picture.size) >= 64 and traces.nearest(fingerprint(picture)) is not None
    ]
