"""Behind proxies: whose address counts, whether HTTPS is used, and whom a forged header deceives."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask, request, url_for

from curator.app import create_app
from curator.base.config import Config, from_environment
from curator.base.errors import SettingInvalid
from curator.base.instance import init_instance
from tests.curator.browsing import Visitor
from tests.curator.databases import environment_of

OUTSIDE, OTHER = "203.0.113.7", "203.0.113.8"


def behind(config: Config, proxies: int) -> Flask:
    return create_app(replace(config, proxies=proxies))


def seen(app: Flask, **headers: str) -> tuple[str | None, str]:
    """Return the visitor's address and the address of a link, as a page sees them."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found: list[tuple[str | None, str]] = []

    def look() -> None:
        found.append((request.remote_addr, url_for("auth.sign_in", _external=True)))

    app.before_request_funcs[None].insert(0, look)
    app.test_client().get("/signin", headers=named)
    app.before_request_funcs[None].remove(look)
    return found[0]


def guess(app: Flask, forwarded_for: str, name: str = "ana") -> int:
    visitor = Visitor(app)
    data = {"name": name, "password": "wrong", "csrf_token": visitor.token()}
    headers = {"X-Forwarded-For": forwarded_for}
    return visitor.client.post("/signin", data=data, headers=headers).status_code


def test_without_the_setting_a_forged_header_changes_nothing(config: Config) -> None:
    app = create_app(config)
    forged = seen(app, X_Forwarded_For=OUTSIDE, X_Forwarded_Proto="https", Forwarded="for=1.2.3.4")
    assert forged == ("127.0.0.1", "http://localhost/signin")
    tries = [guess(app, f"203.0.113.{number}") for number in range(11)]
    assert tries == [401] * 10 + [429]


def test_behind_a_proxy_the_visitors_address_counts(config: Config) -> None:
    app = behind(config, 1)
    assert seen(app, X_Forwarded_For=OUTSIDE) == (OUTSIDE, "http://localhost/signin")
    assert [guess(app, OUTSIDE) for _ in range(11)] == [401] * 10 + [429]
    assert guess(app, OTHER) == 401


@pytest.mark.parametrize(
    ("proxies", "forwarded_for", "address"),
    [
        (1, f"198.51.100.1, {OUTSIDE}", OUTSIDE),
        (1, f"a, b, c, 127.0.0.1, {OUTSIDE}", OUTSIDE),
        (2, f"198.51.100.1, {OUTSIDE}, 10.0.0.1", OUTSIDE),
        (2, OUTSIDE, "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "2001:db8::7", "2001:db8::7"),
    ],
)
def test_hops_beyond_the_trusted_ones_are_not_believed(
    config: Config, proxies: int, forwarded_for: str, address: str
) -> None:
    assert seen(behind(config, proxies), X_Forwarded_For=forwarded_for)[0] == address


def test_a_forged_hop_does_not_get_around_the_limit(config: Config) -> None:
    app = behind(config, 1)
    tries = [guess(app, f"198.51.100.{number}, {OUTSIDE}") for number in range(11)]
    assert tries == [401] * 10 + [429]


def test_where_https_is_used_links_have_it_and_the_cookie_is_secure(config: Config) -> None:
    app = behind(config, 1)
    assert seen(app, X_Forwarded_Proto="https")[1] == "https://localhost/signin"
    plain, https = (
        app.test_client()
        .get("/signin", headers={"X-Forwarded-Proto": scheme})
        .headers["Set-Cookie"]
        for scheme in ("http", "https")
    )
    assert "Secure" not in plain
    assert "Secure" in https


def test_a_forwarded_host_is_not_believed(config: Config) -> None:
    app = behind(config, 1)
    assert seen(app, X_Forwarded_Host="evil.example")[1] == "http://localhost/signin"


@pytest.mark.parametrize("given", ["-1", "many", "1.5"])
def test_a_number_of_proxies_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingInvalid, match="CURATOR_PROXIES"):
        from_environment({"CURATOR_PROXIES": given})


@contextmanager
def served(config: Config, proxies: int) -> Iterator[int]:
    """Run `serve` as users do; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = {"CURATOR_SUGGEST": "0", "CURATOR_PROXIES": str(proxies)}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "curator", "serve", "--port", str(port)],
        env=os.environ | environment_of(config) | names,
        stdout=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None and not answers(port):
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(("proxies", "is_secure"), [(0, False), (1, True)])
def test_the_server_passes_on_what_trusted_proxies_say(
    unmade: Config, proxies: int, is_secure: bool
) -> None:
    init_instance(unmade)
    with served(unmade, proxies) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": OUTSIDE}
        connection.request("GET", "/signin", headers=forwarded)
        cookie = connection.getresponse().headers["Set-Cookie"]
    assert ("Secure" in cookie) == is_secure
