"""The commands of `python -m trainer`: they parse flags and print; other modules do the work.

What needs NumPy or TensorFlow is imported inside the commands: `--help` must answer at once.
"""

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from trainer.cli.anonymity import anonymity_command
from trainer.cli.archs import archs_command
from trainer.cli.compare import compare_command
from trainer.cli.explain import explain_command
from trainer.cli.export import export_command
from trainer.cli.predict import predict_command
from trainer.cli.train import run_command
from trainer.cli.verify import verify_command
from trainer.errors import TrainerError
from trainer.interruption import Terminated, end_cleanly, told_to_end, unmute

INTERRUPTED = (
    "trainer: interrupted; what was trained is kept: repeat `compare`, or `run` with --resume"
)
HELP = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=HELP)
def cli() -> None:
    """Train and use detectors of the butterfly rash. A research tool, not a medical device.

    \b
    Example:
      python -m trainer run --arch mobilenet
    """


for command in (
    run_command,
    compare_command,
    verify_command,
    explain_command,
    predict_command,
    export_command,
    anonymity_command,
    archs_command,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the commands and exit: 0 done, 1 a problem, 2 wrong usage, 3 a leak."""
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    end_cleanly()
    os.umask(0o077)  # runs hold photos, as heat maps: they are for nobody else on this machine
    try:
        _call(arguments)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except TrainerError as error:
        click.echo(f"trainer: {error}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _interrupted(signal.SIGINT)
    except Terminated as ended:
        return _interrupted(ended.number)
    except BrokenPipeError:  # the reader, such as `| head`, has stopped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        file = f"{error.filename}: " if error.filename else ""
        click.echo(
            f"trainer: {file}{error.strerror or error}; correct that and run again", err=True
        )
        return 1
    return 0


def _call(arguments: Sequence[str] | None) -> None:
    try:
        cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="python -m trainer",
            standalone_mode=False,
        )
    except Exception as error:
        number = told_to_end()
        if number is None:
            raise
        raise Terminated(number) from error  # what C code made of the signal's own


def _interrupted(number: int) -> int:
    unmute()
    click.echo(INTERRUPTED, err=True)
    return 128 + number
