"""Examines each photo's file: its bytes, and what its row, fingerprint and checks say of them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from copies.fingerprints import RECIPE as FINGERPRINTS
from curator.base.config import Config
from curator.base.errors import DecodingFailed, PhotoRejected
from curator.base.pixels import Limits, whole_pixel_sha256
from curator.base.progress import Progress
from curator.base.store import Store
from curator.base.workers import bounds, processes_for, spread
from curator.custody.findings import Finding, Kind, SetCells
from curator.custody.records import DAMAGE, UNSEEN, Cells, Reader, Records, table_named
from curator.photos.checks import RECIPE as CHECKS
from curator.photos.incoming import limits
from curator.photos.inspecting import Inspected, inspect_file
from faces.formats import BY_CODE
from faces.photos import DECODE_ERRORS

READ_AT_ONCE = 1 << 20
# What import takes from a file's pixels into tables of bytes: recipe, and columns.
MEASURED = {
    "fingerprint": (FINGERPRINTS, ("hashes", "keypoints", "content_share")),
    "photo_check": (CHECKS, ("measures", "look", "grids")),
}
FACTS = ("width_px", "height_px", "size_bytes", "format", "phash")
COLOURS = ("colour_source", "colour_space", "colour_doubt")
MOST_BY_LIBRARY = (
    0.5  # of photos: if more are measured otherwise, it is another library, not damage
)


@dataclass(frozen=True)
class Task:
    """A photo's file, and the digests that its row has."""

    id: int
    path: Path
    file_sha256: str
    pixel_digests: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What a photo's file is: its digest, empty if it is missing; and what import would take from it."""

    id: int
    file_sha256: str = ""
    why: str = ""
    facts: Inspected | None = None
    pixel_sha256: str = ""


def check_photos(
    reader: Reader,
    records: Records,
    config: Config,
    progress: Progress,
    only: frozenset[str] | None,
) -> Iterator[Finding]:
    """Read every photo's file and compare it with its rows."""
    store = Store(config.instance)
    tasks = [
        Task(
            cells["id"],
            store.photo(cells["file_sha256"], cells["format"]),
            cells["file_sha256"],
            tuple(
                d
                for d in (cells["pixel_sha256"], cells["earlier_pixel_sha256"])
                if isinstance(d, str)
            ),
        )
        for cells in records.each("photo")
        if _is_findable(cells) and (only is None or _is_among(cells["id"], only))
    ]
    seen = spread(
        partial(look_at, limits=limits(config)),
        tasks,
        processes_for(config, len(tasks)),
        bounds(config),
        _too_much,
    )
    measured = _measured(reader)
    photos = records.by_id("photo")
    odd: list[Finding] = []
    readable = 0
    for done, one in enumerate(seen, 1):
        yield from _compared(photos[one.id], one)
        if one.facts:
            readable += 1
            odd += _measured_otherwise(one.id, one.facts, measured)
        progress(done, len(tasks))
    if (
        only is not None
        or readable < 2
        or len({f.about for f in odd}) <= MOST_BY_LIBRARY * readable
    ):
        yield from odd


def _is_findable(cells: Cells) -> bool:
    names = ("id", "file_sha256", "format")
    return all(cells[name] is not UNSEEN for name in names) and cells["format"] in BY_CODE


def _is_among(photo: int, only: frozenset[str]) -> bool:
    return bool(only & {f"photo {photo}", *(f"{table} {photo}" for table in MEASURED)})


def look_at(task: Task, limits: Limits) -> Seen:
    """Read a photo's file; decode it only if it is the one that was imported."""
    try:
        digest = _file_sha256(task.path)
    except FileNotFoundError:
        return Seen(task.id)
    except OSError as error:
        return Seen(task.id, why=str(error.strerror or error))
    if digest != task.file_sha256:
        return Seen(task.id, digest)
    facts = inspect_file(task.path, limits, is_stored=True)
    if isinstance(facts, PhotoRejected):
        return Seen(task.id, digest, why=facts.message)
    pixels = facts.pixel_sha256
    if pixels not in task.pixel_digests:
        try:
            whole = whole_pixel_sha256(task.path)
        except DECODE_ERRORS:
            whole = ""
        pixels = whole if whole in task.pixel_digests else pixels
    return Seen(task.id, digest, facts=facts, pixel_sha256=pixels)


def _too_much(task: Task, failed: DecodingFailed) -> Seen:
    return Seen(task.id, task.file_sha256, why=failed.message)


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(READ_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def _compared(cells: Cells, seen: Seen) -> Iterator[Finding]:
    about = f"photo {cells['id']}"
    name = f"photos/{cells['file_sha256'][:2]}/{cells['file_sha256']}.{BY_CODE[cells['format']].endings[0]}"
    if not seen.file_sha256:
        said = f"cannot be read: {seen.why}" if seen.why else "is missing"
        yield Finding(Kind.PHOTO_MISSING, about, f"Its file {name} {said}.")
    elif seen.file_sha256 != cells["file_sha256"]:
        yield Finding(
            Kind.PHOTO_CHANGED, about, f"Its file {name} has another SHA-256 than at import."
        )
    elif seen.facts is None:
        yield Finding(Kind.PHOTO_UNREADABLE, about, f"Its file {name} is {seen.why}.")
    else:
        yield from _differing(cells, seen, seen.facts)


def _differing(cells: Cells, seen: Seen, facts: Inspected) -> Iterator[Finding]:
    wanted: dict[str, Any] = {name: getattr(facts, name) for name in FACTS}
    wanted["pixel_sha256"] = seen.pixel_sha256
    if seen.pixel_sha256 == cells["earlier_pixel_sha256"]:
        wanted["pixel_sha256"] = cells[
            "pixel_sha256"
        ]  # reread, and kept: another photo has the same now
    if any(cells[name] for name in COLOURS):  # else imported before they were recorded
        colours = (facts.colours.source, facts.colours.space, facts.colours.doubt)
        wanted |= dict(zip(COLOURS, colours, strict=True))
    differing = {c: v for c, v in wanted.items() if cells[c] is not UNSEEN and cells[c] != v}
    # Pixels that read otherwise in all ways are another way of reading: `reread` is for that.
    reads_otherwise = {"pixel_sha256", "phash"} <= differing.keys()
    for column, value in differing.items():
        before = {column: cells[column]}
        mend = SetCells("photo", {"id": cells["id"]}, before, {column: value})
        yield Finding(
            Kind.PHOTO_DIFFERS,
            f"photo {cells['id']}",
            f"{column} is {cells[column]}; by its file it is {value}.",
            None if reads_otherwise else mend,
        )


Measured = Mapping[str, Mapping[int, Cells]]


def _measured(reader: Reader) -> dict[str, dict[int, Cells]]:
    """Return digests of what is stored of photos in tables of bytes, by table and photo."""
    found: dict[str, dict[int, Cells]] = {}
    for name in MEASURED:
        table = table_named(name)
        rows = found[name] = {}
        try:
            for cells in reader.rows(table, list(table.columns)):
                rows[cells["photo_id"]] = {
                    column: _digest(value) if column in MEASURED[name][1] else value
                    for column, value in cells.items()
                }
        except DAMAGE:
            continue  # told where all tables are read
    return found


def _digest(value: Any) -> Any:
    return hashlib.sha256(value).digest() if isinstance(value, bytes) else value


def _measured_otherwise(photo: int, facts: Inspected, measured: Measured) -> Iterator[Finding]:
    now = {
        "fingerprint": (facts.hashes, facts.keypoints, facts.content_share),
        "photo_check": facts.checks,
    }
    for table, (recipe, columns) in MEASURED.items():
        cells = measured[table].get(photo)
        if cells is None:
            continue  # not taken yet: made when needed
        wanted = dict(zip(columns, now[table], strict=True))
        differing = [
            c for c in columns if cells[c] is not UNSEEN and cells[c] != _digest(wanted[c])
        ]
        if cells["recipe"] != recipe:  # by older code, and made anew when needed; or it is not
            differing, wanted = ([] if differing else ["recipe"]), {"recipe": recipe}
        if differing:
            yield Finding(
                Kind.DERIVED_WRONG,
                f"{table} {photo}",
                f"{', '.join(differing)}: not what is measured of the photo now.",
                SetCells(table, {"photo_id": photo}, {}, {c: wanted[c] for c in differing}),
            )
