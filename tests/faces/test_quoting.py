"""What messages quote: shown on one line as it stands, however hostile."""

import pytest

from curator.base.errors import InputInvalid
from curator.base.messages import Listed, Translatable
from faces.quoting import LONGEST, quoted
from trainer.errors import ExportBroken

HOSTILE = {
    "a\x1b[2Jb": r"a\x1b[2Jb",
    "a\r\nb": r"a\r\nb",
    "\u202egpj.exe": r"\u202egpj.exe",
    "\udcff.jpg": r"\udcff.jpg",
    "a\x00b\x9b1m": r"a\x00b\x9b1m",
    "a\u2028b": r"a\u2028b",
}
PLAIN = ("São_João 2.jpg", "写真.jpg", "a\N{NO-BREAK SPACE}b", "'quoted' %s", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_terminal_would_obey_is_escaped(text: str) -> None:
    assert quoted(text) == HOSTILE[text]
    assert HOSTILE[text] in InputInvalid("%(file)s is unknown.", file=text).message
    assert (
        HOSTILE[text] in InputInvalid("%(files)s are unknown.", files=Listed(("b", text))).message
    )
    assert HOSTILE[text] in str(ExportBroken(f"{text} is unknown"))


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert quoted(text) == text


def test_text_of_a_file_that_is_looked_up_in_a_catalogue_is_quoted_too() -> None:
    said = InputInvalid("%(what)s is no outline.", what=Translatable("x" * 5000)).message
    assert len(said) < 500
    mark = Translatable("positive")
    assert InputInvalid("%(what)s", what=mark).values["what"] is mark


def test_long_text_loses_its_middle() -> None:
    said = quoted("start" + "x" * 10_000 + "end")
    assert len(said) == LONGEST + 1
    assert said.startswith("start")
    assert said.endswith("end")
    assert len(str(ExportBroken("x" * 10_000))) < 1100
