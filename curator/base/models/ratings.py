"""Ratings and rulings, the regions suggested to raters, and the photos handed and opened to them."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from curator.base.models.base import Base, one_of, utc_now

LABELS = ("positive", "negative", "unsure")
SEXES = ("female", "male", "unknown")
EVIDENCE = ("hashtag", "self_report", "visual", "clinician")  # weakest first


def _known_values() -> tuple[CheckConstraint, ...]:
    return one_of("label", LABELS), one_of("sex", SEXES), one_of("evidence", EVIDENCE)


class Assessed:
    """The columns of an assessment; `version` grows by one with each save."""

    label: Mapped[str] = mapped_column(String(16))
    sex: Mapped[str] = mapped_column(String(16))
    evidence: Mapped[str] = mapped_column(String(16))
    region: Mapped[str | None]  # `x,y x,y ...`, fractions of the upright photo
    note: Mapped[str] = mapped_column(default="")
    # The rater drew over the eyes' line knowingly: the suggestion has the eyes in a wrong place.
    over_eyes: Mapped[bool] = mapped_column(default=False)
    # How it came about, as in ratings.provenance.
    origin: Mapped[str] = mapped_column(String(16), default="")
    active_s: Mapped[float | None]
    source_shown: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(default=utc_now)
    # The kept photo on which this counts: derived by pairs.words, so without a foreign key.
    counts_on_id: Mapped[int | None]


class Rating(Assessed, Base):
    """One rater's rating of one photo; `counts_on_id` names the kept photo on which it is their word."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("photo_id", "rater_id"),
        *_known_values(),
        # A rater's last ratings, and the share of their queue that is done.
        Index("rating_by_rater", "rater_id", "saved_at"),
        # A rater has one word on a photo, also where they rated several copies of it.
        Index("word", "counts_on_id", "rater_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    further: Mapped[list["RatingValue"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class FirstWord(Base):
    """What a rater first said about a photo: blind, so it is kept as it was, whatever they say later.

    `values` holds every attribute by its code; the rest as in Rating.
    """

    __tablename__ = "first_word"
    __table_args__ = (
        UniqueConstraint("photo_id", "rater_id"),
        # As `word` of Rating, but of several copies the word that came first counts.
        Index("first_on_photo", "counts_on_id", "rater_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    label: Mapped[str] = mapped_column(String(16))
    values: Mapped[dict[str, str]] = mapped_column(JSON)
    region: Mapped[str | None]
    origin: Mapped[str] = mapped_column(String(16), default="")
    saved_at: Mapped[datetime] = mapped_column(default=utc_now)
    counts_on_id: Mapped[int | None]


class RatingValue(Base):
    """A rating's value of an attribute without a column; several rows where it may have several."""

    __tablename__ = "rating_value"

    rating_id: Mapped[int] = mapped_column(
        ForeignKey("rating.id", ondelete="CASCADE"), primary_key=True
    )
    attribute: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32), primary_key=True)


class Adjudication(Assessed, Base):
    """The word that settles a photo on which raters disagree; `counts_on_id` as in Rating."""

    __tablename__ = "adjudication"
    __table_args__ = (*_known_values(), Index("ruling", "counts_on_id", unique=True))

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    adjudicator_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
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


class SourceOpening(Base):
    """A rater asked for a photo's source before rating it."""

    __tablename__ = "source_opening"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    rater_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    opened_at: Mapped[datetime] = mapped_column(default=utc_now)


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


class Place(Base):
    """A photo's place in a rater's own order, and when in it the photo was last handed out."""

    __tablename__ = "place"
    # The next photos of a rater: those never handed out, in their order.
    __table_args__ = (Index("place_by_turn", "rater_id", "turn", "position"),)

    rater_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[float]
    turn: Mapped[int] = mapped_column(default=0)  # counts the photos handed out; 0: not yet
    queue: Mapped[str] = mapped_column(default="")  # from which it was handed out last
