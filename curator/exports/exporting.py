"""Makes an export: assigns splits, cuts images, and puts the folder in place whole or not at all."""

import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.consent import SCOPES
from curator.base.db import Sessions, reading
from curator.base.errors import ChangedSince, ExportImpossible, ExportLacks, InputInvalid
from curator.base.events import Action, record
from curator.base.models.exports import Export, ExportMember
from curator.base.moving import point, stored_path
from curator.base.progress import Progress, untold
from curator.base.writing import (
    PREFIX,
    make_private,
    put_in_place,
    sweep,
    sync_tree,
    temporary_folder,
)
from curator.copies.search import finish_search
from curator.exports.croissant import write_croissant
from curator.exports.datasheet import write_datasheet
from curator.exports.description import Description
from curator.exports.eligible import no_longer_eligible
from curator.exports.formats import Format, format_codes, format_of
from curator.exports.images import write_images
from curator.exports.manifest import (
    CLASSES,
    TRAINER,
    Example,
    Settings,
    dataset_facts,
    write_facts,
)
from curator.exports.planning import Plan, WayOut, plan_export
from curator.exports.provenance import provenance
from curator.exports.readme import write_readme
from curator.exports.splits import SPLITS
from curator.ratings.attributes import EVIDENCE
from curator.study.facts import missing
from curator.study.stating import stated_facts

WRITING = f"{PREFIX}malar-"  # told from others' files: an export may be written to any folder
LISTING = "dataset.json"
MOST_NAMED = 20  # photos in a message


@dataclass(frozen=True)
class ExportResult:
    path: Path
    content_hash: str
    counts: dict[str, Any]
    left_out: dict[str, int]
    warnings: tuple[ExportLacks, ...]
    way_out: WayOut | None = None
    # Codes of facts that the study is expected to state, if the format tells of the study.
    not_stated: tuple[str, ...] = ()


def export_dataset(
    sessions: Sessions,
    config: Config,
    settings: Settings,
    *,
    out: Path | None = None,
    actor: str,
    progress: Progress = untold,
) -> ExportResult:
    """Export all photos with a consensus and a region.

    `latest` comes to point to it if the trainer reads its format.

    Transactions: those of an unfinished search for copies, one that assigns splits, and one that
    records the finished export. A kill between the last two leaves no folder, only assignments
    that the next export reuses.

    Raises:
        ExportImpossible: there is nothing to export, or the target exists.
        InputInvalid: a setting is invalid.
        LibraryMissing: the format needs a library that is not installed.
    """
    _check(settings, out)
    form = format_of(settings.format)
    form.require_library()
    settings = settings if form.is_cut else replace(settings, crop="")
    latest = config.instance / "exports" / "latest"
    _check_link(latest)
    finish_search(sessions, config)  # an undetected copy could cross splits
    plan = plan_export(sessions, settings, actor=actor)
    folder = latest.parent if out is None else out.parent
    make_private(folder)
    sweep(folder.glob(f"{WRITING}*"))
    with temporary_folder(folder, WRITING) as writing:
        examples = write_images(writing, plan, config, settings, form.pictures, progress)
        described = _described(sessions, settings, plan, examples)
        _write(writing, form, described)
        facts = described.facts
        target = out or folder / facts["name"]
        path = record_export(sessions, config, writing, target, settings, facts, plan, actor=actor)
    if form.code == TRAINER:
        point(latest, path)
    return _result(path, form, plan, described)


def _described(
    sessions: Sessions, settings: Settings, plan: Plan, examples: Sequence[Example]
) -> Description:
    agreed = [place.photo.consensus for place in plan.places]
    freeze = plan.frozen.facts if plan.frozen else None
    consents = [place.photo.consent for place in plan.places]
    facts = dataset_facts(settings, examples, plan.left_out, agreed, consents, freeze)
    with reading(sessions) as session:
        return Description(facts, examples, stated_facts(session), provenance(session, plan.places))


def _write(folder: Path, form: Format, described: Description) -> None:
    """Write everything beside the pictures."""
    form.write(folder, described.facts, described.examples)
    if form.is_packed:
        shutil.rmtree(folder / Path(described.examples[0].file).parts[0])
    if form.code == TRAINER:
        write_croissant(folder, described)
        write_datasheet(folder, described)
    else:
        write_readme(folder, form, described.facts)
        write_facts(folder, {**described.facts, "files": _sizes(folder)})


def _result(path: Path, form: Format, plan: Plan, described: Description) -> ExportResult:
    facts = described.facts
    tells_of_study = form.code == TRAINER
    return ExportResult(
        path,
        facts["content_hash"],
        facts["counts"],
        plan.left_out,
        (*_warnings(facts["counts"]), *_joined_later(plan.way_out)),
        plan.way_out,
        tuple(fact.code for fact in missing(described.study)) if tells_of_study else (),
    )


def _sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each file, by which a download tells whether the export is whole."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def record_export(
    sessions: Sessions,
    config: Config,
    writing: Path,
    target: Path,
    settings: Settings,
    facts: Mapping[str, Any],
    plan: Plan,
    *,
    actor: str,
) -> Path:
    """Put the finished folder in its place and record it, both or neither; return where it is."""
    files = _digests(writing, settings)
    sync_tree(writing)
    with placed(writing, target, facts) as place, sessions.begin() as session:
        session.connection()  # begins the transaction: another export of that name waits here
        _require_unchanged(session, plan, settings)
        path = place()
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
        after: dict[str, Any] = {"name": export.name, "photos": len(plan.places), "files": files}
        if settings.format != TRAINER:
            after["format"] = settings.format
        if plan.frozen:
            after["freeze"] = plan.frozen.name
        record(session, actor, Action.EXPORT_MADE, "export", export.id, after=after)
    return path


def _require_unchanged(session: Session, plan: Plan, settings: Settings) -> None:
    """Refuse an export with photos that left while its pictures were written.

    Who withdraws before it is recorded is not in it; who does so later, in one that is known to hold them.
    """
    planned = [place.photo.photo_id for place in plan.places]
    if left := no_longer_eligible(session, planned, settings.consent):
        raise ChangedSince(
            "While the export was made, photos were excluded, erased or their consent was withdrawn "
            "(No. %(photos)s), so it was not kept: export again.",
            photos=", ".join(map(str, left[:MOST_NAMED])),
        )


def _digests(folder: Path, settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of each file, by which damage is told; pictures of the trainer's format
    have theirs in the manifest.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if settings.format != TRAINER or path.suffix != ".png"
    }


def _check(settings: Settings, out: Path | None) -> None:
    if sum(settings.ratios) != 100 or min(settings.ratios) < 0:
        raise InputInvalid(
            "The ratios must be three percentages that add up to 100, like 70,15,15."
        )
    if settings.ratios[0] == 0:
        raise InputInvalid("Give the training split more than 0 percent, like 70,15,15.")
    if settings.folds < 2:
        raise InputInvalid("Give at least 2 folds.")
    if settings.crop not in ("mask", "box"):
        raise InputInvalid("The crop must be mask or box.")
    if settings.format not in format_codes():
        raise InputInvalid(
            "The format must be one of %(allowed)s.", allowed=", ".join(format_codes())
        )
    if settings.crop == "box" and not format_of(settings.format).is_cut:
        raise InputInvalid(
            "The format %(format)s holds no cut regions: leave the crop at mask.",
            format=settings.format,
        )
    if settings.min_evidence not in EVIDENCE.codes:
        raise InputInvalid(
            "The evidence must be one of %(allowed)s.", allowed=", ".join(EVIDENCE.codes)
        )
    if settings.consent and settings.consent not in SCOPES:
        raise InputInvalid("The scope must be one of %(allowed)s.", allowed=", ".join(SCOPES))
    if out is not None and os.path.lexists(out):  # a link to nowhere, too
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


@contextmanager
def placed(writing: Path, target: Path, facts: Mapping[str, Any]) -> Iterator[Callable[[], Path]]:
    """Yield what renames the finished folder to `target`; if the block fails, it is no longer there.

    Where an identical export lies already, that one stays, made whole and told of anew.
    """
    is_new = False

    def place() -> Path:
        nonlocal is_new
        if _is_there(target, facts):
            _renew(writing, target)
        else:
            writing.chmod(0o700)
            put_in_place(writing, target)
            is_new = True
        return target.resolve()

    try:
        yield place
    except BaseException:
        if is_new:
            shutil.rmtree(target, ignore_errors=True)
        raise


def _is_there(target: Path, facts: Mapping[str, Any]) -> bool:
    """Tell whether an identical export exists already, which is reused."""
    if not target.exists():
        return False
    try:
        existing = json.loads((target / LISTING).read_text(encoding="utf-8"))["content_hash"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ExportImpossible(
            "%(folder)s has lost its %(file)s: delete the folder, then export again.",
            folder=target,
            file=LISTING,
        ) from error
    if existing != facts["content_hash"]:
        raise ExportImpossible(
            "%(folder)s already exists with other content: choose another folder.",
            folder=target,
        )
    return True


def _renew(writing: Path, target: Path) -> None:
    """Put in place what an identical export has lost, and the documents that would tell otherwise now."""
    files = [path.relative_to(writing) for path in writing.rglob("*") if path.is_file()]
    for name in sorted(files, key=lambda file: file.name == LISTING):  # which tells of the others
        now, then = writing / name, target / name
        if not then.is_file() or not filecmp.cmp(now, then, shallow=False):
            then.parent.mkdir(parents=True, exist_ok=True)
            now.replace(then)
    sync_tree(target)


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


def _joined_later(way_out: WayOut | None) -> tuple[ExportLacks, ...]:
    """Say what can be done about photos whose groups were joined across splits."""
    if way_out is None:
        return ()
    return (
        ExportLacks(
            "Left out, because people or copies were joined after the splits were assigned: "
            "%(taken_in)s. Seed %(seed)s takes them in; %(moved)s of %(assigned)s photos would then "
            "be in another split, and %(tested)s leave the test split: compare no score with those "
            "of earlier exports, and train again.",
            **asdict(way_out),
        ),
    )
