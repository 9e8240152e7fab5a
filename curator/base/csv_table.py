"""Reads users' CSV tables: posts.csv here, ratings through `read_table`."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path

from curator.base.addresses import post_address
from curator.base.dates import DateUnclear, read_date
from curator.base.errors import InputInvalid
from curator.base.messages import translatable
from curator.base.spelling import loose_form
from curator.base.table_text import read_text

HANDLE = re.compile(r"@[\w.]+")
DELIMITERS = ",;\t|"
DECLARED = re.compile(
    r'"?sep=([^\r\n\w" ])"?[,;\t]*(?:\r\n|\r|\n)', re.IGNORECASE
)  # Excel's first line
UNCLEAR = {
    "swapped": translatable("day and month may be swapped"),
    "serial": translatable("a number of days, as Excel stores dates"),
    "unknown": translatable("not a date"),
}

Record = tuple[int, list[str]]  # the first line of a row, and its stripped cells


@dataclass(frozen=True)
class Post:
    """What is known of the post that a photo came from; `lines` are the table's, 0 if there is none."""

    post_url: str = ""
    author: str = ""
    caption: str = ""
    collected_on: date | None = None
    collector: str = ""
    lines: tuple[int, ...] = field(default=(0,), compare=False)


def without_account_names(caption: str) -> str:
    """Blank the account names in a caption: other people's are never stored."""
    return HANDLE.sub("@…", caption)


def read_table(
    path: Path, required: set[str], known: set[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's first line and stripped cells, without blank rows and unnamed blank columns.

    Encoding and delimiter are recognised; case and spaces around the names of columns do not matter.

    Raises:
        InputInvalid: it names a wrong column, row or encoding.
    """
    rows = _records(path, read_text(path), known)
    _, header = next(rows, (0, []))
    columns = _names(header, known)
    _require_columns(path, columns, required, known)
    for line, cells in rows:
        named = zip_longest(columns, cells[: len(columns)], fillvalue="")
        values = {name: cell for name, cell in named if name}
        if sum(map(bool, cells)) > sum(map(bool, values.values())):
            raise InputInvalid(
                "%(path)s, line %(line)s: more cells than columns.", path=path, line=line
            )
        if any(values.values()):
            yield line, values


def _records(path: Path, text: str, known: set[str]) -> Iterator[Record]:
    """Yield the rows that are not blank, from the header on, by the delimiter that fits the header."""
    declared = DECLARED.match(text)
    delimiters = [declared[1], *DELIMITERS] if declared else [*DELIMITERS]
    body, skipped = (text[declared.end() :], 1) if declared else (text, 0)

    def fit(delimiter: str) -> int:
        with suppress(InputInvalid):
            _, header = next(_split(path, body, delimiter, skipped), (0, []))
            return len({*_names(header, known)} & known)
        return -1

    return _split(path, body, max(delimiters, key=fit), skipped)


def _split(path: Path, text: str, delimiter: str, skipped: int) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise InputInvalid(
            "%(path)s, line %(line)s: %(why)s. Check the quotation marks in this row.",
            path=path,
            line=line,
            why=error,
        ) from error


def _names(header: list[str], known: set[str]) -> list[str]:
    """Return the known names of columns, however their case and spaces were written."""
    names = {loose_form(name): name for name in known}
    return [names.get(loose_form(name), name) for name in header]


def _require_columns(path: Path, columns: list[str], required: set[str], known: set[str]) -> None:
    """Refuse columns that are missing, unknown or there twice; a column without a name may be blank."""
    if not columns:
        raise InputInvalid("%(path)s is empty.", path=path)
    within = re.split(f"[{DELIMITERS}]", "".join(columns))
    if not any(columns[1:]) and len(within) > 1 and required <= {*_names(within, known)}:
        raise InputInvalid(
            "%(path)s has each row in one cell: split the column into several (Text to Columns), "
            "then save it as CSV UTF-8.",
            path=path,
        )
    if missing := required - set(columns):
        raise InputInvalid(
            "%(path)s lacks the column %(names)s.", path=path, names=", ".join(sorted(missing))
        )
    if unknown := set(columns) - known - {""}:
        raise InputInvalid(
            "%(path)s has a column that curator does not know: %(names)s.",
            path=path,
            names=", ".join(sorted(unknown)),
        )
    if twice := {name for name in columns if name and columns.count(name) > 1}:
        raise InputInvalid(
            "%(path)s has two columns called %(names)s.", path=path, names=", ".join(sorted(twice))
        )


def posts_by_file(path: Path) -> dict[str, Post]:
    """Read posts.csv into one post per file name; two rows that say the same are one.

    Raises:
        InputInvalid: a row has no file name, or says other things of a file than an earlier row.
    """
    fields = {"file", "post_url", "author", "caption", "collected_on", "collector"}
    posts: dict[str, Post] = {}
    for line, row in read_table(path, {"file"}, fields):
        post = _post(path, line, row)
        if not row["file"]:
            raise InputInvalid("%(path)s, line %(line)s: no file is named.", path=path, line=line)
        earlier = posts.get(row["file"], post)
        if earlier != post:
            raise InputInvalid(
                "%(path)s, line %(line)s: %(file)s has another row on line %(earlier)s, which says "
                "otherwise.",
                path=path,
                line=line,
                file=row["file"],
                earlier=earlier.lines[0],
            )
        lines = () if earlier is post else earlier.lines
        posts[row["file"]] = replace(post, lines=(*lines, line))
    return posts


def _post(path: Path, line: int, row: dict[str, str]) -> Post:
    try:
        day = read_date(row["collected_on"]) if row.get("collected_on") else None
    except DateUnclear as unclear:
        raise InputInvalid(
            "%(path)s, line %(line)s: collected_on is %(given)r (%(why)s); write a date like "
            "2026-11-23.",
            path=path,
            line=line,
            given=row["collected_on"],
            why=UNCLEAR[unclear.reason],
        ) from None
    return Post(
        post_url=post_address(row.get("post_url", "")),
        author=row.get("author", ""),
        caption=without_account_names(row.get("caption", "")),
        collected_on=day,
        collector=row.get("collector", ""),
    )
