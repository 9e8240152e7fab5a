"""Quotes text of unknown origin, such as a cell of a table or a file's name, within a message of one line."""

LONGEST = 400  # characters; a path or an address is rarely longer
KEPT_AT_END = 100


def quoted(text: str) -> str:
    """Return text that a terminal shows as it stands: no control characters, its middle left out if long."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - KEPT_AT_END]}…{text[-KEPT_AT_END:]}"
    return printable(text)


def printable(text: str) -> str:
    """Escape what would move a terminal's cursor, turn the direction of writing or cannot be encoded."""
    if text.isprintable():
        return text
    return "".join(one if _is_printable(one) else _escaped(one) for one in text)


def _is_printable(letter: str) -> bool:
    return letter.isprintable() or letter == "\N{NO-BREAK SPACE}"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
