"""Places in lists that show the newest first, in addresses."""

from datetime import datetime

from curator.base.errors import InputInvalid
from curator.queries.places import Place


def place_text(place: Place | None) -> str | None:
    return f"{place[0].isoformat()}_{place[1]}" if place else None


def given_place(text: str) -> Place | None:
    """Read a place from an address; None for the first page."""
    if not text:
        return None
    at, _, number = text.rpartition("_")
    try:
        return datetime.fromisoformat(at).replace(tzinfo=None), int(number)
    except ValueError:
        raise InputInvalid(
            "This address is not a page of the list: start again from its first page."
        ) from None
