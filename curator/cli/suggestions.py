"""The suggest command, and the background process that runs it while the server runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

import click

from curator.base.errors import CuratorError
from curator.cli.terminal import (
    JSON_OPTION,
    examples,
    number_of,
    open_to_write,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from curator.base.config import Config
    from curator.base.db import Sessions

AT_ONCE = 32  # photos before other processes get a turn
PAUSE_S = 3.0  # between checks for new photos
REST_S = 60.0  # idle time after which the networks' memory is released
NICENESS = 10  # pages and imports take precedence


@click.command(epilog=examples("suggest"))
@click.option(
    "--watch",
    is_flag=True,
    help="Keep searching new photos, quietly, until standard input ends; `serve` does this.",
)
@JSON_OPTION
def suggest(watch: bool, as_json: bool) -> None:
    """Find the face in each photo and suggest a region over the cheeks and nose.

    Photos that were searched before are skipped.
    """
    from curator.base.workers import MODEST

    os.environ.update(MODEST)
    from curator.ratings.suggesting import require_detector, suggest_regions

    require_detector()
    config, sessions = open_to_write()
    if watch:
        _watch(sessions, config)
    result = suggest_regions(sessions, config, progress=progress("Finding faces"))
    if as_json:
        print_json(asdict(result))
        return
    click.echo(
        f"{number_of(result.photos, 'photo')} searched, {result.with_face} of them with a face."
    )
    if result.unreadable:
        numbers = ", ".join(map(str, result.unreadable))
        click.echo(f"The files of these photos could not be read: {numbers}.")


@contextmanager
def in_background(config: Config) -> Iterator[None]:
    """Run a separate process that suggests regions meanwhile.

    It ends when its standard input closes: with the block, or however this process ends.
    """
    if not config.suggest:
        yield
        return
    from subprocess import DEVNULL, PIPE, Popen

    # In a new session, so that Ctrl+C reaches only the server, which then closes the pipe.
    command = [sys.executable, "-m", "flask", "curator", "suggest", "--watch"]
    with Popen(command, stdin=PIPE, stdout=DEVNULL, start_new_session=True):
        yield


def _watch(sessions: Sessions, config: Config) -> NoReturn:
    """Check photos from before an upgrade, then search new ones for faces, until standard input ends."""
    from curator.photos.checking import add_checks
    from curator.ratings.suggesting import suggest_regions

    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    Thread(target=_end_with_input, daemon=True).start()
    is_checked, unreadable = False, set[int]()
    last_found = None
    while True:
        try:
            if not is_checked:  # imports check what they add
                add_checks(sessions, config)
                is_checked = True
            result = suggest_regions(sessions, config, limit=AT_ONCE, skipped=unreadable)
        except CuratorError as error:  # for instance a busy database
            click.echo(f"curator: {error.message}", err=True)
        else:
            unreadable.update(result.unreadable)
            if result.photos:
                last_found = time.monotonic()
                continue
        if last_found and time.monotonic() - last_found > REST_S:
            _start_over()
        time.sleep(PAUSE_S)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _start_over() -> NoReturn:
    """Restart this process without TensorFlow, which would keep 700 MB while idle."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - needs no shell
