"""VGG Image Annotator 3: projects, in which a view shows photos and metadata hold outlines and answers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from curator.base.errors import InputInvalid
from curator.base.messages import Translatable, translatable
from curator.formats.marks import Answer, Marks, Shape, marks_of_each, names_of
from curator.formats.nodes import Node
from curator.formats.shapes import (
    LINE,
    POINTS,
    box_around,
    closed,
    ellipse,
    not_read,
    paired,
    rectangle,
)
from curator.ratings.outlines import Outline
from faces.regions import Region

A_SHAPE = translatable("a shape with as many numbers as it needs")
THREE_POINTS = translatable("a circle through three points")


def recognises(document: Any) -> bool:
    return (
        isinstance(document, dict) and {"file", "view", "metadata", "attribute"} <= document.keys()
    )


def read(document: Any) -> Iterator[Marks]:
    """Yield the marks of each view, which shows one photo, in pixels of the photo as a browser shows it."""
    project = Node(document)
    metadata: dict[str, list[Node]] = defaultdict(list)
    for _, one in project["metadata"].members():
        metadata[one["vid"].text()].append(one)
    views = dict(project["view"].members())

    def marks(view: Node, marks: Marks) -> Marks:
        code = view.place.removeprefix("view.")
        return _with_metadata(marks, metadata.get(code, []), project["attribute"])

    yield from marks_of_each(views.values(), lambda view: _names(view, project["file"]), marks)


def _names(view: Node, files: Node) -> tuple[str, ...]:
    shown = list(view["fid_list"].items())
    if len(shown) != 1:
        raise InputInvalid(
            "%(place)s shows %(count)s files, and marks are read of views of one",
            place=view.place,
            count=len(shown),
        )
    file = files[shown[0].text()]
    return (*names_of(file["fname"].text() or file["src"].text()), *names_of(file["src"].text()))


def _with_metadata(marks: Marks, metadata: list[Node], attributes: Node) -> Marks:
    shapes: list[Shape] = []
    answers: list[Answer] = []
    for one in metadata:
        if one["z"]:
            raise InputInvalid("%(place)s is of a part of a video or sound", place=one.place)
        said = tuple(_answers(one["av"], attributes))
        if one["xy"]:
            shapes.append(_shape(one["xy"], said))
        else:
            answers += said
    return replace(marks, shapes=tuple(shapes), answers=tuple(answers))


def _answers(given: Node, attributes: Node) -> Iterator[Answer]:
    for code, value in given.members():
        attribute = attributes[code]
        options = attribute["options"]
        chosen = value.text().split(",") if options else [value.text()]
        for option in filter(None, chosen):
            named = options[option].text() if options else ""
            yield Answer(attribute["aname"].text() or code, named or option)


def _shape(node: Node, answers: tuple[Answer, ...]) -> Shape:
    kind, *numbers = node.numbers()
    shape = Shape(None, answers=answers)
    count, outline = SHAPES.get(kind, (0, _none))
    if count and len(numbers) != count:
        raise node.wrong(A_SHAPE)
    if points := outline(numbers):
        return replace(shape, outline=Outline(points))
    return replace(shape, problem=not_read(NO_OUTLINES.get(kind, Translatable(f"{kind:g}"))))


def _rectangle(numbers: Sequence[float]) -> Region:
    left, top, width, height = numbers
    return rectangle(left, top, width, height)


def _around(numbers: Sequence[float]) -> Region:
    return rectangle(*box_around(paired(numbers)))


def _circle(numbers: Sequence[float]) -> Region:
    x, y, radius = numbers
    return ellipse(x, y, radius, radius)


def _ellipse(numbers: Sequence[float]) -> Region:
    x, y, across, down = numbers
    return ellipse(x, y, across, down)


def _none(_numbers: Sequence[float]) -> Region:
    return ()


# By VIA's numbers: how many numbers a shape has (0 if it varies), and how they are read.
SHAPES: dict[float, tuple[int, Callable[[Sequence[float]], Region]]] = {
    2: (4, _rectangle),
    3: (3, _circle),
    4: (4, _ellipse),
    6: (0, lambda numbers: closed(paired(numbers))),
    7: (0, paired),
    8: (8, _around),  # four points on the sides of a rectangle
}
NO_OUTLINES: dict[float, Translatable] = {1: POINTS, 5: LINE, 6: LINE, 9: THREE_POINTS}
