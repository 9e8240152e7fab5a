"""Annotate: shows one large photo after another and saves the rater's assessments."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import AgainstEvidence, NotFound, ReachUnconfirmed
from curator.base.reasons import LONGEST_REASON
from curator.http.terms import EXCLUSIONS, LABELS, SCOPES, exclusion_name
from curator.pairs.persons import join_person
from curator.photos.previews import redness_version
from curator.queries.odd import reasons_of
from curator.queries.photos import (
    PhotoToRate,
    has_photos,
    last_done,
    last_rated,
    photo_to_adjudicate,
    photo_to_rate,
)
from curator.queries.queues import count_claimed_by_others, listed_in, photos_in_list, queue_state
from curator.ratings import claims
from curator.ratings.assessments import Assessment
from curator.ratings.keys import study_keys
from curator.ratings.queues import Listed, Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import SavedRating, save_rating
from curator.ratings.settings import read_project
from curator.ratings.sources import open_source, tells_source
from curator.web import exclusion
from curator.web.current import (
    account,
    config,
    go,
    same_site,
    sessions,
    wants_json,
    whole_numbers,
)
from curator.web.gallery import flash_undo
from curator.web.questions import ask_against_evidence, confirmed
from curator.web.queues import DONE, TITLES, arguments, choices, queue_asked, title_of
from curator.web.rating_form import (
    assessment_given,
    choices_for_script,
    form_fields,
    remember,
    start_values,
)

blueprint = Blueprint("annotate", __name__)

MOST_AHEAD = 5


@blueprint.get("/annotate")
def index() -> ResponseReturnValue:
    queue = queue_asked()
    after = request.args.get("after", 0, type=int)
    following = _following(queue, after, count=1)
    if not following and queue.is_list:
        return _back_to_run(queue)
    if not following:
        return _done_page(queue)
    return redirect(url_for("annotate.photo", photo_id=following[0], **arguments(queue)))


def _back_to_run(queue: Queue) -> ResponseReturnValue:
    flash(gettext("That was the last of these wrong predictions."))
    split, kind = queue.split or None, queue.kind or None
    return redirect(url_for("runs.run", name=queue.run, split=split, kind=kind, _anchor="wrong"))


def _done_page(queue: Queue) -> str:
    is_usual = queue == Queue()
    return render_template(
        "annotate/done.html",
        has_photos=has_photos(sessions()),
        title=title_of(queue),
        said=gettext(DONE[queue.name]),
        choices=[choice for choice in choices(queue) if not choice.is_current],
        is_usual=is_usual,
        claimed_by_others=count_claimed_by_others(sessions(), account().id) if is_usual else 0,
        minutes=claims.CLAIM_LASTS // timedelta(minutes=1),
    )


@blueprint.get("/annotate/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    queue = queue_asked()
    shown = _photo(photo_id, queue)
    for_script = _for_script(shown, queue)
    if wants_json():
        return jsonify(for_script)
    return render_template(
        "annotate/photo.html",
        photo=shown,
        for_script=for_script,
        queue=queue,
        queue_name=gettext(TITLES[queue.name]),
        choices=choices(queue),
        named=arguments(queue),
        start=start_values(),
        choices_for_script=choices_for_script(
            study_keys("annotate", read_project(sessions()).keys)
        ),
        labels=LABELS,
        exclusions=EXCLUSIONS,
        scopes=SCOPES,
        longest_reason=LONGEST_REASON,
        drawing_built=_drawing_built(),
    )


@blueprint.get("/annotate/ahead")
def ahead() -> ResponseReturnValue:
    """Return the photos after the current one, so that a script can show them instantly."""
    queue = queue_asked()
    after = request.args.get("after", 0, type=int)
    count = min(max(request.args.get("count", 1, type=int), 1), MOST_AHEAD)
    following = _following(queue, after, count=count, keep_current=True)
    photos = (_photo(photo_id, queue) for photo_id in following if photo_id != after)
    return jsonify(photos=[_for_script(photo, queue) for photo in photos])


@blueprint.get("/annotate/counts")
def counts() -> ResponseReturnValue:
    queue = queue_asked()
    state = queue_state(sessions(), account().id, queue, _listed(queue))
    return jsonify(left=state.left, total=state.total)


@blueprint.get("/annotate/previous")
def previous() -> ResponseReturnValue:
    queue, before = queue_asked(), request.args.get("before", 0, type=int)
    found = _before_in_list(queue, before) if queue.is_list else _done_before(before)
    return go(url_for("annotate.photo", photo_id=found, **arguments(queue)))


def _done_before(photo_id: int) -> int:
    found = last_done(sessions(), account().id, photo_id)
    if found is None:
        raise NotFound("You have not rated or excluded a photo before this one.")
    return found


def _before_in_list(queue: Queue, photo_id: int) -> int:
    photos = _list(queue)
    place = photos.index(photo_id) if photo_id in photos else 0
    if not place:
        raise NotFound("This is the first photo of the list.")
    return photos[place - 1]


def _list(queue: Queue) -> tuple[int, ...]:
    """Return the photos of a list that one goes through, read once a request."""
    if "list" not in g:
        g.list = photos_in_list(sessions(), account().id, queue, _listed(queue))
    found: tuple[int, ...] = g.list
    return found


def _position(photo_id: int, queue: Queue) -> str:
    """Say where a photo stands in a list of wrong predictions."""
    photos = _list(queue) if queue.is_list else ()
    if photo_id not in photos:
        return ""
    return str(
        gettext(
            "%(place)s of %(total)s wrong predictions",
            place=photos.index(photo_id) + 1,
            total=len(photos),
        )
    )


@blueprint.post("/annotate/<int:photo_id>")
def save(photo_id: int) -> ResponseReturnValue:
    queue = queue_asked()
    assessment = assessment_given()
    version = request.form.get("version", 0, type=int)
    # Chosen from a list by source or name: the rater knows it without opening it.
    if tells_source(queue.filter):
        assessment = replace(
            assessment, provenance=replace(assessment.provenance, source_shown=True)
        )
    saved = _write(photo_id, queue, assessment, version)
    remember(assessment)
    following = _after_saving(photo_id, queue)
    if wants_json():
        return jsonify(next=following, version=saved.version)
    return redirect(following, 303)


def _write(photo_id: int, queue: Queue, assessment: Assessment, version: int) -> SavedRating:
    if queue.name != "adjudicate":
        return save_rating(
            sessions(), photo_id, account().name, assessment, expected_version=version
        )
    return adjudicate(
        sessions(),
        photo_id,
        account().name,
        assessment,
        expected_version=version,
        reason=request.form.get("reason", ""),
    )


@blueprint.post("/annotate/<int:photo_id>/source")
def source(photo_id: int) -> ResponseReturnValue:
    """Show where the photo was found, and record that the rater asked for it."""
    queue = queue_asked()
    open_source(sessions(), photo_id, account())
    if wants_json():
        return jsonify(facts=_facts(_photo(photo_id, queue)))
    back = same_site(request.form.get("next", ""))
    return redirect(back or url_for("annotate.photo", photo_id=photo_id, **arguments(queue)), 303)


@blueprint.post("/annotate/<int:photo_id>/skip")
def skip(photo_id: int) -> ResponseReturnValue:
    claims.release_claims(sessions(), account().id, photo_id)
    return go(_after(photo_id, queue_asked()))


@blueprint.post("/annotate/let-go")
def let_go() -> ResponseReturnValue:
    """Release the claims of a closed page; nobody reads the response."""
    claims.release_claims(sessions(), account().id, *whole_numbers("photo"))
    return "", 204


@blueprint.post("/annotate/<int:photo_id>/exclude")
def exclude(photo_id: int) -> ResponseReturnValue:
    queue = queue_asked()
    here = url_for("annotate.photo", photo_id=photo_id, **arguments(queue))
    if exclusion.reason_given():
        done, then = exclusion.exclude([photo_id]), _after(photo_id, queue)
    else:
        done, then = exclusion.include([photo_id]), here
    if wants_json():
        return jsonify(said=done.said, undo=done.events, next=then)
    flash_undo(done.said, done.events, here)
    return redirect(then, 303)


@blueprint.errorhandler(ReachUnconfirmed)
def ask(error: ReachUnconfirmed) -> ResponseReturnValue:
    return exclusion.ask_reach(error, [_asked_photo()], _here())


@blueprint.errorhandler(AgainstEvidence)
def ask_about_copies(error: AgainstEvidence) -> ResponseReturnValue:
    return ask_against_evidence(error, "same_person", _here())


def _asked_photo() -> int:
    return int((request.view_args or {})["photo_id"])


def _here() -> str:
    return url_for("annotate.photo", photo_id=_asked_photo(), **arguments(queue_asked()))


@blueprint.post("/annotate/<int:photo_id>/same-person")
def same_person(photo_id: int) -> ResponseReturnValue:
    """Record that a photo shows the same person as another, by default the one rated before it."""
    other = request.form.get("other", 0, type=int) or _rated_before(photo_id)
    is_new = join_person(sessions(), photo_id, other, confirmed=confirmed(), actor=account().name)
    message = (
        gettext("Recorded: the same person as in photo %(id)s.", id=other)
        if is_new
        else gettext("Already recorded: the same person as in photo %(id)s.", id=other)
    )
    return _done(message, url_for("annotate.photo", photo_id=photo_id, **arguments(queue_asked())))


def _following(
    queue: Queue, after: int, *, count: int, keep_current: bool = False
) -> tuple[int, ...]:
    """Return the next photos, claiming them if the account may rate."""
    if queue.is_list:
        photos = _list(queue)
        start = photos.index(after) + 1 if after in photos else 0
        return photos[start : start + count]
    arguments_of_queue = (sessions(), account().id, queue, _listed(queue))
    if not account().may_rate:
        return claims.show_next_photos(*arguments_of_queue, after=after, count=count)
    return claims.claim_next_photos(
        *arguments_of_queue, after=after, count=count, keep_current=keep_current
    )


def _listed(queue: Queue) -> Listed | None:
    return listed_in(sessions(), config(), queue)


def _photo(photo_id: int, queue: Queue) -> PhotoToRate:
    if queue.name == "adjudicate":
        return photo_to_adjudicate(sessions(), photo_id, account().id)
    return photo_to_rate(sessions(), photo_id, account().id)


def _rated_before(photo_id: int) -> int:
    found = last_rated(sessions(), account().id, photo_id)
    if found is None:
        raise NotFound("You have not rated a photo before this one.")
    return found


def _after(photo_id: int, queue: Queue) -> str:
    return url_for("annotate.index", after=photo_id, **arguments(queue))


def _after_saving(photo_id: int, queue: Queue) -> str:
    """Return the page after saving: the next photo, or after a ruling all ratings of this one."""
    if queue.name == "adjudicate":
        return url_for("adjudicate.photo", photo_id=photo_id)
    return _after(photo_id, queue)


def _done(message: str, address: str) -> ResponseReturnValue:
    """Report what was done and go to the next page."""
    if wants_json():
        return jsonify(said=message, next=address)
    flash(message)
    return redirect(address, 303)


def _for_script(photo: PhotoToRate, queue: Queue) -> dict[str, Any]:
    """Return everything on the page that changes from photo to photo."""
    named = arguments(queue)
    excluded = exclusion_name(photo.excluded_reason or "")
    why_odd = reasons_of(sessions(), photo.id) if queue.name == "odd" else ()
    return {
        "id": photo.id,
        "title": gettext("Photo %(id)s", id=photo.id),
        "address": url_for("annotate.photo", photo_id=photo.id, **named),
        "addresses": _addresses(photo.id, queue),
        "pictures": _pictures(photo),
        "width": photo.width_px,
        "height": photo.height_px,
        "version": photo.version,
        "position": _position(photo.id, queue),
        "own": form_fields(photo.own),
        "suggestion": photo.suggestion,
        "excluded": excluded,
        "notices": render_template(
            "annotate/notices.html",
            photo=photo,
            excluded=excluded,
            named=named,
            queue=queue,
            why_odd=why_odd,
        ),
        "facts": _facts(photo),
        "source_shown": photo.source_shown,
        "asks_reason": photo.asks_reason,
    }


def _facts(photo: PhotoToRate) -> str:
    return render_template("annotate/facts.html", photo=photo)


def _addresses(photo_id: int, queue: Queue) -> dict[str, str]:
    """Return the URLs of the page's buttons by their names in the page."""
    named = arguments(queue)
    return {
        "saved": _after_saving(photo_id, queue),
        "skip": _after(photo_id, queue),
        "previous": url_for("annotate.previous", before=photo_id, **named),
        "let_go": url_for("annotate.skip", photo_id=photo_id, **named),
        "exclude": url_for("annotate.exclude", photo_id=photo_id, **named),
        "same_person": url_for("annotate.same_person", photo_id=photo_id, **named),
        "source": url_for("annotate.source", photo_id=photo_id, **named),
    }


def _pictures(photo: PhotoToRate) -> dict[str, str]:
    """Return the URLs of the images; a photo shown at full size has no close-up."""
    found = {name: url_for(f"photos.{name}", photo_id=photo.id) for name in ("display", "closeup")}
    version = redness_version(photo.suggestion.face if photo.suggestion else None)
    found["redness"] = url_for("photos.redness", photo_id=photo.id, version=version)
    if max(photo.width_px, photo.height_px) <= config().display_px:
        found["closeup"] = ""
    return found


def _drawing_built() -> bool:
    return (Path(current_app.static_folder or "") / "vendor" / "annotorious.es.js").exists()
