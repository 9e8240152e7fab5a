"""The names by which a task's photo can be found."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from curator.base.errors import InputInvalid
from curator.base.file_names import before_upload
from curator.formats.marks import tails
from curator.formats.nodes import Node
from faces.formats import ENDING

Json = Mapping[str, Any]

IMAGE, HASH = "image", "sha256"  # in a task's data
LOCAL = re.compile(r"/local-files/?$")  # its own address of a file on the server
UPLOADS = re.compile(r"(^|/)upload/")  # where it keeps what was uploaded to it


def photo_names(data: Json, uploaded: Any = None) -> list[str]:
    """Return a photo's names, the likeliest first: its hash, its path, and the paths' ends."""
    names = [address(data)]
    # A task that was uploaded in a table has the table's name.
    names += [name for name in [_single(uploaded)] if ENDING.search(name)]
    paths = [path for name in names if (path := _path(name))]
    ends = [end for path in paths for end in _ends(path)]
    found = list(dict.fromkeys(filter(None, [_single(data.get(HASH)), *ends])))
    if not found:
        raise InputInvalid("the task names no picture")
    return found


def _ends(path: str) -> list[str]:
    """Return a path and its ends; an upload got a prefix, which the file that was uploaded lacks."""
    ends = [path, *tails(path)]
    plain = before_upload(ends)
    return plain + ends if UPLOADS.search(path) else ends + plain


def address(data: Json) -> str:
    """Return the address of a task's picture: the value that looks most like one."""
    texts = {
        name: text for name, given in data.items() if (text := _single(given)) and name != HASH
    }
    likely = [text for text in texts.values() if _is_picture(text)]
    served = [text for text in texts.values() if "/" in text and " " not in text.strip()]
    named = [texts[name] for name in (IMAGE, "photo", "img", "url") if name in texts]
    meant = [text for text in named if text in likely]
    if not meant and HASH not in data:
        require_one(pictures(data))
    return next(iter([*meant, *likely, *named, *served]), "")


def pictures(data: Json) -> set[str]:
    """Return the paths of all pictures at an address in a task's data."""
    texts = [_single(given) for given in data.values()]
    return {_path(text) for text in texts if "/" in text and _is_picture(text)}


def _single(given: Any) -> str:
    """Return a text, also the only picture or text of a list; empty if it is anything else."""
    texts = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]
    shown = [text for text in texts if _is_picture(text)]
    require_one(set(shown))
    return Node([*shown, *texts][0]).text() if shown or len(texts) == 1 else ""


def _is_picture(address: str) -> bool:
    return bool(ENDING.search(_path(address)))


def require_one(pictures: Collection[str]) -> None:
    if len(pictures) > 1:
        raise InputInvalid(
            "the task has %(count)s pictures, and a rating is of one photo", count=len(pictures)
        )


def _path(address: str) -> str:
    """Return the path of a picture's address on a server, in a bucket or in a folder."""
    if address.startswith("data:"):
        return ""
    if not re.match(r"[a-z][a-z0-9+.-]+://|/", address, re.IGNORECASE):
        return unquote(address) if "%" in address and "/" in address else address
    try:
        parts = urlsplit(address.replace("#", "%23"))
    except ValueError:  # a host that is none
        return ""
    query = parse_qs(parts.query)
    if "fileuri" in query:  # Label Studio's own address of a picture in a bucket
        return _path(_decoded(query["fileuri"][0]))
    if "d" in query and LOCAL.search(parts.path):
        return query["d"][0]
    return unquote(parts.path).lstrip("/")


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
