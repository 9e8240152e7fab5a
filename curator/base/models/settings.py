"""The settings of the whole project."""

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base

# Settings that are of the server, not of the study: they change in a frozen study, too.
OF_THE_SERVER = ("second_factor", "last_backup")


class Setting(Base):
    """What an administrator decided for the whole project, by name."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
