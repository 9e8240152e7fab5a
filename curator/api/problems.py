"""Errors as problem details (RFC 9457): one JSON shape for all of them, with a kind for programs."""

from http import HTTPStatus

from flask import Response, json
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from curator.base.errors import AgainstEvidence, CuratorError, ServerBusy, StaleRating
from curator.base.messages import translatable
from curator.http.failures import WENT_WRONG, failure_of_files
from curator.http.language import translated

TYPE = "application/problem+json"
# Of each status that the API answers with: what programs know it by, where an error has no kind of its own.
KINDS = {
    400: "invalid",
    401: "no token",
    403: "forbidden",
    404: "not found",
    405: "method",
    409: "conflict",
    412: "stale",
    413: "too large",
    415: "media type",
    422: "unfit",
    428: "no version",
    429: "too many",
    500: "server",
    503: "unavailable",
}
MESSAGES = {
    400: translatable("The request cannot be read: it is not what the API's description says."),
    401: translatable("Send a token that works: Authorization: Bearer malar_..."),
    403: translatable("This token's role may not do this."),
    404: translatable("There is nothing at this address: openapi.json lists all that the API has."),
    405: translatable("This address does not accept that method."),
    413: translatable("This is more than the server accepts at once."),
    415: translatable("Send the type of content that the API's description names."),
    429: translatable("Too many requests: wait as long as Retry-After says."),
    500: WENT_WRONG,
}
UNFIT = translatable("The request does not fit the API's description: `errors` names each field.")


class RequestUnfit(CuratorError):
    """Fields of a request are missing, unknown or invalid: the value `errors` names them."""

    status = 422


class VersionMissing(CuratorError):
    """A change must name the version that it replaces, so that no newer one is lost."""

    status = 428


class VersionUnknown(CuratorError):
    """The named version is none that exists now."""

    status = 412


class VersionUnclear(CuratorError):
    """A header about versions is not as the API understands it."""


def problem(
    message: str,
    status: int,
    kind: str = "",
    *,
    headers: dict[str, str] | None = None,
    **more: object,
) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "kind": kind or KINDS.get(status, "error"),
        **more,
    }
    response = Response(json.dumps(body), status, mimetype=TYPE)
    response.headers.update(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="malar"'
    return response


def problem_of(error: CuratorError, **more: object) -> ResponseReturnValue:
    status = VersionUnknown.status if isinstance(error, StaleRating) else error.status
    kind = "" if error.kind == CuratorError.kind else error.kind
    if isinstance(error, RequestUnfit):
        more["errors"] = error.values["errors"]
    if isinstance(error, AgainstEvidence):
        more["pairs"] = error.pairs
    wait = {"Retry-After": str(error.retry_after_s)} if isinstance(error, ServerBusy) else {}
    return problem(translated(error), status, kind, headers=wait, **more)


def problem_of_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return problem(gettext(MESSAGES.get(status, MESSAGES[400])), status, headers=kept)


def problem_of_files(error: OSError) -> ResponseReturnValue:
    return problem(failure_of_files(error), 500)
