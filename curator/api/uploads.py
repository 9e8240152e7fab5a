"""Uploads: a batch is opened, then brings one file after the other."""

from typing import Any

import marshmallow as ma
from flask_smorest.fields import Upload
from werkzeug.datastructures import FileStorage

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, page, page_of
from curator.api.fields import Moment, Schema, Text, Whole
from curator.base.file_names import clean_name
from curator.http.current import account, config, instance, sessions
from curator.http.limits import LONGEST_SOURCE, MOST_FILES
from curator.photos.importing import import_upload, open_batch
from curator.queries.pairs import look_alikes
from curator.queries.records import batch_row, batches

LONGEST_PATH = 4096  # of a file, of which the end is kept
LOOK_ALIKES = 24  # shown of one photo


class BatchGivenSchema(Schema):
    """A batch to open."""

    source = Text(
        most=LONGEST_SOURCE,
        load_default="",
        metadata={"description": "Where the photos are from.", "example": "#butterflyrash"},
    )
    files = Whole(
        0, MOST_FILES, load_default=0, metadata={"description": "How many will come, if known."}
    )


class BatchSchema(Schema):
    """An import or upload: its files by what became of them."""

    id = ma.fields.Integer(required=True)
    source = ma.fields.String(required=True)
    collector = ma.fields.String(required=True)
    started_at = Moment(required=True)
    seen = ma.fields.Integer(required=True)
    added = ma.fields.Integer(required=True)
    already_there = ma.fields.Integer(required=True)
    rejected = ma.fields.Integer(
        required=True, metadata={"description": "Files that were refused."}
    )
    ignored = ma.fields.Integer(
        required=True,
        metadata={"description": "Hidden files and others that are no photos by their names."},
    )
    missing = ma.fields.Integer(
        required=True, metadata={"description": "Announced, but not arrived yet."}
    )


class File(Upload):  # type: ignore[misc]  # flask-smorest has no types
    """A part of a form that is a file."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise ma.ValidationError("Must be a file: a part of the form with a file name.")
        return value


class UploadGivenSchema(Schema):
    """A file, and its name."""

    file = File(required=True)
    name = Text(
        most=LONGEST_PATH,
        metadata={
            "description": "The file's path as a label; else the name in the part itself, in UTF-8."
        },
    )


class LookAlikeSchema(Schema):
    """A photo that may show the same picture."""

    pair = ma.fields.Integer(required=True)
    other = ma.fields.Integer(required=True)


class UploadedSchema(Schema):
    """What became of a file."""

    photo = ma.fields.Integer(required=True, attribute="photo_id")
    name = ma.fields.String(required=True)
    result = ma.fields.String(
        required=True, metadata={"enum": ["added", "already_there"], "example": "added"}
    )
    look_alikes = ma.fields.List(
        ma.fields.Nested(LookAlikeSchema),
        required=True,
        metadata={"description": "Photos that may show the same picture, most alike first."},
    )


@operation(
    "GET", "/batches", tag="uploads", query=PageQuery, answer=page_of(BatchSchema, "Batches")
)
def list_batches(query: dict[str, Any]) -> dict[str, Any]:
    """List imports and uploads, newest first."""
    size = query["limit"]
    return page(
        batches(sessions(), size + 1, before=query.get("cursor", 0)), size, lambda one: one.id
    )


@operation(
    "POST",
    "/batches",
    tag="uploads",
    body=BatchGivenSchema,
    example={"source": "#butterflyrash", "files": 2},
    status=201,
    answer=BatchSchema,
)
def start_batch(given: dict[str, Any]) -> Any:
    """Open a batch, to which files are uploaded."""
    name = account().name
    batch = open_batch(
        sessions(), source=given["source"], collector=name, announced=given["files"], actor=name
    )
    return batch_row(sessions(), batch)


@operation("GET", "/batches/<int:batch_id>", tag="uploads", answer=BatchSchema)
def show_batch(batch_id: int) -> Any:
    """Show how many files a batch has brought."""
    return batch_row(sessions(), batch_id)


@operation(
    "POST",
    "/batches/<int:batch_id>/photos",
    tag="uploads",
    files=UploadGivenSchema,
    status=201,
    answer=UploadedSchema,
    or_status=200,
    refuses=(422,),
)
def upload_photo(given: dict[str, Any], batch_id: int) -> Any:
    """Upload a photo; 422 says why a file is refused, which is recorded."""
    file: FileStorage = given["file"]
    batch = batch_row(sessions(), batch_id)
    name = clean_name(given.get("name") or file.filename or "")
    with instance().uploads.taken_by(account().id):
        outcome = import_upload(
            sessions(), config(), batch.id, name, file.read(), actor=account().name
        )
    if outcome.rejection:
        raise outcome.rejection
    is_new = outcome.result == "added"
    alike = look_alikes(sessions(), outcome.photo_id or 0, LOOK_ALIKES) if is_new else ()
    return {**vars(outcome), "look_alikes": alike}, 201 if is_new else 200
