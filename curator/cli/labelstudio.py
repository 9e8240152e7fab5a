"""Label Studio commands: annotators, and projects on a server; with those for its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import click

from curator.cli.labelstudio_files import export_, import_
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    number_of,
    open_instance,
    open_to_write,
    print_json,
    print_list,
    progress,
)

if TYPE_CHECKING:
    from curator.labelstudio.pulling import Pulled
    from curator.labelstudio.pushing import Pushed
    from curator.labelstudio.standings import Standing


@click.group(epilog=examples("labelstudio import project-1.json --rater-of ana@example.org=ana"))
def labelstudio() -> None:
    """Exchange photos and ratings with Label Studio, through a server or files."""


for command in (import_, export_):
    labelstudio.add_command(command)


@labelstudio.command("map", epilog=examples("labelstudio map ana@example.org ana"))
@click.argument("email", required=False)
@click.argument("account", required=False)
@click.option("--remove", is_flag=True, help="Forget whose account EMAIL is.")
@JSON_OPTION
def map_(email: str | None, account: str | None, remove: bool, as_json: bool) -> None:
    """Say whose account an annotator's is, by e-mail address; without arguments, list them."""
    from curator.labelstudio.annotators import map_annotator, read_annotators, unmap_annotator

    _, sessions = open_instance()
    if email and remove:
        unmap_annotator(sessions, email, actor=COMMAND_LINE)
    elif email and account:
        map_annotator(sessions, email, account, actor=COMMAND_LINE)
    elif email:
        raise click.UsageError("Give EMAIL and ACCOUNT, or EMAIL and --remove.")
    found = read_annotators(sessions)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.email:40} {one.account}")


PROJECT_OPTION = click.option(
    "--project", "name", default="", metavar="NAME", help="Only the projects of this name."
)


def _filter(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    if wrong := [text for text in given if "=" not in text]:
        raise click.BadParameter(f"write FIELD=VALUE, like 'show=unrated', not {wrong[0]!r}")
    fields = {name: value for name, _, value in (text.partition("=") for text in given)}
    from curator.ratings.filter import read_filter

    understood = {"show": "all", **read_filter(fields).fields()}
    for name, value in fields.items():
        if understood.get(name) != value:
            raise click.BadParameter(f"the gallery has no filter {name}={value}")
    return fields


@labelstudio.command(
    epilog=examples(
        """labelstudio push
        labelstudio push --project Rash --filter show=unrated --filter source='#butterflyrash'"""
    )
)
@click.option(
    "--project",
    "name",
    default="Malar",
    show_default=True,
    metavar="NAME",
    help="Each rater's project is called NAME - ACCOUNT.",
)
@click.option(
    "--filter",
    "fields",
    multiple=True,
    callback=_filter,
    metavar="FIELD=VALUE",
    help="Only photos that the gallery shows with this filter, as in its address. Can be repeated.",
)
@click.option(
    "--rater",
    "raters",
    multiple=True,
    metavar="ACCOUNT",
    help="Only this rater's project. Can be repeated.",
)
@click.option("--restore-deleted", is_flag=True, help="Make tasks again that were deleted there.")
@click.option(
    "--remove-excluded",
    is_flag=True,
    help="Delete the tasks of photos that are excluded, or copies, by now.",
)
@JSON_OPTION
def push(
    name: str,
    fields: dict[str, str],
    raters: tuple[str, ...],
    restore_deleted: bool,
    remove_excluded: bool,
    as_json: bool,
) -> None:
    """Push photos, ratings and suggested regions to a Label Studio server.

    Each rater whose e-mail address is mapped gets a project of their own, with their own ratings
    only. LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name the server and the key to it. A push that
    was interrupted goes on where it stopped.
    """
    from curator.labelstudio.pushing import Wanted
    from curator.labelstudio.pushing import push as push_all
    from curator.labelstudio.server import connect
    from curator.ratings.filter import read_filter

    config, sessions = open_to_write()
    wanted = Wanted(name, read_filter(fields), raters, restore_deleted, remove_excluded)
    pushed = push_all(
        sessions,
        config,
        connect(config),
        wanted,
        actor=COMMAND_LINE,
        progress=progress("Pushing"),
    )
    if as_json:
        print_json([_told(one) for one in pushed])
        return
    for one in pushed:
        click.echo(
            f"{one.title}{' (new)' if one.is_new else ''}: {number_of(one.photos, 'photo')}, "
            f"{number_of(one.ratings, 'rating')} and {number_of(one.suggestions, 'suggestion')} "
            f"pushed, {one.unchanged} unchanged."
        )
        if one.uninvited:
            click.echo(f"  Nobody there has the address {one.uninvited} yet: invite them.")
        if one.removed:
            click.echo(f"  {number_of(one.removed, 'task')} of photos no longer kept deleted.")
        if one.to_pull:
            click.echo(f"  {number_of(len(one.to_pull), 'annotation')} to pull.")
        if one.no_longer_kept:
            count = number_of(len(one.no_longer_kept), "task")
            click.echo(f"  {count} of photos excluded since, or copies: see --remove-excluded.")
        _print_left_alone(one)


@labelstudio.command(epilog=examples("labelstudio pull"))
@PROJECT_OPTION
@JSON_OPTION
def pull(name: str, as_json: bool) -> None:
    """Pull what raters annotated on the server into their ratings.

    What changed here and there since the last push or pull is listed, and left to `resolve`.
    """
    from curator.labelstudio.pulling import pull as pull_all
    from curator.labelstudio.server import connect

    config, sessions = open_to_write()
    pulled = pull_all(sessions, config, connect(config), name=name, progress=progress("Pulling"))
    if as_json:
        print_json([_told(one) for one in pulled])
        return
    _print_none(pulled)
    for one in pulled:
        if _print_unread(one):
            continue
        click.echo(f"{one.title}: {len(one.saved)} saved, {one.unchanged} unchanged.")
        if one.to_push:
            click.echo(f"  {number_of(len(one.to_push), 'rating')} to push.")
        _print_left_alone(one)
        _print_strangers(one)


@labelstudio.command("status", epilog=examples("labelstudio status --json"))
@PROJECT_OPTION
@JSON_OPTION
def status_(name: str, as_json: bool) -> None:
    """Tell how each rater's project stands: what to push, to pull and to settle. Changes nothing."""
    from curator.labelstudio.pulling import look
    from curator.labelstudio.server import connect

    config, sessions = open_instance()
    found = look(sessions, connect(config), name=name)
    if as_json:
        print_json([{**_told(one), "to_pull": one.saved, "saved": []} for one in found])
        return
    _print_none(found)
    for one in found:
        if _print_unread(one):
            continue
        click.echo(
            f"{one.title}: {one.unchanged} the same, {len(one.to_push)} to push, "
            f"{len(one.saved)} to pull."
        )
        _print_left_alone(one)
        _print_strangers(one)


@labelstudio.command(epilog=examples("labelstudio resolve 17 --rater ana --take there"))
@click.argument("photo", type=int)
@click.option("--rater", required=True, metavar="ACCOUNT", help="Whose rating it is about.")
@click.option(
    "--take", "side", type=click.Choice(["here", "there"]), required=True, help="The side to take."
)
def resolve(photo: int, rater: str, side: Literal["here", "there"]) -> None:
    """Settle what changed here and there. The next push, or pull, carries the chosen side over."""
    from curator.labelstudio.server import connect
    from curator.labelstudio.settling import settle

    config, sessions = open_to_write()
    settle(sessions, connect(config), photo, rater, side, actor=COMMAND_LINE)
    click.echo(f"Settled: {'push' if side == 'here' else 'pull'} to carry it over.")


def _told(result: Pushed | Pulled) -> dict[str, Any]:
    """Return a result for scripts, each photo left alone with its number, task and reason."""
    told = {name: getattr(result, name) for name in result.__dataclass_fields__}
    for name in ("to_settle", "unreadable", "deleted"):
        told[name] = [
            {"photo": one.photo, "file": one.name, "task": one.task, "state": one.state}
            | {"reason": str(one.reason)}
            for one in told[name]
        ]
    return told


def _print_none(found: Sequence[Pulled]) -> None:
    if not found:
        click.echo("There are no such projects yet: push first.")


def _print_unread(one: Pulled) -> bool:
    """Say why a project was not read; tell whether it was not."""
    if one.is_gone:
        click.echo(f"{one.title} was deleted there.")
    if one.is_barred:
        click.echo(f"{one.title} was left alone: the account {one.rater} may not rate.")
    return one.is_gone or one.is_barred


def _print_strangers(one: Pulled) -> None:
    print_list("tasks about no photo here", [f"task {number}" for number in one.strangers])


def _print_left_alone(result: Pushed | Pulled) -> None:
    titles = {
        "to_settle": "to settle (`labelstudio resolve`)",
        "unreadable": "left alone",
        "deleted": "deleted there (`labelstudio push --restore-deleted` makes them again)",
    }
    for name, title in titles.items():
        found: Sequence[Standing] = getattr(result, name)
        print_list(title, [f"photo {one.photo}, task {one.task}: {one.reason}" for one in found])
    if result.doubled:
        print_list("tasks that repeat a photo", [f"task {number}" for number in result.doubled])
