"""Refuses a statement of curator's own that writes rows of which the log keeps versions: no flush tells of it."""

import sys
from pathlib import Path
from types import FrameType

import sqlalchemy
from sqlalchemy.orm import ORMExecuteState

import curator
from curator.base.journal import KEPT

CURATOR = str(Path(str(curator.__file__)).parent)
LIBRARY = str(Path(sqlalchemy.__file__).parent)


class UnnoticedWrite(Exception):
    """Rows must be written through the session's objects, or the log differs from the data from then on."""


def refuse_unnoticed(state: ORMExecuteState) -> None:
    """Tests may write past the log; `curator` may not, but for what is marked UNKEPT."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    table = str(getattr(state.statement, "table", ""))
    if (
        table in KEPT
        and not state.execution_options.get("unkept")
        and _caller().startswith(CURATOR)
    ):
        raise UnnoticedWrite(table)


def _caller() -> str:
    """Return the file of who executes the statement."""
    frame: FrameType | None = sys._getframe(1)
    while frame and frame.f_code.co_filename.startswith((LIBRARY, __file__)):
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""
