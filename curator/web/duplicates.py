"""Photos that look alike, one group at a time; certain copies together; removed copies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from curator import dedup, queries, radii
from curator.config import Config
from curator.errors import DecisionContradicts, InputInvalid
from curator.web.current import account, config, go, sessions, wants_json

blueprint = Blueprint("duplicates", __name__)

PAGE_SIZE = 48
OFFERED_PERCENT = (80, 90, 95, 98, 99, 99.9, 100)
SAID = {
    "copy": "copies of one photo",
    "same_person": "the same person",
    "different": "different",
}
EVIDENCE = {"phash": "perceptual hash"}


@blueprint.get("/duplicates")
def index() -> ResponseReturnValue:
    return _page(queries.group(sessions(), request.args.get("pair", type=int)))


def _page(group: queries.Group | None) -> ResponseReturnValue:
    return render_template(
        "duplicates/index.html",
        group=group,
        undecided=queries.count_undecided(sessions()),
        verified=queries.count_verified(sessions()),
        last=queries.last_act(sessions(), account().name),
        removed=queries.count_removed(sessions()),
        decided=queries.count_decided(sessions()),
        conflicts=queries.rating_conflicts(sessions()),
        said=SAID,
        evidence=EVIDENCE,
    )


@blueprint.post("/duplicates/decide")
def decide() -> ResponseReturnValue:
    shown = request.form.getlist("shown", type=int)
    decision = request.form.get("decision", "")
    picked = request.form.getlist("photo", type=int)
    decided = dedup.decide_group(sessions(), shown, decision, among=picked, actor=account().name)
    flash(f"{_pairs(decided)} decided: {SAID[decision]}.")
    rest = queries.first_undecided(sessions(), shown)
    return _show(rest or request.form.get("next", type=int))


@blueprint.errorhandler(DecisionContradicts)
def refused(error: DecisionContradicts) -> ResponseReturnValue:
    """Show the same group again, which says what stands in the way; a script gets the plain error."""
    if wants_json():
        return {"error": error.message, "kind": "error"}, error.status
    flash(error.message, "warning")
    return _show(queries.first_undecided(sessions(), request.form.getlist("shown", type=int)))


@blueprint.post("/duplicates/<int:pair_id>/reopen")
def reopen(pair_id: int) -> ResponseReturnValue:
    dedup.decide_pair(sessions(), pair_id, None, actor=account().name)
    flash("The decision on this pair is taken back.")
    return _show(pair_id)


@blueprint.post("/duplicates/undo")
def undo() -> ResponseReturnValue:
    pairs = dedup.undo_last(sessions(), actor=account().name)
    flash(f"Taken back: your last decision, on {_pairs(len(pairs))}.")
    return _show(pairs[0])


@blueprint.get("/duplicates/verified")
def verified() -> ResponseReturnValue:
    min_percent = _percent(request.args.get("min_percent", ""))
    percents = (None, min_percent, *OFFERED_PERCENT)
    verified, chosen, *counts = queries.verified_by_score(
        sessions(), [_share(percent) for percent in percents]
    )
    return render_template(
        "duplicates/verified.html",
        verified=verified,
        min_percent=min_percent,
        chosen=chosen,
        counts=list(zip(OFFERED_PERCENT, counts, strict=True)),
    )


@blueprint.post("/duplicates/verified")
def accept_verified() -> ResponseReturnValue:
    min_score = _share(_percent(request.form.get("min_percent", "")))
    accepted = dedup.accept_verified(sessions(), min_score=min_score, actor=account().name)
    flash(f"{_pairs(accepted)} decided: {SAID['copy']}.")
    return _show()


@blueprint.get("/duplicates/removed")
def removed() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    rows = queries.removed_copies(sessions(), after=after, size=PAGE_SIZE + 1)
    return render_template(
        "duplicates/removed.html",
        copies=rows[:PAGE_SIZE],
        next_after=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        total=queries.count_removed(sessions()),
    )


@blueprint.post("/duplicates/removed/<int:photo_id>/restore")
def restore(photo_id: int) -> ResponseReturnValue:
    pairs = dedup.restore_copy(sessions(), photo_id, actor=account().name)
    flash(f"Photo {photo_id} is back; {_pairs(len(pairs))} to decide again.")
    return go(url_for("duplicates.removed"))


@blueprint.get("/duplicates/decisions")
def decisions() -> ResponseReturnValue:
    wanted = _wanted(request.args)
    before = _place(request.args.get("before", ""))
    rows = queries.decided_pairs(sessions(), **wanted, before=before, size=PAGE_SIZE + 1)
    return render_template(
        "duplicates/decisions.html",
        decided=rows[:PAGE_SIZE],
        next_before=_as_text(rows[PAGE_SIZE - 1].place) if len(rows) > PAGE_SIZE else None,
        before=_as_text(before),
        total=queries.count_decided(sessions(), **wanted),
        wanted=wanted,
        deciders=queries.deciders(sessions()),
        said=SAID,
        evidence=EVIDENCE,
    )


@blueprint.get("/duplicates/decisions/<int:pair_id>")
def decided(pair_id: int) -> ResponseReturnValue:
    """Show the photos of a decided pair, to be compared; one that waits is shown in its group."""
    found = queries.decided_group(sessions(), pair_id)
    return _page(found) if found else _show(pair_id)


@blueprint.post("/duplicates/decisions/<int:pair_id>/take-back")
def take_back(pair_id: int) -> ResponseReturnValue:
    before = _place(request.form.get("before", ""))
    dedup.decide_pair(sessions(), pair_id, None, actor=account().name)
    flash("The decision is taken back: its photos wait for one again.")
    here: dict[str, Any] = _wanted(request.form)
    return go(url_for("duplicates.decisions", before=_as_text(before), **here))


@blueprint.get("/duplicates/search")
def search() -> ResponseReturnValue:
    radius = config().dedup_radius_bits
    return render_template(
        "duplicates/search.html",
        radius=radius,
        default=Config.dedup_radius_bits,
        counted=radii.count_by_radius(sessions(), max(radii.MOST_BITS, radius)),
    )


def _show(pair_id: int | None = None) -> ResponseReturnValue:
    return go(url_for("duplicates.index", pair=pair_id))


def _wanted(given: Mapping[str, str]) -> dict[str, str]:
    """Read which decisions are wanted; an unknown kind of decision asks for all."""
    decision = given.get("decision", "")
    wanted = {"decision": decision if decision in SAID else "", "by": given.get("by", "")}
    return {name: value for name, value in wanted.items() if value}


def _as_text(place: queries.Place | None) -> str | None:
    return f"{place[0].isoformat()}_{place[1]}" if place else None


def _place(text: str) -> queries.Place | None:
    if not text:
        return None
    at, _, pair_id = text.rpartition("_")
    try:
        return datetime.fromisoformat(at).replace(tzinfo=None), int(pair_id)
    except ValueError:
        raise InputInvalid(
            "This address leads to no page of the list: start again from Decisions."
        ) from None


def _percent(text: str) -> float | None:
    """Read a share; a mistyped one must not become `all pairs`."""
    if not text.strip():
        return None
    try:
        percent = float(text.replace(",", "."))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise InputInvalid(f"The share is {text!r}; give 0 to 100 %.")
    return percent


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count:,} pairs"
