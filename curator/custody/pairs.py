"""Examines the evidence of pairs: each is compared again, as the search for copies did."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from copies.comparison import Match
from copies.fingerprints import RECIPE, SIDE_PX, Fingerprint
from copies.hashes import PLAIN, distance_bits
from copies.keypoints import shared_places
from curator.base.config import Config
from curator.base.errors import DecodingFailed
from curator.base.store import Store
from curator.base.workers import bounds, processes_for, spread
from curator.copies.candidates import LEAST_SHARED
from curator.copies.files import Comparing, compare_files
from curator.custody.findings import Finding, Kind, row_name
from curator.custody.records import DAMAGE, UNSEEN, Cells, Reader, Records, table_named
from faces.photos import DECODE_ERRORS


class Pair(NamedTuple):
    """A pair of photos that look alike: its evidence, and its photos' files."""

    id: int
    cells: Cells
    photos: tuple[int, int]
    files: tuple[Path, Path]


def check_evidence(
    reader: Reader, records: Records, config: Config, sound: set[int], only: frozenset[str] | None
) -> Iterator[Finding]:
    """Compare again the photos of each pair whose files are sound."""
    pairs = [
        pair
        for pair in _pairs(records, Store(config.instance), sound)
        if only is None or row_name("duplicate_pair", {"id": pair.id}) in only
    ]
    matches = spread(
        compare_again,
        [(pair.files, bool(pair.cells["mirrored"])) for pair in pairs],
        processes_for(config, len(pairs)),
        bounds(config),
        _not_compared,
    )
    prints = _fingerprints(reader, {photo for pair in pairs for photo in pair.photos})
    for pair, match in zip(pairs, matches, strict=True):
        if match is not None:
            yield from _compared(pair, match)
        if all(photo in prints for photo in pair.photos):
            yield from _counted(pair, *(prints[photo] for photo in pair.photos))


def compare_again(task: tuple[tuple[Path, Path], bool]) -> Match | None:
    (first, second), mirrored = task
    try:
        return compare_files(Comparing(first, ((second, mirrored),)))[0]
    except DECODE_ERRORS:
        return None


def _not_compared(_task: Any, _failed: DecodingFailed) -> Match | None:
    return None


def _pairs(records: Records, store: Store, sound: set[int]) -> Iterator[Pair]:
    photos, kept = records.by_id("photo"), records.by_id("photo_pair")
    for number, cells in records.by_id("duplicate_pair").items():
        pair = kept.get(number)
        if pair is None or UNSEEN in (*cells.values(), *pair.values()):
            continue
        ids = pair["photo_a_id"], pair["photo_b_id"]
        if set(ids) <= sound:
            first, second = (
                store.photo(photos[one]["file_sha256"], photos[one]["format"]) for one in ids
            )
            yield Pair(number, cells, ids, (first, second))


def _compared(pair: Pair, match: Match) -> Iterator[Finding]:
    laid = json.loads(json.dumps(asdict(match.alignment))) if match.alignment else None
    stored = pair.cells["alignment"]
    if isinstance(stored, dict) and laid and stored.keys() < laid.keys():
        return  # compared by an older version
    wanted = {"score": match.score, "verified": match.is_verified, "alignment": laid}
    differing = [column for column, value in wanted.items() if pair.cells[column] != value]
    if (pair.cells["found_by"] == "pixels") != match.is_same:
        differing.append("found_by")
    if differing:
        yield _wrong(pair, f"{', '.join(differing)}: not what comparing its photos gives.")


def _counted(pair: Pair, first: Fingerprint, second: Fingerprint) -> Iterator[Finding]:
    """Check what the fingerprints gave: whichever of both was new when the pair was found."""
    both = (first, second), (second, first)
    distances = {
        int(distance_bits(b.hashes[:PLAIN, None], a.hashes[None, :]).min()) for a, b in both
    }
    if pair.cells["distance_bits"] not in distances:
        yield _wrong(pair, f"distance_bits is {pair.cells['distance_bits']}, not {min(distances)}.")
    by_keypoints = pair.cells["found_by"] == "keypoints"
    if by_keypoints != (pair.cells["keypoints"] is not None):
        yield _wrong(pair, "keypoints contradicts found_by.")
    elif by_keypoints:
        mirrored = pair.cells["mirrored"]
        frame = (SIDE_PX, SIDE_PX)
        shared = {
            int(
                shared_places(
                    b.keypoints, a.mirrored if mirrored else a.keypoints, frame, LEAST_SHARED
                )
            )
            for a, b in both
        }
        if pair.cells["keypoints"] not in shared:
            yield _wrong(pair, f"keypoints is {pair.cells['keypoints']}, not {min(shared)}.")


def _wrong(pair: Pair, says: str) -> Finding:
    return Finding(Kind.DERIVED_WRONG, row_name("duplicate_pair", {"id": pair.id}), says)


def _fingerprints(reader: Reader, photos: set[int]) -> dict[int, Fingerprint]:
    table = table_named("fingerprint")
    found: dict[int, Fingerprint] = {}
    try:
        for cells in reader.rows(table, list(table.columns)):
            if (
                cells["photo_id"] in photos
                and cells["recipe"] == RECIPE
                and UNSEEN not in cells.values()
            ):
                found[cells["photo_id"]] = Fingerprint.from_row(
                    cells["hashes"], cells["keypoints"], cells["content_share"]
                )
    except DAMAGE:
        pass  # told where all tables are read
    return found
