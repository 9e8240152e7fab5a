"""Photo and duplicate commands: import, dedup, duplicates."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.base.invocation import curator_command
from curator.cli.exam import print_exam
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    number_of,
    open_instance,
    open_to_write,
    print_guess,
    print_json,
    print_list,
    progress,
)

if TYPE_CHECKING:
    from curator.base.config import Config
    from curator.base.db import Sessions
    from curator.photos.posts import Contradiction, MetadataResult


AUTO = Path("auto")


@click.command("import", epilog=examples("import photos --source '#butterflyrash'"))
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR...]")
@click.option("--source", default="", help="Where the photos were found, e.g. '#butterflyrash'.")
@click.option(
    "--metadata",
    type=click.Path(path_type=Path),
    metavar="POSTS.CSV",
    help="Table with the columns file, post_url, author, caption, collected_on, collector; or "
    "`auto`: what instaloader and gallery-dl wrote beside the photos.",
)
@click.option("--collector", default="", metavar="NAME", help="Who saved the photos.")
@JSON_OPTION
def import_(
    folders: tuple[Path, ...], source: str, metadata: Path | None, collector: str, as_json: bool
) -> None:
    """Import photos from folders. Photos already in the collection are skipped.

    A table fills in what is not known yet of a photo, also of one that is already there; what
    contradicts is listed, and what stands is kept. With a table and no folder, it is matched with
    the names of all photos in the collection.
    """
    from curator.base.csv_table import posts_by_file
    from curator.base.table_text import guessed_lines
    from curator.photos.importing import import_folders
    from faces.listing import readable

    if not folders:
        _fill_in(metadata, as_json)
        return
    config, sessions = open_to_write()
    result = import_folders(
        sessions,
        config,
        folders,
        source=readable(source),
        collector=readable(collector),
        posts=posts_by_file(metadata) if metadata and metadata != AUTO else None,
        sidecars=metadata == AUTO,
        actor=COMMAND_LINE,
        progress=progress("Importing"),
    )
    guessed = guessed_lines(metadata) if metadata and metadata != AUTO else ()
    rejected = [{"file": one.name, "reason": one.reason} for one in result.rejected_files]
    if as_json:
        of_import = asdict(result) | {"rejected_files": rejected}
        if result.metadata is None:
            del of_import["metadata"]
        else:
            of_import["metadata"]["guessed_lines"] = guessed
        print_json(of_import)
        return
    click.echo(
        f"{number_of(result.seen, 'file')} seen: {result.added} added, {result.already_there} already there, "
        f"{result.rejected} rejected, {result.ignored} hidden and ignored (batch {result.batch})."
    )
    for one in result.rejected_files:
        click.echo(f"  rejected {one.name}: {one.reason}")
    if result.metadata:
        _print_metadata(result.metadata, "sidecars" if metadata == AUTO else "rows")
        print_guess(guessed)
    if result.new_pairs:
        alike = "1 pair looks" if result.new_pairs == 1 else f"{result.new_pairs} pairs look"
        click.echo(f"{alike} alike: decide on the Duplicates page.")
    if result.added:
        curator = curator_command()
        click.echo(
            f"Regions are suggested while `{curator} serve` runs, or by `{curator} suggest`."
        )


def _fill_in(metadata: Path | None, as_json: bool) -> None:
    """Bring a table to the photos that are in the collection."""
    from curator.base.csv_table import posts_by_file
    from curator.base.table_text import guessed_lines
    from curator.photos.posts import fill_posts

    if metadata is None or metadata == AUTO:
        raise click.UsageError("Give a folder of photos, or --metadata with a table of posts.")
    config, sessions = open_to_write()
    result = fill_posts(sessions, config, posts_by_file(metadata), actor=COMMAND_LINE)
    if as_json:
        print_json({"metadata": asdict(result) | {"guessed_lines": guessed_lines(metadata)}})
        return
    _print_metadata(result, "rows")
    print_guess(guessed_lines(metadata))


def _print_metadata(result: MetadataResult, what: str) -> None:
    """Print the counts of a table or of sidecars, and the first of each kind that needs a look."""
    single = what.removesuffix("s")
    click.echo(
        f"{what}: {result.rows}, matched {result.matched}, without a photo {len(result.unmatched)}"
        + (f", unusable {len(result.unreadable)}" if result.unreadable else "")
        + f"; files without a {single}: {len(result.files_without_row)}; photos already there: "
        f"{result.filled} filled in, {len(result.contradictions)} contradictions"
    )
    print_list(
        f"{what} without a photo",
        [f"line {row.line}: {row.file}" if row.line else row.file for row in result.unmatched],
    )
    print_list(f"unusable {what}", [f"{row.file}: {row.reason}" for row in result.unreadable])
    print_list(f"files without a {single}", result.files_without_row)
    print_list(
        "matched, though the case or the ending differs",
        [f"line {one.line}: {one.file} is {one.matched}" for one in result.loosely],
    )
    print_list(
        "contradictions (what stands is kept)",
        [_contradiction(one) for one in result.contradictions],
    )


def _contradiction(one: Contradiction) -> str:
    if one.field == "author":
        return f"{one.file}: another author"
    return f"{one.file}: {one.field} stays {one.stands!r}, not {one.given!r}"


@click.command(epilog=examples("reread"))
@JSON_OPTION
def reread(as_json: bool) -> None:
    """Read the colours of all photos again, and list those that now read differently.

    Run it once after an upgrade that changes how colours are read. Ratings and splits are kept.
    """
    from curator.photos.rereading import reread_photos

    config, sessions = open_to_write()
    result = reread_photos(sessions, config, actor=COMMAND_LINE, progress=progress("Reading"))
    if as_json:
        print_json(asdict(result))
        return
    click.echo(
        f"{number_of(result.photos, 'photo')} read: {len(result.changed)} now read differently."
    )
    if result.changed:
        numbers = ", ".join(map(str, result.changed))
        click.echo(f"  photos {numbers}\n  in the gallery: /gallery?colours=reread")
    if result.unreadable:
        numbers = ", ".join(map(str, result.unreadable))
        click.echo(f"  could not be read: {numbers}")


@click.command(epilog=examples("dedup --exam --each 2"))
@click.option(
    "--radius",
    type=int,
    metavar="BITS",
    help="Bits in which two hashes may differ, 0 to 64; compares all photos, as --rescan does.",
)
@click.option("--rescan", is_flag=True, help="Forget undecided pairs and compare all photos again.")
@click.option("--count", is_flag=True, help="Only count the pairs that each radius would compare.")
@click.option(
    "--exam",
    is_flag=True,
    help="Plant copies of the collection's own photos in memory, and say which of them are found.",
)
@click.option(
    "--each",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    metavar="N",
    help="With --exam: copies of each kind and strength.",
)
@JSON_OPTION
def dedup(
    radius: int | None, rescan: bool, count: bool, exam: bool, each: int, as_json: bool
) -> None:
    """Find photos that look alike. Imports do this for new photos automatically."""
    from curator.copies.search import find_pairs
    from curator.photos.checking import add_checks

    if exam:
        print_exam(each, as_json)
        return
    config, sessions = open_to_write()
    if count:
        _count_by_radius(config, sessions, as_json)
        return
    bits = config.dedup_radius_bits if radius is None else radius
    result = find_pairs(sessions, config, bits, rescan=rescan or radius is not None)
    add_checks(sessions, config)
    if as_json:
        print_json({"radius_bits": bits, **asdict(result)})
        return
    click.echo(
        f"{number_of(result.photos, 'photo')} at radius {bits}: {number_of(result.new_pairs, 'new pair')}, "
        f"{result.undecided} waiting for a decision."
    )


def _count_by_radius(config: Config, sessions: Sessions, as_json: bool) -> None:
    from curator.copies.radius_counts import MOST_BITS, count_by_radius

    counted = count_by_radius(sessions, max(MOST_BITS, config.dedup_radius_bits))
    if as_json:
        print_json(
            [
                {"radius_bits": bits, "pairs": pairs, "is_estimate": counted.is_estimate}
                for bits, pairs in enumerate(counted.pairs)
            ]
        )
        return
    click.echo("radius  pairs to compare, not counting those that share keypoints")
    for bits, pairs in enumerate(counted.pairs):
        mark = "  the setting" if bits == config.dedup_radius_bits else ""
        click.echo(f"{bits:6}  {pairs:16}{mark}")
    if counted.is_estimate:
        click.echo(
            f"Estimated: {counted.sought:,} of {counted.photos:,} photos were compared with all."
        )


@click.group(epilog=examples("duplicates list --csv"))
def duplicates() -> None:
    """List or decide pairs of photos that look alike."""


@duplicates.command("list", epilog=examples("duplicates list --csv > pairs.csv"))
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for a spreadsheet.")
@JSON_OPTION
def duplicates_list(as_csv: bool, as_json: bool) -> None:
    """List the pairs of files that look alike, the most alike first."""
    from curator.queries.files import alike_files

    _, sessions = open_instance()
    found = [asdict(pair) for pair in alike_files(sessions)]
    if as_json:
        print_json(found)
    elif as_csv:
        from curator.base.spreadsheets import spreadsheet

        columns = ["file_a", "file_b", "evidence", "distance_bits", "score", "decision"]
        table = spreadsheet(columns, ([pair[name] for name in columns] for pair in found))
        click.echo(table, nl=False)
    else:
        for row in found:
            click.echo(
                f"{row['file_a']}  {row['file_b']}  {row['distance_bits']} bits  "
                f"score {row['score']:.4f}  {row['decision'] or 'undecided'}"
            )
        click.echo(f"{number_of(len(found), 'pair')}.")


@duplicates.command("decide", epilog=examples("duplicates decide --accept-verified"))
@click.option(
    "--accept-verified",
    is_flag=True,
    required=True,
    expose_value=False,
    help="Decide `copy` for all pairs too alike to be anything else.",
)
@JSON_OPTION
def duplicates_decide(as_json: bool) -> None:
    """Decide the clear pairs. The rest are left to the Duplicates page."""
    from curator.pairs.decisions import accept_verified
    from curator.queries.pairs import count_undecided

    _, sessions = open_to_write()
    accepted = accept_verified(sessions, actor=COMMAND_LINE)
    undecided = count_undecided(sessions)
    if as_json:
        print_json({"accepted": accepted, "undecided": undecided})
        return
    click.echo(
        f"{number_of(accepted, 'pair')} decided as copies; {undecided} waiting for a decision."
    )
