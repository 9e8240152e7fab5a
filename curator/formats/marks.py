"""What another tool's file says of a photo in that tool's words, and a rated photo to be written for one."""

from collections.abc import Mapping
from dataclasses import dataclass

from curator.base.errors import InputInvalid
from curator.ratings.origins import IMPORTED
from curator.ratings.outlines import Outline
from faces.regions import Region


@dataclass(frozen=True)
class Answer:
    """A value of a named question, such as `sex` and `female`; a class or tag has no question."""

    question: str
    value: str


@dataclass(frozen=True)
class Shape:
    """An outline with the name of its class, and what its attributes answer."""

    outline: Outline
    name: str = ""
    answers: tuple[Answer, ...] = ()
    origin: str = IMPORTED


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


def tails(path: str) -> tuple[str, ...]:
    """Return the shorter paths that a path ends with: `b/c.jpg` and `c.jpg` of `a/b/c.jpg`."""
    parts = path.replace("\\", "/").split("/")
    return tuple("/".join(parts[start:]) for start in range(1, len(parts)))
