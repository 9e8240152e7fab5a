"""Duplicate pairs: found once, decided once, undone without loss."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from curator import dedup, search
from curator.config import Config
from curator.db import Sessions, reading
from curator.errors import InputInvalid, NotFound
from curator.importing import ImportResult
from curator.models import DuplicatePair, Event, Fingerprint, Photo
from curator.queries import PairRow, alike_files, count_undecided, last_decided_pair, pairs
from tests.curator.drawing import draw

ImportAll = Callable[..., ImportResult]


@pytest.fixture
def copies(folder: Path) -> None:
    """One photo in three sizes, and another photo."""
    photo = draw(1, (400, 300))
    photo.save(folder / "large.jpg", quality=95)
    photo.save(folder / "recompressed.jpg", quality=40)
    photo.resize((200, 150), Image.Resampling.LANCZOS).save(folder / "small.jpg", quality=95)
    draw(2, (400, 300)).save(folder / "other.jpg")


def removed(sessions: Sessions) -> dict[str, str]:
    """Map each removed copy to the photo kept for it."""
    with reading(sessions) as session:
        by_id = {photo.id: photo for photo in session.scalars(select(Photo))}
        return {
            photo.original_name: by_id[photo.copy_of_id].original_name
            for photo in by_id.values()
            if photo.copy_of_id
        }


def between(sessions: Sessions, first: str, second: str) -> PairRow:
    [pair] = [p for p in pairs(sessions) if {p.first.name, p.second.name} == {first, second}]
    return pair


@pytest.mark.usefixtures("copies")
def test_an_import_finds_its_copies(import_all: ImportAll, sessions: Sessions) -> None:
    assert import_all().new_pairs == 3
    assert all(pair.distance_bits <= 4 and pair.score > 0.995 for pair in pairs(sessions))


@pytest.mark.usefixtures("copies")
def test_verified_pairs_are_accepted_and_the_best_photo_kept(
    import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    import_all()
    assert dedup.accept_verified(sessions, actor="ana") == 3
    assert removed(sessions) == {"recompressed.jpg": "large.jpg", "small.jpg": "large.jpg"}
    assert dedup.accept_verified(sessions, actor="ana") == 0


@pytest.mark.usefixtures("copies")
def test_a_decision_is_never_asked_again(
    import_all: ImportAll, sessions: Sessions, config: Config, folder: Path
) -> None:
    import_all()
    pair = between(sessions, "large.jpg", "small.jpg")
    dedup.decide_pair(sessions, pair.id, "different", actor="ben")
    draw(1, (300, 225)).save(folder / "third.jpg")
    import_all()
    search.find_pairs(sessions, config, 10, rescan=True)
    search.find_pairs(sessions, config, 0, rescan=True)
    again = between(sessions, "large.jpg", "small.jpg")
    assert (again.decision, again.decided_by) == ("different", "ben")


@pytest.mark.usefixtures("copies")
def test_a_rescan_replaces_undecided_pairs(
    import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    import_all()
    with sessions.begin() as session:
        session.execute(update(DuplicatePair).values(score=0.1))
    assert search.find_pairs(sessions, config, 8, rescan=True).undecided == 3
    assert all(pair.score > 0.9 for pair in pairs(sessions))


@pytest.mark.usefixtures("copies")
def test_an_undone_decision_restores_what_it_removed(
    import_all: ImportAll, sessions: Sessions
) -> None:
    import_all()
    pair = between(sessions, "large.jpg", "small.jpg")
    dedup.decide_pair(sessions, pair.id, "copy", actor="ben")
    assert removed(sessions) == {"small.jpg": "large.jpg"}
    last = last_decided_pair(sessions)
    assert last is not None
    assert last.id == pair.id
    dedup.decide_pair(sessions, pair.id, None, actor="ben")
    assert removed(sessions) == {}
    assert count_undecided(sessions) == 3
    with reading(sessions) as session:
        actions = session.scalars(select(Event.action).where(Event.actor == "ben")).all()
    assert actions == ["pair decided", "copy removed", "decision taken back", "copy restored"]


@pytest.mark.usefixtures("copies")
def test_a_chain_of_copies_keeps_one_photo(import_all: ImportAll, sessions: Sessions) -> None:
    import_all()
    for first, second in (("recompressed.jpg", "small.jpg"), ("large.jpg", "recompressed.jpg")):
        dedup.decide_pair(sessions, between(sessions, first, second).id, "copy", actor="ben")
    assert removed(sessions) == {"recompressed.jpg": "large.jpg", "small.jpg": "large.jpg"}
    pair = between(sessions, "large.jpg", "recompressed.jpg")
    dedup.decide_pair(sessions, pair.id, "different", actor="ben")
    assert removed(sessions) == {"small.jpg": "recompressed.jpg"}


def test_a_wrong_decision_or_radius_is_refused(sessions: Sessions, config: Config) -> None:
    with pytest.raises(InputInvalid, match="copy, same_person, different"):
        dedup.decide_pair(sessions, 1, "twins", actor="ben")
    with pytest.raises(NotFound):
        dedup.decide_pair(sessions, 1, "copy", actor="ben")
    with pytest.raises(InputInvalid, match="0 to 64"):
        search.find_pairs(sessions, config, 65)


@pytest.mark.usefixtures("copies")
def test_an_emptied_cache_is_made_anew(
    import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    import shutil

    import_all()
    shutil.rmtree(config.instance / "cache")
    assert search.find_pairs(sessions, config, 6, rescan=True).undecided == 3


@pytest.mark.usefixtures("copies")
def test_files_with_the_same_pixels_are_listed_as_copies(
    import_all: ImportAll, sessions: Sessions, folder: Path
) -> None:
    Image.open(folder / "other.jpg").save(folder / "resaved.png")
    import_all()
    listed = {(pair.file_a, pair.file_b): pair for pair in alike_files(sessions)}
    assert len(listed) == 4
    same = listed["other.jpg", "resaved.png"]
    assert (same.evidence, same.distance_bits, same.decision) == ("same pixels", 0, "copy")
    assert listed["large.jpg", "small.jpg"].decision == ""


@pytest.mark.usefixtures("copies")
def test_missing_fingerprints_are_taken_before_a_search(
    import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    import_all()
    with sessions.begin() as session:
        before = {each.photo_id: each.hashes for each in session.scalars(select(Fingerprint))}
        session.execute(delete(Fingerprint))
    assert search.find_pairs(sessions, config, 8, rescan=True).undecided == 3
    with reading(sessions) as session:
        after = {each.photo_id: each.hashes for each in session.scalars(select(Fingerprint))}
    assert after == before
