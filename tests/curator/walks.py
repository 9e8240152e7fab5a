"""Random walks: what a study's people do in any order, through the services that pages and commands call."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import count

from sqlalchemy import select

from curator.base.accounts import account_named, add_user, set_disabled, set_role
from curator.base.consent import SCOPES, STATES
from curator.base.db import Sessions, reading
from curator.base.errors import CuratorError
from curator.base.events import Action, record
from curator.base.models.events import Event
from curator.base.models.pairs import DECISIONS, DuplicatePair, PhotoPair
from curator.base.models.photos import Batch, Photo
from curator.base.models.ratings import LABELS, SEXES, Adjudication, Rating
from curator.base.models.users import User
from curator.base.tokens import list_tokens, make_token, revoke_token
from curator.custody.freezes import Signature, freeze_study, unlock_study
from curator.pairs.decisions import accept_verified, decide_pair, restore_copy, undo_last
from curator.pairs.persons import join_person
from curator.photos.consents import Whose, Word, set_consent
from curator.photos.exclusion import exclude_photo
from curator.photos.person_codes import set_person
from curator.photos.reasons import SCOPE_OF
from curator.photos.sources import set_source
from curator.ratings.assessments import Assessment
from curator.ratings.attributes import further_attributes
from curator.ratings.claims import claim_next_photos
from curator.ratings.queues import Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import change_project, read_project
from curator.ratings.sources import open_source
from curator.study.stating import state_facts
from curator.undoing import undo_events
from tests.curator.drawing import PASSWORD
from tests.curator.rows import photo_row

RATERS = ("ana", "ada", "ben", "carl")
REGIONS = ("", "0.2,0.2 0.8,0.2 0.8,0.8 0.2,0.8", "0.3,0.3 0.7,0.3 0.7,0.7")


class Walk:
    """Acts at random; what curator refuses is an act, too, and leaves nothing."""

    def __init__(self, sessions: Sessions, seed: int, key: bytes) -> None:
        self.sessions, self.random, self.key = sessions, random.Random(seed), key
        self.names, self.threes = count(1), count()
        self.refused = 0

    def go(self, steps: int) -> None:
        add_photos(self)
        for _ in range(steps):
            act = self.random.choice(ACTS)
            try:
                act(self)
            except CuratorError:
                self.refused += 1

    def one(self, column: object) -> int:
        """Return any row's value of a column, or a number that no row has."""
        with reading(self.sessions) as session:
            values: list[int] = [*session.scalars(select(column))]  # type: ignore[call-overload]
        return self.random.choice([*values, 10**6])

    def said(self) -> Assessment:
        values = {"sex": self.random.choice(SEXES)}
        for attribute in further_attributes():
            codes = [*attribute.codes]
            values[attribute.code] = self.random.choice(codes)
        return Assessment(
            self.random.choice(LABELS),
            values,
            region=self.random.choice(REGIONS),
            note=self.random.choice(("", "seen\nbefore", "œdème größer")),
        )


def add_photos(walk: Walk) -> None:
    with walk.sessions.begin() as session:
        first = 3 * next(walk.threes) + 1
        batch = Batch(id=first, source="walk")
        session.add(batch)
        session.flush()
        record(session, "ana", Action.IMPORT_STARTED, "batch", batch.id, after={"source": "walk"})
        rows = [photo_row(first + i) | {"batch_id": batch.id} for i in range(3)]
        session.add_all([Photo(**row) for row in rows])
        session.flush()
        for a, b in ((first, first + 1), (first + 1, first + 2)):
            verified = walk.random.random() < 0.5
            pair = DuplicatePair(
                photo_a_id=a, photo_b_id=b, distance_bits=5, score=0.9, verified=verified
            )
            session.add(pair)


def rate(walk: Walk) -> None:
    rater, photo = walk.random.choice(RATERS), walk.one(Photo.id)
    with reading(walk.sessions) as session:
        version = session.scalar(
            select(Rating.version)
            .join(User, User.id == Rating.rater_id)
            .where(Rating.photo_id == photo, User.name == rater)
        )
    save_rating(walk.sessions, photo, rater, walk.said(), expected_version=version or 0)


def rule(walk: Walk) -> None:
    photo = walk.one(Rating.photo_id)
    with reading(walk.sessions) as session:
        ruling = session.get(Adjudication, photo)
        version = ruling.version if ruling else 0
    reason = walk.random.choice(("", "looked\nagain", "read once more"))
    adjudicate(walk.sessions, photo, "ada", walk.said(), expected_version=version, reason=reason)


def undo(walk: Walk) -> None:
    event = walk.one(Event.id)
    with reading(walk.sessions) as session:
        row = session.get(Event, event)
        actor = row.actor if row else "ana"
    reason = walk.random.choice(("", "a slip"))
    undo_events(walk.sessions, [event], actor=actor, reason=reason)


def undo_the_latest(walk: Walk) -> None:
    """Undo a change that can be undone at all, if it is not followed by another."""
    undoable = [action.value for action in Action if action.undo]
    with reading(walk.sessions) as session:
        rows = select(Event.id, Event.actor).where(Event.action.in_(undoable))
        latest = session.execute(rows.order_by(Event.id.desc()).limit(25)).all()
    event, actor = walk.random.choice(latest)
    undo_events(walk.sessions, [event], actor=actor, reason="a slip")


def import_by_mistake(walk: Walk) -> None:
    """Import photos and undo that at once, or once somebody has perhaps worked on them."""
    add_photos(walk)
    with reading(walk.sessions) as session:
        started = select(Event.id).where(Event.action == Action.IMPORT_STARTED.value)
        newest = session.scalars(started.order_by(Event.id.desc())).first() or 0
    if walk.random.random() < 0.5:
        rate(walk)
    undo_events(walk.sessions, [newest], actor="ana")


def decide(walk: Walk) -> None:
    pair, decision = walk.one(PhotoPair.id), walk.random.choice((None, *DECISIONS))
    decide_pair(walk.sessions, pair, decision, confirmed=[pair], actor="ana")


def exclude(walk: Walk) -> None:
    photo, reason = walk.one(Photo.id), walk.random.choice(("", "another reason", *SCOPE_OF))
    exclude_photo(walk.sessions, photo, reason, confirmed=[photo], actor="ana")


def restore(walk: Walk) -> None:
    restore_copy(walk.sessions, walk.one(Photo.id), actor="ana")


def accept(walk: Walk) -> None:
    accept_verified(walk.sessions, actor="ana")


def take_back(walk: Walk) -> None:
    undo_last(walk.sessions, actor="ana")


def name_person(walk: Walk) -> None:
    with walk.sessions.begin() as session:
        photos = session.scalars(select(Photo.id)).all()
        if photos:  # else each import was undone
            set_person(session, walk.random.choice(photos), f"P{walk.random.randrange(4)}", "ana")


def join(walk: Walk) -> None:
    join_person(walk.sessions, walk.one(Photo.id), walk.one(Photo.id), actor="ana")


def name_source(walk: Walk) -> None:
    set_source(walk.sessions, [walk.one(Photo.id)], f"#{walk.random.randrange(3)}", actor="ana")


def record_consent(walk: Walk) -> None:
    kind, value = walk.random.choice(
        (
            ("person", f"P{walk.random.randrange(4)}"),
            ("person", f"#{walk.one(Photo.id)}"),
            ("source", f"#{walk.random.randrange(3)}"),
        )
    )
    state = walk.random.choice((*STATES,))
    given = ("F-1", date(2026, 1, 2), walk.random.choice((*SCOPES,))) if state == "given" else ()
    set_consent(walk.sessions, Whose(kind, value), Word(state, *given), actor="ana")


def look_up_source(walk: Walk) -> None:
    open_source(walk.sessions, walk.one(Photo.id), account_named(walk.sessions, "ben"))


def claim(walk: Walk) -> None:
    ben = account_named(walk.sessions, "ben")
    claim_next_photos(walk.sessions, ben.id, Queue(), count=2)


def settings(walk: Walk) -> None:
    given = replace(
        read_project(walk.sessions),
        raters_needed=walk.random.randrange(1, 4),
        withheld_share=walk.random.random(),
    )
    change_project(walk.sessions, given, actor="ana")


def study(walk: Walk) -> None:
    state_facts(walk.sessions, {"name": f"Study {walk.random.randrange(9)}"}, actor="ana")


def freeze(walk: Walk) -> None:
    """Freeze the study, let somebody act on it, and unlock it: that act changes nothing of its state."""
    by, number = Signature("ana", PASSWORD), next(walk.names)
    freeze_study(walk.sessions, walk.key, f"freeze-{number}", "As it is.", by=by)
    with suppress(CuratorError):
        walk.random.choice((rate, decide, exclude, settings, add_photos, undo))(walk)
    unlock_study(walk.sessions, "the walk goes on", by=by)


def accounts(walk: Walk) -> None:
    name = f"someone-{next(walk.names)}"
    add_user(walk.sessions, name, "a long test password", "annotator", min_chars=4, actor="ana")
    set_role(walk.sessions, name, walk.random.choice(("viewer", "annotator")), actor="ana")
    set_disabled(walk.sessions, name, True, actor="ana")


def tokens(walk: Walk) -> None:
    ben = account_named(walk.sessions, "ben")
    for token in list_tokens(walk.sessions, ben.id)[:1]:
        revoke_token(walk.sessions, token.id, actor="ana")
    make_token(walk.sessions, ben.id, "a program", role="viewer", actor="ana")


Act = Callable[[Walk], None]
ACTS: tuple[Act, ...] = (
    *(add_photos, accounts, tokens, settings, study, name_source, look_up_source, claim, accept),
    freeze,
    import_by_mistake,
    *(
        (rate,) * 6
        + (rule, undo, undo_the_latest, decide, exclude, name_person, join, record_consent) * 2
        + (restore, take_back)
    ),
)
