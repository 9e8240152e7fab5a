"""The accounts of most tests, whose passwords are hashed so weakly that signing in takes no time."""

from functools import partial

import pytest
from werkzeug.security import generate_password_hash

from curator.base import accounts
from curator.base.db import Sessions
from tests.curator.drawing import ACCOUNTS, PASSWORD

WEAK = "pbkdf2:sha256:1"


def add_accounts(sessions: Sessions) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            accounts, "generate_password_hash", partial(generate_password_hash, method=WEAK)
        )
        for name, role in ACCOUNTS:
            accounts.add_user(sessions, name, PASSWORD, role, min_chars=12, actor="test")
