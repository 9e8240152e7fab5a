"""Tables for people compute nothing; each writer of a table is for people or for programs, and says which."""

import ast
import csv
import io
from pathlib import Path

import pytest

from curator.base.spreadsheets import spreadsheet

ROOT = Path(__file__).parents[3]
FORMULAS = (
    *("=1+1", '=HYPERLINK("http://a.example","b")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"),
    *("\n=1", "\N{FULLWIDTH EQUALS SIGN}1", "\N{FULLWIDTH COMMERCIAL AT}A", "-3.5"),
)
PLAIN = ("", "P-01", "a=b", "trip/=1.jpg", "ünï", "'quoted", "3", "2026-11-23", "#lupus")

# What programs read back, ours or REDCap, as it is: with an apostrophe a code or a name would be another one.
FOR_PROGRAMS = {
    "curator.custody.erased_files": "tables that it read, without rows of erased photos",
    "curator.exports.manifest": "examples.csv, which the trainer reads",
    "curator.formats.redcap": "records, which REDCap and our own import read",
    "curator.validation.recomputing": "a changed score, which the trainer must find",
    "trainer.comparison.folder": "scores of networks, by names that the trainer gave",
    "trainer.evidence.explanations": "numbers of photos and of scores",
    "trainer.exports.looks": "the ledger of looks at the test photos, which the trainer reads",
    "trainer.runs.history": "numbers of epochs",
    "trainer.runs.predictions": "predictions.csv, which curator and the trainer read",
}
FOR_PEOPLE = {
    "curator.custody.audit": "the audit trail",
    "curator.base.spreadsheets": "all tables of curator for people",
    "trainer.prediction.records": "predictions of files, whose names get ./ instead: they stay names",
}


@pytest.mark.parametrize("cell", FORMULAS, ids=ascii)
def test_text_that_would_be_computed_is_text(cell: str) -> None:
    table = spreadsheet(("a", "b"), [(f"x;{cell}", cell)])
    [(_, told)] = [*csv.reader(io.StringIO(table, newline=""))][1:]
    assert told == f"'{cell}"
    assert f'"x;{cell[:1]}' in table  # quoted: it is one cell


@pytest.mark.parametrize("cell", PLAIN)
def test_other_text_stays_as_it_is(cell: str) -> None:
    assert [*csv.reader(io.StringIO(spreadsheet("a", [[cell]])))][1:] == [[cell]]


def test_numbers_stay_numbers() -> None:
    assert spreadsheet("abc", [(-3.5, -1, 2)]) == '"a","b","c"\n-3.5,-1,2\n'


def test_every_writer_of_a_table_says_who_reads_it() -> None:
    writers = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for program in ("curator", "trainer")
        for file in (ROOT / program).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("writer", "DictWriter")
        and ast.unparse(node.value) == "csv"
    }
    assert writers == {*FOR_PROGRAMS, *FOR_PEOPLE}
