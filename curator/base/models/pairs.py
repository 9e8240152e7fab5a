"""Pairs of photos: of copies and of persons, with what was decided on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, one_of

DECISIONS = ("copy", "same_person", "different")
DUPLICATE, PERSON = PAIR_KINDS = ("duplicate", "person")
# What made two photos be compared; `phash` is that of the first version, which knew one hash alone.
FOUND_BY = ("phash", "photo_phash", "content_phash", "keypoints", "pixels")
ORIGINS = ("post", "author", "rater")  # why it was asked whether two photos show one person


class PhotoPair(Base):
    """Two photos, and the decision on them that is never asked again; what it is about, `kind` tells."""

    __tablename__ = "photo_pair"
    __table_args__: tuple[Any, ...] = (
        UniqueConstraint("photo_a_id", "photo_b_id"),
        CheckConstraint("photo_a_id < photo_b_id", name="ordered"),
        one_of("kind", PAIR_KINDS),
        one_of("decision", DECISIONS),
        # The list of decisions, newest first: all, one decision's, one person's.
        Index("pair_by_time", "decided_at"),
        Index("pair_by_decision", "decision", "decided_at"),
        Index("pair_by_decider", "decided_by", "decided_at"),
        # A page still open after a rescan must not mean another pair by an id of its own.
        {"sqlite_autoincrement": True},
    )
    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012  # as SQLAlchemy declares it

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    photo_a_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"))
    photo_b_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    decision: Mapped[str | None] = mapped_column(String(16))
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class DuplicatePair(PhotoPair):
    """Two photos that look alike, and the evidence."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (one_of("found_by", FOUND_BY),)
    __mapper_args__ = {"polymorphic_identity": DUPLICATE}  # noqa: RUF012

    id: Mapped[int] = mapped_column(
        ForeignKey("photo_pair.id", ondelete="CASCADE"), primary_key=True
    )
    found_by: Mapped[str] = mapped_column(String(16), default="phash")
    keypoints: Mapped[int | None]  # shared by both photos, where they were found by these
    mirrored: Mapped[bool] = mapped_column(default=False)
    distance_bits: Mapped[int]
    score: Mapped[float]
    verified: Mapped[bool] = mapped_column(default=False)
    alignment: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class PersonPair(PhotoPair):
    """Two photos of which somebody said whether they show one person; deleted when that is taken back."""

    __tablename__ = "person_pair"
    __table_args__ = (one_of("origin", ORIGINS),)
    __mapper_args__ = {"polymorphic_identity": PERSON}  # noqa: RUF012

    id: Mapped[int] = mapped_column(
        ForeignKey("photo_pair.id", ondelete="CASCADE"), primary_key=True
    )
    origin: Mapped[str] = mapped_column(String(16))
