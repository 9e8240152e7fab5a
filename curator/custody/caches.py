"""Examines cached pictures: each can be removed, and is made again when somebody looks."""

import io
import re
from collections.abc import Iterator

from PIL import Image

from copies.fingerprints import RECIPE
from copies.keypoint_index import KeypointIndex
from curator.base.config import Config
from curator.base.seals import is_intact
from curator.base.store import ENDINGS, Store
from curator.custody.findings import Finding, Kind, RemoveFile
from curator.custody.inventory import Entry, Listing
from curator.custody.records import Records
from faces.photos import DECODE_ERRORS

PICTURE = re.compile(r"cache/(preview|redness)-\d+(-[^/]*)/[0-9a-f]{2}/([0-9a-f]{64})[^/]*\.jpg")


def check_caches(listing: Listing, records: Records, config: Config) -> Iterator[Finding]:
    shas = {cells["file_sha256"] for cells in records.each("photo")}
    index = Store(config.instance).keypoint_index(RECIPE)
    for name, entry in listing.below("cache"):
        if entry.is_folder:
            continue
        if entry.path == index:
            problem = _index_problem(entry)
        elif found := PICTURE.fullmatch(name):
            problem = _problem(entry, found[1], found[2])
            if not problem and found[3] not in shas and "photo" not in records.unread:
                problem = "It is of no photo."
        else:
            problem = "No cache of this version has such a file."
        if problem:
            yield Finding(Kind.CACHE_BROKEN, name, problem, RemoveFile(entry.path))


def _problem(entry: Entry, kind: str, ending: str) -> str:
    if ending != ENDINGS[kind]:
        return "Another version made it."
    try:
        content = entry.path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
    except FileNotFoundError:
        return ""  # removed meanwhile
    except DECODE_ERRORS:
        return "It cannot be decoded."
    return "" if is_intact(content) else "It is not what was written."


def _index_problem(entry: Entry) -> str:
    try:
        KeypointIndex.read(entry.path)
    except ValueError:
        return "It cannot be read."
    return ""
