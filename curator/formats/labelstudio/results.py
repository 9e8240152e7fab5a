"""What the results of an annotation say: outlines, answers and notes."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curator.base.errors import InputInvalid
from curator.formats.marks import Answer, Shape
from curator.formats.shapes import ellipse, rectangle, rotated
from curator.formats.vocabulary import word_form
from curator.ratings.origins import ACCEPTED, DRAWN, EDITED, IMPORTED
from curator.ratings.outlines import FRACTIONS, Outline
from faces.regions import Region

Json = Mapping[str, Any]

ORIGINS = {"manual": DRAWN, "prediction": ACCEPTED, "prediction-changed": EDITED}
# Names of questions that say nothing, as Label Studio's templates have them.
NAMELESS = {"choice", "choices", "class", "classification", "answer"}
UNREADABLE = ("brush", "bitmask", "vector")


@dataclass(frozen=True)
class Said:
    shapes: tuple[Shape, ...]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def said_in(results: Sequence[Json]) -> Said:
    """Return what results say; an answer about a region belongs to its outline."""
    shapes: list[Shape] = []
    answers: list[Answer] = []
    for of_region in _by_region(results):
        drawn = sorted(of_region, key=lambda one: _kind(one) not in SHAPES)
        said = [answer for one in of_region for answer in _answers(one)]
        if _kind(drawn[0]) in SHAPES:
            shapes += _shapes(drawn, said)
        else:
            answers += said
    notes = (text for one in results for text in _notes(one))
    return Said(tuple(shapes), tuple(answers), tuple(notes))


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
