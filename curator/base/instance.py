"""The instance folder: private, holding a key and an up-to-date database."""

import hashlib
import hmac
import secrets

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, upgrade
from curator.base.errors import InstanceMissing
from curator.base.invocation import curator_command
from curator.base.models.settings import Setting
from curator.base.store import Store, write_file

KEY_CHECK = "key check"  # the setting that holds it


def init_instance(config: Config) -> None:
    """Create the folder, key and database if missing, keeping existing ones."""
    config.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    config.instance.chmod(0o700)
    key = config.instance / "key"
    if not key.exists():
        write_file(key, secrets.token_hex(32).encode())
    upgrade(config)
    _note_key(open_sessions(config), instance_key(config))
    store = Store(config.instance)
    store.remove_older_pictures()
    store.sweep()


def _note_key(sessions: Sessions, key: str) -> None:
    """Note the key's check in a database that has none: a key that was replaced since is told by it."""
    with sessions.begin() as session:
        if session.get(Setting, KEY_CHECK) is None:
            session.add(Setting(name=KEY_CHECK, value=key_check(key)))


def instance_key(config: Config) -> str:
    try:
        return (config.instance / "key").read_text().strip()
    except FileNotFoundError:
        raise InstanceMissing(
            "%(folder)s is not initialised: run `%(curator)s init` first.",
            folder=config.instance,
            curator=curator_command(),
        ) from None


def key_check(key: str) -> str:
    """Return by what the database knows its key again, without telling it."""
    return hmac.new(key.encode(), b"key check", hashlib.sha256).hexdigest()


def author_key(config: Config, author: str) -> str:
    """Return the keyed hash that is stored in place of an account name."""
    name = author.strip().lstrip("@").casefold()
    return hmac.new(instance_key(config).encode(), name.encode(), hashlib.sha256).hexdigest()
