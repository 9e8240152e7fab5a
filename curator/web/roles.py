"""Who may use which page: one row per route; a route not listed here is closed to all."""

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


ACCESS: dict[str, Access] = {
    "static": Access.EVERYONE,
    "auth.sign_in": Access.EVERYONE,
    "auth.sign_in_now": Access.EVERYONE,
    "auth.sign_out": Access.SIGNED_IN,
    "auth.password": Access.SIGNED_IN,
    "auth.change_password": Access.SIGNED_IN,
    "auth.setup": Access.EVERYONE,
    "auth.setup_now": Access.EVERYONE,
    "auth.health": Access.EVERYONE,
    "language.choose": Access.EVERYONE,
    "language.words": Access.EVERYONE,
    "dashboard.index": Access.SIGNED_IN,
    "dashboard.overview": Access.SIGNED_IN,
    "inbox.index": Access.SIGNED_IN,
    "inbox.batch": Access.SIGNED_IN,
    "inbox.start": Access.RATERS,
    "inbox.upload": Access.RATERS,
    "inbox.upload_form": Access.RATERS,
    "gallery.index": Access.SIGNED_IN,
    "gallery.choose": Access.RATERS,
    "gallery.change": Access.RATERS,
    "photos.photo": Access.SIGNED_IN,
    "photos.undo": Access.RATERS,
    "photos.thumbnail": Access.SIGNED_IN,
    "photos.display": Access.SIGNED_IN,
    "photos.closeup": Access.SIGNED_IN,
    "photos.redness": Access.SIGNED_IN,
    "annotate.index": Access.SIGNED_IN,
    "annotate.photo": Access.SIGNED_IN,
    "annotate.previous": Access.SIGNED_IN,
    "annotate.ahead": Access.SIGNED_IN,
    "annotate.counts": Access.SIGNED_IN,
    "annotate.save": Access.RATERS,
    "annotate.source": Access.RATERS,
    "annotate.skip": Access.RATERS,
    "annotate.let_go": Access.RATERS,
    "annotate.exclude": Access.RATERS,
    "annotate.same_person": Access.RATERS,
    "duplicates.index": Access.SIGNED_IN,
    "duplicates.decide": Access.RATERS,
    "duplicates.reopen": Access.RATERS,
    "duplicates.undo": Access.RATERS,
    "duplicates.verified": Access.SIGNED_IN,
    "duplicates.accept_verified": Access.RATERS,
    "duplicates.removed": Access.SIGNED_IN,
    "duplicates.restore": Access.RATERS,
    "decisions.index": Access.SIGNED_IN,
    "decisions.decided": Access.SIGNED_IN,
    "decisions.take_back": Access.RATERS,
    "duplicates.search": Access.SIGNED_IN,
    "people.index": Access.SIGNED_IN,
    "people.decide": Access.RATERS,
    "people.codes": Access.SIGNED_IN,
    "people.decide_codes": Access.RATERS,
    "agreement.index": Access.SIGNED_IN,
    "adjudicate.index": Access.ADJUDICATORS,
    "adjudicate.photo": Access.RATERS,
    "adjudicate.take_region": Access.ADJUDICATORS,
    "admin.index": Access.ADMINS,
    "admin.change_settings": Access.ADMINS,
    "admin.add_account": Access.ADMINS,
    "admin.change_role": Access.ADMINS,
    "admin.change_password": Access.ADMINS,
    "admin.change_disabled": Access.ADMINS,
    "labelstudio.index": Access.ADMINS,
    "labelstudio.push": Access.ADMINS,
    "labelstudio.pull": Access.ADMINS,
    "labelstudio.look": Access.ADMINS,
    "labelstudio.change_annotator": Access.ADMINS,
    "labelstudio.resolve": Access.ADMINS,
    "exports.index": Access.SIGNED_IN,
    "exports.make": Access.ADJUDICATORS,
    "exports.download": Access.ADJUDICATORS,
    "runs.index": Access.SIGNED_IN,
    "runs.run": Access.SIGNED_IN,
    "runs.trainers_report": Access.SIGNED_IN,
    "runs.trainers_model_card": Access.SIGNED_IN,
}

REFUSALS = {
    Access.RATERS: translatable(
        "Viewers can see everything but change nothing: ask an administrator for another role."
    ),
    Access.ADJUDICATORS: translatable(
        "This is for adjudicators: ask an administrator for that role."
    ),
    Access.ADMINS: translatable("This is for administrators."),
}


def is_open(endpoint: str) -> bool:
    """Tell whether a route is open to visitors who are not signed in."""
    return ACCESS.get(endpoint) is Access.EVERYONE


def require_role(endpoint: str, account: Account | None) -> None:
    """Raise NotAllowed if the account's role may not use the route."""
    access = ACCESS.get(endpoint)
    if access is None:
        raise NotAllowed("This page is closed: no role is allowed to use it.")
    if (account.role if account else "") not in access.value:
        raise NotAllowed(REFUSALS.get(access, translatable("This is for signed-in people.")))
