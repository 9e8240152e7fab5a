"""Each area's requirements can fail: a fault is planted in the program, and the row fails and says why."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import curator.app
from curator.base import chain, sign_ins
from curator.base.models.base import utc_now
from curator.custody import erasing, examination, restoring
from curator.exports import planning
from curator.http.limits import limiter
from curator.http.roles import Access
from curator.photos.tombstones import Tombstones
from curator.queries import disagreements
from curator.ratings import saving
from curator.ratings.saving import SavedRating
from curator.validation import blindness, installation
from curator.validation.requirements import AREAS, REQUIREMENTS
from curator.validation.results import NotRun, Outcome, Requirement, Result, carry_out
from curator.validation.scratch import Scratch
from curator.web import auth
from curator.web.roles import ACCESS
from tests.curator.trained import all_correct, write_run

Patch = pytest.MonkeyPatch
BY_NUMBER = {one.number: one for one in REQUIREMENTS}


def result(number: str, scratch: Scratch) -> Result:
    return carry_out(BY_NUMBER[number], scratch)


def route_left_open(patch: Patch) -> None:
    patch.setitem(ACCESS, "admin.index", Access.SIGNED_IN)


def nobody_asked_who_they_are(patch: Patch) -> None:
    patch.setattr(curator.app, "require_account", lambda: None)


def roles_not_asked(patch: Patch) -> None:
    patch.setattr(auth, "require_role", lambda *_: None)


def guesses_not_counted(patch: Patch) -> None:
    patch.setattr(limiter, "enabled", False)


def sign_ins_never_idle(patch: Patch) -> None:
    found = sign_ins.signed_in
    patch.setattr(sign_ins, "signed_in", lambda s, t, **_: found(s, t, idle_minutes=10**6))


def sites_not_kept(patch: Patch) -> None:
    patch.setattr(auth, "see_only", lambda _: None)


def rating_not_recorded(patch: Patch) -> None:
    patch.setattr(saving, "record", lambda *_: None)


def contents_not_compared(patch: Patch) -> None:
    patch.setattr(chain, "_contents", lambda *_: iter(()))


def links_not_compared(patch: Patch) -> None:
    patch.setattr(chain, "_link", lambda _key, _before, each, *_: each.link)


def rating_answered_and_not_saved(patch: Patch) -> None:
    def answer(
        _sessions: object, photo_id: int, _rater: str, assessment: Any, **_: object
    ) -> SavedRating:
        return SavedRating(photo_id, assessment, 1, utc_now())

    patch.setattr(saving, "save_rating", answer)


def photos_not_examined(patch: Patch) -> None:
    checks = [check for check in examination.CHECKS if check.name != "photos"]
    patch.setattr(examination, "CHECKS", tuple(checks))


def restore_leaves_a_photo_out(patch: Patch) -> None:
    restore = restoring._restore_files

    def restore_some(config: Any, *arguments: Any) -> Any:
        damaged = restore(config, *arguments)
        next((config.instance / "photos").glob("*/*")).unlink()
        return damaged

    patch.setattr(restoring, "_restore_files", restore_some)


def files_not_removed(patch: Patch) -> None:
    patch.setattr(erasing, "remove_files", lambda *_: None)


def erased_photos_forgotten(patch: Patch) -> None:
    patch.setattr(Tombstones, "refuse", lambda _self, incoming, _stored: [*incoming])


def ratings_shown_to_all(patch: Patch) -> None:
    patch.setattr(disagreements, "may_see_ratings", lambda *_: True)


def first_words_not_kept(patch: Patch) -> None:
    patch.setattr(saving, "_keep_first_word", lambda *_: None)


def every_photo_a_group(patch: Patch) -> None:
    member = planning._member

    def alone(one: Any) -> Any:
        return replace(member(one), group=str(one.photo_id))

    patch.setattr(planning, "_member", alone)


FAULTS: tuple[tuple[str, Callable[[Patch], None], str], ...] = (
    ("R-1.1", nobody_asked_who_they_are, "was answered with"),
    ("R-1.2", roles_not_asked, "not 403"),
    ("R-1.3", route_left_open, "GET /admin answered annotator with 200"),
    ("R-1.4", guesses_not_counted, "were all checked"),
    ("R-1.5", sign_ins_never_idle, "still opened the gallery"),
    ("R-1.7", sites_not_kept, "was answered with"),
    ("R-2.1", rating_not_recorded, "left 0 events"),
    ("R-2.3", contents_not_compared, "did not find it"),
    ("R-2.4", links_not_compared, "did not find it"),
    ("R-3.1", rating_answered_and_not_saved, "was answered and is gone"),
    ("R-3.3", restore_leaves_a_photo_out, "files differ"),
    ("R-3.4", photos_not_examined, "doctor did not name it"),
    ("R-4.1", files_not_removed, "traces are in"),
    ("R-4.2", erased_photos_forgotten, "was uploaded again"),
    ("R-5.2", ratings_shown_to_all, "told the second rater"),
    ("R-5.3", first_words_not_kept, "the first label kept is None"),
    ("R-6.1", every_photo_a_group, "show one person and are in"),
)


@pytest.mark.parametrize(("number", "plant", "says"), FAULTS, ids=[each[0] for each in FAULTS])
def test_a_planted_fault_fails_its_row(
    scratch: Scratch, monkeypatch: Patch, number: str, plant: Callable[[Patch], None], says: str
) -> None:
    _ = scratch.people, scratch.server  # before anything is broken
    with monkeypatch.context() as patch:
        plant(patch)
        found = result(number, scratch)
    assert (found.outcome, says in found.seen) == (Outcome.FAILED, True), found.seen


@contextmanager
def without_triggers(scratch: Scratch) -> Iterator[None]:
    if scratch.engine.dialect.name != "sqlite":
        pytest.skip("SQLite's triggers are dropped here")
    find = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    with scratch.engine.begin() as connection:
        rows = connection.execute(find).all()
        for name, _ in rows:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
    yield
    with scratch.engine.begin() as connection:
        for _, made in rows:
            connection.execute(text(made))


def test_a_log_without_its_guard_fails(scratch: Scratch) -> None:
    with without_triggers(scratch):
        found = result("R-2.2", scratch)
    assert (found.outcome, "did not refuse" in found.seen) == (Outcome.FAILED, True), found.seen


def test_changed_scores_of_a_run_fail(reading: Scratch) -> None:
    run = write_run(reading.real.instance / "runs" / "one", all_correct(4))
    sound = result("R-7.1", reading)
    assert (sound.outcome, sound.seen[:6]) == (Outcome.PASSED, "1 runs"), sound.seen
    metrics = json.loads((run / "metrics.json").read_bytes())
    metrics["splits"]["test"]["recall"] = 0.25
    (run / "metrics.json").write_text(json.dumps(metrics))
    found = result("R-7.1", reading)
    assert (found.outcome, "test" in found.seen) == (Outcome.FAILED, True), found.seen
    assert result("R-7.2", reading).outcome is Outcome.NOT_RUN


def test_an_open_file_of_the_instance_fails(reading: Scratch) -> None:
    assert result("R-8.5", reading).outcome is Outcome.PASSED
    (reading.real.instance / "key").chmod(0o644)
    found = result("R-8.5", reading)
    assert (found.outcome, "key" in found.seen) == (Outcome.FAILED, True), found.seen
    assert result("R-8.3", reading).outcome is Outcome.FAILED


def test_an_instance_without_a_backup_fails(reading: Scratch) -> None:
    assert result("R-8.6", reading).outcome is Outcome.FAILED
    reading.real = replace(reading.real, backup_days=0)
    assert result("R-8.6", reading).outcome is Outcome.NOT_RUN


def test_an_instance_that_is_not_there_is_not_run_not_passed(reading: Scratch) -> None:
    reading.real = replace(reading.real, instance=reading.folder / "none", database_url="")
    for number in ("R-8.2", "R-8.3", "R-8.4", "R-8.5", "R-8.6"):
        assert result(number, reading).outcome is Outcome.NOT_RUN, number
    assert not reading.real.instance.exists()


def test_a_changed_file_of_a_release_fails(reading: Scratch, monkeypatch: Patch) -> None:
    class Listed:
        parts = ("curator", "__init__.py")
        hash = type("Hash", (), {"mode": "sha256", "value": "not-the-hash"})()

        def locate(self) -> str:
            return str(Path(curator.app.__file__).with_name("__init__.py"))

    assert result("R-8.1", reading).outcome is Outcome.NOT_RUN  # a checkout
    monkeypatch.setattr(installation, "_listed_files", lambda: iter([Listed()]))
    assert result("R-8.1", reading).outcome is Outcome.FAILED


def test_an_error_in_a_test_is_a_failed_row_of_one_line(reading: Scratch) -> None:
    def breaks(_: Scratch) -> str:
        raise ValueError("a first line\nand a second")

    def lacks(_: Scratch) -> str:
        raise NotRun("no such thing here")

    row = Requirement("R-9.9", "Access", "Something.", "Somehow.", breaks)
    found = carry_out(row, reading)
    assert found.outcome is Outcome.FAILED
    assert found.seen == "The test ended with an error: ValueError: a first line."
    assert carry_out(replace(row, check=lacks), reading).outcome is Outcome.NOT_RUN


def test_the_table_numbers_each_requirement_once_in_order() -> None:
    numbers = [tuple(map(int, one.number[2:].split("."))) for one in REQUIREMENTS]
    assert numbers == sorted(set(numbers))
    assert {one.area for one in REQUIREMENTS} == {*AREAS.values()}
    assert blindness.pages_tell_nothing in {one.check for one in REQUIREMENTS}


def test_each_area_has_a_planted_fault() -> None:
    planted = {number[2] for number, _, _ in FAULTS} | {"7", "8"}  # those two above
    assert planted == {*AREAS}
