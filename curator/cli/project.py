"""The project command: the settings of the study."""

from dataclasses import asdict, replace

import click

from curator.cli.terminal import COMMAND_LINE, JSON_OPTION, examples, open_instance, print_json


@click.command(epilog=examples("project --withheld-share 0.2\nproject --json"))
@click.option("--raters-needed", type=int, help="How many raters a photo needs.")
@click.option("--agreed-overlap", type=float, help="Least IoU at which two regions agree, 0 to 1.")
@click.option(
    "--withheld-share",
    type=float,
    help="Share of photos that are rated without a suggested region, 0 to 1.",
)
@click.option(
    "--show-sources/--hide-sources",
    default=None,
    help="Whether raters see where a photo was found before they have rated it.",
)
@click.option(
    "--keys",
    help="The study's own keys, such as 'exclude = k; annotate.skip = q'; empty for the usual ones.",
)
@JSON_OPTION
def project(
    raters_needed: int | None,
    agreed_overlap: float | None,
    withheld_share: float | None,
    show_sources: bool | None,
    keys: str | None,
    as_json: bool,
) -> None:
    """Show the settings of the study, or change those that are given."""
    from curator.ratings.settings import change_project, read_project

    given = {
        "raters_needed": raters_needed,
        "agreed_overlap": agreed_overlap,
        "withheld_share": withheld_share,
        "show_sources": show_sources,
        "keys": keys,
    }
    _, sessions = open_instance()
    settings = read_project(sessions)
    changed = {name: value for name, value in given.items() if value is not None}
    if changed:
        settings = change_project(
            sessions,
            replace(settings, **changed),  # type: ignore[arg-type]
            actor=COMMAND_LINE,
        )
    if as_json:
        print_json(asdict(settings))
        return
    for name, value in asdict(settings).items():
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        shown = shown.replace("\n", "; ") if isinstance(shown, str) else shown
        click.echo(f"{name.replace('_', ' '):16} {shown}")
