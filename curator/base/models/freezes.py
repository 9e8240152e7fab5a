"""The states of the study that were signed, and who voided a signature."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, utc_now


class Freeze(Base):
    """A signed state: the study is read-only while a freeze is not voided, and one at most is not.

    `event` and `link` are the head of the chain of events at that moment (base/chain.py), `digest` is
    that of all rows that belong to the state (custody/freezes.py).
    """

    __tablename__ = "freeze"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    statement: Mapped[str]
    signed_by: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(default=utc_now)
    event: Mapped[int]
    link: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    voided_by: Mapped[str | None]
    voided_at: Mapped[datetime | None]
    voided_because: Mapped[str | None]
