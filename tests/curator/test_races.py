"""Two people at once: what they leave is what one after the other would, on both databases."""

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from curator.base import db
from curator.base.accounts import (
    add_first_admin,
    add_user,
    list_users,
    set_disabled,
    set_role,
)
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import CuratorError, DatabaseUnavailable
from curator.base.events import Action
from curator.base.instance import init_instance
from curator.base.keys import chain_key
from curator.base.models.events import Event
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Batch, Photo
from curator.base.reach import reached
from curator.custody.freezes import (
    Signature,
    SignedState,
    freeze_study,
    prove_freeze,
    unlock_study,
)
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.pairs.contradictions import ABOUT_COPIES, DECIDED
from curator.pairs.decisions import accept_verified, decide_group, decide_pair, restore_copy
from curator.pairs.paths import Decided, contradicted, joined_as_copies
from curator.pairs.persons import decide_people, join_people, known_people
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult, import_upload, open_batch
from curator.photos.person_codes import join_codes, set_person
from curator.queries.events import events_after
from curator.ratings.claims import claim_next_photos
from curator.ratings.queues import Queue
from curator.ratings.table import rate_table
from curator.undoing import undo_events
from tests.curator.databases import KIND
from tests.curator.drawing import PASSWORD, jpeg
from tests.curator.rows import photo_row

pytestmark = [pytest.mark.slow, pytest.mark.races]  # many tries

TRIES = {"sqlite": 3, "postgresql": 25}[KIND]
WRITERS = 4
Act = Callable[[], Any]


@pytest.fixture
def config(unmade: Config) -> Config:
    init_instance(unmade)
    return unmade


def race(*acts: Act) -> list[Any]:
    """Let acts begin at one moment, each in its own thread; return what each gave or raised."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Act) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except CuratorError as refused:
            results[place] = refused
        except Exception as error:  # told by the test's own thread
            results[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in results:
        if isinstance(error, Exception) and not isinstance(error, CuratorError):
            raise error
    return results


def refusals(results: list[Any]) -> int:
    return sum(isinstance(result, CuratorError) for result in results)


class Photos:
    """Adds photos in threes, which exist in the database only, with a pair for each two."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.numbers = count(1)
        with sessions.begin() as session:
            session.add(Batch(id=1))

    def three(self, **facts: Any) -> tuple[list[int], list[int]]:
        """Return the photos A, B and C, and the pairs AB, BC and AC."""
        photos = [next(self.numbers) for _ in range(3)]
        a, b, c = photos
        with self.sessions.begin() as session:
            session.add_all(Photo(**photo_row(photo), pairs_sought=True) for photo in photos)
            session.flush()
            known = {"distance_bits": 5, "score": 0.9} | facts
            pairs = [
                DuplicatePair(photo_a_id=one, photo_b_id=other, **known)
                for one, other in ((a, b), (b, c), (a, c))
            ]
            session.add_all(pairs)
            session.flush()
            return photos, [pair.id for pair in pairs]

    def of_one_post(self, address: str) -> list[int]:
        photos, pairs = self.three()
        with self.sessions.begin() as session:
            session.execute(delete(PhotoPair).where(PhotoPair.id.in_(pairs)))
            session.execute(update(Photo).where(Photo.id.in_(photos)).values(post_url=address))
        return photos

    def coded(self, photo: int, code: str) -> int:
        with self.sessions.begin() as session:
            set_person(session, photo, code, "test")
            session.flush()
            return session.get_one(Photo, photo).person_id or 0


@pytest.fixture
def photos(sessions: Sessions) -> Photos:
    return Photos(sessions)


def contradictions(sessions: Sessions) -> int:
    """Count the pairs of photos that are copies and are not."""
    decisions = select(*DECIDED).where(PhotoPair.decision.is_not(None), ABOUT_COPIES)
    with reading(sessions) as session:
        rows = session.execute(decisions)
        decided = [Decided(pair, a, b, said or "", by) for pair, a, b, said, by in rows]
    return len(contradicted(decided, joined_as_copies(decided)))


def torn_people(sessions: Sessions) -> int:
    """Count the pairs decided to be different people whose photos are known to show one person."""
    with reading(sessions) as session:
        people = known_people(session)
        different = select(PhotoPair.photo_a_id, PhotoPair.photo_b_id)
        rows = session.execute(different.where(PhotoPair.decision == "different"))
        return sum(people.class_of(a) == people.class_of(b) for a, b in rows)


def test_what_ends_after_a_freeze_changes_nothing(
    config: Config, sessions: Sessions, photos: Photos
) -> None:
    add_user(sessions, "ana", PASSWORD, "admin", min_chars=12, actor="test")
    key, by = chain_key(config), Signature("ana", PASSWORD)
    for turn in range(TRIES):
        numbers, _ = photos.three()
        acts = [
            partial(exclude_photo, sessions, photo, "several faces", actor="ben")
            for photo in numbers
        ]
        signing = partial(freeze_study, sessions, key, f"{turn}", "As it is.", by=by)
        *_, signed = race(*map(_a_little_later, acts), signing)
        assert isinstance(signed, SignedState)
        with reading(sessions) as session:
            later = select(Event.action).where(Event.id > signed.head.event)
            assert session.scalars(later).all() == [Action.STUDY_FROZEN.value]
        assert prove_freeze(sessions, key).holds
        unlock_study(sessions, "the next turn", by=by)


def _a_little_later(act: Act) -> Act:
    """Let an act fall into the time in which a freeze is signed: the password takes its while."""

    def later() -> Any:
        time.sleep(random.uniform(0.03, 0.25))
        return act()

    return later


def test_copies_and_their_denial_are_never_both_stored(sessions: Sessions, photos: Photos) -> None:
    for _ in range(TRIES):
        _, [ab, bc, ac] = photos.three()
        decide_pair(sessions, ab, "copy", actor="ana")
        results = race(
            partial(decide_pair, sessions, bc, "copy", actor="ana"),
            partial(decide_pair, sessions, ac, "different", actor="ben"),
        )
        assert refusals(results) == 1
    assert contradictions(sessions) == 0


def test_a_group_and_a_denial_are_never_both_stored(sessions: Sessions, photos: Photos) -> None:
    for _ in range(TRIES):
        _, [ab, bc, ac] = photos.three()
        results = race(
            partial(decide_group, sessions, (ab, bc), "copy", actor="ana"),
            partial(decide_pair, sessions, ac, "same_person", actor="ben"),
        )
        assert refusals(results) == 1
    assert contradictions(sessions) == 0


def test_verified_copies_are_not_accepted_beside_a_denial(
    sessions: Sessions, photos: Photos
) -> None:
    for _ in range(TRIES):
        _, pairs = photos.three(verified=True)
        race(
            partial(accept_verified, sessions, actor="ana"),
            partial(decide_pair, sessions, pairs[2], "different", confirmed=pairs, actor="ben"),
        )
    assert contradictions(sessions) == 0


def test_an_undone_denial_does_not_return_beside_copies(sessions: Sessions, photos: Photos) -> None:
    for _ in range(TRIES):
        _, [ab, bc, ac] = photos.three()
        decide_pair(sessions, ab, "copy", actor="ana")
        decide_pair(sessions, ac, "different", actor="ben")
        decide_pair(sessions, ac, None, actor="ben")
        taken_back = last_event(sessions, Action.DECISION_TAKEN_BACK)
        race(
            partial(decide_pair, sessions, bc, "copy", actor="ana"),
            partial(undo_events, sessions, [taken_back], actor="ben"),
        )
    assert contradictions(sessions) == 0


def test_joined_photos_keep_one_copy_of_their_group(sessions: Sessions, photos: Photos) -> None:
    for _ in range(TRIES):
        three, [ab, bc, _] = photos.three()
        race(
            partial(decide_pair, sessions, ab, "copy", actor="ana"),
            partial(decide_pair, sessions, bc, "copy", actor="ben"),
        )
        with reading(sessions) as session:
            kept = session.scalars(
                select(Photo.id).where(Photo.id.in_(three), Photo.copy_of_id.is_(None))
            ).all()
            named = session.scalars(
                select(Photo.copy_of_id).where(Photo.id.in_(three), Photo.copy_of_id.is_not(None))
            ).all()
        assert len(kept) == 1
        assert {*named} == {*kept}


def test_a_restored_copy_is_no_copy_of_a_removed_one(sessions: Sessions, photos: Photos) -> None:
    for _ in range(TRIES):
        [a, *_], [ab, bc, _] = photos.three()
        decide_pair(sessions, ab, "copy", actor="ana")
        race(
            partial(restore_copy, sessions, a, actor="ana"),
            partial(decide_pair, sessions, bc, "copy", actor="ben"),
        )
        with reading(sessions) as session:
            facts = {photo.id: photo.copy_of_id for photo in session.scalars(select(Photo))}
        assert all(facts[kept] is None for kept in facts.values() if kept)
        assert facts[a] is None


def test_people_are_not_joined_beside_their_difference(sessions: Sessions, photos: Photos) -> None:
    for number in range(TRIES):
        a, b, c = photos.of_one_post(f"https://example.org/{number}")
        join_people(sessions, (a, b), actor="ana")
        results = race(
            partial(join_people, sessions, (b, c), actor="ana"),
            partial(decide_people, sessions, (a, c), "different", actor="ben"),
        )
        assert refusals(results) == 1
    assert torn_people(sessions) == 0


def test_codes_are_not_joined_beside_a_difference(sessions: Sessions, photos: Photos) -> None:
    for number in range(TRIES):
        a, _, c = photos.of_one_post(f"https://example.org/{number}")
        first, second = photos.coded(a, f"P{number}"), photos.coded(c, f"p{number}")
        race(
            partial(join_codes, sessions, first, [second], actor="ana"),
            partial(decide_people, sessions, (a, c), "different", actor="ben"),
        )
    assert torn_people(sessions) == 0


def test_an_exclusion_reaches_the_copies_decided_meanwhile(
    sessions: Sessions, photos: Photos
) -> None:
    for _ in range(TRIES):
        [a, *_], [ab, bc, _] = photos.three()
        race(
            partial(exclude_photo, sessions, a, "no face", actor="ana"),
            partial(decide_group, sessions, (ab, bc), "copy", actor="ben"),
        )
    with reading(sessions) as session:
        stored = select(Photo.id, Photo.excluded_with_id)
        held = {photo: origin for photo, origin in session.execute(stored) if origin}
        assert held == reached(session)
        assert len(held) == 2 * TRIES


def test_one_event_is_undone_once(sessions: Sessions, photos: Photos) -> None:
    for _ in range(TRIES):
        _, [ab, *_] = photos.three()
        decide_pair(sessions, ab, "copy", actor="ana")
        event = last_event(sessions, Action.PAIR_DECIDED)
        undo = partial(undo_events, sessions, [event], actor="ana")
        assert refusals(race(undo, undo)) == 1


def test_the_last_photo_is_handed_to_one_rater(sessions: Sessions, photos: Photos) -> None:
    add_accounts(sessions)
    for _ in range(TRIES):
        [kept, *others], _ = photos.three()
        for photo in others:
            exclude_photo(sessions, photo, "no face", scope="file", actor="ana")
        given = race(*(partial(claim_next_photos, sessions, who, Queue()) for who in (1, 2)))
        assert sorted(given) == [(), (kept,)]
        exclude_photo(sessions, kept, "no face", scope="file", actor="ana")


def test_an_administrator_is_left(sessions: Sessions) -> None:
    add_accounts(sessions)
    for leave in (
        partial(set_disabled, disabled=True),
        partial(set_role, role="viewer"),
    ):
        for _ in range(TRIES):
            results = race(
                partial(leave, sessions, name="ana", actor="ben"),
                partial(leave, sessions, name="ben", actor="ana"),
            )
            assert refusals(results) == 1
            for name in ("ana", "ben"):
                set_disabled(sessions, name, False, actor="test")
                set_role(sessions, name, "admin", actor="test")


def test_one_of_two_first_accounts_is_made(sessions: Sessions) -> None:
    made = race(
        *(
            partial(add_first_admin, sessions, name, PASSWORD, min_chars=12)
            for name in ("ana", "ben")
        )
    )
    assert refusals(made) == 1
    assert len(list_users(sessions)) == 1


def test_one_of_two_accounts_of_one_name_is_made(sessions: Sessions) -> None:
    add = partial(add_user, sessions, role="viewer", password=PASSWORD, min_chars=12, actor="ana")
    for number in range(5):
        assert refusals(race(*[partial(add, name=f"ben{number}")] * 2)) == 1


def test_a_photo_uploaded_twice_is_stored_once(sessions: Sessions, config: Config) -> None:
    batch = open_batch(sessions, source="", collector="", actor="ana")
    upload = partial(import_upload, sessions, config, batch, actor="ana")
    for number in range(TRIES):
        content = jpeg(number)
        results = race(*(partial(upload, name=name, content=content) for name in ("a", "b")))
        assert sorted(one.result for one in results) == ["added", "already_there"]
        assert len({one.photo_id for one in results}) == 1


def test_copies_uploaded_together_make_one_pair(sessions: Sessions, config: Config) -> None:
    batch = open_batch(sessions, source="", collector="", actor="ana")
    upload = partial(import_upload, sessions, config, batch, actor="ana")
    for number in range(TRIES):
        contents = [jpeg(number, quality=quality) for quality in (95, 60)]
        results = race(*(partial(upload, name="a", content=content) for content in contents))
        assert [one.result for one in results] == ["added"] * 2
    with reading(sessions) as session:
        assert session.scalar(select(func.count(PhotoPair.id))) == TRIES


def test_two_exports_of_one_name_give_one_folder(
    sessions: Sessions,
    config: Config,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    tmp_path: Path,
) -> None:
    add_accounts(sessions)
    rows = ["file,label,sex,evidence,region"]
    for number in range(4):
        save(f"{number}.jpg", number)
        label = "positive" if number % 2 else "negative"
        rows.append(f'{number}.jpg,{label},female,visual,"48,48 112,48 96,84 64,84"')
    import_all()
    table = tmp_path / "ratings.csv"
    table.write_text("\n".join(rows))
    assert not rate_table(sessions, table, "ben").bad
    for seed in range(TRIES):
        settings = Settings(ratios=(50, 25, 25), seed=seed)
        export = partial(export_dataset, sessions, config, settings, actor="ana")
        first, second = race(export, export)
        assert first.path == second.path
        assert (config.instance / "exports" / "latest").resolve() == first.path
    folders = [path.name for path in (config.instance / "exports").iterdir()]
    assert not [name for name in folders if name.startswith(".")]


def test_who_follows_the_events_misses_none(sessions: Sessions) -> None:
    followed: list[int] = []
    written = threading.Semaphore(0)

    def write() -> None:
        for _ in range(40):
            open_batch(sessions, source="", collector="", actor="ana")
        written.release()

    def look() -> None:
        found = events_after(sessions, followed[-1] if followed else 0, 1000)
        followed.extend(event.id for event in found)

    def follow() -> None:
        for _ in range(WRITERS):
            while not written.acquire(timeout=0.001):
                look()
        look()

    race(*[write] * WRITERS, follow)
    assert len(followed) == 40 * WRITERS
    assert followed == [event.id for event in events_after(sessions, 0, 1000)]


def test_who_waits_too_long_for_another_is_told(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    monkeypatch.setattr(db, "PATIENCE_MS", 100)
    impatient = open_sessions(config)
    with sessions.begin() as session:
        session.add(Batch())
        session.flush()
        with pytest.raises(DatabaseUnavailable) as refused:
            open_batch(impatient, source="", collector="", actor="ana")
    assert "nothing was changed" in refused.value.message
    assert open_batch(impatient, source="", collector="", actor="ana") == 2


def test_reading_waits_for_nobody(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    monkeypatch.setattr(db, "PATIENCE_MS", 100)
    with sessions.begin() as session:
        session.add(Batch(id=1))
        session.flush()
        with reading(open_sessions(config)) as other:
            assert other.scalar(select(func.count(Batch.id))) == 0


def add_accounts(sessions: Sessions) -> None:
    for name in ("ana", "ben"):
        add_user(sessions, name, PASSWORD, "admin", min_chars=12, actor="test")


def last_event(sessions: Sessions, action: Action) -> int:
    with reading(sessions) as session:
        found = session.scalar(select(func.max(Event.id)).where(Event.action == action.value))
    assert found
    return found
