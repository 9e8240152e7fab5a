"""Which photos an export's examples show: an example's id is a prefix of its photo's pixel hash."""

import re
from collections.abc import Collection

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from curator.base.models.photos import Photo

Digest = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
# A photo may have been read otherwise since; its present hash is looked up last, and wins.
DIGESTS: tuple[Digest, ...] = (Photo.earlier_pixel_sha256, Photo.pixel_sha256)
LOOKED_UP_SINGLY = 200  # more ids than this are matched by scanning all photos once


def example_ids(text: str) -> list[str]:
    """Return the words of a text that may be ids of examples."""
    return re.findall(r"\b[0-9a-f]{16,64}\b", text)


def begins_with(digest: Digest, ids: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a photo's hash begins with one of the ids."""
    if len(ids) > LOOKED_UP_SINGLY:
        return digest.is_not(None)
    # `g` sorts after every hexadecimal digit.
    ranges = [digest.between(example, f"{example}g") for example in ids]
    return or_(false(), *ranges)
