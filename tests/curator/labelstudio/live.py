"""A real Label Studio server, which reaches nothing but this machine."""

import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
# `make test-labelstudio` installs it; another one may be named.
PROGRAM = Path(
    os.environ.get("LABEL_STUDIO", ROOT / ".venv-labelstudio" / "bin" / "label-studio")
).resolve()
TOKEN = "0123456789abcdef0123456789abcdef01234567"
ADMIN = "admin@example.org"
PASSWORD = "test-password-1"
UP_WITHIN_S = 240.0

# Read by Python before the server's own code: a connection that leaves the machine is noted and refused.
FENCE = """
import os, socket
ALLOWED = ("127.", "::1", "localhost")
def fence(name):
    real = getattr(socket.socket, name)
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(ALLOWED):
            with open(os.environ["FENCE_LOG"], "a") as log:
                log.write(f"{address}\\n")
            raise OSError("fenced in")
        return real(self, address)
    setattr(socket.socket, name, connect)
fence("connect")
fence("connect_ex")
real_lookup = socket.getaddrinfo
def lookup(host, *more, **kw):
    if host is not None and not str(host).startswith(ALLOWED):
        with open(os.environ["FENCE_LOG"], "a") as log:
            log.write(f"{host}\\n")
        raise OSError("fenced in")
    return real_lookup(host, *more, **kw)
socket.getaddrinfo = lookup
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class LiveServer:
    """A server and its data; it can be killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    tokens: dict[str, str] = field(default_factory=lambda: {"admin": TOKEN})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def left_the_machine(self) -> list[str]:
        log = self.folder / "fence.log"
        return log.read_text().splitlines() if log.exists() else []

    def start(self) -> None:
        fence = self.folder / "fence"
        fence.mkdir(exist_ok=True)
        (fence / "sitecustomize.py").write_text(FENCE)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(fence),
            "FENCE_LOG": str(self.folder / "fence.log"),
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder / "data"),
            "COLLECT_ANALYTICS": "0",
            "LATEST_VERSION_CHECK": "0",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
        }
        command = [
            *(str(PROGRAM), "start", "--no-browser", "--port", str(self.port)),
            *("--internal-host", "127.0.0.1", "--username", ADMIN, "--password", PASSWORD),
            *("--user-token", TOKEN, "--enable-legacy-api-token"),
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/health", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.25)
            if self.process and self.process.poll() is not None:
                break
        raise AssertionError((self.folder / "server.log").read_text()[-2000:])

    def kill(self) -> None:
        """Kill the server and its children as a power cut would."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def call(self, method: str, path: str, by: str = "admin", **content: Any) -> Any:
        headers = {"Authorization": f"Token {self.tokens[by]}"}
        answer = httpx.request(
            method, f"{self.url}/api/{path}", headers=headers, timeout=60, **content
        )
        assert answer.status_code < 400, answer.text[:1000]
        return answer.json() if answer.content else None

    def tasks(self, project: int) -> list[Any]:
        query = {"exportType": "JSON", "download_all_tasks": "true"}
        found: list[Any] = self.call("GET", f"projects/{project}/export", params=query)
        return sorted(found, key=lambda task: int(task["id"]))

    def personal_token(self) -> str:
        return str(self.call("POST", "token/", json={})["token"])

    def add_user(self, name: str) -> int:
        """Let somebody who was invited sign up, unless they have; return their number."""
        if name not in self.tokens:
            invited = self.call("GET", "invite")["invite_url"]
            with httpx.Client(base_url=self.url, follow_redirects=True, timeout=60) as browser:
                found = re.search(r'csrfmiddlewaretoken" value="(.+?)"', browser.get(invited).text)
                assert found
                form = {"csrfmiddlewaretoken": found[1], "password": PASSWORD}
                form |= {"email": f"{name}@example.org", "allow_newsletters": "false"}
                browser.post(invited, data=form, headers={"Referer": self.url})
                self.tokens[name] = browser.get("/api/current-user/token").json()["token"]
        return int(self.call("GET", "current-user/whoami", by=name)["id"])
