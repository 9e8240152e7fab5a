"""Damages bytes: blindly, as disks and attackers do, and in the words of a text, which still parses."""

import re
from collections.abc import Callable, Sequence
from random import Random

HOW_MANY = (
    1,
    1,
    1,
    2,
    2,
    3,
    6,
)  # changes of one input: after the first that is refused none is seen
LONGEST = 200_000  # bytes
WORDS = re.compile(rb'"[^"\n]*"|-?\d+(?:\.\d+)?|[A-Za-z_]+')
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
VALUES = (
    *(b"", b"0", b"-1", b"1e400", b"NaN", b"Infinity", b"9" * 400, b"0.5", b"1e-320", b"007"),
    *(b"null", b"true", b"[]", b"{}", b'""', b"[[[[[[]]]]]]", b'{"a":{"a":{}}}', b"\\ud800"),
    *(b'"\\u0000"', b"%s%n", b"../../etc/passwd", b"a" * 5000, b"<a>&amp;", b"'", b'"', b"\\"),
    *(
        "é".encode(),
        "\u202e".encode(),
        "\ufeff".encode(),
        b"\x00",
        b"\xff\xfe",
        b"\r\n",
        b"\x1b[2J",
    ),
    *(b"=1+1", b";", b",", b"\t", b"2026-02-30", b"https://[", b"//x", b"C:\\x", b"CON", b" "),
)

Change = Callable[[bytes, Sequence[bytes], Random], bytes]


def mutated(content: bytes, others: Sequence[bytes], draw: Random, *, is_text: bool) -> bytes:
    """Return the content with one to a few changes; `others` are what parts may be taken from."""
    changes = (*BLIND, *IN_WORDS * 6) if is_text else BLIND
    for _ in range(draw.choice(HOW_MANY)):
        content = draw.choice(changes)(content, others, draw)[:LONGEST]
    return content


def _flip(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    if not content:
        return content
    at = draw.randrange(len(content))
    return _replaced(content, at, at + 1, bytes([content[at] ^ 1 << draw.randrange(8)]))


def _number(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    size = draw.choice((1, 2, 4, 8))
    at = draw.randrange(len(content) + 1)
    value = draw.choice(EXTREMES) % (1 << 8 * size)
    return _replaced(content, at, at + size, value.to_bytes(size, draw.choice(("big", "little"))))


def _noise(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    start, end = _run(content, draw)
    return _replaced(content, start, end, draw.randbytes(end - start))


def _remove(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    return _replaced(content, *_run(content, draw), b"")


def _repeat(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    start, end = _run(content, draw)
    return _replaced(content, end, end, content[start:end] * draw.choice((1, 2, 50)))


def _cut(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _splice(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    other = draw.choice(others)
    start, end = _run(other, draw)
    return _replaced(content, *_run(content, draw), other[start:end])


def _insert(content: bytes, _others: Sequence[bytes], draw: Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    return _replaced(content, at, at, draw.choice(VALUES))


def _change_word(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    return _in_place_of_a_word(content, draw.choice(VALUES), draw)


def _move_word(content: bytes, others: Sequence[bytes], draw: Random) -> bytes:
    words = WORDS.findall(draw.choice((content, *others)))
    return _in_place_of_a_word(content, draw.choice(words), draw) if words else content


def _in_place_of_a_word(content: bytes, value: bytes, draw: Random) -> bytes:
    words = [*WORDS.finditer(content)]
    if not words:
        return content + value
    word = draw.choice(words)
    is_quoted = word[0].startswith(b'"') and draw.random() < 0.5  # else its type changes, too
    return _replaced(content, word.start() + is_quoted, word.end() - is_quoted, value)


def _run(content: bytes, draw: Random) -> tuple[int, int]:
    start = draw.randrange(len(content) + 1)
    return start, min(len(content), start + draw.choice((1, 4, 16, 64, 1024)))


def _replaced(content: bytes, start: int, end: int, part: bytes) -> bytes:
    return content[:start] + part + content[end:]


BLIND: tuple[Change, ...] = (
    _flip,
    _flip,
    _number,
    _number,
    _noise,
    _remove,
    _repeat,
    _cut,
    _splice,
)
IN_WORDS: tuple[Change, ...] = (_change_word, _move_word, _insert)
