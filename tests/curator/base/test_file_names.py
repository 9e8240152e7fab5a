"""Names in a table and names of files: which match, however they are written."""

import unicodedata

import pytest

from curator.base.file_names import match_rows
from curator.base.spelling import code_form


def meant(name: str, *files: str) -> list[str]:
    [match] = match_rows([(name, "")], [(file, file) for file in files]).matches
    return list(match.subjects)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg", "trip/a.jpg"),
        ("trip/a.jpg", "2021/trip/a.jpg"),
        (".\\trip\\a.jpg", "trip/a.jpg"),
        ("./trip//a.jpg", "trip/a.jpg"),
        ("/trip/a.jpg", "trip/a.jpg"),
        (" a.jpg ", "a.jpg"),
        ("a.jpg", "a.jpg "),
        ("a.jpg", "A.JPG"),
        ("Trip/IMG_1.JPG", "trip/img_1.jpg"),
        ("2021-08-05_13-10-37_UTC_1", "2021-08-05_13-10-37_UTC_1.jpg"),
        ("trip/v1.2", "trip/v1.2.png"),
        ("M\u00fcller.jpg", unicodedata.normalize("NFD", "M\u00fcller.jpg")),
        (unicodedata.normalize("NFD", "\u00e9t\u00e9/a.jpg"), "\u00e9t\u00e9/a.jpg"),
        ("shot at 3.04 PM.png", "shot at 3.04\u202fPM.png"),
        ("\ufeffa.jpg", "a.jpg"),
        ("\u200eIMG-1.jpg", "IMG-1.jpg"),
    ],
)
def test_a_name_finds_its_file_however_it_is_written(name: str, file: str) -> None:
    assert meant(name, file, "other.jpg") == [file]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.png", "a.jpg"),
        ("a.jpg", "a.jpg.png"),
        ("trip/a.jpg", "a.jpg"),
        ("trip/a.jpg", "other/a.jpg"),
        ("a", "ba.jpg"),
        ("M%C3%BCller.jpg", "M\u00fcller.jpg"),
        ("a.jpg.", "a.jpg"),
        ("Muller.jpg", "M\u00fcller.jpg"),
        ("a", "a.mp4"),
        (".", "a.jpg"),
    ],
)
def test_a_name_of_another_file_finds_nothing(name: str, file: str) -> None:
    assert meant(name, file) == []


def test_the_closest_form_wins() -> None:
    assert meant("a.jpg", "A.jpg", "a.jpg", "trip/a.jpg") == ["a.jpg"]
    assert meant("a.jpg", "A.jpg", "trip/a.jpg") == ["trip/a.jpg"]
    assert meant("a", "a.jpg", "a") == ["a"]


def test_a_name_that_several_files_bear_means_all_of_them() -> None:
    assert meant("a.jpg", "x/a.jpg", "y/a.jpg") == ["x/a.jpg", "y/a.jpg"]
    assert meant("A.jpg", "a.jpg", "a.JPG") == ["a.jpg", "a.JPG"]
    assert meant("a", "a.jpg", "a.png") == ["a.jpg", "a.png"]


def test_a_looser_row_does_not_take_the_file_of_a_closer_one() -> None:
    rows = [("A.jpg", "another"), ("a.jpg", "this")]
    loose, exact = match_rows(rows, [("a.jpg", 1)]).matches
    assert (loose.subjects, exact.subjects) == ((), (1,))
    assert match_rows(rows, [("a.jpg", 1)]).row_of == {1: 1}


def test_two_rows_for_one_file_are_one_if_they_say_the_same() -> None:
    _, same = match_rows([("x/a.jpg", "p"), ("a.jpg", "p")], [("x/a.jpg", 1)]).matches
    assert (same.subjects, same.repeats, same.rival) == ((1,), 0, None)
    _, other = match_rows([("a.jpg", "p"), ("./a.jpg ", "q")], [("x/a.jpg", 1)]).matches
    assert other.rival == 0


@pytest.mark.parametrize(
    "code",
    ["p-01", "P-01 ", "P\u201101", "P - 01", "\uff30-01", "P\u00ad-01", "p\u2013\u20600\u0031"],
)
def test_codes_are_compared_without_case_spaces_and_unicode_form(code: str) -> None:
    assert code_form(code) == code_form("P-01")


@pytest.mark.parametrize("code", ["P-1", "P01", "P-011", "P_01", "Q-01"])
def test_other_codes_stay_other_codes(code: str) -> None:
    assert code_form(code) != code_form("P-01")
