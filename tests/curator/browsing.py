"""A visitor of the pages without a browser: signs in, carries the CSRF token, reads what comes back."""

import io
import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.test import TestResponse

from tests.curator.drawing import PASSWORD

JSON = {"Accept": "application/json"}


class Visitor:
    def __init__(self, app: Flask, name: str = "") -> None:
        self.client = app.test_client()
        if name:
            self.sign_in(name)

    def sign_in(self, name: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
        return self.post("/signin", name=name, password=password, **fields)

    def get(self, address: str, **options: Any) -> TestResponse:
        return self.client.get(address, **options)

    def page(self, address: str) -> str:
        response = self.get(address)
        assert response.status_code == 200, response.text
        return response.text

    def see(self, address: str) -> BeautifulSoup:
        return parsed(self.page(address))

    def token(self) -> str:
        page = self.get("/signin", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page
        return found[1]

    def post(self, address: str, /, json: bool = False, **fields: Any) -> TestResponse:
        """Send a form, or send it as the pages' scripts do."""
        headers = JSON | {"X-CSRFToken": self.token()} if json else {}
        data = fields if json else fields | {"csrf_token": self.token()}
        return self.client.post(address, data=data, headers=headers)


def parsed(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser")


def the(page: Tag, selector: str) -> Tag:
    """Return the one element that fits."""
    found = page.select(selector)
    assert len(found) == 1, f"{len(found)} elements fit {selector}"
    return found[0]


def words(told: Tag | str) -> str:
    return " ".join((told if isinstance(told, str) else told.get_text(" ")).split())


def numbers(told: Tag | str) -> list[int]:
    """Return the whole numbers that a text names, whatever its words."""
    return [int(number) for number in re.findall(r"\d+", words(told))]


def notice(page: Tag) -> Tag:
    """Return what the page says of the change that led to it."""
    return the(page, ".flashes .notice")


def is_warning(notice: Tag) -> bool:
    return "warning" in notice.get_attribute_list("class")


def waiting(page: Tag) -> dict[str, int]:
    """Return what the pages of pairs and of persons count: the group shown, how many wait, and more."""
    counted = the(page, "#waiting").attrs.items()
    return {name[5:]: int(str(value)) for name, value in counted if name.startswith("data-")}


def start_batch(visitor: Visitor, **fields: object) -> int:
    return int(visitor.post("/inbox/batches", json=True, **fields).get_json()["batch"])


def upload(visitor: Visitor, content: bytes, name: str, batch: int = 1) -> dict[str, object]:
    file = (io.BytesIO(content), "file")
    response = visitor.post(f"/inbox/batches/{batch}/files", json=True, file=file, name=name)
    assert response.status_code == 200, response.text
    answer: dict[str, object] = response.get_json()
    return answer
