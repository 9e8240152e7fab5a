"""What holds for all tests: none measures time, and each closes the databases it opened."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache

from curator.base import passwords
from tests.curator import databases

settings.register_profile("malar", deadline=None)  # a busy machine fails no test
settings.load_profile("malar")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter: what is packed or drawn at import differs between two workers."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile each template once, not once for each test's app."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Flask, "jinja_options", {"bytecode_cache": cache})
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_weakly() -> Iterator[None]:
    """Hash passwords so weakly that signing in takes no time."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "HASHER", weak)
        yield


@pytest.fixture(autouse=True)
def closed_databases() -> Iterator[None]:
    """Close what was opened: a server waits by select(), which fails beyond 1,024 open files."""
    with databases.closed():
        yield
