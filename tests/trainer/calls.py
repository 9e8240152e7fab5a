"""Calls the trainer's commands as a terminal would."""

import pytest

from trainer.cli import main


def call(*arguments: object) -> int:
    """Run a command; return its exit code."""
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Read the one line of an error, which must be all that was told."""
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("trainer: ")
    assert told.err.count("\n") == 1
    return told.err
