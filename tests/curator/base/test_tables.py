"""Tables are read as spreadsheets of any country write them, or what prevents it is named."""

import codecs
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from curator.base.config import Config
from curator.base.csv_table import posts_by_file, read_table
from curator.base.errors import InputInvalid
from curator.base.table_text import guessed_lines
from curator.photos.importing import ImportResult
from curator.ratings.regions import parse_points
from tests.curator.databases import environment_of

KNOWN = {"file", "label", "note"}
TABLE = "file,label,note\na.jpg,positive,rötlich\nb.jpg,negative,blaß\n"
ROWS = [
    {"file": "a.jpg", "label": "positive", "note": "rötlich"},
    {"file": "b.jpg", "label": "negative", "note": "blaß"},
]


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], list[dict[str, str]]]:
    def read(content: bytes) -> list[dict[str, str]]:
        (tmp_path / "table.csv").write_bytes(content)
        rows = read_table(tmp_path / "table.csv", {"file", "label"}, KNOWN)
        return [cells for _, cells in rows]

    return read


Read = Callable[[bytes], list[dict[str, str]]]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-32"),
        TABLE.encode("cp1252"),
        TABLE.replace(",", ";").encode("cp1252"),
        TABLE.replace(",", "\t").encode("utf-16"),  # Excel's "Unicode Text"
        TABLE.replace(",", "|").encode(),
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace("\n", "\r\n").encode(),
        ("sep=;\r\n" + TABLE.replace(",", ";").replace("\n", "\r\n")).encode("utf-8-sig"),
        ('"sep=\t"\n' + TABLE.replace(",", "\t")).encode("utf-16"),
        ("SEP=,;;\n" + TABLE).encode(),
        ("sep=;\n" + TABLE).encode(),  # saved again in another country
        TABLE.replace("\n", ",\n").encode(),
        TABLE.replace("\n", ";;\n").replace(",", ";").encode("cp1252"),
        ("\n,,\n" + TABLE.replace("b.jpg", "\n , ,\nb.jpg") + ",,\n\n").encode(),
        TABLE.replace("file,label,note", " File ,\u00a0LABEL\u00a0, \ufeffNote").encode(),
        TABLE.rstrip("\n").encode(),
    ],
)
def test_a_table_is_read_however_a_spreadsheet_wrote_it(read: Read, content: bytes) -> None:
    assert read(content) == ROWS


def test_cells_may_hold_delimiters_quotes_and_line_breaks(read: Read) -> None:
    table = 'file;label;note\r\n"a;1.jpg";positive;"two\r\nlines, ""here"""\r\n'
    assert read(table.encode()) == [
        {"file": "a;1.jpg", "label": "positive", "note": 'two\r\nlines, "here"'}
    ]


@pytest.mark.parametrize("start", ["", "sep=;\n", "\n\n"])
def test_the_line_told_is_where_the_row_begins(tmp_path: Path, start: str) -> None:
    (tmp_path / "t.csv").write_text(f'{start}file;label;note\na;b;"1\n2\n3"\nc;d;e;f\n')
    line = 5 + start.count("\n")
    with pytest.raises(InputInvalid, match=f"line {line}: more cells"):
        list(read_table(tmp_path / "t.csv", {"file", "label"}, KNOWN))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (TABLE.encode(), ()),
        (TABLE.encode("utf-16"), ()),
        (TABLE.encode("cp1252"), (2, 3)),
        (b"file,label\na.jpg,positive\n", ()),
        ("file,label\né.jpg,positive\nJoão “x”.jpg,negative\n".encode("cp1252"), (2, 3)),
        ("file,label\nJoão.jpg,positive\nÃ£.jpg,negative\n".encode(), ()),
        ("file,label\nFrançois l\u2019aîné \u2013 été.jpg,positive\n".encode("cp1252"), (2,)),
    ],
)
def test_windows_1252_is_guessed_only_where_it_is_not_utf_8_and_then_told(
    tmp_path: Path, content: bytes, lines: tuple[int, ...]
) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    assert list(read_table(tmp_path / "table.csv", {"file", "label"}, KNOWN))
    assert guessed_lines(tmp_path / "table.csv") == lines


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (TABLE.replace("\n", "\r").encode("mac-roman"), "line 2 is not Windows-1252"),
        ("file,label,note\na.jpg,positive,grün\n".encode("mac-roman"), "line 2"),
        ("file,label,note\na.jpg,positive,grün\n".encode("cp850"), "line 2"),
        ("file,label,note\na.jpg,positive,Małgorzata\n".encode("cp1250"), "line 2"),
        ("file,label,note\na.jpg,positive,Анна\n".encode("cp1251"), "line 2"),
        ("file,label,note\na.jpg,positive,赤い\n".encode("shift-jis"), "line 2"),
        (TABLE.encode() + "c.jpg,positive,früh\n".encode("cp1252"), "line 2"),
        (TABLE.encode("utf-16-le"), "without its mark"),
        (TABLE.encode("utf-16")[:-1], "its mark says UTF-16"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "an Excel workbook"),
        (b"\n<!DOCTYPE html><table>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"", "is empty"),
        (b"\n,,\n", "is empty"),
        (b'"file,label,note"\n"a.jpg,positive,x"\n', "each row in one cell"),
        (b'"file;label";\n"a.jpg;positive";\n', "each row in one cell"),
        (b'file,label\na.jpg,"positive\nb.jpg,negative\n', "line 2: unexpected end of data"),
        (b'file,label\n"a".jpg,positive\n', "line 2"),
        (b"file;label,note\na.jpg;positive,x\n", "lacks the column"),
        (b"file,label,File \na,b,c\n", "two columns called file"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(read: Read, content: bytes, why: str) -> None:
    with pytest.raises(InputInvalid, match=why) as caught:
        read(content)
    assert "\n" not in caught.value.message
    assert caught.value.message.count("table.csv") == 1


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ("2021-08-05", date(2021, 8, 5)),
        ("2021/8/5", date(2021, 8, 5)),
        ("2021.08.05", date(2021, 8, 5)),
        ("2021. 8. 5.", date(2021, 8, 5)),
        ("25.08.2021", date(2021, 8, 25)),
        ("25/8/2021 13:10", date(2021, 8, 25)),
        ("8/25/2021 1:10:37 PM", date(2021, 8, 25)),
        ("05-05-2021", date(2021, 5, 5)),
        ("2021-08-05T13:10:37Z", date(2021, 8, 5)),
        ("2021-08-05 00:00:00", date(2021, 8, 5)),
    ],
)
def test_a_date_is_read_as_excel_shows_it_where_one_day_can_be_meant(
    tmp_path: Path, shown: str, day: date
) -> None:
    (tmp_path / "posts.csv").write_text(f"file,collected_on\na.jpg,{shown}\n")
    assert posts_by_file(tmp_path / "posts.csv")["a.jpg"].collected_on == day


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("5/8/2021", "day and month may be swapped"),
        ("05.08.2021", "day and month may be swapped"),
        ("44413", "a number of days"),
        ("44413,5", "a number of days"),
        ("25/8/21", "not a date"),
        ("25/13/2021", "not a date"),
        ("5 Aug 2021", "not a date"),
        ("########", "not a date"),
        ("2021-08", "not a date"),
    ],
)
def test_an_unclear_date_is_named_with_its_line(tmp_path: Path, shown: str, why: str) -> None:
    (tmp_path / "posts.csv").write_text(f'file,collected_on\na.jpg,"{shown}"\n')
    with pytest.raises(InputInvalid, match=f"line 2: .*{why}"):
        posts_by_file(tmp_path / "posts.csv")


def test_decimal_commas_of_a_region_are_read_or_named() -> None:
    outline = ((10.5, 20.5), (30.0, 20.0), (20.0, 40.0))
    assert parse_points("10.5,20.5 30,20 20,40") == outline
    assert parse_points("10,5;20,5 30;20 20;40") == outline
    with pytest.raises(InputInvalid, match="decimal commas"):
        parse_points("10,5,20,5 30,0,20,0 20,0,40,0")
    with pytest.raises(InputInvalid, match="written `x,y"):
        parse_points("10,5,20 30,20 20,40")


@pytest.mark.slow
def test_commands_tell_which_letters_were_guessed(
    config: Config,
    folder: Path,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    tmp_path: Path,
) -> None:
    save("a.png", 1)
    import_all()
    (tmp_path / "posts.csv").write_bytes("file;caption\r\na.png;grün\r\n".encode("cp1252"))
    (tmp_path / "ratings.csv").write_bytes(
        "file;label;note\r\na.png;positive;é\r\n".encode("cp1252")
    )

    def told(*arguments: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "curator", *map(str, arguments)],
            env=os.environ | environment_of(config),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    rate = ("rate", tmp_path / "ratings.csv", "--rater", "ben")
    assert "read as Windows-1252: check the letters on 1 line (2)" in told(*rate)
    assert json.loads(told(*rate, "--json"))["guessed_lines"] == [2]
    for given in ([], [folder]):
        command = ("import", *given, "--metadata", tmp_path / "posts.csv")
        assert "read as Windows-1252" in told(*command)
        assert json.loads(told(*command, "--json"))["metadata"]["guessed_lines"] == [2]
