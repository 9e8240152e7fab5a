"""Reads users' CSV tables: posts.csv here, ratings through `read_table`."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path

from curator.base.addresses import post_address
from curator.base.errors import InputInvalid

HANDLE = re.compile(r"@[\w.]+")


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
    """Yield each row's line number and stripped cells, without blank rows and unnamed blank columns.

    Raises:
        InputInvalid: it names a wrong column, row or encoding.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = [name.strip() for name in next(reader, [])]
            _require_columns(path, columns, required, known)
            for row in reader:
                cells = [cell.strip() for cell in row]
                named = zip_longest(columns, cells[: len(columns)], fillvalue="")
                values = {name: cell for name, cell in named if name}
                if sum(map(bool, cells)) > sum(map(bool, values.values())):
                    raise InputInvalid(
                        "%(path)s, line %(line)s: more cells than columns.",
                        path=path,
                        line=reader.line_num,
                    )
                if any(values.values()):
                    yield reader.line_num, values
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be read: %(why)s.", path=path, why=error.strerror
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputInvalid(
            "%(path)s is not a UTF-8 CSV file: %(why)s.", path=path, why=error
        ) from error


def _require_columns(path: Path, columns: list[str], required: set[str], known: set[str]) -> None:
    """Refuse columns that are missing, unknown or there twice; a column without a name may be blank."""
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
        day = date.fromisoformat(row["collected_on"]) if row.get("collected_on") else None
    except ValueError:
        raise InputInvalid(
            "%(path)s, line %(line)s: collected_on is %(given)r; write a date like 2026-11-23.",
            path=path,
            line=line,
            given=row["collected_on"],
        ) from None
    return Post(
        post_url=post_address(row.get("post_url", "")),
        author=row.get("author", ""),
        caption=without_account_names(row.get("caption", "")),
        collected_on=day,
        collector=row.get("collector", ""),
    )
