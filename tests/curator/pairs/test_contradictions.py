"""Decisions never contradict each other: copies never join photos decided not to be copies."""

from collections.abc import Callable, Iterable
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, DecisionContradicts, InputInvalid, NotFound
from curator.base.models.events import Event
from curator.base.models.pairs import DECISIONS, DuplicatePair, PhotoPair
from curator.pairs.decisions import decide_group, decide_pair, undo_last
from curator.pairs.paths import Decided, way
from curator.queries.groups import look_alike_group
from tests.curator.rows import add_photos

PHOTOS = range(1, 6)
LINKS = tuple(combinations(PHOTOS, 2))
AGAINST = ("same_person", "different")
Link = tuple[int, int]
Said = dict[Link, str | None]
Join = Callable[..., dict[Link, int]]


@pytest.fixture
def join(sessions: Sessions) -> Join:
    """Five photos, and pairs between some of them."""
    with sessions.begin() as session:
        add_photos(session, PHOTOS[-1])

    def join(*links: Link) -> dict[Link, int]:
        """Forget all pairs and make these."""
        with sessions.begin() as session:
            session.execute(delete(PhotoPair))
            rows = {
                (a, b): DuplicatePair(photo_a_id=a, photo_b_id=b, distance_bits=5, score=0.9)
                for a, b in links
            }
            session.add_all(rows.values())
            session.flush()
            return {link: row.id for link, row in rows.items()}

    return join


def said(sessions: Sessions) -> Said:
    with reading(sessions) as session:
        rows = session.scalars(select(DuplicatePair))
        return {(row.photo_a_id, row.photo_b_id): row.decision for row in rows}


def contradictions(decided: Said) -> list[Link]:
    """Return the pairs decided not to be copies whose photos are joined by copies, by brute force."""
    joined = {link for link, decision in decided.items() if decision == "copy"}
    joined |= {(b, a) for a, b in joined}
    for middle in PHOTOS:
        joined |= {(a, b) for a in PHOTOS for b in PHOTOS if {(a, middle), (middle, b)} <= joined}
    return [link for link, decision in decided.items() if decision in AGAINST and link in joined]


def events(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return len(session.scalars(select(Event.id)).all())


@pytest.mark.parametrize("against", AGAINST)
def test_copies_opposed_by_a_decision_are_refused(
    join: Join, sessions: Sessions, against: str
) -> None:
    made = join((1, 2), (2, 3), (1, 3))
    decide_pair(sessions, made[1, 3], against, actor="ben")
    before, written = said(sessions), events(sessions)
    with pytest.raises(DecisionContradicts, match=r"No\. 1 and No\. 3 .* ben decided") as refused:
        decide_group(sessions, made.values(), "copy", actor="ana")
    assert refused.value.status == 409
    assert "Undo that decision" in refused.value.message
    assert (said(sessions), events(sessions)) == (before, written)
    decide_pair(sessions, made[1, 2], "copy", actor="ana")
    with pytest.raises(DecisionContradicts):
        decide_pair(sessions, made[2, 3], "copy", actor="ana")
    decide_pair(sessions, made[1, 3], None, actor="ana")
    decide_pair(sessions, made[2, 3], "copy", actor="ana")


@pytest.mark.parametrize("against", AGAINST)
def test_photos_that_are_copies_through_others_are_not_decided_otherwise(
    join: Join, sessions: Sessions, against: str
) -> None:
    made = join((1, 2), (2, 3), (3, 4), (1, 4))
    decide_group(sessions, [made[1, 2], made[2, 3]], "copy", actor="ben")
    decide_pair(sessions, made[3, 4], "copy", actor="ana")
    before = said(sessions)
    with pytest.raises(DecisionContradicts) as refused:
        decide_pair(sessions, made[1, 4], against, actor="ana")
    assert "No. 1 and No. 4 are linked as copies through No. 2 and No. 3" in refused.value.message
    assert "as ana and ben decided" in refused.value.message
    assert said(sessions) == before
    decide_pair(sessions, made[1, 4], "copy", actor="ana")
    with pytest.raises(DecisionContradicts):
        decide_pair(sessions, made[1, 4], against, actor="ana")
    decide_pair(sessions, made[2, 3], None, actor="ana")
    decide_pair(sessions, made[1, 4], against, actor="ana")


def test_several_opposing_decisions_are_counted(join: Join, sessions: Sessions) -> None:
    made = join((1, 2), (2, 3), (1, 3), (3, 4), (1, 4))
    for link in ((1, 3), (1, 4)):
        decide_pair(sessions, made[link], "different", actor="ben")
    with pytest.raises(DecisionContradicts, match="and one more like it,"):
        decide_group(sessions, made.values(), "copy", actor="ana")


def test_an_older_contradiction_blocks_only_copies(join: Join, sessions: Sessions) -> None:
    made = join((1, 2), (2, 3), (1, 3), (3, 4))
    with sessions.begin() as session:
        for row in session.scalars(select(DuplicatePair)):
            old = {made[1, 2]: "copy", made[2, 3]: "copy", made[1, 3]: "different"}
            row.decision = old.get(row.id)
    with pytest.raises(DecisionContradicts, match="somebody decided that they are different"):
        decide_pair(sessions, made[3, 4], "copy", actor="ana")
    decide_pair(sessions, made[3, 4], "different", actor="ana")


def test_a_group_names_the_pairs_that_can_only_be_copies(join: Join, sessions: Sessions) -> None:
    made = join((1, 2), (2, 3), (1, 3), (3, 4))
    decide_group(sessions, [made[1, 2], made[2, 3]], "copy", actor="ben")
    shown = look_alike_group(sessions)
    assert shown is not None
    assert [pair.id for pair in shown.settled] == [made[1, 3]]


Act = tuple[str, set[Link]]
ACTS = st.lists(
    st.tuples(
        st.sampled_from((*DECISIONS, "copy", "take back", "undo")),
        st.sets(st.sampled_from(LINKS), min_size=1, max_size=4),
    ),
    max_size=12,
)


def perform(sessions: Sessions, made: dict[Link, int], act: Act) -> None:
    kind, links = act
    if kind == "undo":
        undo_last(sessions, actor="ana")
    elif kind == "take back":
        decide_pair(sessions, made[min(links)], None, actor="ana")
    elif len(links) == 1:
        decide_pair(sessions, made[min(links)], kind, actor="ana")
    else:
        decide_group(sessions, [made[link] for link in links], kind, actor="ana")


def as_if(decided: Said, act: Act) -> Said:
    kind, links = act
    alone = len(links) == 1
    return decided | {link: kind for link in links if alone or decided[link] is None}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_no_sequence_of_actions_leads_to_a_contradiction(
    join: Join, sessions: Sessions, acts: list[Act]
) -> None:
    made = join(*LINKS)
    for act in acts:
        before = said(sessions)
        try:
            perform(sessions, made, act)
        except DecisionContradicts:
            assert said(sessions) == before
            assert contradictions(as_if(before, act))  # refused for a reason
        except (AlreadyThere, InputInvalid, NotFound):
            assert said(sessions) == before
        assert contradictions(said(sessions)) == []


@given(st.sets(st.sampled_from(LINKS)), st.sampled_from(LINKS))
def test_a_path_connects_two_photos(links: Iterable[Link], ends: Link) -> None:
    copies = [Decided(number, a, b, "copy", "ana") for number, (a, b) in enumerate(sorted(links))]
    apart: Said = {**dict.fromkeys(links, "copy"), ends: "different"}
    if contradictions(apart) or ends in links:
        here = ends[0]
        for step in way(copies, *ends):
            here = step.second if step.first == here else step.first
        assert here == ends[1]
