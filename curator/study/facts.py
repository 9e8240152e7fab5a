"""What a study states about itself, one row a fact: form, file, command, datasheet and Croissant follow.

Every fact is text, and empty where the study does not state it: nothing is made up in its place.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from urllib.parse import urlsplit

from curator.base.errors import InputInvalid
from curator.base.messages import translatable

Study = Mapping[str, str]  # code of a fact -> what is stated, for every fact

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


class Kind(Enum):
    """How a fact is written."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    ADDRESS = "address"
    VERSION = "version"
    PEOPLE = "people"


class Section(Enum):
    """Where a fact stands: a part of the form, and of the datasheet."""

    MOTIVATION = translatable("Motivation")
    COLLECTION = translatable("Collection")
    RATING = translatable("Rating")
    USES = translatable("Uses")
    DISTRIBUTION = translatable("Distribution and upkeep")


@dataclass(frozen=True)
class Fact:
    """One fact.

    Attributes:
        code: its name in study.toml, in forms and in the database.
        croissant: its property in croissant.json; where other facts share it, they stand in one list.
        is_expected: whether an export says so if it is not stated.
    """

    code: str
    name: str
    hint: str
    section: Section
    croissant: str
    kind: Kind = Kind.TEXT
    is_expected: bool = False


@dataclass(frozen=True)
class Person:
    """A creator; `link` is an ORCID's or another web address, empty if none is stated."""

    name: str
    affiliation: str = ""
    link: str = ""


FACTS = (
    Fact(
        "name",
        translatable("Name of the study"),
        translatable("as others will cite it"),
        Section.MOTIVATION,
        "name",
        Kind.LINE,
    ),
    Fact(
        "description",
        translatable("Description"),
        translatable("what the dataset is, and for what purpose it was made"),
        Section.MOTIVATION,
        "description",
    ),
    Fact(
        "creators",
        translatable("Creators"),
        translatable("one person a line: name; affiliation; ORCID or web address"),
        Section.MOTIVATION,
        "creator",
        Kind.PEOPLE,
        is_expected=True,
    ),
    Fact(
        "institution",
        translatable("Institution"),
        translatable("on whose behalf the dataset was made"),
        Section.MOTIVATION,
        "creator",
        Kind.LINE,
    ),
    Fact(
        "funding",
        translatable("Funding"),
        translatable("who paid for it, with the number of the grant"),
        Section.MOTIVATION,
        "funding",
        Kind.LINE,
    ),
    Fact(
        "collection",
        translatable("How the photos were collected"),
        translatable("where, by whom and by what rule they were chosen"),
        Section.COLLECTION,
        "rai:dataCollection",
        is_expected=True,
    ),
    Fact(
        "collected_from",
        translatable("Collected from"),
        translatable("the first day of collecting"),
        Section.COLLECTION,
        "rai:dataCollectionTimeframe",
        Kind.DATE,
    ),
    Fact(
        "collected_until",
        translatable("Collected until"),
        translatable("the last day of collecting"),
        Section.COLLECTION,
        "rai:dataCollectionTimeframe",
        Kind.DATE,
    ),
    Fact(
        "consent",
        translatable("Consent"),
        translatable("whether the people shown agreed, to what, and how they can withdraw"),
        Section.COLLECTION,
        "rai:personalSensitiveInformation",
        is_expected=True,
    ),
    Fact(
        "ethics",
        translatable("Ethics review"),
        translatable("the committee, its decision and its number; or why there was none"),
        Section.COLLECTION,
        "rai:personalSensitiveInformation",
        is_expected=True,
    ),
    Fact(
        "sensitive",
        translatable("Personal and sensitive information"),
        translatable("what the images and columns reveal about people, and how it is protected"),
        Section.COLLECTION,
        "rai:personalSensitiveInformation",
        is_expected=True,
    ),
    Fact(
        "protocol",
        translatable("Rating protocol"),
        translatable("what raters were told and trained to do"),
        Section.RATING,
        "rai:dataAnnotationProtocol",
    ),
    Fact(
        "raters",
        translatable("Raters"),
        translatable("who they are: profession, training, experience; no names"),
        Section.RATING,
        "rai:annotatorDemographics",
    ),
    Fact(
        "uses",
        translatable("Intended uses"),
        translatable("what the dataset is for"),
        Section.USES,
        "rai:dataUseCases",
    ),
    Fact(
        "limitations",
        translatable("Limits"),
        translatable("what it must not be used for, and where it does not hold"),
        Section.USES,
        "rai:dataLimitations",
    ),
    Fact(
        "biases",
        translatable("Known biases"),
        translatable("who is missing, who is overrepresented, and why"),
        Section.USES,
        "rai:dataBiases",
    ),
    Fact(
        "social_impact",
        translatable("Social impact"),
        translatable("whom its use could help or harm"),
        Section.USES,
        "rai:dataSocialImpact",
    ),
    Fact(
        "license",
        translatable("Licence"),
        translatable("an SPDX identifier such as CC-BY-NC-4.0, a web address, or words"),
        Section.DISTRIBUTION,
        "license",
        Kind.LINE,
        is_expected=True,
    ),
    Fact(
        "version",
        translatable("Version of the dataset"),
        translatable("three numbers, such as 1.0.0"),
        Section.DISTRIBUTION,
        "version",
        Kind.VERSION,
        is_expected=True,
    ),
    Fact(
        "published",
        translatable("Published on"),
        translatable("the day on which this version is made available to others"),
        Section.DISTRIBUTION,
        "datePublished",
        Kind.DATE,
        is_expected=True,
    ),
    Fact(
        "publisher",
        translatable("Publisher"),
        translatable("the organisation that makes it available"),
        Section.DISTRIBUTION,
        "publisher",
        Kind.LINE,
    ),
    Fact(
        "url",
        translatable("Web page"),
        translatable("where the dataset is described; https://…"),
        Section.DISTRIBUTION,
        "url",
        Kind.ADDRESS,
        is_expected=True,
    ),
    Fact(
        "citation",
        translatable("Citation"),
        translatable("BibTeX, or words"),
        Section.DISTRIBUTION,
        "citeAs",
        is_expected=True,
    ),
    Fact(
        "maintenance",
        translatable("Release and maintenance"),
        translatable("who keeps it, how often it changes, how errors and withdrawals are handled"),
        Section.DISTRIBUTION,
        "rai:dataReleaseMaintenancePlan",
    ),
    Fact(
        "contact",
        translatable("Contact"),
        translatable("an address to which people can write"),
        Section.DISTRIBUTION,
        "rai:dataReleaseMaintenancePlan",
        Kind.LINE,
    ),
)
BY_CODE = {fact.code: fact for fact in FACTS}
NOTHING_STATED: Study = dict.fromkeys(BY_CODE, "")


def missing(study: Study) -> tuple[Fact, ...]:
    """Return the expected facts that the study does not state; an institution creates, too."""
    by_institution = {"creators"} if study["institution"] else set()
    return tuple(
        fact
        for fact in FACTS
        if fact.is_expected and not study[fact.code] and fact.code not in by_institution
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
    if not isinstance(given, str):
        raise InputInvalid("%(fact)s: give a text in quotes.", fact=fact.name)
    text = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    _require_text(fact, text)
    return CHECKS[fact.kind](fact, text) if text else ""


def people(text: str) -> tuple[Person, ...]:
    """Read creators, one a line, as they are kept."""
    return tuple(Person(*line.split("; ")) for line in text.splitlines())


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
    if not _is_address(text):
        raise InputInvalid(
            "%(fact)s: give a web address that starts with https://, not %(given)r.",
            fact=fact.name,
            given=text[:60],
        )
    return text


def _is_address(text: str) -> bool:
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
    elif link and (ORCID.fullmatch(link) or not _is_address(link)):
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
