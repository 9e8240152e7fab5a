"""Forms in which names and codes are compared, however they were typed."""

import re
import unicodedata

DASH = "Pd"
INVISIBLE = "Cf"  # marks of direction, joiners, a byte order mark
SPACES = re.compile(r"\s+")


def loose_form(text: str) -> str:
    """Return a text without the differences of case, Unicode form, kind of space and invisible marks."""
    if text.isascii():  # most names, and quick
        return SPACES.sub(" ", text.lower()).strip()
    seen = "".join(c for c in text if unicodedata.category(c) != INVISIBLE)
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def code_form(code: str) -> str:
    """Return a code in loose form, without spaces, each dash as a hyphen."""
    return "".join(
        "-" if unicodedata.category(c) == DASH else c for c in loose_form(code) if c != " "
    )
