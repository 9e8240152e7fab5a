"""Photos as browsers see them: re-encoded without metadata; the stored file is never served."""

from flask import Blueprint
from werkzeug.wrappers import Response

from curator import previews, queries
from curator.web.current import config, sessions

blueprint = Blueprint("photos", __name__)


@blueprint.get("/photos/<int:photo_id>/thumbnail")
def thumbnail(photo_id: int) -> Response:
    return _preview(photo_id, config().thumbnail_px)


@blueprint.get("/photos/<int:photo_id>/display")
def display(photo_id: int) -> Response:
    return _preview(photo_id, config().display_px)


@blueprint.get("/photos/<int:photo_id>/closeup")
def closeup(photo_id: int) -> Response:
    return _preview(photo_id, config().closeup_px)


@blueprint.get("/photos/<int:photo_id>/redness")
def redness(photo_id: int) -> Response:
    file = queries.photo_file(sessions(), photo_id)
    return _picture(previews.redness_bytes(config(), file.sha, file.format))


def _preview(photo_id: int, longest_side_px: int) -> Response:
    file = queries.photo_file(sessions(), photo_id)
    return _picture(previews.preview_bytes(config(), file.sha, file.format, longest_side_px))


def _picture(content: bytes) -> Response:
    response = Response(content, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response
