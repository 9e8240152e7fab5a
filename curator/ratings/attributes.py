"""What a rater records of a photo besides its label and region: one row an attribute, and all that hangs on it.

Page, keys, ratings table, history, consensus, disagreement, agreement, export and datasheet read these
rows. The label is no attribute: it is the target.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from curator.base.messages import marked


class Rule(Enum):
    """How several raters' values of one photo become one."""

    AGREED = "agreed"  # the one that all name who know it; else it is not known
    STRONGEST = "strongest"  # the last in order that anyone names


@dataclass(frozen=True)
class Value:
    """`code` is what tables and exports hold, `name` what pages show, `key` what chooses it on Annotate."""

    code: str
    name: str
    key: str = ""


@dataclass(frozen=True)
class Attribute:
    """One attribute of a rating.

    Attributes:
        code: its column in tables and exports, and its field in forms.
        hint: a few words beside its name on Annotate.
        default: the value where none is given.
        unknown: the value that says nothing: never a disagreement, and no category of agreement.
        is_required: whether the page asks for it before a rating is saved.
        is_remembered: whether the page starts from the rater's last value.
        is_multiple: whether a photo may have several values, as codes with spaces between.
        stratifies: whether splits spread its values evenly.
        scores: whether the trainer scores photos by its values, too.
        has_column: whether it is a column of the rating's table; others lie in rows beside it.
    """

    code: str
    name: str
    values: tuple[Value, ...]
    hint: str = ""
    default: str = ""
    unknown: str = ""
    rule: Rule = Rule.AGREED
    is_required: bool = False
    is_remembered: bool = False
    is_multiple: bool = False
    stratifies: bool = False
    scores: bool = True
    has_column: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(value.code for value in self.values)

    @property
    def known_codes(self) -> tuple[str, ...]:
        return tuple(code for code in self.codes if code != self.unknown)

    @property
    def names(self) -> dict[str, str]:
        return {value.code: value.name for value in self.values}

    @property
    def known_names(self) -> dict[str, str]:
        return {code: name for code, name in self.names.items() if code != self.unknown}

    @property
    def is_compared(self) -> bool:
        """Whether raters can differ on it: they cannot where the strongest value counts."""
        return self.rule is Rule.AGREED

    def codes_in(self, text: str) -> tuple[str, ...]:
        """Return the codes that a stored value consists of."""
        return tuple(text.split()) if self.is_multiple else (text,)

    def chosen(self, text: str) -> tuple[str, ...]:
        """Return the codes that a stored value holds, none where it says nothing."""
        return tuple(code for code in self.codes_in(text) if code not in ("", self.unknown))

    def named(self, text: str) -> tuple[str, ...]:
        """Return what pages call a stored value, each code by its name."""
        return tuple(self.names[code] for code in self.codes_in(text) if code in self.names)

    def allows(self, text: str) -> bool:
        given = self.codes_in(text)
        return text == self.default or (bool(given) and set(given) <= set(self.codes))

    def joined(self, codes: Iterable[str]) -> str:
        """Return codes as one value, in the order of the row."""
        wanted = set(codes)
        return " ".join(code for code in self.codes if code in wanted) or self.unknown

    def consensus(self, given: Iterable[str]) -> str:
        """Return what several raters' values of one photo amount to."""
        if self.rule is Rule.STRONGEST:
            named = [text for text in given if self.chosen(text)]
            return max(named, key=self.codes.index, default=self.unknown)
        known = [set(codes) for text in given if (codes := self.chosen(text))]
        return self.joined(set.intersection(*known)) if known else self.unknown

    def is_disputed(self, given: Iterable[str]) -> bool:
        """Say whether raters who know it name different values."""
        known = {self.joined(codes) for text in given if (codes := self.chosen(text))}
        return self.is_compared and len(known) > 1


SEX = Attribute(
    code="sex",
    name=marked("Sex"),
    values=(
        Value("female", marked("Female"), "f"),
        Value("male", marked("Male"), "m"),
        Value("unknown", marked("Unknown"), "u"),
    ),
    default="unknown",
    unknown="unknown",
    is_required=True,
    stratifies=True,
    has_column=True,
)
EVIDENCE = Attribute(
    code="evidence",
    name=marked("Evidence"),
    values=(
        Value("hashtag", marked("Hashtag"), "4"),
        Value("self_report", marked("Self-report"), "5"),
        Value("visual", marked("Visual"), "6"),
        Value("clinician", marked("Clinician"), "7"),
    ),
    hint=marked("what the label rests on"),
    default="visual",
    rule=Rule.STRONGEST,
    is_remembered=True,
    has_column=True,
)
ATTRIBUTES = (SEX, EVIDENCE)


def attributes() -> tuple[Attribute, ...]:
    """Return the attributes that raters record, in the order of pages and columns."""
    return ATTRIBUTES


def further_attributes() -> tuple[Attribute, ...]:
    """Return those beyond the columns that each study has; an export with any is version 2."""
    return tuple(attribute for attribute in attributes() if not attribute.has_column)


def compared_attributes() -> tuple[Attribute, ...]:
    """Return those of which agreement is measured; several values of one photo have no kappa here."""
    return tuple(a for a in attributes() if a.is_compared and not a.is_multiple)


def completed(values: Mapping[str, str]) -> dict[str, str]:
    """Return values of all attributes, in their order: those given, and defaults."""
    defaults = {attribute.code: attribute.default for attribute in attributes()}
    return {**defaults, **values}
