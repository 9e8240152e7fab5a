"""Label Studio's JSON-MIN, and the same as a table: a row for each annotation, with its task's data."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from curator.formats.labelstudio.config import NOTE
from curator.formats.labelstudio.names import HASH, address
from curator.formats.labelstudio.tasks import dicts, first_in, guarded, marks_of, task_number
from curator.formats.marks import Marks
from curator.formats.meanings import word_form
from curator.formats.nodes import Node
from curator.formats.tables import header_of, records_in

Json = Mapping[str, Any]

OF_ROW = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
NUMBERS = {"id", "annotation_id", "lead_time"}
NOTES = {
    NOTE,
    "notes",
    "comment",
    "comments",
    "remark",
    "remarks",
}  # a lone text looks like a choice
# What an answer is that only has its value, by a field that no earlier one's has.
KIND_BY_FIELD = {
    "choices": "choices",
    "taxonomy": "taxonomy",
    "text": "textarea",
    "rle": "brush",
    "radiusX": "ellipse",
    "points": "polygon",
    "height": "rectangle",
}


def is_csv(start: str) -> bool:
    """Tell whether a text starts as Label Studio's table of annotations does."""
    return {"id", "annotator", "lead_time"} <= set(header_of(start))


def from_csv(text: str) -> list[Json]:
    """Return Label Studio's table of annotations as its JSON-MIN has them.

    Raises:
        csv.Error
    """
    return [
        {name: _parsed(name, cell) for name, cell in row.items() if name and cell}
        for row in records_in(text)
    ]


def _parsed(name: str, cell: str) -> Any:
    if name in NUMBERS or cell.startswith(("[", "{")):
        with suppress(ValueError, RecursionError):
            return json.loads(cell)
    return cell


def is_minimal(document: Any) -> bool:
    """Tell whether a parsed file is Label Studio's JSON-MIN: a list of annotations, each with its task's data."""
    first = first_in(document) if isinstance(document, list) else {}
    return "id" in first and any(name in first for name in ("annotation_id", "annotator"))


def read_minimal(document: Any) -> Iterator[Marks]:
    """Yield each annotation of Label Studio's JSON-MIN."""
    for number, row in enumerate(dicts(document), start=1):
        # A task's data or an answer may be called rater or completed_by.
        said = {name: row.get(name) for name in ("annotator", "lead_time")}
        yield guarded(_minimal_marks, task_number(row, number), row, said)


def _minimal_marks(number: int, row: Json, said: Json) -> Marks:
    answered = _answered(row)
    results = [result for name in answered for result in _restored(name, row[name])]
    data = {name: given for name, given in row.items() if name not in {*answered, *OF_ROW}}
    return marks_of(number, data, said, results)


def _answered(row: Json) -> list[str]:
    """Return which of a row's fields are answers: those after its id; the task's data come before."""
    names, photo = list(row), address(row)
    if names != sorted(names) and "id" in row:  # else another program wrote it
        names = names[names.index("id") :]
    return [name for name in names if name not in {*OF_ROW, HASH} and row[name] != photo]


def _restored(name: str, given: Any) -> Iterator[Node]:
    """Yield the results that an answer in JSON-MIN was made of."""
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict):
            result = {**one, "from_name": name, "type": _kind_in(one), "value": one}
        elif word_form(name) in NOTES:
            result = {"from_name": name, "type": "textarea", "value": {"text": one}}
        else:
            result = {"from_name": name, "type": "choices", "value": {"choices": one}}
        yield Node(result, name)


def _kind_in(value: Json) -> str:
    for field, kind in KIND_BY_FIELD.items():
        if field in value:
            return kind
    return next((name for name in value if name.endswith("labels")), "")
