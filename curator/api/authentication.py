"""Who sends a request: the account of its token, never that of a browser's cookie."""

import time
from math import ceil

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.routing import RequestRedirect

from curator.api.problems import MESSAGES
from curator.api.roles import ACCESS, FOR_BOUND
from curator.base.accounts import Account
from curator.base.errors import NotSignedIn
from curator.base.tokens import IssuedToken, use_token
from curator.base.visibility import see_only
from curator.http.current import config, sessions
from curator.http.limits import limiter
from curator.http.roles import Access, require_access, require_within_sites

FAILURES = RateLimitItemPerMinute(60)  # of one address
MOST_BYTES = 1_000_000  # of a request that brings no file
WITH_FILES = ("api.upload_photo",)


def require_token() -> ResponseReturnValue | None:
    """Admit requests whose token's role may use the route, and count them."""
    g.account = g.present = None
    if isinstance(request.routing_exception, RequestRedirect):  # of doubled slashes
        raise NotFound
    if request.routing_exception:
        return None
    endpoint = request.endpoint or ""
    if endpoint not in WITH_FILES:
        request.max_content_length = MOST_BYTES
    if ACCESS.get(endpoint) is Access.EVERYONE:
        return None
    g.token = _token()
    g.account = Account(
        g.token.account_id,
        g.token.account,
        g.token.effective_role,
        disabled=False,
        sites=g.token.sites,
    )
    see_only(g.account.sites)
    _count(RateLimitItemPerMinute(config().api_per_minute), f"token {g.token.id}")
    require_access(ACCESS.get(endpoint), g.account)
    photo = (request.view_args or {}).get("photo_id")
    require_within_sites(endpoint, g.account, FOR_BOUND, photo)
    return None


def token() -> IssuedToken:
    """Return the token of the request."""
    found: IssuedToken = g.token
    return found


def _token() -> IssuedToken:
    sent = request.authorization
    secret = sent.token if sent and sent.type == "bearer" else ""
    found = use_token(sessions(), secret) if secret else None
    if found:
        return found
    if secret:  # perhaps a guess
        _count(FAILURES, f"failures {get_remote_address()}")
    raise NotSignedIn(MESSAGES[401])


def _count(limit: RateLimitItemPerMinute, key: str) -> None:
    """Count one request more; raise TooManyRequests beyond the limit."""
    counter = limiter.limiter
    if not counter.hit(limit, key):
        window = counter.get_window_stats(limit, key)
        raise TooManyRequests(retry_after=max(1, ceil(window.reset_time - time.time())))
