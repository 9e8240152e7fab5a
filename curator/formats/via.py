"""VGG Image Annotator 1 and 2: projects and annotations as JSON, and annotations as CSV."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from curator.base.messages import Translatable, translatable
from curator.formats.marks import Answer, Marks, Shape, answers_in, marks_of_each, names_of
from curator.formats.nodes import Node
from curator.formats.shapes import (
    LINE,
    POINTS,
    closed,
    ellipse,
    not_read,
    rectangle,
)
from curator.formats.tables import header_of, records_in
from curator.ratings.outlines import Outline
from faces.regions import Region

METADATA = "_via_img_metadata"
COLUMNS = {"filename", "region_shape_attributes", "region_attributes"}
AS_MANY = translatable("as many numbers as there are in all_points_x")


def recognises(document: Any) -> bool:
    return bool(_photos_of(document))


def _photos_of(document: Any) -> Mapping[str, Any]:
    """Return a project's photos, or those of an export of annotations alone."""
    if not isinstance(document, dict):
        return {}
    if METADATA in document:
        return {METADATA: document[METADATA]}
    first = next(iter(document.values()), None)
    return document if isinstance(first, dict) and {"filename", "regions"} <= first.keys() else {}


def read(document: Any) -> Iterator[Marks]:
    """Yield a photo's marks, in pixels of the photo as a browser shows it: VIA does not tell its size."""
    file = Node(document)
    photos = file[METADATA] if METADATA in document else file
    asked = {of: _Asked(file["_via_attributes"][of]) for of in ("file", "region")}

    def marks(photo: Node, marks: Marks) -> Marks:
        shapes = (_shape(region, asked["region"]) for region in photo["regions"].values())
        answers = asked["file"].answers(photo["file_attributes"])
        return replace(marks, shapes=tuple(shapes), answers=answers)

    yield from marks_of_each(
        (photo for _, photo in photos.members()),
        lambda photo: names_of(photo["filename"].text()),
        marks,
    )


class _Asked:
    """The attributes of photos or regions, whose options VIA numbers if the user gave no codes."""

    def __init__(self, attributes: Node) -> None:
        self.attributes = attributes

    def answers(self, given: Node) -> tuple[Answer, ...]:
        return tuple(
            Answer(one.question, self._named(one.question, one.value)) for one in answers_in(given)
        )

    def _named(self, question: str, value: str) -> str:
        if not value.isdecimal():
            return value
        options = self.attributes[question]["options"]
        return (options[value].text() if options.is_object else "") or value


def _shape(region: Node, asked: _Asked) -> Shape:
    drawn, answers = region["shape_attributes"], asked.answers(region["region_attributes"])
    kind = drawn["name"].text()
    shape = Shape(None, answers=answers)
    if points := SHAPES.get(kind, _none)(drawn):
        return replace(shape, outline=Outline(points))
    return replace(shape, problem=not_read(NO_OUTLINES.get(kind, Translatable(kind))))


def _polygon(drawn: Node) -> Region:
    xs, ys = drawn["all_points_x"].numbers(), drawn["all_points_y"].numbers()
    if len(xs) != len(ys):
        raise drawn["all_points_y"].wrong(AS_MANY)
    return tuple(zip(xs, ys, strict=True))


def _rectangle(drawn: Node) -> Region:
    return rectangle(*(drawn[side].number() for side in ("x", "y", "width", "height")))


def _circle(drawn: Node) -> Region:
    x, y, radius = (drawn[name].number() for name in ("cx", "cy", "r"))
    return ellipse(x, y, radius, radius)


def _ellipse(drawn: Node) -> Region:
    x, y, across, down = (drawn[name].number() for name in ("cx", "cy", "rx", "ry"))
    turn = drawn["theta"].number() if drawn["theta"] else 0
    return ellipse(x, y, across, down, math.degrees(turn))


def _none(_drawn: Node) -> Region:
    return ()


SHAPES: dict[str, Callable[[Node], Region]] = {
    "polygon": _polygon,
    "polyline": lambda drawn: closed(_polygon(drawn)),
    "rect": _rectangle,
    "circle": _circle,
    "ellipse": _ellipse,
}
NO_OUTLINES = {"polyline": LINE, "point": POINTS}


def is_csv(start: str) -> bool:
    """Tell whether a text starts as VIA's table of annotations does."""
    return {name.strip() for name in header_of(_plain(start))} >= COLUMNS


def _plain(text: str) -> str:
    return text.lstrip("\ufeff#")  # version 1 writes its header as a comment


def from_csv(text: str) -> dict[str, Any]:
    """Return VIA's table of annotations, one row a region, as its JSON has them.

    Raises:
        ValueError: a cell holds no JSON.
        csv.Error
    """
    photos: dict[str, dict[str, Any]] = {}
    for line, row in enumerate(records_in(_plain(text)), start=2):
        name = row["filename"]
        photo = photos.setdefault(
            name + row.get("file_size", ""), {"filename": name, "regions": []}
        )
        photo["file_attributes"] = _cell(row.get("file_attributes", ""), line)
        if drawn := _cell(row["region_shape_attributes"], line):
            attributes = _cell(row["region_attributes"], line)
            photo["regions"].append({"shape_attributes": drawn, "region_attributes": attributes})
    return {METADATA: photos}


def _cell(text: str, line: int) -> Any:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {line}: {error}") from error
