"""The bar of every page: the pages of the account's own work, and those about the study under one menu."""

from collections.abc import Mapping
from typing import NamedTuple

from flask import request, url_for
from flask_babel import gettext

from curator.base.messages import translatable
from curator.web.current import account
from curator.web.roles import may_use

# By endpoint, in the order of the bar; each page is shown to those who may use it.
WORK = {
    "dashboard.index": translatable("Overview"),
    "annotate.index": translatable("Annotate"),
    "adjudicate.index": translatable("Adjudicate"),
    "duplicates.index": translatable("Duplicates"),
    "gallery.index": translatable("Gallery"),
    "inbox.index": translatable("Inbox"),
}
STUDY = {
    "agreement.index": translatable("Agreement"),
    "exports.index": translatable("Exports"),
    "runs.index": translatable("Runs"),
    "labelstudio.index": translatable("Label Studio"),
    "admin.index": translatable("Administration"),
}
# An annotator starts with the photos that wait for them; the study's overview is one page of many.
ANNOTATORS_WORK = WORK | {"dashboard.index": translatable("Home")}
ANNOTATORS_STUDY = {"dashboard.overview": translatable("Overview")} | STUDY
SECTIONS = {
    "people": "duplicates",
    "decisions": "duplicates",
    "photos": "gallery",
    "study": "admin",
    "erasing": "admin",
    "consent": "admin",
    "freezes": "admin",
    "changes": "admin",
}


class Link(NamedTuple):
    name: str
    address: str
    is_current: bool


class Bar(NamedTuple):
    work: tuple[Link, ...]
    study: tuple[Link, ...]

    @property
    def is_study_current(self) -> bool:
        return any(link.is_current for link in self.study)


def bar() -> Bar:
    """Return the signed-in account's bar."""
    if account().is_annotator:
        return Bar(_links(ANNOTATORS_WORK), _links(ANNOTATORS_STUDY))
    return Bar(_links(WORK), _links(STUDY))


def _links(pages: Mapping[str, str]) -> tuple[Link, ...]:
    return tuple(
        Link(gettext(name), url_for(endpoint), _is_current(endpoint))
        for endpoint, name in pages.items()
        if may_use(endpoint, account())
    )


def _is_current(endpoint: str) -> bool:
    section = SECTIONS.get(request.blueprint or "", request.blueprint)
    if section == "dashboard":
        return request.endpoint == endpoint
    return section == endpoint.partition(".")[0]
