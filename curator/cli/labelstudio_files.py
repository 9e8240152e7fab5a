"""Commands for Label Studio's files, which need no server: import and export."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from curator.cli.dataset import print_loosely, rate
from curator.cli.terminal import (
    JSON_OPTION,
    examples,
    fail,
    number_of,
    open_instance,
    open_to_write,
    print_json,
)

SHARED = ("skip_bad", "similar_codes", "means", "region", "ignore_unknown")  # with `rate`


def _accounts(
    _ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    if wrong := [text for text in given if "=" not in text]:
        raise click.BadParameter(
            f"write EMAIL=ACCOUNT, like 'ana@example.org=ana', not {wrong[0]!r}"
        )
    pairs = (text.rpartition("=") for text in given)
    return {email.strip().replace("?", ""): account.strip() for email, _, account in pairs}


@click.command(
    "import", epilog=examples("labelstudio import project-1.json --rater-of ana@example.org=ana")
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--rater-of",
    "account_of",
    multiple=True,
    callback=_accounts,
    metavar="EMAIL=ACCOUNT",
    help="Whose account an annotator's is, by their address or number in the file; nothing after = "
    "leaves them out. Can be repeated; `labelstudio map` remembers it.",
)
@click.option(
    "--rater",
    "everyone",
    default="",
    metavar="ACCOUNT",
    help="The account of all other annotators.",
)
@click.option("--predictions", is_flag=True, help="Read predictions as ratings, too.")
@JSON_OPTION
def import_(
    file: Path,
    account_of: dict[str, str],
    everyone: str,
    predictions: bool,
    skip_bad: bool,
    similar_codes: str,
    means: dict[str, str],
    region: str,
    ignore_unknown: bool,
    as_json: bool,
) -> None:
    """Import ratings from a file that Label Studio exported as JSON, JSON-MIN or CSV.

    Photos are found by the SHA-256 in a task's data, or by their names. Cancelled annotations and
    drafts are left out.
    """
    from curator.formats.vocabulary import Vocabulary
    from curator.labelstudio.files import UNIT, Authors, import_file
    from curator.photos.person_codes import SimilarCodes

    config, sessions = open_to_write()
    imported = import_file(
        sessions,
        config,
        file,
        Authors(account_of, everyone),
        Vocabulary(means, region, ignore_unknown),
        predictions=predictions,
        skip_bad=skip_bad,
        similar_codes=SimilarCodes(similar_codes),
    )
    if as_json:
        print_json(asdict(imported))
    else:
        for account, result in imported.results.items():
            click.echo(
                f"{account}: {number_of(result.rows, UNIT)}, {result.saved} saved, "
                f"{result.unchanged} unchanged."
            )
            print_loosely(result)
        _print_left_out(asdict(imported.skipped), imported.left_out)
    for account, result in imported.results.items():
        for row in result.bad:
            click.echo(f"  {account}, {UNIT} {row.line}: {row.reason}", err=True)
    if imported.bad and not skip_bad:
        fail(
            f"{number_of(imported.bad, 'bad annotation')}, nothing was written: fix them, or import "
            "the others with --skip-bad."
        )


import_.params[-1:-1] = [param for param in rate.params if param.name in SHARED]


def _print_left_out(skipped: dict[str, int], left_out: int) -> None:
    counts = {**skipped, "of annotators left out": left_out}
    told = [f"{count} {what}" for what, count in counts.items() if count]
    if told:
        click.echo(f"Not read: {', '.join(told)}.")


@click.command("export", epilog=examples("labelstudio export ratings.json"))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json")
@JSON_OPTION
def export_(file: Path, as_json: bool) -> None:
    """Write all raters' ratings as a file that Label Studio imports, and `import` reads back.

    Each photo is a task, each rating an annotation. Excluded photos stay out.
    """
    from curator.labelstudio.files import export_file

    _, sessions = open_instance()
    count = export_file(sessions, file)
    if as_json:
        print_json({"path": str(file), "ratings": count})
        return
    click.echo(f"{number_of(count, 'rating')} written to {file}.")
