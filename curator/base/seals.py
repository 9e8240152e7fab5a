"""The seal at the end of a cached picture, by which damage to it is told; decoders pass over it."""

import zlib

MARK = b"malar1"
END_OF_JPEG = b"\xff\xd9"
_DIGITS = 8


def sealed(content: bytes) -> bytes:
    return content + MARK + f"{zlib.crc32(content):0{_DIGITS}x}".encode()


def unsealed(content: bytes) -> bytes:
    """Return a picture as it was before it was sealed, as it is if it was not."""
    head, mark, _ = _parts(content)
    return head if mark == MARK else content


def is_intact(content: bytes) -> bool:
    """Tell whether a JPEG is as it was sealed; without a seal, whether it ends as a JPEG does."""
    head, mark, digits = _parts(content)
    if mark == MARK:
        return digits == f"{zlib.crc32(head):0{_DIGITS}x}".encode()
    return content.endswith(END_OF_JPEG)


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    head, seal = content[: -len(MARK) - _DIGITS], content[-len(MARK) - _DIGITS :]
    return head, seal[: len(MARK)], seal[len(MARK) :]
