"""Plans an export: the split and fold of every eligible photo, keeping all earlier assignments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from curator.base.db import Sessions, reading
from curator.base.errors import ExportImpossible
from curator.base.events import Action, record
from curator.base.frozen import FrozenState, frozen_state
from curator.base.invocation import curator_command
from curator.base.messages import translatable
from curator.base.models.exports import SplitAssignment
from curator.base.models.photos import Photo
from curator.exports.eligible import EligiblePhoto, eligible_photos
from curator.exports.manifest import CLASSES, Settings
from curator.exports.splits import SPLITS, Member, assign, crossing

MISSING = {
    ("negative",): translatable("no negative photo"),
    ("positive",): translatable("no positive photo"),
    ("negative", "positive"): translatable("no negative and no positive photo"),
}


class _Assigned(NamedTuple):
    """Where a photo was placed before."""

    split: str
    fold: int


@dataclass(frozen=True)
class Place:
    """A photo with its split and fold."""

    photo: EligiblePhoto
    split: str
    fold: int


@dataclass(frozen=True)
class WayOut:
    """What another seed would bring: it takes in the photos left out for joined groups.

    Of the `assigned` photos `moved` would change their split, `tested` of them out of the test split.
    """

    seed: int
    taken_in: int
    assigned: int
    moved: int
    tested: int


@dataclass(frozen=True)
class Plan:
    places: tuple[Place, ...]
    left_out: dict[str, int]
    way_out: WayOut | None = None
    frozen: FrozenState | None = None  # at the moment at which the photos were read


def plan_export(sessions: Sessions, settings: Settings, *, actor: str) -> Plan:
    """Assign every photo a split and a fold, keeping this scheme's earlier assignments.

    Transactions: one that stores the new assignments. They are planned before it opens, since that
    takes long, and anew if another export has stored some in the meantime.
    """
    while True:
        with reading(sessions) as session:
            stored = _stored_assignments(session, settings.scheme)
            plan = _planned(session, settings, stored)
        new = [place for place in plan.places if place.photo.pixel_sha256 not in stored]
        if not new:
            return plan
        with sessions.begin() as session:
            if _stored_assignments(session, settings.scheme) == stored:
                _store_assignments(session, settings.scheme, new, actor)
                return plan


def _planned(session: Session, settings: Settings, stored: Mapping[str, _Assigned]) -> Plan:
    found = eligible_photos(session, settings.min_evidence, settings.consent)
    fixed = {photo: SPLITS.index(assigned.split) for photo, assigned in stored.items()}
    fixed_folds = {photo: assigned.fold for photo, assigned in stored.items()}
    members = [_member(one) for one in found.ready]
    across = crossing(members, fixed)
    staying = [member for member in members if member.id not in across]
    across |= crossing(staying, fixed_folds)
    staying = [member for member in members if member.id not in across]
    reasons = Counter(found.left_out.values())
    reasons.update({"group_crosses_splits": len(across)} if across else {})
    _refuse_empty(found.ready, across, reasons)
    shares = [ratio / 100 for ratio in settings.ratios]
    splits = assign(staying, shares, fixed, settings.seed)
    folds = assign(staying, [1 / settings.folds] * settings.folds, fixed_folds, settings.seed)
    places = tuple(
        Place(one, SPLITS[splits[one.pixel_sha256]], folds[one.pixel_sha256])
        for one in found.ready
        if one.pixel_sha256 not in across
    )
    way_out = _way_out(session, settings, members, fixed, len(across)) if across else None
    return Plan(places, dict(sorted(reasons.items())), way_out, frozen_state(session))


def _way_out(
    session: Session,
    settings: Settings,
    members: Sequence[Member],
    fixed: Mapping[str, int],
    across: int,
) -> WayOut:
    """Assign all photos anew, by the next seed that no export has used, and compare."""
    used = set(session.scalars(select(SplitAssignment.scheme).distinct()))
    unused = (replace(settings, seed=seed) for seed in count(settings.seed + 1))
    other = next(each for each in unused if each.scheme not in used)
    anew = assign(members, [ratio / 100 for ratio in other.ratios], {}, other.seed)
    moved = [photo for photo in fixed.keys() & anew.keys() if anew[photo] != fixed[photo]]
    tested = sum(fixed[photo] == SPLITS.index("test") for photo in moved)
    return WayOut(other.seed, across, len(fixed.keys() & anew.keys()), len(moved), tested)


def _member(one: EligiblePhoto) -> Member:
    return Member(one.pixel_sha256, one.group, one.stratum)


def _refuse_empty(ready: Sequence[EligiblePhoto], across: set[str], reasons: Counter[str]) -> None:
    labels = {one.consensus.label for one in ready if one.pixel_sha256 not in across}
    missing = tuple(label for label in CLASSES if label not in labels)
    if missing:
        kept_out = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        raise ExportImpossible(
            "There is %(missing)s to export (left out: %(kept_out)s). "
            "Rate photos and draw their regions first; `%(curator)s status` shows what is missing.",
            missing=MISSING[missing],
            curator=curator_command(),
            kept_out=kept_out or translatable("none"),
        )


def _stored_assignments(session: Session, scheme: str) -> dict[str, _Assigned]:
    """Return the assignments of a scheme by pixel hash."""
    rows = session.execute(
        select(Photo.pixel_sha256, SplitAssignment.split, SplitAssignment.fold)
        .join(Photo, Photo.id == SplitAssignment.photo_id)
        .where(SplitAssignment.scheme == scheme)
    )
    return {pixels: _Assigned(split, fold) for pixels, split, fold in rows}


def _store_assignments(session: Session, scheme: str, places: Sequence[Place], actor: str) -> None:
    session.add_all(
        SplitAssignment(
            scheme=scheme, photo_id=place.photo.photo_id, split=place.split, fold=place.fold
        )
        for place in places
    )
    after = {"scheme": scheme, "photos": len(places)}
    record(session, actor, Action.SPLITS_ASSIGNED, "scheme", None, after=after)
