"""An exclusion reaches the file, all copies of the photo or all photos of the person, now and later."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import insert, select

from curator import undoing
from curator.base.config import Config
from curator.base.db import Sessions, open_engine, reading
from curator.base.errors import ReachUnconfirmed
from curator.base.instance import init_instance
from curator.base.models.events import Event
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Person, Photo
from curator.base.models.ratings import Rating
from curator.base.reach import Scope, reach_of
from curator.base.resources import resource
from curator.base.visibility import KEPT
from curator.exports.eligible import eligible_photos
from curator.pairs.decisions import decide_pair, restore_copy
from curator.pairs.persons import join_people
from curator.photos.exclusion import exclude_photo, exclude_photos
from curator.photos.importing import ImportResult
from curator.photos.reasons import REASONS, scope_of
from curator.queries.pairs import pairs
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.ratings.settings import project
from tests.curator.drawing import REGION
from tests.curator.rows import add_photos, pair_up

WITHDRAWN, NO_FACE, BLURRED = "withdrawn by the person", "no face, or no human face", "too small"
PHOTOS = 6


@pytest.fixture
def rated(sessions: Sessions) -> None:
    """Six photos, each rated by ben so that it can be exported."""
    with sessions.begin() as session:
        add_photos(session, PHOTOS)
        rating = {"rater_id": 2, "label": "positive", "sex": "female", "evidence": "visual"}
        rows = [
            {"photo_id": photo, "counts_on_id": photo, "region": REGION} | rating
            for photo in range(1, PHOTOS + 1)
        ]
        session.execute(insert(Rating), rows)


def decide(sessions: Sessions, *links: tuple[int, int], decision: str | None = "copy") -> list[int]:
    made = pair_up(sessions, *links)
    for pair in made:
        decide_pair(sessions, pair, decision, actor="ben")
    return made


def withdraw(sessions: Sessions, photo: int) -> tuple[int, ...]:
    with reading(sessions) as session:
        reach = reach_of(session, [photo], Scope.PERSON)
    return exclude_photos(sessions, [photo], WITHDRAWN, confirmed=reach, actor="ana")


def set_code(sessions: Sessions, code: str, *photos: int) -> None:
    with sessions.begin() as session:
        person = session.scalar(select(Person).filter_by(code=code)) or Person(code=code)
        session.add(person)
        session.flush()
        for photo in photos:
            session.get_one(Photo, photo).person_id = person.id


def kept(sessions: Sessions) -> set[int]:
    with reading(sessions) as session:
        return {*session.scalars(select(Photo.id).where(KEPT))}


def ready(sessions: Sessions) -> set[int]:
    with reading(sessions) as session:
        return {photo.photo_id for photo in eligible_photos(session).ready}


def left_out(sessions: Sessions, photo: int) -> str:
    with reading(sessions) as session:
        return eligible_photos(session).left_out[photo]


@pytest.mark.usefixtures("rated")
def test_no_copy_takes_the_place_of_a_photo_that_was_withdrawn(sessions: Sessions) -> None:
    decide(sessions, (1, 2))
    assert 1 in ready(sessions)
    withdraw(sessions, 1)
    assert kept(sessions) == ready(sessions) == {3, 4, 5, 6}
    assert left_out(sessions, 2) == "excluded"


@pytest.mark.usefixtures("rated")
@pytest.mark.parametrize("photo", [1, 2, 3])
def test_an_exclusion_passes_along_a_chain_of_copies(sessions: Sessions, photo: int) -> None:
    decide(sessions, (1, 2), (2, 3))
    exclude_photo(sessions, photo, NO_FACE, actor="ana")
    assert kept(sessions) == ready(sessions) == {4, 5, 6}


@pytest.mark.usefixtures("rated")
def test_the_best_copy_takes_the_place_of_a_blurred_file(sessions: Sessions) -> None:
    decide(sessions, (1, 2))
    assert exclude_photo(sessions, 1, BLURRED, actor="ana") == 2
    assert ready(sessions) == {2, 3, 4, 5, 6}
    exclude_photo(sessions, 2, BLURRED, actor="ana")
    assert ready(sessions) == kept(sessions) == {3, 4, 5, 6}


@pytest.mark.usefixtures("rated")
def test_only_a_reason_about_the_person_reaches_their_other_photos(sessions: Sessions) -> None:
    join_people(sessions, [1, 2], actor="ben")
    set_code(sessions, "P1", 2, 3)
    exclude_photo(sessions, 1, NO_FACE, actor="ana")
    assert kept(sessions) == {2, 3, 4, 5, 6}
    exclude_photo(sessions, 1, "", actor="ana")
    withdraw(sessions, 3)
    assert kept(sessions) == ready(sessions) == {4, 5, 6}


@pytest.mark.usefixtures("rated")
def test_what_joins_a_person_later_is_excluded_with_them(sessions: Sessions) -> None:
    set_code(sessions, "P1", 1)
    withdraw(sessions, 1)
    join_people(sessions, [1, 2], actor="ben")
    set_code(sessions, "P1", 3)
    decide_pair(sessions, pair_up_more(sessions, 3, 4), "copy", actor="ben")
    assert kept(sessions) == ready(sessions) == {5, 6}
    set_code(sessions, "P2", 3)
    assert kept(sessions) == ready(sessions) == {3, 5, 6}


def pair_up_more(sessions: Sessions, first: int, second: int) -> int:
    with sessions.begin() as session:
        pair = DuplicatePair(photo_a_id=first, photo_b_id=second, distance_bits=5, score=0.9)
        session.add(pair)
        session.flush()
        return pair.id


@pytest.mark.usefixtures("rated")
def test_a_look_alike_of_an_excluded_photo_waits_for_a_decision(sessions: Sessions) -> None:
    [copies, alike] = pair_up(sessions, (3, 4), (1, 3))
    decide_pair(sessions, copies, "copy", actor="ben")
    exclude_photo(sessions, 1, BLURRED, actor="ana")
    assert 3 in ready(sessions)
    withdraw(sessions, 1)
    assert left_out(sessions, 3) == "like_excluded"
    assert ready(sessions) == {2, 5, 6}
    decide_pair(sessions, alike, "different", actor="ben")
    assert ready(sessions) == {2, 3, 5, 6}
    decide_pair(sessions, alike, None, actor="ben")
    decide_pair(sessions, alike, "copy", actor="ben")
    assert ready(sessions) == kept(sessions) == {2, 5, 6}


@pytest.mark.usefixtures("rated")
def test_a_group_that_is_split_again_waits_rather_than_being_exported(sessions: Sessions) -> None:
    decide(sessions, (1, 2))
    withdraw(sessions, 1)
    restore_copy(sessions, 2, actor="ben")
    assert left_out(sessions, 2) == "like_excluded"


@pytest.mark.usefixtures("rated")
def test_other_photos_of_the_person_are_confirmed_once(sessions: Sessions) -> None:
    decide(sessions, (1, 2))
    with pytest.raises(ReachUnconfirmed) as asked:
        exclude_photo(sessions, 1, WITHDRAWN, actor="ana")
    assert asked.value.status == 409
    assert kept(sessions) == {1, 3, 4, 5, 6}
    join_people(sessions, [1, 3], actor="ben")  # while the question is open
    with pytest.raises(ReachUnconfirmed):
        exclude_photo(sessions, 1, WITHDRAWN, confirmed=[2], actor="ana")
    exclude_photo(sessions, 1, WITHDRAWN, confirmed=[2, 3], actor="ana")
    assert kept(sessions) == {4, 5, 6}


@pytest.mark.usefixtures("rated")
def test_photos_chosen_together_need_no_confirmation_of_one_another(sessions: Sessions) -> None:
    decide(sessions, (1, 2))
    assert len(exclude_photos(sessions, [1, 2, 3], WITHDRAWN, actor="ana")) == 3


@pytest.mark.usefixtures("rated")
def test_one_undo_takes_back_the_whole_reach_and_nothing_else(sessions: Sessions) -> None:
    decide(sessions, (1, 2), (2, 3))
    join_people(sessions, [3, 4], actor="ben")
    events = withdraw(sessions, 1)
    assert len(events) == 1
    exclude_photo(sessions, 4, BLURRED, actor="ben")
    undoing.undo_events(sessions, events, actor="ana")
    assert kept(sessions) == ready(sessions) == {1, 5, 6}


@pytest.mark.usefixtures("rated")
def test_a_photo_that_two_exclusions_reach_needs_both_taken_back(sessions: Sessions) -> None:
    decide(sessions, (1, 2), (2, 3))
    exclude_photo(sessions, 1, NO_FACE, actor="ana")
    withdraw(sessions, 3)
    exclude_photo(sessions, 3, "", actor="ana")
    assert kept(sessions) == {4, 5, 6}
    exclude_photo(sessions, 1, "", actor="ana")
    assert kept(sessions) == {1, 4, 5, 6}


@pytest.mark.usefixtures("rated")
def test_undoing_the_undo_of_an_exclusion_keeps_what_it_is_about(sessions: Sessions) -> None:
    decide(sessions, (1, 2))
    events = withdraw(sessions, 1)
    undone = undoing.undo_events(sessions, events, actor="ana")
    undoing.undo_events(sessions, undone, actor="ana")
    assert kept(sessions) == {3, 4, 5, 6}


def test_a_typed_reason_is_about_the_content_unless_its_writer_says_otherwise() -> None:
    assert scope_of("a painting") == Scope.CONTENT
    assert scope_of("scanned badly", "file") == Scope.FILE
    assert scope_of("asked by mail to leave", "person") == Scope.PERSON
    assert scope_of("a painting", "huh") == Scope.CONTENT
    assert scope_of(WITHDRAWN, "file") == Scope.PERSON, "a known reason says it itself"


def test_every_scope_has_a_reason() -> None:
    assert {reason.scope for reason in REASONS} == {*Scope}


@pytest.mark.usefixtures("rated")
def test_an_older_instance_exports_no_copy_of_a_withdrawn_photo(
    sessions: Sessions, config: Config
) -> None:
    """As the version before left it: the reason alone, and the copy kept in its place."""
    decide(sessions, (1, 2))
    older = {1: "retirada a pedido da pessoa", 3: "desfocada ou escura demais", 4: "two people"}
    with sessions.begin() as session:
        for photo, reason in older.items():
            session.get_one(Photo, photo).excluded_reason = reason
        session.get_one(Photo, 1).copy_of_id, session.get_one(Photo, 2).copy_of_id = 2, None
    with open_engine(config).begin() as connection:
        settings = AlembicConfig(attributes={"connection": connection})
        settings.set_main_option("script_location", str(resource("migrations")))
        command.downgrade(settings, "0014")
    init_instance(config)
    with reading(sessions) as session:
        scopes = select(Photo.id, Photo.excluded_scope).where(Photo.excluded_scope.is_not(None))
        found = {photo: scope for photo, scope in session.execute(scopes)}  # noqa: C416
    assert found == {1: "person", 3: "file", 4: "content"}
    assert kept(sessions) == ready(sessions) == {5, 6}


def test_a_copy_sent_later_is_never_exported_unseen(
    sessions: Sessions,
    folder: Path,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    save("a.jpg", 1, quality=95)
    save("b.jpg", 2)
    import_all()
    withdraw(sessions, 1)
    (folder / "again").mkdir()
    (folder / "again" / "same.jpg").write_bytes((folder / "a.jpg").read_bytes())
    assert import_all().already_there == 3
    assert kept(sessions) == {2}
    save("smaller.jpg", 1, quality=60)
    import_all()
    rate_all(sessions)
    [pair] = pairs(sessions)
    assert left_out(sessions, 3) == "like_excluded"
    assert ready(sessions) == {2}
    decide_pair(sessions, pair.id, "copy", actor="ben")
    assert ready(sessions) == kept(sessions) == {2}


def rate_all(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert project(session).raters_needed == 1
        photos = session.scalars(select(Photo.id)).all()
    for photo in photos:
        said = Assessment("positive", {"sex": "female"}, REGION)
        save_rating(sessions, photo, "ben", said, expected_version=0)


@pytest.mark.usefixtures("rated")
def test_what_an_exclusion_reached_is_derived_and_recorded_once(sessions: Sessions) -> None:
    decide(sessions, (1, 2), (2, 3))
    withdraw(sessions, 2)
    with reading(sessions) as session:
        excluded = select(Event).where(Event.action == "photo excluded")
        [event] = session.scalars(excluded)
        assert event.subject_id == 2
        assert event.after == {"excluded_reason": WITHDRAWN, "excluded_scope": "person"}
