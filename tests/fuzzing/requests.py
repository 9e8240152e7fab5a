"""Requests to the server: each page, each form and each operation as its user sends it, then damaged."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import EnvironBuilder, encode_multipart, run_wsgi_app

from curator.api.roles import ACCESS as ACCESS_OF_API
from curator.app import PLAIN_COOKIE, SECURE_COOKIE
from curator.base.errors import CuratorError
from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION, jpeg

# What would end the visit of an account, and what needs another server.
ENDS_VISIT = re.compile(r"auth\.sign_|second_factor|admin\.(change|demand|reset)")
LEFT_OUT = re.compile(rf"{ENDS_VISIT.pattern}|labelstudio\.(push|pull|look)|static")
RATING = {"label": "positive", "values": {"sex": "female", "evidence": "visual"}, "region": REGION}
BODIES: dict[str, Any] = {
    "PUT /api/v1/photos/1/rating": RATING,
    "POST /api/v1/pairs/1/decision": {"decision": "copy"},
    "PATCH /api/v1/photos/1": {"source": "#rash"},
}


class ServerFailed(Exception):
    """The server answered with an error of its own."""


class Requests:
    """Sends requests as the accounts of the study and as a stranger; a request is kept as one sends it by hand."""

    name = "request"
    is_text = True
    refusals: tuple[type[Exception], ...] = (CuratorError,)

    def __init__(self, app: Flask, names: Sequence[str]) -> None:
        self.app = app
        self.senders: list[dict[str, str]] = []  # of each seed: the cookie, or none
        self.seeds: list[bytes] = []
        for name in names:
            visitor = Visitor(app, name)
            token = visitor.token() if name else ""  # which changes the cookie
            cookies = (visitor.client.get_cookie(key) for key in (PLAIN_COOKIE, SECURE_COOKIE))
            cookie = "; ".join(f"{one.key}={one.value}" for one in cookies if one)
            secret = {"cookie": cookie, "x-csrftoken": token} if name else {}
            for request in dict.fromkeys(self._of(visitor)):
                self.seeds.append(request)
                self.senders.append(secret)

    def read(self, content: bytes, seed: int) -> str:
        environ = self._environ(content, self.senders[seed])
        chunks, status, _ = run_wsgi_app(self.app, environ, buffered=True)
        answer = b"".join(chunks)
        if status >= "500":
            raise ServerFailed(status, answer[:500])
        return status[:3]

    def _of(self, visitor: Visitor) -> Iterator[bytes]:
        """Yield the requests of all addresses, and of the forms on their pages."""
        with self.app.test_request_context("/"):
            rules = [
                rule for rule in self.app.url_map.iter_rules() if not LEFT_OUT.match(rule.endpoint)
            ]
            built = [(rule, str(rule.build(dict.fromkeys(rule.arguments, 1))[1])) for rule in rules]  # type: ignore[index]
        for rule, address in built:
            methods = {*(rule.methods or ())} - {"HEAD", "OPTIONS"}
            if "GET" in methods:
                yield _written("GET", address)
                if rule.endpoint not in ACCESS_OF_API:
                    yield from _forms(self.app, visitor, address)
            for method in sorted(methods - {"GET"}):
                body = BODIES.get(f"{method} {address}", {})
                yield _written(method, address, json.dumps(body).encode(), "application/json")
        yield _upload("/inbox/batches/1/files")

    def _environ(self, content: bytes, sender: dict[str, str]) -> dict[str, Any]:
        """Read a request as a server does; what is no request at all becomes one for `/`."""
        head, _, body = content.partition(b"\n\n")
        first, *lines = head.split(b"\n")
        method, _, target = first.decode("latin-1").partition(" ")
        path, _, query = target.partition("?")
        environ = EnvironBuilder(path="/", method="GET").get_environ()
        environ |= {
            "REQUEST_METHOD": method if method.isalpha() else "GET",
            "PATH_INFO": unquote_to_bytes(f"/{path.lstrip('/')}".encode("latin-1")).decode(
                "latin-1"
            ),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        said = dict(line.decode("latin-1").partition(": ")[::2] for line in lines)
        for name, value in {**said, **sender}.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ


def _written(method: str, address: str, body: bytes = b"", kind: str = "") -> bytes:
    head = [f"{method} {address}", "accept: text/html", "accept-language: en, pt-BR;q=0.5"]
    head += [f"content-type: {kind}"] if kind else ["if-none-match: *", "range: bytes=0-10"]
    return "\n".join(head).encode() + b"\n\n" + body


def _forms(app: Flask, visitor: Visitor, address: str) -> Iterator[bytes]:
    response = visitor.get(address, headers={"Accept": "text/html"})
    if response.mimetype != "text/html":
        return
    for form in BeautifulSoup(response.text, "html.parser").find_all("form"):
        fields = [*_fields(form)]
        target = str(form.get("action") or address)
        if _is_left_out(app, target):
            continue
        if str(form.get("method", "get")).lower() == "post":
            yield _written(
                "POST", target, urlencode(fields).encode(), "application/x-www-form-urlencoded"
            )
        else:
            yield _written("GET", f"{urlsplit(target).path}?{urlencode(fields)}")


def _is_left_out(app: Flask, target: str) -> bool:
    place = app.url_map.bind("localhost")
    try:
        endpoint, _ = place.match(urlsplit(target).path, method="POST")
    except (MethodNotAllowed, NotFound):
        return False
    return bool(LEFT_OUT.match(endpoint))


def _fields(form: Tag) -> Iterator[tuple[str, str]]:
    for field in form.select("input[name], select[name], textarea[name], button[name]"):
        name, value = str(field["name"]), str(field.get("value", ""))
        if field.name == "select":
            options = [str(option.get("value", option.text)) for option in field.select("option")]
            value = options[-1] if options else ""
        if name != "csrf_token":
            yield name, value or field.text or "1"


def _upload(address: str) -> bytes:
    file = FileStorage(io.BytesIO(jpeg(31)), "new.jpg", "file", "image/jpeg")
    boundary, body = encode_multipart({"file": file, "name": "sub/new.jpg"})
    return _written("POST", address, body, f"multipart/form-data; boundary={boundary}")
