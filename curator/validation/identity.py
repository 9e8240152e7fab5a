"""What was validated: hashes of the software, the schema and the settings, versions, the database, the machine."""

import hashlib
import json
import platform
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.metadata import distributions, requires, version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.db import newest_revision
from curator.base.resources import resource
from curator.custody.records import open_reader
from curator.study.stating import stated_facts
from curator.validation.installation import NAME, has_instance

PACKAGES = ("curator", "trainer", "copies", "faces", "intervals")
RESOURCES = ("migrations", "templates")
SECRETS = ("secret_key", "label_studio_api_key")
NAMED = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Identity:
    """What a signature is about."""

    study: str
    instance: str
    version: str
    software_sha256: str
    software_files: int
    schema: str
    settings: dict[str, str]
    settings_sha256: str
    python: str
    libraries: dict[str, str]
    database: str
    machine: str


def identify(config: Config) -> Identity:
    files = dict(software_files())
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
    settings = settings_told(config)
    return Identity(
        study=_study(config),
        instance=str(config.instance.resolve()),
        version=version(NAME),
        software_sha256=hashlib.sha256(lines.encode()).hexdigest(),
        software_files=len(files),
        schema=newest_revision(),
        settings=settings,
        settings_sha256=hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries=libraries(),
        database=_database(config),
        machine=f"{platform.node()}, {platform.platform()}",
    )


def software_files() -> Iterator[tuple[str, str]]:
    """Yield each file of the program with its SHA-256; a checkout and its wheel yield the same."""
    for package in PACKAGES:
        if (found := find_spec(package)) and found.origin:
            yield from _hashed(Path(found.origin).parent, package)
    for name in RESOURCES:
        yield from _hashed(resource(name), name)


def _hashed(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        is_elsewhere = name == "curator" and parts[0] in RESOURCES  # where a wheel has them
        is_made = "__pycache__" in parts or any(part.startswith(".") for part in parts)
        if path.is_file() and not is_made and not is_elsewhere:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield "/".join((name, *parts)), digest


def settings_told(config: Config) -> dict[str, str]:
    """Return every setting as text; of a secret only whether it is set."""
    told = {}
    for field in fields(Config):
        value = getattr(config, field.name)
        if field.name in SECRETS:
            told[field.name] = "set, not shown" if value else "not set"
        elif field.name == "database_url":
            told[field.name] = _address(value) if value else "SQLite in the instance"
        elif field.name == "label_studio_url":
            told[field.name] = _without_user(value)
        else:
            told[field.name] = str(value)
    return told


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that the program names, of those that are installed."""
    installed = {one.name.lower().replace("_", "-"): one.version for one in distributions()}
    named = {
        found[0].lower().replace("_", "-")
        for line in requires(NAME) or ()
        if "extra == 'dev'" not in line.replace('"', "'") and (found := NAMED.match(line))
    }
    return {name: installed[name] for name in sorted(named) if name in installed}


def _address(url: str) -> str:
    """Return a database's address without its password, nor what a query may hold."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except ArgumentError:
        return "not an address"


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1) if url else ""


def _study(config: Config) -> str:
    if not has_instance(config):
        return ""
    with open_reader(config) as reader, Session(reader.connection) as session:
        return str(stated_facts(session).get("name", ""))


def _database(config: Config) -> str:
    if config.url.startswith("sqlite"):
        return f"SQLite {sqlite3.sqlite_version}"
    if not has_instance(config):
        return make_url(config.url).get_backend_name()
    with open_reader(config) as reader:
        told = reader.connection.exec_driver_sql("SHOW server_version").scalar_one()
        return f"PostgreSQL {told}"
