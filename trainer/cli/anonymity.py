"""`trainer anonymity`: how many persons of an export can be found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trainer.words import number_of

if TYPE_CHECKING:
    from trainer.anonymity.measuring import Anonymity, Finder, Sought

HEAD = f"{'':<22}{'found first':>14}{'95%':>16}{'in the first 5':>16}{'p':>10}"
SIGNIFICANT = 0.05
MEANING = (
    "Take this as a lower bound: these networks were never taught faces. A recogniser of faces, or somebody "
    "who knows the person, finds more. No result says that an export is anonymous: it is personal data."
)


@click.command("anonymity")
@click.argument("export_path", metavar="[EXPORT]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--arch", "archs", multiple=True, metavar="NAME", help="A network; repeat it for several."
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of .h5 files without top. Default: that of Keras, where `run` keeps what it downloads.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def anonymity_command(
    export_path: Path | None, archs: tuple[str, ...], weights: Path | None, as_json: bool
) -> None:
    """Count how many persons of an export can be found again by its regions.

    EXPORT is the newest unless named. Each region of a person with two photos is sought among all
    others, by the features of every network whose ImageNet weights are at hand. Nothing is
    downloaded, and nothing is written but the cache of features.

    \b
    Example:
      python -m trainer anonymity
      python -m trainer anonymity exports/malar-0123456789ab --arch xception --weights weights/
    """
    from trainer.anonymity.networks import keras_weights, networks_at_hand
    from trainer.exports.reader import read_export
    from trainer.instance import latest_export
    from trainer.startup import start_tensorflow

    export = read_export(export_path or latest_export())
    found = networks_at_hand(weights or keras_weights(), archs)
    start_tensorflow()
    from trainer.anonymity.measuring import measure_anonymity

    done = measure_anonymity(export, found)
    click.echo(json.dumps(done.record()) if as_json else anonymity_text(done))


def anonymity_text(done: Anonymity) -> str:
    """Tell what was found, and what it does not mean."""
    return "\n".join(_lines(done))


def _lines(done: Anonymity) -> Iterator[str]:
    copies = (
        f"; {done.copies} {'copy' if done.copies == 1 else 'copies'} left out"
        if done.copies
        else ""
    )
    yield (
        f"{done.export}: {number_of(done.all.persons, 'person')} with two photos or more{copies}. "
        f"Each of their {done.all.regions} regions was sought among the {done.all.among} others."
    )
    yield from _table(done.all)
    yield _verdict(done)
    yield _beside(done)
    yield from _across_sources(done.across_sources)
    yield MEANING


def _table(sought: Sought) -> Iterator[str]:
    yield HEAD
    yield f"{'by chance':<22}{_found(sought, sought.chance[1], 1):>14}{'':>16}{sought.chance[5]:>16.1%}"
    for each in sought.networks:
        yield _row(sought, each)
    yield "Without the face:"
    for each in sought.without_face:
        yield _row(sought, each)


def _row(sought: Sought, each: Finder) -> str:
    shares, interval, p = each.found.shares, each.found.interval, each.found.p
    within = f"{interval[0]:.1%} to {interval[1]:.1%}" if interval else ""
    told = "" if p is None else f"{p:.4f}"
    return (
        f"{each.name:<22}{_found(sought, shares[1], 0):>14}{within:>16}{shares[5]:>16.1%}{told:>10}"
    ).rstrip()


def _found(sought: Sought, share: float, digits: int) -> str:
    return f"{share * sought.regions:.{digits}f}, {share:.1%}"


def _verdict(done: Anonymity) -> str:
    best = done.all.best
    if not done.is_above_chance:
        return (
            f"No network finds persons again clearly more often than chance (p {done.p:.4f} of the best, "
            f"{best.name}). That proves nothing: it may be for these networks or this few photos."
        )
    times = best.found.shares[1] / done.all.chance[1]
    return (
        f"Best network: {best.name}, which finds {times:.0f} times as many as chance (p {done.p:.4f}, the "
        "choice of the network allowed for)."
    )


def _beside(done: Anonymity) -> str:
    best, bare = done.all.best, done.all.best_without_face
    low, high = done.beyond_interval or (-1.0, 1.0)
    finds = "finds clearly more" if low > 0 else "does not clearly find more"
    told = (
        f"Without the face most are found by {bare.name} ({bare.sees}). {best.name} {finds}: "
        f"{100 * done.beyond:+.1f} points, 95% interval {100 * low:+.1f} to {100 * high:+.1f}."
    )
    is_telling = low <= 0 and bare.found.p is not None and bare.found.p < SIGNIFICANT
    return (
        f"{told} What finds persons without their faces gives them away, too."
        if is_telling
        else told
    )


def _across_sources(sought: Sought | None) -> Iterator[str]:
    if sought is None:
        yield (
            "Too few persons have photos from two sources, and days and posts are not in an export: how much "
            "comes from one day's light, camera and background cannot be told beyond the rows above."
        )
        return
    yield (
        f"Only photos from another source count: {number_of(sought.persons, 'person')}, "
        f"{number_of(sought.regions, 'region')}."
    )
    yield from _table(sought)
