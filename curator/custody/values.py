"""Examines single rows: whether each value is one that the program writes. One row of a table a rule."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from zlib import crc32

from copies.fingerprints import RECIPE as FINGERPRINTS
from curator.base.accounts import NAME
from curator.base.reach import Scope
from curator.custody.findings import Finding, Kind, SetCells, row_name
from curator.custody.records import UNSEEN, Cells, Records, key_of, table_named
from curator.exports.splits import SPLITS
from curator.photos.checks import RECIPE as CHECKS
from curator.photos.reasons import SCOPE_OF
from curator.ratings.origins import ORIGINS
from curator.ratings.queues import QUEUES
from curator.ratings.regions import parse_eyes, parse_fractions
from curator.ratings.suggesting import RECIPE as SUGGESTIONS
from faces.formats import BY_CODE

DIGEST = re.compile(r"[0-9a-f]{64}")
PHASH = re.compile(r"[0-9a-f]{16}")
MARKER = re.compile(r"[0-9a-f]{32}")
PASSWORD = re.compile(
    r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
    r"|(scrypt|pbkdf2)(:[a-z0-9]+)+\$[A-Za-z0-9]+\$[0-9a-f]+"
)
SCHEME = re.compile(r"\d+-\d+-\d+/(\d+)/-?\d+")

Holds = Callable[[Any, Cells], bool]


class Rule(NamedTuple):
    """What holds of a column in every sound row that has a value there; `says` is what is wrong otherwise."""

    table: str
    column: str
    says: str
    holds: Holds


def like(pattern: re.Pattern[str]) -> Holds:
    return lambda value, _row: pattern.fullmatch(value) is not None


def among(allowed: Any) -> Holds:
    return lambda value, _row: value in allowed


def at_least(least: float) -> Holds:
    return lambda value, _row: math.isfinite(value) and value >= least


def share(value: Any, _row: Cells) -> bool:
    return bool(0 <= value <= 1)


def _is_region(value: Any, _row: Cells) -> bool:
    return bool(parse_fractions(value))


def _are_eyes(value: Any, _row: Cells) -> bool:
    return all(0 <= part <= 1 for eye in parse_eyes(value) for part in eye)


def _is_queue(value: Any, row: Cells) -> bool:
    return bool(value.split(" ")[0] in QUEUES if row["turn"] else value == "")


def _is_trimmed(value: Any, _row: Cells) -> bool:
    return bool(value) and value == value.strip()


def _is_fold(value: Any, row: Cells) -> bool:
    scheme = SCHEME.fullmatch(row["scheme"])
    return scheme is not None and 0 <= value < int(scheme[1])


def _is_scope(value: Any, row: Cells) -> bool:
    """A known reason says itself what it is about."""
    reason = row["excluded_reason"]
    return value in {*Scope} and reason is not None and SCOPE_OF.get(reason, value) == value


def _is_alignment(value: Any, _row: Cells) -> bool:
    rows = value["matrix"]
    return (
        len(rows) == 3
        and all(len(each) == 3 for each in rows)
        and value["mirrored"] in (True, False)
    )


RULES = (
    *(
        Rule(table, column, "is not a SHA-256 digest", like(DIGEST))
        for table, column in (
            ("photo", "file_sha256"),
            ("photo", "pixel_sha256"),
            ("photo", "earlier_pixel_sha256"),
            ("photo", "author_key"),
            ("export", "content_hash"),
            ("sign_in", "token_hash"),
            ("token", "token_hash"),
        )
    ),
    Rule("photo", "phash", "is not a perceptual hash", like(PHASH)),
    Rule("photo", "format", "is not a format of photos", among(BY_CODE)),
    Rule("photo", "excluded_scope", "is not what the reason is about", _is_scope),
    Rule(
        "photo", "excluded_reason", "has no scope", lambda _, row: row["excluded_scope"] is not None
    ),
    Rule("photo", "original_name", "is empty", lambda value, _: bool(value)),
    *(
        Rule(table, column, "is not a face region", _is_region)
        for table, column in (
            ("rating", "region"),
            ("adjudication", "region"),
            ("first_word", "region"),
            ("suggestion", "region"),
        )
    ),
    Rule("suggestion", "eyes", "is not two points of the photo", _are_eyes),
    Rule(
        "suggestion",
        "faces",
        "contradicts the eyes",
        lambda v, r: (v > 0) == (r["eyes"] is not None),
    ),
    Rule("suggestion", "recipe", "is no way of finding faces", among(range(SUGGESTIONS + 1))),
    Rule(
        "fingerprint", "recipe", "is no way of taking fingerprints", among(range(FINGERPRINTS + 1))
    ),
    Rule("fingerprint", "content_share", "is not a share", share),
    Rule("photo_check", "recipe", "is no way of checking photos", among(range(CHECKS + 1))),
    *(
        Rule(t, "origin", "is no origin of a region", among(ORIGINS))
        for t in ("rating", "adjudication", "first_word")
    ),
    *(
        Rule(t, "active_s", "is not a number of seconds", at_least(0))
        for t in ("rating", "adjudication", "label_studio_task")
    ),
    *(Rule(t, "version", "is not a version", at_least(1)) for t in ("rating", "adjudication")),
    Rule("user", "name", "is not an account's name", like(NAME)),
    Rule("user", "password_hash", "is not a hashed password", like(PASSWORD)),
    Rule("person", "code", "is empty or has spaces around it", _is_trimmed),
    *(
        Rule("batch", column, "is not a count", at_least(0))
        for column in ("announced", "seen", "added", "already_there", "rejected", "ignored")
    ),
    Rule("duplicate_pair", "distance_bits", "is not a number of bits", among(range(65))),
    Rule("duplicate_pair", "score", "is not a share", share),
    Rule("duplicate_pair", "alignment", "is not how a photo lies on another", _is_alignment),
    Rule("split_assignment", "scheme", "is not a scheme of splits", like(SCHEME)),
    Rule("split_assignment", "split", "is not a split", among(SPLITS)),
    Rule("split_assignment", "fold", "is not a fold of its scheme", _is_fold),
    Rule("place", "position", "is not a place in an order", at_least(0)),
    Rule("place", "turn", "is not a turn", at_least(0)),
    Rule("place", "queue", "is no queue of photos", _is_queue),
    Rule("label_studio_project", "marker", "is not a marker", like(MARKER)),
    Rule("label_studio_project", "number", "is not a project's number", at_least(1)),
    Rule("label_studio_task", "number", "is not a task's number", at_least(1)),
    Rule(
        "label_studio_task",
        "synced",
        "is not a digest",
        lambda v, _: v == "" or bool(DIGEST.fullmatch(v)),
    ),
    Rule(
        "label_studio_annotator",
        "email",
        "is no e-mail address",
        lambda v, _: "@" in v and v == v.strip().lower(),
    ),
    Rule("token", "until", "is before it was made", lambda v, row: v > row["made_at"]),
    Rule("rejected_file", "values", "is not a set of values", lambda v, _: isinstance(v, dict)),
    Rule("first_word", "values", "is not a set of values", lambda v, _: isinstance(v, dict)),
)


def check_values(records: Records) -> Iterator[Finding]:
    for rule in RULES:
        for cells in records.each(rule.table):
            value = cells[rule.column]
            if value is None or UNSEEN in cells.values():
                continue
            if not _holds(rule, value, cells):
                about = row_name(rule.table, key_of(table_named(rule.table), cells))
                yield Finding(
                    Kind.VALUE_IMPOSSIBLE, about, f"{rule.column} {rule.says}: {value!r:.80}."
                )
    yield from _seeds(records)


def _holds(rule: Rule, value: Any, cells: Cells) -> bool:
    try:
        return rule.holds(value, cells)
    except Exception:  # whatever a value that nobody wrote does to the rule
        return False


def _seeds(records: Records) -> Iterator[Finding]:
    for cells in records.each("user"):
        if UNSEEN in cells.values():
            continue
        wanted = crc32(cells["name"].encode()) >> 1
        if cells["order_seed"] != wanted:
            yield Finding(
                Kind.DERIVED_WRONG,
                f"user {cells['id']}",
                f"order_seed is {cells['order_seed']}; by the account's name it is {wanted}.",
                SetCells(
                    "user",
                    {"id": cells["id"]},
                    {"order_seed": cells["order_seed"]},
                    {"order_seed": wanted},
                ),
            )
