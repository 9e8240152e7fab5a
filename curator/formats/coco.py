"""COCO: images, and annotations with polygons or boxes, as CVAT, Label Studio, Roboflow and others write it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curator.base.errors import InputInvalid
from curator.base.messages import Listed, translatable
from curator.base.models.ratings import LABELS
from curator.formats.marks import (
    PIXEL_DECIMALS,
    Answer,
    Marks,
    RatedPhoto,
    Shape,
    answers_in,
    frame_of,
    marks_of_each,
    names_of,
)
from curator.formats.nodes import Node
from curator.formats.shapes import (
    MASK,
    area,
    box_around,
    joined,
    not_read,
    paired,
    rectangle,
    rotated,
)
from curator.ratings.outlines import Outline
from faces.regions import Region

A_CATEGORY = translatable("the id of a category")
A_BOX = translatable("left, top, width and height")
# Attributes that CVAT and Datumaro write with every annotation.
OF_TOOLS = ("occluded", "outside", "rotation", "track_id", "keyframe", "is_crowd", "id", "score")


@dataclass(frozen=True)
class _File:
    """A file's categories, and its annotations by image."""

    categories: Mapping[str, str]
    annotations: Mapping[str, Sequence[Node]]
    images: Counter[str]

    @classmethod
    def of(cls, document: Node) -> "_File":
        annotations = defaultdict(list)
        for annotation in document["annotations"].items():
            annotations[annotation["image_id"].text()].append(annotation)
        categories: dict[str, str] = {}
        for one in document["categories"].items():
            code, name = one["id"].text(), one["name"].text()
            if categories.setdefault(code, name) != name:
                raise InputInvalid(
                    "%(names)s are both category %(id)s",
                    names=Listed([repr(categories[code]), repr(name)]),
                    id=code,
                )
        images = Counter(image["id"].text() for image in document["images"].items())
        return cls(categories, annotations, images)


def recognises(document: Any) -> bool:
    return isinstance(document, dict) and "images" in document and "annotations" in document


def read(document: Any) -> Iterator[Marks]:
    """Yield an image's marks, and those of images that the file does not have."""
    file = _File.of(Node(document))
    images = list(Node(document)["images"].items())

    def marks(image: Node, marks: Marks) -> Marks:
        return _with_annotations(marks, image, file)

    yield from marks_of_each(images, _names, marks)
    strangers = [image for image in file.annotations if image not in file.images]
    for number, image in enumerate(strangers, start=len(images) + 1):
        yield _without_image(number, image, file.annotations[image])


def _names(image: Node) -> tuple[str, ...]:
    file = image["file_name"].text() or image["coco_url"].text()
    original = image["extra"]["name"].text()  # Roboflow's
    names = (*names_of(file)[:1], original, *names_of(file)[1:], image["photo"].text())
    return tuple(filter(None, names)) or ("",)


def _with_annotations(marks: Marks, image: Node, file: _File) -> Marks:
    code = image["id"].text()
    if file.images[code] > 1:
        raise InputInvalid(
            "%(count)s images of the file have the id %(id)s", count=file.images[code], id=code
        )
    size = frame_of(image["width"], image["height"])
    shapes, answers = [], list(answers_in(image["attributes"]))
    for annotation in file.annotations.get(code, ()):
        shape = _shape(annotation, size, file.categories)
        if shape.outline or shape.problem:
            shapes.append(shape)
        else:  # a class of the whole image
            answers += [Answer("", shape.name), *shape.answers]
    return replace(marks, shapes=tuple(shapes), answers=tuple(answers))


def _without_image(number: int, image: str, annotations: Sequence[Node]) -> Marks:
    problem = InputInvalid(
        "%(place)s is of image %(id)s, which the file does not have",
        place=annotations[0].place,
        id=image or "?",
    )
    return Marks(number, "", problem=problem)


def _shape(
    annotation: Node, size: tuple[float, float] | None, categories: Mapping[str, str]
) -> Shape:
    category = annotation["category_id"]
    if category and category.text() not in categories:
        raise category.wrong(A_CATEGORY)
    shape = Shape(
        None,
        categories.get(category.text(), ""),
        answers_in(annotation["attributes"], besides=OF_TOOLS),
    )
    if _is_mask(annotation["segmentation"]):
        return replace(shape, problem=not_read(MASK))
    points = _points(annotation)
    return replace(shape, outline=Outline(points, size)) if points else shape


def _is_mask(segmentation: Node) -> bool:
    return segmentation.is_object or (
        segmentation.is_list and any(part.is_object for part in segmentation.items())
    )


def _points(annotation: Node) -> Region:
    """Return the outline: the polygons as one, or the box, which may be turned."""
    polygons = [paired(numbers) for numbers in _polygons(annotation["segmentation"])]
    drawn = joined(polygons) if polygons else ()
    turn = annotation["attributes"]["rotation"]
    degrees = turn.number() if turn else 0
    if not annotation["bbox"] or (drawn and not degrees):
        return drawn
    left, top, width, height = _box(annotation["bbox"])
    corners = rectangle(left, top, width, height) if width and height else ()
    if drawn and {*drawn} != {*corners}:
        return drawn
    return rotated(corners, (left + width / 2, top + height / 2), degrees)


def _box(node: Node) -> list[float]:
    box = node.numbers()
    if len(box) != 4:
        raise node.wrong(A_BOX)
    return box


def _polygons(segmentation: Node) -> list[list[float]]:
    parts = list(segmentation.items())
    if parts and not parts[0].is_list:  # one polygon without the list around it
        return [segmentation.numbers()]
    return [part.numbers() for part in parts if part]


def write(rated: Sequence[RatedPhoto]) -> bytes:
    """Write photos as images, and each region as an annotation whose category is the label."""
    document = {
        "info": {"description": "Rated photos of faces", "version": "1"},
        "licenses": [],
        "images": [_image(number, photo) for number, photo in enumerate(rated, start=1)],
        "annotations": [
            _annotation(number, photo)
            for number, photo in enumerate(rated, start=1)
            if photo.region
        ],
        "categories": [
            {"id": number, "name": label, "supercategory": "face"}
            for number, label in enumerate(LABELS, start=1)
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _image(number: int, photo: RatedPhoto) -> dict[str, Any]:
    image: dict[str, Any] = {
        "id": number,
        "width": photo.width_px,
        "height": photo.height_px,
        "file_name": photo.file,
        "photo": photo.id,
    }
    if photo.split:
        image["split"] = photo.split
    if not photo.region:
        image["attributes"] = {"label": photo.label, **photo.said}
    return image


def _annotation(number: int, photo: RatedPhoto) -> dict[str, Any]:
    points = photo.outline_px
    annotation = {
        "id": number,
        "image_id": number,
        "category_id": LABELS.index(photo.label) + 1,
        "segmentation": [[value for point in points for value in point]],
        "area": round(area(points), PIXEL_DECIMALS),
        "bbox": [round(value, PIXEL_DECIMALS) for value in box_around(points)],
        "iscrowd": 0,
        "attributes": photo.said,
    }
    return {**annotation, "rater": photo.rater} if photo.rater else annotation
