"""Plants persons in a study of drawn faces, erases them, and searches every byte and picture for them."""

import argparse
import io
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import select

from benchmarks.instances import made_instance
from copies.exam.edits import KINDS, STRENGTHS, Task, edited
from copies.fingerprints import Fingerprint, fingerprint
from curator.base.chain import breaks
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.keys import chain_key
from curator.base.models.exports import SplitAssignment
from curator.base.models.photos import FileName, Photo
from curator.base.privacy import keep_private
from curator.copies.traces import Traces, Veil, trace_of
from curator.custody.erasable import Request
from curator.custody.erasing import erase, plan_erasure
from curator.custody.examination import examine
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.importing import import_folders
from curator.photos.person_codes import SimilarCodes
from curator.photos.previews import preview_bytes
from curator.ratings.assessments import Assessment
from curator.ratings.entries import Entry, rate_entries
from curator.ratings.saving import save_rating
from demo.faces import draw_photo
from demo.person import person_of
from tests.curator.drawing import REGION

SIDE_PX, SHOTS, STAYING = 400, 2, 0.5  # of the persons erased, so many others stay
SMALLEST_PX = 64  # a picture in which a photo could be recognised


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("persons", type=int, nargs="?", default=100)
    parser.add_argument(
        "--edits", type=int, default=100, help="copies of erased photos to bring back"
    )
    asked = parser.parse_args()
    keep_private()
    with made_instance("ana") as (config, sessions), tempfile.TemporaryDirectory() as made:
        people = round(asked.persons * (1 + STAYING))
        files = draw(Path(made) / "photos", people)
        study(sessions, config, Path(made) / "photos", files)
        leaving = [file for file in files if int(file.stem[1:4]) <= asked.persons]
        marks, shown = marks_of(sessions, leaving), [fingerprint(opened(file)) for file in leaving]
        before, found = assignments(sessions), look(config, marks, shown)
        print(f"{people} persons with {SHOTS} photos each, {asked.persons} of them to be erased")
        print(f"before: {found[0]} files with {len(marks)} marks, {found[1]} pictures of them")
        started = time.perf_counter()
        gone = [erased(sessions, config, f"P{number:03}") for number in range(1, asked.persons + 1)]
        took = time.perf_counter() - started
        sessions.kw["bind"].dispose()
        sessions = open_sessions(config)
        found = look(config, marks, shown)
        print(f"after: {found[0]} files with a mark, {found[1]} pictures of them")
        erased_ids = {photo for photos in gone for photo in photos}
        kept = {key: place for key, place in before.items() if key[1] not in erased_ids}
        print(f"split and fold of the {len(kept)} others kept: {assignments(sessions) == kept}")
        with reading(sessions) as session:
            print(f"breaks of the chain: {len([*breaks(session, chain_key(config))])}")
        found_wrong = examine(config).findings
        print(f"findings of the examination: {len(found_wrong)}", *found_wrong)
        print(f"one erasure took {took / asked.persons:.1f} s")
        come_back(sessions, config, Path(made), leaving, asked.edits)


def draw(folder: Path, people: int) -> list[Path]:
    folder.mkdir()
    files = []
    for number in range(1, people + 1):
        for shot in range(SHOTS):
            photo = draw_photo(person_of(17, number), 17, shot).image
            photo.thumbnail((SIDE_PX, SIDE_PX))
            files.append(folder / f"p{number:03}-surname{number:03}-{shot}.jpg")
            photo.save(files[-1], quality=92)
    return files


def study(sessions: Sessions, config: Config, folder: Path, files: list[Path]) -> None:
    """Import, rate, export, and look at every photo."""
    import_folders(sessions, config, [folder], source="#rash", actor="ana")
    with reading(sessions) as session:
        photos = session.execute(
            select(Photo.id, Photo.original_name, Photo.file_sha256, Photo.format)
        ).all()
    for row in photos:
        label = ("positive", "negative")[row.id % 2]
        said = Assessment(label, {"sex": "female"}, REGION)
        save_rating(sessions, row.id, "ana", said, expected_version=0)
        preview_bytes(config, row.file_sha256, row.format, 320)
    entries = [
        Entry(line, file.name, person=f"P{file.stem[1:4]}") for line, file in enumerate(files, 1)
    ]
    rate_entries(sessions, entries, "ana", config=config, similar_codes=SimilarCodes.APART)
    export_dataset(sessions, config, Settings(), actor="ana")


def erased(sessions: Sessions, config: Config, code: str) -> tuple[int, ...]:
    request = Request("person", code)
    photos = plan_erasure(sessions, config, request).photos
    return erase(sessions, config, request, confirmed=photos, actor="ana").photos


def marks_of(sessions: Sessions, files: list[Path]) -> set[bytes]:
    """Return names, hashes and codes by which the persons could be found."""
    names = [file.name for file in files]
    with reading(sessions) as session:
        rows = session.scalars(
            select(Photo)
            .join(FileName, FileName.photo_id == Photo.id)
            .where(FileName.name.in_(names))
        ).all()
        texts = {text for row in rows for text in (row.file_sha256, row.pixel_sha256[:16])}
    return {text.encode() for text in {*names, *texts}}


def look(config: Config, marks: set[bytes], shown: list[Fingerprint]) -> tuple[int, int]:
    """Count the files of an instance with a mark in them, and the pictures that show one of the photos."""
    veil = Veil.of(b"a search")
    traces = Traces([trace_of(one, veil) for one in shown], veil)
    named = pictured = 0
    for path in sorted(config.instance.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes() + str(path.relative_to(config.instance)).encode()
            named += any(mark in content for mark in marks)
            pictured += any(traces.nearest(fingerprint(one)) is not None for one in pictures(path))
    return named, pictured


def pictures(path: Path) -> Iterator[Image.Image]:
    try:
        picture = opened(path)
    except OSError:
        return
    if min(picture.size) >= SMALLEST_PX:
        yield picture


def opened(path: Path) -> Image.Image:
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        return picture.convert("RGB")


def assignments(sessions: Sessions) -> dict[tuple[str, int], tuple[str, int]]:
    with reading(sessions) as session:
        rows = session.scalars(select(SplitAssignment)).all()
        return {(row.scheme, row.photo_id): (row.split, row.fold) for row in rows}


def come_back(
    sessions: Sessions, config: Config, made: Path, leaving: list[Path], edits: int
) -> None:
    """Bring erased photos back, as they were and edited, and photos of persons whom nobody erased."""
    back, strange = made / "back", made / "strange"
    back.mkdir()
    strange.mkdir()
    rng = np.random.default_rng(3)
    kinds = [(name, kind) for name, kind in KINDS.items() if not any(kind.joins)]
    names: dict[str, str] = {}
    for number in range(edits):
        (name, kind), strength = kinds[number % len(kinds)], number // len(kinds) % len(STRENGTHS)
        photo = opened(leaving[int(rng.integers(len(leaving)))])
        names[f"{number}.jpg"] = name
        edited(Task(photo, strength, rng), kind).save(back / f"{number}.jpg", quality=90)
    for file in leaving:
        (back / f"same-{file.name}").write_bytes(file.read_bytes())
    for number in range(1, edits + 1):
        photo = draw_photo(person_of(18, number), 18, 0).image
        photo.thumbnail((SIDE_PX, SIDE_PX))
        photo.save(strange / f"{number}.jpg", quality=92)
    refused = refused_of(sessions, config, back)
    same = sum(name.startswith("same-") for name in refused)
    print(f"brought back as they were: {same} of {len(leaving)} refused")
    counts: defaultdict[str, list[bool]] = defaultdict(list)
    for name, kind_name in names.items():
        counts[kind_name].append(name in refused)
    told = ", ".join(f"{name} {sum(each)}/{len(each)}" for name, each in counts.items())
    print(f"brought back edited: {len([*refused]) - same} of {edits} refused ({told})")
    print(f"other persons: {len(refused_of(sessions, config, strange))} of {edits} refused")


def refused_of(sessions: Sessions, config: Config, folder: Path) -> list[str]:
    done = import_folders(sessions, config, [folder], actor="ana")
    return [one.name for one in done.rejected_files if "erased" in one.reason]


if __name__ == "__main__":
    main()
