"""CVAT for images 1.1: an XML file of images with shapes and tags, both with attributes."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from curator.base.errors import InputInvalid
from curator.base.messages import Translatable, translatable
from curator.base.models.ratings import LABELS
from curator.formats.marks import (
    Answer,
    Marks,
    RatedPhoto,
    Shape,
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
    paired,
    rectangle,
    rotated,
)
from curator.ratings.attributes import Attribute, attributes
from curator.ratings.outlines import Outline
from faces.regions import Region

FACE = "face"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
UNDEFINED = "__undefined__"  # CVAT's value of an attribute that nobody chose
A_CUBOID = translatable("a cuboid")
A_SKELETON = translatable("a skeleton")
VIDEO = "CVAT for images 1.1"


def recognises(document: Any) -> bool:
    return isinstance(document, Element) and document.tag == "annotations"


def read(document: Element) -> Iterator[Marks]:
    """Yield an image's marks.

    Raises:
        InputInvalid: the file is of a video, or was exported as one.
    """
    if document.find("track") is not None:
        raise InputInvalid(
            "it has tracks, as videos have: export the task once more as %(kind)s", kind=VIDEO
        )
    images = {
        f"image[{number}]": image for number, image in enumerate(document.findall("image"), start=1)
    }

    def marks(image: Node, marks: Marks) -> Marks:
        return _with_children(marks, image, images[image.place])

    nodes = (Node(dict(image.attrib), place) for place, image in images.items())
    yield from marks_of_each(nodes, lambda image: names_of(image["name"].text()), marks)


def _with_children(marks: Marks, image: Node, element: Element) -> Marks:
    size = frame_of(image["width"], image["height"])
    shapes: list[Shape] = []
    answers: list[Answer] = []
    for number, child in enumerate(element, start=1):
        node = Node(dict(child.attrib), f"{image.place}/{child.tag}[{number}]")
        if child.tag == "tag":
            answers += [Answer("", node["label"].text()), *_answers(child)]
        elif node["outside"].text() != "1":
            shapes.append(_shape(child, node, size))
    return replace(marks, shapes=tuple(shapes), answers=tuple(answers))


def _shape(element: Element, node: Node, size: tuple[float, float] | None) -> Shape:
    shape = Shape(None, node["label"].text(), _answers(element))
    points = OUTLINES[element.tag](node) if element.tag in OUTLINES else ()
    if points:
        return replace(shape, outline=Outline(points, size))
    what = NO_OUTLINES.get(element.tag, Translatable(element.tag))
    return replace(shape, problem=not_read(what))


def _answers(element: Element) -> tuple[Answer, ...]:
    given = (
        Answer((one.get("name") or "").strip(), (one.text or "").strip())
        for one in element.findall("attribute")
    )
    return tuple(answer for answer in given if answer.value not in ("", UNDEFINED))


def _polygon(node: Node) -> Region:
    pairs = [pair.split(",") for pair in node["points"].text().split(";") if pair.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise node["points"].wrong(PAIRS)
    return paired(Node([value for pair in pairs for value in pair], node["points"].place).numbers())


def _box(node: Node) -> Region:
    left, top, right, bottom = (node[side].number() for side in ("xtl", "ytl", "xbr", "ybr"))
    corners = rectangle(left, top, right - left, bottom - top)
    return rotated(corners, ((left + right) / 2, (top + bottom) / 2), _turn(node))


def _ellipse(node: Node) -> Region:
    x, y, radius_x, radius_y = (node[side].number() for side in ("cx", "cy", "rx", "ry"))
    return ellipse(x, y, radius_x, radius_y, _turn(node))


def _turn(node: Node) -> float:
    """Return the degrees by which a shape is turned clockwise around its centre."""
    return node["rotation"].number() if node["rotation"] else 0


PAIRS = translatable("x,y;x,y;...")
OUTLINES: dict[str, Callable[[Node], Region]] = {
    "polygon": _polygon,
    "box": _box,
    "ellipse": _ellipse,
    "polyline": lambda node: closed(_polygon(node)),
}
NO_OUTLINES = {
    "polyline": LINE,
    "points": POINTS,
    "mask": MASK,
    "cuboid": A_CUBOID,
    "skeleton": A_SKELETON,
}


def write(rated: Sequence[RatedPhoto]) -> bytes:
    """Write photos as images, each region as a polygon, and each label as a tag with attributes.

    Names begin below the folder `images`, where CVAT and Datumaro look for them.
    """
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    task = SubElement(SubElement(root, "meta"), "task")
    for name, value in (("id", "0"), ("name", "malar"), ("size", str(len(rated)))):
        SubElement(task, name).text = value
    SubElement(task, "mode").text = "annotation"
    labels = SubElement(task, "labels")
    for label in label_specs():
        _add_label(labels, label)
    for number, photo in enumerate(rated):
        _add_image(root, number, photo)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def label_specs() -> list[dict[str, Any]]:
    """Return the labels that `write` uses as CVAT's constructor of labels takes them, under Raw."""
    asked = [_attribute_spec(attribute) for attribute in attributes()] + [_spec("note")]
    tags = [{"name": label, "type": "tag", "attributes": asked} for label in LABELS]
    return [{"name": FACE, "type": "polygon", "attributes": []}, *tags]


def _attribute_spec(attribute: Attribute) -> dict[str, Any]:
    if attribute.is_multiple:  # a choice has one value in CVAT
        return _spec(attribute.code)
    default = attribute.default or attribute.unknown or UNDEFINED
    return _spec(attribute.code, default, tuple(dict.fromkeys((*attribute.codes, default))))


def _spec(name: str, default: str = "", values: Sequence[str] = ()) -> dict[str, Any]:
    kind = "select" if values else "text"
    chosen = {"default_value": default, "values": list(values) or [default]}
    return {"name": name, "mutable": False, "input_type": kind, **chosen}


def _add_label(labels: Element, spec: dict[str, Any]) -> None:
    label = SubElement(labels, "label")
    SubElement(label, "name").text = spec["name"]
    SubElement(label, "type").text = spec["type"]
    given = SubElement(label, "attributes")
    for one in spec["attributes"]:
        attribute = SubElement(given, "attribute")
        SubElement(attribute, "name").text = one["name"]
        SubElement(attribute, "mutable").text = str(one["mutable"])
        SubElement(attribute, "input_type").text = one["input_type"]
        SubElement(attribute, "default_value").text = one["default_value"]
        SubElement(attribute, "values").text = "\n".join(one["values"])


def _add_image(root: Element, number: int, photo: RatedPhoto) -> None:
    image = SubElement(
        root,
        "image",
        id=str(number),
        name=photo.file.removeprefix("images/"),
        width=str(photo.width_px),
        height=str(photo.height_px),
    )
    if photo.region:
        points = ";".join(f"{x:.6f},{y:.6f}" for x, y in photo.outline_px)
        SubElement(
            image, "polygon", label=FACE, source="manual", occluded="0", points=points, z_order="0"
        )
    tag = SubElement(image, "tag", label=photo.label, source="manual")
    for name, value in photo.said.items():
        SubElement(tag, "attribute", name=name).text = NOT_IN_XML.sub("", value)
