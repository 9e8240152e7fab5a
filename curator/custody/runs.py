"""Examines the trainer's run folders as the program reads them."""

from collections.abc import Iterator

from curator.base.config import Config
from curator.base.errors import CuratorError
from curator.custody.findings import Finding, Kind
from curator.runs.folders import PARTIAL, list_runs
from curator.runs.predictions import predictions


def check_runs(config: Config, notes: list[str]) -> Iterator[Finding]:
    runs, broken = list_runs(config)
    for one in broken:
        if one.name.startswith(PARTIAL):
            notes.append(f"runs/{one.name}: {one.error.message}")
        else:
            yield Finding(Kind.RUN_BROKEN, f"runs/{one.name}", one.error.message)
    for run in runs:
        try:
            predictions(run)
        except CuratorError as error:
            yield Finding(Kind.RUN_BROKEN, f"runs/{run.name}", error.message)
