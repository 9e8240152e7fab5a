"""The one form in which addresses of posts are stored, so that two files of a post are seen to be of one."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from curator.base.journal import UNKEPT
from curator.base.models.photos import Photo

POST_URL = "https://www.instagram.com/p/{}/"
INSTAGRAM = re.compile(r"(?:[\w-]+\.)?(?:instagram\.com|instagr\.am)")
ITS_POST = re.compile(r"/(?:p|reels?|tv)/([\w-]{1,64})(?:/|$)", re.ASCII)
# Parts of a query that tell who shared the address, or which photo of a post was looked at.
NOT_OF_THE_POST = re.compile(r"utm_.*|ig_?sh.*|fbclid|gclid|img_index|taken-by|hl")
WITHOUT_SCHEME = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}/", re.IGNORECASE)


def post_address(given: str) -> str:
    """Return the address of a post as it is stored; text that is no web address stays as it is.

    Scheme, case of the host, "www.", a last slash, a fragment and tracking do not make another
    post. An Instagram address keeps the post's short code alone: others may name its author.
    """
    text = given.strip()
    try:
        parts = urlsplit(f"https://{text}" if WITHOUT_SCHEME.match(text) else text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return text
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return text
    if INSTAGRAM.fullmatch(host) and (post := ITS_POST.search(parts.path)):
        return POST_URL.format(post[1])
    asked = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not NOT_OF_THE_POST.fullmatch(key.lower())
    ]
    query = f"?{urlencode(asked)}" if asked else ""
    named_port = f":{port}" if port not in (None, 80, 443) else ""
    return f"https://{host.removeprefix('www.')}{named_port}{parts.path.rstrip('/')}{query}"


def rewrite_addresses(session: Session) -> None:
    """Bring the addresses that an earlier version stored as they were given into this form.

    An upgrade does so, before the log begins with the rows as they then are.
    """
    for given in session.scalars(select(Photo.post_url).distinct()).all():
        if given and (address := post_address(given)) != given:
            changed = update(Photo).where(Photo.post_url == given).values(post_url=address)
            session.execute(changed, execution_options=UNKEPT)
