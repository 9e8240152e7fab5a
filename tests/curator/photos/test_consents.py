"""Consent of persons and sources: recorded, withdrawn with their photos and copies, joined with codes, undone."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from curator.base.config import Config
from curator.base.consent import COUNTED, SCOPES, STATES, Consent
from curator.base.db import Sessions, reading
from curator.base.errors import ChangedSince, InputInvalid, NotAllowed, NotFound
from curator.base.models.consents import ConsentRecord
from curator.base.models.events import Event
from curator.base.models.photos import Person, Photo
from curator.custody.erasable import Request
from curator.custody.erasing import erase, plan_erasure
from curator.custody.examination import examine
from curator.pairs.decisions import decide_pair
from curator.pairs.persons import join_person
from curator.photos.consent_table import read_consents
from curator.photos.consented import photo_consents
from curator.photos.consents import Recorded, Whose, Word, set_consent, set_consents
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult, import_folders
from curator.photos.person_codes import join_codes, set_person
from curator.photos.sources import set_source
from curator.queries.consents import consent_rows
from curator.undoing import undo_events
from tests.curator.drawing import draw
from tests.curator.rows import pair_up

DAY = date(2026, 3, 2)
GIVEN = Word("given", "F-12", DAY, "sharing")
WITHDRAWN = Word("withdrawn", "letter 3", DAY)
Record = Callable[..., Recorded]


@pytest.fixture(autouse=True)
def photos(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    """Six photos of one source, the first two of the person P-1."""
    for number in range(1, 7):
        save(f"{number}.jpg", number)
    import_all(source="#clinic")
    with sessions.begin() as session:
        for photo in (1, 2):
            set_person(session, photo, "P-1", "ana")


@pytest.fixture
def consent(sessions: Sessions) -> Record:
    def consent(value: str, word: Word) -> Recorded:
        kind = "person" if value.startswith(("P", "p", "#1", "#3", "#4")) else "source"
        return set_consent(sessions, Whose(kind, value), word, actor="ana")

    return consent


def words(sessions: Sessions, *numbers: int) -> list[str]:
    with reading(sessions) as session:
        found = photo_consents(session)
        return [
            "withdrawn" if not found.admits(number) else found.of(number).counted
            for number in numbers
        ]


def excluded(sessions: Sessions) -> dict[int, tuple[str | None, int | None]]:
    with reading(sessions) as session:
        rows = session.scalars(select(Photo).order_by(Photo.id))
        return {
            row.id: (row.excluded_scope, row.excluded_with_id)
            for row in rows
            if row.excluded_scope or row.excluded_with_id
        }


def undo(sessions: Sessions, *events: int, actor: str = "ana") -> tuple[int, ...]:
    return undo_events(sessions, events, actor=actor)


def test_a_photo_has_its_persons_consent_or_else_its_sources(
    sessions: Sessions, consent: Record
) -> None:
    assert words(sessions, 1, 3) == ["none", "none"]
    consent("#clinic", GIVEN)
    assert words(sessions, 1, 2, 3) == ["sharing"] * 3
    consent("P-1", Word("asked"))
    assert words(sessions, 1, 2, 3) == ["asked", "asked", "sharing"]
    consent("P-1", Word("none"))  # which is more than nothing recorded
    assert words(sessions, 1, 3) == ["none", "sharing"]


def test_a_wider_scope_holds_the_narrower_and_nothing_else_covers_one() -> None:
    for state in STATES.keys() - {"given"}:
        assert Consent(state).covers("") is (state != "withdrawn")
        assert not any(Consent(state).covers(scope) for scope in SCOPES)
    for place, given in enumerate(SCOPES):
        covered = [scope for scope in SCOPES if Consent("given", given).covers(scope)]
        assert covered == [*SCOPES][: place + 1]
    assert {*COUNTED} == {*STATES, *SCOPES} - {"given", "withdrawn"}


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (Word("perhaps"), "state must be"),
        (Word("given", "F-1", DAY), "needs a scope"),
        (Word("given", "F-1", None, "study"), "needs a scope"),
        (Word("given", " ", DAY, "study"), "needs a scope"),
        (Word("given", "F-1", DAY, "everything"), "scope must be"),
        (Word("asked", scope="study"), "Only consent that was given"),
        (Word("withdrawn", dated=date.today() + timedelta(days=2)), "in the future"),
        (Word("asked", "x" * 201), "too long"),
    ],
)
def test_what_cannot_be_consent_is_refused_in_one_line(
    sessions: Sessions, consent: Record, word: Word, why: str
) -> None:
    with pytest.raises(InputInvalid, match=why):
        consent("P-1", word)
    assert not any(row.is_recorded for row in consent_rows(sessions))


@pytest.mark.parametrize("value", ["P-9", "#99", "#x", "#elsewhere"])
def test_nobody_unknown_gets_a_record(sessions: Sessions, value: str) -> None:
    for kind in ("person", "source"):
        with pytest.raises(NotFound):
            set_consent(sessions, Whose(kind, value), GIVEN, actor="ana")
    with pytest.raises(InputInvalid):
        set_consent(sessions, Whose("person", " "), GIVEN, actor="ana")


def test_a_persons_withdrawal_excludes_all_photos_that_show_them(
    sessions: Sessions, consent: Record
) -> None:
    join_person(sessions, 2, 3, actor="ana")
    exclude_photo(sessions, 2, "too small", actor="ana")
    done = consent("P-1", WITHDRAWN)
    assert done.excluded == (1, 2)
    assert excluded(sessions) == {1: ("person", None), 2: ("person", 1), 3: (None, 1)}
    assert words(sessions, 1, 2, 3, 4) == ["withdrawn"] * 3 + ["none"]
    assert consent("P-1", WITHDRAWN).events == ()


def test_a_withdrawal_reaches_copies_whoever_has_them_and_a_source_speaks_for_no_person(
    sessions: Sessions, consent: Record
) -> None:
    [pair] = pair_up(sessions, (3, 4))
    set_source(sessions, [2, 4, 5, 6], "#other", actor="ana")
    decide_pair(sessions, pair, "copy", confirmed=[pair], actor="ana")
    consent("#other", GIVEN)
    done = consent("#clinic", WITHDRAWN)
    assert done.excluded == (1, 3)
    assert excluded(sessions) == {1: ("content", None), 3: ("content", None), 4: (None, 3)}
    # Photo 2 shows the person of photo 1, and is from another source, which consents.
    assert words(sessions, 1, 2, 3, 4, 5) == ["withdrawn", "sharing"] + ["withdrawn"] * 2 + [
        "sharing"
    ]


def test_who_is_known_by_no_code_is_named_by_a_photo(sessions: Sessions, consent: Record) -> None:
    join_person(sessions, 3, 4, actor="ana")
    consent("#3", GIVEN)
    assert words(sessions, 3, 4, 5) == ["sharing", "sharing", "none"]
    consent("#4", Word("asked"))  # the same person: one record
    assert [row.value for row in consent_rows(sessions) if row.is_recorded] == ["#3"]
    with sessions.begin() as session:
        set_person(session, 4, "P-4", "ana")
    consent("P-4", WITHDRAWN)
    assert words(sessions, 3, 4, 5) == ["withdrawn", "withdrawn", "none"]
    assert {row.state for row in consent_rows(sessions) if row.is_recorded} == {"withdrawn"}
    # A word on a photo of a person with a code is the person's.
    consent("#1", GIVEN)
    assert words(sessions, 1, 2) == ["sharing", "sharing"]


def test_of_several_words_on_one_person_the_weakest_counts(
    sessions: Sessions, consent: Record
) -> None:
    consent("P-1", GIVEN)
    consent("#3", Word("asked"))
    join_person(sessions, 1, 3, actor="ana")
    assert words(sessions, 1, 2, 3) == ["asked"] * 3
    consent("P-1", Word("given", "F-2", DAY, "publication"))  # a new word replaces both
    assert words(sessions, 1, 2, 3) == ["publication"] * 3


@pytest.mark.parametrize("withdrawn", ["P-1", "p-1"])
def test_a_withdrawal_outlives_the_joining_of_codes(
    sessions: Sessions, consent: Record, withdrawn: str
) -> None:
    with sessions.begin() as session:
        set_person(session, 3, "p-1", "ana")
        persons = {row.code: row.id for row in session.scalars(select(Person))}
    other = "p-1" if withdrawn == "P-1" else "P-1"
    consent(other, GIVEN)
    consent(withdrawn, WITHDRAWN)
    events = join_codes(sessions, persons["P-1"], [persons["p-1"]], actor="ana")
    assert words(sessions, 1, 2, 3) == ["withdrawn"] * 3
    assert {1, 2, 3} <= excluded(sessions).keys()
    undo(sessions, *events)
    apart = {
        "P-1": ["withdrawn", "withdrawn", "sharing"],
        "p-1": ["sharing", "sharing", "withdrawn"],
    }
    assert words(sessions, 1, 2, 3) == apart[withdrawn]


def test_consent_by_another_code_of_the_person_counts_once_the_codes_are_joined(
    sessions: Sessions, consent: Record
) -> None:
    with sessions.begin() as session:
        set_person(session, 3, "p-1", "ana")
        persons = {row.code: row.id for row in session.scalars(select(Person))}
    consent("p-1", GIVEN)
    join_codes(sessions, persons["P-1"], [persons["p-1"]], actor="ana")
    assert words(sessions, 1, 2, 3) == ["sharing"] * 3


def test_a_photo_that_is_named_or_imported_later_is_withdrawn_too(
    sessions: Sessions, consent: Record, config: Config, tmp_path: Path
) -> None:
    consent("P-1", WITHDRAWN)
    consent("#clinic", WITHDRAWN)
    folder = tmp_path / "later"
    folder.mkdir()
    for seed in (50, 51):
        draw(seed).save(folder / f"{seed}.png")
    import_folders(sessions, config, [folder], source="", actor="ana")
    assert words(sessions, 7, 8) == ["none", "none"]
    set_source(sessions, [8], "#clinic", actor="ana")
    with sessions.begin() as session:
        set_person(session, 7, "P-1", "ana")
    assert words(sessions, 7, 8) == ["withdrawn", "withdrawn"]


def test_a_photo_that_loses_the_persons_code_stays_excluded(
    sessions: Sessions, consent: Record
) -> None:
    consent("P-1", WITHDRAWN)
    with sessions.begin() as session:
        set_person(session, 1, "P-01", "ana")  # the code was corrected
        set_person(session, 2, "P-01", "ana")
    assert excluded(sessions) == {1: ("person", None), 2: ("person", 1)}


def test_an_act_is_undone_as_a_whole_and_its_undoing_too(
    sessions: Sessions, consent: Record
) -> None:
    consent("P-1", GIVEN)
    done = consent("P-1", WITHDRAWN)
    undone = undo(sessions, *done.events)
    assert (excluded(sessions), words(sessions, 1)) == ({}, ["sharing"])
    undo(sessions, *undone)
    assert words(sessions, 1) == ["withdrawn"]
    assert excluded(sessions).keys() == {1, 2}
    first = consent("#3", GIVEN)
    gone = undo(sessions, *first.events)
    assert words(sessions, 3) == ["none"]
    undo(sessions, *gone)
    assert words(sessions, 3) == ["sharing"]


def test_undoing_a_new_word_after_a_withdrawal_excludes_again(
    sessions: Sessions, consent: Record
) -> None:
    done = consent("P-1", WITHDRAWN)
    again = consent("P-1", GIVEN)
    assert excluded(sessions).keys() == {1, 2}, "somebody includes them, or nobody"
    for photo in (1, 2):
        exclude_photo(sessions, photo, "", actor="ana")
    with pytest.raises(ChangedSince):
        undo(sessions, done.events[0])
    undo(sessions, *again.events)
    assert excluded(sessions).keys() == {1, 2}


def test_what_is_undone_does_not_come_back_over_a_newer_record(
    sessions: Sessions, consent: Record
) -> None:
    gone = undo(sessions, *consent("#3", GIVEN).events)
    newer = consent("#3", Word("asked"))
    with pytest.raises(ChangedSince):
        undo(sessions, *gone)
    with reading(sessions) as session:
        subjects = {session.get_one(Event, number).subject_id for number in (*gone, *newer.events)}
    assert len(subjects) == 2, "a new record takes no old one's number"


def test_only_administrators_undo(sessions: Sessions, consent: Record) -> None:
    done = consent("P-1", GIVEN)
    with pytest.raises(NotAllowed):
        undo(sessions, *done.events, actor="ben")


def test_erasing_forgets_whose_consent_it_was_and_keeps_who_stays(
    sessions: Sessions, consent: Record, config: Config
) -> None:
    join_person(sessions, 3, 4, actor="ana")
    consent("#3", Word("given", "form-of-three", DAY, "study"))
    consent("P-1", Word("withdrawn", "letter-of-P-1", DAY))

    def forget(kind: str, value: str) -> None:
        request = Request(kind, value)
        found = plan_erasure(sessions, config, request).photos
        erase(sessions, config, request, confirmed=found, actor="ana")

    forget("photo", "3")
    assert words(sessions, 4) == ["study"], "the person is in photo 4, too"
    forget("person", "P-1")
    assert [row.value for row in consent_rows(sessions) if row.is_recorded] == ["#4"]
    with reading(sessions) as session:
        said = [str((event.before, event.after)) for event in session.scalars(select(Event))]
        assert not any("letter-of" in text or "P-1" in text for text in said)
        assert len(session.scalars(select(ConsentRecord)).all()) == 1
    assert examine(config).findings == ()


def test_a_table_is_recorded_whole_or_not_at_all(sessions: Sessions, tmp_path: Path) -> None:
    table = tmp_path / "consent.csv"
    table.write_text(
        "Person;Source;State;Document;Date;Scope\n"
        "P-1;;Given;F-1;02.03.2026;study\n;#clinic;asked;;;\n#3;;withdrawn;;2026-03-02;\n".replace(
            "02.03.2026", "23.03.2026"
        )
    )
    done = set_consents(sessions, read_consents(table), actor="ana")
    assert (len(done.events), done.excluded) == (4, (3,))
    assert words(sessions, 1, 3, 5) == ["study", "withdrawn", "asked"]
    for row, why in {
        "P-1,,given,F-1,,study": "line 3: Consent that was given needs",
        "P-1,#clinic,asked,,,": "line 3: Name a person or a source",
        ",,asked,,,": "line 3: Name a person or a source",
        "P-1,,asked,,03/02/2026,": "line 3: .*swapped",
        "#clinic,,maybe,,,": "line 3: The state must be",
        "#4,,none,,,": "line 3: #4 has an earlier row",
    }.items():
        table.write_text(f"person,source,state,document,date,scope\n#4,,asked,,,\n{row}\n")
        with pytest.raises(InputInvalid, match=why):
            read_consents(table)
    table.write_text("person,state\n#4,asked\nP-9,asked\n")
    with pytest.raises(NotFound, match="P-9"):
        set_consents(sessions, read_consents(table), actor="ana")
    assert words(sessions, 4) == ["asked"], "its source's: nothing of the table was recorded"
    assert not any(row.value == "#4" for row in consent_rows(sessions))
