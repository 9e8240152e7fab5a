"""What is known of a Label Studio server: whose annotators are whose accounts, projects, and their tasks."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base


class LabelStudioAnnotator(Base):
    """The account that an annotator's e-mail address stands for."""

    __tablename__ = "label_studio_annotator"

    email: Mapped[str] = mapped_column(String(254), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)


class LabelStudioProject(Base):
    """One rater's project on a server; `number` is what the server calls it, None until it is made.

    `marker` stands in the project's description, so that it is found again whatever was interrupted.
    """

    __tablename__ = "label_studio_project"
    __table_args__ = (UniqueConstraint("server", "name", "rater_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    server: Mapped[str]
    name: Mapped[str]
    rater_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    marker: Mapped[str] = mapped_column(String(32), unique=True)
    number: Mapped[int | None]


class LabelStudioTask(Base):
    """A photo's task in a project; `number` is what the server calls it.

    `synced` is the digest of what both sides said last, empty for nothing; `active_s` are the seconds
    counted there that the rating has already.
    """

    __tablename__ = "label_studio_task"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("label_studio_project.id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    number: Mapped[int]
    synced: Mapped[str] = mapped_column(String(64), default="")
    active_s: Mapped[float] = mapped_column(default=0.0)
