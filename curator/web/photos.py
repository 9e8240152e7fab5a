"""One photo: its page, history and re-encoded images; the stored file is never served."""

from collections.abc import Iterable

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from curator import undoing
from curator.base.errors import ChangedSince, InputInvalid, NotFound
from curator.base.reasons import LONGEST_REASON
from curator.http.terms import COLOUR_DOUBTS, COLOUR_SOURCES, DECISIONS, EXCLUSIONS, LABELS, SCOPES
from curator.photos.previews import preview_bytes, redness_bytes
from curator.queries.examples import photos_of_examples
from curator.queries.facts import photo_facts
from curator.queries.gallery import neighbours
from curator.queries.history import photo_history
from curator.queries.photos import marked_face, photo_file
from curator.ratings import sources
from curator.ratings.origins import NAMES
from curator.web.current import account, config, sessions, wants_json, whole_numbers
from curator.web.filters import filter_asked
from curator.web.gallery import back, flash_undo, refused
from curator.web.history import changes_of, title

blueprint = Blueprint("photos", __name__)
blueprint.register_error_handler(ChangedSince, refused)


class ExampleId(BaseConverter):
    """What exports call a photo; one of digits alone is longer than any photo's number."""

    regex = "[0-9a-f]{16,64}"
    weight = 10  # before numbers


blueprint.record(lambda state: state.app.url_map.converters.update(example=ExampleId))


@blueprint.get("/photos/<example:example>")
def photo_of_example(example: str) -> ResponseReturnValue:
    """Open the photo of an export's example by the id that the export and the trainer call it by."""
    found = photos_of_examples(sessions(), [example])
    if example not in found:
        raise NotFound("This photo is not in the collection.")
    return redirect(url_for(".photo", photo_id=found[example]))


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    wanted = filter_asked()
    return render_template(
        "photos/photo.html",
        photo=photo_facts(sessions(), photo_id, account().id),
        history=photo_history(sessions(), photo_id, account()),
        neighbours=neighbours(sessions(), account().id, wanted, photo_id),
        fields=wanted.fields(),
        exclusions=EXCLUSIONS,
        scopes=SCOPES,
        # A rater who comes here by a source or a name knows it, which their rating then records.
        told={"queue": "filter"} | wanted.fields() if sources.tells_source(wanted) else {},
        here=request.full_path.rstrip("?"),
        labels=LABELS,
        origins=NAMES,
        decisions=DECISIONS,
        colour_sources=COLOUR_SOURCES,
        colour_doubts=COLOUR_DOUBTS,
        title=title,
        changes_of=changes_of,
        longest_reason=LONGEST_REASON,
    )


@blueprint.post("/photos/undo")
def undo() -> ResponseReturnValue:
    """Undo one change, or all changes of one action on several photos."""
    events = whole_numbers("event")
    if not events:
        raise InputInvalid("No change to undo was given: use the page's own buttons.")
    undone = undoing.undo_events(
        sessions(),
        events,
        actor=account().name,
        reason=request.form.get("reason", ""),
        config=config(),
    )
    said = ngettext("%(num)s change was undone.", "%(num)s changes were undone.", len(undone))
    if wants_json():
        return jsonify(said=said, undo=undone, next=back())
    flash_undo(said, undone, back())
    return redirect(back(), 303)


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
    """Return the redness; a header names its scale, which the page explains."""
    file, face = photo_file(sessions(), photo_id), marked_face(sessions(), photo_id)
    content, scale = redness_bytes(config(), file.sha, file.format, face)
    response = _picture(content)
    response.headers["Malar-Scale"] = scale
    return response


@blueprint.app_template_global()
def sources_shown(photo_ids: Iterable[int]) -> frozenset[int]:
    """Return the photos whose source and file name a page may show to this account."""
    return sources.sources_shown(sessions(), [*photo_ids], account().id)


def _preview(photo_id: int, longest_side_px: int) -> Response:
    file = photo_file(sessions(), photo_id)
    return _picture(preview_bytes(config(), file.sha, file.format, longest_side_px))


def _picture(content: bytes) -> Response:
    return Response(content, mimetype="image/jpeg")
