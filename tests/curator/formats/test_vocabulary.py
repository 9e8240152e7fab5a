"""Foreign words: known by the study's own, explained by the user, or named so that they can be."""

from typing import Any

import pytest

from curator.base.errors import InputInvalid
from curator.formats.marks import Answer, Marks, Shape
from curator.formats.meanings import word_form
from curator.formats.vocabulary import Vocabulary, WordsUnknown
from curator.ratings import attributes
from curator.ratings.attributes import ATTRIBUTES, Attribute, Value
from curator.ratings.entries import Entry
from curator.ratings.outlines import Outline
from faces.regions import Region

FACE = Outline(((30, 32), (70, 32), (60, 56)), (100, 80))
MOLE = Outline(((1, 1), (9, 1), (9, 9)), (100, 80))
SIGNS = Attribute(
    code="signs",
    name="Signs",
    values=(Value("rosacea", "Rosacea"), Value("acne", "Acne vulgaris"), Value("none", "None")),
    unknown="none",
    is_multiple=True,
)


def entry(*answers: tuple[str, str], shapes: tuple[Shape, ...] = (), **known: Any) -> Entry:
    marks = Marks(1, "a.jpg", shapes=shapes, answers=tuple(Answer(*one) for one in answers))
    [read] = Vocabulary(**known).entries([marks])
    return read


def unknown(*answers: tuple[str, str], **known: Any) -> str:
    with pytest.raises(WordsUnknown) as refused:
        entry(*answers, **known)
    return refused.value.message


@pytest.mark.parametrize(
    ("answer", "code", "value"),
    [
        (("", "Positive"), "label", "positive"),
        (("label", " NEGATIVE "), "label", "negative"),
        (("Label", "unsure"), "label", "unsure"),
        (("sex", "Female"), "sex", "female"),
        (("SEX", "male"), "sex", "male"),
        (("", "female"), "sex", "female"),
        (("evidence", "Self-report"), "evidence", "self_report"),
        (("evidence", "self report"), "evidence", "self_report"),
        (("", "self_report"), "evidence", "self_report"),
    ],
)
def test_the_studys_words_are_known_however_they_are_written(
    answer: tuple[str, str], code: str, value: str
) -> None:
    read = entry(answer)
    assert {"label": read.label, **read.values}[code] == value


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (("", "Malar rash"), "Malar rash"),
        (("", "no_rash"), "no_rash"),
        (("sex", "F"), "sex:F"),
        (("Ros\u00e1cea?", "N\u00e3o"), "Ros\u00e1cea?:N\u00e3o"),
        (("rash", "true"), "rash:true"),
        (("grade", "3"), "grade:3"),
        (("face", "rash:left"), "face:rash:left"),
        (("", "rash-"), "rash-"),
        (("", "+"), "+"),
        (("", "it's = 1"), "it's = 1"),
    ],
)
def test_an_unknown_word_is_named_as_it_can_be_explained(
    answer: tuple[str, str], word: str
) -> None:
    message = unknown(answer)
    assert f"{word!r} (1)" in message
    assert "where VALUE is one of positive, negative, unsure, sex:female, " in message
    assert entry(answer, means={word: "negative"}).label == "negative"
    assert entry(answer, means={word.upper(): "sex:male"}).values == {"sex": "male"}


def test_the_example_can_be_typed_into_a_shell() -> None:
    assert "--means 'Malar rash=VALUE'" in unknown(("", "Malar rash"))
    assert "--means sex:F=VALUE" in unknown(("sex", "F"))


def test_all_unknown_words_are_named_the_most_frequent_first() -> None:
    with pytest.raises(WordsUnknown) as refused:
        Vocabulary().entries(
            [Marks(n, f"{n}.jpg", answers=(Answer("", w),)) for n, w in enumerate(["x", "y", "y"])]
        )
    assert "'y' (2), 'x' (1)" in refused.value.message


def test_a_question_with_many_answers_is_named_as_a_whole() -> None:
    marks = [
        Marks(
            n,
            f"{n}.jpg",
            answers=(Answer("remarks", f"text {n}\nof two lines"), Answer("", "x\ny")),
        )
        for n in range(11)
    ]
    with pytest.raises(WordsUnknown) as refused:
        Vocabulary().entries(marks)
    assert "'remarks:*' (11), 'x y' (11)" in refused.value.message
    assert "\n" not in refused.value.message
    means = {"remarks:*": "note", "X Y": "positive"}
    assert Vocabulary(means).entries(marks)[3].note == "text 3\nof two lines"


def test_a_class_that_may_be_a_label_is_named_with_the_unknown_words() -> None:
    shape = Shape(FACE, "Malar rash", (Answer("sex", "F"),))
    with pytest.raises(WordsUnknown, match=r"'sex:F' \(1\), 'Malar rash' \(1\)"):
        entry(shapes=(shape,))
    with pytest.raises(WordsUnknown) as refused:
        entry(("label", "positive"), shapes=(shape,))
    assert "Malar rash" not in refused.value.message


def test_a_word_means_what_it_does_for_its_question() -> None:
    means = {"sex:u": "unknown", "u": "unsure", "gender:w": "sex:female", "rash:true": "positive"}
    read = entry(("sex", "U"), ("rash", "true"), means=means)
    assert (read.label, read.values) == ("positive", {"sex": "unknown"})
    assert entry(("rash", "u"), ("gender", "W"), means=means).label == "unsure"


def test_a_whole_question_is_passed_over_or_kept_as_a_note() -> None:
    answers = (("", "positive"), ("grade", "3"), ("remarks", "very red"))
    read = entry(*answers, means={"grade:*": "", "remarks:*": "note"})
    assert (read.label, read.note) == ("positive", "very red")
    assert entry(*answers, ignores_unknown=True).note == ""


def test_a_persons_code_is_a_text() -> None:
    assert entry(("patient", "P-01"), means={"patient:*": "person"}).person == "P-01"
    assert entry(("person", "P-02")).person == "P-02"


def test_an_explanation_that_names_no_value_is_refused() -> None:
    with pytest.raises(InputInvalid, match="'rash' cannot mean 'postive': use one of positive"):
        entry(("", "rash"), means={"rash": "postive"})


def test_a_photo_is_not_both() -> None:
    read = entry(("", "positive"), ("rash", "no"), means={"rash:no": "negative"})
    assert read.problem
    assert read.problem.message == "label is both positive and negative"
    assert entry(("", "positive"), ("label", "Positive")).label == "positive"


def test_marks_that_say_nothing_are_passed_over() -> None:
    empty = Marks(1, "a.jpg")
    ignored = Marks(2, "b.jpg", answers=(Answer("", "blurred"), Answer("sex", " ")))
    outline = Marks(3, "c.jpg", shapes=(Shape(FACE, "face"),))
    entries = Vocabulary(means={"blurred": ""}).entries([empty, ignored, outline])
    assert [one.file for one in entries] == ["c.jpg"]


def test_a_class_is_a_label_if_it_is_known_or_explained() -> None:
    assert entry(shapes=(Shape(FACE, "Negative"),)).label == "negative"
    explained = entry(shapes=(Shape(FACE, "malar rash"),), means={"Malar_Rash": "positive"})
    assert (explained.label, explained.classes) == ("positive", ())
    read = entry(shapes=(Shape(FACE, "malar rash"),))
    assert (read.label, read.outline, read.classes) == ("", FACE, ("malar rash",))


@pytest.mark.parametrize(
    "box",
    [
        ((30, 32), (70, 32), (70, 56), (30, 56)),
        ((70, 56), (30, 56), (30, 32), (70, 32)),
        ((29.99, 32), (70.01, 32), (70.01, 56), (29.99, 56)),
    ],
)
def test_the_box_around_an_outline_is_no_second_one(box: Region) -> None:
    """As datumaro writes it into CVAT's format beside the polygon of a COCO file."""
    around = Shape(Outline(box, FACE.frame), "negative")
    for shapes in ((around, Shape(FACE, "negative")), (Shape(FACE, "negative"), around, around)):
        read = entry(shapes=shapes)
        assert (read.label, read.outline, read.problem) == ("negative", FACE, None)
    assert entry(shapes=(around, around)).outline == around.outline


@pytest.mark.parametrize(
    "other",
    [
        ((30, 32), (70, 32), (70, 60), (30, 60)),
        ((30, 32), (70, 32), (70, 56), (31, 56)),
        ((50, 32), (70, 44), (50, 56), (30, 44)),
    ],
)
def test_another_outline_than_the_box_is_a_second_one(other: Region) -> None:
    shapes = (Shape(FACE, "negative"), Shape(Outline(other, FACE.frame), "negative"))
    problem = entry(shapes=shapes).problem
    assert problem
    assert "2 outlines" in problem.message


def test_of_several_outlines_the_class_decides() -> None:
    shapes = (Shape(MOLE, "Mole"), Shape(FACE, "the face"))
    read = entry(shapes=shapes)
    assert read.problem
    assert "2 outlines (Mole, the face)" in read.problem.message
    assert "--region" in read.problem.message
    assert entry(shapes=shapes, region="The_Face").outline == FACE
    with pytest.raises(InputInvalid, match="class 'fcae': there are 'Mole', 'the face'"):
        entry(shapes=shapes, region="fcae")


def test_a_photo_without_the_class_has_no_region() -> None:
    marks = [
        Marks(1, "a.jpg", shapes=(Shape(FACE, "face"),)),
        Marks(2, "b.jpg", shapes=(Shape(MOLE, "mole"),), answers=(Answer("", "negative"),)),
    ]
    first, second = Vocabulary(region="face").entries(marks)
    assert (first.outline, second.outline) == (FACE, None)
    assert second.problem is None


@pytest.mark.parametrize(
    "text", ["rosacea acne", "Rosacea, Acne vulgaris", "acne;rosacea", "acne|ROSACEA"]
)
def test_an_attribute_of_several_values_takes_them_in_one_text(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attributes, "ATTRIBUTES", (*ATTRIBUTES, SIGNS))
    assert entry(("signs", text)).values == {"signs": "rosacea acne"}
    assert entry(("signs", "rosacea"), ("signs", "acne")).values == {"signs": "rosacea acne"}
    assert "'signs:acne lupus'" in unknown(("signs", "acne lupus"))


@pytest.mark.parametrize(
    ("text", "form"),
    [("No_Rash", "no rash"), ("NO-rash", "no rash"), ("rash-", "rash-"), ("-", "-"), (" + ", "+")],
)
def test_a_word_keeps_the_signs_that_make_it_another(text: str, form: str) -> None:
    assert word_form(text) == form
