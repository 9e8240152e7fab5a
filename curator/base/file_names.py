"""The names of files: as harmless labels, and matched with the rows of a table, an exact name first."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from curator.base.spelling import loose_form
from faces.formats import ENDING

LONGEST_NAME = 255
UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")  # Label Studio puts it before an upload's name
Subject = TypeVar("Subject", bound=Hashable)  # what a file's name names: the file, or its photo


def normal_form(name: str) -> str:
    """Return a path with NFC letters and plain slashes, without `./` and surrounding spaces."""
    path = unicodedata.normalize("NFC", name).replace("\\", "/").strip()
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def stem(name: str) -> str:
    """Return a name without a photo's ending."""
    return ENDING.sub("", name)


def before_upload(names: Iterable[str]) -> list[str]:
    """Return what those of the names that have Label Studio's prefix were before it got them."""
    return [UPLOADED.sub("", name, count=1) for name in names if UPLOADED.match(name)]


def _loose(name: str) -> str:
    return loose_form(normal_form(name))


def _ends(path: str) -> list[str]:
    """Return a path and its last parts: `a/b/c`, `b/c`, `c`."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


@dataclass(frozen=True)
class Form:
    """A way to compare names: by one key of a row and the keys of a file."""

    of_row: Callable[[str], str]
    of_file: Callable[[str], Iterable[str]]
    is_loose: bool = False


FORMS = (
    Form(str, lambda name: [name]),
    Form(normal_form, lambda name: [normal_form(name)]),
    Form(normal_form, lambda name: _ends(normal_form(name))),
    Form(_loose, lambda name: _ends(_loose(name)), is_loose=True),
    Form(
        lambda name: "" if ENDING.search(name) else _loose(name),
        lambda name: _ends(stem(_loose(name))),
        is_loose=True,
    ),
)
NO_FORM = len(FORMS)
SAME_NAME = 1  # the last form in which two names are one name, only written otherwise


class NameIndex:
    """Finds the files that a name means, by the closest form in which there are any.

    `paths` end with the names and may begin further up: a table may name files from there.
    """

    def __init__(self, names: Sequence[str], paths: Sequence[str] | None = None) -> None:
        self.names, self.paths = names, paths or names
        self.keys: dict[int, dict[str, list[int]]] = {}

    def find(self, name: str) -> tuple[int, list[int]]:
        """Return the form's place in FORMS, and the files' places; NO_FORM if there are none."""
        for rank, form in enumerate(FORMS):
            key = form.of_row(name)
            if key and (places := self._keys(rank).get(key)):
                return rank, places
        return NO_FORM, []

    def _keys(self, rank: int) -> dict[str, list[int]]:
        if rank not in self.keys:
            found = self.keys[rank] = defaultdict(list)
            names = self.names if rank <= SAME_NAME else self.paths
            for place, name in enumerate(names):
                for key in FORMS[rank].of_file(name):
                    found[key].append(place)
        return self.keys[rank]


@dataclass(frozen=True)
class Match(Generic[Subject]):
    """What a row means: nothing, one subject or several; `rival` is an earlier row that says otherwise."""

    subjects: tuple[Subject, ...] = ()
    is_loose: bool = False
    repeats: int | None = None
    rival: int | None = None


@dataclass(frozen=True)
class Matching(Generic[Subject]):
    """Each row's match, and for each subject its row."""

    matches: Sequence[Match[Subject]]
    row_of: Mapping[Subject, int] = field(default_factory=dict)


def match_rows(
    rows: Sequence[tuple[str, object]],
    files: Sequence[tuple[str, Subject]],
    paths: Sequence[str] | None = None,
) -> Matching[Subject]:
    """Match rows, each a name and what it says, with named subjects.

    A subject belongs to the row that names it most closely: a looser row that says otherwise means
    another file, which is not here.
    """
    index = NameIndex([name for name, _ in files], paths)
    found = [index.find(name) for name, _ in rows]
    subjects = [tuple(dict.fromkeys(files[place][1] for place in places)) for _, places in found]
    row_of: dict[Subject, int] = {}
    for row in sorted(range(len(rows)), key=lambda row: found[row][0]):
        for subject in subjects[row]:
            row_of.setdefault(subject, row)

    def match(row: int) -> Match[Subject]:
        rank, others = found[row][0], {row_of[subject] for subject in subjects[row]} - {row}
        rivals = sorted(other for other in others if rows[other][1] != rows[row][1])
        equal = [
            rival for rival in rivals if max(found[rival][0], SAME_NAME) == max(rank, SAME_NAME)
        ]
        if rivals and not equal and len(subjects[row]) == 1:
            return Match()
        is_loose = rank < NO_FORM and FORMS[rank].is_loose
        repeats, rival = min(others, default=None), next(iter(equal), None)
        return Match(subjects[row], is_loose, repeats, rival)

    return Matching([match(row) for row in range(len(rows))], row_of)


def clean_name(name: str) -> str:
    """Return a file's path as a harmless label: no control characters, no `..`, not too long."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    parts = [part for part in printable.replace("\\", "/").split("/") if part.strip(" .")]
    return "/".join(parts)[-LONGEST_NAME:] or "unnamed"
