"""The version that a change replaces: ETag, If-Match and If-None-Match (RFC 9110)."""

import re
from typing import Any

from flask import request

from curator.api.problems import VersionMissing, VersionUnclear, VersionUnknown
from curator.base.messages import translatable

MISSING = translatable(
    "Name the version that this replaces: If-Match with the ETag that you read, "
    "or If-None-Match: * if there is none yet."
)
UNKNOWN = translatable(
    "The version that If-Match names does not exist: read the newest, then try again."
)
UNCLEAR = translatable("If-None-Match means here that there is no version yet: send * in it.")
TAG = re.compile(r'("?)([0-9]{1,18})\1')
ETAG = {"ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}}
PARAMETERS = [
    {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of the version that this replaces.",
        "schema": {"type": "string"},
        "example": '"1"',
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: there is no version yet.",
        "schema": {"type": "string", "enum": ["*"]},
    },
]


def expected_version() -> int:
    """Return the version that the client saw, 0 for none.

    Raises:
        VersionMissing: the request names none.
        VersionUnknown: it names one that cannot exist, or only whether there is any.
        VersionUnclear: If-None-Match names a version.
    """
    if "If-None-Match" in request.headers:
        if not request.if_none_match.star_tag:
            raise VersionUnclear(UNCLEAR)
        return 0
    if (sent := request.headers.get("If-Match")) is not None:
        if not (named := TAG.fullmatch(sent.strip())):
            raise VersionUnknown(UNKNOWN)
        return int(named[2])
    raise VersionMissing(MISSING)


def etag(version: int) -> dict[str, Any]:
    return {"ETag": f'"{version}"'}
