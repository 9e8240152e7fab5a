"""Access to the API: tokens alone, roles, limits, and errors of one shape."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from curator.api.roles import ACCESS
from curator.app import create_app
from curator.base import tokens
from curator.base.accounts import set_disabled, set_password, set_role
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.base import utc_now
from curator.base.tokens import list_tokens, revoke_token
from curator.http.roles import Access
from tests.curator.api.programs import BASE, Program, problem
from tests.curator.browsing import Visitor

NAMES = {"admin": "ana", "annotator": "ben", "adjudicator": "ada", "viewer": "vera"}
METHODS = ("GET", "POST", "PUT", "DELETE")


def operations(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield endpoint, method and path of every operation."""
    with app.test_request_context("/"):
        for rule in app.url_map.iter_rules():
            if rule.endpoint in ACCESS:
                built = rule.build(dict.fromkeys(rule.arguments, 1))
                assert built
                for method in METHODS:
                    if method in (rule.methods or ()):
                        yield rule.endpoint, method, built[1].removeprefix(BASE)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("role", NAMES)
def test_an_operation_admits_the_roles_it_names(app: Flask, role: str) -> None:
    program = Program(app, NAMES[role])
    seen = set()
    for endpoint, method, path in operations(app):
        answer = program.call(method, path)
        may = role in ACCESS[endpoint].value
        assert (answer.status_code != 403) is may, (endpoint, role, answer.text)
        seen.add(endpoint)
    assert seen == set(ACCESS)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("role", ["viewer", "annotator", "adjudicator"])
def test_a_token_with_a_lesser_role_may_do_what_that_role_may(app: Flask, role: str) -> None:
    program = Program(app, "ana", role)
    for endpoint, method, path in operations(app):
        answer = program.call(method, path)
        assert (answer.status_code != 403) is (role in ACCESS[endpoint].value), endpoint


def test_no_operation_admits_a_request_without_a_token(app: Flask) -> None:
    program = Program(app)
    for endpoint, method, path in operations(app):
        answer = program.call(method, path)
        if ACCESS[endpoint] is Access.EVERYONE:
            assert answer.status_code == 200
        else:
            problem(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_undeclared_operation_is_closed(app: Flask) -> None:
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    answer = Program(app, "ana").get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_a_browsers_cookie_opens_no_operation(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    assert visitor.get("/gallery").status_code == 200
    problem(visitor.get("/api/v1/me"), 401)
    problem(visitor.client.post("/api/v1/batches", json={}), 401)


def test_the_api_sets_no_cookie(ana: Program) -> None:
    for path in ("/me", "/openapi.json", "/nope"):
        assert "Set-Cookie" not in ana.get(path).headers


@pytest.mark.parametrize(
    "sent",
    [
        *("Bearer", "Bearer ", "Bearer malar_x", "Basic YTpi", "bearer  ", "Bearer a b c", "x"),
        *("Bearer " + "x" * 5000, "Digest a=b", "Bearer \xe9\xff", "Bearer realm=x, y=z"),
    ],
)
def test_no_other_authorization_is_accepted(app: Flask, sent: str) -> None:
    problem(Program(app).get("/me", headers={"Authorization": sent}), 401)


def test_a_token_works_in_the_header_alone(app: Flask, ana: Program) -> None:
    stranger = Program(app)
    stranger.client.set_cookie("token", ana.secret)
    for path in (f"/me?token={ana.secret}", f"/me?access_token={ana.secret}"):
        problem(stranger.get(path), 401)
    problem(stranger.get("/me", headers={"X-Api-Key": ana.secret}), 401)


def test_a_token_tells_whom_it_acts_for(app: Flask) -> None:
    told = Program(app, "ana", "viewer").read("/me")
    assert (told["name"], told["role"], told["account_role"]) == ("ana", "viewer", "admin")
    assert told["token"]["name"] == "a program"


def test_a_token_stops_when_it_is_revoked_expired_or_its_account_changed(
    app: Flask, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = {name: Program(app, name) for name in ("ana", "ben", "carl", "vera")}
    assert [one.get("/me").status_code for one in programs.values()] == [200] * 4
    [of_ana] = [token for token in list_tokens(sessions) if token.account == "ana"]
    revoke_token(sessions, of_ana.id, actor="ana")
    set_password(sessions, "ben", "another long password", min_chars=12, actor="ben")
    set_disabled(sessions, "carl", True, actor="ana")
    assert [one.get("/me").status_code for one in programs.values()] == [401] * 3 + [200]
    later = utc_now() + timedelta(days=90)
    monkeypatch.setattr(tokens, "utc_now", lambda: later)
    assert programs["vera"].get("/me").status_code == 401


def test_a_lowered_role_counts_at_once(app: Flask, sessions: Sessions) -> None:
    ada = Program(app, "ada")
    assert ada.get("/disagreements").status_code == 200
    set_role(sessions, "ada", "viewer", actor="ana")
    problem(ada.get("/disagreements"), 403)
    problem(ada.call("POST", "/claims", json={}), 403)


def test_too_many_requests_of_a_token_are_told_when_to_come_again(config: Config) -> None:
    app = create_app(replace(config, api_per_minute=3))
    ben, carl = Program(app, "ben"), Program(app, "carl")
    assert [ben.get("/me").status_code for _ in range(4)] == [200] * 3 + [429]
    answer = ben.get("/me")
    problem(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert carl.get("/me").status_code == 200


def test_failed_tokens_of_an_address_are_limited_and_valid_ones_are_not(app: Flask) -> None:
    stranger, ben = Program(app), Program(app, "ben")
    wrong = {"Authorization": "Bearer malar_guess"}
    tries = [stranger.get("/me", headers=wrong).status_code for _ in range(62)]
    assert tries == [401] * 60 + [429] * 2
    assert ben.get("/me").status_code == 200


def test_an_unknown_address_and_method_are_told_in_the_same_shape(app: Flask, ana: Program) -> None:
    problem(ana.get("/nope"), 404)
    problem(ana.get("/photos/x"), 404)
    answer = ana.call("PATCH", "/photos")
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]
    problem(ana.client.get("/api/v2/photos", headers=ana.headers), 404)
    for doubled in ("//photos", "/photos//1", "//me"):
        problem(ana.get(doubled), 404)


def test_a_failure_of_the_server_shows_no_detail(
    ana: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("curator.api.study.read_project", broken)
    assert "secret detail" not in problem(ana.get("/study"), 500)["detail"]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("curator.api.study.read_project", full)
    assert "No space left on device" in problem(ana.get("/study"), 500)["detail"]


def test_errors_speak_the_language_that_is_asked_for(ana: Program) -> None:
    english = problem(ana.get("/photos/99"), 404)["detail"]
    wanted = {"Accept-Language": "pt-BR"}
    portuguese = problem(ana.get("/photos/99", headers=wanted), 404)["detail"]
    assert english != portuguese
    nowhere = problem(ana.get("/nope", headers=wanted), 404)["detail"]
    assert nowhere != problem(ana.get("/nope"), 404)["detail"]
    unfit = problem(ana.get("/photos?limit=0", headers=wanted), 422)["detail"]
    assert unfit != problem(ana.get("/photos?limit=0"), 422)["detail"]


def test_other_hosts_are_refused(ana: Program) -> None:
    for path in ("/me", "/photos/1", "/nope", "/openapi.json"):
        answer = ana.get(path, headers={"Host": "evil.example"})
        assert "CURATOR_TRUSTED_HOSTS" in problem(answer, 400)["detail"]
        assert "evil" not in answer.text


def test_no_log_tells_a_token(ana: Program, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ana.get("/me")
    ana.get("/nope")
    ana.call("POST", "/batches", data="{", content_type="application/json")
    assert ana.secret.removeprefix("malar_") not in caplog.text
