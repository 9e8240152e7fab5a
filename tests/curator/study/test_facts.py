"""What a study states is checked, kept and recorded; nothing is made up."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.events import Action
from curator.base.models.events import Event
from curator.study.checking import MOST_CHARACTERS, changed
from curator.study.facts import (
    BY_CODE,
    FACTS,
    NOTHING_STATED,
    Kind,
    Person,
    missing,
    people,
)
from curator.study.stating import read_study, state_facts
from curator.study.toml_file import as_toml, read_file
from tests.curator.study.study import GIVEN, full_study

TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cc")),
        st.sampled_from("\n\t\"'\\|#`<>*[]{}%$&\u200f\u202e\u2028é…"),
    ),
    max_size=300,
)


def test_every_fact_is_in_the_example() -> None:
    assert [*GIVEN] == [*BY_CODE]
    assert all(full_study().values())


def test_a_study_that_states_everything_lacks_nothing() -> None:
    assert missing(full_study()) == ()
    assert {fact.code for fact in missing(NOTHING_STATED)} == {
        fact.code for fact in FACTS if fact.is_expected
    }


def test_an_institution_is_a_creator_too() -> None:
    by_hospital = changed(NOTHING_STATED, {"institution": "Hospital"})
    assert "creators" not in {fact.code for fact in missing(by_hospital)}


def test_creators_are_read_as_people() -> None:
    assert people(full_study()["creators"]) == (
        Person("Ana Silva", "UFMG", "https://orcid.org/0000-0002-1825-0097"),
        Person("Ben", "", "https://ben.example"),
        Person("Clara"),
    )


@pytest.mark.parametrize(
    ("code", "given", "kept"),
    [
        ("name", "  Malar \n", "Malar"),
        ("description", "one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("published", date(2026, 3, 1), "2026-03-01"),
        ("published", "20260301", "2026-03-01"),
        ("version", "2.0.0-rc.1+build5", "2.0.0-rc.1+build5"),
        ("creators", "\n Ana   Silva ;;\n\n", "Ana Silva"),
        ("creators", ["Ana; UFMG", "Ben"], "Ana; UFMG\nBen"),
        ("creators", "Ana; ; http://orcid.org/0000-0001-5109-3700", None),
        ("url", "http://[::1]/data", "http://[::1]/data"),
        ("citation", "", ""),
        ("citation", " \n\t", ""),
    ],
)
def test_a_fact_is_kept_in_one_form(code: str, given: object, kept: str | None) -> None:
    expected = "Ana; ; https://orcid.org/0000-0001-5109-3700" if kept is None else kept
    assert changed(NOTHING_STATED, {code: given})[code] == expected


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("name", "two\nlines"),
        ("license", "two\u2028lines"),
        ("published", "1.3.2026"),
        ("published", "2026-02-30"),
        ("version", "1.0"),
        ("version", "v1.0.0"),
        ("version", "1.0.0\u0660"),
        ("version", "01.0.0"),
        ("url", "malar.example"),
        ("url", "https://malar example"),
        ("url", "javascript:alert(1)"),
        ("url", "http://["),
        ("creators", "; UFMG"),
        ("creators", "a; b; https://c.example; d"),
        ("creators", "Ana; UFMG; 0000-0002-1825-0098"),
        ("creators", "Ana; UFMG; ana@example.org"),
        ("description", "nul\x00"),
        ("description", "half a pair \ud83d"),
        ("description", "x" * (MOST_CHARACTERS + 1)),
        ("description", 7),
        ("description", ["a"]),
        ("creators", ["Ana", 7]),
        ("creators", [{"name": "Ana"}]),
        ("version", 1.0),
        ("colour", "red"),
    ],
)
def test_a_fact_that_cannot_be_written_so_is_refused_in_one_line(code: str, given: object) -> None:
    with pytest.raises(InputInvalid) as refused:
        changed(full_study(), {code: given})
    assert len(refused.value.message.splitlines()) == 1
    assert len(refused.value.message) < 400


def test_the_days_of_collecting_must_follow_each_other() -> None:
    with pytest.raises(InputInvalid, match="first day"):
        changed(full_study(), {"collected_from": "2025-02-02"})
    assert changed(full_study(), {"collected_until": ""})["collected_from"] == "2024-01-31"


def test_stating_facts_is_one_event_of_what_changed(sessions: Sessions) -> None:
    state_facts(sessions, GIVEN, actor="ana")
    state_facts(sessions, {"version": "1.3.0", "name": GIVEN["name"]}, actor="ana")
    state_facts(sessions, {"version": "1.3.0"}, actor="ana")
    assert read_study(sessions) == full_study() | {"version": "1.3.0"}  # type: ignore[operator]
    with reading(sessions) as session:
        query = select(Event).where(Event.action == Action.STUDY_CHANGED).order_by(Event.id)
        first, last = session.scalars(query).all()
    assert first.before == NOTHING_STATED
    assert (last.before, last.after) == ({"version": "1.2.0"}, {"version": "1.3.0"})
    assert last.actor == "ana"


def test_a_refused_fact_changes_nothing(sessions: Sessions) -> None:
    with pytest.raises(InputInvalid):
        state_facts(sessions, {"name": "Malar", "version": "one"}, actor="ana")
    assert read_study(sessions) == NOTHING_STATED


def test_a_study_goes_round_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    for study in (full_study(), NOTHING_STATED):
        path.write_text(as_toml(study), encoding="utf-8")
        assert changed(full_study(), read_file(path)) == study


PLAIN = [fact.code for fact in FACTS if fact.kind is Kind.TEXT]


@given(st.dictionaries(st.sampled_from(PLAIN), TEXTS))
def test_any_text_goes_round_as_a_file(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> None:
    study = changed(NOTHING_STATED, texts)
    path = tmp_path_factory.getbasetemp() / "any-study.toml"
    path.write_bytes(as_toml(study).encode())
    assert changed(NOTHING_STATED, read_file(path)) == study


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name = 'outside of the table'\n",
        b"study = 'no table'\n",
        b"[[study]]\nname = 'a list'\n",
        b"[study]\nname = 'Malar'\n[other]\n",
        b"[study]\nname = \n",
        b"[study]\nname = 'a'\nname = 'b'\n",
        "[study]\nname = 'São'\n".encode("utf-16"),
        "[study]\nname = 'São'\n".encode("latin-1"),
        b"study = " + b"[" * 100_000,
    ],
)
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(InputInvalid) as refused:
        read_file(path)
    assert len(refused.value.message.splitlines()) == 1


def test_a_file_saved_by_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(b'\xef\xbb\xbf[study]\r\ndescription = """one\r\ntwo"""\r\n')
    assert changed(NOTHING_STATED, read_file(path))["description"] == "one\ntwo"
