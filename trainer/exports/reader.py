"""Reads an export and checks that it keeps the contract of docs/manifest.md."""

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from trainer.errors import ExportBroken, ExportMissing, LeakFound
from trainer.exports.manifest import (
    CLASSES,
    COLUMNS,
    CROP_MODES,
    EVIDENCE,
    MANIFEST_VERSIONS,
    POSITIVE,
    SEXES,
    SPLITS,
    Attribute,
    Crop,
    Example,
    Export,
    Point,
)
from trainer.progress import counted

Problem = Callable[[str], ExportBroken]
Rows = list[tuple[int, dict[str, str]]]  # line numbers and cells


def read_export(path: Path) -> Export:
    """Read an export and check everything that docs/manifest.md asks of a reader.

    Raises:
        ExportMissing: there is no export at `path`.
        ExportBroken: it breaks the contract; the message names the file and the line.
    """
    if not (path / "dataset.json").is_file():
        raise ExportMissing(
            f"there is no export at {path}: run  flask curator export  first, or name one with --data"
        )
    path = path.resolve()  # `latest` is a link, which moves with the next export
    described = _read_description(path / "dataset.json")
    crop = _read_crop(described["crop"])
    folds = _whole(described["split"].get("folds"), 1, "split.folds", _in_description)
    further = _read_attributes(described)
    columns = [*COLUMNS, *(attribute.code for attribute in further)]
    rows = _read_rows(path / "examples.csv", columns)
    examples = tuple(_read_examples(path, folds, rows, further))
    _check_unique_ids(examples)
    _check_groups_stay_together(examples)
    _check_content_hash(described, path)
    return Export(
        path=path,
        name=described["name"],
        content_hash=described["content_hash"],
        crop=crop,
        folds=folds,
        examples=examples,
        regions_by_origin=_read_counts(described, "regions_by_origin"),
        ratings_by_source=_read_counts(described, "ratings_by_source"),
    )


def _in_description(problem: str) -> ExportBroken:
    return ExportBroken(f"dataset.json: {problem}; make the export again")


def _at_line(line: int) -> Problem:
    return lambda problem: ExportBroken(
        f"examples.csv line {line}: {problem}; make the export again"
    )


_in_table = _at_line(1)


def _read_description(file: Path) -> dict[str, Any]:
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _in_description("is not readable JSON") from error
    if not isinstance(described, dict):
        raise _in_description("is not a JSON object")
    _check_description(described)
    return described


def _check_description(described: dict[str, Any]) -> None:
    if form := described.get("format"):
        raise ExportBroken(
            f"dataset.json: this export has the format {form}, for other tools: "
            "run  flask curator export  without --format"
        )
    version = described.get("manifest_version")
    if version not in MANIFEST_VERSIONS or isinstance(version, bool):
        raise ExportBroken(
            f"dataset.json: manifest version {version!r} is unknown; this trainer reads "
            f"{MANIFEST_VERSIONS}: use a curator and a trainer of the same release"
        )
    if described.get("classes") != list(CLASSES) or described.get("positive_class") != POSITIVE:
        raise _in_description(f"classes are not {list(CLASSES)} with '{POSITIVE}' as the positive")
    for key, kind in (("crop", dict), ("split", dict), ("name", str), ("content_hash", str)):
        if not isinstance(described.get(key), kind):
            raise _in_description(f"'{key}' is missing or of the wrong kind")


def _read_counts(described: dict[str, Any], key: str) -> dict[str, int]:
    """Read counts that older exports lack."""
    counts = described.get(key, {})
    if not isinstance(counts, dict):
        raise _in_description(f"'{key}' is not a table of counts")
    return {
        name: _whole(count, 0, f"{key}.{name}", _in_description) for name, count in counts.items()
    }


def _read_crop(crop: dict[str, Any]) -> Crop:
    fill = crop.get("fill_rgb")
    is_colour = isinstance(fill, list) and len(fill) == 3
    if crop.get("mode") not in CROP_MODES or not isinstance(fill, list) or not is_colour:
        raise _in_description("'crop' needs a mode (mask or box) and a fill_rgb of three numbers")
    red, green, blue = (_whole(value, 0, "crop.fill_rgb", _in_description, 255) for value in fill)
    side = _whole(crop.get("max_side_px"), 1, "crop.max_side_px", _in_description)
    return Crop(mode=crop["mode"], fill_rgb=(red, green, blue), max_side_px=side)


def _read_attributes(described: dict[str, Any]) -> tuple[Attribute, ...]:
    """Read the attributes beyond sex and evidence, which version 1 has none of."""
    if described["manifest_version"] == 1:
        return ()
    listed = described.get("attributes")
    if not isinstance(listed, list):
        raise _in_description("'attributes' is missing or of the wrong kind")
    found = [_read_attribute(one) for one in listed]
    codes = [attribute.code for attribute in found]
    if codes[:2] != ["sex", "evidence"] or len({*codes, *COLUMNS}) != len(COLUMNS) + len(codes) - 2:
        raise _in_description("'attributes' are not sex, evidence, and others of their own names")
    return tuple(found[2:])


def _read_attribute(one: object) -> Attribute:
    kinds = {"code": str, "values": list, "unknown": str, "multiple": bool, "scores": bool}
    if not isinstance(one, dict) or not all(
        isinstance(one.get(key), kind) for key, kind in kinds.items()
    ):
        raise _in_description(f"an attribute needs {', '.join(kinds)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", one["code"]) or not all(
        isinstance(value, str) and re.fullmatch(r"[a-z0-9_]+", value) for value in one["values"]
    ):
        raise _in_description("an attribute's code and values are lower-case letters, digits and _")
    return Attribute(
        one["code"], tuple(one["values"]), one["unknown"], one["multiple"], one["scores"]
    )


def _read_rows(file: Path, columns: list[str]) -> Rows:
    try:
        with file.open(encoding="utf-8", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            if next(reader, None) != columns:
                raise _in_table("is not the header that docs/manifest.md fixes")
            return [(reader.line_num, _named(row, columns, reader.line_num)) for row in reader]
    except FileNotFoundError as error:
        raise ExportBroken("examples.csv is missing; make the export again") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExportBroken("examples.csv is not UTF-8 CSV; make the export again") from error


def _named(row: list[str], columns: list[str], line: int) -> dict[str, str]:
    if len(row) != len(columns):
        raise _at_line(line)(f"has {len(row)} fields, not {len(columns)}")
    return dict(zip(columns, row, strict=True))


def _read_examples(
    root: Path, folds: int, rows: Rows, further: Sequence[Attribute]
) -> Iterator[Example]:
    for line, row in counted("reading the export", rows, len(rows), "photos"):
        yield _read_example(root, folds, row, further, _at_line(line))


def _read_example(
    root: Path, folds: int, row: dict[str, str], further: Sequence[Attribute], problem: Problem
) -> Example:
    split = _one_of(row["split"], SPLITS, "split", problem)
    label = _one_of(row["label"], CLASSES, "label", problem)
    if not re.fullmatch(r"[0-9a-f]{16,64}", row["id"]):
        raise problem(f"id '{row['id']}' is not 16 or more hex digits")
    if not row["group"]:
        raise problem("group is empty")
    path = _existing_file(root, row, f"{split}/{label}/{row['id']}.png", problem)
    return Example(
        id=row["id"],
        path=path,
        split=split,
        fold=_whole(row["fold"], 0, "fold", problem, folds - 1),
        label=label,
        sex=_one_of(row["sex"], SEXES, "sex", problem),
        evidence=_one_of(row["evidence"], EVIDENCE, "evidence", problem),
        raters=_whole(row["raters"], 1, "raters", problem),
        group=row["group"],
        source=row["source"],
        width_px=_whole(row["width_px"], 1, "width_px", problem),
        height_px=_whole(row["height_px"], 1, "height_px", problem),
        region=_read_region(row["region"], problem),
        sha256=row["sha256"],
        pixel_sha256=row["pixel_sha256"],
        further=_read_further(row, further, problem),
    )


def _read_further(
    row: dict[str, str], further: Sequence[Attribute], problem: Problem
) -> dict[str, str]:
    for attribute in further:
        if not attribute.allows(row[attribute.code]):
            _one_of(row[attribute.code], attribute.values, attribute.code, problem)
    return {attribute.code: row[attribute.code] for attribute in further if attribute.is_scored}


def _one_of(value: str, allowed: tuple[str, ...], column: str, problem: Problem) -> str:
    if value not in allowed:
        raise problem(f"{column} '{value}' is not one of {', '.join(allowed)}")
    return value


def _whole(value: object, least: int, name: str, problem: Problem, most: int | None = None) -> int:
    """Read a whole number in a range, from a JSON number or a table's digits."""
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]{1,9}", digits) or int(digits) < least:
        raise problem(f"{name} '{value}' is not a whole number of at least {least}")
    if most is not None and int(digits) > most:
        raise problem(f"{name} '{value}' is over {most}")
    return int(digits)


def _existing_file(root: Path, row: dict[str, str], expected: str, problem: Problem) -> Path:
    name = row["file"]
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name:
        raise problem(f"file '{name}' points outside the export")
    if name != expected:
        raise problem(f"file '{name}' should be '{expected}'")
    file = root / name
    if not file.resolve().is_relative_to(root.resolve()):
        raise problem(f"file '{name}' points outside the export")
    if not file.is_file():
        raise problem(f"file '{name}' does not exist")
    if hashlib.sha256(file.read_bytes()).hexdigest() != row["sha256"]:
        raise problem(f"file '{name}' is not the one that was exported (its SHA-256 differs)")
    return file


def _read_region(text: str, problem: Problem) -> tuple[Point, ...]:
    try:
        points = tuple((float(x), float(y)) for x, y in (pair.split(",") for pair in text.split()))
    except ValueError:
        raise problem(f"region '{text[:40]}' is not pairs of x,y") from None
    if len(points) < 3 or not all(0 <= value <= 1 for point in points for value in point):
        raise problem("region is not three or more points with fractions from 0 to 1")
    return points


def _check_unique_ids(examples: Iterable[Example]) -> None:
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise ExportBroken(
                f"examples.csv: id {example.id} appears twice; make the export again"
            )
        seen.add(example.id)


def _check_groups_stay_together(examples: Iterable[Example]) -> None:
    home: dict[str, Example] = {}
    for example in examples:
        first = home.setdefault(example.group, example)
        for part in ("split", "fold"):
            if getattr(first, part) != getattr(example, part):
                raise LeakFound(
                    f"examples.csv: group {example.group} is in two {part}s, so the score would "
                    "leak; make the export again"
                )


def _check_content_hash(described: dict[str, Any], path: Path) -> None:
    keys = ("classes", "crop", "split", "min_evidence", "attributes")
    settings = {key: described.get(key) for key in keys[: 3 + described["manifest_version"]]}
    settings |= {"consent": described["consent"]} if "consent" in described else {}
    compact = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    table = (path / "examples.csv").read_bytes()
    found = hashlib.sha256(compact.encode() + b"\n" + table).hexdigest()
    if found != described["content_hash"]:
        raise _in_description("content_hash does not match the settings and examples.csv")
