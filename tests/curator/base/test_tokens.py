"""Tokens of programs: what they may do, how long, and what is kept of them."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from curator.base import tokens
from curator.base.accounts import account_named, set_disabled, set_password, set_role
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, NotAllowed, NotFound
from curator.base.models.base import utc_now
from curator.base.models.events import Event
from curator.base.models.users import ROLES, Token
from curator.base.tokens import (
    MOST_DAYS,
    MOST_TOKENS,
    IssuedToken,
    list_tokens,
    make_token,
    revoke_token,
    roles_up_to,
    use_token,
)


def made(sessions: Sessions, account: str, role: str = "viewer", **more: int) -> tuple[str, int]:
    owner = account_named(sessions, account)
    secret, token = make_token(sessions, owner.id, "a script", role=role, actor=account, **more)
    return secret, token.id


def used(sessions: Sessions, secret: str) -> IssuedToken:
    token = use_token(sessions, secret)
    assert token
    return token


def events(sessions: Sessions, action: str) -> Sequence[Event]:
    with reading(sessions) as session:
        return session.scalars(select(Event).where(Event.action == action)).all()


def test_a_token_acts_for_its_account_until_it_expires(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = made(sessions, "ben", days=2)
    assert (used(sessions, secret).account, used(sessions, secret).role) == ("ben", "viewer")
    later = utc_now() + timedelta(days=2)
    monkeypatch.setattr(tokens, "utc_now", lambda: later)
    assert use_token(sessions, secret) is None
    assert [token.is_expired for token in list_tokens(sessions)] == [True]


@pytest.mark.parametrize("guess", ["", "malar_", "malar_guess", "\udcff", "x" * 100_000, "é\0"])
def test_no_other_text_is_a_token(sessions: Sessions, guess: str) -> None:
    made(sessions, "ben")
    assert use_token(sessions, guess) is None


def test_only_the_hash_of_a_token_is_stored(sessions: Sessions, config: Config) -> None:
    secret, _ = made(sessions, "ana", "admin")
    use_token(sessions, secret)
    assert len(secret.removeprefix("malar_")) >= 43  # 256 bits
    with reading(sessions) as session:
        stored = session.scalars(select(Token.token_hash)).one()
    assert stored == hashlib.sha256(secret.encode()).hexdigest()
    files = [path.read_bytes() for path in config.instance.rglob("*") if path.is_file()]
    assert not any(secret.encode() in content for content in files)


@pytest.mark.parametrize("role", ROLES)
def test_a_token_may_do_at_most_what_its_account_may(sessions: Sessions, role: str) -> None:
    owner = account_named(sessions, "ada")  # an adjudicator
    if role == "admin":
        with pytest.raises(NotAllowed):
            made(sessions, "ada", role)
        return
    secret, _ = made(sessions, "ada", role)
    assert used(sessions, secret).effective_role == role
    set_role(sessions, "ada", "annotator", actor="test")
    lesser = role if role in ("viewer", "annotator") else "annotator"
    assert used(sessions, secret).effective_role == lesser
    set_role(sessions, "ada", "admin", actor="test")
    assert used(sessions, secret).effective_role == role
    assert used(sessions, secret).account_id == owner.id


def test_every_role_has_a_rank() -> None:
    assert sorted(roles_up_to("admin")) == sorted(ROLES)
    assert roles_up_to("viewer") == ("viewer",)


@pytest.mark.parametrize("days", [-1, 0, MOST_DAYS + 1, 10**12])
def test_a_token_never_lasts_for_ever(sessions: Sessions, days: int) -> None:
    with pytest.raises(InputInvalid):
        made(sessions, "ben", days=days)


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\0b", "a\x1bb"])
def test_a_token_has_a_name_that_can_be_read(sessions: Sessions, name: str) -> None:
    ben = account_named(sessions, "ben")
    with pytest.raises(InputInvalid):
        make_token(sessions, ben.id, name, role="viewer", actor="ben")


def test_an_account_has_a_limited_number_of_tokens(sessions: Sessions) -> None:
    kept = [made(sessions, "ben")[1] for _ in range(MOST_TOKENS)]
    with pytest.raises(NotAllowed):
        made(sessions, "ben")
    made(sessions, "carl")
    revoke_token(sessions, kept[0], actor="ben")
    made(sessions, "ben")


def test_a_revoked_token_is_gone_and_its_number_does_not_come_again(sessions: Sessions) -> None:
    secret, number = made(sessions, "ben")
    ada = account_named(sessions, "ada")
    with pytest.raises(NotFound):
        revoke_token(sessions, number, account_id=ada.id, actor="ada")
    assert use_token(sessions, secret)
    revoke_token(sessions, number, account_id=account_named(sessions, "ben").id, actor="ben")
    assert use_token(sessions, secret) is None
    with pytest.raises(NotFound):
        revoke_token(sessions, number, actor="ben")
    assert made(sessions, "ben")[1] > number


def test_a_new_password_or_a_disabled_account_ends_its_tokens_for_good(sessions: Sessions) -> None:
    ben, _ = made(sessions, "ben")
    carl, _ = made(sessions, "carl")
    ada, _ = made(sessions, "ada")
    set_password(sessions, "ben", "another long password", min_chars=12, actor="ben")
    set_disabled(sessions, "carl", True, actor="ana")
    set_disabled(sessions, "carl", False, actor="ana")
    assert [bool(use_token(sessions, secret)) for secret in (ben, carl, ada)] == [
        False,
        False,
        True,
    ]
    revoked = events(sessions, "token revoked")
    assert [(event.actor, (event.before or {})["account"]) for event in revoked] == [
        ("ben", "ben"),
        ("ana", "carl"),
    ]


def test_a_disabled_account_gets_no_token(sessions: Sessions) -> None:
    set_disabled(sessions, "carl", True, actor="ana")
    with pytest.raises(NotFound):
        made(sessions, "carl")


def test_a_use_is_recorded_once_a_day(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, number = made(sessions, "ben")
    for day, count in ((0, 1), (0, 1), (1, 2), (1, 2), (3, 3)):
        at = utc_now() + timedelta(days=day)
        monkeypatch.setattr(tokens, "utc_now", lambda at=at: at)
        use_token(sessions, secret)
        assert len(events(sessions, "token used")) == count
        monkeypatch.undo()
    last = events(sessions, "token used")[-1]
    assert (last.actor, last.subject, last.subject_id) == ("ben", "token", number)
    assert list_tokens(sessions)[0].used_on == (utc_now() + timedelta(days=3)).date()


def test_no_event_tells_a_token_or_its_hash(sessions: Sessions) -> None:
    secret, number = made(sessions, "ben")
    use_token(sessions, secret)
    revoke_token(sessions, number, actor="ben")
    with reading(sessions) as session:
        told = "".join(
            f"{event.before}{event.after}" for event in session.scalars(select(Event)).all()
        )
    assert "a script" in told
    for hidden in (
        secret,
        secret.removeprefix("malar_"),
        hashlib.sha256(secret.encode()).hexdigest(),
    ):
        assert hidden not in told
