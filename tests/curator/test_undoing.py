"""Undoing rulings, settings, facts, codes and imports by their events; other acts on photos: photos/test_acts.py."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from curator import undoing
from curator.base.chain import breaks
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import (
    ChangedSince,
    InputInvalid,
    NotAllowed,
    ReasonMissing,
)
from curator.base.events import Action
from curator.base.keys import chain_key
from curator.base.models.events import Event
from curator.base.models.labelstudio import LabelStudioProject, LabelStudioTask
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Batch, FileName, Photo, RejectedFile
from curator.base.models.ratings import Adjudication
from curator.base.models.users import User
from curator.cli import curator
from curator.custody.examination import examine
from curator.custody.findings import Kind
from curator.custody.freezes import Signature, freeze_study
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.pairs.decisions import decide_pair
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult, import_folders
from curator.photos.person_codes import set_person, tell_codes_apart
from curator.photos.previews import preview_bytes
from curator.queries.person_codes import similar_codes
from curator.ratings.assessments import Assessment
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project, read_project
from curator.ratings.sources import open_source
from curator.study.stating import read_study, state_facts
from curator.undoing import KIND_OF, WHY_NOT, undo_events
from tests.curator.api.programs import Program, problem
from tests.curator.browsing import Visitor, the, words
from tests.curator.databases import environment_of
from tests.curator.drawing import PASSWORD, REGION, draw
from tests.curator.rows import pair_up
from tests.curator.test_races import race

POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
NEGATIVE = Assessment("negative", {"sex": "male"}, REGION)
Undo = Callable[..., tuple[int, ...]]


@pytest.fixture(autouse=True)
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Four photos in the first import."""
    for number in range(1, 5):
        save(f"{number}.jpg", number)
    import_all(source="#first")


@pytest.fixture
def undo(sessions: Sessions, config: Config) -> Undo:
    def undo(action: str, actor: str = "ana", *, of: str = "", reason: str = "") -> tuple[int, ...]:
        """Undo the newest event of an action, by its actor `of` if one is given."""
        with reading(sessions) as session:
            newest = select(func.max(Event.id)).where(Event.action == action)
            number = session.scalar(newest.where(Event.actor == of) if of else newest)
        assert number
        return undo_events(sessions, [number], actor=actor, reason=reason, config=config)

    return undo


def newest_event(sessions: Sessions) -> Event:
    with sessions() as session:
        return session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


@pytest.mark.parametrize("action", Action)
def test_an_action_can_be_undone_or_says_why_not(action: Action) -> None:
    assert (action in KIND_OF) != (action in WHY_NOT)
    if action in WHY_NOT:
        assert WHY_NOT[action].endswith(".")
        assert "\n" not in WHY_NOT[action]


# Rulings


@pytest.fixture
def disputed(sessions: Sessions) -> None:
    save_rating(sessions, 1, "ben", POSITIVE, expected_version=0)
    save_rating(sessions, 1, "carl", NEGATIVE, expected_version=0)


def ruling(sessions: Sessions) -> tuple[str, str] | None:
    """Return the label of the ruling and whose it is."""
    with reading(sessions) as session:
        row = session.execute(
            select(Adjudication.label, User.name).join(User, User.id == Adjudication.adjudicator_id)
        ).first()
        return (row.label, row.name) if row else None


@pytest.mark.usefixtures("disputed")
def test_a_ruling_is_undone_with_a_reason_alone_and_is_again_whose_it_was(
    sessions: Sessions, undo: Undo
) -> None:
    adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)
    adjudicate(sessions, 1, "ana", NEGATIVE, expected_version=1, reason="looked again")
    for actor in ("ben", "carl", "vera"):
        with pytest.raises(NotAllowed):
            undo("adjudicated", actor, reason="mine")
    with pytest.raises(ReasonMissing):
        undo("adjudicated", "ana", reason=" \n")
    undo("adjudicated", "ana", reason="the first\nwas right")
    assert ruling(sessions) == ("positive", "ada")
    assert newest_event(sessions).reason == "the first was right"
    undo("adjudicated", "ada", reason="no, the second")
    assert ruling(sessions) == ("negative", "ana")


@pytest.mark.usefixtures("disputed")
def test_a_first_ruling_is_withdrawn_and_comes_back(sessions: Sessions, undo: Undo) -> None:
    adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)
    undo("adjudicated", "ada", reason="too early")
    assert ruling(sessions) is None
    adjudicate(sessions, 1, "ana", NEGATIVE, expected_version=0)  # no reason: none stands
    undo("adjudicated", "ana", reason="too early, too")
    undo("ruling withdrawn", "ana", reason="after all")
    assert ruling(sessions) == ("negative", "ana")


@pytest.mark.usefixtures("disputed")
def test_a_ruling_is_undone_on_the_photos_page_by_who_may_see_it(
    app: Flask, sessions: Sessions
) -> None:
    adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)
    assert not Visitor(app, "ana").see("/photos/1").select("#history details"), "blind"
    ada = Visitor(app, "ada")
    form = the(ada.see("/photos/1"), "#history details form")
    assert the(form, "[name=reason]").has_attr("required")
    event = the(form, "[name=event]")["value"]
    refused = ada.post("/photos/undo", json=True, event=event, next="/photos/1")
    assert refused.get_json()["kind"] == "reason"
    done = ada.post("/photos/undo", event=event, next="/photos/1", reason="a slip")
    assert done.location == "/photos/1"
    assert "a slip" in words(ada.see("/photos/1").select("#history [data-reason]")[0])
    assert ruling(sessions) is None


# Settings, facts, codes


def test_settings_and_facts_are_undone_by_administrators(
    sessions: Sessions, undo: Undo, app: Flask
) -> None:
    change_project(sessions, Project(raters_needed=3, withheld_share=0.2), actor="ana")
    state_facts(sessions, {"name": "Faces", "license": "CC-BY-4.0"}, actor="ana")
    state_facts(sessions, {"name": "Other faces"}, actor="ana")
    for action in ("project changed", "study changed"):
        with pytest.raises(NotAllowed):
            undo(action, "ben")
    page = Visitor(app, "ana").see("/admin/changes")
    shown = {str(li["data-what"]): words(li) for li in page.select("#changes li")[::-1]}
    assert "Other faces" in shown["study changed"]
    undo("study changed")
    assert (read_study(sessions)["name"], read_study(sessions)["license"]) == (
        "Faces",
        "CC-BY-4.0",
    )
    undo("project changed")
    assert read_project(sessions) == Project()
    undo("project changed")  # which undoes the undo
    assert read_project(sessions).raters_needed == 3
    assert Visitor(app, "ben").get("/admin/changes").status_code == 403


def test_a_change_is_told_in_the_words_of_what_it_is_about(
    sessions: Sessions, config: Config, app: Flask
) -> None:
    freeze_study(sessions, chain_key(config), "1.0", "As it is.", by=Signature("ana", PASSWORD))
    row = the(Visitor(app, "ana").see("/admin/changes"), "[data-what='study frozen']")
    assert {words(field) for field in row.select(".field")} == {"Name", "What you sign"}


def test_what_has_changed_again_is_not_undone(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    first = newest_event(sessions).id
    change_project(sessions, replace(read_project(sessions), raters_needed=3), actor="ana")
    with pytest.raises(ChangedSince):
        undo_events(sessions, [first], actor="ana")


def test_codes_are_asked_about_again(sessions: Sessions, undo: Undo) -> None:
    with sessions.begin() as session:
        for photo, code in ((1, "P-01"), (2, "p-01")):
            set_person(session, photo, code, "ana")
        from curator.base.models.photos import Person

        for person in session.scalars(select(Person)):
            person.is_told_apart = False
        ids = [*session.scalars(select(Person.id))]
    tell_codes_apart(sessions, ids, actor="ben")
    assert not similar_codes(sessions)
    undo("codes told apart", "ana")
    assert similar_codes(sessions)


# Imports


@pytest.fixture
def second(sessions: Sessions, config: Config, tmp_path: Path) -> Path:
    """A second import: two new photos, one with a look-alike, a file that was there, and a broken one."""
    folder = tmp_path / "second"
    folder.mkdir()
    draw(21).save(folder / "new.jpg", quality=95)
    draw(1).save(folder / "alike.png")
    draw(2).save(folder / "known.jpg")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    import_folders(sessions, config, [folder], source="#second", actor="ben")
    with reading(sessions) as session:
        rows = session.execute(select(Photo.file_sha256, Photo.format).where(Photo.id > 4)).all()
    for sha, form in rows:
        preview_bytes(config, sha, form, config.display_px)
    return folder


def files(config: Config) -> set[str]:
    return {
        path.relative_to(config.instance).as_posix()
        for folder in ("photos", "cache")
        for path in (config.instance / folder).rglob("*.*")
        if path.is_file() and "keypoints" not in path.name
    }


def counts(sessions: Sessions) -> dict[str, int]:
    tables = (Photo, Batch, FileName, RejectedFile, PhotoPair)
    with reading(sessions) as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


def test_an_import_is_undone_with_all_that_it_brought(
    request: pytest.FixtureRequest, sessions: Sessions, config: Config, undo: Undo
) -> None:
    before = files(config), counts(sessions)
    request.getfixturevalue("second")
    assert counts(sessions)["photo"] > 4
    assert len(files(config)) > len(before[0])
    open_source(sessions, 5, next_account(sessions))
    undo("import started", "ben")
    assert (files(config), counts(sessions)) == before
    assert newest_event(sessions).action == Action.IMPORT_UNDONE
    with pytest.raises(ChangedSince, match="undone already"):
        undo("import started", "ben", of="ben")
    with pytest.raises(InputInvalid, match="import them again"):
        undo("import undone")
    with reading(sessions) as session:
        assert [*breaks(session, chain_key(config))] == []


def next_account(sessions: Sessions) -> Any:
    from curator.base.accounts import account_named

    return account_named(sessions, "carl")


def test_photos_that_come_again_have_new_numbers(
    second: Path, sessions: Sessions, config: Config, undo: Undo
) -> None:
    undo("import started", "ben")
    again = import_folders(sessions, config, [second], source="#third", actor="ben")
    with reading(sessions) as session:
        numbers = session.scalars(select(Photo.id).where(Photo.batch_id == again.batch)).all()
    assert min(numbers) > 4 + len(numbers), "none has the events, or a draft, of a removed one"
    assert again.batch == 3
    undo("import started", "ben")


def rate_it(sessions: Sessions, _: Config) -> None:
    save_rating(sessions, 5, "carl", POSITIVE, expected_version=0)


def withdraw_it(sessions: Sessions, config: Config) -> None:
    rate_it(sessions, config)
    undo_events(sessions, [newest_event(sessions).id], actor="carl")


def decide_it(sessions: Sessions, _: Config) -> None:
    [pair] = pair_up(sessions, (1, 5))
    decide_pair(sessions, pair, "different", confirmed=[pair], actor="ben")


def name_person(sessions: Sessions, _: Config) -> None:
    with sessions.begin() as session:
        set_person(session, 5, "P1", "ana")


def exclude_it(sessions: Sessions, _: Config) -> None:
    exclude_photo(sessions, 5, "several faces", actor="ben")


def push_it(sessions: Sessions, _: Config) -> None:
    with sessions.begin() as session:
        named = {"server": "http://ls.example.org", "name": "malar", "marker": "ab" * 16}
        project = LabelStudioProject(rater_id=2, **named)
        session.add(project)
        session.flush()
        session.add(LabelStudioTask(project_id=project.id, photo_id=5, number=1))


def bring_again(sessions: Sessions, config: Config) -> None:
    folder = config.instance.with_name("renamed")
    folder.mkdir()
    with reading(sessions) as session:
        row = session.get_one(Photo, 5)
        stored = config.instance / "photos" / row.file_sha256[:2]
        [file] = stored.glob(f"{row.file_sha256}.*")
    (folder / f"renamed{file.suffix}").write_bytes(file.read_bytes())
    import_folders(sessions, config, [folder], actor="ana")


def export_it(sessions: Sessions, config: Config) -> None:
    for photo, said in ((1, POSITIVE), (2, NEGATIVE), (5, POSITIVE)):
        save_rating(sessions, photo, "carl", said, expected_version=0)
    export_dataset(sessions, config, Settings(folds=2), actor="ana")


WORK: dict[str, Callable[[Sessions, Config], None]] = {
    "rated": rate_it,
    "rated once": withdraw_it,
    "decided": decide_it,
    "excluded": exclude_it,
    "person": name_person,
    "pushed": push_it,
    "exported": export_it,
    "another name": bring_again,
}


@pytest.mark.parametrize("work", WORK)
def test_an_import_that_was_worked_on_stays(
    second: Path, sessions: Sessions, config: Config, undo: Undo, app: Flask, work: str
) -> None:
    assert second.is_dir()
    WORK[work](sessions, config)
    before = files(config), counts(sessions)
    with pytest.raises(ChangedSince, match="photo 5 ") as refused:
        undo("import started", "ben", of="ben")
    assert (files(config), counts(sessions)) == before
    page = Visitor(app, "ben").see("/inbox/batches/2")
    assert words(the(page, "#undoing [data-hindrance]")) == refused.value.message
    assert not page.select("#undoing form")


def test_an_import_is_undone_by_who_made_it_or_an_administrator(
    second: Path, sessions: Sessions, app: Flask
) -> None:
    assert second.is_dir()
    assert not Visitor(app, "carl").see("/inbox/batches/2").select("#undoing form")
    assert not Visitor(app, "vera").see("/inbox/batches/2").select("#undoing")
    ben = Visitor(app, "ben")
    form = the(ben.see("/inbox/batches/2"), "#undoing form")
    fields: dict[str, Any] = {str(field["name"]): field["value"] for field in form.select("input")}
    fields.pop("csrf_token")
    done = ben.post(str(form["action"]), **fields)
    assert done.location == "/inbox"
    assert ben.get("/inbox/batches/2").status_code == 404
    ana = Visitor(app, "ana")
    row = the(ana.see("/admin/changes"), "[data-what='import undone']")
    assert "#second" in words(row)
    assert the(row, "[data-hindrance]")
    first = the(ana.see("/admin/changes"), "[data-what='import started'] [name=event]")["value"]
    ana.post("/photos/undo", event=first, next="/admin/changes")
    assert counts(sessions) == dict.fromkeys(counts(sessions), 0)


def test_a_crash_before_the_files_are_removed_leaves_files_that_doctor_finds(
    second: Path,
    sessions: Sessions,
    config: Config,
    undo: Undo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(undoing, "remove_unrecorded", die)
        with pytest.raises(KeyboardInterrupt):
            undo("import started", "ben")
    assert counts(sessions)["photo"] == 4
    found = examine(config, grace_s=0)
    unknown = {one.about for one in found.findings if one.kind is Kind.FILE_UNKNOWN}
    assert len(unknown) == 2
    assert not {Kind.PHOTO_MISSING, Kind.LINK_BROKEN, Kind.LOG_DIFFERS} & {*found.by_kind()}
    again = import_folders(sessions, config, [second], actor="ben")
    assert again.added == 2
    assert Kind.FILE_UNKNOWN not in examine(config, grace_s=0).by_kind()


def test_a_photo_that_is_imported_again_while_its_import_is_undone_has_its_file(
    second: Path, sessions: Sessions, config: Config, undo: Undo
) -> None:
    def bring() -> None:
        with suppress(FileNotFoundError):  # which a command tells in one line
            import_folders(sessions, config, [second], actor="ben")

    for _ in range(3):
        race(bring, partial(undo, "import started", "ben", of="ben"))
        with reading(sessions) as session:
            rows = session.execute(select(Photo.file_sha256)).scalars().all()
        there = {path.stem for path in (config.instance / "photos").rglob("*.*")}
        assert {*rows} <= there
        import_folders(sessions, config, [second], actor="ben")


# Doors


def test_the_command_and_the_api_undo_by_event(
    second: Path, sessions: Sessions, config: Config, app: Flask
) -> None:
    def run(*arguments: object) -> Any:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        given = ["undo", *map(str, arguments)]
        return CliRunner().invoke(curator, given, env=env, catch_exceptions=False)

    assert second.is_dir()
    save_rating(sessions, 1, "ben", POSITIVE, expected_version=0)
    rating = newest_event(sessions).id
    refused = run(rating)
    assert (refused.exit_code, refused.output) == (1, "curator: Only ben can undo this.\n")
    assert run(99999).exit_code == 1
    assert run().exit_code == 2
    with reading(sessions) as session:
        started = select(func.max(Event.id)).where(Event.action == "import started")
        batch = session.scalar(started)
    done = run(batch, "--json")
    assert (done.exit_code, json.loads(done.output)["undone"]) == (0, [newest_event(sessions).id])
    assert counts(sessions)["photo"] == 4
    ben, vera = Program(app, "ben"), Program(app, "vera")
    [event, *_] = ben.read("/photos/1/history")["events"]
    assert (event["id"], event["can_undo"], event["asks_reason"]) == (rating, True, False)
    problem(vera.call("POST", f"/events/{rating}/undo", json={}), 403)
    answered = ben.call("POST", f"/events/{rating}/undo", json={})
    assert answered.status_code == 200
    assert answered.get_json()["undone"] == [newest_event(sessions).id]
    problem(ben.call("POST", f"/events/{rating}/undo", json={}), 409)
    problem(ben.call("POST", "/events/99999/undo", json={}), 404)
