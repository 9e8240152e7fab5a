"""Single faults in sound instances: a flipped bit of a file, or a changed, removed or added value of a row."""
# ruff: noqa: S608  # names of tables and columns are the models' own

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, Table

from curator.base.config import Config
from curator.base.models.base import Base
from curator.custody import pairs, photos
from curator.custody.examination import Examination, examine
from curator.custody.findings import row_name

# Columns where another value is as valid, and nothing else tells yet which was written: neither a file,
# nor another row, nor the log of changes. `*` stands for rows that were removed or added, too.
NO_WITNESS: dict[str, tuple[str, ...]] = {
    "claim": ("*", "photo_id", "rater_id", "until"),
    "duplicate_pair": ("found_by",),
    "label_studio_project": ("*", "server", "name", "rater_id", "marker", "number", "id"),
    "label_studio_task": ("*", "project_id", "photo_id", "number", "synced", "active_s"),
    "photo": ("pairs_sought",),
    "photo_check": ("*",),
    "photo_pair": (
        "*",
        "photo_a_id",
        "photo_b_id",
    ),  # undecided ones, which the next search finds again
    "place": ("*", "position", "turn", "queue", "photo_id", "rater_id"),
    "sign_in": ("*", "token_hash", "user_id", "until"),
    "suggestion": ("*", "recipe", "faces", "region", "eyes", "photo_id"),
    "token": ("token_hash", "used_on"),
    "user": ("password_hash",),
}
FILES = ("photos", "exports", "cache", "key", "database", "runs")


@dataclass(frozen=True)
class Fault:
    """What was planted: `names` are texts of which a finding must hold one, all parts of it."""

    what: str
    names: tuple[tuple[str, ...], ...]
    has_witness: bool = True

    def is_found(self, examined: Examination) -> bool:
        return not examined.is_sound

    def is_named(self, examined: Examination) -> bool:
        told = [
            f" {one.about} {one.says} ".replace(":", " ").replace(".", " ").replace(",", " ")
            for one in examined.findings
        ]
        plain = [f"{one.about} {one.says}" for one in examined.findings]
        return any(
            all(f" {part} " in text or part in raw.split() for part in parts)
            or (parts[0] in raw and len(parts) == 1)
            for parts in self.names
            for text, raw in zip(told, plain, strict=True)
        )


@dataclass(frozen=True)
class Outcome:
    fault: Fault
    is_found: bool
    is_named: bool
    told: tuple[str, ...]


_KNOWN: dict[Any, Any] = {}


@contextmanager
def remembering() -> Iterator[None]:
    """Let each content of a file be decoded once, though a thousand examinations read it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(photos, "spread", _look_once)
        patched.setattr(pairs, "spread", _compare_once)
        yield


def _look_once(
    look: Callable[[Any], Any], tasks: Iterable[photos.Task], *_more: Any
) -> Iterator[Any]:
    for task in tasks:
        key = _digest(task.path), task.file_sha256, task.pixel_digests
        if key not in _KNOWN:
            _KNOWN[key] = look(task)
        yield replace(_KNOWN[key], id=task.id)


def _compare_once(
    compare: Callable[[Any], Any], tasks: Iterable[Any], *_more: Any
) -> Iterator[Any]:
    for task in tasks:
        (first, second), mirrored = task
        key = _digest(first), _digest(second), mirrored
        if key not in _KNOWN:
            _KNOWN[key] = compare(task)
        yield _KNOWN[key]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def plant_and_examine(
    sound: Path,
    scratch: Path,
    rng: np.random.Generator,
    *,
    fault: Callable[..., Fault | None] | None = None,
) -> Outcome:
    """Copy a sound instance, plant one fault in it, and examine it."""
    planted = None
    while planted is None:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(sound, scratch, symlinks=True)
        plant = fault or (flip_in_file if rng.random() < 0.4 else change_row)
        planted = plant(scratch, rng)
    with remembering():
        examined = examine(Config(instance=scratch, workers=1), grace_s=0)
    told = tuple(f"{one.kind} {one.about}: {one.says}" for one in examined.findings)
    return Outcome(planted, planted.is_found(examined), planted.is_named(examined), told)


def flip_in_file(instance: Path, rng: np.random.Generator, where: str = "") -> Fault | None:
    """Flip one bit of one file; None if that changed nothing that anybody reads."""
    where = where or FILES[int(rng.integers(len(FILES)))]
    file = _any_file(instance, where, rng)
    if file is None or file.stat().st_size == 0:
        return None
    before = _contents(instance) if where == "database" else {}  # which brings the file up to date
    content = bytearray(file.read_bytes())
    at, bit = int(rng.integers(len(content))), int(rng.integers(8))
    content[at] ^= 1 << bit
    file.write_bytes(content)
    name = file.relative_to(instance).as_posix()
    if where == "database":
        return _flipped_page(instance, f"bit {bit} of byte {at} of {name}", before)
    names = [(name,)]
    if where == "runs":
        names.append((f"runs/{name.split('/')[1]}",))
    return Fault(f"bit {bit} of byte {at} of {name}", tuple(names), has_witness=where != "runs")


def _any_file(instance: Path, where: str, rng: np.random.Generator) -> Path | None:
    if where in ("key", "database"):
        return instance / {"key": "key", "database": "malar.sqlite"}[where]
    files = sorted(
        p for p in (instance / where).rglob("*") if p.is_file() and "latest" not in p.parts
    )
    return files[int(rng.integers(len(files)))] if files else None


Rows = dict[tuple[str, Any], dict[str, Any]]


def _contents(instance: Path) -> Rows:
    """Return every row by its table and place; raise sqlite3.Error where that cannot be read."""
    found: Rows = {}
    with closing(_connected(instance)) as connection:
        connection.text_factory = bytes
        for table in Base.metadata.sorted_tables:
            names = [column.name for column in table.columns]
            quoted = ", ".join(f'"{name}"' for name in names)
            rows = connection.execute(f'SELECT rowid, {quoted} FROM "{table.name}" NOT INDEXED')
            for number, *values in rows:
                found[table.name, number] = dict(zip(names, values, strict=True))
        schema = connection.execute("SELECT sql FROM sqlite_master ORDER BY rowid").fetchall()
        found["schema", 0] = {"sql": repr(schema)}
    return found


def _flipped_page(instance: Path, what: str, before: Rows) -> Fault | None:
    whole: tuple[tuple[str, ...], ...] = (
        ("the database",),
        ("table",),
        ("index",),
        ("check",),
        ("trigger",),
    )
    try:
        after = _contents(instance)
        with closing(_connected(instance)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchall()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return Fault(what, whole)
    changed = [
        place for place in before.keys() | after.keys() if before.get(place) != after.get(place)
    ]
    if not changed:
        return None if said == [("ok",)] else Fault(what, whole)
    names: list[tuple[str, ...]] = [] if said == [("ok",)] else [*whole]
    has_witness = said != [("ok",)]
    for place in changed:
        table = place[0]
        if table == "schema":
            names += whole
            has_witness = True
            continue
        old, new = before.get(place), after.get(place)
        for cells in filter(None, (old, new)):
            names += _names(Base.metadata.tables[table], {k: _plain(v) for k, v in cells.items()})
        columns = [c for c in (old or {}) if new and old and old[c] != new[c]] or ["*"]
        has_witness |= any(_has_witness(table, column) for column in columns)
    return Fault(
        f"{what} ({', '.join(str(place) for place in changed)})", tuple(names), has_witness
    )


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _connected(instance: Path) -> sqlite3.Connection:
    return sqlite3.connect(instance / "malar.sqlite", isolation_level=None)


def change_row(instance: Path, rng: np.random.Generator, table_name: str = "") -> Fault | None:
    """Change, remove or add one value or row; None if the database refuses it or nothing changed."""
    with closing(_connected(instance)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        table = Base.metadata.tables[table_name] if table_name else _any_table(connection, rng)
        try:
            return _changed(connection, table, rng)
        except sqlite3.IntegrityError:
            return None
        finally:
            for _, sql in triggers:
                connection.execute(sql)


def _any_table(connection: sqlite3.Connection, rng: np.random.Generator) -> Table:
    tables = [
        table
        for table in Base.metadata.sorted_tables
        if connection.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1').fetchone()
    ]
    return tables[int(rng.integers(len(tables)))]


def _changed(
    connection: sqlite3.Connection, table: Table, rng: np.random.Generator
) -> Fault | None:
    columns = list(table.columns)
    names = ", ".join(f'"{column.name}"' for column in columns)
    rows = connection.execute(f'SELECT rowid, {names} FROM "{table.name}"').fetchall()
    number, *values = rows[int(rng.integers(len(rows)))]
    cells = {column.name: value for column, value in zip(columns, values, strict=True)}
    way = rng.random()
    if way < 0.15:
        connection.execute(f'DELETE FROM "{table.name}" WHERE rowid = ?', (number,))
        named = _names(table, cells)
        return Fault(
            f"removed {row_name(table.name, _key(table, cells))}",
            named,
            _has_witness(table.name, "*"),
        )
    column = columns[int(rng.integers(len(columns)))]
    others = [row[1 + columns.index(column)] for row in rows]
    value = other_value(column, cells[column.name], others, rng)
    if value == cells[column.name] and type(value) is type(cells[column.name]):
        return None
    connection.execute(
        f'UPDATE "{table.name}" SET "{column.name}" = ? WHERE rowid = ?', (value, number)
    )
    after = connection.execute(
        f'SELECT {names} FROM "{table.name}" WHERE rowid = ?',
        (number if not _is_rowid(table, column) else value,),
    ).fetchone()
    if after is None:
        return None
    new = dict(zip(cells, after, strict=True))
    if new == cells:
        return None
    what = f"{row_name(table.name, _key(table, cells))}: {column.name} {cells[column.name]!r:.60} -> {value!r:.60}"
    named = (*_names(table, cells), *_names(table, new))
    return Fault(what, named, _has_witness(table.name, column.name))


def _is_rowid(table: Table, column: Column[Any]) -> bool:
    return [*table.primary_key.columns] == [column] and isinstance(column.type, Integer)


def other_value(
    column: Column[Any], value: Any, others: Sequence[Any], rng: np.random.Generator
) -> Any:
    """Return another value for a cell: one of another row, one of its type, or none."""
    if value is not None and rng.random() < 0.1 and (column.nullable or rng.random() < 0.3):
        return None
    if rng.random() < 0.4 or value is None:
        different = [one for one in others if one != value]
        if different:
            return different[int(rng.integers(len(different)))]
    return _altered(column, value, rng)


def _altered(column: Column[Any], value: Any, rng: np.random.Generator) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return int(not value)
    if isinstance(kind, Integer):
        return (value or 0) + int(rng.choice((-1, 1, 7, 1000)))
    if isinstance(kind, Float):
        return (value or 0.5) * float(rng.choice((0.5, 1.01, 2.0)))
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value) if value else datetime(2026, 1, 1)
        moved = moment + timedelta(hours=float(rng.uniform(0.5, 500)) * float(rng.choice((-1, 1))))
        return moved.isoformat(sep=" ")
    if isinstance(kind, Date):
        return "2019-02-03"
    if isinstance(kind, LargeBinary):
        content = bytearray(value)
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        return bytes(content)
    if isinstance(kind, JSON) and isinstance(value, int | float):
        return value + 1
    if isinstance(kind, JSON) and value:
        return _altered_json(value, rng)
    text = value or ""
    at = int(rng.integers(len(text))) if text else 0
    return text[:at] + str(rng.choice([*"abcdef0123456789"])) + text[at + 1 :]


def _altered_json(text: str, rng: np.random.Generator) -> str:
    """Change one digit or letter within the text, whether it parses after that or not."""
    places = [at for at, letter in enumerate(text) if letter.isalnum()]
    if not places:
        return "{"
    at = places[int(rng.integers(len(places)))]
    return text[:at] + str(rng.choice([*"abcdef0123456789"])) + text[at + 1 :]


def _key(table: Table, cells: dict[str, Any]) -> dict[str, Any]:
    return {column.name: cells[column.name] for column in table.primary_key.columns}


def _names(table: Table, cells: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return by what a row may be named: itself, or where it is gone what it belonged to."""
    key = _key(table, cells)
    found = [(row_name(table.name, key),), (table.name, *map(str, key.values()))]
    for column in table.columns:
        for link in column.foreign_keys:
            if cells[column.name] is not None:
                found.append((f"{link.column.table.name} {cells[column.name]}",))
                found.append((table.name, str(cells[column.name])))
    if table.name == "setting":
        found.append((f"setting {cells['name']}",))
    if table.name == "split_assignment":
        found.append((table.name, str(cells["scheme"])))
    if table.name in ("first_word", "rating", "adjudication", "source_opening"):
        found.append((table.name, "photo", str(cells["photo_id"])))
    if table.name in ("duplicate_pair", "person_pair", "photo_pair"):
        found.append((f"photo_pair {cells['id']}",))
    return tuple(found)


def _has_witness(table: str, column: str) -> bool:
    return column not in NO_WITNESS.get(table, ())


def each_outcome(
    instances: Sequence[Path], scratch: Path, count: int, seed: int
) -> Iterator[Outcome]:
    """Plant so many faults, one at a time, in these sound instances in turn."""
    rng = np.random.default_rng([77, seed])
    for number in range(count):
        yield plant_and_examine(instances[number % len(instances)], scratch / "damaged", rng)
