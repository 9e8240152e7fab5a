"""Uploads: dropped files one by one, or many in a plain form."""

from collections import Counter
from typing import Any

from flask import Blueprint, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from curator.base.errors import InputInvalid
from curator.base.file_names import clean_name
from curator.base.messages import translatable
from curator.http.language import translated
from curator.http.limits import LONGEST_SOURCE, MOST_FILES
from curator.photos.importing import (
    Outcome,
    count_ignored,
    import_upload,
    open_batch,
    refuse_upload,
)
from curator.queries.changes import import_event
from curator.queries.pairs import look_alikes, look_alikes_of_batch
from curator.queries.records import (
    batch_row,
    batches,
    kind_of,
    known_files,
    photos_added,
    rejected_files,
)
from curator.web.current import account, config, go, instance, sessions, wants_json
from faces.formats import ACCEPT, NAMES
from faces.listing import IGNORED_FILES, is_ignored_path

blueprint = Blueprint("inbox", __name__)

LATEST = 10
LOOK_ALIKES = 4  # shown next to an uploaded photo
LOOK_ALIKES_OF_BATCH = 24
MOST_SHOWN = 60  # photos of an upload; the gallery shows all
# What became of a file, by the field of a batch that counts it.
BECAME = {
    "added": translatable("Added"),
    "already_there": translatable("Already there"),
    "rejected": translatable("Rejected"),
    "ignored": translatable("Hidden"),
    "missing": translatable("Not arrived"),
}


@blueprint.get("/inbox")
def index() -> ResponseReturnValue:
    return render_template(
        "inbox/index.html",
        batches=batches(sessions(), LATEST),
        source=session.get("source", ""),
        max_bytes=config().max_file_bytes,
        accept=ACCEPT,
        formats=NAMES,
        ignored=IGNORED_FILES,
    )


@blueprint.get("/inbox/batches/<int:batch_id>")
def batch(batch_id: int) -> ResponseReturnValue:
    row = batch_row(sessions(), batch_id)
    if wants_json():
        return jsonify(seen=row.seen, missing=row.missing)
    became, kind = request.args.get("became", ""), request.args.get("reason", "")
    rejected = rejected_files(sessions(), batch_id)
    return render_template(
        "inbox/batch.html",
        batch=row,
        became=became if became in BECAME else "",
        names=BECAME,
        kind=kind,
        kinds=Counter(file.kind for file in rejected),
        kind_names={file.kind: kind_of(gettext(file.template, **file.values)) for file in rejected},
        rejected=[file for file in rejected if kind in ("", file.kind)],
        added=photos_added(sessions(), batch_id, MOST_SHOWN) if became == "added" else (),
        known=known_files(sessions(), batch_id) if became == "already_there" else (),
        undoing=import_event(sessions(), batch_id, account().name) if account().may_rate else None,
        look_alikes=look_alikes_of_batch(sessions(), batch_id, LOOK_ALIKES_OF_BATCH),
    )


@blueprint.post("/inbox/batches")
def start() -> ResponseReturnValue:
    batch_id = _start(_count("ignored"), announced=_count("files"))
    page, upload = (url_for(f"inbox.{name}", batch_id=batch_id) for name in ("batch", "upload"))
    return jsonify(batch=batch_id, page=page, upload=upload), 201


@blueprint.post("/inbox/batches/<int:batch_id>/files")
def upload(batch_id: int) -> ResponseReturnValue:
    """Accept one file, or only the name and size of one too large to send."""
    file, size_bytes = request.files.get("file"), request.form.get("size", -1, type=int)
    name = clean_name(request.form.get("name") or (file.filename if file else "") or "")
    if file:
        with instance().uploads.taken_by(account().id):
            outcome = _import(batch_id, file, name)
    elif size_bytes >= 0:
        outcome = refuse_upload(
            sessions(), config(), batch_id, name, size_bytes, actor=account().name
        )
    else:
        raise InputInvalid("This upload contained no file: try again.")
    return jsonify(_for_script(outcome))


@blueprint.post("/inbox")
def upload_form() -> ResponseReturnValue:
    """Accept many files at once, for browsers without scripts."""
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        raise InputInvalid("No file was chosen: go back and choose photos.")
    shown = [file for file in files if not is_ignored_path(file.filename or "")]
    with instance().uploads.taken_by(account().id):
        batch_id = _start(len(files) - len(shown), announced=len(shown))
        for file in shown:
            _import(batch_id, file, clean_name(file.filename or ""))
    return go(url_for("inbox.batch", batch_id=batch_id))


def _count(field: str) -> int:
    return min(max(request.form.get(field, 0, type=int), 0), MOST_FILES)


def _start(ignored: int, *, announced: int) -> int:
    source = session["source"] = request.form.get("source", "").strip()[:LONGEST_SOURCE]
    name = account().name
    batch_id = open_batch(
        sessions(), source=source, collector=name, announced=announced + ignored, actor=name
    )
    if ignored:
        count_ignored(sessions(), batch_id, ignored)
    return batch_id


def _import(batch_id: int, file: FileStorage, name: str) -> Outcome:
    return import_upload(sessions(), config(), batch_id, name, file.read(), actor=account().name)


def _for_script(outcome: Outcome) -> dict[str, Any]:
    """Return a file's outcome, and the photos that look like it, for the page."""
    photo, new = outcome.photo_id, outcome.result == "added"
    alike = look_alikes(sessions(), photo, LOOK_ALIKES) if photo and new else ()
    return {
        "name": outcome.name,
        "result": outcome.result,
        "reason": translated(outcome.rejection) if outcome.rejection else "",
        "photo": _shown(photo) if photo else None,
        "look_alikes": [
            _shown(one.other) | {"decide": url_for("duplicates.index", pair=one.pair)}
            for one in alike
        ],
    }


def _shown(photo_id: int) -> dict[str, Any]:
    return {
        "id": photo_id,
        "page": url_for("annotate.photo", photo_id=photo_id),
        "thumbnail": url_for("photos.thumbnail", photo_id=photo_id),
    }
