"""The tables and their constraints; no behaviour."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

ROLES = ("admin", "annotator", "adjudicator", "viewer")
LABELS = ("positive", "negative", "unsure")
SEXES = ("female", "male", "unknown")
EVIDENCE = ("hashtag", "self_report", "visual", "clinician")  # weakest first
DECISIONS = ("copy", "same_person", "different")
DUPLICATE, PERSON = PAIR_KINDS = ("duplicate", "person")
# What made two photos be compared; `phash` is that of the first version, which knew one hash alone.
FOUND_BY = ("phash", "photo_phash", "content_phash", "keypoints", "pixels")
ORIGINS = ("post", "author", "rater")  # why it was asked whether two photos show one person
_KEPT = text("copy_of_id IS NULL AND excluded_reason IS NULL")


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)  # SQLite keeps no zone: all times are UTC


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


class Base(DeclarativeBase):
    # Every constraint has a name, so that a later migration can change it.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class User(Base):
    __tablename__ = "user"
    __table_args__ = (_one_of("role", ROLES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SignIn(Base):
    """A browser that is signed in until then; its cookie carries the token of which the hash stands here."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime] = mapped_column(index=True)


class Person(Base):
    """A code that joins the photos of one person; it is no name."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)


class Batch(Base):
    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(default="")
    collector: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
    seen: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    already_there: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    ignored: Mapped[int] = mapped_column(default=0)


class Photo(Base):
    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("copy_of_id != id", name="no_copy_of_itself"),
        # The photos to rate, in their order.
        Index("photo_kept", "id", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    pixel_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    phash: Mapped[str] = mapped_column(String(16))
    width_px: Mapped[int]
    height_px: Mapped[int]
    size_bytes: Mapped[int]
    format: Mapped[str] = mapped_column(String(8))
    original_name: Mapped[str]
    source: Mapped[str] = mapped_column(default="", index=True)
    post_url: Mapped[str | None] = mapped_column(index=True)
    author_key: Mapped[str | None] = mapped_column(String(64), index=True)
    caption: Mapped[str | None]
    collected_on: Mapped[date | None]
    collector: Mapped[str] = mapped_column(default="")
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"), index=True)
    excluded_reason: Mapped[str | None]
    pairs_sought: Mapped[bool] = mapped_column(default=False, index=True)
    added_at: Mapped[datetime] = mapped_column(default=utc_now)


class FileName(Base):
    """Every name under which a photo was seen: copies without pixel change keep theirs."""

    __tablename__ = "file_name"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True, index=True)


class RejectedFile(Base):
    __tablename__ = "rejected_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    name: Mapped[str]
    reason: Mapped[str]


class StoredFingerprint(Base):
    """What the search for copies knows a photo by, as bytes; `recipe` tells which code computed it."""

    __tablename__ = "fingerprint"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    recipe: Mapped[int]
    hashes: Mapped[bytes]
    keypoints: Mapped[bytes]
    content_share: Mapped[float] = mapped_column(default=1.0)  # neither frame nor caption bar


class PhotoPair(Base):
    """Two photos, and the decision on them that is never asked again; what it is about, `kind` tells."""

    __tablename__ = "photo_pair"
    __table_args__: tuple[Any, ...] = (
        UniqueConstraint("photo_a_id", "photo_b_id"),
        CheckConstraint("photo_a_id < photo_b_id", name="ordered"),
        _one_of("kind", PAIR_KINDS),
        _one_of("decision", DECISIONS),
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
    __table_args__ = (_one_of("found_by", FOUND_BY),)
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
    __table_args__ = (_one_of("origin", ORIGINS),)
    __mapper_args__ = {"polymorphic_identity": PERSON}  # noqa: RUF012

    id: Mapped[int] = mapped_column(
        ForeignKey("photo_pair.id", ondelete="CASCADE"), primary_key=True
    )
    origin: Mapped[str] = mapped_column(String(16))


class Rating(Base):
    """One rater's word on one photo; `version` grows by one with each save."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("photo_id", "rater_id"),
        _one_of("label", LABELS),
        _one_of("sex", SEXES),
        _one_of("evidence", EVIDENCE),
        # A rater's last ratings, and the share of their queue that is done.
        Index("rating_by_rater", "rater_id", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    label: Mapped[str] = mapped_column(String(16))
    sex: Mapped[str] = mapped_column(String(16))
    evidence: Mapped[str] = mapped_column(String(16))
    region: Mapped[str | None]  # `x,y x,y ...`, fractions of the upright photo
    note: Mapped[str] = mapped_column(default="")
    # The rater drew over the eyes' line knowingly: the suggestion has the eyes in a wrong place.
    over_eyes: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(default=utc_now)
    further: Mapped[list["RatingValue"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class RatingValue(Base):
    """A rating's value of an attribute without a column; several rows where it may have several."""

    __tablename__ = "rating_value"

    rating_id: Mapped[int] = mapped_column(
        ForeignKey("rating.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32), primary_key=True)


class Adjudication(Base):
    """The word that settles a photo on which raters disagree; one a photo, versioned as ratings are."""

    __tablename__ = "adjudication"
    __table_args__ = (
        _one_of("label", LABELS),
        _one_of("sex", SEXES),
        _one_of("evidence", EVIDENCE),
    )

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    adjudicator_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    label: Mapped[str] = mapped_column(String(16))
    sex: Mapped[str] = mapped_column(String(16))
    evidence: Mapped[str] = mapped_column(String(16))
    region: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    over_eyes: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(default=utc_now)
    further: Mapped[list["RulingValue"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class RulingValue(Base):
    """A ruling's value of an attribute, as RatingValue is a rating's."""

    __tablename__ = "ruling_value"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("adjudication.photo_id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32), primary_key=True)


class Suggestion(Base):
    """Where a face was found in a photo; `recipe` tells which code found it."""

    __tablename__ = "suggestion"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    recipe: Mapped[int]
    faces: Mapped[int]
    region: Mapped[str | None]  # cheeks and nose of the face taken, as in Rating
    eyes: Mapped[str | None]  # `x,y x,y`: both pupils, fractions of the upright photo


class Claim(Base):
    """A photo handed to a rater, who may be at it until then; nobody else is handed it meanwhile."""

    __tablename__ = "claim"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    rater_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    until: Mapped[datetime] = mapped_column(index=True)


class Setting(Base):
    """What an administrator decided for the whole project, by name."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class SplitAssignment(Base):
    """Where a photo went under one scheme (ratios, folds, seed), so that it never moves."""

    __tablename__ = "split_assignment"
    __table_args__ = (_one_of("split", ("train", "val", "test")),)

    scheme: Mapped[str] = mapped_column(String(64), primary_key=True)
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    split: Mapped[str] = mapped_column(String(8))
    fold: Mapped[int]


class Export(Base):
    __tablename__ = "export"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    path: Mapped[str]
    content_hash: Mapped[str] = mapped_column(String(64))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    left_out: Mapped[dict[str, int]] = mapped_column(JSON)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ExportMember(Base):
    __tablename__ = "export_member"

    export_id: Mapped[int] = mapped_column(
        ForeignKey("export.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )


class Event(Base):
    """Append-only: who changed what, when, from what, to what. Holds codes, never names of people in photos."""

    __tablename__ = "event"
    __table_args__ = (Index("event_by_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
