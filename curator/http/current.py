"""The settings, database and account of the current request."""

import hashlib
import hmac

from flask import Flask, abort, current_app, g

from curator.base.accounts import Account
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.keys import instance_key
from curator.http.turns import Turns
from curator.labelstudio.work import Work

EXTENSION = "curator"
OF_ONE_ACCOUNT = 2  # as many files as the inbox sends at once


class Instance:
    """An app's settings and database, opened on first use: an app can exist without an instance."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.uploads = Turns(config.threads // 2, OF_ONE_ACCOUNT)
        self.downloads = Turns(config.threads // 4, OF_ONE_ACCOUNT)
        self.labelstudio = Work()
        self._sessions: Sessions | None = None

    @property
    def sessions(self) -> Sessions:
        if self._sessions is None:
            self._sessions = open_sessions(self.config)
        return self._sessions

    @property
    def secret(self) -> str:
        """The key that signs cookies: never the instance's own key, which also hashes authors."""
        if self.config.secret_key:
            return self.config.secret_key
        key = instance_key(self.config).encode()
        return hmac.new(key, b"signed cookies", hashlib.sha256).hexdigest()


def instance(app: Flask | None = None) -> Instance:
    found: Instance = (app or current_app).extensions[EXTENSION]
    return found


def config() -> Config:
    return instance().config


def sessions() -> Sessions:
    return instance().sessions


def account() -> Account:
    """Return the account of the request; views that call this require one."""
    signed_in: Account | None = g.get("account")
    return signed_in or abort(401)
