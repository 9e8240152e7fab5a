"""A scratch instance beside the real one: the same settings, disk and kind of database, and nothing of the study."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from curator.base import accounts
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.errors import ValidationImpossible
from curator.base.instance import init_instance
from curator.base.models.photos import Photo
from curator.base.store import Store
from curator.base.tokens import make_token
from curator.base.writing import sweep, temporary_folder
from curator.custody.restoring import restore_backup
from curator.photos.importing import import_upload, open_batch
from curator.ratings.settings import Project, change_project
from curator.validation.databases import Databases
from curator.validation.drawing import as_jpeg, draw_face
from curator.validation.results import Unmet, require
from curator.validation.serving import Client, Server, ServerProcess

PREFIX = ".malar-validation-"
ACTOR = "validation"
SITE, OTHER_SITE = "#validation-here", "#validation-there"
SIDE_PX = 320
ROLES = {
    "admin": "admin",
    "adjudicator": "adjudicator",
    "first": "annotator",
    "second": "annotator",
    "viewer": "viewer",
    "bound": "annotator",  # to SITE
    "leaving": "annotator",
    "changing": "annotator",
    "guessed": "annotator",
}
REGION = [[0.3123, 0.4], [0.7, 0.4], [0.6, 0.7], [0.4, 0.7]]
SHOWN_OF_REGION = "0.3123"  # in every form in which a region is shown
CALLS_A_MINUTE = 6000  # of one token: a validation asks for every route

Serve = Callable[[Config, Path], Server]


@dataclass(frozen=True)
class Person:
    """An account of the scratch instance."""

    id: int
    name: str
    role: str
    password: str
    token: str


@dataclass(frozen=True)
class Uploaded:
    """A photo that was uploaded, and under which name."""

    id: int
    name: str
    content: bytes


@dataclass(eq=False)
class Scratch:
    """What the checks work on; `real` is the installation's own configuration, only read.

    Attributes:
        serve: starts a server; tests start one in their own process.
        trains: whether a small network may be trained.
    """

    real: Config
    folder: Path
    databases: Databases
    serve: Serve = ServerProcess
    trains: bool = True
    _server: Server | None = None
    _clients: dict[str, Client] = field(default_factory=dict)
    _drawn: int = 0

    @cached_property
    def config(self) -> Config:
        config = settings_of(self.real, self.folder / "instance", self.databases.new())
        init_instance(config)
        return config

    @cached_property
    def sessions(self) -> Sessions:
        return open_sessions(self.config)

    @property
    def engine(self) -> Engine:
        engine: Engine = self.sessions.kw["bind"]
        return engine

    @cached_property
    def people(self) -> dict[str, Person]:
        made = {key: self._person(key, role) for key, role in ROLES.items()}
        change_project(self.sessions, Project(raters_needed=2), actor=ACTOR)
        self.add_photo(SITE)  # so that there is a source to bind an account to
        accounts.set_sites(self.sessions, made["bound"].name, [SITE], actor=ACTOR)
        return made

    def _person(self, key: str, role: str) -> Person:
        name, password = (
            f"{key}-{secrets.token_hex(3)}",
            accounts.new_password(self.config.password_min_chars),
        )
        account = accounts.add_user(
            self.sessions,
            name,
            password,
            role,
            min_chars=self.config.password_min_chars,
            actor=ACTOR,
        )
        token, _ = make_token(self.sessions, account.id, "validation", role=role, actor=ACTOR)
        return Person(account.id, name, role, password, token)

    # -- the server and who asks it ----------------------------------------------------------------

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def server(self) -> Server:
        if self._server is None or not self._server.is_running():
            _ = self.sessions  # the instance is there before its server
            self._server = self.serve(self.config, self.log)
        return self._server

    def server_is_running(self) -> bool:
        return self._server is not None and self._server.is_running()

    def visitor(self) -> Client:
        return Client(self.server, self.config)

    def browser(self, key: str) -> Client:
        """Return a browser in which somebody is signed in."""
        person = self.people[key]
        if key not in self._clients:
            client = self.visitor()
            answer = client.sign_in(person.name, person.password)
            require(
                answer.status == 303,
                f"{person.role} could not sign in: the server answered {answer.status}.",
            )
            self._clients[key] = client
        return self._clients[key].use(self.server)

    def forget(self, key: str) -> None:
        """Let somebody sign in again the next time."""
        self._clients.pop(key, None)

    def program(self, key: str) -> Client:
        """Return a program with somebody's token."""
        return Client(self.server, self.config, self.people[key].token)

    # -- photos and ratings ------------------------------------------------------------------------

    def draw(self) -> bytes:
        """Draw a face that was not drawn before."""
        self._drawn += 1
        return as_jpeg(draw_face(self._drawn, max(SIDE_PX, self.config.min_side_px)))

    def add_photo(self, source: str = "", content: bytes | None = None) -> Uploaded:
        """Add a photo by the services, as an upload does."""
        content, name = content or self.draw(), f"drawn-{secrets.token_hex(6)}.jpg"
        batch = open_batch(self.sessions, source=source, collector=ACTOR, actor=ACTOR)
        outcome = import_upload(self.sessions, self.config, batch, name, content, actor=ACTOR)
        if outcome.photo_id is None:
            raise Unmet(f"A drawn photo was refused: {outcome.reason}")
        return Uploaded(outcome.photo_id, name, content)

    def rate(self, key: str, photo: int, version: int = 0, **said: object) -> dict[str, Any]:
        """Save a rating by HTTP and return the answer; Unmet if it is not saved."""
        given: dict[str, object] = {"label": "positive", "region": REGION, "over_eyes": True}
        given |= {"origin": "drawn", "values": {"sex": "female", "evidence": "visual"}, **said}
        expected = {"If_Match": f'"{version}"'} if version else {"If_None_Match": "*"}
        answer = self.program(key).call("PUT", f"/photos/{photo}/rating", given, **expected)
        require(
            answer.status in (200, 201),
            f"A rating was not saved: the server answered {answer.status}, {answer.text:.200}",
        )
        saved: dict[str, Any] = answer.json
        return saved

    # -- what lies on the disk and in the database -----------------------------------------------------

    def photo_file(self, photo: int) -> Path:
        with self.sessions() as session:
            row = session.get_one(Photo, photo)
            return Store(self.config.instance).photo(row.file_sha256, row.format)

    def found(self, marks: set[bytes]) -> list[str]:
        """Return where one of these byte patterns is: a file's content or name, or a row of the database."""
        places = []
        for path in sorted([*self.config.instance.rglob("*"), self.log]):
            if path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if any(mark in content or mark in path.name.encode() for mark in marks):
                places.append(path.relative_to(self.folder).as_posix())
        with self.engine.connect() as connection:
            places += _found_in_rows(connection, marks)
        return places

    @contextmanager
    def restored(self, target: Path) -> Iterator[Config]:
        """Restore the newest backup of a folder into an empty instance, which is removed at the end."""
        folder = self.folder / f"restored-{secrets.token_hex(4)}"
        url = self.databases.new()
        config = replace(self.config, instance=folder, database_url=url)
        try:
            restore_backup(config, target, actor=ACTOR)
            yield config
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self.databases.give_back(url)

    def close(self) -> None:
        if self._server and self._server.is_running():
            self._server.kill()
        if "sessions" in vars(self):
            self.engine.dispose()


def settings_of(real: Config, instance: Path, url: str) -> Config:
    """Return the settings of the scratch instance: the installation's, but for secrets and places."""
    return replace(
        real,
        instance=instance,
        database_url=url,
        secret_key="",
        host=Config.host,
        port=Config.port,
        suggest=False,
        api_per_minute=max(real.api_per_minute, CALLS_A_MINUTE),
        label_studio_url="",
        label_studio_api_key="",
    )


@contextmanager
def scratch_folder(real: Config, beside: Path | None = None) -> Iterator[Path]:
    """Make a private folder on the instance's disk, and remove it with all that is in it.

    Raises:
        ValidationImpossible: no folder can be made there.
    """
    parent = beside or real.instance.resolve().parent
    with ExitStack() as opened:
        try:
            sweep(parent.glob(f"{PREFIX}*"))  # of a validation that was killed
            path = opened.enter_context(temporary_folder(parent, PREFIX))
        except OSError as error:
            raise ValidationImpossible(
                "No scratch instance can be made in %(folder)s (%(why)s): give a folder on the same "
                "disk by --scratch.",
                folder=parent,
                why=error.strerror or error,
            ) from error
        yield path


def is_on_same_disk(real: Config, folder: Path) -> bool:
    with suppress(OSError):
        return real.instance.stat().st_dev == folder.stat().st_dev
    return real.instance.resolve().parent in folder.resolve().parents


def _found_in_rows(connection: Connection, marks: set[bytes]) -> Iterator[str]:
    """Search the rows of a server's database, whose files are out of reach; SQLite's were read."""
    if connection.dialect.name == "sqlite":
        return
    quote = connection.dialect.identifier_preparer.quote
    for table in inspect(connection).get_table_names():
        # Bytes are shown in hexadecimal digits.
        for (row,) in connection.exec_driver_sql(f"SELECT t::text FROM {quote(table)} AS t"):  # noqa: S608
            if any(mark.decode("latin-1") in row or mark.hex() in row for mark in marks):
                yield f"table {table}"
                break
