"""The nginx of the guide in front of a real server: what it passes on, what it refuses, and what it says."""

import io
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, Request

import numpy as np
import pytest
from dotenv import dotenv_values
from PIL import Image
from werkzeug.datastructures import FileStorage

from curator.app import FORM_OVERHEAD_BYTES, HTTP_MESSAGES
from curator.base.config import Config
from curator.base.db import open_sessions
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.importing import import_folders
from curator.queries.photos import photo_file
from curator.queries.records import photos_added
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.databases import copied, environment_of
from tests.curator.drawing import jpeg
from tests.curator.serving import Caller, free_port, served

pytestmark = pytest.mark.slow  # real servers

DEPLOY = Path(__file__).parents[3] / "docs/deploy"
LIMIT = Config.max_file_bytes
WHOLE = "0.000000,0.000000 1.000000,0.000000 1.000000,1.000000 0.000000,1.000000"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# What Debian's nginx.conf sets around a site, and where a test may write.
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 768; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    gzip on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


MAKE_CERTIFICATE = (
    *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
)


class From(HTTPSHandler):
    """Connects from one of this machine's addresses, and trusts the made certificate alone."""

    def __init__(self, address: str, certificate: Path) -> None:
        context = ssl.create_default_context(cafile=certificate)
        super().__init__(context=context)
        self.open_from = partial(HTTPSConnection, source_address=(address, 0), context=context)

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self.open_from, request)


@dataclass
class Site:
    """A site as the guide makes it: nginx, and curator behind it, which can be stopped and started."""

    folder: Path
    config: Config
    http: int
    https: int
    behind: int
    settings: dict[str, str]
    running: ExitStack

    @property
    def certificate(self) -> Path:
        return self.folder / "fullchain.pem"

    def start(self) -> None:
        self.running.enter_context(served(self.config, self.behind, **self.settings))

    def sign_in(self, name: str, address: str = "127.0.0.1") -> Caller:
        return Caller(self.https, name, From(address, self.certificate), at="https://localhost")

    def ask(
        self, method: str, path: str, body: str = "", *, by: str = "127.0.0.1", **headers: str
    ) -> tuple[HTTPResponse, str]:
        """Send a request from an address of this machine; return the answer and its text."""
        connection = From(by, self.certificate).open_from("localhost", self.https, timeout=60)
        named = {name.replace("__", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, PAGE | named)
        answer = connection.getresponse()
        return answer, answer.read().decode()

    def guess(self, by: str, **headers: str) -> int:
        """Try to sign in with a wrong password."""
        page, text = self.ask("GET", "/signin", by=by)
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        assert token
        form = urlencode({"name": "ana", "password": "wrong", "csrf_token": token[1]})
        told = {"Cookie": page.headers["Set-Cookie"].split(";")[0]} | headers
        kind = {"Content__Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/signin", form, by=by, **told, **kind)[0].status

    def send(self, request: bytes) -> str:
        """Send bytes that no client would; return all that comes back."""
        with self.connect() as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.certificate)
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=60)
        return context.wrap_socket(plain, server_hostname="localhost")


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.skip("nginx is not installed: `make test-all` installs it for root on Debian")
    return found


@pytest.fixture(scope="module")
def site(
    program: str, empty_instance: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    config = copied(empty_instance, folder / "instance")
    ports = free_port(), free_port(), free_port()
    lines = (DEPLOY / "malar.env").read_text().replace("malar.example.org", "localhost")
    settings = {
        name: value or "" for name, value in dotenv_values(stream=io.StringIO(lines)).items()
    }
    settings |= environment_of(config)
    made = Site(folder, config, *ports, settings, ExitStack())
    write_site(made)
    command = [program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert "warn" not in checked.stderr
    assert checked.returncode == 0, checked.stderr
    with made.running, subprocess.Popen(command) as nginx:
        try:
            made.start()
            wait_for(made.https)
            yield made
        finally:
            nginx.terminate()


def write_site(site: Site) -> None:
    """Write what the guide tells to write, with this test's ports, paths, name and certificate."""
    here = {
        "malar.example.org": "localhost",
        "/etc/ssl/malar": str(site.folder),
        "/var/log/nginx": str(site.folder),
        "127.0.0.1:5151": f"127.0.0.1:{site.behind}",
        "listen 80;": f"listen {site.http};",
        "listen [::]:80;": f"listen [::]:{site.http};",
        "listen 443 ssl;": f"listen {site.https} ssl;",
        "listen [::]:443 ssl;": f"listen [::]:{site.https} ssl;",
    }
    text = (DEPLOY / "nginx.conf").read_text()
    for placeholder, given in here.items():
        assert placeholder in text, placeholder
        text = text.replace(placeholder, given)
    (site.folder / "site.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""  # who may enter this test's folder
    (site.folder / "nginx.conf").write_text(AROUND.format(folder=site.folder, user=user))
    key = site.folder / "privkey.pem"
    subprocess.run(
        [*MAKE_CERTIFICATE, "-keyout", str(key), "-out", str(site.certificate)],
        check=True,
        capture_output=True,
    )


def logged(site: Site, *parts: str) -> list[str]:
    """Return the lines of the log once one of them has all parts: it is written after the answer."""
    for _ in range(100):
        lines = (site.folder / "malar.log").read_text().splitlines()
        if any(all(part in line for part in parts) for line in lines):
            return lines
        time.sleep(0.1)
    raise AssertionError(f"no line of the log has {parts}")


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on port {port}")


def test_http_leads_to_https_whatever_host_was_asked_for(site: Site) -> None:
    connection = HTTPConnection("127.0.0.1", site.http, timeout=60)
    connection.request("GET", "/signin?next=/inbox", headers={"Host": "evil.example"})
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"] == "https://localhost/signin?next=/inbox"


def test_a_page_comes_by_https_only_and_with_a_secure_cookie(site: Site) -> None:
    answer, text = site.ask("GET", "/signin", Accept__Encoding="gzip", X__Forwarded__Proto="http")
    assert answer.status == 200
    assert "<html" in text
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "content-encoding" not in answer.headers
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_who_signs_in_stays_signed_in(site: Site) -> None:
    assert b"/inbox" in site.sign_in("ben").see("/annotate")


def test_static_files_are_not_sent_twice(site: Site) -> None:
    first, text = site.ask("GET", "/static/malar.css")
    again, none = site.ask("GET", "/static/malar.css", If__None__Match=first.headers["ETag"])
    part, start = site.ask("GET", "/static/malar.css", Range="bytes=0-99")
    assert (first.status, again.status, none) == (200, 304, "")
    assert (part.status, start) == (206, text[:100])


SPOOFED = {
    "X__Forwarded__For": "203.0.113.{}",
    "X_Forwarded_For": "203.0.113.{}",
    "X__Real__IP": "203.0.113.{}",
    "Forwarded": "for=203.0.113.{}",
}


@pytest.mark.parametrize("header", SPOOFED)
def test_no_header_moves_a_visitor_to_another_address(site: Site, header: str) -> None:
    number = 20 + list(SPOOFED).index(header)
    tried = [
        site.guess(f"127.0.0.{number}", **{header: SPOOFED[header].format(n)}) for n in range(11)
    ]
    assert tried == [401] * 10 + [429]
    assert site.guess(f"127.0.1.{number}") == 401  # another visitor, whom nobody locks out


def test_a_photo_as_large_as_the_limit_arrives_whole(site: Site) -> None:
    content = padded(1, LIMIT)
    ana = site.sign_in("ana", "127.0.0.40")
    assert ana.post("/inbox/batches", source="")[0] == 201
    told = ana.upload(content)
    assert told["result"] == "added"
    stored = photo_file(open_sessions(site.config), told["photo"]["id"])
    assert stored.sha == sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("size", "status"),
    [(LIMIT + 1, 200), (LIMIT + FORM_OVERHEAD_BYTES + 1, 413), (LIMIT + 10_000_000, 413)],
)
def test_a_photo_above_the_limit_is_refused_in_words(site: Site, size: int, status: int) -> None:
    ana = site.sign_in("ana", "127.0.0.41")
    _, batch = ana.post("/inbox/batches", source="")
    file = FileStorage(io.BytesIO(padded(2, size)), "large.jpg")
    given, told = ana.post(batch["upload"], file=file, name="large.jpg")
    assert given == status
    if status == 200:
        assert told["result"] == "rejected"
        assert "MB" in told["reason"]
    else:
        assert told["error"] == HTTP_MESSAGES[413]
    assert ana.post(batch["upload"], name="large.jpg", size=size)[1]["result"] == "rejected"


def padded(seed: int, size_bytes: int) -> bytes:
    photo = jpeg(seed)
    return photo + bytes(size_bytes - len(photo))


def test_a_page_that_sends_too_much_is_answered_by_a_page(site: Site) -> None:
    answer, text = site.ask("POST", "/inbox", "x" * (LIMIT + 10_000_000))
    assert answer.status == 413
    assert answer.headers["Content-Type"].startswith("text/html")
    assert HTTP_MESSAGES[413] in text


def test_an_export_is_downloaded_whole(site: Site, tmp_path: Path) -> None:
    sessions = open_sessions(site.config)
    noise = np.random.default_rng(1)
    for number in range(6):
        pixels = noise.integers(0, 256, (640, 640, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    imported = import_folders(sessions, site.config, [tmp_path], actor="ana")
    for number, photo in enumerate(photos_added(sessions, imported.batch, 6)):
        said = Assessment("positive" if number % 2 else "negative", {"sex": "female"}, WHOLE)
        save_rating(sessions, photo, "ben", said, expected_version=0)
    made = export_dataset(sessions, site.config, Settings(ratios=(50, 25, 25)), actor="ana")
    ana = site.sign_in("ana", "127.0.0.42")
    content = ana.download("/exports/1/download")
    assert len(content) > 4_000_000
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert f"{made.path.name}/examples.csv" in archive.namelist()


def test_the_log_holds_addresses_without_their_tokens(site: Site) -> None:
    site.ask("GET", "/setup?token=a-secret-token", by="127.0.0.43", Referer="https://a/secret-page")
    lines = logged(site, "127.0.0.43 ", '"GET /setup" 404')
    assert [line for line in lines if "secret" in line] == []


@pytest.mark.parametrize(
    "request_of",
    [
        "GET /signin HTTP/1.1\r\nHost: evil.example\r\n",
        "GET http://evil.example/signin HTTP/1.1\r\nHost: localhost\r\n",
        "GET /signin HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n",
        "GET /signin HTTP/1.1\r\nHost: localhost.evil.example:443\r\n",
    ],
)
def test_another_host_is_not_served(site: Site, request_of: str) -> None:
    answer = site.send(f"{request_of}Connection: close\r\n\r\n".encode())
    assert answer.startswith("HTTP/1.1 400 ")
    assert "Curator does not answer under this address" in answer


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: 4\r\nHost: localhost\r\n",
        f"Cookie: {'x' * 10_000}\r\n",
        "".join(f"X-{number}: {'x' * 1_000}\r\n" for number in range(60)),
    ],
)
def test_a_request_that_two_servers_could_read_differently_reaches_none(
    site: Site, headers: str
) -> None:
    smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = site.send(
        f"POST /signin HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{smuggled}".encode()
    )
    assert re.match(r"HTTP/1.1 (400|501) ", answer), answer[:200]
    assert "nginx" in answer
    assert '"status"' not in answer


def test_many_slow_uploads_keep_nobody_waiting(site: Site) -> None:
    started = b"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx"
    with ExitStack() as held:
        for _ in range(120):  # curator alone takes 100 connections
            held.enter_context(site.connect()).sendall(started)
        assert site.ask("GET", "/signin")[0].status == 200


def test_while_curator_restarts_pages_and_scripts_are_told_and_sign_ins_last(site: Site) -> None:
    ben = site.sign_in("ben", "127.0.0.44")
    site.running.close()
    page, text = site.ask("GET", "/annotate")
    status, told = ben.post("/inbox/batches", source="")
    assert (page.status, status) == (503, 503)
    assert "Malar does not answer" in text
    assert "reload this page" in text
    assert told["kind"] == "offline"  # the pages' scripts keep what was done, and try again
    assert page.headers["Strict-Transport-Security"]
    site.start()
    assert b"/inbox" in ben.see("/annotate")
