"""A server that cannot be used is told in one line that says what to do."""

import http.server
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curator.base.config import Config
from curator.base.errors import CuratorError, LibraryMissing, ServerUnreachable
from curator.labelstudio import server as labelstudio_server
from curator.labelstudio.server import Server, connect
from tests.curator.labelstudio.live import free_port

KEY = "0" * 40


OF_VERSION = b'{"label-studio-os-package": {}}'
CALLS: dict[str, Callable[[Server], object]] = {
    "users": Server.numbers_of_annotators,
    "find": lambda server: server.find_project("0" * 32),
    "make": lambda server: server.make_project("Rash - ben", "", "<View/>"),
    "tasks": lambda server: server.tasks(1, "Rash - ben"),
    "upload": lambda server: server.upload(1, {"one.jpg": b""}),
    "change": lambda server: server.change_annotation(1, [], ""),
}


class Other(http.server.BaseHTTPRequestHandler):
    """Answers every address with a page, as other servers do."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *_: object) -> None:
        pass


class Moved(Other):
    """Leads all that is asked to another address."""

    to = ""

    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", f"{self.to}{self.path}")
        self.end_headers()


class Broken(Other):
    """Tells its version as Label Studio does, and answers all else wrongly."""

    status, body = 200, b""

    def do_GET(self) -> None:
        is_version = self.path == "/api/version"
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200 if is_version else self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(OF_VERSION if is_version else self.body)

    do_POST = do_GET


class Version(Broken):
    body = OF_VERSION


@contextmanager
def other_server(
    context: ssl.SSLContext | None = None, answers: type[Other] = Other
) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answers) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def refusal(url: str, key: str = KEY) -> str:
    with pytest.raises(CuratorError) as refused:
        connect(Config(label_studio_url=url, label_studio_api_key=key))
    assert "\n" not in refused.value.message
    return refused.value.message


def test_without_settings_both_are_named() -> None:
    assert "LABEL_STUDIO_API_KEY" in refusal("")
    assert "LABEL_STUDIO_URL" in refusal("http://127.0.0.1:1", key="")


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://host", "http://", "http:// x", "http://a/?b"]
)
def test_an_address_that_is_none_is_named(url: str) -> None:
    assert f"LABEL_STUDIO_URL is {url}" in refusal(url)


def test_a_server_that_is_down_is_named() -> None:
    assert "Nothing answers at http://127.0.0.1:" in refusal(f"http://127.0.0.1:{free_port()}")


def test_a_server_that_is_not_label_studio_is_named() -> None:
    with other_server() as port:
        assert "is not Label Studio" in refusal(f"http://127.0.0.1:{port}/")


def test_an_address_that_leads_on_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with other_server(answers=Version) as port, other_server(answers=Moved) as old:
        monkeypatch.setattr(Moved, "to", f"http://127.0.0.1:{port}")
        assert f"leads on to http://127.0.0.1:{port}: set" in refusal(f"http://127.0.0.1:{old}")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"<html>Sign in</html>", "is not Label Studio|no answer that can be read"),
        (200, b'"text"', "no answer that can be read"),
        (502, b"<html>Bad gateway</html>", r"busy or broken \(502\)"),
        (429, b'{"detail": "slow"}', r"busy or broken \(429\)"),
    ],
)
def test_an_answer_that_is_none_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, call: str, status: int, body: bytes, told: str
) -> None:
    monkeypatch.setattr("label_studio_sdk.core.http_client.time.sleep", lambda _seconds: None)
    monkeypatch.setattr(Broken, "status", status)
    monkeypatch.setattr(Broken, "body", body)
    with other_server(answers=Broken) as port:
        server = Server(f"http://127.0.0.1:{port}", KEY)
        with pytest.raises(ServerUnreachable, match=told):
            CALLS[call](server)


@pytest.mark.parametrize("key", ["s3cr3t\ns3cr3t", "s3cr3t s3cr3t", "s3cr3t-ö", "Token s3cr3t"])
def test_a_key_that_no_header_takes_is_never_shown(key: str) -> None:
    told = refusal(f"http://127.0.0.1:{free_port()}", key)
    assert "copy it again" in told
    assert "s3cr3t" not in told


@pytest.mark.parametrize("url", ["http://ana:s3cr3t@127.0.0.1", "https://s3cr3t@host/path?a"])
def test_a_password_in_the_address_is_never_shown(url: str) -> None:
    told = refusal(url)
    assert "before the @" in told
    assert "s3cr3t" not in told


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelstudio_server, "FIRST_ANSWER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "does not answer in time" in refusal(f"http://127.0.0.1:{port}")


def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with other_server(context) as port:
        told = refusal(f"https://localhost:{port}")
    assert "is not trusted" in told
    assert "SSL_CERT_FILE" in told


def test_a_missing_sdk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelstudio_server, "find_spec", lambda _name: None)
    with pytest.raises(LibraryMissing, match=r"malar\[labelstudio\]"):
        connect(Config(label_studio_url="http://127.0.0.1:1", label_studio_api_key=KEY))


def test_the_settings_are_read_under_label_studios_own_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from curator.base.config import from_environment

    env = {"LABEL_STUDIO_URL": "http://localhost:8080", "LABEL_STUDIO_API_KEY": KEY}
    config = from_environment(dict(os.environ) | env)
    assert (config.label_studio_url, config.label_studio_api_key) == tuple(env.values())
