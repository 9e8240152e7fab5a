"""What a rater said here and in their project there, compared with what both sides said last."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from curator.base.errors import CuratorError, InputInvalid
from curator.base.models.photos import Photo
from curator.formats.labelstudio.config import FACE_REGION
from curator.formats.labelstudio.names import HASH, address
from curator.formats.labelstudio.tasks import annotations_of, is_cancelled, read_annotation
from curator.formats.labelstudio.writing import hash_name
from curator.formats.vocabulary import Vocabulary, WordsUnknown
from curator.ratings.assessments import Assessment, checked_assessment
from curator.ratings.attributes import attributes, attributes_by_code
from curator.ratings.entries import Entry
from curator.ratings.outlines import region_on
from curator.ratings.provenance import Provenance
from curator.ratings.regions import format_fractions

Json = Mapping[str, Any]


class State(StrEnum):
    """How a photo's rating and its annotation there stand to each other."""

    SAME = "same"
    TO_PUSH = "to push"
    TO_PULL = "to pull"
    CONFLICT = "conflict"  # both sides changed
    REMOVED = "removed there"  # the annotation
    WITHDRAWN = "withdrawn here"  # the rating
    UNREADABLE = "unreadable"  # what is said there cannot be a rating
    DELETED = "task deleted there"


# What was said there since.
NEW_THERE = (State.TO_PULL, State.CONFLICT)
# What the user has to settle, by choosing a side.
TO_SETTLE = (State.CONFLICT, State.REMOVED, State.WITHDRAWN)


@dataclass(frozen=True)
class There:
    """What a task there says; `annotation`, `author` and `changed_at` are of its annotation, if any.

    `author` is who wrote it last. `problem` tells why it cannot be a rating; `is_unread` if the
    reason may repeat what was said. `unanswered` is a question that a new rating has to answer.
    """

    task: int
    sha256: str
    assessment: Assessment | None = None
    annotation: int | None = None
    author: int | None = None
    changed_at: str = ""
    problem: CuratorError | None = None
    is_unread: bool = False
    unanswered: str = ""
    has_prediction: bool = False
    is_replaced: bool = False  # its picture is not the one that was pushed

    @property
    def active_s(self) -> float | None:
        return self.assessment.provenance.active_s if self.assessment else None


def digest(assessment: Assessment | None) -> str:
    """Return what changes with every word of an assessment; empty for none.

    Defaults are left out, so that an attribute that joins the study changes nothing said before.
    """
    if assessment is None:
        return ""
    known = attributes_by_code()
    values = {
        code: value
        for code, value in assessment.values.items()
        if code not in known or value != known[code].default
    }
    said = [assessment.label, values, assessment.region, assessment.note]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def state(here: Assessment | None, there: There, synced: str) -> State:
    """Compare both sides with what they said last."""
    if there.problem:
        return State.UNREADABLE
    ours, theirs = digest(here), digest(there.assessment)
    if ours == theirs:
        return State.SAME
    if theirs == synced:
        return State.TO_PUSH if ours else State.WITHDRAWN
    if ours == synced:
        return State.TO_PULL if theirs else State.REMOVED
    return State.CONFLICT


def hash_of(task: Json) -> str:
    """Return the hash by which a task names its photo; empty if it names none."""
    data = task.get("data")
    given = data.get(HASH) if isinstance(data, dict) else None
    return given if isinstance(given, str) else ""


def read_task(task: Json, photo: Photo, annotator: int | None = None) -> There:
    """Return what a task says of a photo; of several who say the same, `annotator` counts."""
    empty = There(
        int(task["id"]),
        photo.pixel_sha256,
        has_prediction=bool(task.get("predictions")),
        is_replaced=hash_name(hash_of(task)) not in address(task["data"]),
    )
    live = [one for one in annotations_of(task) if not is_cancelled(one)]
    read = [_read(empty, task, one, photo) for one in live]
    read.sort(key=lambda one: one.author != annotator)
    if problems := [one for one in read if one.problem]:
        return problems[0]
    if len({digest(one.assessment) for one in read}) > 1:
        return replace(empty, problem=_several(len(read)))
    return read[0] if read else empty


def _several(count: int) -> InputInvalid:
    return InputInvalid(
        "it has %(count)s annotations that differ: delete all but one there", count=count
    )


def _read(empty: There, task: Json, annotation: Json, photo: Photo) -> There:
    found = replace(
        empty,
        annotation=annotation.get("id"),
        author=annotation.get("updated_by") or annotation.get("completed_by"),
        changed_at=str(annotation.get("updated_at", "")),
    )
    try:
        entry = _entry(task, annotation)
        return replace(
            found, assessment=_assessment(entry, photo), unanswered=_unanswered(entry.values)
        )
    except InputInvalid as problem:
        return replace(found, problem=problem, is_unread=True)


def _entry(task: Json, annotation: Json) -> Entry:
    try:
        read = [read_annotation(int(task["id"]), task, annotation)]
        entries = Vocabulary(region=FACE_REGION).entries(read)
    except WordsUnknown as unknown:
        raise InputInvalid(
            "it has answers that the study does not know: %(words)s", words=unknown.values["words"]
        ) from unknown
    entry = entries[0] if entries else Entry(0, "")
    if entry.problem:
        raise entry.problem
    if not entry.label:
        raise InputInvalid("it has no label")
    return entry


def _unanswered(given: Mapping[str, str]) -> str:
    """Return the name of a question that has to be answered and is not; empty if there is none."""
    missing = [one.name for one in attributes() if one.is_required and one.code not in given]
    return missing[0] if missing else ""


def _assessment(entry: Entry, photo: Photo) -> Assessment:
    region = ""
    if entry.outline:
        region = format_fractions(region_on(entry.outline, photo.width_px, photo.height_px))
    said = Assessment(entry.label, entry.values, region, entry.note)
    return replace(checked_assessment(said), provenance=Provenance(entry.origin, entry.active_s))
