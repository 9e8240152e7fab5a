"""The agreement command."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from curator.cli.terminal import JSON_OPTION, examples, open_instance, print_json

if TYPE_CHECKING:
    from curator.ratings.agreement import RaterAgreement, Report
    from curator.ratings.statistics import Estimate

LINE = "{:28}{:>8}  {}"


@click.command(epilog=examples("agreement --json"))
@JSON_OPTION
def agreement(as_json: bool) -> None:
    """Show how well raters agree. With 95% intervals, over photos with several ratings.

    What each rater said first is compared: nobody sees another's rating before their own.

    Kappa (two raters) and alpha (all raters) measure agreement beyond chance; IoU is the overlap of
    regions, told by where they are from; two raters who accepted the same suggestion are counted,
    not compared. Adjudicators' rulings do not count as ratings. No number is shown for fewer than
    10 photos.
    """
    from curator.queries.agreement import agreement_of_raters, changed_labels, source_use

    _, sessions = open_instance()
    report, sources = agreement_of_raters(sessions), source_use(sessions)
    changed = changed_labels(sessions)
    if as_json:
        print_json(_flat(asdict(report)) | {"sources": asdict(sources), "labels_changed": changed})
        return
    if not report.photos:
        click.echo("No photo has been rated by two raters yet.")
        return
    _print_one("all raters", report)
    _print_origins(report)
    for one in report.pairs:
        _print_one(f"{one.first} and {one.second}", one)
    for one in report.raters:
        _print_one(f"{one.first} and the rest", one)
    click.echo(LINE.format("ratings", sources.ratings, ""))
    click.echo(LINE.format("  label changed", changed, "since: the first one is compared"))
    click.echo(LINE.format("  source shown", sources.shown, "before the rating was made"))
    click.echo(LINE.format("    though by sight", sources.by_sight_shown, "by their evidence"))
    click.echo(LINE.format("  not recorded", sources.not_recorded, ""))


def _print_origins(report: "Report") -> None:
    from curator.ratings.agreement import KINDS

    click.echo(LINE.format("regions by origin", "", "mean IoU"))
    for kind, name in KINDS.items():
        mean = report.regions_by_origin[kind].mean
        click.echo(
            LINE.format(f"  {kind.replace('_', ' ')}", mean.photos, f"{_formatted(mean)}  {name}")
        )
    accepted = report.regions.both_accepted
    click.echo(LINE.format("  both accepted", accepted, "not compared: nobody drew these regions"))


def _print_one(title: str, found: "Report | RaterAgreement") -> None:
    beyond = "alpha" if title == "all raters" else "kappa"
    click.echo(LINE.format(title, found.photos, "photos"))
    estimates = [
        (f"{code}: {what}", estimate)
        for code, agreed in (("label", found.label), *found.attributes.items())
        for what, estimate in (("agreement", agreed.share), (beyond, agreed.beyond_chance))
    ]
    regions = found.regions
    estimates += [
        ("regions: mean IoU", regions.mean),
        ("regions: median IoU", regions.median),
        ("regions: agreed", regions.agreed),
    ]
    for name, estimate in estimates:
        click.echo(LINE.format(f"  {name}", estimate.photos, _formatted(estimate)))


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    """Flatten a report for scripts: each attribute becomes a key next to the label."""
    flat: dict[str, Any] = {}
    for key, value in found.items():
        if key == "attributes":
            flat |= value
        else:
            flat[key] = [*map(_flat, value)] if key in ("pairs", "raters") else value
    return flat


def _formatted(estimate: "Estimate") -> str:
    if estimate.value is None:
        return f"not estimable: {estimate.problem}"
    if estimate.low is None:
        return f"{estimate.value:6.3f}"
    return f"{estimate.value:6.3f}  [{estimate.low:.3f}, {estimate.high:.3f}]"
