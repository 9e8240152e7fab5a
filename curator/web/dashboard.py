"""The first page: what to do next, how far the collection is, what keeps photos out of it."""

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from curator import queries
from curator.candidates import REASONS
from curator.web.current import account, sessions

blueprint = Blueprint("dashboard", __name__)

SEXES = ("female", "male", "unknown")


@dataclass(frozen=True)
class Step:
    """One thing to do; `count` photos or pairs wait for it."""

    title: str
    count: int
    text: str
    action: str
    address: str


@blueprint.get("/")
def index() -> ResponseReturnValue:
    status = queries.status(sessions())
    return render_template(
        "dashboard/index.html",
        status=status,
        steps=_steps(status, queries.count_unrated(sessions(), account().id)),
        paper=queries.PAPER_POSITIVES,
        sexes=SEXES,
        reasons=REASONS,
    )


def _steps(status: queries.Status, unrated: int) -> list[Step]:
    """Return what waits, the most urgent first."""
    return [
        Step(
            "Decide look-alikes",
            status.undecided_pairs,
            "Pairs of photos that look alike: copies are counted once.",
            "Decide pairs",
            url_for("duplicates.index"),
        ),
        Step(
            "Rate photos",
            unrated,
            "Photos that you have not rated yet.",
            "Rate photos",
            url_for("annotate.index"),
        ),
        Step(
            "Export",
            status.ready_total,
            "Photos with a label and a face region, ready for training.",
            "Make an export",
            url_for("exports.index"),
        ),
    ]
