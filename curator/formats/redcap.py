"""REDCap: a data dictionary and records written, and records read as REDCap exports them, raw or with labels."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curator.base.errors import RegionInvalid
from curator.base.models.ratings import LABELS
from curator.formats.marks import Answer, Marks, RatedPhoto, Shape
from curator.formats.meanings import LABEL, word_form
from curator.formats.tables import header_of, rows_in
from curator.ratings.attributes import Attribute, attributes
from curator.ratings.outlines import FRACTIONS, Outline
from curator.ratings.regions import format_fractions, parse_points

FORM = "face_rating"
COMPLETE = "2"
RECORD = "record_id"
REGION, NOTE, SPLIT = "region", "note", "split"
MAX_NAME_CHARS = 26
ENDINGS = ("", *(f"_{number}" for number in range(2, 100)))  # of names that would be alike
DICTIONARY = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
LABELLED_BOX = re.compile(r"(.*) \(choice=(.*)\)", re.DOTALL)
TICKED = {"1", "checked"}
NO_NAMES = ("", "[document]")  # the second stands for a file in REDCap's own store
FILES = ("file", "file name", "filename", "photo", "image")  # columns of projects made elsewhere
# Columns that REDCap adds, and the split, which is no rating.
OF_REDCAP = re.compile(
    r"redcap .*|.* complete|complete\?|.* timestamp|survey identifier|event name|repeat instrument"
    r"|repeat instance|data access group|split"
)


@dataclass(frozen=True)
class Field:
    """A field of the form; `code` is the question in the study.

    `choices` are names by REDCap's code, and `codes` REDCap's code by the study's.
    """

    name: str
    kind: str
    label: str
    code: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Records:
    """A file's columns and rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


# Writing ----------------------------------------------------------------------------------------------


def fields() -> tuple[Field, ...]:
    """Return the fields of the form, one for each question of the study."""
    names: set[str] = {RECORD, LABEL, REGION, NOTE, SPLIT, f"{FORM}_complete"}
    asked = [_attribute_field(attribute, names) for attribute in attributes()]
    labels = {label: label.capitalize() for label in LABELS}
    return (
        Field(RECORD, "text", "Record ID", hint="The photo's id in exports"),
        Field(LABEL, "radio", "Label", LABEL, labels),
        *asked,
        Field(REGION, "notes", "Face region", hint="x,y x,y ... in fractions of the upright photo"),
        Field(NOTE, "notes", "Note"),
        Field(SPLIT, "text", "Split"),
    )


def _attribute_field(attribute: Attribute, taken: set[str]) -> Field:
    name = _free_name(attribute.code, taken)
    taken.add(name)
    codes = _choice_codes(attribute)
    choices = {coded: attribute.names.get(code, code) for code, coded in codes.items()}
    kind = "checkbox" if attribute.is_multiple else "radio"
    return Field(name, kind, attribute.name, attribute.code, choices, attribute.hint, codes)


def _choice_codes(attribute: Attribute) -> dict[str, str]:
    """Return REDCap's code of each value; no two have the same."""
    found: dict[str, str] = {}
    for code in filter(None, (*attribute.codes, attribute.default, attribute.unknown)):
        if code not in found:
            codes = (f"{_coded(code)}{end}" for end in ENDINGS)
            found[code] = next(coded for coded in codes if coded not in found.values())
    return found


def _free_name(code: str, taken: set[str]) -> str:
    """Return a name as REDCap takes it that no other field has."""
    plain = re.sub(r"_+", "_", _coded(code)).strip("_")
    plain = plain if plain[:1].isalpha() else f"q_{plain}"
    names = (f"{plain[: MAX_NAME_CHARS - len(end)].rstrip('_')}{end}" for end in ENDINGS)
    return next(name for name in names if name not in taken)


def _coded(value: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", value.lower())


def write_dictionary() -> bytes:
    """Write the form, to be uploaded as a data dictionary."""
    return _csv(DICTIONARY, map(_described, fields()))


def _described(one: Field) -> list[str]:
    choices = " | ".join(f"{code}, {_plain(name)}" for code, name in one.choices.items())
    cells = {
        "Variable / Field Name": one.name,
        "Form Name": FORM,
        "Field Type": one.kind,
        "Field Label": one.label,
        "Choices, Calculations, OR Slider Labels": choices,
        "Field Note": one.hint,
    }
    return [cells.get(column, "") for column in DICTIONARY]


def _plain(name: str) -> str:
    return name.replace("|", "/")  # which parts choices


def write_records(rated: Sequence[RatedPhoto]) -> bytes:
    """Write a record for each photo, to be imported as raw data."""
    form = fields()
    columns = [column for one in form for column in _columns(one)]
    rows = ([*_cells(photo, form), COMPLETE] for photo in rated)
    return _csv([*columns, f"{FORM}_complete"], rows)


def _columns(one: Field) -> list[str]:
    is_boxes = one.kind == "checkbox"
    return [f"{one.name}___{code}" for code in one.choices] if is_boxes else [one.name]


def _cells(photo: RatedPhoto, form: Iterable[Field]) -> Iterator[str]:
    texts = {
        RECORD: photo.id,
        LABEL: photo.label,
        REGION: format_fractions(photo.region),
        NOTE: photo.note,
        SPLIT: photo.split,
    }
    for one in form:
        if one.name in texts:
            yield texts[one.name]
        elif one.kind == "checkbox":
            chosen = photo.values.get(one.code, "").split()
            yield from (str(int(code in chosen)) for code in one.codes)
        else:
            yield one.codes.get(photo.values.get(one.code, ""), "")


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue().encode()


# Reading ----------------------------------------------------------------------------------------------


def is_csv(start: str) -> bool:
    """Tell whether a text starts as records do: with the column of their id, or with one of form states."""
    header = [word_form(column) for column in header_of(start)]
    states = [column for column in header if column == "complete?" or column.endswith(" complete")]
    return len(header) > 1 and (header[0] == word_form(RECORD) or bool(states))


def from_csv(text: str) -> Records:
    """Return a file's records.

    Raises:
        csv.Error
    """
    columns, *rows = [[cell.strip() for cell in row] for row in rows_in(text)]
    return Records(columns, rows)


def recognises(document: Any) -> bool:
    return isinstance(document, Records)


def read(document: Records) -> Iterator[Marks]:
    """Yield a record's marks."""
    readers = [_reader(column) for column in document.columns]
    named = zip(document.rows, _names(document), strict=True)
    for number, (row, (file, *also)) in enumerate(named, start=1):
        marks = Marks(number, file, also=tuple(also))
        yield _with_cells(marks, readers[1:], row[1:])


def _names(document: Records) -> list[list[str]]:
    """Return the names of each row's photo: of its record, or the record's id if no row names a file."""
    files = [word_form(column) in FILES for column in document.columns]
    own = [
        [
            cell
            for is_file, cell in zip(files, row, strict=False)
            if is_file and cell not in NO_NAMES
        ]
        for row in document.rows
    ]
    if not any(own):
        return [[row[0]] for row in document.rows]
    of_record: dict[str, list[list[str]]] = defaultdict(list)
    for row, names in zip(document.rows, own, strict=True):
        if names and names not in of_record[row[0]]:
            of_record[row[0]].append(names)
    # Later events and repeated forms leave the file's name out.
    of_all = {record: names[0] for record, names in of_record.items() if len(names) == 1}
    return [
        names or of_all.get(row[0], [""]) for row, names in zip(document.rows, own, strict=True)
    ]


Reader = Callable[[str], Answer | Shape | None]


def _with_cells(marks: Marks, readers: Sequence[Reader], cells: Sequence[str]) -> Marks:
    try:
        read = [reader(cell) for reader, cell in zip(readers, cells, strict=False) if cell]
    except RegionInvalid as problem:
        return Marks(marks.number, marks.file, also=marks.also, problem=problem)
    answers = tuple(one for one in read if isinstance(one, Answer))
    shapes = tuple(one for one in read if isinstance(one, Shape))
    return Marks(marks.number, marks.file, also=marks.also, shapes=shapes, answers=answers)


def _reader(column: str) -> Reader:
    """Return what makes a mark of a column's cells that are not empty."""
    name = word_form(column)
    if name in (*FILES, "") or OF_REDCAP.fullmatch(name):
        return lambda _cell: None
    if name in (REGION, "face region"):
        return _region
    if box := LABELLED_BOX.fullmatch(column):
        return _box(box[1], box[2])
    question, is_raw_box, code = column.partition("___")
    asked = next((one for one in fields() if one.name == question), None)
    question = asked.code or question if asked else question
    if is_raw_box:
        return _box(question, _value(question, code))
    return lambda cell: Answer(question, _value(question, cell))


def _box(question: str, value: str) -> Reader:
    return lambda cell: Answer(question, value) if cell.lower() in TICKED else None


def _region(cell: str) -> Shape:
    """Read a region: fractions, as written here, or pixels where a number is larger than 1."""
    points = parse_points(cell)
    is_fractions = all(max(point) <= 1 for point in points)
    return Shape(Outline(points, FRACTIONS if is_fractions else None))


def _value(question: str, coded: str) -> str:
    """Return a value of the study by REDCap's code, or what was given if it is none."""
    codes = {
        given: code
        for one in attributes()
        if one.code == question
        for code, given in _choice_codes(one).items()
        if code in one.codes
    }
    return codes.get(coded, coded)
