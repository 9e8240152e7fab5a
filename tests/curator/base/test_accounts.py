"""Roles and the last administrator, generated passwords, and how long a sign-in lasts."""

import pytest
from sqlalchemy import func, select

from curator.base.accounts import (
    account_named,
    add_user,
    list_users,
    new_password,
    set_disabled,
    set_password,
    set_role,
)
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, LastAdmin, NotFound, NotSignedIn
from curator.base.models.events import Event
from curator.base.models.users import SignIn
from curator.base.sign_ins import sign_in, sign_out, signed_in
from tests.curator.drawing import PASSWORD


def test_a_role_is_changed_and_recorded(sessions: Sessions) -> None:
    assert set_role(sessions, "ben", "adjudicator", actor="ana").may_adjudicate
    set_role(sessions, "ben", "adjudicator", actor="ana")  # changes nothing
    with reading(sessions) as session:
        events = session.scalars(select(Event).where(Event.action == "role changed")).all()
        told = [(event.actor, event.before, event.after) for event in events]
    assert told == [("ana", {"role": "annotator"}, {"role": "adjudicator"})]


def test_roles_and_names_are_checked(sessions: Sessions) -> None:
    with pytest.raises(InputInvalid, match="one of admin, annotator"):
        set_role(sessions, "ben", "king", actor="ana")
    with pytest.raises(NotFound, match="no account zoe"):
        set_role(sessions, "zoe", "viewer", actor="ana")


def test_the_last_administrator_cannot_be_demoted_or_disabled(sessions: Sessions) -> None:
    with pytest.raises(LastAdmin, match="ana is the last administrator"):
        set_role(sessions, "ana", "viewer", actor="ana")
    with pytest.raises(LastAdmin, match="make another account an administrator first"):
        set_disabled(sessions, "ana", True, actor="ana")
    set_role(sessions, "ben", "admin", actor="ana")
    set_disabled(sessions, "ana", True, actor="ben")
    # A disabled administrator cannot restore the role.
    with pytest.raises(LastAdmin):
        set_role(sessions, "ben", "annotator", actor="ben")
    set_role(sessions, "ana", "viewer", actor="ben")
    assert [user.name for user in list_users(sessions) if user.is_admin] == ["ben"]
    assert account_named(sessions, "ana").role == "viewer"


@pytest.mark.parametrize("min_chars", [8, 12, 20, 31])
def test_a_generated_password_is_long_enough_and_signs_in(
    sessions: Sessions, min_chars: int
) -> None:
    password = new_password(min_chars)
    assert len(password) >= max(min_chars, 16)
    assert password != new_password(min_chars)
    add_user(sessions, "eva", password, "viewer", min_chars=min_chars, actor="ana")
    assert sign_in(sessions, "eva", password, hours=12)


def test_signing_out_ends_only_one_of_several_sign_ins(sessions: Sessions) -> None:
    here, elsewhere = (sign_in(sessions, "ben", PASSWORD, hours=12) for _ in range(2))
    sign_out(sessions, here)
    assert signed_in(sessions, here) is None
    found = signed_in(sessions, elsewhere)
    assert found
    assert found.account == account_named(sessions, "ben")


def test_signing_in_removes_expired_sign_ins(sessions: Sessions) -> None:
    over = sign_in(sessions, "ana", PASSWORD, hours=-1)
    assert signed_in(sessions, over) is None
    tokens = [sign_in(sessions, name, PASSWORD, hours=12) for name in ("ana", "ben")]
    assert all(signed_in(sessions, token) for token in tokens)
    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == len(tokens)


def test_only_the_hash_of_a_token_is_stored(sessions: Sessions) -> None:
    token = sign_in(sessions, "ana", PASSWORD, hours=12)
    with reading(sessions) as session:
        stored = session.scalars(select(SignIn.token_hash)).one()
    assert token not in stored
    assert signed_in(sessions, stored) is None


def test_a_password_changed_while_it_is_checked_signs_nobody_in(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed_meanwhile(*_: str, **__: bool) -> bool:
        set_password(sessions, "ben", "another long one", min_chars=12, actor="ana")
        return True

    monkeypatch.setattr("curator.base.accounts.fits", changed_meanwhile)
    with pytest.raises(NotSignedIn):
        sign_in(sessions, "ben", PASSWORD, hours=12)
