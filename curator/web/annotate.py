"""One photo, large, and what the rater says of it."""

from pathlib import Path

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from curator import queries, rating
from curator.entries import Entry
from curator.web.current import account, go, sessions, wants_json

blueprint = Blueprint("annotate", __name__)

# What a rater can say: the stored value, and the word on the page.
LABELS = {"positive": "Positive", "negative": "Negative", "unsure": "Unsure"}
SEXES = {"female": "Female", "male": "Male", "unknown": "Unknown"}
EVIDENCE = {
    "hashtag": "Hashtag",
    "self_report": "Self-report",
    "visual": "Visual",
    "clinician": "Clinician",
}
EXCLUSIONS = (
    "no face, or no human face",
    "rash or cheeks covered",
    "make-up, filter or edited",
    "too blurred or dark",
    "several faces",
    "a child",
    "withdrawn by the person",
)
LONGEST_TEXT = 2000


@blueprint.get("/annotate")
def index() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    photo_id = queries.next_unrated(sessions(), account().id, after)
    if photo_id is None:
        return render_template("annotate/done.html", status=queries.status(sessions()))
    return redirect(url_for("annotate.photo", photo_id=photo_id))


@blueprint.get("/annotate/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    rater = account().id
    return render_template(
        "annotate/photo.html",
        photo=queries.photo_to_rate(sessions(), photo_id, rater),
        following=queries.next_unrated(sessions(), rater, photo_id),
        previous=queries.last_rated(sessions(), rater, photo_id),
        left=queries.count_unrated(sessions(), rater),
        total=queries.count_unrated(sessions(), rater) + queries.count_rated(sessions(), rater),
        usual_evidence=session.get("evidence", "visual"),
        labels=LABELS,
        sexes=SEXES,
        evidence=EVIDENCE,
        exclusions=EXCLUSIONS,
        drawing_built=_drawing_built(),
    )


@blueprint.post("/annotate/<int:photo_id>")
def save(photo_id: int) -> ResponseReturnValue:
    entry = _entry()
    version = request.form.get("version", 0, type=int)
    saved = rating.save_rating(
        sessions(), photo_id, account().name, entry, expected_version=version
    )
    session["evidence"] = entry.evidence
    following = url_for("annotate.index", after=photo_id)
    if wants_json():
        return jsonify(next=following, version=saved.version)
    return redirect(following, 303)


@blueprint.post("/annotate/<int:photo_id>/exclude")
def exclude(photo_id: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()[:LONGEST_TEXT]
    kept = rating.exclude_photo(sessions(), photo_id, reason, actor=account().name)
    if reason:
        instead = f" Its copy, photo {kept}, is kept in its place." if kept else ""
        flash(f"The photo is excluded: {reason}.{instead}")
        return go(url_for("annotate.index", after=photo_id))
    flash("The photo is taken back in.")
    return go(url_for("annotate.photo", photo_id=photo_id))


def _entry() -> Entry:
    form = request.form
    return Entry(
        label=form.get("label", ""),
        sex=form.get("sex", "unknown"),
        evidence=form.get("evidence", "visual"),
        region=form.get("region", "").strip(),
        note=form.get("note", "")[:LONGEST_TEXT],
    )


def _drawing_built() -> bool:
    return (Path(current_app.static_folder or "") / "vendor" / "annotorious.es.js").exists()
