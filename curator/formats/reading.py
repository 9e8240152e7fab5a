"""Reads a file, or a folder of files, that another tool wrote."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from curator.base.errors import InputInvalid
from curator.base.messages import Listed, translatable
from curator.base.table_text import read_text
from curator.formats import redcap, via
from curator.formats.kinds import KINDS, Kind
from curator.formats.labelstudio import minimal
from curator.formats.marks import Marks

TABLES: tuple[ModuleType, ...] = (via, redcap, minimal)
ENDINGS = (".json", ".xml")  # a bucket that Label Studio writes to has bare numbers
ARCHIVE = ".zip"  # in which several tools export
SPACES = b" \t\r\n"
LONGEST_HEADER = 1 << 16  # REDCap's has a column for each choice
MARKS_AND_SPACES = b"\xef\xbb\xbf\xff\xfe\x00" + SPACES  # of UTF-8 and UTF-16


class KindUnknown(InputInvalid):
    """A file is of no kind that curator reads."""

    kind = "kind"


def is_table(path: Path) -> bool:
    """Tell whether a file may be a table of ratings: no folder, archive, JSON or XML, and no other tool's table."""
    if path.is_dir() or path.suffix.lower() == ARCHIVE:
        return False
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEADER).lstrip(MARKS_AND_SPACES)
    except OSError:
        return True  # whose reader says why
    text = start.decode("utf-8", "replace")
    is_other = any(table.is_csv(text) for table in TABLES)
    return not (start.startswith((b"{", b"[", b"<")) or is_other)


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
            translatable(
                "%(path)s is of no kind that curator reads: a table of ratings (CSV), or a file of "
                "%(kinds)s."
            ),
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
    return sorted(
        file
        for file in path.rglob("*")
        if (file.suffix.lower() in ENDINGS or file.name.isdecimal())
        and not _is_hidden(file.relative_to(path))
        and file.is_file()
    )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _marks_in(path: Path) -> tuple[Kind, list[Marks]] | None:
    document = parsed(path)
    for kind in KINDS:
        if kind.recognises(document):
            try:
                return kind, list(kind.read(document))
            except InputInvalid as problem:
                raise InputInvalid(
                    "%(path)s is not as %(kind)s writes it: %(why)s.",
                    path=path,
                    kind=kind.name,
                    why=problem,
                ) from problem
    return None


def _numbered(parts: list[list[Marks]]) -> list[Marks]:
    marks = [one for part in parts for one in part]
    return [replace(one, number=number) for number, one in enumerate(marks, start=1)]


def parsed(path: Path) -> Any:
    """Parse JSON, or XML without entities of its own, which could unpack to gigabytes."""
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ARCHIVE:
            raise InputInvalid(
                "%(path)s is an archive: unpack it, and give the file or folder in it.", path=path
            )
        if content.lstrip(MARKS_AND_SPACES).startswith(b"<"):
            return defusedxml.ElementTree.fromstring(content.lstrip(SPACES))
        start = content[:LONGEST_HEADER].decode("utf-8-sig", "replace")
        for table in TABLES:
            if table.is_csv(start):
                return table.from_csv(read_text(path))
        return json.loads(content)
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be read: %(why)s.", path=path, why=error.strerror
        ) from error
    except DefusedXmlException as error:
        raise InputInvalid(
            "%(path)s defines entities or names other files, which no tool's export does.",
            path=path,
        ) from error
    except (ValueError, LookupError, ParseError, RecursionError, csv.Error) as error:
        raise InputInvalid(
            "%(path)s is damaged, or was not saved whole: %(why)s.", path=path, why=error
        ) from error
