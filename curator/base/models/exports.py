"""Exports, their photos, and the splits that stay assigned."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, one_of, utc_now


class SplitAssignment(Base):
    """Where a photo went under one scheme (ratios, folds, seed), so that it never moves."""

    __tablename__ = "split_assignment"
    __table_args__ = (one_of("split", ("train", "val", "test")),)

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
    erased_at: Mapped[datetime | None]  # its folder was removed, since it held erased photos


class ExportMember(Base):
    __tablename__ = "export_member"

    export_id: Mapped[int] = mapped_column(
        ForeignKey("export.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
