"""REDCap: a dictionary and records as its importer takes them, and its exports read back."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from curator.formats import redcap
from curator.formats.reading import is_table, read_marks
from curator.formats.vocabulary import WordsUnknown
from curator.ratings import attributes as rows
from curator.ratings.attributes import Attribute, Value
from curator.ratings.outlines import region_on
from tests.curator.formats.rated import RATED, REGION, entries_in, read_file, said, write_file

SIGNS = Attribute(
    code="signs_beside_the_rash_of_the_cheeks",
    name="Signs | beside",
    values=(
        Value("none", "None"),
        Value("Raynaud-fingers", "Fingers, cold (Raynaud's)"),
        Value("ulcers", "Mouth ulcers"),
    ),
    is_multiple=True,
)
TONE = Attribute(code="1st_tone", name="Skin tone", values=(Value("i", "I"), Value("vi", "VI")))
NAME = re.compile(r"[a-z](?:_?[a-z0-9])*")


@pytest.fixture
def further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "ATTRIBUTES", (rows.SEX, rows.EVIDENCE, SIGNS, TONE))


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def choices(row: dict[str, str]) -> dict[str, str]:
    """Parse a dictionary's choices as REDCap does: by the bar, then by the first comma."""
    parts = row["Choices, Calculations, OR Slider Labels"].split("|")
    return {code.strip(): name.strip() for code, _, name in (part.partition(",") for part in parts)}


@pytest.mark.usefixtures("further")
def test_the_dictionary_is_as_redcap_asks() -> None:
    content = redcap.write_dictionary()
    assert next(csv.reader(io.StringIO(content.decode()))) == list(redcap.DICTIONARY)
    assert len(redcap.DICTIONARY) == 18
    fields = table(content)
    names = [row["Variable / Field Name"] for row in fields]
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    assert [name for name in names if not NAME.fullmatch(name) or len(name) > 26] == []
    for row in fields:
        assert row["Field Type"] in ("text", "notes", "radio", "checkbox")
        assert bool(row["Choices, Calculations, OR Slider Labels"]) == (
            row["Field Type"] in ("radio", "checkbox")
        )
    by_label = {row["Field Label"]: row for row in fields}
    assert choices(by_label["Label"])["positive"] == "Positive"
    assert choices(by_label["Signs | beside"])["raynaud_fingers"] == "Fingers, cold (Raynaud's)"


@pytest.mark.parametrize("is_multiple", [False, True])
@pytest.mark.parametrize("codes", [("高", "低"), ("a+", "a-", "a_2"), ("IV", "iv_", "Iv")])
def test_values_that_redcap_cannot_spell_stay_apart(
    codes: tuple[str, ...], is_multiple: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade = Attribute("grade", "Grade", tuple(map(Value, codes, codes)), is_multiple=is_multiple)
    monkeypatch.setattr(rows, "ATTRIBUTES", (rows.SEX, rows.EVIDENCE, grade))
    [field] = [one for one in table(redcap.write_dictionary()) if one["Field Label"] == "Grade"]
    assert list(choices(field).values()) == list(codes)
    rated = [replace(RATED[0], values={**RATED[0].values, "grade": code}) for code in codes]
    path = write_file(tmp_path, redcap.write_records(rated), "data.csv")
    _, marks = read_marks(path)
    read = [answer for one in marks for answer in one.answers]
    assert [one.value for one in read if one.question == "grade"] == list(codes)


@pytest.mark.usefixtures("further")
def test_records_have_the_columns_and_codes_of_the_dictionary() -> None:
    columns = []
    allowed: dict[str, set[str]] = {}
    for row in table(redcap.write_dictionary()):
        name = row["Variable / Field Name"]
        coded = choices(row) if row["Field Type"] in ("radio", "checkbox") else {}
        boxes = [f"{name}___{code}" for code in coded] if row["Field Type"] == "checkbox" else []
        columns += boxes or [name]
        allowed |= {box: {"0", "1"} for box in boxes}
        if coded and not boxes:
            allowed[name] = {*coded, ""}
    records = table(redcap.write_records(RATED))
    assert list(records[0]) == [*columns, "face_rating_complete"]
    assert [record["record_id"] for record in records] == [photo.id for photo in RATED]
    for record in records:
        assert record["face_rating_complete"] == "2"
        assert {
            name: record[name] for name, codes in allowed.items() if record[name] not in codes
        } == {}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_file(tmp_path, redcap.write_records(RATED), "data.csv")
    assert not is_table(path)
    kind, marks = read_marks(path)
    assert (kind.code, len(marks)) == ("redcap", 2)
    entries = entries_in(tmp_path, path.read_bytes(), "data.csv")
    assert [entry.file for entry in entries] == [photo.id for photo in RATED]
    assert [said(entry) for entry in entries] == [
        (photo.label, photo.values, photo.note) for photo in RATED
    ]
    assert entries[0].outline
    assert region_on(entries[0].outline, 161, 119) == REGION
    assert entries[1].outline is None


@pytest.mark.usefixtures("further")
@pytest.mark.parametrize(
    "sent", ["", "ulcers", "Raynaud-fingers ulcers", "none Raynaud-fingers ulcers"]
)
def test_several_values_are_boxes(tmp_path: Path, sent: str) -> None:
    values = {**RATED[0].values, SIGNS.code: sent, TONE.code: "vi"}
    content = redcap.write_records([replace(RATED[0], values=values)])
    [entry] = entries_in(tmp_path, content, "data.csv")
    assert entry.values == {name: value for name, value in values.items() if value}


LABELLED = """"Record ID",Label,Sex,Evidence,"Signs | beside (choice=None)","Signs | beside (choice=Fingers, cold (Raynaud's))","Signs | beside (choice=Mouth ulcers)","Skin tone","Face region",Note,Split,Complete?
0123456789abcdef,Positive,Female,Self-report,Unchecked,Checked,Checked,VI,"0.300000,0.400000 0.700000,0.400000 0.600000,0.700000 0.400000,0.700000","two
lines",train,Complete
"""  # noqa: E501
RAW = """record_id,redcap_survey_identifier,label,sex,evidence,signs_beside_the_rash_of_t___none,signs_beside_the_rash_of_t___raynaud_fingers,signs_beside_the_rash_of_t___ulcers,q_1st_tone,region,note,split,face_rating_complete
0123456789abcdef,,positive,female,self_report,0,1,1,vi,"0.300000,0.400000 0.700000,0.400000 0.600000,0.700000 0.400000,0.700000","two
lines",train,2
"""  # noqa: E501


@pytest.mark.usefixtures("further")
@pytest.mark.parametrize(
    "content",
    [
        LABELLED,
        RAW,
        "\ufeff" + RAW,
        RAW.replace("\n0123", "\r\n0123"),
        RAW.replace(",0,1,1,", ",Unchecked,Checked,Checked,").replace(",positive,", ",Positive,"),
        "sep=,\r\n" + RAW,
    ],
    ids=["labels", "raw", "a mark", "lines of Windows", "labels under raw names", "a first line"],
)
def test_redcaps_own_exports_are_read(tmp_path: Path, content: str) -> None:
    [entry] = entries_in(tmp_path, content, "Malar_DATA_2026-11-29_1200.csv")
    assert entry.file == "0123456789abcdef"
    assert entry.label == "positive"
    assert entry.values == {
        "sex": "female",
        "evidence": "self_report",
        SIGNS.code: "Raynaud-fingers ulcers",
        TONE.code: "vi",
    }
    assert entry.note == "two\nlines"
    assert entry.outline
    assert region_on(entry.outline, 100, 100) == REGION


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_records_may_be_parted_by_any_sign_that_redcap_offers(
    delimiter: str, tmp_path: Path
) -> None:
    content = "record_id,label,sex,f_complete\na,positive,female,2\n".replace(",", delimiter)
    [entry] = entries_in(tmp_path, content, "data.csv")
    assert said(entry) == ("positive", {"sex": "female"}, "")


def test_a_project_made_elsewhere_is_read_once_its_codes_are_explained(tmp_path: Path) -> None:
    content = (
        "record_id,file,rash,sex,region,my_form_complete\n"
        '1,a.jpg,1,2,"30,40 70,40 60,70",2\n2,b.jpg,0,1,,2\n'
    )
    with pytest.raises(WordsUnknown, match="rash:1"):
        entries_in(tmp_path, content, "data.csv")
    means = {"rash:1": "positive", "rash:0": "negative", "sex:1": "male", "sex:2": "female"}
    first, second = entries_in(tmp_path, content, "data.csv", means=means)
    assert (first.file, first.label, first.values["sex"]) == ("a.jpg", "positive", "female")
    assert first.outline
    assert region_on(first.outline, 100, 100)[0] == (0.3, 0.4)
    assert (second.label, second.outline) == ("negative", None)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (["12,a.jpg,positive"], ["a.jpg"]),  # never a photo called 12.jpg
        (["1,a.jpg,", "1,,positive"], ["a.jpg", "a.jpg"]),  # a later event, or a repeated form
        (["1,a.jpg,", "1,b.jpg,", "1,,positive"], ["a.jpg", "b.jpg", ""]),
        (["1,a.jpg,positive", "2,,positive"], ["a.jpg", ""]),
        (["12,[document],positive"], ["12"]),
        (["12,,positive"], ["12"]),
    ],
)
def test_a_record_is_of_the_photo_that_it_names(
    rows: list[str], names: list[str], tmp_path: Path
) -> None:
    content = "\n".join(["record_id,file,label,f_complete", *(f"{row},2" for row in rows)])
    found = read_file(tmp_path, content, "data.csv")
    assert [(one.file, *one.also) for one in found] == [(name,) for name in names]


def test_a_damaged_region_is_its_records_problem(tmp_path: Path) -> None:
    content = "record_id,label,region,f_complete\n1,positive,here,2\n2,negative,,2\n"
    first, second = entries_in(tmp_path, content, "data.csv")
    assert first.problem
    assert second.label == "negative"


@pytest.mark.parametrize(
    "header",
    ["file,label", "file,label,sex,person,evidence,region,note", "file;label", "label,file"],
)
def test_a_table_of_ratings_stays_one(tmp_path: Path, header: str) -> None:
    assert is_table(write_file(tmp_path, f"{header}\na.jpg,positive\n", "ratings.csv"))
