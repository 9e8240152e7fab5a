"""Turns another tool's words into the study's: labels, attributes and the face region."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from curator.base.errors import InputInvalid
from curator.base.messages import Listed, translatable
from curator.base.models.ratings import LABELS
from curator.base.spelling import loose_form
from curator.formats.marks import Answer, Marks, Shape
from curator.formats.shapes import is_box_around
from curator.ratings.attributes import attributes, attributes_by_code
from curator.ratings.entries import Entry
from curator.ratings.origins import IMPORTED

LABEL = "label"
NOTE = "note"
TEXTS = (NOTE, "person")  # questions that are answered by a text
IGNORED = ""
ANY = "*"
Meaning = tuple[str, str]  # a question's code (label, an attribute, note, person) and a value's

MOST_NAMED = 20
MOST_VALUES = 10  # a question with more different answers is answered by texts
JOINTS = re.compile(r"(?<=[^\W_])[-_\s]+(?=[^\W_])")  # between letters: `no_rash`, but not `rash-`
SEVERAL = (re.compile(r"[,;|]"), re.compile(r"[,;|\s]+"))  # between several values in one text


class WordsUnknown(InputInvalid):
    """A file uses words that are none of the study's; the message lists them all."""

    kind = "words"


def word_form(text: str) -> str:
    """Return a word without the differences of case, spaces, hyphens and underscores."""
    return JOINTS.sub(" ", loose_form(text))


@dataclass(frozen=True)
class Vocabulary:
    """What words mean: the study's own, and those that the user explained.

    Attributes:
        means: by a word, `question:word`, or `question:*` for each of its words: a value's code,
            `attribute:code`, note or person for the word itself, or "" to ignore it.
        region: the class of the outlines that are face regions; any if empty.
        ignores_unknown: words that are not known are passed over.
    """

    means: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    ignores_unknown: bool = False

    def entries(self, marks: Sequence[Marks]) -> list[Entry]:
        """Turn a file's marks into entries, without those that say nothing.

        Raises:
            WordsUnknown: the file has words that nobody explained.
            InputInvalid: an explanation names no value of the study, or no outline is of `region`.
        """
        reading = _Reading(self)
        entries = [reading.entry(one) for one in marks]
        if reading.unknown and not self.ignores_unknown:
            # Classes may go without a meaning, but who explains words explains these at once.
            named = (name for entry in entries if not entry.label for name in entry.classes)
            raise _unknown(reading.unknown + Counter(Answer("", name) for name in named))
        if self.region:
            _require_class(self.region, marks)
        return [entry for entry in entries if entry.says_something]

    def understood(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return a table's entries in the study's words; unknown ones stay, to be refused by line."""
        reading = _Reading(self)
        return [reading.understood(entry) for entry in entries]


def _unknown(answers: Counter[Answer]) -> WordsUnknown:
    different = Counter(answer.question for answer in answers)
    words: Counter[str] = Counter()
    for answer, count in answers.items():
        is_text = answer.question and different[answer.question] > MOST_VALUES
        words[_word(answer.question, ANY if is_text else answer.value)] += count
    named = [f"{word!r} ({count})" for word, count in words.most_common(MOST_NAMED)]
    if len(words) > MOST_NAMED:
        named.append("...")
    return WordsUnknown(
        translatable(
            "The file has words that the study does not: %(words)s. Say what each means, for "
            "instance --means %(example)s, where VALUE is one of %(allowed)s, or nothing to pass "
            "the word over. Or pass over all with --ignore-unknown."
        ),
        words=Listed(named).joined(", "),
        example=shlex.quote(f"{words.most_common(1)[0][0]}=VALUE"),
        allowed=Listed(_value_codes()).joined(", "),
    )


def _word(question: str, value: str) -> str:
    """Return an answer as the user explains it, on one line."""
    return " ".join(":".join(filter(None, (question, value))).split())


def _require_class(region: str, marks: Sequence[Marks]) -> None:
    shapes = [shape for one in marks for shape in one.shapes]
    if shapes and not any(_is_of_class(shape, word_form(region)) for shape in shapes):
        names = sorted({name for shape in shapes for name in _class_names(shape)})
        raise InputInvalid(
            "No outline in the file is of the class %(region)r: there are %(names)s.",
            region=region,
            names=Listed([repr(name) for name in names[:MOST_NAMED]]).joined(", "),
        )


def _class_names(shape: Shape) -> tuple[str, ...]:
    """Return what names a shape's class; in some tools, that is one of its attributes."""
    return tuple(filter(None, (shape.name, *(answer.value for answer in shape.answers))))


def _is_of_class(shape: Shape, form: str) -> bool:
    return not form or form in map(word_form, _class_names(shape))


class _Reading:
    """Reads marks by a vocabulary, and counts the words that it does not know."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.known = {
            _question_form(word): _meaning_named(word, code)
            for word, code in vocabulary.means.items()
        }
        self.region = word_form(vocabulary.region)
        self.ignores_unknown = vocabulary.ignores_unknown
        self.unknown: Counter[Answer] = Counter()
        self.read: dict[Answer, Sequence[Meaning] | None] = {}

    def understood(self, entry: Entry) -> Entry:
        given = [Answer(code, text) for code, text in {LABEL: entry.label, **entry.values}.items()]
        known = [one for one in given if self._known_meanings(one) is not None]
        others = (
            {}
            if self.ignores_unknown
            else {one.question: one.value for one in given if one not in known}
        )
        try:
            said = {**others, **self._said(Marks(entry.line, entry.file, answers=tuple(known)))}
        except InputInvalid as problem:
            return replace(entry, problem=problem)
        note, person = said.pop(NOTE, ""), said.pop("person", "")
        return replace(
            entry,
            label=said.pop(LABEL, ""),
            values=said,
            note=entry.note or note,
            person=entry.person or person,
        )

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
            note=marks.note or said.get(NOTE, ""),
            also=marks.also,
            origin=shape.origin if shape else IMPORTED,
            active_s=marks.active_s,
            classes=self._classes_without_meaning(marks.shapes),
        )

    def _said(self, marks: Marks) -> dict[str, str]:
        """Return the value of each question that the marks answer, as the study stores it."""
        given: dict[str, list[str]] = {}
        for answer in self._answers(marks):
            for code, value in self._meanings(answer):
                values = given.setdefault(code, [])
                if value not in values:
                    values.append(value)
        return {code: _one_value(code, values) for code, values in given.items()}

    def _answers(self, marks: Marks) -> Iterable[Answer]:
        yield from marks.answers
        for shape in marks.shapes:
            yield from shape.answers
            if shape.name and self._known_meanings(Answer("", shape.name)) is not None:
                yield Answer("", shape.name)

    def _classes_without_meaning(self, shapes: Sequence[Shape]) -> tuple[str, ...]:
        names = dict.fromkeys(shape.name for shape in shapes if shape.name)
        return tuple(name for name in names if not self._known_meanings(Answer("", name)))

    def _meanings(self, answer: Answer) -> Sequence[Meaning]:
        """Return what an answer means; nothing if it is unknown, which is counted."""
        if not answer.value.strip():
            return ()
        meanings = self._known_meanings(answer)
        if meanings is None:
            self.unknown[answer] += 1
        return meanings or ()

    def _known_meanings(self, answer: Answer) -> Sequence[Meaning] | None:
        """Return what an answer means; None if it is unknown."""
        if answer not in self.read:  # the same few come with each photo
            self.read[answer] = self._looked_up(answer)
        return self.read[answer]

    def _looked_up(self, answer: Answer) -> Sequence[Meaning] | None:
        """Return what an answer means by the user, or else by the study."""
        for key in _keys(answer):
            if key in self.known:
                meaning = self.known[key]
                return [_with_text(meaning, answer.value)] if meaning else ()
        if meaning := _meaning_of(answer.question, answer.value):
            return [meaning]
        if self.region and word_form(answer.value) == self.region:
            return ()
        return _several(answer)

    def _face_region(self, shapes: Sequence[Shape]) -> Shape | None:
        fitting = _without_boxes(one for one in shapes if _is_of_class(one, self.region))
        problems = list(dict.fromkeys(one.problem for one in fitting if one.problem))
        if len({one.outline for one in fitting if one.outline}) + len(problems) > 1:
            raise InputInvalid(
                "%(count)s outlines (%(names)s), and a photo has one face region: name their class "
                "with --region, or join them",
                count=len(fitting),
                names=Listed(
                    sorted({"/".join(_class_names(one)) or "?" for one in fitting})
                ).joined(", "),
            )
        if problems:
            raise problems[0]
        return fitting[0] if fitting else None


def _without_boxes(shapes: Iterable[Shape]) -> list[Shape]:
    """Leave out the box around another outline, as tools write it beside a polygon."""
    kept: list[Shape] = []
    for shape in sorted(shapes, key=lambda one: _is_box_around(one, one)):  # boxes last
        if not any(_is_box_around(shape, other) for other in kept):
            kept.append(shape)
    return kept


def _is_box_around(one: Shape, other: Shape) -> bool:
    box, drawn = one.outline, other.outline
    if not box or not drawn or box.frame != drawn.frame:
        return False
    return is_box_around(box.points, drawn.points)


def _keys(answer: Answer) -> Iterator[str]:
    """Yield the words that the user may have explained for an answer, the closest first."""
    if answer.question:
        yield _question_form(f"{answer.question}:{answer.value}")
        yield _question_form(f"{answer.question}:{ANY}")
    yield _question_form(answer.value)


def _question_form(word: str) -> str:
    return ":".join(word_form(part) for part in word.split(":"))


def _with_text(meaning: Meaning, text: str) -> Meaning:
    code, value = meaning
    return (code, text) if code in TEXTS else (code, value)


def _meaning_named(word: str, code: str) -> Meaning | None:
    """Return what the user says that a word means; None to pass it over."""
    if code == IGNORED:
        return None
    if word_form(code) in TEXTS:
        return word_form(code), ""
    if meaning := _meaning_of(*_split(code)) or _meaning_of(_split(word)[0], code):
        return meaning
    raise InputInvalid(
        "%(word)r cannot mean %(code)r: use one of %(allowed)s.",
        word=word,
        code=code,
        allowed=Listed(_value_codes()).joined(", "),
    )


def _split(word: str) -> tuple[str, str]:
    question, _, value = word.rpartition(":")
    return question, value


def _value_codes() -> list[str]:
    return [
        *LABELS,
        *(f"{attribute.code}:{code}" for attribute in attributes() for code in attribute.codes),
        *TEXTS,
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


def _several(answer: Answer) -> Sequence[Meaning] | None:
    """Return the values in one text of an attribute that may have several; None if one is unknown."""
    asked = word_form(answer.question)
    if not any(a.is_multiple and asked in _questions()[a.code] for a in attributes()):
        return None
    for between in SEVERAL:
        parts = filter(None, (part.strip() for part in between.split(answer.value)))
        meanings = [_meaning_of(answer.question, part) for part in parts]
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


def _one_value(code: str, values: list[str]) -> str:
    attribute = attributes_by_code().get(code)
    if attribute and attribute.is_multiple:
        return attribute.joined(values)
    if code == NOTE:
        return "\n".join(values)
    if len(values) > 1:
        raise InputInvalid("%(what)s is both %(values)s", what=code, values=Listed(values))
    return values[0]
