"""The gallery: pages of thumbnails, filters, and actions on several photos at once."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from markupsafe import Markup

from curator.base.errors import (
    AgainstEvidence,
    AlreadyThere,
    CuratorError,
    InputInvalid,
    ReachUnconfirmed,
)
from curator.base.messages import translatable
from curator.http.language import translated
from curator.http.limits import LONGEST_TEXT
from curator.http.terms import EXCLUSIONS, LABELS, SCOPES
from curator.pairs.persons import join_people
from curator.photos.sources import set_source
from curator.queries.gallery import gallery_page, sources
from curator.queries.records import batches
from curator.ratings.attributes import attributes
from curator.ratings.filter import TELLING, Filter, read_filter
from curator.web.current import account, answer, go, same_site, sessions, wants_json, whole_numbers
from curator.web.exclusion import Change, ask_reach, exclude, include, nothing_changed
from curator.web.filters import filter_asked
from curator.web.questions import ask_against_evidence, confirmed

blueprint = Blueprint("gallery", __name__)

PAGE_SIZE = 60
MOST_SELECTED = 200  # their events, for undoing, travel in a cookie
SHOWN = {
    "all": translatable("All"),
    "kept": translatable("Kept"),
    "unrated": translatable("Not rated by you"),
    "rated": translatable("Rated by you"),
    "no_region": translatable("Without your region"),
    "odd": translatable("Odd"),
    "disagree": translatable("Raters disagree"),
    "ready": translatable("Ready"),
    "excluded": translatable("Excluded"),
    "copies": translatable("Copies"),
}
COLOURS = {
    "uncertain": translatable("uncertain"),
    "reread": translatable("read differently at import"),
}


class OwnRating(NamedTuple):
    """A part of the viewer's own rating to filter by."""

    field: str
    title: str
    names: Mapping[str, str]
    chosen: str


class Chip(NamedTuple):
    """One active part of a filter, and the query fields that remain without it."""

    says: str
    others: dict[str, str]


@blueprint.get("/gallery")
def index() -> ResponseReturnValue:
    wanted = filter_asked()
    after, before = (request.args.get(name, 0, type=int) for name in ("after", "before"))
    return render_template(
        "gallery/index.html",
        page=gallery_page(
            sessions(), account().id, wanted, after=after, before=before, size=PAGE_SIZE
        ),
        wanted=wanted,
        fields=wanted.fields(),
        chips=_chips(wanted),
        is_first=not after and not before,
        here=request.full_path.rstrip("?"),
        shown=_shown(),
        own=_own(wanted),
        labels=LABELS,
        colours=COLOURS,
        exclusions=EXCLUSIONS,
        scopes=SCOPES,
        sources=sources(sessions()),
        batches=batches(sessions()),
    )


def _shown() -> dict[str, str]:
    """Return the filters by state that the account may use."""
    told = account().may_adjudicate
    return {name: text for name, text in SHOWN.items() if told or name not in TELLING}


@blueprint.get("/gallery/selection")
def choose() -> ResponseReturnValue:
    """Ask for confirmation, with the count, before changing several photos."""
    photo_ids, act = _selected(), request.args.get("act", "")
    origin = back()
    if not photo_ids:
        flash(gettext("Select photos first, then choose what to do with them."), "warning")
        return redirect(origin)
    if act == "rate":
        chosen: dict[str, Any] = _selection(photo_ids, origin).fields()
        return redirect(url_for("annotate.index", queue="filter", **chosen))
    if act not in ACTS:
        raise InputInvalid("There is no such action on photos: use the gallery's buttons.")
    return render_template(
        "gallery/selection.html",
        act=act,
        photo_ids=photo_ids,
        back=origin,
        fields=[("act", act), ("next", origin), *(("photo", photo) for photo in photo_ids)],
        exclusions=EXCLUSIONS,
        scopes=SCOPES,
        sources=sources(sessions()),
    )


def _selection(photo_ids: list[int], origin: str) -> Filter:
    """Return the selected photos, with what the page they were selected on tells of their source."""
    seen = read_filter(dict(parse_qsl(urlsplit(origin).query)))
    return Filter(photos=tuple(photo_ids), source=seen.source, batch=seen.batch, name=seen.name)


@blueprint.post("/gallery/selection")
def change() -> ResponseReturnValue:
    act = request.form.get("act", "")
    if act not in ACTS:
        raise InputInvalid("There is no such action on photos: use the gallery's buttons.")
    photo_ids = _selected()
    done = ACTS[act](photo_ids)
    flash_undo(done.said, done.events, back())
    return go(back())


@blueprint.errorhandler(ReachUnconfirmed)
def ask(error: ReachUnconfirmed) -> ResponseReturnValue:
    return ask_reach(error, _selected(), back())


@blueprint.errorhandler(AgainstEvidence)
def ask_about_copies(error: AgainstEvidence) -> ResponseReturnValue:
    return ask_against_evidence(error, "same_person", back())


@blueprint.errorhandler(AlreadyThere)
def refused(error: CuratorError) -> ResponseReturnValue:
    """Show the error on the page that the request came from; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status)
    flash(translated(error), "warning")
    return go(back())


def _selected() -> list[int]:
    photo_ids = whole_numbers("photo")
    if len(photo_ids) > MOST_SELECTED:
        raise InputInvalid("Select at most %(most)s photos at once.", most=MOST_SELECTED)
    return photo_ids


def flash_undo(message: str, events: tuple[int, ...], then: str) -> None:
    """Show a message on the next page, with an undo button, which leads to `then`."""
    page = render_template("gallery/done.html", message=message, events=events, back=then)
    flash(Markup(page))  # noqa: S704 - rendered by a template, which escapes


def _set_source(photo_ids: list[int]) -> Change:
    source = request.form.get("source", "").strip()[:LONGEST_TEXT]
    events = set_source(sessions(), photo_ids, source, actor=account().name)
    said = ngettext(
        "The source of %(num)s photo was set.",
        "The source of %(num)s photos was set.",
        len(events),
    )
    return Change(said if events else nothing_changed(), events)


def _join(photo_ids: list[int]) -> Change:
    events = join_people(sessions(), photo_ids, confirmed=confirmed(), actor=account().name)
    said = gettext("The photos were marked as one person.")
    return Change(said if events else nothing_changed(), events)


ACTS: dict[str, Callable[[list[int]], Change]] = {
    "exclude": exclude,
    "include": include,
    "source": _set_source,
    "person": _join,
}


def back() -> str:
    """Return the address that a form came from."""
    return same_site(request.values.get("next", "")) or url_for("gallery.index")


def _own(wanted: Filter) -> list[OwnRating]:
    """Return the parts of the viewer's own rating that can be filtered by."""
    label = OwnRating("label", gettext("Your label"), LABELS, wanted.label)
    return [
        label,
        *(
            OwnRating(
                attribute.code,
                gettext("Your rating: %(attribute)s", attribute=gettext(attribute.name)),
                attribute.names,
                wanted.values.get(attribute.code, ""),
            )
            for attribute in attributes()
        ),
    ]


def _chips(wanted: Filter) -> list[Chip]:
    fields = wanted.fields()
    texts = {
        "name": gettext("File name contains “%(part)s”", part=wanted.name),
        "source": gettext("Source %(source)s", source=wanted.source),
        "batch": gettext("Import %(id)s", id=wanted.batch),
        "person": gettext("Person %(code)s", code=wanted.person),
        "colours": gettext("Colours: %(colours)s", colours=gettext(COLOURS[wanted.colours]))
        if wanted.colours
        else "",
        "photos": ngettext("%(num)s photo chosen", "%(num)s photos chosen", len(wanted.photos)),
    }
    for one in _own(wanted):
        texts[one.field] = f"{one.title}: {gettext(one.names[one.chosen])}" if one.chosen else ""
    return [
        Chip(texts[name], {other: value for other, value in fields.items() if other != name})
        for name in fields
        if name in texts
    ]
