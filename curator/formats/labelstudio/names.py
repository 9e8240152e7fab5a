"""The names by which a task's photo can be found."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from curator.base.errors import InputInvalid
from curator.formats.marks import tails
from faces.formats import ENDING

Json = Mapping[str, Any]

IMAGE, HASH = "image", "sha256"  # in a task's data
UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before an uploaded file's name


def photo_names(data: Json, uploaded: Any = None) -> list[str]:
    """Return a photo's names, the likeliest first: its hash, its path, and the paths' ends."""
    names = [address(data)]
    names += [uploaded] if isinstance(uploaded, str) else []
    paths = [path for name in names if (path := _path(name))]
    ends = [end for path in paths for end in (path, *tails(path))]
    # An upload got a prefix; the file that was uploaded has none.
    plain = [UPLOADED.sub("", end) for end in ends if UPLOADED.match(end)]
    given = data.get(HASH)
    hashes = [given] if isinstance(given, str) and given else []
    found = list(dict.fromkeys(hashes + plain + ends))
    if not found:
        raise InputInvalid("the task names no picture")
    return found


def address(data: Json) -> str:
    """Return the address of a task's picture: the value that looks most like one."""
    texts = {
        name: text for name, given in data.items() if (text := _single(given)) and name != HASH
    }
    likely = [text for text in texts.values() if ENDING.search(_path(text))]
    served = [text for text in texts.values() if "/" in text and " " not in text.strip()]
    named = [texts[name] for name in (IMAGE, "photo", "img", "url") if name in texts]
    return next(iter([*(text for text in named if text in likely), *likely, *named, *served]), "")


def _single(given: Any) -> str:
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        if len(given) > 1:
            raise InputInvalid(
                "the task has %(count)s pictures, and a rating is of one photo", count=len(given)
            )
        return str(given[0])
    return given if isinstance(given, str) else ""


def _path(address: str) -> str:
    """Return the path of a picture's address on a server, in a bucket or in a folder."""
    if address.startswith("data:"):
        return ""
    if not re.match(r"[a-z][a-z0-9+.-]+://|/", address, re.IGNORECASE):
        return unquote(address) if "%" in address and "/" in address else address
    parts = urlsplit(address.replace("#", "%23"))
    query = parse_qs(parts.query)
    if "fileuri" in query:  # Label Studio's own address of a picture in a bucket
        return _path(_decoded(query["fileuri"][0]))
    return query["d"][0] if "d" in query else unquote(parts.path).lstrip("/")


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
