"""Queues on pages: their titles and texts, and how URLs name them; claims are in `ratings.claims`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from curator.base.messages import translatable
from curator.ratings.queues import RUN_QUEUES, Queue, require_queue
from curator.runs.folders import list_runs
from curator.web.current import account, config
from curator.web.filters import filter_asked

TITLES = {
    "unrated": translatable("To rate"),
    "unsure": translatable("Unsure"),
    "disagreements": translatable("Others disagree"),
    "odd": translatable("Odd photos"),
    "uncertain": translatable("Model uncertain"),
    "label_errors": translatable("Likely label errors"),
    "wrong": translatable("Wrong predictions"),
    "filter": translatable("Your selection"),
    "adjudicate": translatable("To adjudicate"),
}
DONE = {
    "unrated": translatable(
        "You have rated every photo waiting for you: only excluded photos and copies are left."
    ),
    "unsure": translatable("You are no longer unsure about any photo."),
    "disagreements": translatable("Nobody disagrees with you on any photo."),
    "odd": translatable("No odd photo is left that you have neither rated nor excluded."),
    "uncertain": translatable("You have reviewed every photo that this model is uncertain about."),
    "label_errors": translatable("No likely label errors are left among the photos you rated."),
    "filter": translatable("No photo in your selection is left to rate."),
    "adjudicate": translatable("No disagreements are waiting for an adjudicator."),
}
EVERYBODYS = ("unrated", "unsure", "disagreements", "odd")


@dataclass(frozen=True)
class Choice:
    title: str
    address: str
    counts: str
    is_current: bool


def queue_asked() -> Queue:
    """Return the queue that the URL names; raise InputInvalid or NotAllowed if there is none to use."""
    asked = request.args
    part = (asked.get("split", ""), asked.get("kind", ""))
    queue = Queue(asked.get("queue", "unrated"), asked.get("run", ""), filter_asked(), *part)
    require_queue(queue, account())
    return queue


def title_of(queue: Queue) -> str:
    title = gettext(TITLES[queue.name])
    return f"{title}: {queue.run}" if queue.run else title


def arguments(queue: Queue) -> dict[str, Any]:
    """Return the URL arguments that name the queue: none for the default one."""
    name = "" if queue.name == "unrated" else queue.name
    part = {"split": queue.split, "kind": queue.kind}
    named = {"queue": name, "run": queue.run, **part, **queue.filter.fields()}
    return {part: value for part, value in named.items() if value}


def choices(current: Queue) -> Iterator[Choice]:
    """Yield the queues to choose from, including the current one."""
    names = EVERYBODYS + (("adjudicate",) if account().may_adjudicate else ())
    newest, _ = list_runs(config())
    offered = [Queue(name) for name in names]
    offered += [Queue(name, run.name) for run in newest[:1] for name in RUN_QUEUES]
    for queue in offered if current in offered else [*offered, current]:
        named = arguments(queue)
        yield Choice(
            title=title_of(queue),
            address=url_for("annotate.index", **named),
            counts=url_for("annotate.counts", **named),
            is_current=queue == current,
        )
