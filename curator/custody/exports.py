"""Examines exports: each folder holds what was exported, byte for byte, and `latest` leads to one."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curator.base.config import Config
from curator.base.moving import found_path
from curator.base.reach import WIDE
from curator.custody.findings import Finding, Kind, MoveAway
from curator.custody.inventory import Listing, readable
from curator.custody.records import UNSEEN, Cells, Records
from curator.exports.exporting import LISTING

EXAMPLES = "examples.csv"
Made = Mapping[int, Cells]  # what the log says of each export
DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error)


def check_exports(
    listing: Listing, records: Records, made: Made, config: Config, notes: list[str]
) -> Iterator[Finding]:
    at: dict[Path, list[Cells]] = {}
    for number in sorted(key[0] for key in records.table("export")):
        cells = records.by_id("export")[number]
        if UNSEEN in cells.values():
            continue
        at.setdefault(found_path(config.instance, cells["path"]), []).append(cells)
    for folder, rows in at.items():
        inside = folder.is_relative_to(config.instance.resolve())
        erased = all(cells["erased_at"] for cells in rows)
        if erased and (not folder.exists() or _is_being_erased(records)):
            continue  # it held photos that were erased
        if not folder.is_dir():
            yield from _missing(records, folder, rows, inside, notes)
            continue
        if folder.name != rows[-1]["name"] and inside:
            yield Finding(
                Kind.EXPORT_MISSING, f"export {rows[-1]['id']}",
                f"Its folder is called {folder.name}, not {rows[-1]['name']}.",
            )  # fmt: skip
        for cells in rows:
            yield from _compared(config, folder, cells, records)
        yield from _files(config, folder, rows, made)
    yield from _unrecorded(listing, at, config)
    yield from _latest(config, at)


def _is_being_erased(records: Records) -> bool:
    """Tell whether an erasure has still to remove its files, which is a finding of its own."""
    left = [cells["remaining"] for cells in records.each("erasure")]
    return any(isinstance(one, dict) and "photos" in one for one in left)


def _name(config: Config, path: Path) -> str:
    root = config.instance.resolve()
    return readable(path.relative_to(root)) if path.is_relative_to(root) else readable(path)


def _missing(
    records: Records, folder: Path, rows: list[Cells], inside: bool, notes: list[str]
) -> Iterator[Finding]:
    """Tell of a folder that is gone, but for those that the program itself asks to delete."""
    photos = records.by_id("photo")
    ids = {cells["id"] for cells in rows}
    members = (c["photo_id"] for c in records.each("export_member") if c["export_id"] in ids)
    excluded = any(
        photo in photos
        and (
            photos[photo]["excluded_scope"] in WIDE or photos[photo]["excluded_with_id"] is not None
        )
        for photo in members
    )
    if excluded:
        return
    if not inside:
        notes.append(
            f"The export {rows[-1]['name']} is no longer in {folder}: it may have been handed on."
        )
        return
    for cells in rows:
        says = f"Its folder {cells['path']} is missing."
        yield Finding(Kind.EXPORT_MISSING, f"export {cells['id']}", says)


def _compared(config: Config, folder: Path, cells: Cells, records: Records) -> Iterator[Finding]:
    """Compare a row with the export's own listing."""
    about = f"export {cells['id']}"
    try:
        facts = json.loads((folder / LISTING).read_bytes())
        said = {
            "name": facts["name"],
            "content_hash": facts["content_hash"],
            "counts": facts["counts"],
            "parameters": {name: facts[name] for name in cells["parameters"]},
        }
    except DAMAGE as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        name = _name(config, folder / LISTING)
        yield Finding(Kind.EXPORT_CHANGED, name, f"It cannot be read: {why}.")
        return
    for column, value in said.items():
        if cells[column] != value:
            yield Finding(
                Kind.EXPORT_CHANGED, about,
                f"{column} differs from what {LISTING} in its folder says.",
            )  # fmt: skip
    if "format" not in cells["parameters"]:
        yield from _content(config, folder, cells, records)


def _content(config: Config, folder: Path, cells: Cells, records: Records) -> Iterator[Finding]:
    """Compare the manifest of the trainer's format with the content hash and the photos of the row."""
    path = folder / EXAMPLES
    try:
        content = path.read_bytes()
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        pixels = {row["pixel_sha256"]: row for row in rows}
    except DAMAGE as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        yield Finding(Kind.EXPORT_CHANGED, _name(config, path), f"It cannot be read: {why}.")
        return
    head = json.dumps(cells["parameters"], sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(f"{head}\n".encode() + content).hexdigest() != cells["content_hash"]:
        says = f"It does not give the content hash of export {cells['id']}."
        yield Finding(Kind.EXPORT_CHANGED, _name(config, path), says)
        yield Finding(
            Kind.EXPORT_CHANGED, f"export {cells['id']}", "Its manifest gives another content hash."
        )
        return
    photos = records.by_id("photo")
    members = {
        c["photo_id"] for c in records.each("export_member") if c["export_id"] == cells["id"]
    }
    known: dict[Any, Any] = {}
    for number in members & photos.keys():
        known[photos[number]["pixel_sha256"]] = number
        known[photos[number]["earlier_pixel_sha256"]] = number
    lacking = [digest for digest in pixels if digest not in known]
    if lacking or len(members) != len(pixels):
        yield Finding(
            Kind.LINK_BROKEN, f"export_member of export {cells['id']}",
            f"It has {len(members)} photos, {len(lacking)} of its manifest are not among them.",
        )  # fmt: skip
    yield from _splits(cells, pixels, known, records)


def _splits(
    cells: Cells,
    pixels: Mapping[str, Mapping[str, str]],
    known: Mapping[Any, Any],
    records: Records,
) -> Iterator[Finding]:
    split = cells["parameters"]["split"]
    ratios = "-".join(str(split["ratios"][name]) for name in ("train", "val", "test"))
    scheme = f"{ratios}/{split['folds']}/{split['seed']}"
    for digest, row in pixels.items():
        photo = known.get(digest)
        assigned = records.table("split_assignment").get((scheme, photo))
        about = f"split_assignment scheme={scheme} photo_id={photo}"
        if assigned is None:
            if photo is not None:
                says = f"It is missing; export {cells['id']} has the photo in {row['split']}."
                yield Finding(Kind.LINK_BROKEN, about, says)
        elif (assigned["split"], str(assigned["fold"])) != (row["split"], row["fold"]):
            yield Finding(
                Kind.LINK_BROKEN, about,
                f"It is {assigned['split']}, fold {assigned['fold']}; export {cells['id']} has "
                f"{row['split']}, fold {row['fold']}.",
            )  # fmt: skip


def _files(config: Config, folder: Path, rows: list[Cells], made: Made) -> Iterator[Finding]:
    """Compare each file with the digest that was recorded for it, or that the manifest has."""
    recorded = _recorded(rows, made)
    listed = _listed(folder)
    known = {**listed, **(recorded or {})}
    present = {
        readable(path.relative_to(folder)): path
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() or path.is_symlink()
    }
    for name in sorted(known.keys() - present.keys()):
        yield Finding(Kind.EXPORT_CHANGED, _name(config, folder / name), "It is missing.")
    for name, path in present.items():
        if name not in known:
            if recorded is not None or path.suffix == ".png":
                says = "It does not belong to the export."
                yield Finding(Kind.EXPORT_CHANGED, _name(config, path), says)
            continue
        try:
            found = "" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            yield Finding(
                Kind.EXPORT_CHANGED, _name(config, path), f"It cannot be read: {error.strerror}."
            )
            continue
        if known[name] and found != known[name]:
            yield Finding(
                Kind.EXPORT_CHANGED, _name(config, path), "Its content is not what was exported."
            )


def _recorded(rows: list[Cells], made: Made) -> dict[str, str] | None:
    """Return the digests that the last export into a folder recorded; None if an older version made it."""
    files = made.get(rows[-1]["id"], {}).get("files")
    return files if isinstance(files, dict) else None


def _listed(folder: Path) -> dict[str, str]:
    """Return the digests of pictures that the manifest of the trainer's format has."""
    try:
        rows = csv.DictReader(
            io.StringIO((folder / EXAMPLES).read_text(encoding="utf-8"), newline="")
        )
        return {
            row["file"]: row["sha256"]
            for row in rows
            if row.get("file") and row.get("sha256") and (folder / row["split"]).is_dir()
        }
    except DAMAGE:
        return {}


def _unrecorded(
    listing: Listing, at: Mapping[Path, list[Cells]], config: Config
) -> Iterator[Finding]:
    exports = config.instance.resolve() / "exports"
    for name, entry in listing.below("exports"):
        if "/" in name.removeprefix("exports/") or entry.is_link:
            continue
        if exports / entry.path.name not in at:
            what = "export" if entry.is_folder else "file"
            yield Finding(
                Kind.FILE_UNKNOWN, name, f"No row knows this {what}.", MoveAway(entry.path)
            )


def _latest(config: Config, at: Mapping[Path, list[Cells]]) -> Iterator[Finding]:
    link = config.instance / "exports" / "latest"
    trained = [f for f, rows in at.items() if f.is_dir() and "format" not in rows[-1]["parameters"]]
    if not os.path.lexists(link):
        if trained:
            yield Finding(Kind.LATEST_WRONG, "exports/latest", "The link is missing.")
        return
    if not link.is_symlink():
        yield Finding(Kind.LATEST_WRONG, "exports/latest", "It is no link.")
    elif link.resolve() not in at:
        yield Finding(
            Kind.LATEST_WRONG,
            "exports/latest",
            f"It leads to {readable(link.readlink())}, which is no export.",
        )
