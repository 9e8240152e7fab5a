"""Tables of ratings: rows find their photos however names are written, and codes of persons stay one."""

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from curator.base.db import Sessions, reading
from curator.base.models.photos import Person, Photo
from curator.photos.importing import ImportResult
from curator.photos.person_codes import SimilarCodes
from curator.photos.posts import LooseMatch
from curator.ratings.entries import TableResult
from curator.ratings.table import rate_table

Save = Callable[..., Path]
Rate = Callable[..., TableResult]


@pytest.fixture
def rate(
    sessions: Sessions, tmp_path: Path, save: Save, import_all: Callable[..., ImportResult]
) -> Rate:
    names = (
        "a.jpg",
        "B.JPG",
        unicodedata.normalize("NFD", "trip/M\u00fcller.jpg"),
        "x/1.png",
        "y/1.png",
    )
    for seed, name in enumerate(names):
        save(name, seed)
    (tmp_path / "photos" / "r\u00e9sum\u00e9.txt").write_text("no photo")
    shutil.copy(tmp_path / "photos" / "a.jpg", tmp_path / "photos" / "same.jpg")
    import_all()

    def rate(text: str, **options: object) -> TableResult:
        table = tmp_path / "ratings.csv"
        table.write_text(text)
        return rate_table(sessions, table, "ben", **options)  # type: ignore[arg-type]

    return rate


def persons(sessions: Sessions) -> dict[str, str]:
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo.original_name, Person.code).join(Person, Person.id == Photo.person_id)
        )
        return {name: code for name, code in rows}  # noqa: C416  # dict() takes no rows here


def test_rows_find_their_photos_however_the_names_are_written(rate: Rate) -> None:
    result = rate(
        "file,label\n.\\a,positive\nb.jpg,negative\nTRIP/M\u00fcller.JPG,unsure\n,\nx/1.png,positive\n"
    )
    assert (result.rows, result.saved, result.bad) == (4, 4, ())
    assert result.loosely[1] == LooseMatch(3, "b.jpg", "B.JPG")
    assert result.photos_without_row == ("y/1.png",)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1.png,positive", "2 photos are named 1.png"),
        ("1,positive", "2 photos are named 1 ("),
        ("z/1.png,positive", "is not in the collection"),
        ("A.PNG,positive", "is not in the collection"),
        (unicodedata.normalize("NFD", "r\u00e9sum\u00e9.txt") + ",positive", "was rejected"),
        (",positive", "no file is named"),
    ],
)
def test_a_row_is_refused_with_its_reason(rate: Rate, row: str, why: str) -> None:
    result = rate(f"file,label\na.jpg,positive\n{row}\n")
    assert result.saved == 0
    [bad] = result.bad
    assert bad.line == 3
    assert why in bad.reason


def test_two_rows_for_one_photo_are_one_if_they_say_the_same(rate: Rate) -> None:
    result = rate("file,label,note\na.jpg,positive,x\n./a.jpg,positive, x\nsame.jpg,positive,x\n")
    assert (result.rows, result.saved, result.unchanged, result.bad) == (3, 1, 2, ())
    result = rate("file,label,note\na.jpg,positive,x\nsame.jpg,positive,y\n")
    assert [bad.reason for bad in result.bad] == ["same.jpg is already rated on line 2"]


def test_a_row_for_a_missing_file_is_not_taken_for_one_that_is_written_like_it(rate: Rate) -> None:
    result = rate("file,label\nA.jpg,negative\na.jpg,positive\n")
    assert [(bad.line, bad.reason.split(":")[0]) for bad in result.bad] == [
        (2, "A.jpg is not in the collection")
    ]


@pytest.mark.parametrize("code", ["p-01", "P - 01", "P\u201101", "\uff30-01"])
def test_a_code_written_like_another_is_asked_about(
    rate: Rate, sessions: Sessions, code: str
) -> None:
    assert rate("file,label,person\na.jpg,positive,P-01\n").saved == 1
    table = f"file,label,person\nB.JPG,positive,{code}\n"
    [bad] = rate(table).bad
    assert (bad.line, "is written like 'P-01'" in bad.reason) == (2, True)
    assert persons(sessions) == {"a.jpg": "P-01"}
    assert not rate(table, similar_codes=SimilarCodes.SAME).bad
    assert persons(sessions) == {"a.jpg": "P-01", "B.JPG": "P-01"}


def test_codes_within_one_table_are_asked_about_and_can_be_two_persons(
    rate: Rate, sessions: Sessions
) -> None:
    table = "file,label,person\na.jpg,positive,P1\nB.JPG,positive,p1\nx/1.png,positive,P1 \n"
    [bad] = rate(table).bad
    assert bad.line == 3
    assert not rate(table, similar_codes=SimilarCodes.APART).bad
    assert persons(sessions) == {"a.jpg": "P1", "B.JPG": "p1", "x/1.png": "P1"}
    assert not rate(table).bad  # both are there now, and nobody is asked again
    with reading(sessions) as session:
        assert all(session.scalars(select(Person.is_told_apart)))


def test_a_code_of_nothing_visible_is_refused(rate: Rate) -> None:
    [bad] = rate("file,label,person\na.jpg,positive,\u200b\n").bad
    assert "no visible character" in bad.reason
