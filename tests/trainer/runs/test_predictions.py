"""predictions.csv says what it was given, and nothing else is read as one."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.predictions import prediction
from trainer.errors import RunBroken
from trainer.runs.predictions import COLUMNS, read_predictions, write_predictions

GOOD = prediction(True, 0.1 + 0.2, "group 1", source='=SUM(A1), "x"\n#rash')
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20)


@given(texts, st.floats(0, 1), st.booleans())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, source: str, score: float, positive: bool
) -> None:
    folder = tmp_path_factory.mktemp("run")
    rows = [
        prediction(positive, score, "g", id="c" * 16, source=source),
        prediction(positive, score, "i", id="b" * 16, split="train", evidence="hashtag"),
        prediction(not positive, score, "h", id="a" * 16, fold=3, sex="male", split="val"),
    ]
    write_predictions(folder / "predictions.csv", rows)
    assert read_predictions(folder) == rows[::-1]


def table(folder: Path, *lines: str) -> Path:
    (folder / "predictions.csv").write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a,test,0,positive,female,visual,,g", "line 2 has 8 fields, not 9"),
        ("a,tset,0,positive,female,visual,,g,0.5", "line 2: split 'tset' is not one of train"),
        ("a,test,-1,positive,female,visual,,g,0.5", "fold '-1' is not a whole number"),
        ("a,test,0,rash,female,visual,,g,0.5", "label 'rash' is not one of"),
        ("a,test,0,positive,f,visual,,g,0.5", "sex 'f' is not one of"),
        ("a,test,0,positive,female,rumour,,g,0.5", "evidence 'rumour' is not one of"),
        ("a,test,0,positive,female,visual,,g,nan", "score 'nan' is not a number from 0 to 1"),
        ("a,test,0,positive,female,visual,,g,1.5", "score '1.5' is not a number"),
        ("a,test,0,positive,female,visual,,g,", "score '' is not a number"),
        ('a,test,0,positive,female,visual,"x,g,0.5', "not a UTF-8 CSV file"),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(RunBroken) as caught:
        read_predictions(table(tmp_path, line))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_columns_and_a_missing_table_are_told(tmp_path: Path) -> None:
    with pytest.raises(RunBroken, match="cannot be read"):
        read_predictions(tmp_path)
    for text in ("", "id,split,label,score\n"):
        (tmp_path / "predictions.csv").write_text(text)
        with pytest.raises(RunBroken, match="its columns are not id,split,fold"):
            read_predictions(tmp_path)


def test_an_example_stands_there_once(tmp_path: Path) -> None:
    write_predictions(tmp_path / "predictions.csv", [GOOD, replace(GOOD, score=0.5)])
    with pytest.raises(RunBroken, match="names an example twice"):
        read_predictions(tmp_path)


def test_every_split_has_an_example(tmp_path: Path) -> None:
    write_predictions(tmp_path / "predictions.csv", [GOOD])
    with pytest.raises(RunBroken, match="no example of one of the splits train, val, test"):
        read_predictions(tmp_path)
