"""The groups of roles that may use a route, and how another is refused."""

from collections.abc import Collection
from enum import Enum

from curator.base.accounts import Account
from curator.base.errors import NotAllowed
from curator.base.messages import translatable
from curator.http.current import sessions
from curator.queries.photos import photo_file


class Access(Enum):
    """Who may use a route: accounts with these roles; "" is a visitor."""

    EVERYONE = frozenset({"admin", "annotator", "adjudicator", "viewer", ""})
    SIGNED_IN = frozenset({"admin", "annotator", "adjudicator", "viewer"})
    RATERS = frozenset({"admin", "annotator", "adjudicator"})
    ADJUDICATORS = frozenset({"admin", "adjudicator"})
    ADMINS = frozenset({"admin"})


REFUSALS = {
    Access.RATERS: translatable(
        "Viewers can see everything but change nothing: ask an administrator for another role."
    ),
    Access.ADJUDICATORS: translatable(
        "This is for adjudicators: ask an administrator for that role."
    ),
    Access.ADMINS: translatable("This is for administrators."),
}


def require_access(access: Access | None, account: Account | None) -> None:
    """Raise NotAllowed if the account's role is not among those that may; None is closed to all."""
    if access is None:
        raise NotAllowed("This page is closed: no role is allowed to use it.")
    if (account.role if account else "") not in access.value:
        raise NotAllowed(REFUSALS.get(access, translatable("This is for signed-in people.")))


def require_within_sites(
    endpoint: str, account: Account | None, for_bound: Collection[str], photo_id: int | None
) -> None:
    """Keep an account that sees some sources alone to its routes and photos.

    Raises:
        NotAllowed: the route is about the whole study.
        NotFound: the photo is none of theirs, or does not exist.
    """
    if not (account and account.is_bound):
        return
    if endpoint not in for_bound:
        raise NotAllowed(
            "Your account sees the photos of some sources alone; this is about the whole study."
        )
    if photo_id is not None:
        photo_file(sessions(), photo_id)
