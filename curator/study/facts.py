"""What a study states about itself, one row a fact: form, file, command, datasheet and Croissant follow.

Every fact is text, and empty where the study does not state it: nothing is made up in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from curator.base.messages import translatable

Study = Mapping[str, str]  # code of a fact -> what is stated, for every fact


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


def people(text: str) -> tuple[Person, ...]:
    """Read creators, one a line, as they are kept."""
    return tuple(Person(*line.split("; ")) for line in text.splitlines())
