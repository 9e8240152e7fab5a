"""Rated photos to write, and files of other tools to read."""

import json
from pathlib import Path
from typing import Any

from curator.formats.marks import Marks, RatedPhoto
from curator.formats.reading import read_marks
from curator.formats.vocabulary import Vocabulary
from curator.ratings.entries import Entry

REGION = ((0.3, 0.4), (0.7, 0.4), (0.6, 0.7), (0.4, 0.7))
RATED = (
    RatedPhoto(
        id="0123456789abcdef",
        file="images/0123456789abcdef.jpg",
        width_px=161,
        height_px=119,
        label="positive",
        values={"sex": "female", "evidence": "clinician"},
        region=REGION,
        split="train",
        note="Doen\u00e7a <s\u00e9ria> & \"clara\"\nem 'asa'",
        rater="ben",
    ),
    RatedPhoto(
        id="fedcba9876543210",
        file="images/fedcba9876543210.jpg",
        width_px=120,
        height_px=160,
        label="negative",
        values={"sex": "unknown", "evidence": "visual"},
        split="test",
    ),
)


def write_file(folder: Path, content: object, name: str = "file.json") -> Path:
    """Write bytes or text as they are, and anything else as JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    match content:
        case bytes():
            path.write_bytes(content)
        case str():
            path.write_text(content, encoding="utf-8")
        case _:
            path.write_text(json.dumps(content), encoding="utf-8")
    return path


def read_file(folder: Path, content: object, name: str = "file.json") -> list[Marks]:
    return read_marks(write_file(folder, content, name))[1]


def entries_in(folder: Path, content: object, name: str = "file.json", **known: Any) -> list[Entry]:
    return Vocabulary(**known).entries(read_file(folder, content, name))


def said(entry: Entry) -> tuple[str, dict[str, str], str]:
    return entry.label, dict(entry.values), entry.note
