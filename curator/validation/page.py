"""Writes a validation as one page to print and sign, and as JSON."""

import json
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from curator.base.errors import ValidationImpossible
from curator.base.store import write_file
from curator.validation.results import Outcome
from curator.validation.running import Validation

PAGE, FACTS = "validation.html", "validation.json"


def require_free(folder: Path) -> None:
    """Raise ValidationImpossible if the folder holds a validation: a signed one is never replaced."""
    for name in (PAGE, FACTS):
        if (folder / name).exists():
            raise ValidationImpossible(
                "%(file)s is there already: give another folder by --out.", file=folder / name
            )
    if folder.exists() and not folder.is_dir():
        raise ValidationImpossible("%(file)s is no folder: give one by --out.", file=folder)


def write_validation(validation: Validation, folder: Path) -> Path:
    """Write both files into a folder; return the page."""
    facts = json.dumps(validation.as_json(), indent=2, ensure_ascii=False)
    write_file(folder / FACTS, f"{facts}\n".encode())
    write_file(folder / PAGE, rendered(validation).encode())
    return folder / PAGE


def rendered(validation: Validation) -> str:
    jinja = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["commands"] = _with_commands
    areas = [
        (area, [*rows]) for area, rows in groupby(validation.results, key=lambda row: row.area)
    ]
    return jinja.get_template("page.html").render(
        validation=validation,
        identity=validation.identity,
        areas=areas,
        passed=validation.with_outcome(Outcome.PASSED),
        failed=validation.with_outcome(Outcome.FAILED),
        not_run=validation.with_outcome(Outcome.NOT_RUN),
    )


def _with_commands(text: str) -> Markup:
    """Set what stands between backticks as code."""
    parts = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
