"""Photos that look alike, one group at a time; verified pairs in bulk; removed copies."""

from collections.abc import Sequence
from math import floor

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext, ngettext
from markupsafe import Markup, escape

from copies.evidence import Evidence
from curator.base.config import Config
from curator.base.errors import AgainstEvidence, DecidedMeanwhile, DecisionContradicts, InputInvalid
from curator.base.messages import translatable
from curator.copies.radius_counts import MOST_BITS, count_by_radius
from curator.http.language import translated
from curator.http.terms import DECISIONS, rated_names
from curator.pairs.decisions import accept_verified as accept_all_verified
from curator.pairs.decisions import decide_group, decide_pair, restore_copy, undo_last
from curator.queries.copies import count_removed, rating_conflicts, removed_copies
from curator.queries.decisions import (
    Decision,
    count_decided,
    decisions_on_pairs,
)
from curator.queries.groups import Group, decided_group, look_alike_group
from curator.queries.pairs import (
    count_undecided,
    count_verified,
    first_undecided,
    last_act,
    least_alike,
    verified_by_score,
)
from curator.queries.photos import has_photos
from curator.web.current import account, answer, config, go, sessions, wants_json, whole_numbers
from curator.web.questions import ask_against_evidence, confirmed
from curator.web.shapes import shape_words

blueprint = Blueprint("duplicates", __name__)

PAGE_SIZE = 48
OFFERED_PERCENT = (80, 90, 95, 98, 99, 99.9, 100)
# By the method in `Evidence`: the texts without and with mirroring.
EVIDENCE = {
    "phash": (
        translatable("the look of the whole photo"),
        translatable("the look of the whole photo"),
    ),
    "photo_phash": (
        translatable("the look of the whole photo"),
        translatable("the look of the whole photo, mirrored"),
    ),
    "content_phash": (
        translatable("the look of the photo without its borders"),
        translatable("the look of the photo without its borders, mirrored"),
    ),
    "keypoints": (
        translatable("%(places)s matching points"),
        translatable("%(places)s matching points, mirrored"),
    ),
    "pixels": (translatable("the very same pixels"), translatable("the very same pixels")),
}
ORIGINS = {
    "post": translatable("one post"),
    "author": translatable("one author"),
    "rater": translatable("a rater"),
}
SAME_ORIGIN = {"post": translatable("same post"), "author": translatable("same author")}
LEAST_ALIKE = 6  # verified pairs shown before they are decided


@blueprint.get("/duplicates")
def index() -> ResponseReturnValue:
    wanted = request.args.get("pair", type=int)
    if wanted is not None and first_undecided(sessions(), [wanted]) is None:
        flash(_why_not(wanted), "warning")
    return show_group(look_alike_group(sessions(), wanted))


def _why_not(pair_id: int) -> str:
    """Say why the requested pair is not shown."""
    if decisions_on_pairs(sessions(), [pair_id]):
        address = url_for("decisions.decided", pair_id=pair_id)
        look = Markup('<a href="{}">{}</a>').format(address, gettext("view it"))
        text = gettext("Pair %(pair)s is already decided: %(look)s.", pair=pair_id, look="{}")
        return escape(text).format(look)
    return str(gettext("Pair %(pair)s does not exist, or no longer exists.", pair=pair_id))


def show_group(group: Group | None) -> ResponseReturnValue:
    return render_template(
        "duplicates/index.html",
        group=group,
        has_photos=has_photos(sessions()),
        undecided=count_undecided(sessions()),
        verified=count_verified(sessions()),
        last=last_act(sessions(), account().name),
        removed=count_removed(sessions()),
        decided=count_decided(sessions()),
        conflicts=rating_conflicts(sessions(), viewer=account().id),
        rated_names=rated_names(),
        said=DECISIONS,
        same_origin=SAME_ORIGIN,
    )


@blueprint.post("/duplicates/decide")
def decide() -> ResponseReturnValue:
    shown, picked = whole_numbers("shown"), whole_numbers("photo")
    decision = request.form.get("decision", "")
    decided = decide_group(
        sessions(), shown, decision, among=picked, confirmed=confirmed(), actor=account().name
    )
    flash(_decided(decided, decision))
    return show_pair(first_undecided(sessions(), shown) or _next())


@blueprint.errorhandler(DecidedMeanwhile)
def overtaken(error: DecidedMeanwhile) -> ResponseReturnValue:
    """Show the rest of the group, or the next one, and say who decided what; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status)
    shown, picked = whole_numbers("shown"), whole_numbers("photo")
    flash(decided_meanwhile(decisions_on_pairs(sessions(), shown, among=picked)), "warning")
    return show_pair(first_undecided(sessions(), shown) or _next())


@blueprint.errorhandler(AgainstEvidence)
def ask(error: AgainstEvidence) -> ResponseReturnValue:
    shown = first_undecided(sessions(), whole_numbers("shown"))
    origin = url_for("duplicates.index", pair=shown)
    return ask_against_evidence(error, request.form.get("decision", ""), origin)


@blueprint.errorhandler(DecisionContradicts)
def refused(error: DecisionContradicts) -> ResponseReturnValue:
    """Show the same group again, with the contradicting decision; a script gets the plain error."""
    if wants_json():
        return answer(translated(error), error.status)
    flash(translated(error), "warning")
    return show_pair(first_undecided(sessions(), whole_numbers("shown")))


@blueprint.post("/duplicates/<int:pair_id>/reopen")
def reopen(pair_id: int) -> ResponseReturnValue:
    was = decided_group(sessions(), pair_id)
    decide_pair(sessions(), pair_id, None, actor=account().name)
    flash(gettext("The decision on this pair was undone."))
    if was and not was.pairs[0].is_measured:
        return show_people(was.photos[0].id)
    return show_pair(pair_id)


@blueprint.post("/duplicates/undo")
def undo() -> ResponseReturnValue:
    """Undo the last action, and show its photos, which are undecided again."""
    last = last_act(sessions(), account().name)
    pairs = undo_last(sessions(), actor=account().name)
    flash(
        ngettext(
            "Undone: your last decision, on %(num)s pair%(said)s.",
            "Undone: your last decision, on %(num)s pairs%(said)s.",
            len(pairs),
            said=f": {gettext(DECISIONS[last.decision])}" if last else "",
        )
    )
    return show_people(last.photo) if last and last.on_persons else show_pair(pairs[0])


@blueprint.get("/duplicates/verified")
def verified() -> ResponseReturnValue:
    min_percent = _percent(request.args.get("min_percent", ""))
    percents = (None, min_percent, *OFFERED_PERCENT)
    verified, chosen, *counts = verified_by_score(
        sessions(), [_share(percent) for percent in percents]
    )
    return render_template(
        "duplicates/verified.html",
        verified=verified,
        min_percent=min_percent,
        chosen=chosen,
        counts=list(zip(OFFERED_PERCENT, counts, strict=True)),
        least_alike=least_alike(sessions(), _share(min_percent), size=LEAST_ALIKE),
    )


@blueprint.post("/duplicates/verified")
def accept_verified() -> ResponseReturnValue:
    min_score = _share(_percent(request.form.get("min_percent", "")))
    accepted = accept_all_verified(sessions(), min_score=min_score, actor=account().name)
    if accepted:
        flash(_decided(accepted, "copy"))
    else:
        flash(gettext("Nothing was decided: no such verified pairs are left."), "warning")
    return show_pair()


@blueprint.get("/duplicates/removed")
def removed() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    rows = removed_copies(sessions(), after=after, size=PAGE_SIZE + 1)
    return render_template(
        "duplicates/removed.html",
        copies=rows[:PAGE_SIZE],
        next_after=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        total=count_removed(sessions()),
    )


@blueprint.post("/duplicates/removed/<int:photo_id>/restore")
def restore(photo_id: int) -> ResponseReturnValue:
    pairs = restore_copy(sessions(), photo_id, actor=account().name)
    flash(
        ngettext(
            "Photo %(photo)s was restored; %(num)s pair to decide again.",
            "Photo %(photo)s was restored; %(num)s pairs to decide again.",
            len(pairs),
            photo=photo_id,
        )
    )
    return go(url_for("duplicates.removed"))


@blueprint.get("/duplicates/search")
def search() -> ResponseReturnValue:
    radius = config().dedup_radius_bits
    return render_template(
        "duplicates/search.html",
        radius=radius,
        default=Config.dedup_radius_bits,
        counted=count_by_radius(sessions(), max(MOST_BITS, radius)),
    )


@blueprint.app_template_filter()
def percent(score: float) -> str:
    """Format a score rounded down: only identical pixels are 100%."""
    most = 1000 if score >= 1 else 999
    return f"{format_decimal(min(most, floor(round(score * 1000, 6))) / 10, '0.0')}%"


blueprint.add_app_template_global(shape_words)


@blueprint.app_template_filter()
def found_by(evidence: Evidence | None, origin: str = "") -> str:
    if evidence is None:
        return str(gettext(ORIGINS[origin]))
    text = EVIDENCE[evidence.found_by][evidence.mirrored]
    return str(gettext(text, places=evidence.keypoints))


def decided_meanwhile(decisions: Sequence[Decision]) -> str:
    """Say what was decided before a decision that came too late."""
    said = [
        gettext("%(decision)s, by %(by)s", decision=gettext(DECISIONS[one.decision]), by=one.by)
        for one in decisions
    ]
    if not said:
        return str(gettext("These photos have been decided in the meantime."))
    return str(
        gettext("These photos have been decided in the meantime: %(said)s.", said="; ".join(said))
    )


def show_people(*photos: int | None) -> ResponseReturnValue:
    return go(url_for("people.index", photo=[photo for photo in photos if photo]))


def show_pair(pair_id: int | None = None) -> ResponseReturnValue:
    return go(url_for("duplicates.index", pair=pair_id))


def _next() -> int | None:
    """Return the next pair that the page named, if it is still undecided."""
    following = request.form.get("next", type=int)
    return following and first_undecided(sessions(), [following])


def _percent(text: str) -> float | None:
    """Read a share; a mistyped one must not become `all pairs`."""
    if not text.strip():
        return None
    try:
        percent = float(text.replace(",", "."))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise InputInvalid("The share is %(given)r; it must be 0 to 100%%.", given=text)
    return percent


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _decided(count: int, decision: str) -> str:
    said = gettext(DECISIONS[decision])
    return str(
        ngettext(
            "%(num)s pair decided: %(said)s.", "%(num)s pairs decided: %(said)s.", count, said=said
        )
    )
