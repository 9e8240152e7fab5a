"""Photos come in: dropped files one by one, or a plain form of many."""

from flask import Blueprint, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from curator import queries
from curator.errors import InputInvalid
from curator.importing import Outcome, count_ignored, import_upload, open_batch
from curator.web.current import account, config, go, sessions

blueprint = Blueprint("inbox", __name__)

LONGEST_NAME = 255
LATEST = 10


@blueprint.get("/inbox")
def index() -> ResponseReturnValue:
    return render_template(
        "inbox/index.html",
        batches=queries.batches(sessions(), LATEST),
        source=session.get("source", ""),
        max_bytes=config().max_file_bytes,
    )


@blueprint.get("/inbox/batches/<int:batch_id>")
def batch(batch_id: int) -> ResponseReturnValue:
    return render_template(
        "inbox/batch.html",
        batch=queries.batch(sessions(), batch_id),
        rejected=queries.rejected_files(sessions(), batch_id),
        undecided=queries.count_undecided(sessions()),
    )


@blueprint.post("/inbox/batches")
def start() -> ResponseReturnValue:
    batch_id = _start(max(request.form.get("ignored", 0, type=int), 0))
    return jsonify(batch=batch_id, upload=url_for("inbox.upload", batch_id=batch_id)), 201


@blueprint.post("/inbox/batches/<int:batch_id>/files")
def upload(batch_id: int) -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None:
        raise InputInvalid("No file came with this upload: try again.")
    outcome = _import(batch_id, file, request.form.get("name") or file.filename or "")
    added = outcome.photo_id if outcome.result == "added" else None
    near = queries.count_look_alikes(sessions(), added) if added else 0
    return jsonify(
        name=outcome.name,
        result=outcome.result,
        reason=outcome.reason,
        photo=outcome.photo_id,
        near_copies=near,
    )


@blueprint.post("/inbox")
def upload_form() -> ResponseReturnValue:
    """Take many files at once, for browsers without scripts."""
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        raise InputInvalid("No file was chosen: go back and choose photos.")
    shown = [file for file in files if not _is_hidden(file.filename or "")]
    batch_id = _start(len(files) - len(shown))
    for file in shown:
        _import(batch_id, file, file.filename or "")
    return go(url_for("inbox.batch", batch_id=batch_id))


def clean_name(name: str) -> str:
    """Return a file's path as a harmless label: no control characters, no way up, not too long."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    parts = [part for part in printable.replace("\\", "/").split("/") if part.strip(" .")]
    return "/".join(parts)[-LONGEST_NAME:] or "unnamed"


def _start(ignored: int) -> int:
    source = session["source"] = request.form.get("source", "").strip()[:200]
    batch_id = open_batch(sessions(), source=source, collector=account().name, actor=account().name)
    if ignored:
        count_ignored(sessions(), batch_id, ignored)
    return batch_id


def _import(batch_id: int, file: FileStorage, name: str) -> Outcome:
    return import_upload(
        sessions(), config(), batch_id, clean_name(name), file.read(), actor=account().name
    )


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
