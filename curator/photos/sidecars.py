"""Reads the sidecars that instaloader and gallery-dl leave beside photos; each may be broken or hostile."""

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from curator.base.addresses import POST_URL, post_address
from curator.base.csv_table import Post, without_account_names
from curator.base.errors import InputInvalid
from curator.base.file_names import stem
from curator.base.spelling import loose_form
from curator.photos.posts import Told, UnusedRow
from faces.formats import ENDING
from faces.listing import FoundFile

MAX_BYTES = 4_000_000  # of one sidecar, also unpacked; a post with its comments has some 100 kB
MAX_MEMORY_BYTES = 64_000_000  # to unpack one
MAX_URL = 2000  # characters
FIRST_YEAR = 2000  # earlier dates stand for a moment that was not known
MANY = 100  # photos, of a carousel that does not say how many it has
SIDECAR = re.compile(r"\.json(\.xz)?$", re.IGNORECASE)
CAPTION = re.compile(r"\.txt$", re.IGNORECASE)
NUMBERED = re.compile(r"(?P<base>.+)_(?P<number>\d{1,2})")
SHORTCODE = re.compile(r"[\w-]{1,64}", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
ABOUT_POSTS = ("Post", "StoryItem")  # instaloader writes profiles and hashtags, too

Node = dict[str, Any]
FileKey = tuple[Path, str]  # a folder, and a name in it in loose form


@dataclass(frozen=True, order=True)
class Claim:
    """A sidecar's claim on a photo by their names; `number` is the photo's place in a carousel."""

    looseness: int  # 0: `a.jpg.json`, 1: `a.json`, 2: `a.json` for `a_1.jpg`
    number: int
    photo: FoundFile


@dataclass(frozen=True)
class Sidecar:
    """What a sidecar tells: a post, and how many photos it has where that is known."""

    file: FoundFile
    post: Post
    photos: int | None


def take_sidecars(files: Sequence[FoundFile]) -> tuple[list[FoundFile], Told[FoundFile]]:
    """Take sidecars out of files; return the other files, and what the sidecars tell of photos."""
    sidecars = [file for file in files if SIDECAR.search(file.name)]
    bases = {_key(file, SIDECAR) for file in sidecars}
    rest = [
        file
        for file in files
        if not SIDECAR.search(file.name)
        and not (CAPTION.search(file.name) and _key(file, CAPTION) in bases)
    ]
    photos = [file for file in rest if ENDING.search(file.name)]
    return rest, _told(sidecars, photos)


def read_sidecar(file: FoundFile) -> Sidecar:
    """Read one sidecar.

    Raises:
        InputInvalid: it cannot be read, or says nothing about a post; the message is the reason.
    """
    root = _parsed(_content(file.path))
    if not isinstance(root, dict):
        raise InputInvalid("not a JSON object")
    post, photos = _of_instaloader(root) if "node" in root else (_of_gallery_dl(root), 1)
    if post == Post():
        raise InputInvalid("says nothing about a post")
    return Sidecar(file, post, photos)


def _told(sidecars: Sequence[FoundFile], photos: Sequence[FoundFile]) -> Told[FoundFile]:
    claims_by_name = _claims_by_name(photos)
    of_photo: dict[FoundFile, list[tuple[int, Sidecar]]] = defaultdict(list)
    unusable: dict[FoundFile, str] = {}
    for file in sidecars:
        claims = claims_by_name.get(_key(file, SIDECAR), [])
        try:
            for claim, sidecar in _read_for(file, claims):
                of_photo[claim.photo].append((claim.looseness, sidecar))
        except InputInvalid as problem:
            unusable[file] = problem.message
    post_of: dict[FoundFile, Post] = {}
    for photo, found in of_photo.items():
        first, *others = _closest(found)
        if all(other.post == first.post for other in others):
            post_of[photo] = first.post
        else:
            names = ", ".join(one.file.name for one in (first, *others))
            unusable |= {one.file: f"{names} contradict each other" for one in (first, *others)}
    used = {sidecar.file for found in of_photo.values() for _, sidecar in found}
    unmatched = [file for file in sidecars if file not in used and file not in unusable]
    return Told(
        post_of=post_of,
        rows=len(sidecars),
        matched=len(sidecars) - len(unmatched) - len(unusable),
        unmatched=tuple(UnusedRow(file.name) for file in unmatched),
        unreadable=tuple(UnusedRow(file.name, reason=why) for file, why in unusable.items()),
    )


def _key(file: FoundFile, ending: re.Pattern[str]) -> FileKey:
    return file.path.parent, loose_form(ending.sub("", file.path.name))


def _claims_by_name(photos: Sequence[FoundFile]) -> Mapping[FileKey, list[Claim]]:
    """Return, by the name of a sidecar without its ending, the photos that it may be about."""
    claims: dict[FileKey, list[Claim]] = defaultdict(list)
    for photo in photos:
        folder, name = photo.path.parent, loose_form(photo.path.name)
        claims[folder, name].append(Claim(0, 0, photo))
        claims[folder, stem(name)].append(Claim(1, 0, photo))
        if numbered := NUMBERED.fullmatch(stem(name)):
            place = int(numbered["number"])
            claims[folder, numbered["base"]].append(Claim(2, place, photo))
    return claims


def _read_for(file: FoundFile, claims: Sequence[Claim]) -> list[tuple[Claim, Sidecar]]:
    """Read a sidecar that some photo may belong to; return the claims that it bears out."""
    if not claims:
        return []
    sidecar = read_sidecar(file)
    has_own = any(claim.number == 0 for claim in claims)
    most = (0 if has_own else MANY) if sidecar.photos is None else sidecar.photos
    numbers = range(1, most + 1) if most != 1 else ()
    return [(claim, sidecar) for claim in claims if claim.number == 0 or claim.number in numbers]


def _closest(found: Sequence[tuple[int, Sidecar]]) -> list[Sidecar]:
    least = min(looseness for looseness, _ in found)
    return [sidecar for looseness, sidecar in found if looseness == least]


def _content(path: Path) -> bytes:
    """Return what a sidecar holds, unpacked, reading no more of it than is allowed."""
    if not path.is_file():
        raise InputInvalid("not a regular file")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputInvalid("unreadable: %(why)s", why=error.strerror) from error
    if path.suffix.lower() == ".xz" and len(content) <= MAX_BYTES:
        content = _unpacked(content)
    if len(content) > MAX_BYTES:
        raise InputInvalid("too large: at most %(most)s MB", most=MAX_BYTES // 1_000_000)
    return content


def _unpacked(packed: bytes) -> bytes:
    unpacking = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_MEMORY_BYTES)
    try:
        content = unpacking.decompress(packed, MAX_BYTES + 1)
    except (lzma.LZMAError, MemoryError) as error:
        raise InputInvalid("cannot be unpacked: %(why)s", why=error) from error
    if not unpacking.eof and len(content) <= MAX_BYTES:
        raise InputInvalid("cut short")
    return content


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except RecursionError as error:
        raise InputInvalid("nested too deeply") from error
    except (ValueError, MemoryError) as error:
        raise InputInvalid("not JSON: %(why)s", why=error) from error


def _of_instaloader(root: Node) -> tuple[Post, int | None]:
    about = _text(_object(root, "instaloader"), "node_type") or "Post"
    if about not in ABOUT_POSTS:
        raise InputInvalid("describes a %(about)s, not a post", about=about)
    node = _object(root, "node")
    phone = _object(node, "iphone_struct")
    code = _text(node, "shortcode", "code") or _text(phone, "code")
    author = _text(_object(node, "owner"), "username") or _text(_object(phone, "user"), "username")
    # The page of a story is named by its author, and gone after a day.
    post_url = _post_url("", code, author) if about == "Post" else ""
    caption = _first_caption(node) or _caption(node) or _caption(phone)
    days = [_day(of, name) for of, name in _dates(node, phone)]
    day = next(filter(None, days), None)
    return _post(post_url, author, caption, day), _count_photos(node, phone)


def _of_gallery_dl(root: Node) -> Post:
    author = _text(root, "username")
    code = _text(root, "post_shortcode", "sidecar_shortcode", "shortcode")
    post_url = _post_url(_text(root, "post_url"), code, author)
    day = _day(root, "post_date") or _day(root, "date")
    return _post(post_url, author, _text(root, "description"), day)


def _post(post_url: str, author: str, caption: str, day: date | None) -> Post:
    return Post(post_address(post_url), author, without_account_names(caption), day)


def _dates(node: Node, phone: Node) -> list[tuple[Node, str]]:
    return [(node, "taken_at_timestamp"), (node, "date"), (node, "taken_at"), (phone, "taken_at")]


def _count_photos(node: Node, phone: Node) -> int | None:
    """Return how many photos a post has, MANY where it is known to be several; None if nothing says."""
    children = _list(_object(node, "edge_sidecar_to_children"), "edges")
    if count := len(children or _list(phone, "carousel_media")):
        return count
    kind = _text(node, "__typename")
    if kind.endswith("Sidecar"):
        return MANY
    return 1 if kind.endswith(("Image", "Video")) else None


def _first_caption(node: Node) -> str:
    edges = _list(_object(node, "edge_media_to_caption"), "edges")
    first = edges[0] if edges else {}
    if not isinstance(first, dict):
        raise InputInvalid("%(name)s has the wrong type", name="edge_media_to_caption")
    return _text(_object(first, "node"), "text")


def _caption(node: Node) -> str:
    is_object = isinstance(node.get("caption"), dict)
    return _text(_object(node, "caption"), "text") if is_object else _text(node, "caption")


def _post_url(given: str, code: str, author: str) -> str:
    """Return a post's address, made of its short code where the given one names the author."""
    if given:
        parts = _url_parts(given)
        if author and author.casefold() in parts:
            given, code = "", "" if "stories" in parts else code
    if code and not SHORTCODE.fullmatch(code):
        raise InputInvalid("not a short code: %(code)r", code=code[:64])
    return given or (POST_URL.format(code) if code else "")


def _url_parts(url: str) -> list[str]:
    """Return the parts of an address's path in lower case; refuse what no browser may open."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        is_usable = False
    if not is_usable or len(url) > MAX_URL or not url.isprintable() or " " in url:
        raise InputInvalid("not an http or https address: %(url)r", url=url[:64])
    return unquote(parts.path).casefold().split("/")


def _day(node: Node, name: str) -> date | None:
    """Return the day of a moment given in seconds, or as text that begins with a date."""
    given = _value(node, name, (int, float, str))
    try:
        if not given:
            return None
        is_text = isinstance(given, str)
        day = date.fromisoformat(given[:10]) if is_text else _day_of(given)
        return day if day.year >= FIRST_YEAR else None
    except (ValueError, OverflowError, OSError) as error:
        raise InputInvalid("%(name)s is not a date", name=name) from error


def _day_of(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _text(node: Node, *names: str) -> str:
    """Return the first of these texts that is not blank."""
    texts = [(_value(node, name, str) or "").strip() for name in names]
    if any(CONTROL.search(text) for text in texts):
        raise InputInvalid("%(name)s has control characters", name=", ".join(names))
    return next(filter(None, texts), "")


def _object(node: Node, name: str) -> Node:
    return _value(node, name, dict) or {}


def _list(node: Node, name: str) -> list[Any]:
    return _value(node, name, list) or []


def _value(node: Node, name: str, kind: type | tuple[type, ...]) -> Any:
    value = node.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
        raise InputInvalid("%(name)s has the wrong type", name=name)
    return value
