"""A decision that contradicts what was found is asked about once, and recorded as confirmed."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from sqlalchemy import select

from copies.comparison import Alignment
from curator.base.db import Sessions, reading
from curator.base.errors import AgainstEvidence, DecisionContradicts
from curator.base.models.events import Event
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Person, Photo
from curator.pairs.decisions import accept_verified, decide_group, decide_pair, undo_last
from curator.pairs.persons import join_people
from curator.pairs.verification import LEAST_POSSIBLE
from curator.queries.pairs import count_undecided
from tests.curator.rows import add_photos

Join = Callable[..., list[int]]


@pytest.fixture
def join(sessions: Sessions) -> Join:
    """Five photos, and pairs of them: verified, unless said otherwise."""
    with sessions.begin() as session:
        add_photos(session, 5)

    def join(
        *links: tuple[int, int],
        score: float = 0.999,
        verified: bool = True,
        alignment: Alignment | None = None,
    ) -> list[int]:
        measured: dict[str, Any] = {"distance_bits": 1, "score": score, "verified": verified}
        if alignment:
            measured["alignment"] = asdict(alignment)
        with sessions.begin() as session:
            made = [DuplicatePair(photo_a_id=a, photo_b_id=b, **measured) for a, b in links]
            session.add_all(made)
            session.flush()
            return [pair.id for pair in made]

    return join


def asked(sessions: Sessions, decide: Callable[[], object]) -> set[int]:
    """Return the pairs named by the question; nothing was decided."""
    waiting = count_undecided(sessions)
    with pytest.raises(AgainstEvidence) as question:
        decide()
    assert count_undecided(sessions) == waiting
    return {*question.value.pairs}


@pytest.mark.parametrize("decision", ["different", "same_person"])
def test_verified_copies_are_called_none_only_when_confirmed(
    join: Join, sessions: Sessions, decision: str
) -> None:
    [pair] = join((1, 2))
    assert asked(sessions, lambda: decide_pair(sessions, pair, decision, actor="ben")) == {pair}
    decide_pair(sessions, pair, decision, confirmed=[pair], actor="ben")
    with reading(sessions) as session:
        [event] = session.scalars(select(Event).where(Event.action == "pair decided"))
        assert event.after == {"decision": decision, "photos": [1, 2], "confirmed": True}


def test_a_group_is_one_question_that_names_its_pairs(join: Join, sessions: Sessions) -> None:
    pairs = join((1, 2), (2, 3), (1, 3))
    other = join((3, 4), score=0.8, verified=False)
    every = [*pairs, *other]
    found = asked(sessions, lambda: decide_group(sessions, every, "different", actor="ben"))
    assert found == {*pairs}
    part = pairs[:2]
    again = asked(
        sessions,
        lambda: decide_group(sessions, every, "different", confirmed=part, actor="ben"),
    )
    assert again == found
    assert decide_group(sessions, every, "different", confirmed=found, actor="ben") == 4


def test_only_the_picked_pairs_are_asked_about(join: Join, sessions: Sessions) -> None:
    pairs = join((1, 2), (3, 4))
    picked = {"among": (3, 4), "actor": "ben"}
    found = asked(sessions, lambda: decide_group(sessions, pairs, "different", **picked))  # type: ignore[arg-type]
    assert found == {pairs[1]}


def test_photos_that_verified_copies_join_are_asked_about(join: Join, sessions: Sessions) -> None:
    [first, _] = join((1, 2), (2, 3))
    [ends] = join((1, 3), score=0.8, verified=False)
    decide_pair(sessions, first, "copy", actor="ben")
    assert asked(sessions, lambda: decide_pair(sessions, ends, "different", actor="ben")) == {ends}


def test_a_contradiction_of_decisions_is_told_rather_than_asked(
    join: Join, sessions: Sessions
) -> None:
    *copies, ends = join((1, 2), (2, 3), (1, 3))
    for pair in copies:
        decide_pair(sessions, pair, "copy", actor="ben")
    with pytest.raises(DecisionContradicts):
        decide_pair(sessions, ends, "different", actor="ben")


def test_photos_that_hardly_match_are_called_copies_only_when_confirmed(
    join: Join, sessions: Sessions
) -> None:
    [unlike] = join((1, 2), score=LEAST_POSSIBLE - 0.01, verified=False)
    [alike] = join((3, 4), score=LEAST_POSSIBLE, verified=False)
    assert asked(sessions, lambda: decide_pair(sessions, unlike, "copy", actor="ben")) == {unlike}
    decide_pair(sessions, unlike, "different", actor="ben")
    decide_pair(sessions, alike, "copy", actor="ben")


def test_photos_with_two_codes_are_called_copies_only_when_confirmed(
    join: Join, sessions: Sessions
) -> None:
    [pair] = join((1, 2))
    with sessions.begin() as session:
        session.add_all([Person(id=1, code="A"), Person(id=2, code="B")])
        session.flush()
        session.get_one(Photo, 1).person_id, session.get_one(Photo, 2).person_id = 1, 2
    assert asked(sessions, lambda: decide_pair(sessions, pair, "copy", actor="ben")) == {pair}


def test_photos_of_near_hashes_that_do_not_fit_are_called_copies_only_when_confirmed(
    join: Join, sessions: Sessions
) -> None:
    rows = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    fits = Alignment(False, rows, 1, 0, 1, 90, 512, exact=0.99, strain=0.0001)
    [alike] = join((1, 2), score=0.98, verified=False, alignment=fits)
    strained = replace(fits, strain=0.001)
    [unlike] = join((3, 4), score=0.98, verified=False, alignment=strained)
    decide_pair(sessions, alike, "copy", actor="ben")
    assert asked(sessions, lambda: decide_pair(sessions, unlike, "copy", actor="ben")) == {unlike}


def test_marking_verified_copies_as_one_person_is_asked_about(
    join: Join, sessions: Sessions
) -> None:
    [pair] = join((1, 2))
    assert asked(sessions, lambda: join_people(sessions, [1, 2], actor="ben")) == {pair}
    assert len(join_people(sessions, [1, 3], actor="ben")) == 1


def test_what_agrees_with_the_evidence_is_never_asked(join: Join, sessions: Sessions) -> None:
    join((1, 2))
    [doubtful] = join((3, 4), score=0.8, verified=False)
    assert accept_verified(sessions, actor="ben") == 1
    decide_pair(sessions, doubtful, "different", actor="ben")
    with reading(sessions) as session:
        decided = session.scalars(select(Event).where(Event.action == "pair decided"))
        assert not any("confirmed" in (event.after or {}) for event in decided)


def test_a_new_decision_after_an_undo_is_asked_again(join: Join, sessions: Sessions) -> None:
    [pair] = join((1, 2))
    decide_pair(sessions, pair, "different", confirmed=[pair], actor="ben")
    undo_last(sessions, actor="ben")
    assert asked(sessions, lambda: decide_pair(sessions, pair, "different", actor="ben")) == {pair}
