"""Photos, their names and persons, the imports that brought them, their fingerprints and checks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, utc_now

_KEPT = text("copy_of_id IS NULL AND excluded_reason IS NULL")


class Person(Base):
    """A code that joins the photos of one person; it is no name."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    # Somebody said so, of all codes that differ in case, spaces or Unicode form only.
    is_told_apart: Mapped[bool] = mapped_column(default=False)


class Batch(Base):
    """One import or upload; `announced` is how many files an upload was to have, 0 if nobody said."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(default="")
    collector: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
    announced: Mapped[int] = mapped_column(default=0, server_default="0")
    seen: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    already_there: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    ignored: Mapped[int] = mapped_column(default=0)
    erased: Mapped[int] = mapped_column(default=0, server_default="0")  # of those added, since


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
    # Of the pixels as an earlier version read them, where they read otherwise now.
    earlier_pixel_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    phash: Mapped[str] = mapped_column(String(16))
    width_px: Mapped[int]
    height_px: Mapped[int]
    size_bytes: Mapped[int]
    format: Mapped[str] = mapped_column(String(8))
    # What the colours were taken for: faces.colours; empty if imported before it was recorded.
    colour_source: Mapped[str] = mapped_column(String(8), default="")
    colour_space: Mapped[str] = mapped_column(String(16), default="")
    colour_doubt: Mapped[str] = mapped_column(String(16), default="", index=True)
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
    excluded_scope: Mapped[str | None] = mapped_column(String(8), index=True)  # base/reach.py
    # Derived there; no foreign key, since SQLite could not drop the column again.
    excluded_with_id: Mapped[int | None] = mapped_column(index=True)
    # Whether raters get no suggested region, fixed by the first rating; None until then.
    suggestion_withheld: Mapped[bool | None]
    pairs_sought: Mapped[bool] = mapped_column(default=False, index=True)
    added_at: Mapped[datetime] = mapped_column(default=utc_now)


class FileName(Base):
    """Every name under which a photo was seen: copies without pixel change keep theirs.

    `root` is the name of the folder that was imported, empty for an upload.
    """

    __tablename__ = "file_name"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True, index=True)
    root: Mapped[str] = mapped_column(default="", server_default="")
    batch_id: Mapped[int | None]


class RejectedFile(Base):
    """A file that import refused; `reason` and `values` are the template and the values of the error that says why."""

    __tablename__ = "rejected_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    name: Mapped[str]
    reason: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    @property
    def message(self) -> str:
        return self.reason % self.values if self.values else self.reason


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


class PhotoCheck(Base):
    """What tells whether a photo is odd, as bytes (photos/checks.py); `recipe` tells which code measured it."""

    __tablename__ = "photo_check"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True
    )
    recipe: Mapped[int] = mapped_column(index=True)  # the index is counted, not the wide rows
    measures: Mapped[bytes]
    look: Mapped[bytes]
    grids: Mapped[bytes]
