"""Tokens on the account page: made, shown once, revoked."""

import re

from flask import Flask

from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.tokens import list_tokens, make_token, use_token
from tests.curator.browsing import Visitor, parsed, the, words
from tests.curator.drawing import PASSWORD


def make(visitor: Visitor, **fields: str) -> tuple[int, str]:
    given = {"name": "a script", "role": "viewer", "days": "90", "present": PASSWORD} | fields
    answer = visitor.post("/password/tokens", json=False, **given)
    return answer.status_code, answer.text


def test_a_token_is_shown_once_and_works(app: Flask, sessions: Sessions, ben: Visitor) -> None:
    status, page = make(ben)
    secret = words(the(parsed(page), "#tokens code.password"))
    assert status == 200
    assert re.fullmatch(r"malar_[\w-]{43}", secret)
    token = use_token(sessions, secret)
    assert token
    assert (token.account, token.name, token.role) == ("ben", "a script", "viewer")
    again = ben.page("/password")
    assert "a script" in again
    assert secret not in again


def test_a_token_needs_the_present_password(sessions: Sessions, ben: Visitor) -> None:
    status, page = make(ben, present="guess")
    assert status == 400
    assert the(parsed(page), "#token-problem")
    assert the(parsed(page), "#tokens [name=name]")["value"] == "a script"  # as it was typed
    assert list_tokens(sessions) == ()
    assert [make(ben, present="guess")[0] for _ in range(10)] == [400] * 9 + [429]


def test_only_roles_of_the_account_are_offered_and_accepted(
    sessions: Sessions, ben: Visitor
) -> None:
    offered = ben.see("/password").select("#tokens [name=role] option")
    assert [str(option["value"]) for option in offered] == ["viewer", "annotator"]
    assert make(ben, role="admin")[0] == 403
    assert make(ben, role="king")[0] == 400
    assert make(ben, days="many")[0] == 400
    assert list_tokens(sessions) == ()


def test_a_token_is_revoked_by_its_owner_alone(
    sessions: Sessions, ana: Visitor, ben: Visitor
) -> None:
    owner = account_named(sessions, "ben")
    secret, token = make_token(sessions, owner.id, "backup", role="viewer", actor="ben")
    assert "backup" not in ana.page("/password")
    assert ana.post(f"/password/tokens/{token.id}/revoke").status_code == 404
    assert use_token(sessions, secret)
    assert ben.post(f"/password/tokens/{token.id}/revoke").location == "/password#tokens"
    assert use_token(sessions, secret) is None
    assert ben.post(f"/password/tokens/{token.id}/revoke").status_code == 404


def test_a_page_accepts_no_token(app: Flask, sessions: Sessions) -> None:
    ana = account_named(sessions, "ana")
    secret, _ = make_token(sessions, ana.id, "x", role="admin", actor="ana")
    visitor = Visitor(app)
    for address in ("/", "/gallery", "/admin"):
        answer = visitor.get(address, headers={"Authorization": f"Bearer {secret}"})
        assert answer.location == f"/signin?next={address}"
