"""The instance folder: private, holding a key and an up-to-date database."""

import hashlib
import hmac
import secrets

from curator.base.config import Config
from curator.base.db import upgrade
from curator.base.errors import InstanceMissing
from curator.base.invocation import curator_command
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
    store.keep_private()


def instance_key(config: Config) -> str:
    try:
        return (config.instance / "key").read_text().strip()
    except FileNotFoundError:
        raise InstanceMissing(
            "%(folder)s is not initialised: run `%(curator)s init` first.",
            folder=config.instance,
            curator=curator_command(),
        ) from None


def author_key(config: Config, author: str) -> str:
    """Return the keyed hash that is stored in place of an account name."""
    name = author.strip().lstrip("@").casefold()
    return hmac.new(instance_key(config).encode(), name.encode(), hashlib.sha256).hexdigest()
