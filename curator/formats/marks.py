"""What another tool's file says of a photo in that tool's words, and a rated photo to be written for one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from curator.base.errors import InputInvalid
from curator.base.file_names import before_upload
from curator.formats.nodes import Node
from curator.ratings.origins import IMPORTED, UNKNOWN
from curator.ratings.outlines import Outline
from faces.regions import Region

PIXEL_DECIMALS = 6  # so that a region that was written and read again has the same fractions
# Roboflow's `a_jpg.rf.3f2e.jpg` was `a.jpg`.
ROBOFLOW = re.compile(r"^(.+)_([A-Za-z0-9]{3,4})\.rf\.[^./]+\.[^./]+$")


@dataclass(frozen=True)
class Answer:
    """A value of a named question, such as `sex` and `female`; a class or tag has no question."""

    question: str
    value: str


@dataclass(frozen=True)
class Shape:
    """An outline with the name of its class, and what its attributes answer.

    `problem` says why there is no outline; it matters only if this shape is to be the face region.
    """

    outline: Outline | None
    name: str = ""
    answers: tuple[Answer, ...] = ()
    origin: str = IMPORTED
    problem: InputInvalid | None = None


@dataclass(frozen=True)
class Marks:
    """What a file says of one photo, or what one annotator says of it.

    Attributes:
        number: the photo's place in the file, from 1, or the number that the tool gave it.
        file: the photo's name as the file has it; `also` are other names, the likeliest first.
        author: the annotator as the tool names them; empty if the file does not tell.
        active_s: seconds that it took; None if unknown.
        problem: why this photo's marks cannot be used.
    """

    number: int
    file: str
    also: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    answers: tuple[Answer, ...] = ()
    note: str = ""
    author: str = ""
    active_s: float | None = None
    problem: InputInvalid | None = None


@dataclass(frozen=True)
class RatedPhoto:
    """A photo with one rating or the consensus, to be written in a tool's format.

    Attributes:
        id: as in exports, the first digits of the SHA-256 of its pixels.
        file: the picture's path below the folder that is written, with `/`.
        width_px, height_px: of the upright photo, which the picture shows.
        values: all attributes by code.
        origin: where the region is from, one of origins.ORIGINS.
        active_s: seconds that the rater looked at the photo; None if unknown.
    """

    id: str
    file: str
    width_px: int
    height_px: int
    label: str
    values: Mapping[str, str]
    region: Region = ()
    split: str = ""
    note: str = ""
    rater: str = ""
    origin: str = UNKNOWN
    active_s: float | None = None

    @property
    def outline_px(self) -> Region:
        """Return the region in pixels; empty if there is none."""
        return tuple(
            (round(x * self.width_px, PIXEL_DECIMALS), round(y * self.height_px, PIXEL_DECIMALS))
            for x, y in self.region
        )

    @property
    def said(self) -> dict[str, str]:
        """Return the attributes' values and the note, without what is empty."""
        said = {**self.values, "note": self.note}
        return {question: value for question, value in said.items() if value}


def marks_of_each(
    photos: Iterable[Node],
    names: Callable[[Node], tuple[str, ...]],
    read: Callable[[Node, Marks], Marks],
) -> Iterator[Marks]:
    """Yield each photo's marks; what is wrong with one photo is its problem, and not the file's end.

    Args:
        names: returns a photo's name, and other names that it may have.
        read: adds to marks what the file says of the photo.
    """
    for number, photo in enumerate(photos, start=1):
        marks = Marks(number, "")
        try:
            file, *also = names(photo)
            marks = replace(marks, file=file, also=tuple(also))
            yield read(photo, marks)
        except InputInvalid as problem:
            yield replace(marks, problem=problem)


def names_of(path: str) -> tuple[str, ...]:
    """Return a photo's path, the shorter paths that it ends with, and what tools made of its name."""
    plain = path.partition("?")[0] if "://" in path else path
    plain = unquote(plain) if "%" in plain else plain
    names = [path, *tails(path), plain, *tails(plain)]
    name = plain.replace("\\", "/").rpartition("/")[2]
    names += [*before_upload([name]), ROBOFLOW.sub(r"\1.\2", name)]
    return tuple(dict.fromkeys(names))


def tails(path: str) -> tuple[str, ...]:
    """Return the shorter paths that a path ends with: `b/c.jpg` and `c.jpg` of `a/b/c.jpg`."""
    parts = path.replace("\\", "/").split("/")
    return tuple("/".join(parts[start:]) for start in range(1, len(parts)))


def answers_in(attributes: Node, besides: Iterable[str] = ()) -> tuple[Answer, ...]:
    """Return what an object of attributes answers, without those that a tool writes of its own.

    A list answers with each of its values, and an object of booleans with those that are true.
    """
    own = set(besides)
    return tuple(
        Answer(question, value)
        for question, node in attributes.members()
        if question not in own
        for value in _values(node)
        if value
    )


def _values(node: Node) -> Iterator[str]:
    if node.is_object:
        yield from (name for name, chosen in node.members() if chosen.value not in (False, None))
    elif node.is_list:
        yield from (value.text() for value in node.items())
    else:
        yield node.text()


def frame_of(width: Node, height: Node) -> tuple[float, float] | None:
    """Return the size of the photo that a file tells; None if it does not, or says 0, as VIA does."""
    if not (width and height):
        return None
    size = width.number(), height.number()
    return size if min(size) > 0 else None
