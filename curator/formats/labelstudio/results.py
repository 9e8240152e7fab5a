"""What the results of an annotation say: outlines, answers and notes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from curator.base.errors import InputInvalid
from curator.formats.marks import Answer, Shape
from curator.formats.meanings import word_form
from curator.formats.nodes import Node
from curator.formats.shapes import ellipse, points_in, rectangle, rotated
from curator.ratings.origins import ACCEPTED, DRAWN, EDITED, IMPORTED
from curator.ratings.outlines import FRACTIONS, Outline
from faces.regions import Region

ORIGINS = {"manual": DRAWN, "prediction": ACCEPTED, "prediction-changed": EDITED}
# Names of questions that say nothing, as Label Studio's templates have them.
NAMELESS = {"choice", "choices", "class", "classification", "answer"}
UNREADABLE = ("brush", "bitmask", "vector")  # matter only if one is to be the face region


@dataclass(frozen=True)
class Said:
    shapes: tuple[Shape, ...]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def said_in(results: Sequence[Node]) -> Said:
    """Return what results say; an answer about a region belongs to its outline."""
    shapes: list[Shape] = []
    answers: list[Answer] = []
    for of_region in _by_region(results):
        drawn = sorted(of_region, key=lambda one: not _is_drawn(one))
        said = [answer for one in of_region for answer in _answers(one)]
        if _is_drawn(drawn[0]):
            shapes += _shapes(drawn, said)
        else:
            answers += said
    notes = (text for one in results for text in _notes(one))
    return Said(tuple(shapes), tuple(answers), tuple(notes))


def _by_region(results: Sequence[Node]) -> Iterator[list[Node]]:
    """Group results by their region: a shape, its labels and what is answered for it share an id."""
    regions: dict[str | int, list[Node]] = {}
    for place, result in enumerate(results):
        regions.setdefault(result["id"].text() or place, []).append(result)
    yield from regions.values()


def _kind(result: Node) -> str:
    """Return what a result is, whether or not its tag labels what it draws."""
    return result["type"].text().lower().removesuffix("labels") or "labels"


def _is_drawn(result: Node) -> bool:
    return _kind(result) in (*SHAPES, *UNREADABLE)


def _shapes(results: Sequence[Node], answers: Sequence[Answer]) -> Iterator[Shape]:
    """Yield a region's outline under each of its labels."""
    drawn = results[0]
    problem = _unreadable(drawn) if _kind(drawn) in UNREADABLE else None
    names = [name for one in results for name in _labels(one["value"])]
    origin = ORIGINS.get(drawn["origin"].text(), IMPORTED)
    for name in names or [""]:
        outline = None if problem else _outline(drawn)
        yield Shape(outline, name, tuple(answers), origin, problem)


def _unreadable(drawn: Node) -> InputInvalid:
    return InputInvalid(
        "a region of it is drawn as %(kind)s, which has no outline: draw it as a polygon",
        kind=drawn["type"].text(),
    )


def _labels(value: Node) -> list[str]:
    return [
        label.text()
        for name, labels in value.members()
        if name.endswith("labels") and labels.is_list
        for label in labels.items()
    ]


def _outline(result: Node) -> Outline:
    """Return a region's outline in pixels of the photo, or in fractions if its size is not told.

    Coordinates are of the photo as it is without `image_rotation`, which only turns the view.
    """
    value = result["value"]
    size = [_number_or_0(result[f"original_{side}"]) for side in ("width", "height")]
    is_told = min(size) > 0
    width, height = size if is_told else FRACTIONS
    degrees = _number_or_0(value["rotation"])
    if degrees and not is_told:
        raise InputInvalid(
            "a region of it is rotated, and the file does not tell the photo's size: "
            "original_width and original_height are missing"
        )
    points = SHAPES[_kind(result)](value, width / 100, height / 100, degrees)
    return Outline(points, (width, height))


def _number_or_0(node: Node) -> float:
    return node.number() if node else 0


def _rectangle(value: Node, x: float, y: float, degrees: float) -> Region:
    left, top = value["x"].number() * x, value["y"].number() * y
    corners = rectangle(left, top, value["width"].number() * x, value["height"].number() * y)
    return rotated(corners, (left, top), degrees)


def _ellipse(value: Node, x: float, y: float, degrees: float) -> Region:
    centre = value["x"].number() * x, value["y"].number() * y
    return ellipse(*centre, value["radiusX"].number() * x, value["radiusY"].number() * y, degrees)


def _polygon(value: Node, x: float, y: float, _degrees: float) -> Region:
    points = tuple((px * x, py * y) for px, py in points_in(value["points"]))
    return points[:-1] if len(points) > 3 and points[0] == points[-1] else points


SHAPES: dict[str, Callable[[Node, float, float, float], Region]] = {
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "polygon": _polygon,
}


def _answers(result: Node) -> Iterator[Answer]:
    kind, value = _kind(result), result["value"]
    question = _question(result["from_name"].text())
    if kind == "textarea" and word_form(question) == "person":
        yield from (Answer("person", text) for text in _texts(value["text"]))
    for name in ("choices", "rating", "number", "datetime"):
        yield from (Answer(question, text) for text in _texts(value[name]))
    for path in value["taxonomy"].items():
        yield from (Answer(question, part.text()) for part in [*path.items()][-1:])


def _question(name: str) -> str:
    return "" if word_form(name) in NAMELESS else name


def _notes(result: Node) -> Iterator[str]:
    is_person = word_form(result["from_name"].text()) == "person"
    if _kind(result) == "textarea" and not is_person:
        yield from _texts(result["value"]["text"])


def _texts(given: Node) -> list[str]:
    if given.is_list:
        return [one.text() for one in given.items()]
    return [given.text()] if given else []
