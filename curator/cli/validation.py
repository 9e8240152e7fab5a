"""The validate command: tests an installation against numbered requirements, and writes a page to sign."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.base.config import from_environment
from curator.cli.terminal import JSON_OPTION, examples, print_json, progress

if TYPE_CHECKING:
    from curator.validation.running import Validation

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(
    epilog=examples(
        """validate
        validate --out /srv/qa/2026-11 --without-training"""
    )
)
@click.option(
    "--out",
    type=FOLDER,
    help="Folder for validation.html and validation.json.  [default: validation-DATE-TIME]",
)
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder for the scratch instance, on the instance's disk.  [default: the one it lies in]",
)
@click.option(
    "--database",
    "database_urls",
    multiple=True,
    metavar="URL",
    help="An empty database for it, where none may be created; give it twice for two.",
)
@click.option(
    "--without-training", is_flag=True, help="Leave out the requirement that trains a network."
)
@JSON_OPTION
def validate(
    out: Path | None,
    scratch: Path | None,
    database_urls: tuple[str, ...],
    without_training: bool,
    as_json: bool,
) -> None:
    """Test this installation against numbered requirements; write a page to print and sign.

    Tests run on a scratch instance with the same settings, disk and kind of database, which is removed
    at the end. The instance itself is only read. Exit code 1: a requirement is not met.
    """
    from curator.validation import running
    from curator.validation.page import require_free, write_validation

    config = from_environment()
    out = out or Path(f"validation-{datetime.now():%Y-%m-%d-%H%M%S}")
    require_free(out)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the scratch instance is removed
    with _ending_in_order():
        done = running.validate(
            config,
            beside=scratch,
            database_urls=database_urls,
            trains=not without_training,
            progress=progress("Validating", "requirement"),
        )
    page = write_validation(done, out)
    if as_json:
        print_json(done.as_json() | {"page": str(page)})
    else:
        _print(done, page)
    if not done.has_passed:
        raise SystemExit(1)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let a SIGTERM, too, end by removing the scratch instance, its server and its database."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print(done: Validation, page: Path) -> None:
    for one in done.results:
        shown = "" if one.outcome == "passed" else f" {one.seen}"
        click.echo(f"{one.outcome.value:8}{one.number:7}{one.requirement}{shown}")
    counts = done.as_json()["counts"]
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"\n{told}. The page to sign: {page}")
