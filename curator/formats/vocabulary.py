"""Turns another tool's words into the study's: labels, attributes and the face region."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from curator.base.errors import InputInvalid
from curator.base.messages import Listed
from curator.base.models.ratings import LABELS
from curator.base.spelling import loose_form
from curator.formats.marks import Answer, Marks, Shape
from curator.ratings.attributes import attributes, attributes_by_code
from curator.ratings.entries import Entry
from curator.ratings.origins import IMPORTED

LABEL = "label"
IGNORED = ""
TEXTS = ("note", "person")  # questions that are answered by a text
Meaning = tuple[str, str]  # a question's code (label, an attribute, note, person) and a value's

MOST_NAMED = 20


class WordsUnknown(InputInvalid):
    """A file uses words that are none of the study's; the message lists them all."""

    kind = "words"


def word_form(text: str) -> str:
    """Return a word without the differences of case, spaces, hyphens and underscores."""
    return loose_form(text.replace("_", " ").replace("-", " "))


@dataclass(frozen=True)
class Vocabulary:
    """What words mean: the study's own, and those that the user explained.

    Attributes:
        means: by a word, or `question:word`: a value's code, `attribute:code`, or "" to ignore it.
        region: the class of the outlines that are face regions; any if empty.
        ignores_unknown: words that are not known are passed over.
    """

    means: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    ignores_unknown: bool = False

    def entries(self, marks: Sequence[Marks]) -> list[Entry]:
        """Turn a file's marks into entries.

        Raises:
            WordsUnknown: the file has words that nobody explained.
            InputInvalid: an explanation names no value of the study.
        """
        reading = _Reading(self)
        entries = [reading.entry(one) for one in marks]
        if reading.unknown and not self.ignores_unknown:
            raise _unknown(reading.unknown)
        return entries


def _unknown(words: Counter[str]) -> WordsUnknown:
    named = [f"{word!r} ({count})" for word, count in words.most_common(MOST_NAMED)]
    if len(words) > MOST_NAMED:
        named.append("...")
    return WordsUnknown(
        "The file has words that the study does not: %(words)s. Say what each means, for instance "
        "--means %(example)s (or =, to pass it over), or pass over all with --ignore-unknown.",
        words=Listed(named).joined(", "),
        example=f"{words.most_common(1)[0][0]}=positive".join("''"),
    )


class _Reading:
    """Reads marks by a vocabulary, and counts the words that it does not know."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.known = {
            _key(*_split(word)): _meaning_named(word, code)
            for word, code in vocabulary.means.items()
        }
        self.region = word_form(vocabulary.region)
        self.unknown: Counter[str] = Counter()

    def entry(self, marks: Marks) -> Entry:
        try:
            return self._entry(marks)
        except InputInvalid as problem:
            return Entry(marks.number, marks.file, also=marks.also, problem=problem)

    def _entry(self, marks: Marks) -> Entry:
        if marks.problem:
            raise marks.problem
        said = self._said(marks)
        shape = self._face_region(marks.shapes)
        return Entry(
            marks.number,
            marks.file,
            said.get(LABEL, ""),
            {code: value for code, value in said.items() if code in attributes_by_code()},
            outline=shape.outline if shape else None,
            person=said.get("person", ""),
            note=marks.note or said.get("note", ""),
            also=marks.also,
            origin=shape.origin if shape else IMPORTED,
            active_s=marks.active_s,
        )

    def _said(self, marks: Marks) -> dict[str, str]:
        """Return the value of each question that the marks answer, as the study stores it."""
        given: dict[str, list[str]] = {}
        for answer in self._answers(marks):
            if meaning := self._meaning(answer):
                values = given.setdefault(meaning[0], [])
                if meaning[1] not in values:
                    values.append(meaning[1])
        return {code: _one_value(code, values) for code, values in given.items()}

    def _answers(self, marks: Marks) -> Iterable[Answer]:
        yield from marks.answers
        for shape in marks.shapes:
            yield from shape.answers
            if self._names_a_value(shape.name):
                yield Answer("", shape.name)

    def _names_a_value(self, name: str) -> bool:
        return bool(name) and (_key("", name) in self.known or _meaning_of("", name) is not None)

    def _meaning(self, answer: Answer) -> Meaning | None:
        """Return what an answer means; None if nothing, or if it is unknown, which is counted."""
        if not answer.value.strip():
            return None
        for key in (_key(answer.question, answer.value), _key("", answer.value)):
            if key in self.known:
                return self.known[key]
        if meaning := _meaning_of(answer.question, answer.value):
            return meaning
        self.unknown[":".join(filter(None, (answer.question, answer.value)))] += 1
        return None

    def _face_region(self, shapes: Sequence[Shape]) -> Shape | None:
        fitting = [one for one in shapes if self.region in ("", word_form(one.name))]
        if len(fitting) > 1 and len({one.outline for one in fitting}) > 1:
            raise InputInvalid(
                "%(count)s outlines (%(names)s), and a photo has one face region: name their class "
                "with --region, or join them",
                count=len(fitting),
                names=Listed(sorted({one.name or "?" for one in fitting})).joined(", "),
            )
        return fitting[0] if fitting else None


def _key(question: str, value: str) -> tuple[str, str]:
    return word_form(question), word_form(value)


def _split(word: str) -> tuple[str, str]:
    question, _, value = word.rpartition(":")
    return question, value


def _meaning_named(word: str, code: str) -> Meaning | None:
    """Return what the user says that a word means; None to pass it over."""
    if code == IGNORED:
        return None
    if meaning := _meaning_of(*_split(code)):
        return meaning
    raise InputInvalid(
        "%(word)r cannot mean %(code)r: use one of %(allowed)s.",
        word=word,
        code=code,
        allowed=Listed(_value_codes()).joined(", "),
    )


def _value_codes() -> list[str]:
    return [
        *LABELS,
        *(f"{attribute.code}:{code}" for attribute in attributes() for code in attribute.codes),
    ]


def _meaning_of(question: str, value: str) -> Meaning | None:
    """Return what a value means by the study's own words; None if nothing, or several things."""
    asked = word_form(question)
    if asked in TEXTS:
        return asked, value
    found = [
        (code, given)
        for code, names in _questions().items()
        if not asked or asked in names
        for given, words in _values(code).items()
        if word_form(value) in words
    ]
    return found[0] if len(found) == 1 else None


def _questions() -> dict[str, set[str]]:
    """Return the names of each question by its code."""
    asked = {LABEL: {LABEL}}
    for attribute in attributes():
        asked[attribute.code] = {word_form(attribute.code), word_form(attribute.name)}
    return asked


def _values(code: str) -> dict[str, set[str]]:
    """Return the names of each value of a question by its code."""
    if code == LABEL:
        return {label: {label} for label in LABELS}
    values = attributes_by_code()[code].values
    return {value.code: {word_form(value.code), word_form(value.name)} for value in values}


def _one_value(code: str, values: list[str]) -> str:
    attribute = attributes_by_code().get(code)
    if attribute and attribute.is_multiple:
        return attribute.joined(values)
    if len(values) > 1:
        raise InputInvalid("%(what)s is both %(values)s", what=code, values=Listed(values))
    return values[0]
