"""Makes an export: assigns splits, cuts images, and puts the folder in place whole or not at all."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import ExportImpossible, ExportLacks, InputInvalid
from curator.base.events import Action, record
from curator.base.models.exports import Export, ExportMember
from curator.base.moving import point, stored_path
from curator.copies.search import finish_search
from curator.exports.datasheet import write_croissant, write_datasheet
from curator.exports.images import Progress, write_images
from curator.exports.manifest import (
    CLASSES,
    Settings,
    dataset_facts,
    write_manifest,
)
from curator.exports.planning import Plan, plan_export
from curator.exports.splits import SPLITS
from curator.ratings.attributes import EVIDENCE


@dataclass(frozen=True)
class ExportResult:
    path: Path
    content_hash: str
    counts: dict[str, Any]
    left_out: dict[str, int]
    warnings: tuple[ExportLacks, ...]


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
    _check_link(config.instance / "exports" / "latest")
    finish_search(sessions, config)  # an undetected copy could cross splits
    plan = plan_export(sessions, settings, actor=actor)
    folder = config.instance / "exports" if out is None else out.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    writing = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
    try:
        examples = write_images(writing, plan, config, settings, progress)
        agreed = [place.photo.consensus for place in plan.places]
        facts = dataset_facts(settings, examples, plan.left_out, agreed)
        write_manifest(writing, facts, examples)
        write_croissant(writing, facts)
        write_datasheet(writing, facts, examples)
        path = _put_in_place(writing, out or folder / facts["name"], facts)
    finally:
        shutil.rmtree(writing, ignore_errors=True)  # already renamed on success
    record_export(sessions, config, path, settings, facts, plan, actor=actor)
    point(config.instance / "exports" / "latest", path)
    return ExportResult(
        path, facts["content_hash"], facts["counts"], plan.left_out, _warnings(facts["counts"])
    )


def record_export(
    sessions: Sessions,
    config: Config,
    path: Path,
    settings: Settings,
    facts: dict[str, Any],
    plan: Plan,
    *,
    actor: str,
) -> None:
    with sessions.begin() as session:
        export = Export(
            name=facts["name"],
            path=stored_path(config.instance, path),
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
        raise InputInvalid(
            "The ratios must be three percentages that add up to 100, like 70,15,15."
        )
    if settings.folds < 2:
        raise InputInvalid("Give at least 2 folds.")
    if settings.crop not in ("mask", "box"):
        raise InputInvalid("The crop must be mask or box.")
    if settings.min_evidence not in EVIDENCE.codes:
        raise InputInvalid(
            "The evidence must be one of %(allowed)s.", allowed=", ".join(EVIDENCE.codes)
        )
    if out is not None and out.exists():
        raise ExportImpossible(
            "%(folder)s already exists and will not be overwritten: choose a new folder.",
            folder=out,
        )


def _check_link(latest: Path) -> None:
    """Refuse a folder in place of the link, as programs leave it that copy what links point to."""
    if latest.is_dir() and not latest.is_symlink():
        raise ExportImpossible(
            "%(folder)s is a copy of an export and not the link to it, as copying the instance can "
            "leave it: delete it, then export again.",
            folder=latest,
        )


def _put_in_place(writing: Path, target: Path, facts: dict[str, Any]) -> Path:
    """Rename the finished folder; an identical export that exists already is reused."""
    if target.exists():
        existing = json.loads((target / "dataset.json").read_text(encoding="utf-8"))
        if existing.get("content_hash") != facts["content_hash"]:
            raise ExportImpossible(
                "%(folder)s already exists with other content: choose another folder.",
                folder=target,
            )
        return target.resolve()
    writing.chmod(0o700)
    writing.rename(target)
    return target.resolve()


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
