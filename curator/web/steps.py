"""What an account can do next: each task with the number of photos or pairs that wait for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from curator.queries.disagreements import disagreements
from curator.queries.overview import collection_status
from curator.queries.pairs import count_undecided
from curator.queries.photos import has_photos
from curator.queries.queues import queue_state
from curator.ratings.queues import Queue
from curator.web.current import account, sessions
from curator.web.roles import may_use


@dataclass(frozen=True)
class Step:
    """A task; `count` photos or pairs are waiting for it."""

    title: str
    count: int
    text: str
    action: str
    address: str


def decide_pairs() -> Step:
    return Step(
        gettext("Decide look-alikes"),
        count_undecided(sessions()),
        gettext("Pairs of photos that look alike: copies are counted once."),
        gettext("Decide pairs"),
        url_for("duplicates.index"),
    )


def rate() -> Step:
    return Step(
        gettext("Rate photos"),
        queue_state(sessions(), account().id, Queue()).left,
        gettext("Photos waiting for your rating."),
        gettext("Rate photos"),
        url_for("annotate.index"),
    )


def settle() -> Step:
    return Step(
        gettext("Settle disagreements"),
        len(disagreements(sessions())),
        gettext("Photos on which raters disagree, waiting for a ruling."),
        gettext("See them"),
        url_for("adjudicate.index"),
    )


def export(ready: int) -> Step:
    return Step(
        gettext("Export"),
        ready,
        gettext("Photos with a label and a face region, ready for training."),
        gettext("Make an export") if account().may_adjudicate else gettext("Open the exports"),
        url_for("exports.index"),
    )


def look_again(queue: Queue, title: str, text: str) -> Step:
    count = queue_state(sessions(), account().id, queue).left
    address = url_for("annotate.index", queue=queue.name)
    return Step(title, count, text, gettext("Look again"), address)


def add_photos() -> Step:
    return Step(
        gettext("Add photos"),
        0,
        gettext("Drop a folder into the inbox."),
        gettext("Open the inbox"),
        url_for("inbox.index"),
    )


def next_step(*behind: str) -> Step | None:
    """Return what an account can do next, other than on the pages `behind` it: never an empty page.

    None where nothing is left that its role may do.
    """
    left = (step for step in _possible() if step.address not in map(url_for, behind))
    return next(left, None)


def _possible() -> Iterator[Step]:
    """Yield the tasks for which something waits, most useful first."""
    if not has_photos(sessions()):
        yield from [add_photos()] if may_use("inbox.upload", account()) else []
        return
    tasks: list[Callable[[], Step]] = []
    if account().may_rate:
        tasks += [rate]
    if may_use("duplicates.decide", account()):
        tasks += [decide_pairs]
    if account().may_adjudicate:
        tasks += [settle, _export_what_is_ready]
    yield from (step for step in (task() for task in tasks) if step.count)
    yield Step(
        gettext("Gallery"),
        0,
        gettext("All photos."),
        gettext("See the photos"),
        url_for("gallery.index"),
    )


def _export_what_is_ready() -> Step:
    return export(collection_status(sessions()).ready_total)
