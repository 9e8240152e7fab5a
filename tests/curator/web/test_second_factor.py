"""The pages of the second factor: set up, asked for, demanded, reset."""

import re
import time
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from curator.base import second_factor
from curator.base.db import Sessions
from curator.base.second_factor import demand_of
from tests.curator.browsing import JSON, Visitor, parsed, the, words
from tests.curator.drawing import PASSWORD


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which codes are told; each code that a test takes is of a later one."""
    now = [time.time()]
    monkeypatch.setattr(second_factor, "time", lambda: now[0])
    return now


def secret_on(page: str) -> str:
    return words(the(parsed(page), ".key")).replace(" ", "")


def code_of(secret: str, clock: list[float]) -> str:
    clock[0] += second_factor.STEP_S
    return pyotp.TOTP(secret).at(int(clock[0]))


def set_up(visitor: Visitor, clock: list[float]) -> tuple[str, list[str]]:
    """Set a second factor up; return its secret and the recovery codes."""
    secret = secret_on(visitor.page("/second-factor"))
    done = visitor.post("/second-factor", code=code_of(secret, clock), present=PASSWORD)
    assert done.status_code == 200, done.text
    return secret, [words(code) for code in parsed(done.text).select(".recovery code")]


def given(visitor: Visitor, code: str, **more: Any) -> TestResponse:
    return visitor.post("/signin/code", code=code, **more)


def test_a_rater_turns_it_on_and_signs_in_with_it(app: Flask, clock: list[float]) -> None:
    ben = Visitor(app, "ben")
    secret, codes = set_up(ben, clock)
    assert len(codes) == 10
    assert ben.get("/gallery").status_code == 200
    assert not any(code in ben.page("/second-factor") for code in codes)  # shown once
    again = Visitor(app)
    assert again.sign_in("ben", next="/gallery").location == "/signin/code?next=/gallery"
    assert again.get("/gallery").location == "/signin/code?next=/gallery"
    assert again.get("/gallery", headers=JSON).status_code == 401
    wrong = given(again, "000000", next="/gallery")
    assert wrong.status_code == 400
    assert the(parsed(wrong.text), "#problem")
    assert the(parsed(wrong.text), "main [name=next]")["value"] == "/gallery"
    assert given(again, code_of(secret, clock), next="/gallery").location == "/gallery"
    assert again.get("/gallery").status_code == 200
    other = Visitor(app)
    other.sign_in("ben")
    assert given(other, codes[0]).location == "/"


def test_the_qr_code_is_drawn_here_and_says_the_same_as_the_text(app: Flask) -> None:
    page = Visitor(app, "ben").page("/second-factor")
    image = the(parsed(page), "img.qr")
    assert str(image["src"]).startswith("data:image/svg+xml")
    assert re.fullmatch(r"[A-Z2-7]{32}", secret_on(page))
    assert second_factor.address_of(secret_on(page), "ben").startswith("otpauth://totp/Malar:ben?")


def test_a_wrong_password_or_code_turns_nothing_on(app: Flask, clock: list[float]) -> None:
    ben = Visitor(app, "ben")
    secret = secret_on(ben.page("/second-factor"))
    refused = ben.post("/second-factor", code=code_of(secret, clock), present="wrong")
    assert refused.status_code == 400
    assert ben.post("/second-factor", code="000000", present=PASSWORD).status_code == 400
    assert Visitor(app).sign_in("ben").location == "/"


def test_five_wrong_codes_ask_for_the_password_again(app: Flask, clock: list[float]) -> None:
    secret, _ = set_up(Visitor(app, "ben"), clock)
    guesser = Visitor(app)
    guesser.sign_in("ben")
    assert [given(guesser, "000000").status_code for _ in range(5)] == [400] * 4 + [401]
    assert given(guesser, code_of(secret, clock)).status_code == 401
    assert guesser.get("/gallery").location == "/signin?next=/gallery"


def test_codes_of_an_account_are_guessed_slowly_from_everywhere(
    app: Flask, clock: list[float]
) -> None:
    set_up(Visitor(app, "ben"), clock)
    statuses = []
    for number in range(40):
        guesser = Visitor(app)
        guesser.client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        guesser.sign_in("ben")
        statuses.append(given(guesser, "000000").status_code)
    assert statuses == [400] * 30 + [429] * 10


def test_who_must_set_it_up_is_led_there_before_anything_else(
    app: Flask, sessions: Sessions, clock: list[float]
) -> None:
    ben = Visitor(app, "ben")
    demand_of(sessions, "all", actor="ana")
    assert ben.get("/gallery").location == "/second-factor?next=/gallery"
    assert ben.get("/gallery", headers=JSON).status_code == 403
    assert ben.post("/annotate/1").status_code == 403
    assert (
        ben.post("/password/tokens", name="x", role="viewer", present=PASSWORD).status_code == 403
    )
    page = ben.see("/second-factor?next=/gallery")
    assert not page.select(".top nav")
    assert the(page, "form[action='/signout']")
    secret = secret_on(str(page))
    done = ben.post(
        "/second-factor", code=code_of(secret, clock), present=PASSWORD, next="/gallery"
    )
    assert the(parsed(done.text), "a.button.primary")["href"] == "/gallery"
    assert ben.get("/gallery").status_code == 200
    assert ben.post("/second-factor/off", present=PASSWORD).status_code == 403


def test_an_administrator_demands_and_resets_it(app: Flask, clock: list[float]) -> None:
    set_up(Visitor(app, "ben"), clock)
    ana = Visitor(app, "ana")
    assert ana.post("/admin/second-factor", whom="everybody").status_code == 400
    assert ana.post("/admin/accounts/ben/second-factor/reset").location == "/admin"
    assert ana.post("/admin/accounts/ben/second-factor/reset").status_code == 404
    assert Visitor(app).sign_in("ben").location == "/"
    ana.post("/admin/second-factor", whom="admins")
    assert ana.get("/admin").location == "/second-factor?next=/admin"
    assert Visitor(app, "ben").get("/gallery").status_code == 200


def test_new_recovery_codes_and_turning_it_off(app: Flask, clock: list[float]) -> None:
    ben = Visitor(app, "ben")
    _, codes = set_up(ben, clock)
    assert ben.post("/second-factor/codes", present="wrong").status_code == 400
    renewed = parsed(ben.post("/second-factor/codes", present=PASSWORD).text)
    assert not {words(code) for code in renewed.select(".recovery code")} & {*codes}
    assert ben.post("/second-factor/off", present="wrong").status_code == 400
    assert ben.post("/second-factor/off", present=PASSWORD).location == "/password"
    assert Visitor(app).sign_in("ben").location == "/"


def test_nobody_without_a_password_gets_to_the_code(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.get("/signin/code?next=/gallery").location == "/signin?next=/gallery"
    assert given(visitor, "000000").status_code == 401
