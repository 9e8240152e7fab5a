"""What a word means: a value of one of the study's questions, by the study's own words or the user's."""

import re
from collections.abc import Iterator, Sequence

from curator.base.errors import InputInvalid
from curator.base.messages import Listed
from curator.base.models.ratings import LABELS
from curator.base.spelling import loose_form
from curator.formats.marks import Answer
from curator.ratings.attributes import attributes, attributes_by_code

LABEL = "label"
NOTE = "note"
TEXTS = (NOTE, "person")  # questions that are answered by a text
IGNORED = ""
ANY = "*"
Meaning = tuple[str, str]  # a question's code (label, an attribute, note, person) and a value's

JOINTS = re.compile(r"(?<=[^\W_])[-_\s]+(?=[^\W_])")  # between letters: `no_rash`, but not `rash-`
SEVERAL = (re.compile(r"[,;|]"), re.compile(r"[,;|\s]+"))  # between several values in one text


def word_form(text: str) -> str:
    """Return a word without the differences of case, spaces, hyphens and underscores."""
    return JOINTS.sub(" ", loose_form(text))


def keys_of(answer: Answer) -> Iterator[str]:
    """Yield the words that the user may have explained for an answer, the closest first."""
    if answer.question:
        yield question_form(f"{answer.question}:{answer.value}")
        yield question_form(f"{answer.question}:{ANY}")
    yield question_form(answer.value)


def question_form(word: str) -> str:
    return ":".join(word_form(part) for part in word.split(":"))


def with_text(meaning: Meaning, text: str) -> Meaning:
    """Return a meaning with what was written, if its question is answered by a text."""
    code, value = meaning
    return (code, text) if code in TEXTS else (code, value)


def meaning_named(word: str, code: str) -> Meaning | None:
    """Return what the user says that a word means; None to pass it over."""
    if code == IGNORED:
        return None
    if word_form(code) in TEXTS:
        return word_form(code), ""
    if meaning := meaning_of(*_split(code)) or meaning_of(_split(word)[0], code):
        return meaning
    raise InputInvalid(
        "%(word)r cannot mean %(code)r: use one of %(allowed)s.",
        word=word,
        code=code,
        allowed=Listed(value_codes()).joined(", "),
    )


def _split(word: str) -> tuple[str, str]:
    question, _, value = word.rpartition(":")
    return question, value


def value_codes() -> list[str]:
    return [
        *LABELS,
        *(f"{attribute.code}:{code}" for attribute in attributes() for code in attribute.codes),
        *TEXTS,
    ]


def meaning_of(question: str, value: str) -> Meaning | None:
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


def several_meanings(answer: Answer) -> Sequence[Meaning] | None:
    """Return the values in one text of an attribute that may have several; None if one is unknown."""
    asked = word_form(answer.question)
    if not any(a.is_multiple and asked in _questions()[a.code] for a in attributes()):
        return None
    for between in SEVERAL:
        parts = filter(None, (part.strip() for part in between.split(answer.value)))
        meanings = [meaning_of(answer.question, part) for part in parts]
        if None not in meanings:
            return [meaning for meaning in meanings if meaning]
    return None


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


def one_value(code: str, values: list[str]) -> str:
    attribute = attributes_by_code().get(code)
    if attribute and attribute.is_multiple:
        return attribute.joined(values)
    if code == NOTE:
        return "\n".join(values)
    if len(values) > 1:
        raise InputInvalid("%(what)s is both %(values)s", what=code, values=Listed(values))
    return values[0]
