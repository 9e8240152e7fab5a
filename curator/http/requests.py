"""Requests as strangers may send them: any bytes in the address, parts without a name."""

from typing import Any
from urllib.parse import quote

import flask
from werkzeug.exceptions import BadRequest

ASCII = "".join(map(chr, range(128)))


class Request(flask.Request):
    """A request of whose query each byte beyond ASCII is quoted, as browsers do: else reading it can fail."""

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe=ASCII)
        super().__init__(environ, *args, **options)

    def _load_form_data(self) -> None:
        """Refuse a part without a name, which no browser sends and whoever reads the names fails at."""
        super()._load_form_data()
        if None in self.form or None in self.files:
            raise BadRequest
