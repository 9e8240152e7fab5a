"""Checks what a study states, and puts it into the one form in which it is kept."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from curator.base.errors import InputInvalid
from curator.study.facts import BY_CODE, Fact, Kind, Study

MOST_CHARACTERS = 10_000
ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])", re.ASCII)
# Semantic versioning, as Croissant asks for: MAJOR.MINOR.PATCH, perhaps with a pre-release or a build.
NUMBER = r"(?:0|[1-9]\d*)"
VERSION = re.compile(
    rf"{NUMBER}\.{NUMBER}\.{NUMBER}"
    rf"(?:-(?:{NUMBER}|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:{NUMBER}|\d*[a-zA-Z-][\da-zA-Z-]*))*)?"
    r"(?:\+[\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*)?",
    re.ASCII,
)


def changed(study: Study, given: Mapping[str, object]) -> Study:
    """Return the study with the given facts in place of its own; an empty text takes one back.

    Raises:
        InputInvalid: there is no such fact, or it cannot be written so.
    """
    if unknown := given.keys() - BY_CODE.keys():
        raise InputInvalid(
            "A study has no fact named %(given)r; its facts are %(facts)s.",
            given=min(unknown),
            facts=", ".join(BY_CODE),
        )
    stated = {code: checked(BY_CODE[code], value) for code, value in given.items()}
    result = {code: stated.get(code, study[code]) for code in BY_CODE}
    if "" < result["collected_until"] < result["collected_from"]:
        raise InputInvalid("The first day of collecting is after the last one.")
    return result


def checked(fact: Fact, given: object) -> str:
    """Return what is stated in the one form in which it is kept."""
    if isinstance(given, date):
        given = given.isoformat()
    if (
        isinstance(given, list)
        and fact.kind is Kind.PEOPLE
        and all(isinstance(one, str) for one in given)
    ):
        given = "\n".join(given)
    if not isinstance(given, str):
        raise InputInvalid("%(fact)s: give a text in quotes.", fact=fact.name)
    text = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    _require_text(fact, text)
    return CHECKS[fact.kind](fact, text) if text else ""


def _require_text(fact: Fact, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise InputInvalid(
            "%(fact)s: at most %(most)s characters fit, not %(given)s.",
            fact=fact.name,
            most=MOST_CHARACTERS,
            given=len(text),
        )
    if strange := next(filter(_is_no_text, text), ""):
        raise InputInvalid(
            "%(fact)s: remove the character U+%(code)s, which is no text.",
            fact=fact.name,
            code=f"{ord(strange):04X}",
        )


def _is_no_text(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs")


def _line(fact: Fact, text: str) -> str:
    if len(text.splitlines()) > 1:
        raise InputInvalid("%(fact)s: write it on one line.", fact=fact.name)
    return text


def _text(_fact: Fact, text: str) -> str:
    return text


def _date(fact: Fact, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputInvalid(
            "%(fact)s: write the day as 2026-01-31, not %(given)r.",
            fact=fact.name,
            given=text[:20],
        ) from None


def _address(fact: Fact, text: str) -> str:
    if not is_address(text):
        raise InputInvalid(
            "%(fact)s: give a web address that starts with https://, not %(given)r.",
            fact=fact.name,
            given=text[:60],
        )
    return text


def is_address(text: str) -> bool:
    """Tell whether a text is a web address and nothing else."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not re.search(r"\s", text)
        )
    except ValueError:
        return False


def _version(fact: Fact, text: str) -> str:
    if not VERSION.fullmatch(text):
        raise InputInvalid(
            "%(fact)s: write three numbers such as 1.0.0, not %(given)r.",
            fact=fact.name,
            given=text[:20],
        )
    return text


def _people(fact: Fact, text: str) -> str:
    return "\n".join(_person(fact, line) for line in text.splitlines() if line.strip())


def _person(fact: Fact, line: str) -> str:
    parts = [" ".join(part.split()) for part in line.split(";")]
    name, affiliation, link = (*parts, "", "")[:3]
    if not name or len(parts) > 3:
        raise InputInvalid(
            "%(fact)s: %(line)r is not “name; affiliation; ORCID or web address”.",
            fact=fact.name,
            line=line[:60],
        )
    if link and (orcid := ORCID.fullmatch(link)) and _is_orcid(orcid[1]):
        link = f"https://orcid.org/{orcid[1]}"
    elif link and (ORCID.fullmatch(link) or not is_address(link)):
        raise InputInvalid(
            "%(fact)s: %(link)r is neither an ORCID nor a web address.", fact=fact.name, link=link
        )
    return "; ".join((name, affiliation, link)).rstrip("; ")


def _is_orcid(digits: str) -> bool:
    """Tell whether the last character is the check digit of the others. Source: ISO 7064, MOD 11-2."""
    total = 0
    for digit in digits.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == digits[-1]


CHECKS = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.ADDRESS: _address,
    Kind.VERSION: _version,
    Kind.PEOPLE: _people,
}
