"""Writes what a study states as study.toml, and reads it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from curator.base.errors import InputInvalid
from curator.study.facts import FACTS, Fact, Study

TABLE = "study"
HEAD = """\
# What a study states about itself. Read by: flask curator study --file study.toml
# An empty text takes a fact back; one that is not in the file stays as it is.
"""
ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def as_toml(study: Study) -> str:
    """Return the study as a file that `read_file` reads to the same facts."""
    facts = "\n".join(_row(fact, study[fact.code]) for fact in FACTS)
    return f"{HEAD}\n[{TABLE}]\n{facts}"


def write_file(path: Path, study: Study) -> None:
    """Write a new file.

    Raises:
        InputInvalid: there is one already, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(as_toml(study))
    except FileExistsError as error:
        raise InputInvalid(
            "%(path)s exists and is not overwritten: choose another name.", path=path
        ) from error
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be written (%(reason)s).", path=path, reason=error.strerror or error
        ) from error


def read_file(path: Path) -> Mapping[str, object]:
    """Return the facts in a file, unchecked.

    Raises:
        InputInvalid: it is no file of a study.
    """
    try:
        read = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be read (%(reason)s).", path=path, reason=error.strerror or error
        ) from error
    except UnicodeDecodeError as error:
        raise InputInvalid("%(path)s is not UTF-8 text: save it so.", path=path) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputInvalid(
            "%(path)s is no TOML file: %(reason)s.", path=path, reason=error
        ) from error
    facts = read.pop(TABLE, None)
    if not isinstance(facts, dict) or read:
        raise InputInvalid(
            "%(path)s must hold one table, [%(table)s], with the facts of the study.",
            path=path,
            table=TABLE,
        )
    return facts


def _row(fact: Fact, stated: str) -> str:
    text = stated.translate(ESCAPED)
    quoted = f'"""\n{text}"""' if "\n" in text else f'"{text}"'
    return f"# {fact.name}: {fact.hint}\n{fact.code} = {quoted}\n"
