"""Photos that look alike, one pair at a time, side by side."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from curator import dedup, queries
from curator.errors import NotFound
from curator.web.current import account, go, sessions

blueprint = Blueprint("duplicates", __name__)

SAID = {
    "copy": "a copy",
    "same_person": "the same person",
    "different": "different people",
}


@blueprint.get("/duplicates")
def index() -> ResponseReturnValue:
    undecided = queries.count_undecided(sessions())
    skipped = request.args.get("skip", 0, type=int) % max(undecided, 1)
    pairs = queries.pairs(sessions(), undecided_only=True, limit=skipped + 2)[skipped:]
    return render_template(
        "duplicates/index.html",
        undecided=undecided,
        skipped=skipped,
        pair=pairs[0] if pairs else None,
        following=pairs[1] if len(pairs) > 1 else None,
        verified=queries.count_verified(sessions()),
        last=queries.last_decided_pair(sessions(), decided_by=account().name),
        said=SAID,
    )


@blueprint.post("/duplicates/<int:pair_id>")
def decide(pair_id: int) -> ResponseReturnValue:
    decision = request.form.get("decision", "")
    dedup.decide_pair(sessions(), pair_id, decision, actor=account().name)
    flash(f"Decided: {SAID[decision]}.")
    return go(_pairs())


@blueprint.post("/duplicates/undo")
def undo() -> ResponseReturnValue:
    last = queries.last_decided_pair(sessions(), decided_by=account().name)
    if last is None:
        raise NotFound("There is no decision of yours to take back.")
    dedup.decide_pair(sessions(), last.id, None, actor=account().name)
    flash("Your last decision is taken back.")
    return go(url_for("duplicates.index", skip=queries.place_of_pair(sessions(), last.id)))


@blueprint.post("/duplicates/verified")
def accept_verified() -> ResponseReturnValue:
    accepted = dedup.accept_verified(sessions(), actor=account().name)
    flash(f"{accepted} pairs decided as copies.")
    return go(url_for("duplicates.index"))


def _pairs() -> str:
    return url_for("duplicates.index", skip=request.form.get("skip", 0, type=int) or None)
