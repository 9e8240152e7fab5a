"""Decisions on pairs: lists them, shows one to compare again, and undoes one."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from curator.base.errors import DecidedMeanwhile, DecisionContradicts, NotFound
from curator.http.terms import DECISIONS
from curator.pairs.decisions import decide_pair
from curator.queries.decisions import count_decided, decided_pairs, deciders
from curator.queries.groups import decided_group
from curator.queries.pairs import first_undecided
from curator.web.current import account, go, sessions
from curator.web.duplicates import PAGE_SIZE, overtaken, refused, show_group, show_pair
from curator.web.places import given_place, place_text

blueprint = Blueprint("decisions", __name__)
blueprint.register_error_handler(DecidedMeanwhile, overtaken)
blueprint.register_error_handler(DecisionContradicts, refused)


@blueprint.get("/duplicates/decisions")
def index() -> ResponseReturnValue:
    wanted = _wanted(request.args)
    before = given_place(request.args.get("before", ""))
    rows = decided_pairs(sessions(), **wanted, before=before, size=PAGE_SIZE + 1)
    return render_template(
        "duplicates/decisions.html",
        decided=rows[:PAGE_SIZE],
        next_before=place_text(rows[PAGE_SIZE - 1].place) if len(rows) > PAGE_SIZE else None,
        before=place_text(before),
        total=count_decided(sessions(), **wanted),
        wanted=wanted,
        deciders=deciders(sessions()),
        said=DECISIONS,
    )


@blueprint.get("/duplicates/decisions/<int:pair_id>")
def decided(pair_id: int) -> ResponseReturnValue:
    """Show a decided pair for comparison; an undecided one is shown in its group."""
    found = decided_group(sessions(), pair_id)
    if found:
        return show_group(found)
    if first_undecided(sessions(), [pair_id]) is None:
        raise NotFound(
            "Pair %(pair)s does not exist, or no longer exists: see Decisions.", pair=pair_id
        )
    return show_pair(pair_id)


@blueprint.post("/duplicates/decisions/<int:pair_id>/take-back")
def take_back(pair_id: int) -> ResponseReturnValue:
    before = given_place(request.form.get("before", ""))
    decide_pair(sessions(), pair_id, None, actor=account().name)
    flash(gettext("The decision was undone: its photos are waiting for a new one."))
    here: dict[str, Any] = _wanted(request.form)
    return go(url_for("decisions.index", before=place_text(before), **here))


def _wanted(given: Mapping[str, str]) -> dict[str, str]:
    """Read the filter; an unknown kind of decision means all."""
    decision = given.get("decision", "")
    wanted = {"decision": decision if decision in DECISIONS else "", "by": given.get("by", "")}
    return {name: value for name, value in wanted.items() if value}
