"""The blueprint of all operations: how they read requests, and what the description says of each of them."""

import json
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from inspect import cleandoc
from threading import Lock
from typing import Any, NoReturn, TypeVar

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Request, Response
from flask_smorest import Api, Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from curator.api import cursors, fields
from curator.api.problems import KINDS, TYPE, UNFIT, RequestUnfit
from curator.api.versions import ETAG, PARAMETERS
from curator.http.language import TAGS

PREFIX = "/api/v1"
ONCE = Lock()  # held while the description is put together
BINARY = {"type": "string", "format": "binary"}
SchemaType = type[ma.Schema]
View = TypeVar("View", bound=Callable[..., Any])
OF_ALL = (400, 401, 403, 429, 500, 503)
OF_BODIES = {"json": (413, 415, 422), "multipart": (413, 415, 422), "query": (422,)}
OF_VERSIONS = (412, 428)
HEADERS: dict[int, Any] = {
    401: {
        "WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to send a token."}
    },
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
}
DESCRIPTION = """What the pages do, for other programs.

Each request sends a token, made on the account page or by `flask curator token add`, and acts for its account with
the token's role. Ratings are blind here, too: others' are shown once the account has rated the photo.

Lists come in pages: send `next` as `cursor` until it is null. Errors are problem details (RFC 9457) whose `kind` is
for programs and whose `detail` is for people, in the language of `Accept-Language`. Times are in UTC."""


class ProblemSchema(fields.Schema):
    """An error; `errors` names invalid fields, `pairs` and `photos` what a decision must confirm."""

    type = ma.fields.String(required=True, metadata={"description": "Always `about:blank`."})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True, metadata={"description": "What to do next."})
    kind = ma.fields.String(required=True, metadata={"description": "What programs know it by."})
    errors = ma.fields.Dict(keys=ma.fields.String())
    pairs = ma.fields.List(ma.fields.Integer())
    photos = ma.fields.List(ma.fields.Integer())


class Parser(FlaskParser):
    """Reads requests strictly: the declared type of content, no unknown or repeated field, no NaN."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {
        "query": ma.RAISE,
        "multipart": ma.RAISE,
    }
    __location_map__ = FlaskParser.__location_map__ | {"multipart": "load_multipart"}

    def _raw_load_json(self, req: Request) -> Any:
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        try:
            return json.loads(req.get_data(), parse_constant=_refuse, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise BadRequest from None

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        return self._given_once(req.args, schema, "query")

    def load_multipart(self, req: Request, schema: ma.Schema) -> Any:
        if req.mimetype != "multipart/form-data":
            raise UnsupportedMediaType
        parts: list[MultiDict[str, Any]] = [req.form, req.files]
        given = CombinedMultiDict(parts)
        if not given:  # how a form that breaks off or is none is read
            raise BadRequest
        return self._given_once(given, schema, "multipart")

    def _given_once(self, given: MultiDict[str, Any], schema: ma.Schema, location: str) -> Any:
        repeated = [name for name, values in given.lists() if len(values) > 1]
        if repeated:  # all but the first would be lost
            errors = {location: {name: ["Given more than once."] for name in repeated}}
            raise RequestUnfit(UNFIT, errors=errors)
        return self._makeproxy(given, schema)

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        raise RequestUnfit(UNFIT, errors=error.normalized_messages())  # type: ignore[no-untyped-call]


class Operations(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    ARGUMENTS_PARSER = Parser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING | {
        "multipart": "multipart/form-data"
    }


blueprint = Operations("api", __name__, url_prefix=PREFIX)


def operation(
    method: str,
    rule: str,
    *,
    tag: str,
    query: SchemaType | None = None,
    body: SchemaType | None = None,
    files: SchemaType | None = None,
    answer: SchemaType | None = None,
    sends: str = "",
    status: int = 200,
    or_status: int | None = None,
    tagged: bool = False,
    versioned: bool = False,
    refuses: tuple[int, ...] = (),
    example: object = None,
) -> Callable[[View], View]:
    """Register a view as an operation, and describe it: all that a client can send and receive.

    Args:
        query, body, files: what it accepts, handed to the view as a dict before the path's values.
        sends: the type of content of an answer that is no JSON.
        or_status: another status of success.
        tagged, versioned: whether it answers with an ETag, and whether it asks for one.
        refuses: the statuses of errors beside those that follow from the rest.
    """

    def register(view: View) -> View:
        locations = {"query": query, "json": body, "multipart": files}
        given = {location: schema for location, schema in locations.items() if schema}
        refused = {*OF_ALL, *refuses, *(status for one in given for status in OF_BODIES[one])}
        refused |= {404} if "<" in rule else set()
        refused |= set(OF_VERSIONS) if versioned else set()
        described: dict[str, Any] = {
            "operationId": view.__name__,
            "responses": {status: _reference(status) for status in sorted(refused)},
            **({"parameters": PARAMETERS} if versioned else {}),
        }
        made: Any = blueprint.doc(**described)(view)
        schema = BINARY if sends else answer
        success = {"headers": ETAG if tagged or versioned else None, "content_type": sends or None}
        if or_status:
            made = blueprint.alt_response(or_status, schema=schema, success=True, **success)(made)
        made = blueprint.response(status, schema, **success)(made)
        for location, accepted in given.items():
            shown = {"example": example} if location == "json" else {}
            made = blueprint.arguments(accepted, location=location, **shown)(made)
        blueprint.route(rule, methods=[method], tags=[tag], endpoint=view.__name__)(made)
        return view

    return register


class SchemasWithText(OpenAPIConverter):
    """Describes each schema by its docstring, too."""

    def schema2jsonschema(self, schema: ma.Schema) -> dict[str, Any]:
        described: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        text = cleandoc(type(schema).__doc__ or "")
        return {"description": text} | described


class Plugin(MarshmallowPlugin):
    Converter = SchemasWithText


class Description(Api):  # type: ignore[misc]
    """The OpenAPI document, put together when it is first asked for; errors are answered by `problems`."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    @cached_property
    def document(self) -> dict[str, Any]:
        blueprint.register_views_in_doc(
            self, self._app, self.spec, name=blueprint.name, parameters=None
        )
        made: dict[str, Any] = self.spec.to_dict()
        return made

    def _openapi_json(self) -> Response:
        with ONCE:
            document = self.document
        return Response(json.dumps(document), mimetype="application/json")

    def _register_responses(self) -> None:
        converter = self.ma_plugin.converter
        converter.add_attribute_function(fields.described)
        converter.add_attribute_function(cursors.described)
        self.spec.components.schema("Problem", schema=ProblemSchema)
        content = {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for status in KINDS:
            response = {"description": HTTPStatus(status).phrase, "content": content}
            response |= {"headers": HEADERS[status]} if status in HEADERS else {}
            self.spec.components.response(_name(status), response)

    def _register_error_handlers(self) -> None: ...
    def _register_etag_headers(self) -> None: ...
    def _register_pagination_header(self) -> None: ...


def register_api(app: Flask) -> None:
    """Register the operations, and their description at /api/v1/openapi.json."""
    app.config.update(
        API_TITLE="Malar",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "components": {
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": f"Languages of messages: {', '.join(TAGS.values())}.",
                    }
                }
            },
            "security": [{"token": []}],
        },
    )
    Description(app, spec_kwargs={"marshmallow_plugin": Plugin()})
    app.register_blueprint(blueprint)
    del app.cli.commands[
        "openapi"
    ]  # the document is served; this would print it without operations


def _reference(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_name(status)}"}


def _name(status: int) -> str:
    return f"Problem{status}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; ValueError if a name is in it twice, of which one value would be lost."""
    made = dict(members)
    if len(made) < len(members):
        raise ValueError("a name is repeated")
    return made
