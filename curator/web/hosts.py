"""Which names the tool answers to: a page elsewhere must not reach it through a name of its own (DNS rebinding)."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import SecurityError

from curator.web.current import config


def require_known_host() -> None:
    # Werkzeug's own list cannot hold an IPv6 address.
    known = {name.strip().strip("[]").casefold() for name in config().trusted_hosts.split(",")}
    if (host_name(request.host) or "") not in known - {""}:
        raise SecurityError


def host_name(host: str) -> str | None:
    """Return the name or address in a Host header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
