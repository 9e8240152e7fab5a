"""The events command: the log of changes, for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING

import click

from curator.cli.terminal import examples, open_instance

if TYPE_CHECKING:
    from curator.base.db import Sessions
    from curator.queries.events import EventRow

AT_ONCE = 1000  # read in one transaction, which a slow reader of the output must not hold open


@click.command(epilog=examples("events --since 120 --json"))
@click.option(
    "--since",
    type=click.IntRange(min=0),
    default=0,
    metavar="ID",
    help="Print only what came after this event.  [default: all]",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Print at most N events.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def events(since: int, limit: int | None, as_json: bool) -> None:
    """Print the log of changes, oldest first. Everybody's ratings are in it.

    Ids grow, with gaps. A script that asks again with the last id it got misses no event.
    """
    _, sessions = open_instance()
    for event in islice(_read(sessions, since), limit):
        click.echo(_json(event) if as_json else _line(event))


def _read(sessions: Sessions, since: int) -> Iterator[EventRow]:
    from curator.queries.events import events_after

    while found := events_after(sessions, since, AT_ONCE):
        yield from found
        since = found[-1].id


def _at(event: EventRow) -> str:
    """Return the moment in ISO 8601; stored times are UTC and have no zone."""
    return event.at.isoformat(timespec="microseconds") + "Z"


def _json(event: EventRow) -> str:
    """Return one line of ASCII: no character in it ends a line elsewhere or steers a terminal."""
    return json.dumps(asdict(event) | {"at": _at(event)})


def _line(event: EventRow) -> str:
    number = "" if event.subject_id is None else f" {event.subject_id}"
    return f"{event.id:8}  {_at(event)}  {event.actor:16}  {event.action}: {event.subject}{number}"
