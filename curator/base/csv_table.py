"""Reads users' CSV tables: posts.csv here, ratings through `read_table`."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from curator.base.errors import InputInvalid

HANDLE = re.compile(r"@[\w.]+")


@dataclass(frozen=True)
class Post:
    post_url: str = ""
    author: str = ""
    caption: str = ""
    collected_on: date | None = None
    collector: str = ""


def read_table(
    path: Path, required: set[str], known: set[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's line number and stripped cells; InputInvalid names a wrong column or encoding."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = set(reader.fieldnames or ())
            if missing := required - columns:
                raise InputInvalid(
                    "%(path)s lacks the column %(names)s.",
                    path=path,
                    names=", ".join(sorted(missing)),
                )
            if unknown := columns - known:
                names = ", ".join(sorted(map(str, unknown)))
                raise InputInvalid(
                    "%(path)s has a column that curator does not know: %(names)s.",
                    path=path,
                    names=names,
                )
            for row in reader:
                if None in row:
                    raise InputInvalid(
                        "%(path)s, line %(line)s: more cells than columns.",
                        path=path,
                        line=reader.line_num,
                    )
                yield reader.line_num, {key: (value or "").strip() for key, value in row.items()}
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be read: %(why)s.", path=path, why=error.strerror
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputInvalid(
            "%(path)s is not a UTF-8 CSV file: %(why)s.", path=path, why=error
        ) from error


def posts_by_file(path: Path) -> dict[str, Post]:
    """Read posts.csv into one post per file name."""
    fields = {"file", "post_url", "author", "caption", "collected_on", "collector"}
    posts = {}
    for line, row in read_table(path, {"file"}, fields):
        try:
            day = date.fromisoformat(row["collected_on"]) if row.get("collected_on") else None
        except ValueError:
            raise InputInvalid(
                "%(path)s, line %(line)s: collected_on is %(given)r; write a date like 2026-11-23.",
                path=path,
                line=line,
                given=row["collected_on"],
            ) from None
        posts[row["file"]] = Post(
            post_url=row.get("post_url", ""),
            author=row.get("author", ""),
            caption=HANDLE.sub(
                "@…", row.get("caption", "")
            ),  # never store other people's account names
            collected_on=day,
            collector=row.get("collector", ""),
        )
    return posts
