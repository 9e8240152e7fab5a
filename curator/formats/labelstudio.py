"""Label Studio's files: JSON and JSON-MIN read, JSON written, and a study's labelling config."""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import quoteattr

from curator.base.errors import InputInvalid
from curator.base.models.ratings import LABELS
from curator.formats.marks import Answer, Marks, RatedPhoto, Shape, tails
from curator.formats.shapes import ellipse, rectangle, rotated
from curator.formats.vocabulary import LABEL, word_form
from curator.ratings.attributes import attributes
from curator.ratings.keys import LABEL_KEYS
from curator.ratings.origins import ACCEPTED, DRAWN, EDITED, IMPORTED
from curator.ratings.outlines import FRACTIONS, Outline
from curator.ratings.provenance import LONGEST_S
from faces.formats import ENDING
from faces.regions import DECIMALS, Region

Json = Mapping[str, Any]

FACE_REGION = "face region"
IMAGE, HASH = "image", "sha256"  # in a task's data
PHOTO, POLYGON, NOTE = "photo", "polygon", "note"  # names of the labelling config's tags
ORIGINS = {"manual": DRAWN, "prediction": ACCEPTED, "prediction-changed": EDITED}
NAMES_OF_ORIGINS = {origin: name for name, origin in ORIGINS.items()}
# Names of questions that say nothing, as Label Studio's templates have them.
NAMELESS = {"choice", "choices", "class", "classification", "answer"}
UNREADABLE = ("brush", "bitmask", "vector")
UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before an uploaded file's name
WORDS = ("annotations", "completions", "predictions")


@dataclass(frozen=True)
class Skipped:
    """How much of a file is not read."""

    cancelled: int
    predictions: int
    drafts: int


def is_tasks(document: Any) -> bool:
    """Tell whether a parsed file is Label Studio's JSON: tasks, one task, or one annotation with its task."""
    first = _first(document)
    return isinstance(first.get("data"), dict) and (
        isinstance(document, list) or any(isinstance(first.get(word), list) for word in WORDS)
    )


def is_minimal(document: Any) -> bool:
    """Tell whether a parsed file is Label Studio's JSON-MIN: a list of annotations, each with its task's data."""
    first = _first(document) if isinstance(document, list) else {}
    return "id" in first and any(name in first for name in ("annotation_id", "annotator"))


def read_tasks(document: Any, *, predictions: bool = False) -> Iterator[Marks]:
    """Yield each annotation of Label Studio's JSON that was not cancelled.

    Args:
        predictions: yield predictions too, with the model's version as their author.
    """
    for number, task in enumerate(_tasks(document), start=1):
        said = [one for one in annotations_of(task) if not is_cancelled(one)]
        for one in [*said, *(_dicts(task.get("predictions")) if predictions else ())]:
            yield read_annotation(_task_number(task, number), task, one)


def read_annotation(number: int, task: Json, annotation: Json) -> Marks:
    """Return what one annotation, or prediction, of a task says."""
    return _guarded(_task_marks, number, task, annotation)


def skipped(document: Any) -> Skipped:
    """Count what `read_tasks` passes over in Label Studio's JSON."""
    tasks = list(_tasks(document)) if is_tasks(document) else []
    return Skipped(
        cancelled=sum(is_cancelled(one) for task in tasks for one in annotations_of(task)),
        predictions=sum(len(_dicts(task.get("predictions"))) for task in tasks),
        drafts=sum(len(_dicts(task.get("drafts"))) for task in tasks),
    )


def read_minimal(document: Any) -> Iterator[Marks]:
    """Yield each annotation of Label Studio's JSON-MIN."""
    for number, row in enumerate(_dicts(document), start=1):
        yield _guarded(_minimal_marks, _task_number(row, number), row, row)


def _first(document: Any) -> Json:
    return next(_tasks(document), {})


def _tasks(document: Any) -> Iterator[Json]:
    for item in _dicts(document if isinstance(document, list) else [document]):
        task = item.get("task")
        if isinstance(task, dict) and "result" in item:
            # A storage that Label Studio writes to gets one file for each annotation.
            yield {**task, "annotations": [item]}
        else:
            yield item


def annotations_of(task: Json) -> list[Json]:
    return _dicts(task.get("annotations") or task.get("completions"))


def is_cancelled(annotation: Json) -> bool:
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def _dicts(items: Any) -> list[Json]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _task_number(task: Json, place: int) -> int:
    number = task.get("id")
    return number if isinstance(number, int) else place


def _guarded(
    read: Callable[[int, Json, Json], Marks], number: int, task: Json, said: Json
) -> Marks:
    """Read marks; what is damaged becomes their problem."""
    author = _author(said)
    try:
        return read(number, task, said)
    except InputInvalid as invalid:
        problem = invalid
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        problem = InputInvalid("its annotation is damaged (%(why)s)", why=repr(error))
    return _of_photo(number, task, author=author, problem=problem)


def _task_marks(number: int, task: Json, annotation: Json) -> Marks:
    return marks_of(number, task, annotation, results_of(annotation))


def marks_of(number: int, task: Json, annotation: Json, results: Sequence[Json]) -> Marks:
    """Return what an annotation's results say of its task's photo."""
    shapes: list[Shape] = []
    answers: list[Answer] = []
    notes: list[str] = []
    for of_region in _by_region(results):
        drawn = sorted(of_region, key=lambda one: _kind(one) not in SHAPES)
        said = [answer for one in of_region for answer in _answers(one)]
        notes += [text for one in of_region for text in _notes(one)]
        if _kind(drawn[0]) in SHAPES:
            shapes += _shapes(drawn, said)
        else:
            answers += said
    return _of_photo(
        number,
        task,
        shapes=tuple(shapes),
        answers=tuple(answers),
        note="\n".join(notes),
        author=_author(annotation),
        active_s=_seconds(annotation.get("lead_time")),
    )


def results_of(annotation: Json) -> list[Json]:
    results = annotation.get("result")
    return _dicts(json.loads(results) if isinstance(results, str) else results)


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
        if given or given == 0:
            return str(given)
    return ""


def _seconds(given: Any) -> float | None:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return float(given) if is_number and 0 <= given <= LONGEST_S else None


# The photo's name -----------------------------------------------------------------------------------


def photo_names(data: Json, uploaded: Any = None) -> list[str]:
    """Return a photo's names, the likeliest first: its hash, its path, and the paths' ends."""
    names = [_address(data)]
    names += [uploaded] if isinstance(uploaded, str) else []
    paths = [path for name in names if (path := _path(name))]
    ends = [end for path in paths for end in (path, *tails(path))]
    # An upload got a prefix; the file that was uploaded has none.
    plain = [UPLOADED.sub("", end) for end in ends if UPLOADED.match(end)]
    given = data.get(HASH)
    hashes = [given] if isinstance(given, str) and given else []
    found = list(dict.fromkeys(hashes + plain + ends))
    if not found:
        raise InputInvalid("the task names no picture")
    return found


def _address(data: Json) -> str:
    """Return the address of a task's picture: the value that looks most like one."""
    texts = {
        name: text for name, given in data.items() if (text := _single(given)) and name != HASH
    }
    likely = [text for text in texts.values() if ENDING.search(_path(text))]
    served = [text for text in texts.values() if "/" in text and " " not in text.strip()]
    named = [texts[name] for name in (IMAGE, "photo", "img", "url") if name in texts]
    return next(iter([*(text for text in named if text in likely), *likely, *named, *served]), "")


def _single(given: Any) -> str:
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        if len(given) > 1:
            raise InputInvalid(
                "the task has %(count)s pictures, and a rating is of one photo", count=len(given)
            )
        return str(given[0])
    return given if isinstance(given, str) else ""


def _path(address: str) -> str:
    """Return the path of a picture's address on a server, in a bucket or in a folder."""
    if address.startswith("data:"):
        return ""
    if not re.match(r"[a-z][a-z0-9+.-]+://|/", address, re.IGNORECASE):
        return unquote(address) if "%" in address and "/" in address else address
    parts = urlsplit(address.replace("#", "%23"))
    query = parse_qs(parts.query)
    if "fileuri" in query:  # Label Studio's own address of a picture in a bucket
        return _path(_decoded(query["fileuri"][0]))
    return query["d"][0] if "d" in query else unquote(parts.path).lstrip("/")


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


# Shapes -----------------------------------------------------------------------------------------------


def _by_region(results: Sequence[Json]) -> Iterator[list[Json]]:
    """Group results by their region: a shape, its labels and what is answered for it share an id."""
    regions: dict[object, list[Json]] = {}
    for place, result in enumerate(results):
        regions.setdefault(result.get("id") or place, []).append(result)
    yield from regions.values()


def _kind(result: Json) -> str:
    """Return what a result is, whether or not its tag labels what it draws."""
    return str(result.get("type", "")).lower().removesuffix("labels") or "labels"


def _value(result: Json) -> Json:
    value = result["value"]
    if not isinstance(value, dict):
        raise TypeError("value")
    return value


def _shapes(results: Sequence[Json], answers: Sequence[Answer]) -> Iterator[Shape]:
    """Yield a region's outline under each of its labels."""
    drawn = results[0]
    if _kind(drawn) in UNREADABLE:
        raise InputInvalid(
            "a region of it is drawn as %(kind)s, which has no outline: draw it as a polygon",
            kind=str(drawn.get("type")),
        )
    names = [name for one in results for name in _labels(_value(one))]
    origin = ORIGINS.get(str(drawn.get("origin")), IMPORTED)
    for name in names or [""]:
        yield Shape(_outline(drawn), name, tuple(answers), origin)


def _labels(value: Json) -> list[str]:
    return [
        str(label)
        for name, labels in value.items()
        if name.endswith("labels") and isinstance(labels, list)
        for label in labels
    ]


def _outline(result: Json) -> Outline:
    """Return a region's outline in pixels of the photo, or in fractions if its size is not told.

    Coordinates are of the photo as it is without `image_rotation`, which only turns the view.
    """
    value = _value(result)
    size = [_number(result.get(f"original_{side}") or 0) for side in ("width", "height")]
    is_told = min(size) > 0
    width, height = size if is_told else FRACTIONS
    degrees = _number(value.get("rotation") or 0)
    if degrees and not is_told:
        raise InputInvalid(
            "a region of it is rotated, and the file does not tell the photo's size: "
            "original_width and original_height are missing"
        )
    points = SHAPES[_kind(result)](value, width / 100, height / 100, degrees)
    return Outline(points, (width, height))


def _number(given: Any) -> float:
    number = float(given)
    if not math.isfinite(number):
        raise ValueError(given)
    return number


def _rectangle(value: Json, x: float, y: float, degrees: float) -> Region:
    left, top = _number(value["x"]) * x, _number(value["y"]) * y
    corners = rectangle(left, top, _number(value["width"]) * x, _number(value["height"]) * y)
    return rotated(corners, (left, top), degrees)


def _ellipse(value: Json, x: float, y: float, degrees: float) -> Region:
    centre = _number(value["x"]) * x, _number(value["y"]) * y
    return ellipse(*centre, _number(value["radiusX"]) * x, _number(value["radiusY"]) * y, degrees)


def _polygon(value: Json, x: float, y: float, _degrees: float) -> Region:
    points = tuple((_number(px) * x, _number(py) * y) for px, py in value["points"])
    return points[:-1] if len(points) > 3 and points[0] == points[-1] else points


def _nothing(_value: Json, _x: float, _y: float, _degrees: float) -> Region:
    return ()


SHAPES: dict[str, Callable[[Json, float, float, float], Region]] = {
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "polygon": _polygon,
    **dict.fromkeys(UNREADABLE, _nothing),
}


# Answers ----------------------------------------------------------------------------------------------


def _answers(result: Json) -> Iterator[Answer]:
    kind, value = _kind(result), result.get("value")
    question = _question(str(result.get("from_name", "")))
    if not isinstance(value, dict):
        return
    if kind == "textarea" and word_form(question) == "person":
        yield from (Answer("person", text) for text in _texts(value.get("text")))
    for name in ("choices", "rating", "number", "datetime"):
        yield from (Answer(question, text) for text in _texts(value.get(name)))
    for path in value.get("taxonomy") or ():
        yield from (Answer(question, str(part)) for part in path[-1:])


def _question(name: str) -> str:
    return "" if word_form(name) in NAMELESS else name


def _notes(result: Json) -> Iterator[str]:
    is_person = word_form(str(result.get("from_name", ""))) == "person"
    if _kind(result) == "textarea" and not is_person:
        yield from _texts(_value(result).get("text"))


def _texts(given: Any) -> list[str]:
    if given is None:
        return []
    return [str(one).strip() for one in (given if isinstance(given, list) else [given])]


# JSON-MIN ---------------------------------------------------------------------------------------------

OF_ROW = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
NOTES = {
    NOTE,
    "notes",
    "comment",
    "comments",
    "remark",
    "remarks",
}  # a lone text looks like a choice


def _minimal_marks(number: int, row: Json, _same: Json) -> Marks:
    answered = _answered(row)
    results = [result for name in answered for result in _restored(name, row[name])]
    data = {name: given for name, given in row.items() if name not in {*answered, *OF_ROW}}
    return marks_of(number, data, row, results)


def _answered(row: Json) -> list[str]:
    """Return which of a row's fields are answers: those after its id; the task's data come before."""
    names = list(row)
    if names == sorted(names):  # another program wrote it
        photo = _address(row)
        return [name for name in names if name not in {*OF_ROW, HASH} and row[name] != photo]
    return [name for name in names[names.index("id") :] if name not in OF_ROW]


def _restored(name: str, given: Any) -> Iterator[Json]:
    """Yield the results that an answer in JSON-MIN was made of."""
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict):
            yield {**one, "from_name": name, "type": _kind_in(one), "value": one}
        elif word_form(name) in NOTES:
            yield {"from_name": name, "type": "textarea", "value": {"text": one}}
        elif one is not None:
            yield {"from_name": name, "type": "choices", "value": {"choices": one}}


def _kind_in(value: Json) -> str:
    for field, kind in KIND_BY_FIELD.items():
        if field in value:
            return kind
    return next((name for name in value if name.endswith("labels")), "")


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


# Writing ----------------------------------------------------------------------------------------------


def write(rated: Iterable[RatedPhoto]) -> bytes:
    """Write tasks with an annotation for each rating, to be imported with `labelling_config`.

    Label Studio takes who imports for the annotator; an annotation's `rater` is read back here.
    """
    by_photo = groupby(sorted(rated, key=lambda one: one.id), key=lambda one: one.id)
    tasks = [_task(list(group)) for _, group in by_photo]
    return (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode()


def _task(ratings: Sequence[RatedPhoto]) -> dict[str, Any]:
    photo = ratings[0]
    data = {IMAGE: photo.file, HASH: photo.id}
    annotations = [
        {**({"rater": one.rater} if one.rater else {}), **annotation_of(one)} for one in ratings
    ]
    return {
        "data": {**data, **({"split": photo.split} if photo.split else {})},
        "annotations": annotations,
    }


def annotation_of(rated: RatedPhoto, origin: str = "") -> dict[str, Any]:
    """Return a rating as an annotation to be imported."""
    # Imported annotations are the ground truth unless they say otherwise.
    return {"result": results(rated, origin), "ground_truth": False}


def results(rated: RatedPhoto, origin: str = "") -> list[dict[str, Any]]:
    """Return a rating as an annotation's results; `origin` tells where its region is from."""
    answers = {LABEL: [rated.label]} | {
        attribute.code: list(attribute.codes_in(rated.values[attribute.code]))
        for attribute in attributes()
        if rated.values.get(attribute.code)
    }
    said = [
        _result(rated.id, code, "choices", {"choices": codes}) for code, codes in answers.items()
    ]
    if rated.note:
        said.append(_result(rated.id, NOTE, "textarea", {"text": [rated.note]}))
    if rated.region:
        size = rated.width_px, rated.height_px
        said.append(region_result(rated.id, rated.region, *size, NAMES_OF_ORIGINS.get(origin)))
    return said


def region_result(
    photo: str, region: Region, width_px: int, height_px: int, origin: str | None = None
) -> dict[str, Any]:
    """Return a region as a result; coordinates are percent of the upright photo."""
    points = [[round(100 * x, DECIMALS - 2), round(100 * y, DECIMALS - 2)] for x, y in region]
    value = {"points": points, "closed": True, "polygonlabels": [FACE_REGION]}
    size = {"original_width": width_px, "original_height": height_px, "image_rotation": 0}
    return _result(photo, POLYGON, "polygonlabels", value) | size | {"origin": origin or "manual"}


def hash_name(sha: str) -> str:
    """Return the digits of a photo's hash that name it, as in exports."""
    return sha[:16]


def _result(photo: str, name: str, kind: str, value: Json) -> dict[str, Any]:
    return {
        "id": f"{hash_name(photo)}-{name}",
        "from_name": name,
        "to_name": PHOTO,
        "type": kind,
        "value": dict(value),
    }


# The labelling config ---------------------------------------------------------------------------------


def labelling_config() -> str:
    """Return Label Studio's form for the study: the face region, the label and the attributes.

    Choices show names and store codes. None is chosen beforehand.
    """
    region = [
        f'<Image name="{PHOTO}" value="${IMAGE}" zoom="true" zoomControl="true" rotateControl="true"/>',
        *(_region_tags(kind) for kind in ("Polygon", "Rectangle", "Ellipse")),
    ]
    label = dict(zip(LABELS, LABELS, strict=True))
    form = list(_choices(LABEL, "Label", "", label, LABEL_KEYS, True))
    for one in attributes():
        keys = {value.code: value.key for value in one.values}
        form += _choices(
            one.code, one.name, one.hint, one.names, keys, one.is_required, one.is_multiple
        )
    form += [
        '<Header value="Note" size="5"/>',
        f'<TextArea name="{NOTE}" toName="{PHOTO}" maxSubmissions="1" editable="true"/>',
    ]
    sides = [*_side("flex: 60%", region), *_side("flex: 40%", form)]
    return "\n".join(['<View style="display: flex; gap: 1em">', *sides, "</View>\n"])


def _side(style: str, tags: Sequence[str]) -> list[str]:
    return [f'  <View style="{style}">', *(f"    {tag}" for tag in tags), "  </View>"]


def _region_tags(kind: str) -> str:
    turned = "" if kind == "Polygon" else ' canRotate="true"'
    return (
        f'<{kind}Labels name="{kind.lower()}" toName="{PHOTO}"{turned}>'
        f'<Label value="{FACE_REGION}: {kind.lower()}" alias="{FACE_REGION}"/></{kind}Labels>'
    )


def _choices(
    code: str,
    name: str,
    hint: str,
    names: Mapping[str, str],
    keys: Mapping[str, str],
    is_required: bool,
    is_multiple: bool = False,
) -> Iterator[str]:
    title = f"{name}: {hint}" if hint else name
    yield f'<Header value={quoteattr(title)} size="5"/>'
    choice = "multiple" if is_multiple else "single-radio"
    required = ' required="true"' if is_required else ""
    yield f'<Choices name={quoteattr(code)} toName="{PHOTO}" choice="{choice}"{required} showInline="true">'
    for value, shown in names.items():
        key = f" hotkey={quoteattr(keys[value])}" if keys.get(value) else ""
        yield f"  <Choice value={quoteattr(shown)} alias={quoteattr(value)}{key}/>"
    yield "</Choices>"
