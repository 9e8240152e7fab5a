"""The JSON API under /api/v1 for other programs; its views call the services and queries of the pages."""

from flask import request
from werkzeug.exceptions import HTTPException

from curator.api import (  # noqa: F401  # each registers its operations
    account,
    agreement,
    claims,
    exports,
    history,
    pairs,
    photos,
    ratings,
    rulings,
    runs,
    study,
    uploads,
)
from curator.api.blueprint import blueprint
from curator.api.problems import problem_of, problem_of_files, problem_of_http
from curator.base.errors import CuratorError

blueprint.register_error_handler(CuratorError, problem_of)
blueprint.register_error_handler(HTTPException, problem_of_http)
blueprint.register_error_handler(OSError, problem_of_files)


def is_for_api() -> bool:
    """Tell whether the request is for the API, also where it has nothing at that address."""
    return request.path == "/api" or request.path.startswith("/api/")
