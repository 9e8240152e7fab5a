"""A PostgreSQL server of our own, in a temporary folder, and databases on it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

# What is stored outlives no test: nothing waits for the disk.
HASTY = (
    "-c fsync=off",
    "-c synchronous_commit=off",
    "-c full_page_writes=off",
    "-c autovacuum=off",
)
OWNERS = ("postgres", "nobody")  # the server refuses to run as root


@dataclass(frozen=True)
class Server:
    """A running server, reached through a socket in its folder."""

    folder: Path

    def new_database(self, name: str, template: str = "template1") -> str:
        """Create a database, a copy of the template; return its address."""
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql+psycopg://malar@/{name}?host={self.folder}"

    def drop_database(self, name: str) -> None:
        """Drop a database, also while somebody is connected to it."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        where = f"host={self.folder} user=malar dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server; fail where none is installed."""
    programs = _programs()
    if programs is None:
        pytest.fail("no PostgreSQL server is installed: initdb and pg_ctl were not found")
    folder = Path(tempfile.mkdtemp(prefix="malar-postgresql-"))
    owner = _owner()
    if owner:
        shutil.chown(folder, owner)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} {' '.join(HASTY)}"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, user=owner, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "--username=malar", "--auth=trust", "--no-sync", "--encoding=UTF8")
        run("pg_ctl", "--wait", f"--log={folder / 'log'}", f"--options={options}", "start")
        yield Server(folder)
        run("pg_ctl", "--wait", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")  # where Debian keeps them
    return max((path.parent for path in versions), default=None)


def _owner() -> str | None:
    """Return the account that runs the server, or None for our own."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in OWNERS if name in names)
