"""Roles and the last administrator, passwords that are made up."""

import pytest
from sqlalchemy import select

from curator.accounts import (
    account_named,
    add_user,
    list_users,
    new_password,
    set_disabled,
    set_role,
    sign_in,
)
from curator.db import Sessions, reading
from curator.errors import InputInvalid, LastAdmin, NotFound
from curator.models import Event


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


def test_the_last_administrator_stays_one(sessions: Sessions) -> None:
    with pytest.raises(LastAdmin, match="ana is the last administrator"):
        set_role(sessions, "ana", "viewer", actor="ana")
    with pytest.raises(LastAdmin, match="make another one first"):
        set_disabled(sessions, "ana", True, actor="ana")
    set_role(sessions, "ben", "admin", actor="ana")
    set_disabled(sessions, "ana", True, actor="ben")
    # A disabled one cannot give the role back.
    with pytest.raises(LastAdmin):
        set_role(sessions, "ben", "annotator", actor="ben")
    set_role(sessions, "ana", "viewer", actor="ben")
    assert [user.name for user in list_users(sessions) if user.is_admin] == ["ben"]
    assert account_named(sessions, "ana").role == "viewer"


@pytest.mark.parametrize("min_chars", [8, 12, 20, 31])
def test_a_made_up_password_is_long_enough_and_signs_in(sessions: Sessions, min_chars: int) -> None:
    password = new_password(min_chars)
    assert len(password) >= max(min_chars, 16)
    assert password != new_password(min_chars)
    add_user(sessions, "eva", password, "viewer", min_chars=min_chars, actor="ana")
    assert sign_in(sessions, "eva", password).name == "eva"
