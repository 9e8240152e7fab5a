"""What was erased at somebody's request: the certificates, and what keeps the photos from coming back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, one_of, utc_now

ASKED = ("photo", "person", "author", "post")


class Erasure(Base):
    """One request. `certificate` names nobody; `remaining` does, until all of it is done.

    `lifted_at` tells that its photos may be imported again.
    """

    __tablename__ = "erasure"
    __table_args__ = (one_of("asked", ASKED),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    asked: Mapped[str] = mapped_column(String(8))
    certificate: Mapped[dict[str, Any]] = mapped_column(JSON)
    remaining: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    lifted_at: Mapped[datetime | None]


class Tombstone(Base):
    """What an erased photo, and a copy of it, is known by: keyed hashes, and a trace (copies/traces.py)."""

    __tablename__ = "tombstone"

    id: Mapped[int] = mapped_column(primary_key=True)
    erasure_id: Mapped[int] = mapped_column(
        ForeignKey("erasure.id", ondelete="CASCADE"), index=True
    )
    file: Mapped[str] = mapped_column(String(64), index=True)
    pixels: Mapped[str] = mapped_column(String(64), index=True)
    trace: Mapped[bytes]
