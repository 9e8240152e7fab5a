"""Which passwords are refused, how they are hashed, and what the time of a check tells."""

import time
from collections.abc import Callable
from statistics import median

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select, update
from werkzeug.security import check_password_hash, generate_password_hash

from curator.base import passwords
from curator.base.accounts import (
    account_named,
    add_first_admin,
    add_user,
    check_password,
    set_password,
)
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.errors import InputInvalid, NotSignedIn
from curator.base.instance import init_instance
from curator.base.models.users import User
from curator.base.sign_ins import sign_in, signed_in
from curator.study.stating import state_facts
from tests.curator.drawing import PASSWORD

Add = Callable[[str], object]
COMMON = (
    *("password1234", "Password123456", "P@ssw0rd1234", "iloveyou1234", "1q2w3e4r5t6y"),
    *("qwertyuiopas", "asdfghjklzxcvbnm", "zxcvbnm123456", "1qaz2wsx3edc4rfv"),
    *("1234567890123", "abcdefghijklm", "112233445566"),
    *("aaaaaaaaaaaa", "abcabcabcabcabc", "121212121212121"),
    *("malarmalarmalar", "curator2026!", "Malar-Curator", "annotator1234"),
    *("senhasenha123", "minhasenha123", "dermatologia1", "administrador1"),
)
GOOD = (PASSWORD, "correct horse battery staple", "kq3f-m2xp-7yhr", "três gatos na janela azul")


@pytest.fixture
def real_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the server does."""
    hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
    monkeypatch.setattr(passwords, "HASHER", hasher)


@pytest.mark.parametrize("password", COMMON)
def test_a_password_that_is_guessed_first_is_refused(sessions: Sessions, password: str) -> None:
    with pytest.raises(InputInvalid, match="is easy to guess"):
        add_user(sessions, "eva", password, "viewer", min_chars=12, actor="ana")
    with pytest.raises(InputInvalid, match="is easy to guess"):
        set_password(sessions, "ben", password, min_chars=12, actor="ana")


@pytest.mark.parametrize("password", GOOD)
def test_other_passwords_are_taken(sessions: Sessions, password: str) -> None:
    set_password(sessions, "ben", password, min_chars=12, actor="ana")
    assert sign_in(sessions, "ben", password, hours=12)


@pytest.mark.parametrize(
    "password", ["marianela1234", "Marianela-Marianela", "butterflycohort", "Cohort2026 Butterfly"]
)
def test_the_names_of_the_account_and_of_the_study_are_guessed(
    sessions: Sessions, password: str
) -> None:
    state_facts(sessions, {"name": "Butterfly Cohort"}, actor="ana")
    with pytest.raises(InputInvalid, match="is easy to guess"):
        add_user(sessions, "marianela", password, "viewer", min_chars=12, actor="ana")


def test_the_first_password_is_checked_too(unmade: Config) -> None:
    init_instance(unmade)
    with pytest.raises(InputInvalid, match="is easy to guess"):
        add_first_admin(open_sessions(unmade), "eve", "password1234", min_chars=12)


@pytest.mark.parametrize("size", [1024, 100_000])
def test_the_time_to_look_at_a_long_password_is_bounded(sessions: Sessions, size: int) -> None:
    start = time.monotonic()
    password = (PASSWORD * 5000)[:size]
    if size > passwords.MOST_CHARS:
        with pytest.raises(InputInvalid, match="too long: use at most 1024"):
            set_password(sessions, "ben", password, min_chars=12, actor="ana")
    else:
        set_password(sessions, "ben", password, min_chars=12, actor="ana")
        assert sign_in(sessions, "ben", password, hours=12)
    assert time.monotonic() - start < 5


@pytest.mark.usefixtures("real_hasher")
def test_the_hash_is_argon2id_as_rfc_9106_recommends(sessions: Sessions) -> None:
    set_password(sessions, "ben", PASSWORD, min_chars=12, actor="ana")
    stored = hash_of(sessions, "ben")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    found = extract_parameters(passwords._stand_in())
    assert found == extract_parameters(stored) == RFC_9106_LOW_MEMORY


OLD = ("scrypt:32768:8:1", "pbkdf2:sha256:1000", "scrypt:1024:8:1")


@pytest.mark.parametrize("method", OLD)
def test_an_earlier_versions_hash_is_renewed_at_sign_in(sessions: Sessions, method: str) -> None:
    make_old(sessions, "ben", method)
    for wrong in ("wrong", ""):
        with pytest.raises(NotSignedIn):
            sign_in(sessions, "ben", wrong, hours=12)
    assert hash_of(sessions, "ben").startswith(method)
    found = signed_in(sessions, sign_in(sessions, "ben", PASSWORD, hours=12))
    assert found
    assert found.account == account_named(sessions, "ben")
    renewed = hash_of(sessions, "ben")
    assert renewed.startswith("$argon2id$")
    assert sign_in(sessions, "ben", PASSWORD, hours=12)
    assert hash_of(sessions, "ben") == renewed


def test_a_hash_is_never_computed_while_others_wait_to_write(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(sessions, "ben", OLD[0])
    hashed = []

    def hash_while_writing(password: str) -> str:
        with sessions.begin() as session:  # waits for 30 s if the lock is taken
            session.execute(select(User.id))
        hashed.append(password)
        return passwords.HASHER.hash(password)

    monkeypatch.setattr("curator.base.accounts.hash_password", hash_while_writing)
    start = time.monotonic()
    sign_in(sessions, "ben", PASSWORD, hours=12)
    assert hashed == [PASSWORD]
    assert time.monotonic() - start < 10


@pytest.mark.usefixtures("real_hasher")
def test_no_sign_in_computes_more_than_another(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of either kind and names that no account has: each costs one hash of each kind."""
    make_old(sessions, "ben", OLD[0])
    set_password(sessions, "ana", PASSWORD, min_chars=12, actor="ana")
    computed: list[str] = []
    check_argon2 = passwords.HASHER.verify

    class Noting:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def verify(self, stored: str, password: str) -> bool:
            computed.append(stored.rsplit("$", 2)[0])
            return check_argon2(stored, password)

    def noting_old(stored: str, password: str) -> bool:
        computed.append(stored.split("$")[0])
        return check_password_hash(stored, password)

    real = passwords.HASHER
    monkeypatch.setattr(passwords, "HASHER", Noting())
    monkeypatch.setattr(passwords, "check_password_hash", noting_old)
    costs = {}
    for name in ("ana", "ben", "nobody"):
        computed.clear()
        with pytest.raises(NotSignedIn):
            check_password(sessions, name, "wrong")
        costs[name] = tuple(computed)
    assert len(set(costs.values())) == 1, costs
    assert costs["nobody"] == ("$argon2id$v=19$m=65536,t=3,p=4", OLD[0])


@pytest.mark.usefixtures("real_hasher")
def test_an_unknown_name_costs_as_much_as_a_known_one(sessions: Sessions) -> None:
    set_password(sessions, "ana", PASSWORD, min_chars=12, actor="ana")
    took = {name: [time_of(sessions, name) for _ in range(5)] for name in ("ana", "nobody")}
    known, unknown = (median(times) for times in took.values())
    assert 0.5 < known / unknown < 2, took


def time_of(sessions: Sessions, name: str) -> float:
    start = time.perf_counter()
    with pytest.raises(NotSignedIn):
        check_password(sessions, name, "wrong")
    return time.perf_counter() - start


def make_old(sessions: Sessions, name: str, method: str) -> None:
    """Give an account the hash that an earlier version stored."""
    old = generate_password_hash(PASSWORD, method=method)
    with sessions.begin() as session:
        session.execute(update(User).where(User.name == name).values(password_hash=old))


def hash_of(sessions: Sessions, name: str) -> str:
    with reading(sessions) as session:
        return session.scalars(select(User.password_hash).where(User.name == name)).one()
