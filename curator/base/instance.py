"""The instance folder: private, holding a key and an up-to-date database."""

import secrets

from curator.base.config import Config
from curator.base.db import upgrade
from curator.base.store import Store, write_file


def init_instance(config: Config) -> None:
    """Create the folder, key and database if missing, keeping existing ones."""
    config.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    config.instance.chmod(0o700)
    key = config.instance / "key"
    if not key.exists():
        write_file(key, secrets.token_hex(32).encode())
    upgrade(config)
    store = Store(config.instance)
    store.remove_older_pictures()
    store.sweep()
