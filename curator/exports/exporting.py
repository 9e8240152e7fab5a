"""Makes an export: assigns splits, cuts images, and puts the folder in place whole or not at all."""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import ExportImpossible, ExportLacks, InputInvalid
from curator.base.events import Action, record
from curator.base.messages import translatable
from curator.base.models import Export, ExportMember, Photo, SplitAssignment
from curator.base.pixels import DECODE_ERRORS, load, png
from curator.base.store import Store
from curator.base.workers import spread
from curator.copies.search import finish_search
from curator.exports.datasheet import write_croissant, write_datasheet
from curator.exports.eligible import EligiblePhoto, eligible_photos
from curator.exports.manifest import (
    CLASSES,
    Example,
    Settings,
    dataset_facts,
    short_ids,
    write_manifest,
)
from curator.exports.splits import SPLITS, Member, assign, crossing
from curator.ratings.attributes import EVIDENCE, further_attributes
from curator.ratings.regions import format_fractions
from faces.cutting import cut_region
from faces.regions import Region

Progress = Callable[[int, int], None]
MISSING = {
    ("negative",): translatable("no negative photo"),
    ("positive",): translatable("no positive photo"),
    ("negative", "positive"): translatable("no negative and no positive photo"),
}


@dataclass(frozen=True)
class ExportResult:
    path: Path
    content_hash: str
    counts: dict[str, Any]
    left_out: dict[str, int]
    warnings: tuple[ExportLacks, ...]


@dataclass(frozen=True)
class _Place:
    """A photo with its split and fold."""

    photo: EligiblePhoto
    split: str
    fold: int


@dataclass(frozen=True)
class _Plan:
    places: tuple[_Place, ...]
    left_out: dict[str, int]


@dataclass(frozen=True)
class _Cut:
    """A worker's task: cut one region into a file."""

    photo: Path
    region: Region
    target: Path
    settings: Settings


@dataclass(frozen=True)
class _Written:
    width_px: int
    height_px: int
    sha256: str


def export_dataset(
    sessions: Sessions,
    config: Config,
    settings: Settings,
    *,
    out: Path | None = None,
    actor: str,
    progress: Progress = lambda _done, _total: None,
) -> ExportResult:
    """Export all photos with a consensus and a region.

    Transactions: those of an unfinished search for copies, one that assigns splits, and one that
    records the finished export. A kill between the last two leaves no folder, only assignments
    that the next export reuses.

    Raises:
        ExportImpossible: there is nothing to export, or the target exists.
        InputInvalid: a setting is invalid.
    """
    _check(settings, out)
    finish_search(sessions, config)  # an undetected copy could cross splits
    plan = plan_export(sessions, settings, actor=actor)
    folder = config.instance / "exports" if out is None else out.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    writing = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
    try:
        examples = _write_images(writing, plan, config, settings, progress)
        facts = dataset_facts(settings, examples, plan.left_out)
        write_manifest(writing, facts, examples)
        write_croissant(writing, facts)
        write_datasheet(writing, facts, examples)
        path = _put_in_place(writing, out or folder / facts["name"], facts)
    finally:
        shutil.rmtree(writing, ignore_errors=True)  # already renamed on success
    record_export(sessions, path, settings, facts, plan, actor=actor)
    _point_latest(config.instance / "exports" / "latest", path)
    return ExportResult(
        path, facts["content_hash"], facts["counts"], plan.left_out, _warnings(facts["counts"])
    )


def plan_export(sessions: Sessions, settings: Settings, *, actor: str) -> _Plan:
    """Assign every photo a split and a fold, keeping this scheme's earlier assignments."""
    with sessions.begin() as session:
        found = eligible_photos(session, settings.min_evidence)
        stored = _stored_assignments(session, settings.scheme)
        fixed = {photo: SPLITS.index(row.split) for photo, row in stored.items()}
        fixed_folds = {photo: row.fold for photo, row in stored.items()}
        members = [_member(one) for one in found.ready]
        across = crossing(members, fixed)
        staying = [member for member in members if member.id not in across]
        across |= crossing(staying, fixed_folds)
        staying = [member for member in members if member.id not in across]
        reasons = Counter(found.left_out.values())
        reasons.update({"group_crosses_splits": len(across)} if across else {})
        _refuse_empty(found.ready, across, reasons)
        shares = [ratio / 100 for ratio in settings.ratios]
        splits = assign(staying, shares, fixed, settings.seed)
        folds = assign(staying, [1 / settings.folds] * settings.folds, fixed_folds, settings.seed)
        places = tuple(
            _Place(one, SPLITS[splits[one.pixel_sha256]], folds[one.pixel_sha256])
            for one in found.ready
            if one.pixel_sha256 not in across
        )
        new = [place for place in places if place.photo.pixel_sha256 not in stored]
        _store_assignments(session, settings.scheme, new, actor)
        return _Plan(places, dict(sorted(reasons.items())))


def record_export(
    sessions: Sessions,
    path: Path,
    settings: Settings,
    facts: dict[str, Any],
    plan: _Plan,
    *,
    actor: str,
) -> None:
    with sessions.begin() as session:
        export = Export(
            name=facts["name"],
            path=str(path),
            content_hash=facts["content_hash"],
            parameters=settings.as_manifest(),
            counts=facts["counts"],
            left_out=plan.left_out,
            created_by=actor,
        )
        session.add(export)
        session.flush()
        session.add_all(
            ExportMember(export_id=export.id, photo_id=place.photo.photo_id)
            for place in plan.places
        )
        after = {"name": export.name, "photos": len(plan.places)}
        record(session, actor, Action.EXPORT_MADE, "export", export.id, after=after)


def _check(settings: Settings, out: Path | None) -> None:
    train = settings.ratios[0]
    if sum(settings.ratios) != 100 or min(settings.ratios) < 0 or train == 0:
        raise InputInvalid("The ratios are three percentages that add up to 100, like 70,15,15.")
    if settings.folds < 2:
        raise InputInvalid("Give at least 2 folds.")
    if settings.crop not in ("mask", "box"):
        raise InputInvalid("The crop is mask or box.")
    if settings.min_evidence not in EVIDENCE.codes:
        raise InputInvalid("The evidence is one of %(allowed)s.", allowed=", ".join(EVIDENCE.codes))
    if out is not None and out.exists():
        raise ExportImpossible(
            "%(folder)s exists: choose a new folder, nothing is overwritten.", folder=out
        )


def _member(one: EligiblePhoto) -> Member:
    return Member(one.pixel_sha256, one.group, one.stratum)


def _refuse_empty(ready: Sequence[EligiblePhoto], across: set[str], reasons: Counter[str]) -> None:
    labels = {one.consensus.label for one in ready if one.pixel_sha256 not in across}
    missing = tuple(label for label in CLASSES if label not in labels)
    if missing:
        kept_out = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        raise ExportImpossible(
            "There is %(missing)s to export (left out: %(kept_out)s). "
            "Rate photos and draw their regions first; `flask curator status` shows what is missing.",
            missing=MISSING[missing],
            kept_out=kept_out or translatable("none"),
        )


def _stored_assignments(session: Session, scheme: str) -> dict[str, SplitAssignment]:
    rows = session.execute(
        select(Photo.pixel_sha256, SplitAssignment)
        .join(Photo, Photo.id == SplitAssignment.photo_id)
        .where(SplitAssignment.scheme == scheme)
    )
    return {row.pixel_sha256: row.SplitAssignment for row in rows}


def _store_assignments(session: Session, scheme: str, places: Sequence[_Place], actor: str) -> None:
    session.add_all(
        SplitAssignment(
            scheme=scheme, photo_id=place.photo.photo_id, split=place.split, fold=place.fold
        )
        for place in places
    )
    if places:
        after = {"scheme": scheme, "photos": len(places)}
        record(session, actor, Action.SPLITS_ASSIGNED, "scheme", None, after=after)


def _write_images(
    folder: Path, plan: _Plan, config: Config, settings: Settings, progress: Progress
) -> list[Example]:
    ids = short_ids([place.photo.pixel_sha256 for place in plan.places])
    files = [
        f"{place.split}/{place.photo.consensus.label}/{ids[place.photo.pixel_sha256]}.png"
        for place in plan.places
    ]
    for split in SPLITS:
        for label in CLASSES:
            (folder / split / label).mkdir(parents=True)
    cuts = _cuts(folder, plan, files, config, settings)
    examples = []
    written = spread(_cut, cuts, config.worker_count)
    for place, file, image in zip(plan.places, files, written, strict=True):
        examples.append(_example(place, ids[place.photo.pixel_sha256], file, image))
        progress(len(examples), len(files))
    return sorted(examples, key=lambda example: example.id)


def _cuts(
    folder: Path, plan: _Plan, files: Sequence[str], config: Config, settings: Settings
) -> Iterator[_Cut]:
    store = Store(config.instance)
    for place, file in zip(plan.places, files, strict=True):
        one = place.photo
        photo = store.photo(one.file_sha256, one.format)
        yield _Cut(photo, one.consensus.region, folder / file, settings)


def _cut(cut: _Cut) -> _Written:
    try:
        photo = load(cut.photo)
    except DECODE_ERRORS as error:
        raise ExportImpossible(
            "The stored photo %(name)s cannot be read any more: restore the instance's "
            "photos folder from a backup, or exclude this photo.",
            name=cut.photo.name,
        ) from error
    image = cut_region(
        photo,
        cut.region,
        mask=cut.settings.crop == "mask",
        fill_rgb=(cut.settings.fill_grey,) * 3,
        max_side_px=cut.settings.max_side_px,
    )
    content = png(image)
    cut.target.write_bytes(content)
    return _Written(image.width, image.height, hashlib.sha256(content).hexdigest())


def _example(place: _Place, short_id: str, file: str, image: _Written) -> Example:
    one = place.photo
    return Example(
        id=short_id,
        file=file,
        split=place.split,
        fold=place.fold,
        label=one.consensus.label,
        sex=one.consensus.values["sex"],
        evidence=one.consensus.values["evidence"],
        raters=one.consensus.raters,
        group=one.group,
        source=one.source,
        width_px=image.width_px,
        height_px=image.height_px,
        region=format_fractions(one.consensus.region),
        sha256=image.sha256,
        pixel_sha256=one.pixel_sha256,
        phash=one.phash,
        further={a.code: one.consensus.values[a.code] for a in further_attributes()},
    )


def _put_in_place(writing: Path, target: Path, facts: dict[str, Any]) -> Path:
    """Rename the finished folder; an identical export that exists already is reused."""
    if target.exists():
        existing = json.loads((target / "dataset.json").read_text(encoding="utf-8"))
        if existing.get("content_hash") != facts["content_hash"]:
            raise ExportImpossible(
                "%(folder)s exists with other content: choose another folder.", folder=target
            )
        return target.resolve()
    writing.chmod(0o700)
    writing.rename(target)
    return target.resolve()


def _point_latest(link: Path, path: Path) -> None:
    link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = link.with_name(".latest-new")
    new.unlink(missing_ok=True)
    new.symlink_to(path, target_is_directory=True)
    new.replace(link)


def _warnings(counts: dict[str, Any]) -> tuple[ExportLacks, ...]:
    return tuple(
        ExportLacks(
            "The %(split)s split has no %(label)s photo: its scores will be undefined.",
            split=split,
            label=label,
        )
        for split in SPLITS
        for label in CLASSES
        if not counts[split][label]
    )
