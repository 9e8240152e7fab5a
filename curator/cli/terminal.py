"""Shared by all commands: one-line errors, JSON, progress bars, passwords."""

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from curator.base.config import Config, from_environment
from curator.base.errors import CuratorError
from curator.base.invocation import curator_command
from curator.base.privacy import keep_private
from curator.base.progress import Progress

if TYPE_CHECKING:
    from curator.base.db import Sessions

MOST_LISTED = 10
COMMAND_LINE = "command line"  # the actor in the event table when nobody is signed in


class CuratorGroup(click.Group):
    """Turns errors that users can solve into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        keep_private()
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # now, while a closed pipe is still caught
            return result
        except CuratorError as error:
            fail(error.message)
        except BrokenPipeError:  # the reader, such as `| head`, has stopped
            _drop_output()
            raise SystemExit(0) from None
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            fail(f"{error.strerror or error}{where}. Nothing was left half done; try again.")


def _drop_output() -> None:
    """Redirect stdout, so that Python's flush at exit does not hit the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def number_of(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural where there is not one: `1 photo`, `2 photos`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def fail(message: str) -> NoReturn:
    click.echo(f"curator: {message}", err=True)
    raise SystemExit(1)


def examples(text: str) -> str:
    """Format examples for `--help`; the \\b keeps click from joining the lines."""
    lines = (f"  {curator_command()} {line.strip()}" for line in text.strip().splitlines())
    return "\b\nExample:\n" + "\n".join(lines)


JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def open_instance() -> "tuple[Config, Sessions]":
    from curator.base.db import open_sessions

    config = from_environment()
    return config, open_sessions(config)


def open_to_write() -> "tuple[Config, Sessions]":
    """Open the instance for a command that writes; remove what killed ones left half written."""
    from curator.base.store import Store

    config, sessions = open_instance()
    Store(config.instance).sweep()
    return config, sessions


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_list(title: str, items: Sequence[str]) -> None:
    """Print the first items of a list; nothing if there are none."""
    if not items:
        return
    click.echo(f"  {title}:")
    for item in items[:MOST_LISTED]:
        click.echo(f"    {item}")
    if len(items) > MOST_LISTED:
        click.echo(f"    and {len(items) - MOST_LISTED} more; --json lists all")


def print_guess(lines: Sequence[int]) -> None:
    """Say which letters of a table are a guess; nothing if there are none."""
    if lines:
        listed = ", ".join(map(str, lines[:MOST_LISTED])) + (" ..." if lines[MOST_LISTED:] else "")
        click.echo(
            f"The table is not UTF-8 and was read as Windows-1252: check the letters on "
            f"{number_of(len(lines), 'line')} ({listed}), or save it as CSV UTF-8."
        )


def progress(what: str, unit: str = "photo") -> Progress:
    """Return a callback that draws a bar on a terminal and nothing elsewhere."""
    from tqdm import tqdm

    bar: tqdm[NoReturn] | None = None

    def update(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc=what, total=total, unit=unit, disable=None, leave=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return update


def ask_password(from_stdin: bool, *, again: bool = True) -> str:
    """Ask for a password: a new one is typed `again`."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=again))


STDIN_OPTION = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)
