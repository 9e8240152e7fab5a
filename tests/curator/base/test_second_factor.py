"""The second factor: codes once each, few tries, recovery codes, demands, resets."""

import time
from collections.abc import Callable

import pyotp
import pytest
from sqlalchemy import select

from curator.base import second_factor
from curator.base.accounts import account_named
from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, InputInvalid, NotAllowed, NotFound, NotSignedIn
from curator.base.models.events import Event
from curator.base.models.users import RecoveryCode, SignIn
from curator.base.second_factor import (
    MOST_WRONG,
    codes_left,
    demand_of,
    give_code,
    offered_secret,
    read_demand,
    renew_codes,
    reset_second_factor,
    turn_off,
    turn_on,
)
from curator.base.sign_ins import sign_in, signed_in
from curator.base.tokens import make_token, use_token
from tests.curator.drawing import PASSWORD

SECRET = pyotp.random_base32()
Pass = Callable[[int], None]


@pytest.fixture
def steps_pass(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Let the clock of codes go on, by so many of their time steps; it stands in between."""
    now = [time.time()]
    monkeypatch.setattr(second_factor, "time", lambda: now[0])

    def pass_by(steps: int) -> None:
        now[0] += steps * second_factor.STEP_S

    return pass_by


@pytest.fixture
def codes(sessions: Sessions, steps_pass: Pass) -> list[str]:
    """Recovery codes of ben, who has a second factor."""
    made = turn_on(sessions, ben(sessions), SECRET, code(), token="")
    steps_pass(1)
    return made


def ben(sessions: Sessions) -> int:
    return account_named(sessions, "ben").id


def code(steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(int(vars(second_factor)["time"]()) + steps * second_factor.STEP_S)


def half(sessions: Sessions) -> str:
    """Sign ben in as far as the password goes."""
    return sign_in(sessions, "ben", PASSWORD, hours=12)


def events(sessions: Sessions) -> list[str]:
    with reading(sessions) as session:
        return [*session.scalars(select(Event.action).order_by(Event.id))]


def test_the_password_alone_opens_nothing(sessions: Sessions, codes: list[str]) -> None:
    token = half(sessions)
    present = signed_in(sessions, token)
    assert present
    assert present.awaits_code
    whole = give_code(sessions, token, code(), hours=12)
    present = signed_in(sessions, whole)
    assert present
    assert (present.account.name, present.awaits_code) == ("ben", False)
    assert signed_in(sessions, token) is None


@pytest.mark.usefixtures("codes")
def test_a_code_is_accepted_once(sessions: Sessions, steps_pass: Pass) -> None:
    once = code()
    give_code(sessions, half(sessions), once, hours=12)
    for _ in range(2):
        with pytest.raises(InputInvalid, match="used already"):
            give_code(sessions, half(sessions), once, hours=12)
        steps_pass(1)


@pytest.mark.usefixtures("codes")
def test_an_earlier_code_is_refused_after_a_later_one(sessions: Sessions, steps_pass: Pass) -> None:
    steps_pass(2)
    give_code(sessions, half(sessions), code(), hours=12)
    with pytest.raises(InputInvalid):
        give_code(sessions, half(sessions), code(-1), hours=12)


def test_the_code_that_turned_it_on_signs_nobody_in(sessions: Sessions, steps_pass: Pass) -> None:
    once = code()
    turn_on(sessions, ben(sessions), SECRET, once, token="")
    with pytest.raises(InputInvalid):
        give_code(sessions, half(sessions), once, hours=12)


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (1, True), (2, False)])
def test_a_phones_clock_may_be_off_by_one_step(
    sessions: Sessions, steps_pass: Pass, steps: int, fits: bool
) -> None:
    steps_pass(5)
    if fits:
        assert give_code(sessions, half(sessions), code(steps), hours=12)
    else:
        with pytest.raises(InputInvalid):
            give_code(sessions, half(sessions), code(steps), hours=12)


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1}\n", "{0}\N{NO-BREAK SPACE}{1}"])
def test_spaces_in_a_code_do_not_matter(sessions: Sessions, typed: str) -> None:
    right = code()
    assert give_code(sessions, half(sessions), typed.format(right[:3], right[3:]), hours=12)


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("typed", ["", "000", "٣٣٣٣٣٣", "x" * 10_000, "1e5", "-1", "\x00"])
def test_what_is_no_code_is_refused(sessions: Sessions, typed: str) -> None:
    with pytest.raises(InputInvalid):
        give_code(sessions, half(sessions), typed, hours=12)


@pytest.mark.usefixtures("codes")
def test_a_few_wrong_codes_end_the_sign_in(sessions: Sessions) -> None:
    token = half(sessions)
    for _ in range(MOST_WRONG - 1):
        with pytest.raises(InputInvalid):
            give_code(sessions, token, "000000", hours=12)
    with pytest.raises(NotSignedIn):
        give_code(sessions, token, "000000", hours=12)
    with pytest.raises(NotSignedIn):
        give_code(sessions, token, code(), hours=12)
    assert events(sessions)[-1] == "codes refused"


def test_a_recovery_code_works_once_however_it_is_typed(
    sessions: Sessions, codes: list[str]
) -> None:
    first, second, *_ = codes
    assert give_code(sessions, half(sessions), first.upper().replace("-", " "), hours=12)
    assert codes_left(sessions, ben(sessions)) == len(codes) - 1
    with pytest.raises(InputInvalid):
        give_code(sessions, half(sessions), first, hours=12)
    assert give_code(sessions, half(sessions), second, hours=12)
    assert "recovery code used" in events(sessions)
    renewed = renew_codes(sessions, ben(sessions))
    assert not {*renewed} & {*codes}
    with pytest.raises(InputInvalid):
        give_code(sessions, half(sessions), codes[2], hours=12)


def test_somebody_elses_recovery_code_is_refused(sessions: Sessions, codes: list[str]) -> None:
    turn_on(sessions, account_named(sessions, "ana").id, SECRET, code(), token="")
    with pytest.raises(InputInvalid):
        give_code(sessions, sign_in(sessions, "ana", PASSWORD, hours=12), codes[0], hours=12)


def test_only_hashes_of_recovery_codes_are_stored(sessions: Sessions, codes: list[str]) -> None:
    with reading(sessions) as session:
        stored = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(stored) == len(codes) == 10
    assert not any(one.replace("-", "") in kept for one in codes for kept in stored)


def test_turning_it_on_signs_out_everywhere_else(sessions: Sessions, steps_pass: Pass) -> None:
    here, elsewhere = half(sessions), half(sessions)
    with pytest.raises(InputInvalid):
        turn_on(sessions, ben(sessions), SECRET, "000000", token=here)
    assert signed_in(sessions, elsewhere)
    turn_on(sessions, ben(sessions), SECRET, code(), token=here)
    assert signed_in(sessions, here)
    assert signed_in(sessions, elsewhere) is None
    with pytest.raises(AlreadyThere):
        turn_on(sessions, ben(sessions), SECRET, code(1), token=here)


@pytest.mark.usefixtures("codes")
def test_an_administrator_resets_it(sessions: Sessions) -> None:
    signed = give_code(sessions, half(sessions), code(), hours=12)
    reset_second_factor(sessions, "ben", actor="ana")
    assert signed_in(sessions, signed) is None
    present = signed_in(sessions, half(sessions))
    assert present
    assert not present.awaits_code
    with pytest.raises(NotFound):
        reset_second_factor(sessions, "ben", actor="ana")
    assert events(sessions)[-1] == "second factor reset"


@pytest.mark.usefixtures("codes")
def test_it_is_turned_off_unless_it_is_demanded(sessions: Sessions) -> None:
    demand_of(sessions, "all", actor="ana")
    with pytest.raises(NotAllowed):
        turn_off(sessions, ben(sessions))
    demand_of(sessions, "admins", actor="ana")
    turn_off(sessions, ben(sessions))
    assert codes_left(sessions, ben(sessions)) == 0
    present = signed_in(sessions, half(sessions))
    assert present
    assert not present.awaits_code


@pytest.mark.parametrize(
    ("whom", "must"), [("nobody", ()), ("admins", ("ana",)), ("all", ("ana", "ben"))]
)
def test_who_lacks_it_where_it_is_demanded_must_set_it_up(
    sessions: Sessions, whom: str, must: tuple[str, ...]
) -> None:
    demand_of(sessions, whom, actor="ana")
    assert read_demand(sessions) == whom
    for name in ("ana", "ben"):
        present = signed_in(sessions, sign_in(sessions, name, PASSWORD, hours=12))
        assert present
        assert present.must_set_up is (name in must)


@pytest.mark.usefixtures("codes")
def test_tokens_of_programs_go_on_working(sessions: Sessions) -> None:
    secret, _ = make_token(sessions, ben(sessions), "backup", role="viewer", actor="ben")
    demand_of(sessions, "all", actor="ana")
    assert use_token(sessions, secret)


def test_the_offered_secret_is_the_same_for_one_sign_in_alone() -> None:
    assert offered_secret("key", "a") == offered_secret("key", "a")
    assert len({offered_secret(key, token) for key in "kl" for token in "ab"}) == 4
    assert len(offered_secret("key", "a")) == 32


@pytest.mark.usefixtures("codes")
def test_a_sign_in_waits_for_its_code_for_minutes(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = half(sessions)
    with reading(sessions) as session:
        row = session.scalars(select(SignIn).where(SignIn.awaits_code)).one()
    over = row.until.replace(year=row.until.year + 1)
    monkeypatch.setattr("curator.base.second_factor.utc_now", lambda: over)
    with pytest.raises(NotSignedIn):
        give_code(sessions, token, code(), hours=12)
