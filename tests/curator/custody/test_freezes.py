"""A frozen study: who signs it, that nothing changes it through any door, and that the state is as signed."""

import io
import json
import threading
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import Executable, func, select, text, update

from curator.base import second_factor
from curator.base.accounts import account_named, add_user, set_role
from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions, reading
from curator.base.errors import (
    AlreadyThere,
    ChangedSince,
    CuratorError,
    InputInvalid,
    NotAllowed,
    NotFound,
    ReasonMissing,
    StudyFrozen,
)
from curator.base.events import Action
from curator.base.journal import KEPT, TABLES, Kept, is_of_state
from curator.base.keys import chain_key
from curator.base.models.base import utc_now
from curator.base.models.events import Event, RowVersion
from curator.base.models.freezes import Freeze as FreezeRow
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.models.settings import OF_THE_SERVER
from curator.base.second_factor import demand_of, turn_on
from curator.base.sign_ins import DEMAND, sign_in
from curator.base.tokens import make_token
from curator.cli import curator
from curator.custody import last_backup
from curator.custody.erasable import Request
from curator.custody.erasing import erase, plan_erasure
from curator.custody.examination import examine
from curator.custody.findings import Kind
from curator.custody.freezes import (
    FreezeProof,
    Signature,
    SignedState,
    freeze_study,
    list_freezes,
    prove_freeze,
    unlock_study,
)
from curator.custody.last_backup import LastBackup, note_backup
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.pairs.decisions import decide_pair
from curator.pairs.persons import join_person
from curator.photos.consents import Whose, Word, set_consent
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult, import_folders, import_upload, open_batch
from curator.photos.person_codes import set_person
from curator.photos.posts import fill_posts
from curator.photos.rereading import reread_photos
from curator.photos.sources import set_source
from curator.ratings.assessments import Assessment
from curator.ratings.claims import claim_next_photos
from curator.ratings.entries import Entry, rate_entries
from curator.ratings.queues import Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.ratings.sources import open_source
from curator.study.stating import state_facts
from curator.undoing import undo_events
from tests.curator.api.programs import Program, problem
from tests.curator.browsing import Visitor, notice, parsed, start_batch, the, words
from tests.curator.databases import environment_of
from tests.curator.drawing import PASSWORD, REGION, draw, jpeg
from tests.curator.intruder import Intruder
from tests.curator.rows import pair_up
from tests.curator.test_races import race

ANA = Signature("ana", PASSWORD)
STATEMENT = "Ratings are complete and checked."
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)
NEGATIVE = Assessment("negative", {"sex": "male"}, REGION)
Freeze = Callable[..., SignedState]
Prove = Callable[..., FreezeProof]
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def work(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    """Six photos with a pair, ratings by ben and carl, and a ruling by ada."""
    for number in range(1, 7):
        save(f"{number}.jpg", number)
    import_all()
    pair_up(sessions, (1, 2))
    for photo in range(1, 7):
        said = POSITIVE if photo % 2 else NEGATIVE
        save_rating(sessions, photo, "ben", said, expected_version=0)
    save_rating(sessions, 1, "carl", NEGATIVE, expected_version=0)
    adjudicate(sessions, 1, "ada", POSITIVE, expected_version=0)


@pytest.fixture
def freeze(sessions: Sessions, config: Config) -> Freeze:
    def freeze(name: str = "1.0", statement: str = STATEMENT, by: Signature = ANA) -> SignedState:
        return freeze_study(sessions, chain_key(config), name, statement, by=by)

    return freeze


@pytest.fixture
def prove(sessions: Sessions, config: Config) -> Prove:
    return lambda name="": prove_freeze(sessions, chain_key(config), name)


@pytest.fixture
def run(config: Config) -> Run:
    def run(*arguments: object, password: str = PASSWORD) -> Result:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        given = [*map(str, arguments)]
        return CliRunner().invoke(
            curator, given, env=env, input=f"{password}\n", catch_exceptions=False
        )

    return run


# Nothing changes it


def enter(sessions: Sessions, config: Config) -> None:
    entries = [Entry(1, "2.jpg", label="unsure", person="P1")]
    rate_entries(sessions, entries, "carl", config=config)


def name_person(sessions: Sessions, _: Config) -> None:
    with sessions.begin() as session:
        set_person(session, 1, "P9", "ana")


def fill(sessions: Sessions, config: Config) -> None:
    post = Post("https://example.org/1", "someone", "a day", None, "carl", lines=(1,))
    fill_posts(sessions, config, {"1.jpg": post}, actor="ana")


def bring(sessions: Sessions, config: Config) -> None:
    folder = config.instance.with_name("more")
    folder.mkdir()
    draw(99).save(folder / "new.jpg")
    import_folders(sessions, config, [folder], actor="ana")


def undo(sessions: Sessions, _: Config) -> None:
    with reading(sessions) as session:
        saved = select(func.max(Event.id)).where(Event.action == "rating saved")
        newest = session.scalar(saved.where(Event.actor == "carl")) or 0
    undo_events(sessions, [newest], actor="carl")


DOORS: dict[str, Callable[[Sessions, Config], Any]] = {
    "rating": lambda s, _: save_rating(s, 1, "ben", NEGATIVE, expected_version=1),
    "first rating": lambda s, _: save_rating(s, 2, "carl", NEGATIVE, expected_version=0),
    "ruling": lambda s, _: adjudicate(
        s, 1, "ada", NEGATIVE, expected_version=1, reason="looked again"
    ),
    "table": enter,
    "person": name_person,
    "same person": lambda s, _: join_person(s, 3, 4, actor="ben"),
    "decision": lambda s, _: decide_pair(s, 1, "copy", confirmed=[1], actor="ben"),
    "exclusion": lambda s, _: exclude_photo(s, 5, "several faces", actor="ben"),
    "source": lambda s, _: set_source(s, [1], "#sun", actor="ben"),
    "post": fill,
    "import": bring,
    "batch": lambda s, _: open_batch(s, source="", collector="", actor="ben"),
    "upload": lambda s, c: import_upload(s, c, 1, "new.jpg", jpeg(98), actor="ben"),
    "settings": lambda s, _: change_project(s, Project(raters_needed=3), actor="ana"),
    "facts": lambda s, _: state_facts(s, {"name": "Another"}, actor="ana"),
    "undo": undo,
    "reread": lambda s, c: reread_photos(s, c, actor="ana"),
}


def state_of(sessions: Sessions) -> dict[str, list[Any]]:
    """Return all rows of the state, and the events."""
    tables = [*(table for name, table in TABLES.items() if KEPT[name].is_of_state), Event.__table__]
    with reading(sessions) as session:
        return {
            str(table): [tuple(row) for row in session.execute(select(*table.columns))]
            for table in tables
        }


@pytest.mark.parametrize("door", DOORS)
def test_a_frozen_study_is_changed_through_no_door(
    freeze: Freeze, sessions: Sessions, config: Config, prove: Prove, door: str
) -> None:
    [pair] = pair_up(sessions, (1, 2))
    freeze()
    before, files = state_of(sessions), sorted(config.instance.rglob("photos/*/*"))
    act = DOORS[door]
    if door == "decision":
        act = lambda s, _: decide_pair(s, pair, "copy", confirmed=[pair], actor="ben")  # noqa: E731
    with pytest.raises(StudyFrozen) as refused:
        act(sessions, config)
    assert "1.0" in refused.value.message
    assert "ana can unlock" in refused.value.message
    assert state_of(sessions) == before
    assert sorted(config.instance.rglob("photos/*/*")) == files, "no file is left behind"
    assert prove().holds
    unlock_study(sessions, "not done yet", by=ANA)
    if (folder := config.instance.with_name("more")).exists():
        (folder / "new.jpg").unlink()
        folder.rmdir()
    act(sessions, config)
    assert state_of(sessions) != before or door == "reread"


def test_what_is_not_of_the_state_goes_on(
    freeze: Freeze, sessions: Sessions, config: Config, prove: Prove
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    freeze()
    ben = account_named(sessions, "ben")
    add_user(sessions, "dora", "four unrelated words here", "annotator", min_chars=12, actor="ana")
    set_role(sessions, "dora", "viewer", actor="ana")
    sign_in(sessions, "ben", PASSWORD, hours=1)
    make_token(sessions, ben.id, "a program", role="viewer", actor="ben")
    demand_of(sessions, "admins", actor="ana")
    note_backup(sessions, LastBackup(utc_now(), "/mnt", 6, "0026", 1), actor="ana")
    assert claim_next_photos(sessions, account_named(sessions, "carl").id, Queue(), count=2)
    open_source(sessions, 2, account_named(sessions, "carl"))
    change_project(sessions, Project(raters_needed=2), actor="ana")  # which changes nothing
    assert prove().holds


def test_a_new_table_is_of_the_state_unless_it_says_otherwise() -> None:
    assert Kept().is_of_state
    assert {DEMAND, last_backup.SETTING} == {*OF_THE_SERVER}
    assert is_of_state("setting", ("study",))
    assert not is_of_state("setting", (DEMAND,))


def test_pages_and_the_api_say_that_it_is_frozen_and_who_can_unlock_it(
    freeze: Freeze, app: Flask, sessions: Sessions
) -> None:
    ben, ana = Visitor(app, "ben"), Visitor(app, "ana")
    program = Program(app, "ben")
    batch = start_batch(ben)
    assert not ben.see("/gallery").select("#frozen")
    freeze()
    for path in ("/", "/gallery", "/photos/1", "/annotate/1", "/duplicates", "/inbox"):
        assert "1.0" in words(the(ben.see(path), "#frozen"))
    assert the(ana.see("/gallery"), "#frozen a")["href"] == "/admin/freezes"
    assert the(ben.see("/annotate/2"), "#rating > fieldset").has_attr("disabled")
    assert not Visitor(app).see("/signin").select("#frozen")
    changes: dict[str, dict[str, Any]] = {
        "/annotate/1": {"version": 1, "label": "negative"},
        "/annotate/2/exclude": {"reason": "several faces"},
        "/inbox/batches": {},
    }
    for path, fields in changes.items():
        refused = ben.post(path, json=True, **fields)
        assert (refused.status_code, refused.get_json()["kind"]) == (403, "frozen")
        assert "ana" in refused.get_json()["error"]
        assert "1.0" in ben.post(path, **fields).text
    file = (io.BytesIO(jpeg(97)), "file")
    sent = ben.post(f"/inbox/batches/{batch}/files", json=True, file=file, name="x.jpg")
    assert sent.get_json()["kind"] == "frozen"
    said, second = {"label": "unsure"}, {"If-Match": '"1"'}
    told = problem(program.call("PUT", "/photos/2/rating", json=said, headers=second), 403)
    assert told["kind"] == "frozen"
    assert program.read("/study")["frozen_as"] == "1.0"
    kept = ana.post("/admin/study", name="A name that was typed")
    assert kept.status_code == 403
    assert the(parsed(kept.text), "#name")["value"] == "A name that was typed"
    assert the(parsed(kept.text), "#problem")


# Signatures


def test_an_administrator_signs_and_unlocks_on_the_page(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    assert the(ana.see("/admin"), "main a[href='/admin/freezes']")
    assert the(ana.see("/admin/freezes"), "#nothing")
    wrong = ana.post("/admin/freezes", name="1.0", statement="<b>All</b>", present="a guess")
    assert wrong.status_code == 400
    assert the(parsed(wrong.text), "[name=statement]")["value"] == "<b>All</b>"
    assert list_freezes(sessions) == ()
    ana.post("/admin/freezes", name="1.0", statement="<b>All</b>", present=PASSWORD)
    page = ana.see("/admin/freezes")
    assert "1.0" in words(notice(page))
    assert "<b>All</b>" in words(the(page, "[data-freeze='1.0']"))
    for missing in ("", "  "):
        refused = ana.post("/admin/freezes/unlock", reason=missing, present=PASSWORD)
        assert refused.status_code == 400
    ana.post("/admin/freezes/unlock", reason="one rater\nis missing", present=PASSWORD)
    record_of = words(the(ana.see("/admin/freezes"), "[data-void=yes]"))
    assert "one rater is missing" in record_of
    for path in ("/admin/freezes", "/admin/freezes/unlock"):
        sent = Visitor(app, "ada").post(path, name="2.0", statement="x", present=PASSWORD)
        assert sent.status_code == 403
    assert Visitor(app, "ben").get("/admin/freezes").status_code == 403


@pytest.mark.parametrize(
    ("name", "statement", "by", "error"),
    [
        ("", STATEMENT, ANA, InputInvalid),
        ("a name", STATEMENT, ANA, InputInvalid),
        ("x" * 33, STATEMENT, ANA, InputInvalid),
        ("1.0", " ", ANA, InputInvalid),
        ("1.0", "x" * 201, ANA, InputInvalid),
        ("1.0", STATEMENT, Signature("ana", "a guess"), InputInvalid),
        ("1.0", STATEMENT, Signature("nobody", PASSWORD), InputInvalid),
        ("1.0", STATEMENT, Signature("ben", PASSWORD), NotAllowed),
        ("1.0", STATEMENT, Signature("ada", PASSWORD), NotAllowed),
    ],
)
def test_nobody_else_signs_and_nothing_unnamed_is_signed(
    freeze: Freeze,
    sessions: Sessions,
    name: str,
    statement: str,
    by: Signature,
    error: type[CuratorError],
) -> None:
    with pytest.raises(error):
        freeze(name, statement, by)
    assert list_freezes(sessions) == ()


def test_one_freeze_stands_and_a_name_is_used_once(freeze: Freeze, sessions: Sessions) -> None:
    with pytest.raises(NotFound):
        unlock_study(sessions, "too early", by=ANA)
    freeze()
    with pytest.raises(AlreadyThere, match=r"1\.0"):
        freeze("1.1")
    with pytest.raises(ReasonMissing):
        unlock_study(sessions, " \n", by=ANA)
    with pytest.raises(InputInvalid):
        unlock_study(sessions, "why", by=Signature("ana", "a guess"))
    with pytest.raises(NotAllowed):
        unlock_study(sessions, "why", by=Signature("ada", PASSWORD))
    unlock_study(sessions, "one rater is missing", by=ANA)
    with pytest.raises(AlreadyThere, match=r"1\.0"):
        freeze("1.0")
    freeze("1.1")
    newest, oldest = list_freezes(sessions)
    assert (newest.name, newest.is_void) == ("1.1", False)
    assert (oldest.voided_by, oldest.voided_because) == ("ana", "one rater is missing")
    with reading(sessions) as session:
        reasons = session.scalars(
            select(Event.reason).where(Event.action == Action.STUDY_UNLOCKED.value)
        ).all()
    assert reasons == ["one rater is missing"]


def test_a_second_factor_signs_too_and_each_code_once(
    freeze: Freeze, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, now = pyotp.random_base32(), [time.time()]
    monkeypatch.setattr(second_factor, "time", lambda: now[0])
    code = pyotp.TOTP(secret)
    ana = account_named(sessions, "ana")
    turn_on(sessions, ana.id, secret, code.at(now[0]), token="x")
    now[0] += 60
    for wrong in ("", "000000"):
        with pytest.raises(InputInvalid):
            freeze(by=Signature("ana", PASSWORD, wrong))
    signed = Signature("ana", PASSWORD, code.at(now[0]))
    freeze(by=signed)
    with pytest.raises(InputInvalid):
        unlock_study(sessions, "the code was used", by=signed)
    now[0] += 60
    unlock_study(sessions, "a new code", by=Signature("ana", PASSWORD, code.at(now[0])))


def test_commands_freeze_list_prove_and_unlock(run: Run, sessions: Sessions) -> None:
    signed = ("--by", "ana", "--password-stdin")
    refused = run("freeze", "1.0", "--statement", STATEMENT, *signed, password="a guess")
    assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
    assert run("freezes").output == "The study was never frozen.\n"
    assert run("freezes", "--verify").exit_code == 1
    made = run("freeze", "1.0", "--statement", STATEMENT, *signed)
    assert (made.exit_code, "frozen as 1.0" in made.output) == (0, True)
    changed = run("project", "--raters-needed", "3")
    assert (changed.exit_code, len(changed.output.splitlines())) == (1, 1)
    assert "1.0" in changed.output
    assert json.loads(run("freezes", "--json").output)[0]["statement"] == STATEMENT
    proven = run("freezes", "1.0", "--verify")
    assert (proven.exit_code, "holds" in proven.output) == (0, True)
    assert json.loads(run("freezes", "--verify", "--json").output)["holds"]
    assert run("freezes", "9.9", "--verify").exit_code == 1
    opened = run("unlock", "--reason", "a rater is missing", *signed)
    assert (opened.exit_code, "1.0 is void" in opened.output) == (0, True)
    assert "a rater is missing" in run("freezes").output
    assert run("unlock", "--reason", "again", *signed).exit_code == 1
    save_rating(sessions, 2, "carl", NEGATIVE, expected_version=0)


# As signed


def altered(config: Config, statement: Executable) -> None:
    Intruder(config).run(statement)


def told_broken(config: Config) -> list[str]:
    """Return what doctor finds not to be as it was signed."""
    found = examine(config, grace_s=0).findings
    return [one.about for one in found if one.kind is Kind.FREEZE_BROKEN]


def test_a_signature_that_was_changed_is_found(freeze: Freeze, config: Config) -> None:
    freeze()
    assert told_broken(config) == []
    altered(config, update(FreezeRow).values(digest="0" * 64))
    assert told_broken(config) == ["freeze 1"]


def test_a_row_that_is_changed_past_the_program_is_named(
    freeze: Freeze, config: Config, prove: Prove
) -> None:
    freeze()
    altered(config, update(Rating).where(Rating.id == 2).values(label="unsure"))
    proof = prove()
    assert (proof.holds, proof.changed, proof.digest_fits) == (False, (("rating", "[2]"),), True)
    assert "rating 2" in told_broken(config)
    altered(config, text("DELETE FROM file_name WHERE photo_id = 3"))
    assert len(prove().changed) == 2


def test_a_log_that_is_written_anew_does_not_add_up_to_the_digest(
    freeze: Freeze, config: Config, sessions: Sessions, prove: Prove
) -> None:
    freeze()
    with reading(sessions) as session:
        version = session.scalars(select(RowVersion).filter_by(table_name="rating")).first()
        assert version
        number = version.id
    altered(config, update(RowVersion).where(RowVersion.id == number).values(content="0" * 64))
    proof = prove()
    assert (proof.holds, proof.digest_fits) == (False, False)
    assert proof.breaks


def test_a_state_that_differs_from_its_log_is_not_signed(freeze: Freeze, config: Config) -> None:
    altered(config, update(Photo).where(Photo.id == 2).values(source="#elsewhere"))
    with pytest.raises(ChangedSince, match=r"photo \[2\]"):
        freeze()


def test_a_void_freeze_is_proven_by_the_log_alone(
    freeze: Freeze, sessions: Sessions, prove: Prove
) -> None:
    freeze()
    unlock_study(sessions, "one rater is missing", by=ANA)
    save_rating(sessions, 2, "carl", NEGATIVE, expected_version=0)
    assert prove("1.0").holds
    freeze("1.1")
    assert prove("1.0").holds
    assert prove().holds
    with pytest.raises(NotFound):
        prove("1.2")


def test_an_erasure_is_possible_voids_nothing_and_is_told(
    freeze: Freeze, config: Config, sessions: Sessions, prove: Prove, ana: Visitor
) -> None:
    freeze()
    request = Request("photo", "3")
    gone = plan_erasure(sessions, config, request).photos
    erase(sessions, config, request, confirmed=gone, actor="ana")
    proof = prove()
    assert proof.holds
    assert proof.erased >= 2
    [state] = list_freezes(sessions)
    assert (state.is_void, state.erasures) == (False, 1)
    assert "1 erasure" in words(the(ana.see("/admin/freezes"), "[data-freeze]"))
    with pytest.raises(StudyFrozen):
        save_rating(sessions, 2, "carl", NEGATIVE, expected_version=0)


def test_consent_is_recorded_and_withdrawn_in_a_frozen_study_and_voids_nothing(
    freeze: Freeze, sessions: Sessions, prove: Prove, ana: Visitor
) -> None:
    pairs = pair_up(sessions, (3, 4), (5, 6))
    decide_pair(sessions, pairs[0], "copy", confirmed=pairs, actor="ana")
    freeze()
    given = Word("given", "F-1", date(2026, 1, 2), "study")
    set_consent(sessions, Whose("person", "#5"), given, actor="ana")
    done = set_consent(sessions, Whose("person", "#3"), Word("withdrawn"), actor="ana")
    assert done.excluded == (3,)
    with reading(sessions) as session:
        assert session.get_one(Photo, 4).excluded_with_id == 3
    proof = prove()
    assert proof.holds
    assert proof.erased >= 1
    [state] = list_freezes(sessions)
    assert (state.is_void, state.erasures, state.withdrawals) == (False, 0, 1)
    assert "1 withdrawal" in words(the(ana.see("/admin/freezes"), "[data-freeze]"))
    # Who withdrew stays out until the study is unlocked; their word may change before.
    with pytest.raises(StudyFrozen):
        undo_events(sessions, done.events, actor="ana")
    with pytest.raises(StudyFrozen):
        exclude_photo(sessions, 3, "", actor="ana")
    again = set_consent(sessions, Whose("person", "#3"), given, actor="ana")
    with reading(sessions) as session:
        ruled = session.scalar(select(func.max(Event.id)).where(Event.action == "adjudicated"))
    with pytest.raises(StudyFrozen):  # a withdrawal takes nothing else with it
        undo_events(sessions, [*again.events, ruled or 0], actor="ana", reason="a slip")
    undo_events(sessions, again.events, actor="ana")
    assert prove().holds


@pytest.mark.parametrize("wait_s", [0.1, 0.15, 0.2, 0.25])
def test_no_rating_comes_after_the_freeze_that_races_with_it(
    freeze: Freeze, sessions: Sessions, prove: Prove, wait_s: float
) -> None:
    over = threading.Event()

    def rate(rater: str, photo: int) -> int:
        """Save one rating after another until the study is frozen; count them."""
        mine = {"photo_id": photo, "rater_id": account_named(sessions, rater).id}
        saved = 0
        while not over.is_set():
            with reading(sessions) as session:
                version = session.scalar(select(Rating.version).filter_by(**mine)) or 0
            said = NEGATIVE if saved % 2 else POSITIVE
            try:
                save_rating(sessions, photo, rater, said, expected_version=version)
            except StudyFrozen:
                return saved
            saved += 1
        return saved

    def sign() -> SignedState:
        time.sleep(wait_s)
        try:
            return freeze()
        finally:
            time.sleep(0.1)
            over.set()

    *saved, signed = race(partial(rate, "ben", 1), partial(rate, "carl", 2), sign)
    assert isinstance(signed, SignedState)
    assert sum(saved), "ratings were being saved"
    with reading(sessions) as session:
        later = select(Event.action).where(Event.id > signed.head.event)
        assert session.scalars(later).all() == [Action.STUDY_FROZEN.value]
    assert prove().holds


# Exports


def test_an_export_names_the_freeze_that_it_comes_from(
    freeze: Freeze, sessions: Sessions, config: Config
) -> None:
    settings = Settings(ratios=(50, 25, 25), folds=2)
    first = export_dataset(sessions, config, settings, actor="ana")
    assert "freeze" not in json.loads((first.path / "dataset.json").read_text())
    assert "not frozen" in (first.path / "DATASHEET.md").read_text()
    signed = freeze(statement="Complete. # No heading")
    again = export_dataset(sessions, config, settings, actor="ana")
    assert (again.path, again.content_hash) == (first.path, first.content_hash)
    told = json.loads((again.path / "dataset.json").read_text())["freeze"]
    assert (told["name"], told["digest"], told["statement"]) == (
        "1.0",
        signed.digest,
        "Complete. # No heading",
    )
    assert "ana" not in str(told)
    datasheet = (again.path / "DATASHEET.md").read_text()
    assert "frozen as 1.0" in datasheet
    assert signed.digest in datasheet
    croissant = json.loads((again.path / "croissant.json").read_text())
    assert "frozen as 1.0" in croissant["rai:dataReleaseMaintenancePlan"]
    other = export_dataset(
        sessions, config, Settings(**vars(settings) | {"format": "csv"}), actor="ana"
    )
    assert "frozen as 1.0" in (other.path / "README.txt").read_text()
    with reading(sessions) as session:
        made = session.scalars(select(Event.after).where(Event.action == "export made")).all()
    assert [after and after.get("freeze") for after in made] == [None, "1.0", "1.0"]
