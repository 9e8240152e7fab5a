"""Access: sign-in, roles, tokens, hosts, headers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from limits.storage import MemoryStorage
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from curator.api.roles import ACCESS as ACCESS_OF_API
from curator.app import HTTP_MESSAGES, create_app
from curator.base.accounts import list_users, set_disabled, set_password
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.instance import init_instance
from curator.base.models.base import utc_now
from curator.base.models.users import SignIn
from curator.http.limits import limiter
from curator.photos.importing import ImportResult
from curator.web.current import same_site
from curator.web.roles import ACCESS, is_open
from tests.curator.browsing import JSON, Visitor, is_warning, notice, parsed, the, words
from tests.curator.drawing import PASSWORD


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    save("a.jpg", 1)
    save("b.jpg", 2)
    import_all()


def addresses(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Yield endpoint and an address of every page that accepts the method."""
    with app.test_request_context("/"):
        for rule in app.url_map.iter_rules():
            if method in (rule.methods or ()) and rule.endpoint not in ACCESS_OF_API:
                values = {name: "x.css" if name == "filename" else 1 for name in rule.arguments}
                yield rule.endpoint, str(rule.build(values)[1])  # type: ignore[index]


ALERT = ".lead[role=alert]"
NAMES = {"admin": "ana", "annotator": "ben", "adjudicator": "ada", "viewer": "vera"}


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == {*ACCESS, *ACCESS_OF_API}
    assert not {*ACCESS} & {*ACCESS_OF_API}


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", NAMES)
def test_a_route_admits_the_roles_it_names(app: Flask, method: str, role: str) -> None:
    visitor = Visitor(app, NAMES[role])
    for endpoint, address in addresses(app, method):
        if endpoint == "auth.sign_out":  # the one after which no other could be tried
            continue
        response = visitor.get(address) if method == "GET" else visitor.post(address)
        may = role in ACCESS[endpoint].value
        assert (response.status_code != 403) is may, (endpoint, role, response.status_code)


@pytest.mark.parametrize("address", ["/gallery", "/no/such/page", "/api/v1/photos", "/photos/99"])
@pytest.mark.parametrize("query", ["name=\xff", "\xc0=1&name=\xe9", "\xed\xa0\x80"])
def test_a_query_may_hold_any_bytes(app: Flask, ana: Visitor, address: str, query: str) -> None:
    response = ana.get(address, environ_overrides={"QUERY_STRING": query})
    assert response.status_code in (200, 401, 404)


@pytest.mark.parametrize("head", ["", "; filename=a.jpg", "; name", "; name*=utf-8''"])
def test_a_part_without_a_name_is_refused(ana: Visitor, head: str) -> None:
    body = f"--x\r\nContent-Disposition: form-data{head}\r\n\r\n1\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    response = ana.client.post("/language", data=body, content_type=kind)
    assert response.status_code == 400
    token = {"X-CSRFToken": ana.token()}
    response = ana.client.post("/inbox/batches", data=body, content_type=kind, headers=token)
    assert response.status_code == (201 if head.endswith("''") else 400)


@pytest.mark.usefixtures("photos")
def test_no_route_admits_visitors_who_are_not_signed_in(app: Flask) -> None:
    visitor = Visitor(app)
    for endpoint, address in addresses(app, "GET"):
        if not is_open(endpoint):
            response = visitor.get(address)
            assert (response.status_code, response.location) == (302, f"/signin?next={address}")
            assert visitor.get(address, headers=JSON).status_code == 401
            # The page to sign in brings a new cookie, which must not replace that of a page shown already.
            picture = visitor.get(address, headers={"Accept": "image/avif,image/*,*/*;q=0.8"})
            assert (picture.status_code, picture.headers.get("Set-Cookie")) == (401, None)
    for endpoint, address in addresses(app, "POST"):
        if not is_open(endpoint):
            assert visitor.post(address).status_code == 401, endpoint


def test_viewers_change_nothing(app: Flask) -> None:
    changing = {endpoint for endpoint, _ in addresses(app, "POST")}
    of_oneself = {"auth.sign_in_now", "auth.sign_out", "auth.setup_now", "language.choose"}
    of_oneself |= {"auth.change_password", "auth.make_token", "auth.revoke_token"}
    of_oneself |= {e for e in changing if e.startswith("second_factor.")}
    assert {e for e in changing if "viewer" in ACCESS[e].value} == of_oneself


def test_an_undeclared_route_is_closed(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    response = Visitor(app, "ana").get("/forgotten")
    assert response.status_code == 403
    assert "secret" not in response.text


@pytest.mark.usefixtures("photos")
def test_every_change_needs_a_csrf_token(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    for endpoint, address in addresses(app, "POST"):
        response = visitor.client.post(address, headers=JSON)
        assert response.status_code == 400, endpoint
        assert response.get_json()["kind"] == "old page", endpoint


@pytest.mark.usefixtures("photos")
def test_a_viewer_sees_all_pages_and_changes_nothing(app: Flask) -> None:
    visitor = Visitor(app, "vera")
    pages = ("/", "/inbox", "/gallery", "/annotate/1", "/duplicates", "/exports")
    more = ("/duplicates/decisions", "/duplicates/search", "/duplicates/people")
    changing = "main form[method=post] button:not(fieldset[disabled] *, [disabled])"
    for address in (*pages, *more):
        assert not visitor.see(address).select(changing), address
    assert Visitor(app, "ana").see("/annotate/1").select(changing)
    assert visitor.post("/annotate/1").status_code == 403


def test_signing_in_and_out(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.sign_in("ana", "wrong").status_code == 401
    assert visitor.sign_in("nobody").status_code == 401
    assert visitor.sign_in("ana").location == "/"
    assert the(visitor.see("/"), ".who .name")
    assert visitor.post("/signout").location == "/signin"
    assert visitor.get("/").status_code == 302


def copied(app: Flask, visitor: Visitor) -> Visitor:
    """Return a visitor who has copied this visitor's cookie."""
    copy = Visitor(app)
    cookie = visitor.client.get_cookie("malar")
    assert cookie
    copy.client.set_cookie("malar", cookie.value)
    return copy


def test_a_copied_cookie_is_useless_after_signing_out(app: Flask) -> None:
    ana, elsewhere = Visitor(app, "ana"), Visitor(app, "ana")
    copy = copied(app, ana)
    assert copy.get("/gallery").status_code == 200
    ana.post("/signout")
    assert copy.get("/gallery").location == "/signin?next=/gallery"
    assert copy.get("/gallery", headers=JSON).status_code == 401
    assert copy.post("/admin/accounts", json=True, name="eve").status_code == 401
    assert elsewhere.get("/gallery").status_code == 200


def test_signing_in_again_ends_the_previous_session(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    copy = copied(app, visitor)
    visitor.sign_in("ben")
    assert copy.get("/gallery").status_code == 302
    assert words(the(visitor.see("/gallery"), ".who .name")) == "ben"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let the clock of sign-ins go on."""
    now = [utc_now()]
    monkeypatch.setattr("curator.base.sign_ins.utc_now", lambda: now[0])

    def pass_by(time: timedelta) -> None:
        now[0] += time

    return pass_by


def test_a_session_expires_even_if_it_is_in_use(
    app: Flask, config: Config, later: Callable[[timedelta], None]
) -> None:
    ana, passed = Visitor(app, "ana"), timedelta()
    while passed < timedelta(hours=config.session_hours) - timedelta(minutes=30):
        later(timedelta(minutes=30))
        passed += timedelta(minutes=30)
        assert ana.get("/gallery").status_code == 200
    later(timedelta(minutes=31))
    assert ana.get("/gallery").status_code == 302


@pytest.mark.usefixtures("photos")
def test_what_a_page_fetches_by_itself_keeps_nobody_signed_in(
    app: Flask, config: Config, later: Callable[[timedelta], None]
) -> None:
    ana = Visitor(app, "ana")
    picture = {"Accept": "image/avif,image/*,*/*;q=0.8"}
    half = timedelta(minutes=config.idle_minutes / 2)
    for _ in range(2):
        later(half)
        assert ana.get("/annotate/counts", headers=JSON).status_code == 200
        assert ana.get("/photos/1/thumbnail", headers=picture).status_code == 200
    later(timedelta(minutes=1))
    assert ana.get("/annotate/counts", headers=JSON).status_code == 401
    assert ana.get("/annotate/1").location == "/signin?next=/annotate/1"
    assert ana.sign_in("ana", next="/annotate/1").location == "/annotate/1"


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("how", ["a page", "a rating"])
def test_who_works_stays_signed_in(
    app: Flask, config: Config, later: Callable[[timedelta], None], how: str
) -> None:
    ana = Visitor(app, "ana")
    token = ana.token()  # of a page that stays open
    for _ in range(3):
        later(timedelta(minutes=config.idle_minutes - 1))
        if how == "a page":
            assert ana.get("/annotate/1").status_code == 200
        else:
            sent = ana.client.post("/annotate/1", headers=JSON | {"X-CSRFToken": token})
            assert sent.status_code == 400  # no rating, but work


@pytest.mark.usefixtures("photos")
def test_a_page_waits_for_no_writer_to_note_that_it_was_used(
    app: Flask, sessions: Sessions, later: Callable[[timedelta], None]
) -> None:
    ana = Visitor(app, "ana")
    later(timedelta(minutes=2))
    with sessions.begin() as session:
        session.execute(text("SELECT 1"))  # as an import that is writing
        before = time.monotonic()
        assert ana.get("/gallery").status_code == 200
        assert time.monotonic() - before < 5
    assert not noted(sessions)
    ana.get("/gallery")
    assert noted(sessions)


def noted(sessions: Sessions) -> bool:
    """Tell whether a sign-in was used after it was made."""
    with reading(sessions) as session:
        row = session.scalars(select(SignIn)).one()
    return row.until - row.used_at < timedelta(hours=Config.session_hours)


def test_pages_write_at_most_once_a_minute(
    app: Flask, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Visitor(app, "ana")
    written: list[object] = []
    monkeypatch.setattr("curator.base.sign_ins.write_if_free", lambda *it: written.append(it))
    for seconds in (20, 20, 19):
        later(timedelta(seconds=seconds))
        ana.get("/gallery")
    assert not written
    later(timedelta(seconds=1))
    ana.get("/gallery")
    assert len(written) == 1


def test_a_late_response_does_not_restore_the_cookie(app: Flask) -> None:
    ana = Visitor(app, "ana")
    ana.get("/gallery")  # keeps the page's token in the cookie, once
    for path in ("/gallery", "/photos/1/thumbnail"):
        assert "Set-Cookie" not in ana.get(path).headers


def test_changing_the_password_or_disabling_the_account_ends_the_session(
    app: Flask, sessions: Sessions
) -> None:
    ana, ben = Visitor(app, "ana"), Visitor(app, "ben")
    set_password(sessions, "ana", "another long password", min_chars=12, actor="test")
    set_disabled(sessions, "ben", True, actor="test")
    assert ana.get("/").status_code == ben.get("/").status_code == 302


def test_the_cookie_is_hidden_from_scripts_and_other_sites(config: Config) -> None:
    for https, name in ((False, "malar"), (True, "__Host-malar")):
        visitor = Visitor(create_app(replace(config, behind_https=https)))
        headers = visitor.sign_in("ana").headers.getlist("Set-Cookie")
        cookie = SimpleCookie(headers[-1])[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert bool(cookie["secure"]) is https


@pytest.mark.parametrize("https", [False, True])
def test_a_cookie_under_the_other_name_is_not_accepted(config: Config, https: bool) -> None:
    app = create_app(replace(config, behind_https=https))
    ana, planted = Visitor(app, "ana"), Visitor(app)
    own, other = ("__Host-malar", "malar") if https else ("malar", "__Host-malar")
    cookie = ana.client.get_cookie(own)
    assert cookie
    planted.client.set_cookie(other, cookie.value)
    assert planted.get("/gallery").status_code == 302
    planted.client.set_cookie(own, cookie.value)
    assert planted.get("/gallery").status_code == 200


def test_only_behind_https_browsers_are_told_to_use_nothing_else(config: Config) -> None:
    for https in (False, True):
        headers = Visitor(create_app(replace(config, behind_https=https))).get("/signin").headers
        assert ("Strict-Transport-Security" in headers) is https


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "/\t/evil.example",
        "\n//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_sign_in_never_redirects_to_another_site(app: Flask, address: str) -> None:
    assert not same_site(address)
    assert Visitor(app).sign_in("ana", next=address).location == "/"


def test_sign_in_returns_to_the_requested_page(app: Flask) -> None:
    wanted = "/gallery?show=rated&after=3"
    visitor = Visitor(app)
    assert visitor.get(wanted).location == "/signin?next=/gallery?show%3Drated%26after%3D3"
    assert visitor.sign_in("ana", next=wanted).location == wanted


def test_users_change_their_own_password_and_stay_signed_in(app: Flask) -> None:
    ben, elsewhere = Visitor(app, "ben"), Visitor(app, "ben")
    new = "a new long password"

    def change(present: str, password: str, again: str) -> TestResponse:
        fields: dict[str, Any] = {"present": present, "password": password, "again": again}
        return ben.post("/password", name="ben", **fields)

    wrong = ("guess", new, new), (PASSWORD, new, new + "!"), (PASSWORD, "short", "short")
    refused = [change(*fields) for fields in wrong]
    assert [answer.status_code for answer in refused] == [400] * 3
    reasons = [words(the(parsed(answer.text), "#problem")) for answer in refused]
    assert len(set(reasons)) == 3
    assert elsewhere.get("/").status_code == 200
    assert change(PASSWORD, new, new).location == "/"
    assert not is_warning(notice(ben.see("/")))
    assert elsewhere.get("/").status_code == 302
    assert Visitor(app).sign_in("ben", new).status_code == 303


def test_password_guessing_is_slowed_down(app: Flask) -> None:
    visitor = Visitor(app)
    tries = [visitor.sign_in("ana", "wrong").status_code for _ in range(11)]
    assert tries == [401] * 10 + [429]
    assert visitor.sign_in("ANA").status_code == 429
    assert visitor.sign_in("ben").status_code == 303


SPELLINGS = (
    *(
        " ana",
        "ana ",
        "\tana",
        "\N{NO-BREAK SPACE}ana",
        "\N{IDEOGRAPHIC SPACE}ana",
        " " * 70 + "ana",
    ),
    *("\N{FULLWIDTH LATIN SMALL LETTER A}na", "\x00ana", "ana\N{ZERO WIDTH SPACE}", "aNa"),
)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=ascii)
def test_another_spelling_of_a_name_does_not_get_around_the_limit(
    app: Flask, spelling: str
) -> None:
    visitor = Visitor(app)
    for _ in range(10):
        visitor.sign_in("ana", "wrong")
    assert visitor.sign_in(spelling).status_code in (401, 429)


def test_a_name_that_no_account_has_is_limited(app: Flask) -> None:
    visitor = Visitor(app)
    tries = [visitor.sign_in(" " * n + "nobody", "wrong").status_code for n in range(11)]
    assert tries == [401] * 10 + [429]


def test_long_names_are_counted_in_little_memory(app: Flask) -> None:
    visitor = Visitor(app)
    for number in range(20):
        visitor.sign_in(f"{number}" + "x" * 100_000, "wrong")
    assert max(map(len, counted())) < 200
    assert not any("x" * 65 in key for key in counted())


def counted() -> list[str]:
    storage = limiter.limiter.storage
    assert isinstance(storage, MemoryStorage)
    return list(storage.storage)


def test_an_account_signs_in_under_the_spellings_that_are_counted_as_its_name(app: Flask) -> None:
    for spelling in SPELLINGS[:7]:
        assert Visitor(app).sign_in(spelling).status_code == 303


def test_guessing_the_present_password_is_slowed_down_by_account(app: Flask) -> None:
    ben, carl = Visitor(app, "ben"), Visitor(app, "carl")
    new = "another long password"

    def guess(visitor: Visitor, **fields: str) -> int:
        given: dict[str, Any] = {"present": "wrong", "password": new, "again": new, **fields}
        return visitor.post("/password", **given).status_code

    tries = [guess(ben, name=f"other{number}") for number in range(11)]
    assert tries == [400] * 10 + [429]
    assert guess(carl) == 400


def test_other_hosts_are_refused_on_every_address(app: Flask) -> None:
    visitor = Visitor(app)
    for address in ("/", "/signin", "/healthz", "/static/malar.css", "/nope"):
        for host in ("evil.example", "localhost.evil.example", "evil.example:5151"):
            response = visitor.get(address, headers={"Host": host})
            assert response.status_code == 400
            assert "CURATOR_TRUSTED_HOSTS" in response.text
            assert "evil" not in response.text


@pytest.mark.parametrize("host", ["localhost", "localhost:5151", "127.0.0.1:80", "[::1]:5151"])
def test_local_hosts_are_accepted(app: Flask, host: str) -> None:
    assert Visitor(app).get("/healthz", headers={"Host": host}).json == {"status": "ok"}


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("name", ["ana", ""])
def test_every_answer_has_the_security_headers(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    more = ("", "/annotate/99"), ("", "/nowhere"), ("", "/api/v1/nowhere"), ("", "/api/v1/photos")
    for endpoint, address in (*addresses(app, "GET"), *more):
        headers = visitor.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address
        assert endpoint == "runs.trainers_report" or "unsafe" not in policy, address
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert headers["Referrer-Policy"] == "no-referrer", address
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", address
        assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive", address


@pytest.mark.usefixtures("photos")
def test_a_picture_opened_by_itself_is_in_a_sandbox(app: Flask) -> None:
    visitor, pictures = Visitor(app, "ana"), set()
    for endpoint, address in addresses(app, "GET"):
        answer = visitor.get(address)
        if str(answer.mimetype).startswith("image/"):
            pictures.add(endpoint)
            assert answer.headers["Content-Security-Policy"].endswith("; sandbox"), endpoint
            assert answer.headers["Cache-Control"] == "private, no-store", endpoint
    kinds = ("thumbnail", "display", "closeup", "redness")
    assert pictures == {f"photos.{kind}" for kind in kinds}


def test_search_engines_are_told_to_stay_away(app: Flask) -> None:
    assert Visitor(app).get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("name", ["ana", "ben", "vera", ""])
def test_a_browser_keeps_no_page_and_no_picture(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    for endpoint, address in addresses(app, "GET"):
        if endpoint not in ("static", "language.words"):  # which hold neither photos nor names
            assert visitor.get(address).headers["Cache-Control"] == "private, no-store", address


def test_signing_out_clears_what_the_browser_kept(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    assert visitor.post("/signout").headers["Clear-Site-Data"] == '"cache"'


def test_the_set_up_link_creates_one_account_once(unmade: Config) -> None:
    init_instance(unmade)
    app = create_app(unmade)
    token = app.config["SETUP_TOKEN"]
    visitor = Visitor(app)
    assert the(visitor.see("/signin"), "#no-account")
    assert not visitor.see("/signin").select("[name=password]")  # nobody could sign in
    assert visitor.get("/setup").status_code == 404
    assert visitor.get("/setup?token=guess").status_code == 404
    assert visitor.post("/setup", token="", name="eve", password=PASSWORD).status_code == 404
    assert the(visitor.see(f"/setup?token={token}"), "[name=token]")["value"] == token
    fields = {"token": token, "name": "ana", "password": PASSWORD}
    assert visitor.post("/setup", **fields, again="other").status_code == 400
    assert visitor.post("/setup", **fields, again=PASSWORD).location == "/"
    assert words(the(visitor.see("/"), ".who .name")) == "ana"
    again = Visitor(app).post("/setup", **(fields | {"name": "eve"}), again=PASSWORD)
    assert again.status_code == 404
    assert Visitor(app).get(f"/setup?token={token}").status_code == 404
    users = list_users(open_sessions(unmade))
    assert [(user.name, user.role) for user in users] == [("ana", "admin")]


def test_an_app_neither_needs_nor_creates_an_instance(unmade: Config) -> None:
    app = create_app(unmade)
    response = Visitor(app).get("/")
    assert response.status_code == 503
    assert "flask curator init" in response.text
    assert not unmade.instance.exists()
    init_instance(unmade)
    assert Visitor(app).get("/signin").status_code == 200


def test_errors_have_our_own_messages(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    missing = visitor.get("/annotate/99")
    assert missing.status_code == 404
    assert words(the(parsed(missing.text), ALERT)) not in HTTP_MESSAGES.values()  # says of what
    assert visitor.get("/photos/99/thumbnail").status_code == 404
    assert visitor.get("/nope", headers=JSON).json == {"error": HTTP_MESSAGES[404], "kind": "error"}
    signs_out = "form[action='/signout']"
    for address, status in (("/nope", 404), ("/signout", 405)):
        answer = visitor.get(address)
        assert answer.status_code == status
        assert words(the(parsed(answer.text), ALERT)) == HTTP_MESSAGES[status]
        assert the(parsed(answer.text), signs_out)
        assert not parsed(Visitor(app).get(address).text).select(signs_out)


def test_an_internal_error_shows_no_traceback(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    visitor = Visitor(app, "ana")
    monkeypatch.setattr("curator.web.exports.exports", broken)
    response = visitor.get("/exports")
    assert response.status_code == 500
    assert words(the(parsed(response.text), ALERT)) == HTTP_MESSAGES[500]
    assert "secret detail" not in response.text


def test_a_full_disk_is_reported(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    visitor = Visitor(app, "ana")
    monkeypatch.setattr("curator.web.exports.exports", full)
    assert "No space left on device" in visitor.get("/exports").text
