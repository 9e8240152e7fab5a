"""The accounts of most tests."""

from curator.base import accounts
from curator.base.db import Sessions
from tests.curator.drawing import ACCOUNTS, PASSWORD


def add_accounts(sessions: Sessions) -> None:
    for name, role in ACCOUNTS:
        accounts.add_user(sessions, name, PASSWORD, role, min_chars=12, actor="test")
