"""The server as users start it, and a signed-in user who calls it without a browser."""

import io
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import BaseHandler, HTTPCookieProcessor, Request, build_opener

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from curator.base.config import Config
from tests.curator.browsing import JSON
from tests.curator.databases import environment_of
from tests.curator.drawing import PASSWORD


class Caller:
    """A signed-in user of a server that runs in its own process."""

    def __init__(
        self, port: int, name: str, *handlers: BaseHandler, at: str = "http://127.0.0.1"
    ) -> None:
        self._base = f"{at}:{port}"
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), *handlers)
        form = {"name": name, "password": PASSWORD, "csrf_token": self._token()}
        self._opener.open(f"{self._base}/signin", urlencode(form).encode())
        self._headers = JSON | {"X-CSRFToken": self._token()}

    def _token(self) -> str:
        page = self._opener.open(f"{self._base}/signin").read().decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return found[1]

    def post(self, address: str, **fields: Any) -> tuple[int, dict[str, Any]]:
        boundary, body = encode_multipart(fields)
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = Request(self._base + address, body, self._headers | kind)  # noqa: S310
        try:
            with self._opener.open(request, timeout=300) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            return error.code, json.load(error)

    def read(self, address: str) -> tuple[int, dict[str, Any]]:
        """Return what a script is answered."""
        request = Request(self._base + address, headers=self._headers)  # noqa: S310
        with self._opener.open(request, timeout=300) as response:
            return response.status, json.load(response)

    def see(self, address: str) -> bytes:
        with self._opener.open(self._base + address, timeout=300) as response:
            content: bytes = response.read()
        return content

    def download(self, address: str) -> bytes:
        request = Request(self._base + address, b"", self._headers)  # noqa: S310
        with self._opener.open(request, timeout=300) as response:
            content: bytes = response.read()
        return content

    def upload(self, content: bytes, batch: int = 1) -> dict[str, Any]:
        """Upload a file, again while the server is busy."""
        while True:
            file = FileStorage(io.BytesIO(content), "file")
            status, answer = self.post(f"/inbox/batches/{batch}/files", file=file, name="a.png")
            if status != 503:
                return answer
            assert answer["kind"] == "busy"
            time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def served(config: Config, port: int = 0, **settings: str) -> Iterator[tuple[int, int]]:
    """Run `serve` as users do; yield its port and process."""
    port = port or free_port()
    environment = os.environ | environment_of(config) | {"CURATOR_SUGGEST": "0"}
    environment |= settings
    command = [sys.executable, "-m", "flask", "curator", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert str(port) in process.stdout.readline()
            yield port, process.pid
        finally:
            process.terminate()
