"""The groups of roles that may use a route, and how another is refused."""

from enum import Enum

from curator.base.accounts import Account
from curator.base.errors import NotAllowed
from curator.base.messages import translatable


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
