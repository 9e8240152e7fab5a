"""Commands that forget: erase, and erasures with their certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    examples,
    fail,
    number_of,
    open_instance,
    print_json,
)

if TYPE_CHECKING:
    from curator.custody.certificates import Certificate
    from curator.custody.erasable import Erasable, Request

REASON = click.option(
    "--reason",
    default="",
    help="Why, for the log, such as a document's number; it must name nobody.",
)


@click.command(epilog=examples("erase --person P-031"))
@click.argument("photo", required=False)
@click.option(
    "--person", help="All photos of a person: their code, or #17 for the person in photo 17."
)
@click.option("--author", help="All photos of an account, by its name.")
@click.option("--post", metavar="URL", help="All photos of a post, by its address.")
@REASON
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON_OPTION
def erase(
    photo: str | None,
    person: str | None,
    author: str | None,
    post: str | None,
    reason: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase photos for good: files, ratings, what the log says of them, exports, results that show them.

    Copies of a photo go with it. A keyed trace of each keeps it, and copies of it, from being
    imported again. What is printed at the end is a certificate that names nobody.
    """
    from curator.custody import erasing

    config, sessions = open_instance()
    request = _request(photo=photo, person=person, author=author, post=post)
    found = erasing.plan_erasure(sessions, config, request)
    if not as_json or not (yes or dry_run):
        _announce(found)
    if dry_run:
        if as_json:
            print_json(
                {"photos": found.photos, "look_alikes": found.look_alikes, "related": found.related}
            )
        return
    if not yes:
        click.confirm("Erase them for good?", abort=True, err=True)
    certificate = erasing.erase(
        sessions, config, request, confirmed=found.photos, reason=reason, actor=COMMAND_LINE
    )
    _print(certificate, as_json=as_json)


@click.group(invoke_without_command=True, epilog=examples("erasures"))
@JSON_OPTION
@click.pass_context
def erasures(context: click.Context, as_json: bool) -> None:
    """List what was erased; show a certificate, finish an erasure, or lift one."""
    if context.invoked_subcommand:
        return
    from curator.custody.erasing import list_erasures

    _, sessions = open_instance()
    found = list_erasures(sessions)
    if as_json:
        print_json({"erasures": [one.stored() for one in found]})
        return
    for one in found:
        state = "" if one.is_complete else ", not finished"
        state += ", lifted" if one.is_lifted else ""
        click.echo(
            f"{one.number}: {one.at:%Y-%m-%d %H:%M} UTC, by {one.actor}: "
            f"{number_of(len(one.photos), 'photo')}{state}"
        )
    if not found:
        click.echo("Nothing was erased yet.")


@erasures.command(epilog=examples("erasures show 1"))
@click.argument("number", type=int)
@JSON_OPTION
def show(number: int, as_json: bool) -> None:
    """Print the certificate of an erasure."""
    from curator.custody.erasing import find_certificate

    _, sessions = open_instance()
    _print(find_certificate(sessions, number), as_json=as_json)


@erasures.command(epilog=examples("erasures finish"))
@JSON_OPTION
def finish(as_json: bool) -> None:
    """Finish erasures that were interrupted, or that another program stood in the way of."""
    from curator.custody.erasing import finish_erasures

    config, sessions = open_instance()
    done = finish_erasures(sessions, config)
    if as_json:
        print_json({"erasures": [one.stored() for one in done]})
    else:
        click.echo(f"{number_of(sum(one.is_complete for one in done), 'erasure')} finished.")
    if any(not one.is_complete for one in done):
        fail("Some are not finished: `erasures show` says what is left.")


@erasures.command(epilog=examples("erasures lift 1"))
@click.argument("number", type=int)
@REASON
def lift(number: int, reason: str) -> None:
    """Let the photos of an erasure be imported again: consent was given, or another photo is refused."""
    from curator.custody.erasing import lift_erasure

    _, sessions = open_instance()
    lift_erasure(sessions, number, reason=reason, actor=COMMAND_LINE)
    click.echo(f"Erasure {number} is lifted: its photos can be imported again.")


def _request(**given: str | None) -> Request:
    from curator.custody.erasable import Request

    named = [(kind, value) for kind, value in given.items() if value]
    if len(named) != 1:
        raise click.UsageError("Name one of: a photo's number, --person, --author, --post.")
    return Request(*named[0])


def _announce(found: Erasable) -> None:
    with_it = len(found.photos) - len(found.asked)
    click.echo(
        f"This erases {number_of(len(found.photos), 'photo')}: {_numbers(found.photos)}"
        + (f" ({with_it} of them as copies, or as photos of the person)." if with_it else "."),
        err=True,
    )
    if found.look_alikes:
        click.echo(
            f"Not erased, though they look alike and nobody decided yet: {_numbers(found.look_alikes)}. "
            "Look at them first.",
            err=True,
        )
    if found.related:
        click.echo(f"Not erased, of the same post or author: {_numbers(found.related)}.", err=True)


def _numbers(photos: tuple[int, ...]) -> str:
    return ", ".join(map(str, photos))


def _print(certificate: Certificate, *, as_json: bool) -> None:
    from curator.custody.certificates import lines

    if as_json:
        print_json(certificate.stored())
    else:
        click.echo("\n".join(lines(certificate)))
    if not certificate.is_complete:
        fail("The erasure is not finished: `erasures finish` goes on with it.")
