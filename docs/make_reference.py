"""Writes docs/cli.md and docs/settings.md from the code; a test fails when they differ from it."""

from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path

import click

from curator.base.config import Config
from curator.cli import curator
from trainer.cli import cli as trainer

FOLDER = Path(__file__).parent
COMMANDS = """# Commands

Made by `make docs` from the commands' own help; do not edit by hand.

Every command ends with exit code 0 when it is done, 1 when the input has a problem (one line says which), 2 when it
was called in a wrong way, 3 when photos or groups repeat across splits or folds. `flask curator` is also installed as
`curator`.
"""
SETTINGS = """# Settings

Made by `make docs` from the code's own table; do not edit by hand.

Each setting of curator is an environment variable; none is needed. Set it for every command, not for the server alone:
a command with another `CURATOR_INSTANCE` works on another study. `flask` also reads settings from a file `.env` in the
folder where it starts; `curator` and `python -m trainer` do not. A value that does not fit ends the command with one
line that names it.

How many raters a photo needs, and from which overlap two regions agree, are decisions of the study: an administrator
makes them in the browser, on the page Administration.

| variable | default | meaning |
|---|---|---|
"""
HOSTED = ("database_url", "secret_key")  # named as hosting platforms name them
MEANINGS = {
    "instance": "Folder of the study: database, photos, exports, runs, key. The trainer reads it, too.",
    "database_url": "Another database than the SQLite file in the instance, as SQLAlchemy writes it: "
    "`postgresql+psycopg://host/name`. From a wheel, install the extra `postgres`.",
    "secret_key": "Signs cookies. Empty: the instance's own key.",
    "host": "Address to listen on. Leave it, and put a proxy with HTTPS in front, to let others in.",
    "port": "Port to listen on.",
    "threads": "Requests answered at the same time.",
    "trusted_hosts": "Names under which the tool answers, separated by commas; any other is refused.",
    "behind_https": "`1` where a proxy speaks HTTPS to the browsers: cookies then never travel without it.",
    "workers": "Processes that read photos at an import; 0 is one for each core.",
    "max_file_bytes": "A larger file is rejected.",
    "max_pixels": "A photo with more pixels is rejected, before it is decoded.",
    "min_side_px": "A photo with a shorter side is rejected.",
    "thumbnail_px": "Longest side of thumbnails.",
    "display_px": "Longest side of a photo on a page.",
    "closeup_px": "Longest side of a photo that somebody zooms into.",
    "redness_px": "Longest side of the redness view.",
    "import_batch": "Photos stored in one transaction.",
    "dedup_radius_bits": "How many of 64 bits two hashes may differ in for two photos to be compared.",
    "suggest": "`0` keeps `serve` from looking for faces in the background.",
    "export_max_side_px": "Longest side of an exported face region; larger ones are reduced.",
    "export_fill_grey": "Grey level, 0 to 255, outside the outline of an exported region.",
    "password_min_chars": "Shortest password.",
    "session_hours": "Hours until a sign-in ends.",
}


def commands() -> str:
    sections = [*described(curator, "flask curator"), *described(trainer, "python -m trainer")]
    return "\n".join([COMMANDS, *sections])


def described(command: click.Command, name: str) -> Iterator[str]:
    """Yield one section for the command and one for each below it."""
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for child, below in sorted(command.commands.items()):
            yield from described(below, f"{name} {child}")


def settings() -> str:
    return SETTINGS + "".join(map(setting_row, fields(Config)))


def setting_row(field: "Field[object]") -> str:
    upper = field.name.upper()
    variable = upper if field.name in HOSTED else f"CURATOR_{upper}"
    given = int(field.default) if isinstance(field.default, bool) else field.default
    default = f"`{given}`" if given != "" else ""
    return f"| `{variable}` | {default} | {MEANINGS[field.name]} |\n"


if __name__ == "__main__":
    (FOLDER / "cli.md").write_text(commands())
    (FOLDER / "settings.md").write_text(settings())
