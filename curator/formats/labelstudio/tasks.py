"""Label Studio's JSON: tasks with their annotations and predictions."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from curator.base.errors import InputInvalid
from curator.formats.labelstudio.names import photo_names, pictures, require_one
from curator.formats.labelstudio.results import said_in
from curator.formats.marks import Marks
from curator.formats.nodes import Node
from curator.ratings.provenance import LONGEST_S

Json = Mapping[str, Any]

WORDS = ("annotations", "completions", "predictions")


@dataclass(frozen=True)
class Skipped:
    """How much of a file is not read."""

    cancelled: int
    predictions: int
    drafts: int


def is_tasks(document: Any) -> bool:
    """Tell whether a parsed file is Label Studio's JSON: tasks, one task, or one annotation with its task."""
    first = first_in(document)
    return isinstance(first.get("data"), dict) and (
        isinstance(document, list) or any(isinstance(first.get(word), list) for word in WORDS)
    )


def read_tasks(document: Any, *, predictions: bool = False) -> Iterator[Marks]:
    """Yield each annotation of Label Studio's JSON that was not cancelled.

    Args:
        predictions: yield predictions too, with the model's version as their author.
    """
    for number, task in enumerate(_tasks(document), start=1):
        said = [one for one in annotations_of(task) if not is_cancelled(one)]
        for one in [*said, *(dicts(task.get("predictions")) if predictions else ())]:
            yield read_annotation(task_number(task, number), task, one)


def read_annotation(number: int, task: Json, annotation: Json) -> Marks:
    """Return what one annotation, or prediction, of a task says."""
    return guarded(_task_marks, number, task, annotation)


def skipped(document: Any) -> Skipped:
    """Count what `read_tasks` passes over in Label Studio's JSON."""
    tasks = list(_tasks(document)) if is_tasks(document) else []
    return Skipped(
        cancelled=sum(is_cancelled(one) for task in tasks for one in annotations_of(task)),
        predictions=sum(len(dicts(task.get("predictions"))) for task in tasks),
        drafts=sum(len(dicts(task.get("drafts"))) for task in tasks),
    )


def first_in(document: Any) -> Json:
    return next(_tasks(document), {})


def _tasks(document: Any) -> Iterator[Json]:
    for item in dicts(document if isinstance(document, list) else [document]):
        task = item.get("task")
        if isinstance(task, dict) and "result" in item:
            # A storage that Label Studio writes to gets one file for each annotation.
            yield {**task, "annotations": [item]}
        else:
            yield item


def annotations_of(task: Json) -> list[Json]:
    return dicts(task.get("annotations") or task.get("completions"))


def is_cancelled(annotation: Json) -> bool:
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def dicts(items: Any) -> list[Json]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def task_number(task: Json, place: int) -> int:
    number = task.get("id")
    return number if isinstance(number, int) else place


def guarded(read: Callable[[int, Json, Json], Marks], number: int, task: Json, said: Json) -> Marks:
    """Read marks; what is damaged becomes their problem."""
    try:
        return read(number, task, said)
    except InputInvalid as problem:
        return _of_photo(number, task, author=_author(said), problem=problem)


def _task_marks(number: int, task: Json, annotation: Json) -> Marks:
    results, data = results_of(annotation), task.get("data")
    if len({name for one in results if (name := one["to_name"].text())}) > 1:
        require_one(pictures(data if isinstance(data, dict) else {}))
    return marks_of(number, task, annotation, results)


def marks_of(number: int, task: Json, annotation: Json, results: Sequence[Node]) -> Marks:
    """Return what an annotation's results say of its task's photo."""
    said = said_in(results)
    return _of_photo(
        number,
        task,
        shapes=said.shapes,
        answers=said.answers,
        note="\n".join(said.notes),
        author=_author(annotation),
        active_s=_seconds(annotation.get("lead_time")),
    )


def results_of(annotation: Json) -> list[Node]:
    given = annotation.get("result")
    with suppress(ValueError, RecursionError):
        given = json.loads(given) if isinstance(given, str) else given
    return [one for one in Node(given, "result").items() if one.is_object]


def _of_photo(number: int, task: Json, **said: Any) -> Marks:
    data = task.get("data")
    try:
        file, *also = photo_names(data if isinstance(data, dict) else task, task.get("file_upload"))
    except InputInvalid as problem:
        return Marks(number, "", author=said.get("author", ""), problem=problem)
    return Marks(number, file, also=tuple(also), **said)


def _author(annotation: Json) -> str:
    """Return an annotator's e-mail, number or other name; a model's version for a prediction."""
    for name in ("rater", "completed_by", "annotator", "model_version"):
        given = annotation.get(name)
        if isinstance(given, dict):
            given = given.get("email") or given.get("username") or given.get("id")
        if isinstance(given, str | int) and given != "":
            return Node(given).text()
    return ""


def _seconds(given: Any) -> float | None:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return float(given) if is_number and 0 <= given <= LONGEST_S else None
