"""The doctor command: examines an instance, and mends what can be mended without loss."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from curator.base.config import from_environment
from curator.base.invocation import curator_command
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    MOST_LISTED,
    examples,
    number_of,
    open_instance,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from curator.custody.examination import Examination
    from curator.custody.findings import Finding


@click.command(
    epilog=examples(
        """doctor
        doctor --repair
        doctor --json > examined.json"""
    )
)
@click.option("--repair", "mends", is_flag=True, help="Mend what can be mended without loss.")
@JSON_OPTION
def doctor(mends: bool, as_json: bool) -> None:
    """Examine every photo, row, export and file of the instance.

    Without --repair nothing is changed; a server and imports may run meanwhile. --repair removes
    left-over files and broken caches, derives values again, makes files private and moves files that
    no row knows to lost+found. Exit code 1: something is wrong.
    """
    from curator.custody.examination import examine

    config = from_environment()
    examined = examine(config, progress=progress("Examining"))
    mended: tuple[Finding, ...] = ()
    if mends and any(one.mend for one in examined.findings):
        from curator.custody.repair import repair

        config, sessions = open_instance()
        mended = repair(sessions, config, examined.findings, actor=COMMAND_LINE).mended
        examined = examine(config, progress=progress("Examining again"))
    if as_json:
        _print_json(examined, mended)
    else:
        _print(examined, mended)
    if not examined.is_sound:
        raise SystemExit(1)


def _print_json(examined: Examination, mended: tuple[Finding, ...]) -> None:
    print_json(
        {
            "sound": examined.is_sound,
            "examined": examined.counts,
            "findings": [one.as_json() for one in examined.findings],
            "mended": [one.as_json() for one in mended],
            "notes": examined.notes,
        }
    )


def _print(examined: Examination, mended: tuple[Finding, ...]) -> None:
    counts = examined.counts
    click.echo(
        f"Examined {number_of(counts.get('photo', 0), 'photo')}, {number_of(counts.get('files', 0), 'file')} "
        f"and {number_of(sum(v for k, v in counts.items() if k != 'files'), 'row')}."
    )
    for kind, count in Counter(one.kind for one in mended).items():
        click.echo(f"Repaired: {kind.heading} ({count})")
    for kind, found in examined.by_kind().items():
        click.echo(f"\n{kind.heading[0].upper()}{kind.heading[1:]} ({len(found)})")
        for one in found[:MOST_LISTED]:
            click.echo(f"  {one.about}: {one.says}")
        if len(found) > MOST_LISTED:
            click.echo(f"  and {len(found) - MOST_LISTED} more; --json lists all")
        click.echo(f"  -> {kind.advice}")
    for note in examined.notes:
        click.echo(f"\nNote: {note}")
    if examined.is_sound:
        click.echo("Nothing is wrong.")
    elif any(one.mend for one in examined.findings) and not mended:
        click.echo(
            f"\n`{curator_command()} doctor --repair` mends what can be mended without loss."
        )
