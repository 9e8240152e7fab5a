"""`flask curator ...`, also installed as `curator`: thin commands over services and queries."""

# Services are imported inside the commands: `--help` must answer at once, without SQLAlchemy or Pillow.

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from curator.config import Config, from_environment
from curator.errors import CuratorError

if TYPE_CHECKING:
    from curator.db import Sessions

COMMAND_LINE = "command line"


class CuratorGroup(click.Group):
    """Turns what a user can solve into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CuratorError as error:
            _fail(error.message)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            _fail(f"{error.strerror or error}{where}. Nothing was left half done; try again.")


def _fail(message: str) -> NoReturn:
    click.echo(f"curator: {message}", err=True)
    raise SystemExit(1)


def _examples(text: str) -> str:
    """Format examples for `--help`; the mark keeps click from joining the lines."""
    return "\b\nExample:\n" + "\n".join(f"  {line.strip()}" for line in text.strip().splitlines())


@click.group(cls=CuratorGroup)
def curator() -> None:
    """Turn a heap of saved photos into a dataset that can be defended."""


JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _open() -> "tuple[Config, Sessions]":
    from curator.db import open_sessions

    config = from_environment()
    return config, open_sessions(config)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def _progress(what: str) -> Callable[[int, int], None]:
    """Return a callback that draws a bar on a terminal and nothing elsewhere."""
    from tqdm import tqdm

    bar: tqdm[NoReturn] | None = None

    def update(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc=what, total=total, unit="photo", disable=None, leave=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return update


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


STDIN_OPTION = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@curator.command(epilog=_examples("flask curator init --admin ana"))
@click.option("--admin", metavar="NAME", help="Make the first account, an administrator.")
@STDIN_OPTION
def init(admin: str | None, password_stdin: bool) -> None:
    """Create the instance: a private folder with key and database; safe to run again."""
    from curator.accounts import add_user
    from curator.instance import init_instance

    config = from_environment()
    init_instance(config)
    click.echo(f"The instance {config.instance} is ready.")
    if admin:
        _, sessions = _open()
        password = _password(password_stdin)
        add_user(
            sessions,
            admin,
            password,
            "admin",
            min_chars=config.password_min_chars,
            actor=COMMAND_LINE,
        )
        click.echo(f"The account {admin} can sign in: flask curator serve")


@curator.group()
def user() -> None:
    """Accounts: add, list, passwd, disable, enable."""


@user.command("add", epilog=_examples("flask curator user add ben --role annotator"))
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["admin", "annotator", "adjudicator", "viewer"]),
    default="annotator",
    show_default=True,
)
@STDIN_OPTION
def user_add(name: str, role: str, password_stdin: bool) -> None:
    """Make an account."""
    from curator.accounts import add_user

    config, sessions = _open()
    password = _password(password_stdin)
    add_user(
        sessions, name, password, role, min_chars=config.password_min_chars, actor=COMMAND_LINE
    )
    click.echo(f"The account {name} ({role}) can sign in.")


@user.command("list", epilog=_examples("flask curator user list --json"))
@JSON_OPTION
def user_list(as_json: bool) -> None:
    """List the accounts."""
    from curator.accounts import list_users

    _, sessions = _open()
    users = list_users(sessions)
    if as_json:
        _print_json([{"name": u.name, "role": u.role, "disabled": u.disabled} for u in users])
        return
    for one in users:
        click.echo(f"{one.name:32} {one.role:12} {'disabled' if one.disabled else ''}".rstrip())


@user.command("passwd", epilog=_examples("flask curator user passwd ben"))
@click.argument("name")
@STDIN_OPTION
def user_passwd(name: str, password_stdin: bool) -> None:
    """Set an account's password; whoever is signed in with the old one is signed out."""
    from curator.accounts import set_password

    config, sessions = _open()
    set_password(
        sessions,
        name,
        _password(password_stdin),
        min_chars=config.password_min_chars,
        actor=COMMAND_LINE,
    )
    click.echo(f"The password of {name} is changed.")


@user.command("disable", epilog=_examples("flask curator user disable ben"))
@click.argument("name")
def user_disable(name: str) -> None:
    """Keep an account from signing in; its ratings stay."""
    from curator.accounts import set_disabled

    _, sessions = _open()
    set_disabled(sessions, name, True, actor=COMMAND_LINE)
    click.echo(f"The account {name} is disabled: flask curator user enable {name} undoes it.")


@user.command("enable", epilog=_examples("flask curator user enable ben"))
@click.argument("name")
def user_enable(name: str) -> None:
    """Let a disabled account sign in again."""
    from curator.accounts import set_disabled

    _, sessions = _open()
    set_disabled(sessions, name, False, actor=COMMAND_LINE)
    click.echo(f"The account {name} can sign in again.")


@curator.command(epilog=_examples("flask curator serve --port 5151"))
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port.  [default: 5151]")
def serve(host: str | None, port: int | None) -> None:
    """Serve the web tool; without an account, print a one-time link to make the first."""
    from waitress.server import create_server

    from curator.accounts import has_accounts
    from curator.app import create_app

    config, sessions = _open()
    host, port = host or config.host, port or config.port
    app = create_app(config)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    try:
        server = create_server(app, host=host, port=port, threads=config.threads)
    except OSError as error:
        _fail(f"{address} cannot be opened ({error.strerror}): choose another with --port.")
    if has_accounts(sessions):
        click.echo(f"Curator is at {address} (stop it with Ctrl+C)")
    else:
        token = app.config["SETUP_TOKEN"]
        click.echo(f"Make the first account at {address}/setup?token={token}")
        click.echo("The link works once; stop the server with Ctrl+C.")
    server.run()


@curator.command(
    "import", epilog=_examples("flask curator import photos --source '#butterflyrash'")
)
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR..."
)
@click.option("--source", default="", help="Where the photos were found, e.g. '#butterflyrash'.")
@click.option(
    "--metadata",
    type=click.Path(path_type=Path),
    metavar="POSTS.CSV",
    help="Table: file, post_url, author, caption, collected_on, collector.",
)
@click.option("--collector", default="", metavar="NAME", help="Who saved the photos.")
@JSON_OPTION
def import_(
    folders: tuple[Path, ...], source: str, metadata: Path | None, collector: str, as_json: bool
) -> None:
    """Import every photo below the folders; what is there already is not taken twice."""
    from curator.importing import import_folders
    from curator.tables import read_posts

    config, sessions = _open()
    result = import_folders(
        sessions,
        config,
        folders,
        source=source,
        collector=collector,
        posts=read_posts(metadata) if metadata else None,
        actor=COMMAND_LINE,
        progress=_progress("Importing"),
    )
    rejected = [{"file": one.name, "reason": one.reason} for one in result.rejected_files]
    if as_json:
        _print_json(asdict(result) | {"rejected_files": rejected})
        return
    click.echo(
        f"{result.seen} files seen: {result.added} added, {result.already_there} already there, "
        f"{result.rejected} rejected, {result.ignored} hidden ones ignored (batch {result.batch})."
    )
    for one in result.rejected_files:
        click.echo(f"  rejected {one.name}: {one.reason}")
    if result.new_pairs:
        click.echo(
            f"{result.new_pairs} pairs look alike: decide them at Duplicates in the web tool."
        )


@curator.command(epilog=_examples("flask curator dedup --radius 8 --rescan"))
@click.option("--radius", type=int, metavar="BITS", help="How far two hashes may differ, 0 to 64.")
@click.option("--rescan", is_flag=True, help="Forget undecided pairs and compare all with all.")
@JSON_OPTION
def dedup(radius: int | None, rescan: bool, as_json: bool) -> None:
    """Find photos that look alike; imports do this for new photos by themselves."""
    from curator.dedup import find_pairs

    config, sessions = _open()
    bits = config.dedup_radius_bits if radius is None else radius
    result = find_pairs(sessions, config, bits, rescan=rescan or radius is not None)
    if as_json:
        _print_json({"radius_bits": bits, **asdict(result)})
        return
    click.echo(
        f"{result.photos} photos at radius {bits}: {result.new_pairs} new pairs, "
        f"{result.undecided} wait for a decision."
    )


@curator.group()
def duplicates() -> None:
    """Pairs of photos that look alike: list, decide."""


@duplicates.command("list", epilog=_examples("flask curator duplicates list --csv > pairs.csv"))
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for a spreadsheet.")
@JSON_OPTION
def duplicates_list(as_csv: bool, as_json: bool) -> None:
    """List the pairs, the most alike first."""
    from curator.queries import pairs

    _, sessions = _open()
    rows = [
        {
            "file_a": pair.first.name,
            "file_b": pair.second.name,
            "evidence": pair.evidence,
            "distance_bits": pair.distance_bits,
            "score": f"{pair.score:.4f}",
            "decision": pair.decision or "",
        }
        for pair in pairs(sessions)
    ]
    if as_json:
        _print_json(rows)
    elif as_csv:
        columns = ["file_a", "file_b", "evidence", "distance_bits", "score", "decision"]
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        for row in rows:
            click.echo(
                f"{row['file_a']}  {row['file_b']}  {row['distance_bits']} bits  "
                f"score {row['score']}  {row['decision'] or 'undecided'}"
            )
        click.echo(f"{len(rows)} pairs.")


@duplicates.command("decide", epilog=_examples("flask curator duplicates decide --accept-verified"))
@click.option(
    "--accept-verified",
    is_flag=True,
    required=True,
    expose_value=False,
    help="Decide `copy` for all pairs so alike that no other explanation is left.",
)
@JSON_OPTION
def duplicates_decide(as_json: bool) -> None:
    """Decide the clear pairs at once; the rest is for the Duplicates page."""
    from curator import dedup
    from curator.queries import count_undecided

    config, sessions = _open()
    accepted = dedup.accept_verified(sessions, config, actor=COMMAND_LINE)
    undecided = count_undecided(sessions)
    if as_json:
        _print_json({"accepted": accepted, "undecided": undecided})
        return
    click.echo(f"{accepted} pairs are copies; {undecided} pairs wait for a decision.")


@curator.command(epilog=_examples("flask curator rate ratings.csv --rater ana"))
@click.argument("table", type=click.Path(path_type=Path), metavar="FILE.csv")
@click.option("--rater", required=True, metavar="NAME", help="Whose word the ratings are.")
@click.option("--skip-bad", is_flag=True, help="Bring the good rows although some are bad.")
@JSON_OPTION
def rate(table: Path, rater: str, skip_bad: bool, as_json: bool) -> None:
    """Bring ratings from a table: file, label, sex, person, evidence, region, note.

    A region is `x,y x,y ...` in pixels of the upright photo.
    """
    from curator.rating import rate_table

    _, sessions = _open()
    result = rate_table(sessions, table, rater, skip_bad=skip_bad)
    if as_json:
        _print_json(asdict(result))
    else:
        click.echo(f"{result.rows} rows: {result.saved} saved, {result.unchanged} unchanged.")
    for row in result.bad:
        click.echo(f"  line {row.line}: {row.reason}", err=True)
    if result.bad and not skip_bad:
        _fail(
            f"{len(result.bad)} bad rows, nothing was written: "
            "mend them, or bring the others with --skip-bad."
        )


@curator.command(epilog=_examples("flask curator status"))
@JSON_OPTION
def status(as_json: bool) -> None:
    """Count what is ready to export beside the paper's numbers, and what stands in the way."""
    from curator import queries
    from curator.candidates import REASONS

    _, sessions = _open()
    now = queries.status(sessions)
    ready = {f"{label}_{sex}": count for (label, sex), count in sorted(now.ready.items())}
    if as_json:
        _print_json(
            {
                "photos": now.photos,
                "rejected": now.rejected,
                "undecided_pairs": now.undecided_pairs,
                "ready": ready,
                "left_out": now.left_out,
            }
        )
        return
    click.echo(
        f"{now.photos} photos, {now.ready_total} ready to export, {now.rejected} files rejected."
    )
    click.echo(f"\n{'ready':12}{'female':>8}{'male':>8}{'unknown':>9}{'all':>8}")
    for label in ("positive", "negative"):
        counts = [now.ready.get((label, sex), 0) for sex in ("female", "male", "unknown")]
        click.echo(f"{label:12}{counts[0]:8}{counts[1]:8}{counts[2]:9}{sum(counts):8}")
    paper = queries.PAPER_POSITIVES
    click.echo(
        f"{'the paper':12}{paper['female']:8}{paper['male']:8}{'':9}{sum(paper.values()):8}"
        "  (positives)"
    )
    if now.left_out or now.undecided_pairs:
        click.echo("\nIn the way of the export:")
    for reason, count in sorted(now.left_out.items()):
        click.echo(f"{count:8}  {REASONS[reason]}")
    if now.undecided_pairs:
        click.echo(
            f"{now.undecided_pairs:8}  pairs undecided (they keep no photo out, but tie groups)"
        )


def _ratios(_ctx: click.Context, _param: click.Parameter, text: str) -> tuple[int, int, int]:
    try:
        train, val, test = (int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter("give three whole percentages, like 70,15,15") from None
    return train, val, test


@curator.command(epilog=_examples("flask curator export --ratios 50,20,30 --folds 5"))
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="A new folder.")
@click.option(
    "--ratios",
    default="70,15,15",
    show_default=True,
    callback=_ratios,
    help="Train, validation and test, in percent.",
)
@click.option("--folds", type=int, default=5, show_default=True, help="For cross-validation.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other splits.")
@click.option(
    "--crop",
    type=click.Choice(["mask", "box"]),
    default="mask",
    show_default=True,
    help="Cover what is outside the region, or keep its whole box.",
)
@click.option(
    "--min-evidence",
    type=click.Choice(["hashtag", "self_report", "visual", "clinician"]),
    default="hashtag",
    show_default=True,
    help="Leave out labels that rest on less.",
)
@JSON_OPTION
def export(
    out: Path | None,
    ratios: tuple[int, int, int],
    folds: int,
    seed: int,
    crop: str,
    min_evidence: str,
    as_json: bool,
) -> None:
    """Export the rated regions, split so that nothing leaks, for the trainer."""
    from curator.exporting import export_dataset
    from curator.manifest import Settings

    config, sessions = _open()
    settings = Settings(
        ratios=ratios,
        folds=folds,
        seed=seed,
        crop=crop,
        fill_grey=config.export_fill_grey,
        max_side_px=config.export_max_side_px,
        min_evidence=min_evidence,
    )
    result = export_dataset(
        sessions, config, settings, out=out, actor=COMMAND_LINE, progress=_progress("Exporting")
    )
    for warning in result.warnings:
        click.echo(f"curator: {warning}", err=True)
    if as_json:
        _print_json(
            {
                "path": str(result.path),
                "content_hash": result.content_hash,
                "counts": result.counts,
                "left_out": result.left_out,
            }
        )
        return
    click.echo(f"{result.counts['total']} photos exported to {result.path}")
    for split in ("train", "val", "test"):
        counts = result.counts[split]
        click.echo(f"  {split:6}{counts['positive']:6} positive {counts['negative']:6} negative")
    for reason, count in result.left_out.items():
        click.echo(f"  left out: {count} {reason}")
