"""The odd command."""

from dataclasses import asdict

import click

from curator.base.invocation import curator_command
from curator.cli.terminal import (
    JSON_OPTION,
    examples,
    number_of,
    open_to_write,
    print_json,
    progress,
)


@click.command(epilog=examples("odd --csv > odd.csv"))
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for a spreadsheet.")
@JSON_OPTION
def odd(as_csv: bool, as_json: bool) -> None:
    """List photos that may not belong or cannot be judged, the most suspicious first.

    Blurred, dark or tiny ones; those without a face, or with several; drawings and screenshots of
    text; and photos unlike all others. Copies and excluded photos are left out. Nothing is
    excluded: look at them in the queue Odd photos.
    """
    from curator.base.spreadsheets import spreadsheet
    from curator.photos.checking import add_checks
    from curator.photos.oddness import REASON_TEXTS
    from curator.queries.odd import count_searched, listed_odd_photos

    config, sessions = open_to_write()
    add_checks(sessions, config, progress("Checking"))
    found = listed_odd_photos(sessions)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if as_csv:
        rows = ((one.photo, one.file, " ".join(one.reasons)) for one in found)
        click.echo(spreadsheet(("photo", "file", "reasons"), rows), nl=False)
        return
    for one in found:
        click.echo(
            f"{one.photo}  {one.file}  {', '.join(REASON_TEXTS[code] for code in one.reasons)}"
        )
    searched = count_searched(sessions)
    click.echo(f"{number_of(len(found), 'odd photo')} of {searched.photos}.")
    if unsought := searched.photos - searched.faces_sought:
        click.echo(
            f"Not yet searched for faces: {number_of(unsought, 'photo')}. Run `{curator_command()} suggest`."
        )
