"""Requests whose address may hold any bytes."""

from typing import Any
from urllib.parse import quote

import flask

ASCII = "".join(map(chr, range(128)))


class Request(flask.Request):
    """A request of whose query each byte beyond ASCII is quoted, as browsers do: else reading it can fail."""

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe=ASCII)
        super().__init__(environ, *args, **options)
