"""A program that calls the API with a token."""

import io
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.tokens import make_token
from curator.http.current import instance
from tests.curator.drawing import REGION

BASE = "/api/v1"
POINTS = [[float(x), float(y)] for x, y in (pair.split(",") for pair in REGION.split())]
FIRST = {"If-None-Match": "*"}


class Program:
    def __init__(self, app: Flask, account: str = "", role: str = "") -> None:
        self.client = app.test_client()
        self.headers: dict[str, str] = {}
        if account:
            self.secret = new_token(instance(app).sessions, account, role)
            self.headers["Authorization"] = f"Bearer {self.secret}"

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = self.headers | more.pop("headers", {})
        return self.client.open(BASE + path, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def read(self, path: str, **more: Any) -> Any:
        answer = self.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def rate(
        self, photo: int, label: str = "positive", version: str = "", **more: Any
    ) -> TestResponse:
        headers = {"If-Match": version} if version else FIRST
        given = {"label": label, "values": {"sex": "female"}, "region": POINTS, **more}
        return self.call("PUT", f"/photos/{photo}/rating", json=given, headers=headers)

    def upload(self, content: bytes, batch: int, name: str = "a.jpg") -> TestResponse:
        data = {"file": (io.BytesIO(content), name)}
        return self.call("POST", f"/batches/{batch}/photos", data=data)


def new_token(sessions: Sessions, account: str, role: str = "") -> str:
    owner = account_named(sessions, account)
    secret, _ = make_token(sessions, owner.id, "a program", role=role or owner.role, actor=account)
    return secret


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Return the problem that an answer tells, in the one shape that all have."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told: dict[str, Any] = answer.get_json()
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"]
    assert told["detail"]
    assert told["kind"]
    return told
