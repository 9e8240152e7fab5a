"""Reads a file, or a folder of files, that another tool wrote."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from curator.base.errors import InputInvalid
from curator.base.messages import Listed
from curator.base.table_text import read_text
from curator.formats.kinds import KINDS, Kind
from curator.formats.marks import Marks

ENDINGS = (".json", ".xml")


class KindUnknown(InputInvalid):
    """A file is of no kind that curator reads."""

    kind = "kind"


def is_table(path: Path) -> bool:
    """Tell whether a file may be a table: neither a folder nor the start of JSON or XML."""
    if path.is_dir():
        return False
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    except OSError:
        return True  # whose reader says why
    return not start.startswith((b"{", b"[", b"<"))


def read_marks(path: Path) -> tuple[Kind, list[Marks]]:
    """Read a file, or all files of one kind in a folder, numbered on.

    Raises:
        InputInvalid: it cannot be read, or is not what it begins as.
        KindUnknown
    """
    found = [one for file in _files(path) if (one := _marks_in(file))]
    kinds = {kind.code: kind for kind, _ in found}
    if not kinds:
        raise KindUnknown(
            "%(path)s is of no kind that curator reads: a table of ratings (CSV), or a file of %(kinds)s.",
            path=path,
            kinds=Listed([kind.name for kind in KINDS]).joined(", "),
        )
    if len(kinds) > 1:
        raise InputInvalid(
            "%(path)s has files of several kinds (%(kinds)s): give one file.",
            path=path,
            kinds=Listed([kind.name for kind in kinds.values()]).joined(", "),
        )
    [kind] = kinds.values()
    parts = [marks for _, marks in found]
    return kind, parts[0] if len(parts) == 1 else _numbered(parts)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS)


def _marks_in(path: Path) -> tuple[Kind, list[Marks]] | None:
    document = parsed(path)
    for kind in KINDS:
        if kind.recognises(document):
            return kind, list(kind.read(document))
    return None


def _numbered(parts: list[list[Marks]]) -> list[Marks]:
    marks = [one for part in parts for one in part]
    return [replace(one, number=number) for number, one in enumerate(marks, start=1)]


def parsed(path: Path) -> Any:
    """Parse JSON, or XML without entities of its own, which could unpack to gigabytes."""
    try:
        content = path.read_bytes()
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return defusedxml.ElementTree.fromstring(content)
        return json.loads(read_text(path))
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be read: %(why)s.", path=path, why=error.strerror
        ) from error
    except (ValueError, ParseError, DefusedXmlException, RecursionError) as error:
        raise InputInvalid(
            "%(path)s is damaged, or was not saved whole: %(why)s.", path=path, why=error
        ) from error


def numbers(*values: object) -> Iterator[float]:
    """Yield numbers as a file has them; ValueError if one is none, or is not finite."""
    for value in values:
        number = float(value)  # type: ignore[arg-type]
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(value)
        yield number
