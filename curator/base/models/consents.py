"""The consent of persons and sources: one row for each that somebody recorded one of."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.consent import STATES
from curator.base.models.base import Base, one_of


class ConsentRecord(Base):
    """The consent of a person by their code, of the person in a photo where no code is known, or of a source.

    A row stays when its state becomes `none`: that a person did not consent goes before their source's consent.
    """

    __tablename__ = "consent"
    __table_args__ = (
        one_of("state", tuple(STATES)),
        CheckConstraint(
            "(person_id IS NOT NULL AND photo_id IS NULL AND source IS NULL)"
            " OR (person_id IS NULL AND photo_id IS NOT NULL AND source IS NULL)"
            " OR (person_id IS NULL AND photo_id IS NULL AND source IS NOT NULL)",
            name="of_one",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"), unique=True)
    source: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(16))
    document: Mapped[str] = mapped_column(default="")
    dated: Mapped[date | None]
    scope: Mapped[str] = mapped_column(String(16), default="")
