"""The undo command: undoes changes by their events."""

import click

from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    number_of,
    open_to_write,
    print_json,
)


@click.command(epilog=examples("undo 120\nundo 120 --reason 'the wrong photo'"))
@click.argument("numbers", metavar="EVENT...", type=click.IntRange(min=1), nargs=-1, required=True)
@click.option("--reason", default="", help="Why; needed for a ruling.")
@JSON_OPTION
def undo(numbers: tuple[int, ...], reason: str, as_json: bool) -> None:
    """Undo changes by the numbers of their events, as `events` prints them: all or none.

    Rulings, decisions, exclusions, persons, sources, posts, settings, facts and imports; a rating
    only its rater undoes, on the photo's page. An undo is a change itself, and can be undone, except
    that of an import: its photos and their files are removed, which is refused once anybody has
    worked on them.
    """
    from curator.undoing import undo_events

    config, sessions = open_to_write()
    undone = undo_events(sessions, numbers, actor=COMMAND_LINE, reason=reason, config=config)
    if as_json:
        print_json({"undone": undone})
        return
    listed = ", ".join(map(str, undone))
    click.echo(f"{number_of(len(undone), 'change')} undone, as event {listed}.")
