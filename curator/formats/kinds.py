"""The kinds of files that other tools write: one row each, found by a file's content."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from curator.formats import coco, cvat, labelme, redcap, via, via3
from curator.formats.labelstudio import minimal, tasks
from curator.formats.marks import Marks


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Attributes:
        unit: what a number in its messages counts, for instance "image".
        recognises: tells whether a parsed file, JSON or the root of XML, is of this kind.
        read: yields its marks in the file's order.
    """

    code: str
    name: str
    unit: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], Iterator[Marks]]


KINDS: tuple[Kind, ...] = (
    Kind("cvat", "CVAT for images", "image", cvat.recognises, cvat.read),
    Kind("coco", "COCO", "image", coco.recognises, coco.read),
    Kind("labelstudio", "Label Studio JSON", "task", tasks.is_tasks, tasks.read_tasks),
    Kind(
        "labelstudio-min",
        "Label Studio JSON-MIN or CSV",
        "task",
        minimal.is_minimal,
        minimal.read_minimal,
    ),
    Kind("labelme", "labelme", "photo", labelme.recognises, labelme.read),
    Kind("via3", "VIA 3", "photo", via3.recognises, via3.read),
    Kind("redcap", "REDCap", "record", redcap.recognises, redcap.read),
    Kind("via", "VIA 1 or 2", "photo", via.recognises, via.read),
)
