"""The append-only log of changes, and the rows as each change left them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, utc_now

_UNSEALED = text("link IS NULL")


class Event(Base):
    """Append-only: who changed what, when, from what, to what. Holds codes, never names of people in photos.

    `content` and `link` are written by base/chain.py when the transaction ends. What was erased has
    neither `before`, `after` nor `reason`.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("event_by_subject", "subject", "subject_id"),
        Index("event_unsealed", "id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str | None]
    content: Mapped[str | None] = mapped_column(String(64))
    link: Mapped[str | None] = mapped_column(String(64))


class RowVersion(Base):
    """A row of a table as a transaction left it: `columns` is None where it is gone, or was erased.

    `event_id` is the transaction's last event. `content` is the keyed hash of `columns`.
    """

    __tablename__ = "row_version"
    __table_args__ = (Index("version_of_row", "table_name", "row_key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(32))
    row_key: Mapped[str]
    columns: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    content: Mapped[str] = mapped_column(String(64))
