"""The study command: what the study states about itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.cli.terminal import COMMAND_LINE, JSON_OPTION, examples, open_instance, print_json

if TYPE_CHECKING:
    from curator.study.facts import Study


@click.command(epilog=examples("study --write study.toml\nstudy --file study.toml"))
@click.option(
    "--file",
    "to_read",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="State the facts in a file; those that it does not name stay as they are.",
)
@click.option(
    "--write",
    "to_write",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Write all facts into a new file, to be filled in and given to --file.",
)
@JSON_OPTION
def study(to_read: Path | None, to_write: Path | None, as_json: bool) -> None:
    """Show what the study states about itself, or state it from a file.

    Licence, creators, consent and the like go into the datasheet and croissant.json of exports.
    """
    from curator.study.facts import missing
    from curator.study.stating import read_study, state_facts
    from curator.study.toml_file import read_file, write_file

    _, sessions = open_instance()
    if to_read:
        state_facts(sessions, read_file(to_read), actor=COMMAND_LINE)
    stated = read_study(sessions)
    if to_write:
        write_file(to_write, stated)
    if as_json:
        print_json({"facts": stated, "missing": [fact.code for fact in missing(stated)]})
    elif to_write:
        click.echo(f"Written: {to_write}")
    else:
        _show(stated)


def _show(stated: Study) -> None:
    from curator.study.facts import FACTS, missing

    expected = missing(stated)
    for fact in FACTS:
        absent = "(missing)" if fact in expected else "(not stated)"
        lines = stated[fact.code].splitlines() or [absent]
        click.echo(f"{fact.code:16}{lines[0]}")
        for line in lines[1:]:
            click.echo(f"{'':16}{line}".rstrip())
