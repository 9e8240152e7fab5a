"""What was done to a copy, in words: squeezed, slanted, seen at an angle, a part of a larger picture."""

from collections.abc import Iterator
from math import atan, degrees
from typing import Any

from flask_babel import format_decimal, format_percent, gettext

LEAST_SQUEEZED = 0.02
LEAST_SLANTED_DEGREES = 1.0
LEAST_TILTED = 0.03
MOST_OF_LARGER, LEAST_OF_SMALLER = 0.6, 0.75  # shares that two photos have in common


def shape_words(alignment: dict[str, Any], first: int, second: int) -> Iterator[str]:
    """Yield what was done to the second photo, by the numbers that the page gives both."""
    squeeze = alignment.get("squeeze", 1.0)
    if squeeze > 1 + LEAST_SQUEEZED:
        share = format_percent(1 - 1 / squeeze)
        yield gettext("photo %(number)s is squeezed by %(share)s", number=second, share=share)
    elif squeeze < 1 - LEAST_SQUEEZED:
        share = format_percent(1 - squeeze)
        yield gettext("photo %(number)s is flattened by %(share)s", number=second, share=share)
    slant = abs(degrees(atan(alignment.get("slant", 0.0))))
    if slant >= LEAST_SLANTED_DEGREES:
        angle = format_decimal(slant, "0")
        yield gettext("photo %(number)s is slanted by %(angle)s°", number=second, angle=angle)
    if alignment.get("tilt", 1.0) > 1 + LEAST_TILTED:
        yield gettext("photo %(number)s is seen at an angle", number=second)
    shares = alignment.get("overlap", 1.0), alignment.get("overlap_of_second", 1.0)
    if min(shares) < MOST_OF_LARGER and max(shares) > LEAST_OF_SMALLER:
        part, whole = (first, second) if shares[0] > shares[1] else (second, first)
        share = format_percent(min(shares))
        yield gettext(
            "photo %(part)s fills %(share)s of photo %(whole)s", part=part, share=share, whole=whole
        )
