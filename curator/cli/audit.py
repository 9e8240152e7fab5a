"""The audit commands: write the trail of all changes, and prove that nobody altered it."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.cli.terminal import JSON_OPTION, examples, number_of, open_instance, print_json

if TYPE_CHECKING:
    from curator.base.chain import Head
    from curator.custody.audit import Proof

WRITTEN_DOWN = re.compile(r"(\d+):([0-9a-f]{64})")


def _head(_ctx: click.Context, _parameter: click.Parameter, given: str | None) -> Head | None:
    from curator.base.chain import Head

    if given is None:
        return None
    found = WRITTEN_DOWN.fullmatch(given)
    if found is None:
        raise click.BadParameter("give an event and its link as `audit verify` printed them")
    return Head(int(found[1]), found[2])


@click.group(epilog=examples("audit verify"))
def audit() -> None:
    """Write the trail of all changes, or prove that nobody altered it."""


@audit.command("export", epilog=examples("audit export trail.csv\naudit export trail.jsonl"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@JSON_OPTION
def export_(file: Path, as_json: bool) -> None:
    """Write who changed what, when, from what, to what and why: everybody's ratings are in it.

    FILE ends in .csv for a table that people read, or in .jsonl for a line of JSON for each event,
    with the rows that it left. Keep the printed head elsewhere: `audit verify --head` takes it.
    """
    from curator.base.chain import head
    from curator.base.db import reading
    from curator.base.store import replacing_text
    from curator.custody.audit import audit_rows, write_lines, write_table

    if file.suffix not in (".csv", ".jsonl"):
        raise click.UsageError("FILE must end in .csv or .jsonl.")
    _, sessions = open_instance()
    write = write_table if file.suffix == ".csv" else write_lines
    with replacing_text(file) as written:
        count = write(audit_rows(sessions), written)
    with reading(sessions) as session:
        newest = head(session)
    if as_json:
        print_json({"file": str(file), "events": count, "head": asdict(newest) if newest else None})
        return
    click.echo(f"{number_of(count, 'event')} written to {file}.")
    _print_head(newest)


@audit.command(epilog=examples("audit verify"))
@click.option(
    "--head",
    callback=_head,
    metavar="EVENT:LINK",
    help="An event and its link that were written down earlier.",
)
@JSON_OPTION
@click.pass_context
def verify(ctx: click.Context, head: Head | None, as_json: bool) -> None:
    """Check every event against the chain; exit with 1 if one was altered, added or removed.

    Who has the instance's key can write a new chain: a head kept elsewhere proves that nobody did.
    """
    from curator.base.keys import chain_key
    from curator.custody.audit import holds_at, prove

    config, sessions = open_instance()
    proof = prove(sessions, chain_key(config))
    kept = holds_at(sessions, head) if head else None
    if as_json:
        print_json(asdict(proof) | {"holds": not proof.breaks, "head_kept": kept})
    else:
        _print_proof(proof, kept)
    if proof.breaks or kept is False:
        ctx.exit(1)


def _print_proof(proof: Proof, kept: bool | None) -> None:
    for each in proof.breaks:
        click.echo(f"  event {each.event}: {_told(each.what, each.version)}")
    if kept is False:
        click.echo("  the event written down earlier is gone, or has another link now")
    holds = "holds" if not proof.breaks and kept is not False else "does not hold"
    click.echo(f"The chain of {number_of(proof.events, 'event')} {holds}.")
    _print_head(proof.head)


def _told(what: str, version: int | None) -> str:
    if version is not None:
        missing = what == "event"
        return f"row version {version} " + ("has no event" if missing else "was altered")
    return "was altered" if what == "content" else "does not follow the event before it"


def _print_head(head: Head | None) -> None:
    if head:
        click.echo(f"Head: {head.event}:{head.link}")
