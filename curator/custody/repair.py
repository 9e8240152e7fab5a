"""Mends what an examination found, where nothing is lost by it."""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.events import Action, record
from curator.base.journal import UNKEPT
from curator.base.writing import sweep
from curator.custody.findings import (
    Finding,
    MakePrivate,
    MoveAway,
    RemoveFile,
    SetCells,
)
from curator.custody.inventory import LOST
from curator.custody.records import table_named


@dataclass(frozen=True)
class Repair:
    """What was mended, as findings, by files and by rows."""

    mended: tuple[Finding, ...]


def repair(
    sessions: Sessions, config: Config, findings: Sequence[Finding], *, actor: str
) -> Repair:
    """Mend the findings that say how; rows in one transaction, with an event for each."""
    mended = [one for one in findings if _mend_file(config, one)]
    rows = [one for one in findings if isinstance(one.mend, SetCells)]
    if rows:
        with sessions.begin() as session:
            mended += _mend_rows(session, rows, actor)
    return Repair(tuple(mended))


def _mend_file(config: Config, finding: Finding) -> bool:
    mend = finding.mend
    if isinstance(mend, RemoveFile):
        return _removed(mend.path)
    if isinstance(mend, MoveAway):
        return _moved_away(config, mend.path)
    if isinstance(mend, MakePrivate):
        return _made_private(mend.path)
    return False


def _removed(path: Path) -> bool:
    if path.name.startswith("."):
        sweep([path])  # which leaves alone what a process writes after all
    else:
        path.unlink(missing_ok=True)
    return not os.path.lexists(path)


def _moved_away(config: Config, path: Path) -> bool:
    """Move a file or folder below lost+found, beside what lies there under its name."""
    if not os.path.lexists(path):
        return False
    target = config.instance / LOST / path.relative_to(config.instance)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, free = 1, target
    while os.path.lexists(free):
        number += 1
        free = target.with_name(f"{target.name}.{number}")
    shutil.move(path, free)
    return True


def _made_private(path: Path) -> bool:
    if path.is_symlink():
        return False
    with suppress(FileNotFoundError):
        path.chmod(0o700 if path.is_dir() else 0o600)
        return True
    return False


def _mend_rows(session: Session, findings: Iterable[Finding], actor: str) -> list[Finding]:
    """Write cells that still hold what the examination saw.

    What several rows must not have at once is taken from all of them before any gets its own.
    """
    wanted = [(one, one.mend) for one in findings if isinstance(one.mend, SetCells)]
    still = [(one, mend) for one, mend in wanted if _holds(session, mend)]
    for _, mend in still:
        if "counts_on_id" in mend.after:
            _write(session, mend, {"counts_on_id": None})
    for _, mend in still:
        _write(session, mend, mend.after)
        number = next(iter(mend.key.values()))
        record(
            session,
            actor,
            Action.REPAIRED,
            mend.table,
            number if isinstance(number, int) else None,
            _told(mend.before, mend.after),
            _told(mend.after, mend.after),
        )
    return [one for one, _ in still]


def _holds(session: Session, mend: SetCells) -> bool:
    columns = [table_named(mend.table).c[name] for name in mend.after]
    row = session.execute(select(*columns).where(*_is(mend))).first()
    if row is None:
        return False
    return all(getattr(row, name) == value for name, value in mend.before.items())


def _write(session: Session, mend: SetCells, values: Any) -> None:
    change = update(table_named(mend.table)).where(*_is(mend)).values(values)
    session.execute(change, execution_options=UNKEPT)  # derived, or back to what the log says


def _is(mend: SetCells) -> list[Any]:
    return [table_named(mend.table).c[name] == value for name, value in mend.key.items()]


def _told(values: Any, columns: Any) -> dict[str, Any]:
    """Return values as an event keeps them: bytes are measured of the photo, and only named."""
    return {
        name: "measured" if isinstance(values.get(name), bytes) else values.get(name)
        for name in columns
    }
