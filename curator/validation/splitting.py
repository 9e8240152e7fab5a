"""Leak-free export: what belongs together stays together, and the same data gives the same export."""

import csv
import hashlib
import io
import json
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.models.photos import FileName, Photo
from curator.custody.backing_up import back_up
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.exports.splits import SPLITS
from curator.validation.collection import add_persons, collection_of
from curator.validation.results import require
from curator.validation.scratch import ACTOR, Scratch

RATIOS = (50, 25, 25)
IN_THE_HASH = ("classes", "crop", "split", "min_evidence", "attributes")
Rows = list[dict[str, str]]


def groups_stay_together(scratch: Scratch) -> str:
    collection = collection_of(scratch)
    seed = secrets.randbelow(10**6) + 10  # one by which nothing was assigned before
    rows, places = _rows(_export(scratch.sessions, scratch.config, seed)), {}
    with reading(scratch.sessions) as session:
        ids = {
            row.pixel_sha256: row.id
            for row in session.execute(select(Photo.pixel_sha256, Photo.id))
        }
    for row in rows:
        places[ids[row["pixel_sha256"]]] = (row["split"], row["fold"])
    for group in collection.groups:
        split = {places[photo] for photo in group if photo in places}
        told = f"Photos {', '.join(map(str, sorted(group)))} show one person"
        require(len(split) == 1, f"{told} and are in {len(split)} splits or folds.")
    decided = [photo for photo in collection.copies[0] if photo in places]
    require(len(decided) == 1, f"Of a photo and its copy {len(decided)} were exported.")
    filled = {row["split"] for row in rows}
    require(filled == {*SPLITS}, f"Only {', '.join(sorted(filled))} have photos.")
    return (
        f"{len(rows)} photos of {len(collection.persons)} persons with 2 copies exported: every person in one "
        "split and one fold"
    )


def same_seed_gives_same_export(scratch: Scratch) -> str:
    collection_of(scratch)
    target, seed = scratch.folder / "backup-seed", secrets.randbelow(10**6) + 10
    back_up(scratch.sessions, scratch.config, target, actor=ACTOR)  # before the seed was ever used
    with scratch.restored(target) as restored:
        sessions = open_sessions(restored)
        try:
            there = _files(_export(sessions, restored, seed))
        finally:
            sessions.kw["bind"].dispose()
    here = _files(_export(scratch.sessions, scratch.config, seed))
    wrong = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    require(not wrong, f"Two exports of the same data and seed differ in {', '.join(wrong[:5])}.")
    return f"seed {seed} in the scratch instance and in a restored copy of it: {len(here)} files, equal to the byte"


def hashes_fit(scratch: Scratch) -> str:
    collection_of(scratch)
    folder = _export(scratch.sessions, scratch.config, 1)
    facts, table = (
        json.loads((folder / "dataset.json").read_bytes()),
        (folder / "examples.csv").read_bytes(),
    )
    head = json.dumps(
        {k: facts[k] for k in IN_THE_HASH if k in facts}, sort_keys=True, separators=(",", ":")
    )
    content = hashlib.sha256(f"{head}\n".encode() + table).hexdigest()
    require(content == facts["content_hash"], "The content hash is not that of settings and table.")
    rows = _rows(folder)
    for row in rows:
        digest = hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest()
        require(digest == row["sha256"], f"{row['file']} has another hash than the table says.")
    pictures = list(folder.rglob("*.png"))
    require(len(pictures) == len(rows) > 0, f"{len(pictures)} pictures, {len(rows)} rows.")
    return (
        f"the content hash and the SHA-256 of {len(rows)} pictures, computed anew: all as written"
    )


def growth_moves_nothing(scratch: Scratch) -> str:
    collection_of(scratch)
    before = {row["id"]: (row["split"], row["fold"]) for row in _exported(scratch)}
    add_persons(scratch, 3)
    after = {row["id"]: (row["split"], row["fold"]) for row in _exported(scratch)}
    moved = [one for one, place in before.items() if after.get(one) != place]
    require(
        not moved, f"{len(moved)} of {len(before)} photos moved or left once others were added."
    )
    require(len(after) > len(before), "The added photos were not exported.")
    return f"{len(after) - len(before)} photos added: none of the {len(before)} earlier ones moved"


def exports_name_nobody(scratch: Scratch) -> str:
    collection_of(scratch)
    folder = _export(scratch.sessions, scratch.config, 1)
    with reading(scratch.sessions) as session:
        names = [*session.scalars(select(FileName.name))]
    raters = [scratch.people[key].name for key in ("first", "second")]
    marks = [mark.encode() for mark in (*names, *raters)]
    found = [
        f"{path.relative_to(folder)} ({mark.decode()})"
        for path in sorted(folder.rglob("*"))
        for mark in marks
        if path.is_file() and (mark in path.read_bytes() or mark.decode() in path.name)
    ]
    require(not found, f"An export names whom it must not: {', '.join(found[:3])}.")
    return f"no rater, note or file name ({len(marks)} words) in any of {len(_files(folder))} files of an export"


def _export(sessions: Sessions, config: Config, seed: int) -> Path:
    settings = Settings(
        ratios=RATIOS,
        seed=seed,
        fill_grey=config.export_fill_grey,
        max_side_px=config.export_max_side_px,
    )
    return export_dataset(sessions, config, settings, actor=ACTOR).path


def _exported(scratch: Scratch) -> Rows:
    return _rows(_export(scratch.sessions, scratch.config, 1))


def _rows(folder: Path) -> Rows:
    return [*csv.DictReader(io.StringIO((folder / "examples.csv").read_text()))]


def _files(folder: Path) -> dict[str, Any]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
