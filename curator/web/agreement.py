"""Rater agreement over the collection; never shows anyone's rating of a single photo."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from curator.http.terms import LABELS
from curator.queries.agreement import shown_agreement, shown_changed_labels, shown_source_use
from curator.ratings.agreement import KINDS
from curator.ratings.attributes import compared_attributes
from curator.ratings.settings import read_project
from curator.ratings.statistics import FEWEST, reading
from curator.web.current import sessions

blueprint = Blueprint("agreement", __name__)


@blueprint.get("/agreement")
def index() -> ResponseReturnValue:
    return render_template(
        "agreement/index.html",
        report=shown_agreement(sessions()),
        sources=shown_source_use(sessions()),
        labels_changed=shown_changed_labels(sessions()),
        kinds=KINDS,
        project=read_project(sessions()),
        reading=reading,
        fewest=FEWEST,
        labels=LABELS,
        compared=compared_attributes(),
    )
