"""The instance's key, and what is derived from it."""

import hashlib
import hmac

from curator.base.config import Config
from curator.base.errors import InstanceMissing
from curator.base.invocation import curator_command


def instance_key(config: Config) -> str:
    try:
        return (config.instance / "key").read_text().strip()
    except FileNotFoundError:
        raise InstanceMissing(
            "%(folder)s is not initialised: run `%(curator)s init` first.",
            folder=config.instance,
            curator=curator_command(),
        ) from None


def chain_key(config: Config) -> bytes:
    """Return the key of the chain of events (base/chain.py)."""
    return hmac.digest(instance_key(config).encode(), b"chain of events", "sha256")


def author_key(config: Config, author: str) -> str:
    """Return the keyed hash that is stored in place of an account name."""
    name = author.strip().lstrip("@").casefold()
    return hmac.new(instance_key(config).encode(), name.encode(), hashlib.sha256).hexdigest()
