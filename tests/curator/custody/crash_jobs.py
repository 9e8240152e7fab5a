"""The jobs that are killed: each on a copy of one small study, and what it has acknowledged by then."""

import hashlib
import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from sqlalchemy import func, select

from curator.app import PLAIN_COOKIE, create_app
from curator.base.config import Config
from curator.base.db import Sessions, newest_revision, open_sessions, reading, revision_of
from curator.base.errors import NotFound
from curator.base.instance import init_instance
from curator.base.models.erasures import Erasure
from curator.base.models.exports import Export, SplitAssignment
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import FileName, Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.base.moving import found_path
from curator.base.privacy import keep_private
from curator.base.store import Store
from curator.custody.backing_up import back_up
from curator.custody.erasable import Request
from curator.custody.erasing import erase, finish_erasures, plan_erasure
from curator.custody.listing import list_backups
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.importing import import_folders
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.accounts import add_accounts
from tests.curator.browsing import Visitor
from tests.curator.custody.steps import Tell
from tests.curator.custody.test_upgrades import bring_down
from tests.curator.drawing import REGION, jpeg
from trainer.runs.folder import open_run
from trainer.runs.history import HistoryRow
from trainer.training.checkpoints import Checkpoint, PhaseState

State = dict[str, Any]
THERE, INCOMING = range(6), range(6, 10)  # seeds of photos that are drawn
FORMS = Settings(ratios=(50, 25, 25), folds=2, max_side_px=128)
ERASED = 2  # the number of a photo
EPOCHS = 4


@dataclass(frozen=True)
class Study:
    """The folder of one study: the instance, photos to come, backups, and a run of the trainer."""

    folder: Path

    @property
    def config(self) -> Config:
        return Config(instance=self.folder / "instance", workers=1, import_batch=2)

    @property
    def incoming(self) -> Path:
        return self.folder / "incoming"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def run(self) -> Path:
        return self.folder / "runs" / "first"

    @contextmanager
    def opened(self) -> Iterator[Sessions]:
        sessions = open_sessions(self.config)
        try:
            yield sessions
        finally:
            sessions.kw["bind"].dispose()


@dataclass(frozen=True)
class Job:
    """A job that can be cut short.

    Attributes:
        act: does it, and tells what it acknowledges.
        again: does it once more after a crash.
        lost: names what was acknowledged and is gone.
        prepare: changes the study before.
        weight: how often it is killed, beside the others.
        is_of_instance: whether it changes the instance.
        is_numbered: whether it acknowledges something else each time.
    """

    act: Callable[[Study, Tell], object]
    again: Callable[[Study], object]
    lost: Callable[[Study, Sequence[str]], list[str]]
    prepare: Callable[[Study], object] = lambda _: None
    weight: int = 25
    is_of_instance: bool = True
    is_numbered: bool = False


def make_study(folder: Path) -> Study:
    """Make a study with photos, ratings, an export and a backup."""
    keep_private()
    study = Study(folder)
    study.incoming.mkdir(parents=True)
    (study.folder / "runs").mkdir()
    there = folder / "there"
    there.mkdir()
    for seeds, into in ((THERE, there), (INCOMING, study.incoming)):
        for seed in seeds:
            (into / f"{seed:02}.jpg").write_bytes(jpeg(seed))
    (study.incoming / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (study.incoming / "05-again.jpg").write_bytes(jpeg(5))
    init_instance(study.config)
    with study.opened() as sessions:
        add_accounts(sessions)
        import_folders(sessions, study.config, [there], source="#rash", actor="ana")
        for photo in range(1, len(THERE) + 1):
            for rater in ("ana", "ben"):
                label = ("positive", "negative")[photo % 2]
                values = {"sex": "female", "evidence": "visual"}
                said = Assessment(label=label, values=values, region=REGION)
                save_rating(sessions, photo, rater, said, expected_version=0)
        export_dataset(sessions, study.config, FORMS, actor="ana")
        back_up(sessions, study.config, study.backups, actor="ana")
    shutil.rmtree(there)
    return study


# -- what a study holds, however often it was interrupted ----------------------------------------


def state_of(study: Study) -> State:
    """Return what must come out the same, by names that do not depend on the order of rows."""
    with study.opened() as sessions, reading(sessions) as session:
        photos = {row.id: row for row in session.scalars(select(Photo))}
        name = {number: row.original_name for number, row in photos.items()}
        facts = [
            *((row.original_name, row.file_sha256, row.pixel_sha256) for row in photos.values())
        ]
        names = session.execute(select(FileName.photo_id, FileName.name))
        pairs = session.scalars(select(DuplicatePair))
        ratings = session.execute(
            select(Rating.photo_id, User.name, Rating.label, Rating.version).join(
                User, User.id == Rating.rater_id
            )
        )
        splits = session.scalars(select(SplitAssignment))
        exports = session.scalars(select(Export)).all()
        state: State = {
            "photos": sorted(facts),
            "names": sorted((name[photo], said) for photo, said in names),
            "pairs": sorted(
                tuple(sorted((name[pair.photo_a_id], name[pair.photo_b_id]))) for pair in pairs
            ),
            "ratings": sorted((name[photo], *said) for photo, *said in ratings),
            "splits": sorted((one.scheme, name[one.photo_id], one.split) for one in splits),
            "exports": sorted({(one.name, one.content_hash) for one in exports}),
            "erasures": session.scalar(select(func.count(Erasure.id))),
        }
        folders = {found_path(study.config.instance, one.path) for one in exports}
    state["files"] = sorted(
        path.relative_to(study.config.instance).as_posix()
        for path in (study.config.instance / "photos").rglob("*")
        if path.is_file()
    )
    state["exported"] = {path.name: _digest(path) for path in sorted(folders) if path.is_dir()}
    return state


def _digest(folder: Path) -> str:
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".png", ".csv")]
    parts = [f"{path.relative_to(folder)} {_sha(path)}" for path in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def half_rows(study: Study) -> list[str]:
    """Return the rows that lack their file or folder."""
    wrong = []
    with study.opened() as sessions, reading(sessions) as session:
        store = Store(study.config.instance)
        for sha, form in session.execute(select(Photo.file_sha256, Photo.format)):
            path = store.photo(sha, form)
            if not path.is_file() or _sha(path) != sha:
                wrong.append(f"photo {sha[:8]} has a row and no whole file")
        for export in session.scalars(select(Export).where(Export.erased_at.is_(None))):
            if not (found_path(study.config.instance, export.path) / "dataset.json").is_file():
                wrong.append(f"export {export.name} has a row and no folder")
    return wrong


def half_backups(study: Study) -> list[str]:
    """Return the backups that are listed and not whole."""
    listed = list_backups(study.backups, read_back=True)
    return [f"backup {one.name}: {one}" for one in listed if not one.is_whole or one.lacking]


# -- import and upload ---------------------------------------------------------------------------


def import_all(study: Study, tell: Tell) -> None:
    files = sorted(path.name for path in study.incoming.iterdir())

    def progress(done: int, _all: int) -> None:
        for name in files[:done]:
            tell(name)

    with study.opened() as sessions:
        Store(study.config.instance).sweep()  # as the command does
        import_folders(sessions, study.config, [study.incoming], actor="ana", progress=progress)
        tell("done")


def lost_photos(study: Study, told: Sequence[str]) -> list[str]:
    """Return the files that were acknowledged and have no row, or whose row has no file."""
    store = Store(study.config.instance)
    with study.opened() as sessions, reading(sessions) as session:
        rows = dict(session.execute(select(Photo.file_sha256, Photo.format)).all())
    lost = []
    for name in {*told} - {"done", "broken.jpg"}:
        sha = _sha(study.incoming / name)
        if sha not in rows or not store.photo(sha, rows[sha]).is_file():
            lost.append(f"{name} was acknowledged and is not there")
    return lost


@cache
def signed_in(instance: Path, name: str) -> tuple[str, str]:
    """Return the cookie and the token of somebody who is signed in to an instance and its copies."""
    visitor = Visitor(create_app(Config(instance=instance, workers=1)), name)
    token = visitor.token()
    cookie = visitor.client.get_cookie(PLAIN_COOKIE)
    assert cookie
    return cookie.value, token


class Page:
    """The pages of a copy, for somebody who signed in before it was made."""

    def __init__(self, app: Flask, cookie: str, token: str) -> None:
        self._client = app.test_client()
        self._client.set_cookie(PLAIN_COOKIE, cookie)
        self._headers = {"Accept": "application/json", "X-CSRFToken": token}

    def post(self, address: str, **fields: Any) -> dict[str, Any]:
        answer = self._client.post(address, data=fields, headers=self._headers)
        if answer.status_code >= 300:
            raise AssertionError(f"{answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.get_json()
        return found


def sign_in(study: Study) -> None:
    signed_in.cache_clear()
    signed_in(study.config.instance, "ana")


def page_of(study: Study) -> Page:
    Store(study.config.instance).sweep()  # as `serve` does
    return Page(create_app(study.config), *signed_in(study.config.instance, "ana"))


def upload_all(study: Study, tell: Tell) -> None:
    page = page_of(study)
    batch = page.post("/inbox/batches", source="#rash")["batch"]
    for path in sorted(study.incoming.iterdir()):
        file = (io.BytesIO(path.read_bytes()), path.name)
        page.post(f"/inbox/batches/{batch}/files", file=file, name=path.name)
        tell(path.name)


# -- rating --------------------------------------------------------------------------------------


def rate_all(study: Study, tell: Tell) -> None:
    page = page_of(study)
    for photo in unrated(study):
        page.post(f"/annotate/{photo}", version=1, label="unsure", sex="male", evidence="visual")
        tell(str(photo))


def unrated(study: Study) -> list[int]:
    """Return the photos of which ana's first word still stands."""
    with study.opened() as sessions, reading(sessions) as session:
        ana = select(User.id).where(User.name == "ana").scalar_subquery()
        first = select(Rating.photo_id).where(Rating.rater_id == ana, Rating.version == 1)
        return sorted(session.scalars(first))


def lost_ratings(study: Study, told: Sequence[str]) -> list[str]:
    return [f"the rating of photo {photo}" for photo in unrated(study) if str(photo) in told]


# -- export, backup, migration -------------------------------------------------------------------


def export(study: Study, tell: Tell) -> None:
    with study.opened() as sessions:
        Store(study.config.instance).sweep()  # as the command does
        settings = Settings(ratios=(60, 20, 20), folds=2)
        made = export_dataset(sessions, study.config, settings, actor="ana")
        tell(f"{made.path} {made.content_hash}")


def lost_exports(study: Study, told: Sequence[str]) -> list[str]:
    with study.opened() as sessions, reading(sessions) as session:
        known = {one.content_hash for one in session.scalars(select(Export))}
    pairs = [line.rsplit(" ", 1) for line in told]
    return [
        f"the export {path}"
        for path, content in pairs
        if content not in known or not (Path(path) / "dataset.json").is_file()
    ]


def back_up_all(study: Study, tell: Tell) -> None:
    with study.opened() as sessions:
        tell(back_up(sessions, study.config, study.backups, actor="ana").name)


def lost_backups(study: Study, told: Sequence[str]) -> list[str]:
    listed = {one.name for one in list_backups(study.backups, read_back=True) if one.is_whole}
    return [f"the backup {name}" for name in told if name not in listed]


def migrate(study: Study, tell: Tell) -> None:
    init_instance(study.config)
    tell("done")


def make_older(study: Study) -> None:
    bring_down(study.config)


def lost_migrations(study: Study, told: Sequence[str]) -> list[str]:
    """Tell whether the database is at neither the old revision, with its rows, nor at the new one."""
    revision = revision_of(study.config)
    copies = [*(study.config.instance / "backups").glob("*.sqlite")]
    if told and revision != newest_revision():
        return [f"the migration: the database is at {revision}"]
    if revision == newest_revision() and not copies:
        return ["the copy from before the migration"]
    return []


# -- erasure -------------------------------------------------------------------------------------


def erase_one(study: Study, tell: Tell) -> None:
    with study.opened() as sessions:
        finish_erasures(sessions, study.config)
        asked = Request("photo", str(ERASED))
        with suppress(NotFound):  # it was erased before
            found = plan_erasure(sessions, study.config, asked).photos
            erase(sessions, study.config, asked, confirmed=found, actor="ana")
        tell("erased")


def lost_erasures(study: Study, told: Sequence[str]) -> list[str]:
    """Return the files that still name a photo whose erasure was acknowledged."""
    if not told:
        return []
    mark = hashlib.sha256(jpeg(THERE[ERASED - 1])).hexdigest().encode()
    return [
        f"{path} names an erased photo"
        for path in sorted(study.config.instance.rglob("*"))
        if path.is_file() and (mark in path.read_bytes() or mark.decode() in path.name)
    ]


# -- a training's checkpoints --------------------------------------------------------------------


class Variable:
    """What a checkpoint needs of a network's variable."""

    def __init__(self) -> None:
        self.value = np.zeros(20_000, np.float32)

    def numpy(self) -> np.ndarray:
        return self.value.copy()

    def assign(self, value: np.ndarray) -> None:
        self.value = np.asarray(value)


class Network:
    """What a checkpoint needs of a network; TensorFlow would take a second of every kill."""

    def __init__(self) -> None:
        self.trainable_variables = [Variable(), Variable()]
        self.optimizer = self
        self.variables = [Variable()]

    def build(self, _variables: object) -> None:
        """There is nothing to build."""


def train(study: Study, tell: Tell) -> None:
    """Write a run with a checkpoint after each epoch, continuing where the last one was killed."""
    network: Any = Network()
    if study.run.exists():  # `trainer run` finds it finished
        tell("done")
        return
    with open_run(study.run, {"seed": 1}, resume=True) as (folder, checkpoints):
        saved = Checkpoint(checkpoints / "fold.npz", every_s=0)
        state = saved.load(network)
        if not state.rows:
            state = PhaseState()
            state.start(9.0, network)
        while not state.is_over(EPOCHS, 0):
            epoch = len(state.rows) + 1
            for variable in (*network.trainable_variables, *network.variables):
                variable.assign(np.full(20_000, epoch, np.float32))
            state.record(HistoryRow("head", epoch, 0.5, 0.5, 1 / epoch, 0.5), network)
            saved.save(state, network, is_last=epoch == EPOCHS)
            tell(str(epoch))
        (folder / "model.keras").write_bytes(network.trainable_variables[0].value.tobytes())
    tell("done")


def lost_epochs(study: Study, told: Sequence[str]) -> list[str]:
    """Return the epochs whose checkpoint was acknowledged and cannot be continued from."""
    network: Any = Network()
    model = study.run / "model.keras"
    if model.exists():
        whole = np.full(20_000, EPOCHS, np.float32).tobytes()
        return [] if model.read_bytes() == whole else ["the finished run is not whole"]
    if "done" in told:
        return ["the finished run"]
    hidden = study.run.with_name(f".partial-{study.run.name}")
    state = Checkpoint(hidden / "checkpoints" / "fold.npz").load(network)
    at = len(state.rows)
    torn = any(set(np.unique(one.value)) != {at} for one in network.trainable_variables)
    return [
        *(f"epoch {epoch}" for epoch in told if int(epoch) > at),
        *(["the checkpoint mixes epochs"] if torn and at else []),
    ]


def quietly(act: Callable[[Study, Tell], object]) -> Callable[[Study], object]:
    return lambda study: act(study, lambda _: None)


JOBS: dict[str, Job] = {
    "import": Job(import_all, quietly(import_all), lost_photos, weight=30),
    "upload": Job(upload_all, quietly(upload_all), lost_photos, sign_in, weight=10),
    "rating": Job(rate_all, quietly(rate_all), lost_ratings, sign_in, weight=15),
    "export": Job(export, quietly(export), lost_exports, weight=30),
    "erasure": Job(erase_one, quietly(erase_one), lost_erasures),
    "backup": Job(back_up_all, quietly(back_up_all), lost_backups, weight=30, is_numbered=True),
    "migration": Job(migrate, quietly(migrate), lost_migrations, make_older),
    "checkpoint": Job(train, quietly(train), lost_epochs, weight=35, is_of_instance=False),
}
