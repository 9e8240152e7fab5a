"""Reads the text of a user's table: its encoding is recognised, or the reason why it cannot be is named."""

import codecs
import re
from pathlib import Path

from curator.base.errors import InputInvalid
from curator.base.messages import translatable

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NO_TABLES = (
    (b"PK\x03\x04", translatable("a workbook or another archive")),
    (b"\xd0\xcf\x11\xe0", translatable("an Excel workbook")),
    (b"\x1f\x8b", translatable("a compressed file")),
    (b"%PDF", translatable("a PDF document")),
    (b"{\\rtf", translatable("a text document")),
    (b"version https://git-lfs", translatable("a Git LFS pointer and not the file itself")),
    (b"<", translatable("a web page or XML")),
)
WESTERN = "cp1252"
LINE_END = re.compile(rb"\r\n|\r|\n")
# What other encodings look like as Windows-1252, such as those of Central Europe, Cyrillic, DOS and
# old Macs: rows of accented letters, a symbol within a word, a rare capital after a small letter.
UNLIKELY = re.compile(
    rb"[\xc0-\xff]{3}"
    rb"|[a-zA-Z\xc0-\xff][\x82\x84\x86-\x89\x8b\x93-\x95\x98\x9b\xa1-\xa9\xac-\xb3\xb5\xb6\xb8\xb9\xbc-\xbf]"
    rb"[a-zA-Z\xc0-\xff]"
    rb"|[a-z\xdf-\xff][\x83\x8a\x8c\x8e\x9f]"
)


def read_text(path: Path) -> str:
    """Return a table's text.

    Raises:
        InputInvalid: it names what the file is, or the line that no encoding fits.
    """
    content = _content(path)
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _decoded(path, content.removeprefix(mark), encoding)
    if b"\0" in content:
        raise InputInvalid(
            "%(path)s is not a UTF-8 CSV file: it contains NUL characters, like UTF-16 without its "
            "mark. Save it as CSV UTF-8.",
            path=path,
        )
    return _western(path, content) if guessed_lines(path, content) else content.decode()


def guessed_lines(path: Path, content: bytes | None = None) -> tuple[int, ...]:
    """Return the numbers of the lines whose letters are a guess: those beyond ASCII, if it is not UTF-8."""
    content = _content(path) if content is None else content
    if content.startswith(tuple(mark for mark, _ in MARKS)) or _is_utf8(content):
        return ()
    lines = enumerate(LINE_END.split(content), start=1)
    return tuple(number for number, line in lines if not line.isascii())


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputInvalid(
            "%(path)s cannot be read: %(why)s.", path=path, why=error.strerror
        ) from error
    for start, kind in NO_TABLES:
        if content.lstrip().startswith(start):
            raise InputInvalid(
                "%(path)s is %(kind)s: save the table as CSV UTF-8, and give that file.",
                path=path,
                kind=kind,
            )
    return content


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputInvalid(
            "%(path)s is not a UTF-8 CSV file: its mark says %(encoding)s, but %(why)s (byte %(at)s). "
            "Save it as CSV UTF-8.",
            path=path,
            encoding=encoding.upper(),
            why=error.reason,
            at=error.start,
        ) from error


def _western(path: Path, content: bytes) -> str:
    """Read text that is not UTF-8 as Windows-1252, which Excel writes in Western countries."""
    if b"\r" in content and b"\n" not in content:
        raise _unknown(
            path, guessed_lines(path, content)[0]
        )  # Excel on a Mac, with its own letters
    for number, line in enumerate(LINE_END.split(content), start=1):
        if not line.isascii() and (_is_utf8(line) or not _is_western(line)):
            raise _unknown(path, number)
    return content.decode(WESTERN)


def _unknown(path: Path, line: int) -> InputInvalid:
    return InputInvalid(
        "%(path)s is not a UTF-8 CSV file, and line %(line)s is not Windows-1252 throughout: which "
        "letters it contains cannot be known. Save it as CSV UTF-8.",
        path=path,
        line=line,
    )


def _is_western(line: bytes) -> bool:
    try:
        line.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    return not UNLIKELY.search(line)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
