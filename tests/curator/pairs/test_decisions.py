"""Duplicate pairs: found once, decided once, singly or in groups, undone without loss."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from copies.comparison import Match
from copies.evidence import Evidence
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, InputInvalid, NotFound
from curator.base.models.base import utc_now
from curator.base.models.events import Event
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.models.ratings import Rating
from curator.copies import search
from curator.pairs.decisions import (
    accept_verified,
    decide_group,
    decide_pair,
    restore_copy,
    undo_last,
)
from curator.photos.importing import ImportResult
from curator.queries.copies import rating_conflicts, removed_copies
from curator.queries.files import alike_files
from curator.queries.groups import look_alike_group
from curator.queries.pairs import PairRow, count_undecided, count_verified, last_act, pairs
from tests.curator.drawing import draw
from tests.curator.faces import face

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
    assert accept_verified(sessions, actor="ana") == 3
    assert removed(sessions) == {"recompressed.jpg": "large.jpg", "small.jpg": "large.jpg"}
    assert accept_verified(sessions, actor="ana") == 0


@pytest.mark.usefixtures("copies")
def test_a_decision_is_never_asked_again(
    import_all: ImportAll, sessions: Sessions, config: Config, folder: Path
) -> None:
    import_all()
    pair = between(sessions, "large.jpg", "small.jpg")
    decide_pair(sessions, pair.id, "different", confirmed=[pair.id], actor="ben")
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
    decide_pair(sessions, pair.id, "copy", actor="ben")
    assert removed(sessions) == {"small.jpg": "large.jpg"}
    assert undo_last(sessions, actor="ben") == (pair.id,)
    assert removed(sessions) == {}
    assert count_undecided(sessions) == 3
    with reading(sessions) as session:
        actions = session.scalars(select(Event.action).where(Event.actor == "ben")).all()
    assert actions == ["pair decided", "copy removed", "decision taken back", "copy restored"]


@pytest.mark.usefixtures("copies")
def test_a_chain_of_copies_keeps_one_photo(import_all: ImportAll, sessions: Sessions) -> None:
    import_all()
    for first, second in (("recompressed.jpg", "small.jpg"), ("large.jpg", "recompressed.jpg")):
        decide_pair(sessions, between(sessions, first, second).id, "copy", actor="ben")
    assert removed(sessions) == {"recompressed.jpg": "large.jpg", "small.jpg": "large.jpg"}
    pair = between(sessions, "large.jpg", "recompressed.jpg")
    decide_pair(sessions, pair.id, "different", confirmed=[pair.id], actor="ben")
    assert removed(sessions) == {"small.jpg": "recompressed.jpg"}


def test_an_invalid_decision_or_radius_is_refused(sessions: Sessions, config: Config) -> None:
    with pytest.raises(InputInvalid, match="copy, same_person, different"):
        decide_pair(sessions, 1, "twins", actor="ben")
    with pytest.raises(NotFound):
        decide_pair(sessions, 1, "copy", actor="ben")
    with pytest.raises(InputInvalid, match="0 to 64"):
        search.find_pairs(sessions, config, 65)


@pytest.mark.usefixtures("copies")
def test_an_emptied_cache_is_rebuilt(
    import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    import shutil

    import_all()
    shutil.rmtree(config.instance / "cache")
    assert search.find_pairs(sessions, config, 6, rescan=True).undecided == 3


@pytest.mark.usefixtures("copies")
def test_a_rescan_keeps_pairs_found_by_a_concurrent_upload(
    import_all: ImportAll,
    sessions: Sessions,
    config: Config,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_all()
    before = {pair.id for pair in pairs(sessions)}
    compared = search._matches

    def upload_first(*arguments: Any) -> Iterator[Match]:
        monkeypatch.undo()
        draw(2, (300, 225)).save(folder / "late.jpg")
        import_all()
        return compared(*arguments)

    monkeypatch.setattr(search, "_matches", upload_first)
    search.find_pairs(sessions, config, 8, rescan=True)
    assert between(sessions, "late.jpg", "other.jpg").decision is None
    assert not before & {pair.id for pair in pairs(sessions)}  # an open page means no other pair


PHOTOS = 6
Links = Callable[..., dict[tuple[int, int], int]]


@pytest.fixture
def join(import_all: ImportAll, save: Callable[..., Path], sessions: Sessions) -> Links:
    """Import photos 1 to 6, which have nothing in common, and join some by pairs of a chosen score."""
    for seed in range(1, PHOTOS + 1):
        save(f"{seed}.png", seed)
    import_all()

    def join(*links: tuple[int, int], score: float = 0.9) -> dict[tuple[int, int], int]:
        with sessions.begin() as session:
            made = {
                (a, b): DuplicatePair(
                    photo_a_id=a, photo_b_id=b, distance_bits=5, score=score, verified=True
                )
                for a, b in links
            }
            session.add_all(made.values())
            session.flush()
            return {link: pair.id for link, pair in made.items()}

    return join


def decisions(sessions: Sessions) -> dict[tuple[int, int], str | None]:
    return {(pair.first.id, pair.second.id): pair.decision for pair in pairs(sessions)}


def test_a_group_is_decided_and_undone_as_one(join: Links, sessions: Sessions) -> None:
    triple = join((1, 2), (2, 3))
    other = join((4, 5))
    assert decide_group(sessions, triple.values(), "copy", actor="ben") == 2
    confirmed = other.values()
    assert decide_group(sessions, confirmed, "same_person", confirmed=confirmed, actor="ben") == 1
    assert undo_last(sessions, actor="ben") == tuple(other.values())
    act = last_act(sessions, "ben")
    assert act is not None
    assert (act.decision, act.pairs) == ("copy", 2)
    assert undo_last(sessions, actor="ben") == tuple(triple.values())
    assert set(decisions(sessions).values()) == {None}
    assert removed(sessions) == {}
    assert last_act(sessions, "ben") is None
    with pytest.raises(NotFound, match="You have no decision to undo"):
        undo_last(sessions, actor="ben")


def test_only_the_picked_photos_are_decided(join: Links, sessions: Sessions) -> None:
    chain = join((1, 2), (2, 3))
    with pytest.raises(InputInvalid, match="The picked photos contain no pair"):
        decide_group(sessions, chain.values(), "copy", among=(1, 3), actor="ben")
    decide_group(
        sessions, chain.values(), "different", among=(2, 3), confirmed=chain.values(), actor="ben"
    )
    assert decisions(sessions) == {(1, 2): None, (2, 3): "different"}


def test_concurrent_decisions_of_others_are_kept(join: Links, sessions: Sessions) -> None:
    chain = join((1, 2), (2, 3))
    decide_group(sessions, [chain[1, 2]], "different", confirmed=chain.values(), actor="ana")
    assert decide_group(sessions, chain.values(), "copy", actor="ben") == 1
    assert decisions(sessions) == {(1, 2): "different", (2, 3): "copy"}
    with pytest.raises(AlreadyThere, match="These photos have been decided in the meantime"):
        decide_group(sessions, chain.values(), "copy", actor="ben")
    assert undo_last(sessions, actor="ana") == (chain[1, 2],)
    assert decisions(sessions) == {(1, 2): None, (2, 3): "copy"}


def test_actions_at_the_same_time_are_distinguished(
    join: Links, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    monkeypatch.setattr("curator.pairs.decisions.utc_now", lambda: now)
    made = join((1, 2), (3, 4))
    for pair in made.values():
        decide_group(sessions, [pair], "copy", actor="ben")
    assert undo_last(sessions, actor="ben") == (made[3, 4],)
    assert undo_last(sessions, actor="ben") == (made[1, 2],)


def test_certain_copies_are_decided_above_a_score(join: Links, sessions: Sessions) -> None:
    join((1, 2), score=0.8)
    join((3, 4), (5, 6), score=0.95)
    assert (count_verified(sessions), count_verified(sessions, 0.9)) == (3, 2)
    assert accept_verified(sessions, min_score=0.9, actor="ben") == 2
    assert decisions(sessions) == {(1, 2): None, (3, 4): "copy", (5, 6): "copy"}
    assert len(undo_last(sessions, actor="ben")) == 2
    assert count_undecided(sessions) == 3


@pytest.mark.parametrize("decision", ["different", "same_person"])
def test_no_certain_copy_overrules_a_decision(
    join: Links, sessions: Sessions, decision: str
) -> None:
    made = join((1, 2), (2, 3), (1, 3), (4, 5))
    decide_pair(sessions, made[1, 3], decision, confirmed=made.values(), actor="ben")
    assert count_verified(sessions) == 1
    assert accept_verified(sessions, actor="ben") == 1
    assert decisions(sessions)[4, 5] == "copy"
    assert decisions(sessions)[1, 2] is None


def test_a_group_is_complete_and_shows_how_unpaired_photos_are_linked(
    join: Links, sessions: Sessions
) -> None:
    join((1, 2), score=0.99)
    chain = join((3, 4), (4, 5), (5, 6))
    shown = look_alike_group(sessions, chain[4, 5])
    assert shown is not None
    assert (shown.place, shown.waiting, len(shown.photos), len(shown.pairs)) == (2, 2, 4, 3)
    number = {photo.id: photo.number for photo in shown.photos}
    ways = {frozenset((gap.first, gap.second)): set(gap.through) for gap in shown.gaps}
    assert ways == {
        frozenset((number[3], number[5])): {number[4]},
        frozenset((number[4], number[6])): {number[5]},
        frozenset((number[3], number[6])): {number[4], number[5]},
    }


def test_a_group_says_which_decision_opposes_it(join: Links, sessions: Sessions) -> None:
    made = join((1, 2), (2, 3), (1, 3))
    decide_group(sessions, [made[1, 3]], "same_person", confirmed=made.values(), actor="ben")
    shown = look_alike_group(sessions)
    assert shown is not None
    assert [pair.id for pair in shown.opposed] == [made[1, 3]]
    assert shown.gaps == ()


def test_a_group_contains_decided_copies_until_all_of_it_is_decided(
    join: Links, sessions: Sessions
) -> None:
    made = join((1, 2), (2, 3))
    decide_group(sessions, [made[1, 2]], "copy", actor="ben")
    shown = look_alike_group(sessions)
    assert shown is not None
    assert {photo.id for photo in shown.photos} == {1, 2, 3}
    assert [pair.id for pair in shown.undecided] == [made[2, 3]]
    decide_group(sessions, [made[2, 3]], "different", confirmed=made.values(), actor="ben")
    assert look_alike_group(sessions) is None


@pytest.mark.usefixtures("copies")
def test_the_kept_photo_is_shown_with_the_rule_that_chose_it(
    import_all: ImportAll, sessions: Sessions
) -> None:
    import_all()
    shown = look_alike_group(sessions)
    assert shown is not None
    assert [photo.name for photo in shown.photos] == ["large.jpg", "recompressed.jpg", "small.jpg"]
    assert shown.rule == "least compressed"
    assert shown.differing == {"pixels", "size_bytes"}
    with sessions.begin() as session:
        for photo in session.scalars(select(Photo)):
            photo.size_bytes, photo.width_px = 1000, photo.id  # then photo 3 is the largest
    shown = look_alike_group(sessions)
    assert shown is not None
    assert shown.rule == "most pixels, not counting borders"
    with sessions.begin() as session:
        for photo in session.scalars(select(Photo)):
            photo.width_px = photo.height_px = 100
    shown = look_alike_group(sessions)
    assert shown is not None
    assert (shown.rule, shown.photos[0].id) == ("earliest in the collection", 1)


def test_a_removed_copy_is_listed_and_restored(join: Links, sessions: Sessions) -> None:
    made = join((1, 2), (1, 3), (2, 3))
    decide_group(sessions, made.values(), "copy", actor="ben")
    listed = removed_copies(sessions, after=0, size=9)
    assert [copy.decided_by for copy in listed] == ["ben", "ben"]
    restored = listed[0].id
    waiting = restore_copy(sessions, restored, actor="ana")
    assert len(waiting) == 2
    assert [copy.id for copy in removed_copies(sessions, after=0, size=9)] == [listed[1].id]
    with pytest.raises(NotFound, match="no longer a removed copy"):
        restore_copy(sessions, restored, actor="ana")


def rate(sessions: Sessions, photo: int, rater: int, label: str, sex: str = "female") -> None:
    with sessions.begin() as session:
        said = {"label": label, "sex": sex, "evidence": "visual"}
        session.add(Rating(photo_id=photo, counts_on_id=photo, rater_id=rater, **said))


ANA, BEN = 1, 2


@pytest.mark.parametrize(
    ("ratings", "about", "raters"),
    [
        ([(1, ANA, "positive"), (2, ANA, "negative")], ("label",), ("ana",)),
        ([(1, ANA, "positive"), (2, ANA, "positive", "male")], ("sex",), ("ana",)),
        ([(1, ANA, "positive"), (2, ANA, "positive", "unknown")], ("sex",), ("ana",)),
        ([(1, ANA, "positive"), (2, BEN, "negative", "male")], ("label", "sex"), ("ana", "ben")),
        ([(1, ANA, "positive"), (2, BEN, "positive", "unknown")], (), ()),
        ([(1, ANA, "positive"), (2, BEN, "positive")], (), ()),
        # They differ on photo 1 itself, copies or not.
        ([(1, ANA, "positive"), (1, BEN, "negative"), (2, BEN, "negative")], (), ()),
        # No copies.
        ([(1, ANA, "positive"), (3, ANA, "negative")], (), ()),
    ],
)
def test_ratings_that_conflict_between_copies_are_found(
    join: Links,
    sessions: Sessions,
    ratings: list[tuple[int, int, str]],
    about: tuple[str, ...],
    raters: tuple[str, ...],
) -> None:
    made = join((1, 2))
    decide_group(sessions, made.values(), "copy", actor="ben")
    for rating in ratings:
        rate(sessions, *rating)
    found = [(conflict.about, conflict.raters) for conflict in rating_conflicts(sessions)]
    assert found == ([(about, raters)] if about else [])


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


def test_the_same_pixels_in_another_format_are_marked_and_decided_separately(
    import_all: ImportAll, sessions: Sessions, folder: Path
) -> None:
    photo = face(1).resize((1200, 1500))
    photo.save(folder / "first.jpg", quality=90)
    Image.open(folder / "first.jpg").save(folder / "converted.png")
    photo.save(folder / "again.jpg", quality=70)
    import_all()
    found = {frozenset((p.first.name, p.second.name)): p for p in pairs(sessions)}
    same = found[frozenset(("first.jpg", "converted.png"))]
    assert (same.evidence, same.score) == (Evidence("pixels"), 1)
    assert all(pair.score < 1 for pair in found.values() if pair is not same)
    assert count_verified(sessions, 1) == 1
    assert accept_verified(sessions, min_score=1, actor="ana") == 1


@pytest.mark.usefixtures("copies")
def test_missing_fingerprints_are_computed_before_a_search(
    import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    import_all()
    with sessions.begin() as session:
        before = {each.photo_id: each.hashes for each in session.scalars(select(StoredFingerprint))}
        session.execute(delete(StoredFingerprint))
    assert search.find_pairs(sessions, config, 8, rescan=True).undecided == 3
    with reading(sessions) as session:
        after = {each.photo_id: each.hashes for each in session.scalars(select(StoredFingerprint))}
    assert after == before
