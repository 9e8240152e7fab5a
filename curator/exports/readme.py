"""Writes README.txt into an export for other tools: what it holds, how it is opened, how it is kept."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from curator.exports.description import told_freeze
from curator.exports.formats import Format

KEEPING = (
    "Pass it on only as the study's consent and licence allow, and do not use it for diagnosis. When a person asks "
    "for a photo to be left out, exclude it in curator, export again, and delete this export."
)
FACES = "The photos show whole faces: keep them as you keep the collection."


def write_readme(folder: Path, form: Format, facts: Mapping[str, Any]) -> None:
    parts = [
        fill(
            f"{facts['name']}: {facts['counts']['total']} rated photos of faces, for {_plain(form.readers)}."
        ),
        fill(f"It holds {form.holds}; dataset.json says how it was made."),
        *([fill(frozen)] if (frozen := told_freeze(facts)) else []),
        f"To open it:\n\n{form.opening.strip()}",
        *([fill(FACES)] if form.pictures.are_whole else []),
        fill(KEEPING),
    ]
    (folder / "README.txt").write_bytes(("\n\n".join(parts) + "\n").encode())


def _plain(text: str) -> str:
    return text.replace("`", "")
