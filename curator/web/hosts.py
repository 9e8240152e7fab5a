"""Checks the Host header against the trusted names, which prevents DNS rebinding."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import SecurityError

from curator.web.current import config


def require_known_host() -> None:
    # Werkzeug's own check does not support IPv6 addresses.
    known = {name.strip().strip("[]").casefold() for name in config().trusted_hosts.split(",")}
    if (host_name(request.host) or "") not in known - {""}:
        raise SecurityError


def host_name(host: str) -> str | None:
    """Return the name or address in a Host header without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
