"""Decides which photos can be exported: each with its consensus and group, or the reason it is left out."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from curator.base.components import connected
from curator.base.messages import translatable
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.base.models.ratings import Adjudication, Rating
from curator.base.reach import WIDELY_EXCLUDED, like_excluded, reached
from curator.pairs.relations import JOINS, SHARED
from curator.photos.consented import photo_consents
from curator.ratings.attributes import EVIDENCE, attributes
from curator.ratings.consensus import Consensus, Opinion, consensus
from curator.ratings.origins import UNKNOWN
from curator.ratings.settings import project
from curator.ratings.values import further_values, value_columns, values_in
from curator.ratings.words import Drawn, carried_regions
from faces.regions import Region

REASONS = {
    "excluded": translatable("excluded by a rater"),
    "copy": translatable("copy of another photo"),
    "no_rating": translatable("not rated yet"),
    "too_few_ratings": translatable("waiting for another rater"),
    "disagreement": translatable("raters disagree on the label"),
    "unsure": translatable("marked unsure"),
    "no_region": translatable("no face region drawn"),
    "weak_evidence": translatable("evidence below the required minimum"),
    "consent": translatable("consent withdrawn, or not given for what the export demands"),
    "like_excluded": translatable("looks like an excluded photo: decide whether it is a copy"),
    "group_crosses_splits": translatable(
        "linked to photos of another split after the splits were assigned"
    ),
}

# Columns rather than objects, for speed: this covers all photos.
PHOTO: tuple[Any, ...] = (
    *(Photo.id, Photo.pixel_sha256, Photo.file_sha256, Photo.format, Photo.phash, Photo.source),
    *(Photo.width_px, Photo.height_px, Photo.copy_of_id, Photo.excluded_reason),
    *(Photo.person_id, Photo.author_key, Photo.post_url),
)
PhotoRow = Row[Any]


@dataclass(frozen=True)
class EligiblePhoto:
    """A photo that can be exported; `group` is the smallest pixel hash in its group, shortened."""

    photo_id: int
    pixel_sha256: str
    file_sha256: str
    format: str
    phash: str
    source: str
    width_px: int
    height_px: int
    group: str
    consensus: Consensus
    consent: str = "none"  # as exports count it

    @property
    def stratum(self) -> str:
        values = (self.consensus.values[a.code] for a in attributes() if a.stratifies)
        return "/".join((self.consensus.label, *values))


@dataclass(frozen=True)
class EligiblePhotos:
    ready: tuple[EligiblePhoto, ...]  # sorted by pixel hash
    left_out: dict[int, str]  # photo id -> key of REASONS


def eligible_photos(
    session: Session, min_evidence: str = EVIDENCE.codes[0], consent: str = ""
) -> EligiblePhotos:
    """Compute the consensus and group of every photo.

    Args:
        consent: the scope that consent must cover; empty demands none, and withdrawn photos stay out.
    """
    photos = session.execute(select(*PHOTO).order_by(Photo.pixel_sha256)).all()
    ratings = _ratings_of_kept(session)
    needed = project(session).raters_needed
    groups = _groups(session, photos)
    # Derived anew: no photo of a person who withdrew is exported by a column that lags behind.
    excluded = reached(session)
    consents = photo_consents(session)
    doubted = like_excluded(session, consents.withdrawn)
    ready, left_out = [], {}
    for photo in photos:
        agreed = ratings.consensus(photo.id)
        is_excluded = photo.excluded_reason is not None or photo.id in excluded
        reason = _reason(photo, is_excluded, ratings.count(photo.id), needed, agreed)
        if not reason and agreed and _is_weaker(agreed.values["evidence"], min_evidence):
            reason = "weak_evidence"
        if not reason and not consents.admits(photo.id, consent):
            reason = "consent"
        if not reason and photo.id in doubted:
            reason = "like_excluded"
        if reason or agreed is None:
            left_out[photo.id] = reason
        else:
            word = consents.of(photo.id).counted
            ready.append(_eligible_photo(photo, groups[photo.id], agreed, word))
    return EligiblePhotos(tuple(ready), left_out)


def no_longer_eligible(
    session: Session, photo_ids: Collection[int], consent: str = ""
) -> tuple[int, ...]:
    """Return which of these photos are gone, excluded for their person or content, or lack consent."""
    excluded = {*session.scalars(select(Photo.id).where(WIDELY_EXCLUDED))}
    there = {*session.scalars(select(Photo.id))} - excluded - reached(session).keys()
    consents = photo_consents(session)
    return tuple(
        photo
        for photo in sorted(photo_ids)
        if photo not in there or not consents.admits(photo, consent)
    )


def _eligible_photo(photo: PhotoRow, group: str, agreed: Consensus, consent: str) -> EligiblePhoto:
    return EligiblePhoto(
        photo.id,
        photo.pixel_sha256,
        photo.file_sha256,
        photo.format,
        photo.phash,
        photo.source,
        photo.width_px,
        photo.height_px,
        group,
        agreed,
        consent,
    )


def _is_weaker(evidence: str, least: str) -> bool:
    return EVIDENCE.codes.index(evidence) < EVIDENCE.codes.index(least)


def _reason(
    photo: PhotoRow, is_excluded: bool, ratings: float, needed: int, agreed: Consensus | None
) -> str:
    if is_excluded:
        return "excluded"
    if photo.copy_of_id:
        return "copy"
    if not ratings:
        return "no_rating"
    if ratings < needed:
        return "too_few_ratings"
    if agreed is None:
        return "disagreement"
    if agreed.label == "unsure":
        return "unsure"
    return "" if agreed.region else "no_region"


@dataclass(frozen=True)
class RatingsOfKept:
    """The ratings of kept photos: each rater's opinion, and the adjudicators' rulings."""

    opinions: Mapping[int, Mapping[int, Opinion]]  # by photo and rater
    rulings: Mapping[int, Opinion]

    def consensus(self, photo_id: int) -> Consensus | None:
        return consensus([*self.opinions.get(photo_id, {}).values()], self.rulings.get(photo_id))

    def count(self, photo_id: int) -> float:
        """Return the number of opinions; a ruling counts as infinitely many."""
        return math.inf if photo_id in self.rulings else len(self.opinions.get(photo_id, {}))


def _ratings_of_kept(session: Session) -> RatingsOfKept:
    """Collect all words and rulings by the photo on which they count."""
    region_of = carried_regions(session)
    opinions: dict[int, dict[int, Opinion]] = defaultdict(dict)
    for rater, kept_id, opinion in _opinions(session, Rating, Rating.rater_id, region_of):
        opinions[kept_id][rater] = opinion
    ruled = _opinions(session, Adjudication, Adjudication.adjudicator_id, region_of)
    return RatingsOfKept(opinions, {kept_id: opinion for _, kept_id, opinion in ruled})


def _opinions(
    session: Session,
    table: type[Rating | Adjudication],
    author: InstrumentedAttribute[int],
    region_of: Callable[[Drawn], Region],
) -> Iterator[tuple[int, int, Opinion]]:
    """Yield author, kept photo's id and opinion."""
    key = Rating.id if table is Rating else Adjudication.photo_id
    columns = (key.label("key"), table.photo_id, table.counts_on_id, table.label, table.region)
    made = (table.origin, table.source_shown)
    query = select(author.label("author"), *columns, *made, *value_columns(table))
    query = query.where(table.counts_on_id.is_not(None)).order_by(author, table.photo_id)
    further = further_values(session, table)
    for row in session.execute(query):
        values = values_in(row, further.get(row.key, {}))
        region = region_of(row)
        origin = row.origin if region else UNKNOWN
        opinion = Opinion(str(row.author), row.label, values, region, origin, row.source_shown)
        yield row.author, row.counts_on_id, opinion


def photo_groups(session: Session) -> dict[int, str]:
    """Return the group of every photo, as in EligiblePhoto."""
    return _groups(session, session.execute(select(*PHOTO)).all())


def _groups(session: Session, photos: Iterable[PhotoRow]) -> dict[int, str]:
    """Group photos of one person, author or post, and pairs not decided as different."""
    links: list[tuple[int, int]] = []
    first_with: dict[tuple[str, str | int], int] = {}
    for photo in photos:
        for column in SHARED:
            value = getattr(photo, column.key)
            if value is not None:
                links.append((first_with.setdefault((column.key, value), photo.id), photo.id))
    pairs = select(PhotoPair.photo_a_id, PhotoPair.photo_b_id).where(JOINS)
    links += [(a, b) for a, b in session.execute(pairs)]
    member_of = connected((photo.id for photo in photos), links)
    smallest: dict[int, str] = {}
    for photo in photos:
        root = member_of[photo.id]
        smallest[root] = min(smallest.get(root, photo.pixel_sha256), photo.pixel_sha256)
    return {photo.id: smallest[member_of[photo.id]][:16] for photo in photos}
