"""Writes docs/cli.md from the commands themselves; a test fails when the two differ."""

from collections.abc import Iterator
from pathlib import Path

import click

from curator.cli import curator
from trainer.cli import cli as trainer

TARGET = Path(__file__).with_name("cli.md")
HEAD = """# Commands

Made by `make docs` from the commands' own help; do not edit by hand.

Every command ends with exit code 0 when it is done, 1 when the input has a problem (one line says which), 2 when it
was called in a wrong way, 3 when photos or groups repeat across splits or folds. `flask curator` is also installed as
`curator`.
"""


def page() -> str:
    sections = [*described(curator, "flask curator"), *described(trainer, "python -m trainer")]
    return "\n".join([HEAD, *sections])


def described(command: click.Command, name: str) -> Iterator[str]:
    """Yield one section for the command and one for each below it."""
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for child, below in sorted(command.commands.items()):
            yield from described(below, f"{name} {child}")


if __name__ == "__main__":
    TARGET.write_text(page())
