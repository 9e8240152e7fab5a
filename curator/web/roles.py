"""Who may use which page: one row per route; a route not listed here is closed to all."""

from curator.base.accounts import Account
from curator.http.roles import Access, require_access

ACCESS: dict[str, Access] = {
    "static": Access.EVERYONE,
    "auth.sign_in": Access.EVERYONE,
    "auth.sign_in_now": Access.EVERYONE,
    "auth.sign_out": Access.SIGNED_IN,
    "auth.password": Access.SIGNED_IN,
    "auth.change_password": Access.SIGNED_IN,
    "auth.make_token": Access.SIGNED_IN,
    "auth.revoke_token": Access.SIGNED_IN,
    "second_factor.ask": Access.EVERYONE,  # who has given the password, which the view checks
    "second_factor.give_code": Access.EVERYONE,
    "second_factor.index": Access.SIGNED_IN,
    "second_factor.turn_on": Access.SIGNED_IN,
    "second_factor.turn_off": Access.SIGNED_IN,
    "second_factor.renew_codes": Access.SIGNED_IN,
    "auth.setup": Access.EVERYONE,
    "auth.setup_now": Access.EVERYONE,
    "auth.health": Access.EVERYONE,
    "auth.robots": Access.EVERYONE,
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
    "photos.photo_of_example": Access.SIGNED_IN,
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
    "admin.change_sites": Access.ADMINS,
    "admin.reset_second_factor_of": Access.ADMINS,
    "admin.demand_second_factor": Access.ADMINS,
    "changes.index": Access.ADMINS,
    "freezes.index": Access.ADMINS,
    "freezes.lock": Access.ADMINS,
    "freezes.unlock": Access.ADMINS,
    "study.index": Access.ADMINS,
    "study.state": Access.ADMINS,
    "consent.index": Access.ADMINS,
    "consent.change": Access.ADMINS,
    "erasing.index": Access.ADMINS,
    "erasing.erase_now": Access.ADMINS,
    "erasing.certificate": Access.ADMINS,
    "erasing.finish": Access.ADMINS,
    "erasing.lift": Access.ADMINS,
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


# All that an account sees that is bound to some sources: its own work. Whatever is of the whole study is closed.
FOR_BOUND = {
    *(endpoint for endpoint in ACCESS if endpoint.startswith(("auth.", "second_factor."))),
    *("static", "language.choose", "language.words", "dashboard.index", "gallery.index"),
    *("photos.photo", "photos.thumbnail", "photos.display", "photos.closeup", "photos.redness"),
    *("annotate.index", "annotate.photo", "annotate.previous", "annotate.ahead"),
    *("annotate.counts", "annotate.save", "annotate.source", "annotate.skip", "annotate.let_go"),
}


def may_use(endpoint: str, account: Account) -> bool:
    """Tell whether an account may use a route, by its role and by what it is bound to."""
    access = ACCESS[endpoint]
    return account.role in access.value and (not account.is_bound or endpoint in FOR_BOUND)


def is_open(endpoint: str) -> bool:
    """Tell whether a route is open to visitors who are not signed in."""
    return ACCESS.get(endpoint) is Access.EVERYONE


def require_role(endpoint: str, account: Account | None) -> None:
    """Raise NotAllowed if the account's role may not use the route."""
    require_access(ACCESS.get(endpoint), account)
