"""What was changed on a photo, and undoing a change by its event."""

from typing import Any

import marshmallow as ma

from curator import undoing
from curator.api.blueprint import operation
from curator.api.fields import Moment, Schema, Text
from curator.base.reasons import LONGEST_REASON
from curator.http.current import account, config, sessions
from curator.queries.history import photo_history


class HappenedSchema(Schema):
    """An event, without what it changed."""

    id = ma.fields.Integer(required=True)
    at = Moment(required=True)
    by = ma.fields.String(required=True, attribute="actor")
    action = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    can_undo = ma.fields.Boolean(required=True)
    asks_reason = ma.fields.Boolean(
        required=True, metadata={"description": "Undoing it needs a reason."}
    )


class HistorySchema(Schema):
    """All events of a photo and of its pairs, newest first."""

    events = ma.fields.List(ma.fields.Nested(HappenedSchema), required=True)


class UndoGivenSchema(Schema):
    """Why a change is undone."""

    reason = Text(most=LONGEST_REASON, load_default="")


class UndoneSchema(Schema):
    """The events that record the undoing, by which it is undone in turn."""

    undone = ma.fields.List(ma.fields.Integer(), required=True)


@operation("GET", "/photos/<int:photo_id>/history", tag="history", answer=HistorySchema)
def show_history(photo_id: int) -> dict[str, Any]:
    """Show what was changed on a photo, by whom, and what this account can undo."""
    return {"events": photo_history(sessions(), photo_id, account())}


@operation(
    "POST",
    "/events/<int:event_id>/undo",
    tag="history",
    body=UndoGivenSchema,
    answer=UndoneSchema,
    refuses=(404, 409),
    example={"reason": ""},
)
def undo_event(given: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Undo a change; 409 where it has changed again since, or work builds on it."""
    undone = undoing.undo_events(
        sessions(), [event_id], actor=account().name, reason=given["reason"], config=config()
    )
    return {"undone": undone}
