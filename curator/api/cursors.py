"""Pages of a list: a cursor names the last item that was sent, so that new ones move nothing."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import marshmallow as ma

from curator.api.fields import MOST_NUMBER, QueryNumber, Schema
from curator.queries.places import Place

Item = TypeVar("Item")
Key = int | str | Place  # by which a list is sorted
USUAL, MOST = 50, 200  # items of a page
EPOCH, MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)
LATEST = (datetime.max - EPOCH) // MICROSECOND


class Cursor(ma.fields.Field[Any]):
    """Where a list goes on, opaque to clients; empty for its first page."""

    pattern = "^([0-9a-f]{16})?$"

    def __init__(self, **options: Any) -> None:
        said = "`next` of the page before; the first page without it."
        super().__init__(metadata={"description": said}, **options)

    def _deserialize(self, value: str, *_: Any, **__: Any) -> Any:
        if not re.fullmatch(self.pattern, value):
            raise ma.ValidationError("Not a cursor of this list: start without one.")
        return self.key_of(value)

    def key_of(self, text: str) -> Any:
        """Return the id of the last item."""
        return min(int(text or "0", 16), MOST_NUMBER - 1)  # of which a query may want the next


class TextCursor(Cursor):
    """A cursor of a list whose items have no number."""

    pattern = "^([0-9a-f]{2}){0,500}$"

    def key_of(self, text: str) -> Any:
        """Return the text, which sorts as the list does."""
        return bytes.fromhex(text).decode(errors="replace")


class PlaceCursor(Cursor):
    """A cursor of a list that shows the newest first, where an item may be made anew meanwhile."""

    pattern = "^([0-9a-f]{32})?$"

    def key_of(self, text: str) -> Place | None:
        """Return when the last item was made, and its id."""
        if not text:
            return None
        moment, number = int(text[:16], 16), int(text[16:], 16)
        return EPOCH + min(moment, LATEST) * MICROSECOND, min(number, MOST_NUMBER)


class PageQuery(Schema):
    cursor = Cursor()
    limit = QueryNumber(1, MOST, load_default=USUAL, metadata={"description": "Items of a page."})


def page(items: Sequence[Item], size: int, key: Callable[[Item], Key]) -> dict[str, Any]:
    """Return a page of `size` items, of which one more was looked up if there are more."""
    shown = items[:size]
    return {"items": shown, "next": as_text(key(shown[-1])) if len(items) > size else None}


def page_of(item: type[Schema], name: str) -> type[ma.Schema]:
    """Return the schema of a list's page."""
    following = {"description": "The cursor of the next page; null on the last one."}
    made = Schema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next": ma.fields.String(allow_none=True, required=True, metadata=following),
        },
        name=name,
    )
    made.__doc__ = "A page of a list."
    return made


def as_text(key: Key) -> str:
    if isinstance(key, str):
        return key.encode().hex()
    if isinstance(key, int):
        return f"{key:016x}"
    return f"{(key[0] - EPOCH) // MICROSECOND:016x}{key[1]:016x}"


def described(_converter: Any, field: ma.fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Describe a cursor in JSON Schema."""
    return {"type": "string", "pattern": field.pattern} if isinstance(field, Cursor) else {}
