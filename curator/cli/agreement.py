"""The command about raters' agreement."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curator.cli.terminal import JSON_OPTION, examples, open_instance, print_json

if TYPE_CHECKING:
    from curator.ratings.agreement import Agreed, Overlaps
    from curator.ratings.statistics import Estimate

LINE = "{:28}{:>8}  {}"


@click.command(epilog=examples("flask curator agreement --json"))
@JSON_OPTION
def agreement(as_json: bool) -> None:
    """Tell how far raters agree. With 95% intervals, over photos that several rated.

    Kappa (of two) and alpha (of all) are agreement beyond chance; IoU is the overlap of regions.
    Adjudicators' rulings are no ratings. What rests on fewer than 10 photos tells no number.
    """
    from curator.queries.agreement import agreement_of_raters

    _, sessions = open_instance()
    report = agreement_of_raters(sessions)
    if as_json:
        print_json(asdict(report))
        return
    if not report.photos:
        click.echo("No photo was rated by two raters yet.")
        return
    _print_one("all raters", report.photos, report.label, report.sex, report.regions)
    for one in report.pairs:
        _print_one(f"{one.first} and {one.second}", one.photos, one.label, one.sex, one.regions)
    for one in report.raters:
        _print_one(f"{one.first} and the rest", one.photos, one.label, one.sex, one.regions)


def _print_one(who: str, photos: int, label: "Agreed", sex: "Agreed", regions: "Overlaps") -> None:
    beyond = "alpha" if who == "all raters" else "kappa"
    click.echo(LINE.format(who, photos, "photos"))
    for name, found in (
        ("label: agreement", label.share),
        (f"label: {beyond}", label.beyond_chance),
        ("sex: agreement", sex.share),
        (f"sex: {beyond}", sex.beyond_chance),
        ("regions: mean IoU", regions.mean),
        ("regions: median IoU", regions.median),
        ("regions: agreed", regions.agreed),
    ):
        click.echo(LINE.format(f"  {name}", found.photos, _told(found)))


def _told(found: "Estimate") -> str:
    if found.value is None:
        return f"not estimable: {found.problem}"
    if found.low is None:
        return f"{found.value:6.3f}"
    return f"{found.value:6.3f}  [{found.low:.3f}, {found.high:.3f}]"
