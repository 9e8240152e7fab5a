"""A PostgreSQL server of our own, in a temporary folder, and a database on it for each test."""

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

OWNERS = ("postgres", "nobody")  # the server refuses to run as root


@dataclass(frozen=True)
class Server:
    """A running server, reached through a socket in its folder."""

    folder: Path

    def new_database(self, name: str) -> str:
        """Create a database; return its address."""
        with psycopg.connect(host=str(self.folder), user="malar", dbname="postgres") as connection:
            connection.autocommit = True
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://malar@/{name}?host={self.folder}"


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server; skip the test where none is installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: initdb and pg_ctl were not found")
    folder = Path(tempfile.mkdtemp(prefix="malar-postgresql-"))
    owner = _owner()
    if owner:
        shutil.chown(folder, owner)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"

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
