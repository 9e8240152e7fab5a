"""labelme: a JSON file for each photo, with shapes and flags; other programs write it too."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from curator.base.messages import Translatable, translatable
from curator.formats.marks import (
    Answer,
    Marks,
    Shape,
    answers_in,
    frame_of,
    marks_of_each,
    names_of,
)
from curator.formats.nodes import Node
from curator.formats.shapes import (
    LINE,
    MASK,
    POINTS,
    closed,
    ellipse,
    not_read,
    points_in,
    rectangle,
)
from curator.ratings.outlines import Outline
from faces.regions import Point, Region

TWO_POINTS = translatable("a list of two points")


def recognises(document: Any) -> bool:
    return isinstance(document, dict) and "shapes" in document and "imagePath" in document


def read(document: Any) -> Iterator[Marks]:
    """Yield the marks of the file's one photo."""
    yield from marks_of_each(
        [Node(document)], lambda file: names_of(file["imagePath"].text()), _read
    )


def _read(file: Node, marks: Marks) -> Marks:
    size = frame_of(file["imageWidth"], file["imageHeight"])
    shapes = tuple(_shape(shape, size) for shape in file["shapes"].items())
    note = Answer("note", file["description"].text())  # X-AnyLabeling's
    return replace(marks, shapes=shapes, answers=(*_flags(file["flags"]), note))


def _flags(flags: Node) -> tuple[Answer, ...]:
    """Return the flags that are set: one that is not is no answer, since nobody may have looked."""
    return tuple(Answer("", name) for name, flag in flags.members() if flag.value is True)


def _shape(node: Node, size: tuple[float, float] | None) -> Shape:
    note = Answer("note", node["description"].text())
    answers = (*_flags(node["flags"]), *answers_in(node["attributes"]), note)
    shape = Shape(None, node["label"].text(), answers)
    kind = node["shape_type"].text() or "polygon"
    if points := OUTLINES.get(kind, _none)(node["points"]):
        return replace(shape, outline=Outline(points, size))
    return replace(shape, problem=not_read(NO_OUTLINES.get(kind, Translatable(kind))))


def _two(node: Node) -> tuple[Point, Point]:
    points = points_in(node)
    if len(points) != 2:
        raise node.wrong(TWO_POINTS)
    return points[0], points[1]


def _rectangle(node: Node) -> Region:
    """Return the rectangle of two opposite corners, or of all four."""
    if len(list(node.items())) == 4:
        return points_in(node)
    (x, y), (u, v) = _two(node)
    return rectangle(min(x, u), min(y, v), abs(u - x), abs(v - y))


def _circle(node: Node) -> Region:
    (x, y), (u, v) = _two(node)
    radius = ((u - x) ** 2 + (v - y) ** 2) ** 0.5
    return ellipse(x, y, radius, radius)


def _none(_node: Node) -> Region:
    return ()


OUTLINES: dict[str, Callable[[Node], Region]] = {
    "polygon": points_in,
    "rectangle": _rectangle,
    "rotation": points_in,  # X-AnyLabeling's turned rectangle
    "oriented_rectangle": points_in,
    "quadrilateral": points_in,
    "circle": _circle,
    "linestrip": lambda node: closed(points_in(node)),
}
NO_OUTLINES = {"line": LINE, "linestrip": LINE, "point": POINTS, "points": POINTS, "mask": MASK}
