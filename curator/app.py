"""The web application: registers pages, error handlers and headers."""

import secrets
from contextlib import suppress
from datetime import timedelta

from flask import Flask, current_app, make_response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask.wrappers import Request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from curator.api import is_for_api
from curator.api.authentication import require_token
from curator.api.blueprint import blueprint as api
from curator.api.blueprint import register_api
from curator.api.problems import problem, problem_of_http
from curator.base.config import Config, from_environment
from curator.base.errors import CuratorError, InstanceMissing, ServerBusy
from curator.base.invocation import curator_command
from curator.base.messages import translatable
from curator.base.privacy import keep_private
from curator.base.resources import resource
from curator.base.visibility import see_only
from curator.http.current import EXTENSION, Instance
from curator.http.failures import WENT_WRONG, failure_of_files
from curator.http.language import init_translation, translated
from curator.http.limits import limiter
from curator.http.requests import Request as AnyRequest
from curator.http.terms import colour_space_name, exclusion_name
from curator.ratings.attributes import attributes
from curator.web import register_pages
from curator.web.auth import require_account
from curator.web.current import answer
from curator.web.hosts import require_known_host

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # addresses contain photo ids
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# What is no page, and so neither shows anything else nor runs anything, however it is opened.
SANDBOXED = "default-src 'none'; frame-ancestors 'none'; sandbox"
ONLY_HTTPS = "max-age=31536000"
PLAIN_COOKIE, SECURE_COOKIE = "malar", "__Host-malar"  # a browser takes the second by HTTPS alone
HTTP_MESSAGES = {
    400: translatable("The request does not match this page: reload it and try again."),
    401: translatable("You are not signed in: sign in, then try again."),
    404: translatable("There is no such page."),
    405: translatable(
        "This address does not accept that kind of request: go back and use the page's buttons."
    ),
    413: translatable("This is too much at once: upload smaller files, or fewer at a time."),
    429: translatable("Too many attempts: wait a minute, then try again."),
    500: WENT_WRONG,
}
FORM_OVERHEAD_BYTES = 1_000_000  # an upload has one file and a few fields


def create_app(config: Config | None = None) -> Flask:
    config = config or from_environment()
    keep_private()  # a server may be started without the command
    app = Flask("curator", template_folder=str(resource("templates")))
    app.config.update(
        MAX_CONTENT_LENGTH=config.max_file_bytes + FORM_OVERHEAD_BYTES,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=config.session_hours),
        # Otherwise a late response, for instance an image, would restore the cookie after sign-out.
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_NAME=SECURE_COOKIE if config.behind_https else PLAIN_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.behind_https,
        SETUP_TOKEN=secrets.token_urlsafe(32),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a rater may spend an hour on one page
        WTF_CSRF_SSL_STRICT=False,  # it needs the Referer, which our own policy suppresses
    )
    app.extensions[EXTENSION] = Instance(config)
    if config.proxies:
        # The scheme is told once, by the proxy next to the server: most replace what another one told.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=1)  # type: ignore[method-assign]
    app.request_class = AnyRequest
    app.session_interface = _SessionsOfInstance()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["attributes"] = attributes
    app.jinja_env.filters.update(exclusion_name=exclusion_name, colour_space_name=colour_space_name)
    app.jinja_env.globals["curator_command"] = curator_command
    app.before_request(require_known_host)
    app.before_request(_require_access)
    CSRFProtect(app).exempt(api)  # no cookie opens it
    limiter.init_app(app)
    init_translation(app)
    register_pages(app)
    register_api(app)
    _answer_errors(app)
    app.after_request(_add_headers)
    return app


def _require_access() -> ResponseReturnValue | None:
    """Admit signed-in accounts to pages, and programs with a token to the API."""
    see_only(())  # what the thread's last request saw
    return require_token() if is_for_api() else require_account()


class _SessionsOfInstance(SecureCookieSessionInterface):
    """Signs cookies with the instance's key, which may be created after the app."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not app.secret_key:
            with suppress(InstanceMissing):
                app.secret_key = app.extensions[EXTENSION].secret
        return super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: by HTTPS one that no other site and no network can plant."""
        return SECURE_COOKIE if self.get_cookie_secure(app) else PLAIN_COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def _answer_errors(app: Flask) -> None:
    app.register_error_handler(CuratorError, lambda e: answer(translated(e), e.status, e.kind))
    app.register_error_handler(ServerBusy, _answer_busy)
    app.register_error_handler(SecurityError, _answer_unknown_host)
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(OSError, lambda e: answer(failure_of_files(e), 500))


def _answer_busy(error: ServerBusy) -> ResponseReturnValue:
    response = make_response(answer(translated(error), error.status, error.kind))
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    if is_for_api():  # with no operation there: else its blueprint answers
        return problem_of_http(error)
    status = error.code or 500
    if status < 400:  # a redirect
        return error.get_response()
    return answer(gettext(HTTP_MESSAGES.get(status, HTTP_MESSAGES[400])), status)


def _answer_csrf(_error: CSRFError) -> ResponseReturnValue:
    message = gettext("This page is older than your sign-in: reload it, then try again.")
    return answer(message, 400, "old page")


def _answer_unknown_host(_error: SecurityError) -> ResponseReturnValue:
    message = (
        "Curator does not answer under this address. "
        f"Use the one that `{curator_command()} serve` prints, "
        "or add this name to CURATOR_TRUSTED_HOSTS.\n"
    )
    if is_for_api():
        return problem(message.strip(), 400)
    return message, 400, {"Content-Type": "text/plain; charset=utf-8"}


def _add_headers(response: Response) -> Response:
    if response.mimetype != "text/html" and request.endpoint != "static":
        response.headers.setdefault("Content-Security-Policy", SANDBOXED)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)  # a page may set a stricter policy itself
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-store")
    if request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = ONLY_HTTPS
    return response
