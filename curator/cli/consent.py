"""The consent commands: record what persons and sources consent to, list it, and import a table of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from curator.base.consent import SCOPES, STATES
from curator.base.invocation import curator_command
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    number_of,
    open_instance,
    print_json,
)

if TYPE_CHECKING:
    from datetime import date

    from curator.photos.consents import Recorded, Whose, Word
    from curator.queries.consents import ConsentRow


@click.group(epilog=examples("consent list"))
def consent() -> None:
    """Record the consent of persons and sources; list it.

    A photo has its person's consent, or its source's where nothing is recorded of the person.
    Photos of which consent was withdrawn are excluded, and never exported; `export --consent`
    demands more.
    """


@consent.command(
    "set",
    epilog=examples(
        """consent set --person P-031 given --scope sharing --document F-12 --date 2026-03-02
        consent set --person P-031 withdrawn"""
    ),
)
@click.option("--person", help="A person's code, or #17 for the person in photo 17.")
@click.option("--source", help="A source, as photos name it.")
@click.argument("state", type=click.Choice(list(STATES)))
@click.option("--document", default="", help="A reference, such as the form's number; no name.")
@click.option("--date", "dated", default="", metavar="DATE", help="The day it was said on.")
@click.option(
    "--scope",
    type=click.Choice(list(SCOPES)),
    help="What was consented to; a wider scope holds the narrower ones.",
)
@JSON_OPTION
def set_(
    person: str | None,
    source: str | None,
    state: str,
    document: str,
    dated: str,
    scope: str | None,
    as_json: bool,
) -> None:
    """Record a person's or a source's consent.

    A withdrawal excludes their photos at once, also while the study is frozen.
    """
    from curator.photos.consents import Whose, Word, set_consent

    named = [Whose(k, v) for k, v in (("person", person), ("source", source)) if v is not None]
    if len(named) != 1:
        raise click.UsageError("Name one of: --person, --source.")
    [whose] = named
    word = Word(state, document, _day(dated), scope or "")
    _, sessions = open_instance()
    done = set_consent(sessions, whose, word, actor=COMMAND_LINE)
    if as_json:
        print_json(asdict(done))
    else:
        _print_set(whose, word, done)


@consent.command("list", epilog=examples("consent list --json"))
@JSON_OPTION
def list_(as_json: bool) -> None:
    """List persons with a code and sources, with what is recorded of each."""
    from curator.queries.consents import consent_rows

    _, sessions = open_instance()
    rows = consent_rows(sessions)
    if as_json:
        print_json([{**asdict(row), "dated": _shown(row.dated)} for row in rows])
        return
    for row in rows:
        click.echo(f"{row.kind}  {row.value}  ({number_of(row.photos, 'photo')})  {_told(row)}")
    if not rows:
        click.echo("No photo has a person's code or a source.")


@consent.command("import", epilog=examples("consent import consent.csv"))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@JSON_OPTION
def import_(file: Path, as_json: bool) -> None:
    """Record the consent in a table, all rows or none.

    Its columns are person or source, state, document, date and scope.
    """
    from curator.photos.consent_table import read_consents
    from curator.photos.consents import set_consents

    words = read_consents(file)
    _, sessions = open_instance()
    done = set_consents(sessions, words, actor=COMMAND_LINE)
    if as_json:
        print_json({"rows": len(words), **asdict(done)})
        return
    click.echo(f"{number_of(len(words), 'row')} read, {number_of(len(done.events), 'change')}.")
    if done.excluded:
        click.echo(f"{number_of(len(done.excluded), 'photo')} excluded.")


def _day(text: str) -> date | None:
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter("write a date like 2026-11-23", param_hint="--date") from None


def _shown(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _told(row: ConsentRow) -> str:
    if not row.is_recorded:
        return "nothing recorded"
    return ", ".join(filter(None, (row.state, row.scope, _shown(row.dated), row.document)))


def _print_set(whose: Whose, word: Word, done: Recorded) -> None:
    if not done.events:
        click.echo("That was recorded already.")
        return
    click.echo(f"Recorded of {whose.kind} {whose.value}: {word.state}.")
    if done.excluded:
        click.echo(
            f"{number_of(len(done.excluded), 'photo')} excluded, and others that show the same: "
            f"{', '.join(map(str, done.excluded))}."
        )
    click.echo(f"To undo: `{curator_command()} undo {' '.join(map(str, done.events))}`")
    if word.state == "withdrawn" and whose.kind == "person":
        click.echo(
            f"To erase the photos for good: `{curator_command()} erase --person {quote(whose.value)}`"
        )
