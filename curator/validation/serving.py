"""A server process as `flask curator serve` starts it, and a client that speaks HTTP to it."""

import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import curator
from curator.base.config import PLAIN_NAMES, Config
from curator.validation.results import Unmet

PATIENCE_S = 60.0
CLIENT = "192.0.2.1"  # what a proxy in front would tell: an address of the documentation
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Server(Protocol):
    """A server of one instance on a free port of this machine."""

    port: int

    def is_running(self) -> bool: ...

    def kill(self) -> None:
        """End it without a chance to write anything more."""


def environment_of(config: Config) -> dict[str, str]:
    """Return the environment in which a command has exactly these settings, whatever a .env says."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CURATOR_") and name not in PLAIN_NAMES
    }
    own = {}
    for field in fields(Config):
        value = getattr(config, field.name)
        plain = field.name.upper()
        name = plain if plain in PLAIN_NAMES else f"CURATOR_{plain}"
        own[name] = str(int(value)) if isinstance(value, bool) else str(value)
    code = str(Path(curator.__file__).parents[1])  # the installed package, not one beside
    paths = [code, *filter(None, [kept.get("PYTHONPATH")])]
    return kept | own | {"FLASK_SKIP_DOTENV": "1", "PYTHONPATH": os.pathsep.join(paths)}


class ServerProcess:
    """`flask curator serve` in a process of its own."""

    def __init__(self, config: Config, log: Path) -> None:
        self.port = _free_port()
        self._log = log
        command = [sys.executable, "-P", "-m", "flask", "curator", "serve"]
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(self.port)],
                env=environment_of(config),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:  # also where the validation is told to end meanwhile
            self.kill()
            raise

    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _wait_until_it_answers(self) -> None:
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            if not self.is_running():
                last = self._log.read_text(errors="replace").strip().splitlines() or ["no message"]
                raise Unmet(f"The server ended at once: {last[-1]}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise Unmet(f"The server did not answer within {PATIENCE_S:.0f} seconds.")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def leads_to_sign_in(self) -> bool:
        return self.status in (302, 303) and "/signin" in self.header("Location")


class Client:
    """A browser or, with a token, a program: asks as a proxy in front would ask, if there is one."""

    def __init__(self, server: Server, config: Config, token: str = "") -> None:
        self._server, self._config, self._token = server, config, token
        self._cookies: dict[str, str] = {}
        self.cookies_set: list[str] = []  # as they came, with their flags

    def use(self, server: Server) -> "Client":
        """Go on with another server of the same instance."""
        self._server = server
        return self

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, self._own_headers() | dict(headers or {}))
            response = connection.getresponse()
            answer = Answer(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()
        self._keep_cookies(answer)
        return answer

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def form(self, path: str, /, **values: object) -> Answer:
        """Send a form of a page, with the token that pages carry."""
        sent = urlencode({**values, "csrf_token": self.csrf_token()}).encode()
        return self.ask("POST", path, sent, {"Content-Type": "application/x-www-form-urlencoded"})

    def csrf_token(self) -> str:
        for page in ("/signin", "/password"):
            if found := CSRF.search(self.get(page).text):
                return found[1]
        raise Unmet("Neither the page to sign in nor the account's page has a token for forms.")

    def sign_in(self, name: str, password: str) -> Answer:
        return self.form("/signin", name=name, password=password)

    def call(self, method: str, path: str, given: object = None, **headers: str) -> Answer:
        """Call an operation of the API."""
        sent = None if given is None else json.dumps(given).encode()
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(method, f"/api/v1{path}", sent, kind | named)

    def upload(self, path: str, name: str, content: bytes) -> Answer:
        edge = secrets.token_hex(16)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        return self.ask("POST", f"/api/v1{path}", body, {"Content-Type": kind})

    def _own_headers(self) -> dict[str, str]:
        names = [name.strip() for name in self._config.trusted_hosts.split(",") if name.strip()]
        headers = {"Host": names[0] if names else "localhost", "Accept": "text/html, */*"}
        if self._config.proxies:
            headers["X-Forwarded-For"] = ", ".join([CLIENT] * self._config.proxies)
            headers["X-Forwarded-Proto"] = "https" if self._config.behind_https else "http"
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
        return headers

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.cookies_set.append(value)
                for cookie in SimpleCookie(value).values():
                    self._cookies[cookie.key] = cookie.value
