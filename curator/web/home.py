"""An annotator's first page: what waits for them, and how far they are."""

from datetime import timedelta

from flask import render_template
from flask_babel import gettext

from curator.queries.photos import has_photos
from curator.queries.queues import count_claimed_by_others, queue_state
from curator.ratings.claims import CLAIM_LASTS
from curator.ratings.queues import Queue
from curator.web import steps
from curator.web.current import account, sessions
from curator.web.steps import Step


def home_page() -> str:
    rater = account().id
    return render_template(
        "dashboard/home.html",
        has_photos=has_photos(sessions()),
        state=queue_state(sessions(), rater, Queue()),
        claimed_by_others=count_claimed_by_others(sessions(), rater),
        minutes=CLAIM_LASTS // timedelta(minutes=1),
        further=[step for step in _further() if step.count],
    )


def _further() -> list[Step]:
    """Return what there is to do beside the queue, most urgent first."""
    unsure = gettext("You were unsure about these photos.")
    disputed = gettext("You rated these photos, and another rater saw something else.")
    return [
        *([] if account().is_bound else [steps.decide_pairs()]),
        steps.look_again(Queue("unsure"), gettext("Unsure photos"), unsure),
        steps.look_again(Queue("disagreements"), gettext("Others disagree"), disputed),
    ]
