"""The attributes that raters record besides label and region: one row each, from which the rest follows.

Page, keys, ratings table, history, consensus, disagreement, agreement, export and datasheet read these
rows. The label is not an attribute: it is the target.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from curator.base.messages import translatable


class Rule(Enum):
    """How several raters' values for one photo become one."""

    AGREED = "agreed"  # the value chosen by every rater who knows it, else unknown
    STRONGEST = "strongest"  # the value latest in order that any rater chose


@dataclass(frozen=True)
class Value:
    """`code` is used in tables and exports, `name` on pages; `key` chooses it on Annotate.

    A code should be a word: loaders that guess, as Croissant's does, take `1` for a number, `true` for a
    truth and `NA` for nothing.

    `rests_on_source`: nobody can tell it from the photo alone, without its caption or hashtag.
    """

    code: str
    name: str
    key: str = ""
    rests_on_source: bool = False


@dataclass(frozen=True)
class Attribute:
    """One attribute of a rating.

    Attributes:
        code: its column in tables and exports, and its field in forms.
        hint: a few words shown next to its name on Annotate.
        default: the value if none is given.
        unknown: the value for "not known": never a disagreement, not a category in agreement.
        is_required: whether the page asks for it before a rating is saved.
        is_remembered: whether the page starts from the rater's last value.
        is_multiple: whether a photo may have several values, stored as codes separated by spaces.
        stratifies: whether splits spread its values evenly.
        scores: whether the trainer also reports scores by its values.
        has_column: whether it is a column of the rating's table; others have rows of their own.
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
    def on_source(self) -> tuple[str, ...]:
        """Return the codes that nobody can tell from the photo alone."""
        return tuple(value.code for value in self.values if value.rests_on_source)

    @property
    def names(self) -> dict[str, str]:
        return {value.code: value.name for value in self.values}

    @property
    def known_names(self) -> dict[str, str]:
        return {code: name for code, name in self.names.items() if code != self.unknown}

    @property
    def is_compared(self) -> bool:
        """Whether raters can disagree on it: not if the strongest value counts."""
        return self.rule is Rule.AGREED

    def codes_in(self, text: str) -> tuple[str, ...]:
        """Split a stored value into its codes."""
        return tuple(text.split()) if self.is_multiple else (text,)

    def chosen(self, text: str) -> tuple[str, ...]:
        """Return the codes chosen in a stored value, without unknown."""
        return tuple(code for code in self.codes_in(text) if code not in ("", self.unknown))

    def named(self, text: str) -> tuple[str, ...]:
        """Return the names of a stored value's codes."""
        return tuple(self.names[code] for code in self.codes_in(text) if code in self.names)

    def allows(self, text: str) -> bool:
        given = self.codes_in(text)
        return text == self.default or (bool(given) and set(given) <= set(self.codes))

    def joined(self, codes: Iterable[str]) -> str:
        """Join codes into one stored value, in the row's order."""
        wanted = set(codes)
        return " ".join(code for code in self.codes if code in wanted) or self.unknown

    def consensus(self, given: Iterable[str]) -> str:
        """Combine several raters' values for one photo."""
        if self.rule is Rule.STRONGEST:
            named = [text for text in given if self.chosen(text)]
            return max(named, key=self.codes.index, default=self.unknown)
        known = [set(codes) for text in given if (codes := self.chosen(text))]
        return self.joined(set.intersection(*known)) if known else self.unknown

    def is_disputed(self, given: Iterable[str]) -> bool:
        """Tell whether raters who know the value chose different ones."""
        known = {self.joined(codes) for text in given if (codes := self.chosen(text))}
        return self.is_compared and len(known) > 1


SEX = Attribute(
    code="sex",
    name=translatable("Sex"),
    values=(
        Value("female", translatable("Female"), "f"),
        Value("male", translatable("Male"), "m"),
        Value("unknown", translatable("Unknown"), "u"),
    ),
    default="unknown",
    unknown="unknown",
    is_required=True,
    stratifies=True,
    has_column=True,
)
EVIDENCE = Attribute(
    code="evidence",
    name=translatable("Evidence"),
    values=(
        Value("hashtag", translatable("Hashtag"), "4", rests_on_source=True),
        Value("self_report", translatable("Self-report"), "5", rests_on_source=True),
        Value("visual", translatable("Visual"), "6"),
        Value("clinician", translatable("Clinician"), "7"),
    ),
    hint=translatable("what the label is based on"),
    default="visual",
    rule=Rule.STRONGEST,
    is_remembered=True,
    has_column=True,
)
ATTRIBUTES = (SEX, EVIDENCE)


def attributes() -> tuple[Attribute, ...]:
    """Return the attributes that raters record, in page and column order."""
    return ATTRIBUTES


def rests_on_source(values: Mapping[str, str]) -> bool:
    """Tell whether a rating's values include one that rests on the photo's source."""
    return any(
        code in attribute.on_source
        for attribute in attributes()
        for code in attribute.codes_in(values.get(attribute.code, ""))
    )


def attributes_by_code() -> dict[str, Attribute]:
    return {attribute.code: attribute for attribute in attributes()}


def further_attributes() -> tuple[Attribute, ...]:
    """Return the attributes beyond those every study has; an export with any is version 2."""
    return tuple(attribute for attribute in attributes() if not attribute.has_column)


def compared_attributes() -> tuple[Attribute, ...]:
    """Return the attributes whose agreement is measured; kappa needs one value per photo."""
    return tuple(a for a in attributes() if a.is_compared and not a.is_multiple)


def completed(values: Mapping[str, str]) -> dict[str, str]:
    """Return values for all attributes in order, filling in defaults."""
    defaults = {attribute.code: attribute.default for attribute in attributes()}
    return {**defaults, **values}
