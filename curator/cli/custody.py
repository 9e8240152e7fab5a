"""Commands that keep a study safe: backup, backups, restore."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.base.config import from_environment
from curator.base.invocation import curator_command
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    fail,
    number_of,
    open_instance,
    print_json,
    print_list,
    progress,
)

if TYPE_CHECKING:
    from curator.custody.listing import BackupState
    from curator.custody.restoring import Restored

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(epilog=examples("backup /mnt/backup/malar"))
@click.argument("folder", metavar="TARGET", type=FOLDER)
@click.option(
    "--daily",
    type=click.IntRange(0, 400),
    default=7,
    show_default=True,
    help="Days to keep backups of.",
)
@click.option(
    "--weekly", type=click.IntRange(0, 200), default=4, show_default=True, help="Weeks, likewise."
)
@click.option(
    "--monthly", type=click.IntRange(0, 120), default=6, show_default=True, help="Months, likewise."
)
@JSON_OPTION
def backup(folder: Path, daily: int, weekly: int, monthly: int, as_json: bool) -> None:
    """Back up the whole instance into a folder, while the server runs.

    Database, photos, exports, runs and key; no caches. Each file is stored once for all backups
    in the folder, and every file is read back. Of so many days, weeks and months the newest backup
    is kept; others are removed.
    """
    from curator.custody.backing_up import back_up
    from curator.custody.retention import Retention

    config, sessions = open_instance()
    made = back_up(
        sessions,
        config,
        folder,
        keep=Retention(daily, weekly, monthly),
        actor=COMMAND_LINE,
        progress=progress("Backing up"),
    )
    if as_json:
        print_json(asdict(made))
    else:
        click.echo(
            f"Backup {made.name} is whole: the database, {number_of(made.photos, 'photo')} and "
            f"{number_of(made.files, 'other file')}, {_mb(made.size_bytes)}; "
            f"{_mb(made.written_bytes)} of it are new."
        )
        if made.pruned:
            click.echo(f"Removed: {number_of(len(made.pruned), 'older backup')}.")
        print_list("damaged in earlier backups, written anew", made.mended)
        print_list("missing, damaged or not readable in the instance", made.lacking)
    if made.lacking:
        fail(
            f"The backup lacks {number_of(len(made.lacking), 'file')} that the instance lacks or holds "
            "damaged: see whether an earlier backup has them."
        )


@click.command(epilog=examples("backups /mnt/backup/malar"))
@click.argument("folder", metavar="TARGET", type=FOLDER)
@click.option("--check", is_flag=True, help="Read every file for its hash, not just its size.")
@JSON_OPTION
def backups(folder: Path, check: bool, as_json: bool) -> None:
    """List the backups in a folder, newest first: age, size, and whether whole.

    The last column is the day on which a backup is removed, if one is made every day.
    """
    from curator.custody.listing import list_backups

    found = list_backups(folder, read_back=check, progress=progress("Reading"))
    if as_json:
        print_json({"backups": [asdict(one) | {"is_whole": one.is_whole} for one in found]})
    else:
        for one in found:
            click.echo(_line(one))
            print_list("damaged", one.damaged)
    if broken := [one.name for one in found if not one.is_whole]:
        fail(f"{number_of(len(broken), 'backup')} not whole.")
    if not found and not as_json:
        click.echo(f"There is no backup in {folder} yet.")


@click.command(epilog=examples("restore /mnt/backup/malar --at 2026-10-01"))
@click.argument("folder", metavar="SOURCE", type=FOLDER)
@click.option(
    "--at",
    default="",
    metavar="WHICH",
    help="The newest backup whose name begins so, such as a day.  [default: the newest of all]",
)
@click.option(
    "--despite-damage",
    is_flag=True,
    help="Leave out the files that are damaged in the backup, and name them.",
)
@JSON_OPTION
def restore(folder: Path, at: str, despite_damage: bool, as_json: bool) -> None:
    """Restore a backup into an empty instance, the one that CURATOR_INSTANCE names.

    Every file is checked before and after. All browsers are signed out.
    """
    from curator.custody.restoring import restore_backup

    config = from_environment()
    restored = restore_backup(
        config,
        folder,
        at=at,
        despite_damage=despite_damage,
        actor=COMMAND_LINE,
        progress=progress("Restoring"),
    )
    if as_json:
        print_json(asdict(restored))
    else:
        _print_restored(restored, config.instance)
    if restored.lacking:
        fail(f"{number_of(len(restored.lacking), 'file')} could not be restored.")


def _print_restored(restored: Restored, instance: Path) -> None:
    old, new = restored.revisions
    click.echo(
        f"{instance} is as it was on {restored.made_at:%Y-%m-%d at %H:%M:%S} UTC: "
        f"{number_of(restored.photos, 'photo')}, {number_of(restored.files, 'other file')}, "
        f"{number_of(restored.accounts, 'account')}, all changes up to event {restored.event}."
    )
    if old != new:
        click.echo(f"The database was brought from revision {old} to {new}.")
    click.echo(
        f"Signed out: {number_of(restored.sign_ins, 'browser')}. Accounts, passwords, roles and "
        f"{number_of(restored.tokens, 'API token')} are those of then: change again what was changed "
        f"since, and see `{curator_command()} token list`."
    )
    print_list("not restored", restored.lacking)


def _line(one: BackupState) -> str:
    if not one.is_listed:
        return f"{one.name}  damaged: what it holds cannot be read"
    state = f"{len(one.damaged)} damaged" if one.damaged else "whole"
    lacking = f", without {number_of(len(one.lacking), 'file')}" if one.lacking else ""
    return (
        f"{one.name}  {age(one.age_days):>19}  {number_of(one.photos, 'photo'):>13}  "
        f"{_mb(one.size_bytes):>10}  {state}{lacking}, until {one.pruned_on}"
    )


def age(days: int) -> str:
    return f"{number_of(days, 'day')} old" if days else "less than a day old"


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
