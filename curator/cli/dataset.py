"""Dataset commands: rate, status, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.base.consent import SCOPES
from curator.base.invocation import curator_command
from curator.cli.custody import age
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    fail,
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
    from curator.custody.last_backup import LastBackup
    from curator.queries.exclusions import ExportHolding
    from curator.ratings.entries import TableResult


def _meanings(
    _ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    if wrong := [text for text in given if not text.partition("=")[0].strip() or "=" not in text]:
        raise click.BadParameter(f"write WORD=VALUE, like 'rash=positive', not {wrong[0]!r}")
    pairs = (text.rpartition("=") for text in given)
    return {word.strip(): code.strip() for word, _, code in pairs}


@click.command(epilog=examples("rate ratings.csv --rater ana"))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--rater", required=True, metavar="NAME", help="The account these ratings belong to.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows even if some are bad.")
@click.option(
    "--similar-codes",
    type=click.Choice(["ask", "same", "apart"]),
    default="ask",
    show_default=True,
    help="Persons' codes that differ from others in case, spaces or Unicode form only: refuse "
    "their rows, take them for the same person, or for others.",
)
@click.option(
    "--means",
    multiple=True,
    callback=_meanings,
    metavar="WORD=VALUE",
    help="What a word of the file means: 'rash=positive', 'gender:w=female', "
    "'remarks:*=note' for each answer to a question, 'glasses=' to pass it over. Can be repeated.",
)
@click.option(
    "--region", default="", metavar="CLASS", help="The class of the outlines that are face regions."
)
@click.option("--ignore-unknown", is_flag=True, help="Pass over all words that are not known.")
@JSON_OPTION
def rate(
    file: Path,
    rater: str,
    skip_bad: bool,
    similar_codes: str,
    means: dict[str, str],
    region: str,
    ignore_unknown: bool,
    as_json: bool,
) -> None:
    """Import ratings from a table, or from another tool's file or folder of files.

    A table's columns are file, label, sex, person, evidence, region and note; the first two are
    required. A region is `x,y x,y ...` in pixels of the upright photo.

    Other tools are CVAT (for images), COCO, Label Studio, labelme, REDCap and VIA; the kind of a
    file is found by its content. Photos are found by their names, or by SHA-256. What has no label adds to
    ratings that are there.
    """
    from curator.formats.reading import is_table, read_marks
    from curator.formats.vocabulary import Vocabulary
    from curator.photos.person_codes import SimilarCodes
    from curator.ratings.entries import rate_entries
    from curator.ratings.table import rate_table

    config, sessions = open_to_write()
    similar = SimilarCodes(similar_codes)
    vocabulary = Vocabulary(means, region, ignore_unknown)
    if is_table(file):
        result = rate_table(
            sessions,
            file,
            rater,
            skip_bad=skip_bad,
            similar_codes=similar,
            understood=vocabulary.understood,
        )
    else:
        kind, marks = read_marks(file)
        entries = vocabulary.entries(marks)
        rated = rate_entries(
            sessions,
            entries,
            rater,
            config=config,
            skip_bad=skip_bad,
            similar_codes=similar,
            unit=kind.unit,
        )
        result = replace(rated, unmarked=len(marks) - len(entries))
    if as_json:
        print_json(asdict(result))
    else:
        _print_rated(result)
    _print_bad(result)
    if result.bad and not skip_bad:
        fail(
            f"{number_of(len(result.bad), f'bad {_noun(result.unit)}')}, nothing was written: "
            "fix them, or import the others with --skip-bad."
        )


def _print_bad(result: TableResult) -> None:
    for row in result.bad:
        named = f" ({row.file})" if row.file and row.file not in row.reason else ""
        click.echo(f"  {result.unit} {row.line}{named}: {row.reason}", err=True)


def _noun(unit: str) -> str:
    return "row" if unit == "line" else unit


def _print_rated(result: TableResult) -> None:
    lacking = "photos without a row" if result.unit == "line" else "photos without marks"
    click.echo(
        f"{number_of(result.rows, _noun(result.unit))}: {result.saved} saved, {result.unchanged} unchanged; "
        f"{lacking}: {len(result.photos_without_row)}."
    )
    if result.unmarked:
        click.echo(
            f"{number_of(result.unmarked, result.unit)} of the file without marks, passed over."
        )
    print_guess(result.guessed_lines)
    print_loosely(result)
    print_list(lacking, result.photos_without_row)


def print_loosely(result: TableResult) -> None:
    print_list(
        "matched, though the folder, the case or the ending differs",
        [f"{result.unit} {one.line}: {one.file} is {one.matched}" for one in result.loosely],
    )


@click.command(epilog=examples("status"))
@JSON_OPTION
def status(as_json: bool) -> None:
    """Count what is ready to export. Next to the paper's numbers, with what keeps photos out."""
    from curator.custody.last_backup import is_overdue, read_last_backup
    from curator.exports.eligible import REASONS
    from curator.queries.exclusions import exports_holding
    from curator.queries.overview import collection_status
    from curator.runs.paper import POSITIVES

    config, sessions = open_instance()
    holding = _located(config, exports_holding(sessions))
    now = collection_status(sessions)
    last = read_last_backup(sessions)
    overdue = is_overdue(last, config.backup_days)
    ready = {f"{label}_{sex}": count for (label, sex), count in sorted(now.ready.items())}
    if as_json:
        print_json(
            {
                "photos": now.photos,
                "rejected": now.rejected,
                "undecided_pairs": now.undecided_pairs,
                "ready": ready,
                "left_out": now.left_out,
                "exports_with_excluded": [asdict(one) for one in holding],
                "last_backup": asdict(last) | {"age_days": last.age_days} if last else None,
                "backup_overdue": overdue,
            }
        )
        return
    click.echo(
        f"{number_of(now.photos, 'photo')}, {now.ready_total} ready to export, "
        f"{number_of(now.rejected, 'file')} rejected."
    )
    click.echo(f"\n{'ready':12}{'female':>8}{'male':>8}{'unknown':>9}{'all':>8}")
    for label in ("positive", "negative"):
        counts = [now.ready.get((label, sex), 0) for sex in ("female", "male", "unknown")]
        click.echo(f"{label:12}{counts[0]:8}{counts[1]:8}{counts[2]:9}{sum(counts):8}")
    click.echo(
        f"{'the paper':12}{POSITIVES['female']:8}{POSITIVES['male']:8}{'':9}{sum(POSITIVES.values()):8}"
        "  (positives)"
    )
    if now.left_out or now.undecided_pairs:
        click.echo("\nKept out of the export:")
    for reason, count in sorted(now.left_out.items()):
        click.echo(f"{count:8}  {REASONS[reason]}")
    if now.undecided_pairs:
        click.echo(
            f"{now.undecided_pairs:8}  undecided pairs (they keep no photo out, but join groups)"
        )
    _name_exports(holding)
    _print_backup(last, overdue)


def _print_backup(last: LastBackup | None, overdue: bool) -> None:
    click.echo(
        f"\nLast backup: {age(last.age_days)}, in {last.target}." if last else "\nNo backup yet."
    )
    if overdue:
        click.echo(f"Make one: `{curator_command()} backup FOLDER`.")


def _located(config: Config, holding: Sequence[ExportHolding]) -> list[ExportHolding]:
    """Give each export the path at which it lies now."""
    from curator.base.moving import found_path

    return [replace(one, path=str(found_path(config.instance, one.path))) for one in holding]


def _name_exports(holding: Sequence[ExportHolding], *, err: bool = False) -> None:
    if holding:
        click.echo(
            "\nExports that hold photos excluded since for their person or content: export again, "
            "then delete them.",
            err=err,
        )
    for one in holding:
        photos = ", ".join(map(str, one.photos))
        click.echo(f"  {one.path}\n    {len(one.photos)} of its photos: No. {photos}", err=err)


class FormatCode(click.ParamType):  # type: ignore[type-arg]  # as older click has it
    """The code of an export's format; the table of formats is loaded only where it is needed."""

    name = "format"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from curator.exports.formats import format_codes

        if value not in format_codes():
            self.fail(f"{value!r} is not one of {', '.join(format_codes())}.", param, ctx)
        return value

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002
        from curator.exports.formats import format_codes

        return f"[{'|'.join(format_codes())}]"


def _ratios(_ctx: click.Context, _param: click.Parameter, text: str) -> tuple[int, int, int]:
    try:
        train, val, test = (int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter("give three whole percentages, like 70,15,15") from None
    return train, val, test


@click.command(
    epilog=examples(
        """export --ratios 50,20,30 --folds 5
        export --format coco --out ~/malar-coco"""
    )
)
@click.option(
    "--format",
    "form",
    type=FormatCode(),
    default="trainer",
    show_default=True,
    help="For which program; docs/formats.md says what each holds.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="The new folder to write."
)
@click.option(
    "--ratios",
    default="70,15,15",
    show_default=True,
    callback=_ratios,
    help="Percentages of train, validation and test.",
)
@click.option("--folds", type=int, default=5, show_default=True, help="Folds for cross-validation.")
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="A different seed gives different splits.",
)
@click.option(
    "--crop",
    type=click.Choice(["mask", "box"]),
    default="mask",
    show_default=True,
    help="Of cut regions: cover what is outside the region, or keep its whole box.",
)
@click.option(
    "--min-evidence",
    type=click.Choice(["hashtag", "self_report", "visual", "clinician"]),
    default="hashtag",
    show_default=True,
    help="Leave out labels based on weaker evidence.",
)
@click.option(
    "--consent",
    type=click.Choice(list(SCOPES)),
    help="Leave out photos without consent that covers this. Without it only those are left out of "
    "which consent was withdrawn.",
)
@JSON_OPTION
def export(
    out: Path | None,
    ratios: tuple[int, int, int],
    folds: int,
    seed: int,
    crop: str,
    min_evidence: str,
    consent: str | None,
    form: str,
    as_json: bool,
) -> None:
    """Export the rated regions for the trainer, or in another format.

    The splits share no person, post, author or copies. coco, cvat and labelstudio hold the whole
    photos, which show the whole face.
    """
    from curator.exports.exporting import export_dataset
    from curator.exports.manifest import Settings
    from curator.queries.exclusions import exports_holding

    config, sessions = open_to_write()
    settings = Settings(
        ratios=ratios,
        folds=folds,
        seed=seed,
        crop=crop,
        fill_grey=config.export_fill_grey,
        max_side_px=config.export_max_side_px,
        min_evidence=min_evidence,
        consent=consent or "",
        format=form,
    )
    result = export_dataset(
        sessions, config, settings, out=out, actor=COMMAND_LINE, progress=progress("Exporting")
    )
    for warning in result.warnings:
        click.echo(f"curator: {warning.message}", err=True)
    _name_exports(_located(config, exports_holding(sessions)), err=True)
    if as_json:
        way_out = {"way_out": asdict(result.way_out)} if result.way_out else {}
        print_json(
            {
                "path": str(result.path),
                "content_hash": result.content_hash,
                "counts": result.counts,
                "left_out": result.left_out,
                **way_out,
            }
        )
        return
    click.echo(f"{result.counts['total']} photos exported to {result.path}")
    for split in ("train", "val", "test"):
        counts = result.counts[split]
        click.echo(f"  {split:6}{counts['positive']:6} positive {counts['negative']:6} negative")
    for reason, count in result.left_out.items():
        click.echo(f"  left out: {count} {reason}")
    if result.not_stated:
        click.echo(
            f"curator: The study does not state: {', '.join(result.not_stated)}. The datasheet says so, and "
            f"croissant.json leaves them out: `{curator_command()} study` states them.",
            err=True,
        )
