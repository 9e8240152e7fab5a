"""Turns another tool's words into the study's: labels, attributes and the face region."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from curator.base.errors import InputInvalid
from curator.base.messages import Listed, translatable
from curator.formats.marks import Answer, Marks, Shape
from curator.formats.meanings import (
    ANY,
    LABEL,
    NOTE,
    Meaning,
    keys_of,
    meaning_named,
    meaning_of,
    one_value,
    question_form,
    several_meanings,
    value_codes,
    with_text,
    word_form,
)
from curator.formats.shapes import is_box_around
from curator.ratings.attributes import attributes_by_code
from curator.ratings.entries import Entry
from curator.ratings.origins import IMPORTED

MOST_NAMED = 20
MOST_VALUES = 10  # a question with more different answers is answered by texts


class WordsUnknown(InputInvalid):
    """A file uses words that are none of the study's; the message lists them all."""

    kind = "words"


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
        allowed=Listed(value_codes()).joined(", "),
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
            question_form(word): meaning_named(word, code)
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
        return {code: one_value(code, values) for code, values in given.items()}

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
        for key in keys_of(answer):
            if key in self.known:
                meaning = self.known[key]
                return [with_text(meaning, answer.value)] if meaning else ()
        if meaning := meaning_of(answer.question, answer.value):
            return [meaning]
        if self.region and word_form(answer.value) == self.region:
            return ()
        return several_meanings(answer)

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
