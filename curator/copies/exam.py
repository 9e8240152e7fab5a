"""Plants copies of the collection's own photos in memory, and counts what the search makes of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from copies.comparison import Match, compare
from copies.exam.edits import KINDS, STRENGTHS, Task, edited
from copies.fingerprints import Fingerprint, fingerprint
from copies.views import PHOTO_PX, picture
from curator.base.components import connected
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import DecodingFailed, InputInvalid
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo
from curator.base.pixels import load_reduced
from curator.base.store import Store
from curator.base.workers import COMMANDS, bounds, spread
from curator.copies.candidates import (
    BLOCK,
    Candidate,
    blocks,
    candidates_of,
    open_indexes,
    read_collection,
    should_be_seen,
)
from curator.copies.files import Row, picture_of_file
from faces.scaling import shrunk

EDITED_PX = 1080  # longest side of what social networks show
LEAST_PHOTOS = 4  # for a collage


@dataclass(frozen=True)
class Planted:
    """A copy to make: of the first photo, and of the others where its kind joins them.

    `number` is negative, so that no photo has it for an id.
    """

    number: int
    kind: str
    strength: int
    photos: tuple[int, ...]
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Answer:
    """What the search makes of one planted copy.

    photos, shown, decided: how many photos it shows, and as copies of how many it is shown, or
    verified. untrue_shown, untrue_decided: of how many others.
    """

    kind: str
    strength: str
    photos: int
    shown: int
    decided: int
    untrue_shown: int
    untrue_decided: int


@dataclass(frozen=True)
class _Comparing:
    planted: Planted
    others: tuple[tuple[Path, bool], ...]


def sit_exam(sessions: Sessions, config: Config, each: int, seed: int = 1) -> list[Answer]:
    """Plant `each` copies of every kind and strength; nothing is stored.

    Raises:
        InputInvalid: the collection has too few photos, or some that no search has seen.
    """
    with reading(sessions) as session:
        files = _files(session, config)
        planted = list(_planted(files, each, seed))
        found = _candidates(session, config, planted)
        copies = _known_copies(session)
    tasks = [
        _Comparing(one, tuple((files[c.second], c.mirrored) for c in found[one.number]))
        for one in planted
    ]
    compared = spread(
        compare_planted, tasks, config.worker_count, bounds(config), _no_matches, COMMANDS
    )
    return [
        _answer(one, zip(found[one.number], matches, strict=True), copies)
        for one, matches in zip(planted, compared, strict=True)
    ]


def plant(planted: Planted) -> Row | None:
    """Return the fingerprint of a planted copy: a task of workers."""
    return fingerprint(_copy(planted)).to_row()


def compare_planted(task: _Comparing) -> list[Match]:
    """Compare a planted copy with photo files, each mirrored or not: a task of workers."""
    if not task.others:
        return []
    copy = picture(shrunk(_copy(task.planted), PHOTO_PX))
    return [
        compare(copy, picture_of_file(path, is_mirrored), mirrored=is_mirrored)
        for path, is_mirrored in task.others
    ]


def _copy(planted: Planted) -> Image.Image:
    rng = np.random.default_rng(-planted.number)
    return edited_copy(planted.files, planted.kind, planted.strength, rng)


def edited_copy(
    files: Sequence[Path], kind: str, strength: int, rng: np.random.Generator
) -> Image.Image:
    """Return a copy of the first photo, beside the others where its kind joins them."""
    photos = [load_reduced(path, EDITED_PX).convert("RGB") for path in files]
    for photo in photos:
        photo.thumbnail((EDITED_PX, EDITED_PX))
    return edited(Task(photos[0], strength, rng, photos[1:]), KINDS[kind])


def _planted(files: Mapping[int, Path], each: int, seed: int) -> Iterator[Planted]:
    rng = np.random.default_rng(seed)
    number = -seed * 1_000_000
    for name, kind in KINDS.items():
        for strength in range(len(STRENGTHS)):
            for _ in range(each):
                number -= 1
                count = 1 + kind.joins[strength]
                photos = tuple(rng.choice(list(files), count, replace=False).tolist())
                chosen = tuple(files[photo] for photo in photos)
                yield Planted(number, name, strength, photos, chosen)


def _files(session: Session, config: Config) -> dict[int, Path]:
    store = Store(config.instance)
    rows = session.execute(select(Photo.id, Photo.file_sha256, Photo.format).order_by(Photo.id))
    files = {row.id: store.photo(row.file_sha256, row.format) for row in rows}
    if len(files) < LEAST_PHOTOS:
        raise InputInvalid("The exam needs %(count)s photos or more.", count=LEAST_PHOTOS)
    return files


def _candidates(
    session: Session, config: Config, planted: Sequence[Planted]
) -> dict[int, list[Candidate]]:
    if session.scalar(select(Photo.id).where(~Photo.pairs_sought).limit(1)) is not None:
        raise InputInvalid("Some photos were never compared: run `dedup` first.")
    collection = read_collection(session)
    processes = config.worker_count
    rows = spread(plant, planted, processes, bounds(config), _no_row, COMMANDS)
    sought = {
        one.number: Fingerprint.from_row(*row)
        for one, row in zip(planted, rows, strict=True)
        if row
    }
    indexes = open_indexes(session, config, collection)
    found = defaultdict(list)
    for numbers in blocks(list(sought), BLOCK):
        part = {number: sought[number] for number in numbers}
        for each in candidates_of(session, collection, indexes, part, config.dedup_radius_bits):
            found[each.first].append(each)
    return found


def _known_copies(session: Session) -> dict[int, int]:
    """Map the photos that are copies of each other, decided or verified, to one of them."""
    rows = session.execute(
        select(DuplicatePair.photo_a_id, DuplicatePair.photo_b_id).where(
            or_(
                DuplicatePair.decision == "copy",
                DuplicatePair.decision.is_(None) & DuplicatePair.verified,
            )
        )
    ).all()
    links = [(first, second) for first, second in rows]
    return connected({photo for link in links for photo in link}, links)


def _answer(
    planted: Planted, compared: Iterable[tuple[Candidate, Match]], copies: Mapping[int, int]
) -> Answer:
    true = {copies.get(photo, photo) for photo in planted.photos}
    shown: set[int] = set()
    decided: set[int] = set()
    for candidate, match in compared:
        photo = copies.get(candidate.second, candidate.second)
        if should_be_seen(candidate, match):
            shown.add(photo)
        if match.is_verified:
            decided.add(photo)
    if len(decided) > 1 and len(planted.photos) > 1:
        decided.clear()  # a collage: curator.pairs.collages leaves it to a human
    return Answer(
        planted.kind,
        STRENGTHS[planted.strength],
        len(true),
        len(shown & true),
        len(decided & true),
        len(shown - true),
        len(decided - true),
    )


def _no_row(_planted: Planted, _failed: DecodingFailed) -> Row | None:
    return None


def _no_matches(task: _Comparing, _failed: DecodingFailed) -> list[Match]:
    return [Match()] * len(task.others)
