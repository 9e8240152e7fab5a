"""The instance folder: private, holding a key and an up-to-date database."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from curator.base.config import Config
from curator.base.db import is_new, newest_revision, require_restored, revision_of, upgrade
from curator.base.errors import DatabaseNotCopied, UpgradeRefused
from curator.base.invocation import curator_command
from curator.base.snapshots import SQLITE, copy_database, kind_of
from curator.base.store import Store, write_file
from curator.base.writing import PREFIX, make_private, put_in_place, sweep, temporary_file

COPIES = "backups"  # the folder of the databases as they were before an upgrade
COPIES_KEPT = 3


def init_instance(config: Config, *, copy_first: bool = True) -> None:
    """Create the folder, key and database if missing, keeping existing ones.

    Args:
        copy_first: before an older database is upgraded, copy it into the instance.

    Raises:
        UpgradeRefused: it could not be copied.
    """
    require_restored(config)
    make_private(config.instance)
    config.instance.chmod(0o700)
    key = config.instance / "key"
    if not key.exists():
        write_file(key, secrets.token_hex(32).encode())
    if not is_new(config):
        revision = revision_of(config)
        if copy_first and revision != newest_revision():
            _copy_before_upgrade(config, revision or "none")
    upgrade(config)
    store = Store(config.instance)
    store.remove_older_pictures()
    store.sweep()
    store.keep_private()


def _copy_before_upgrade(config: Config, revision: str) -> None:
    folder = config.instance / COPIES
    ending = "sqlite" if kind_of(config) == SQLITE else "dump"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    try:
        make_private(folder)
        sweep(folder.glob(f"{PREFIX}*"))
        with temporary_file(folder) as written:
            copy_database(config, written, lambda _: None)
            put_in_place(written, folder / f"{now}-{revision}.{ending}")
        _remove_oldest(folder)
    except (OSError, DatabaseNotCopied) as error:
        raise UpgradeRefused(
            "The database was not upgraded, since no copy of it could be written into %(folder)s "
            "first: %(why)s To upgrade it without a copy, run `%(curator)s init --without-copy`.",
            folder=folder,
            why=error if isinstance(error, DatabaseNotCopied) else f"{error.strerror}.",
            curator=curator_command(),
        ) from error


def _remove_oldest(folder: Path) -> None:
    copies = [path for path in folder.iterdir() if path.suffix in (".sqlite", ".dump")]
    for path in sorted(copies, key=lambda path: path.name)[:-COPIES_KEPT]:
        path.unlink()
