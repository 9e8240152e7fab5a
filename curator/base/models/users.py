"""Accounts, their sign-ins and second factors, what they see, and the tokens of programs that act for them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from curator.base.models.base import Base, one_of, utc_now

ROLES = ("admin", "annotator", "adjudicator", "viewer")
BY_RANK = ("viewer", "annotator", "adjudicator", "admin")  # each may do what those before it may


class User(Base):
    __tablename__ = "user"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    order_seed: Mapped[int]  # of the order in which photos are handed out


class SignIn(Base):
    """A browser that is signed in until then; its cookie carries the token of which the hash stands here.

    `used_at` is when a person last used it, within a minute. A sign-in that `awaits_code` has given the
    password and opens nothing yet.
    """

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime] = mapped_column(default=utc_now)
    awaits_code: Mapped[bool] = mapped_column(default=False)
    wrong_codes: Mapped[int] = mapped_column(default=0)


class SecondFactor(Base):
    """The secret that an account's authenticator app knows, and the time step of the last code it gave."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int]


class RecoveryCode(Base):
    """A code that stands in for the app once; the row goes when it is used."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)


class UserSource(Base):
    """A source whose photos an account sees; one with no row here sees all photos."""

    __tablename__ = "user_source"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(primary_key=True)


class Token(Base):
    """A program that acts for an account until then; it sends the token of which the hash stands here.

    `used_on` is the last day of use, in UTC.
    """

    __tablename__ = "token"
    # A revoked token's number must not come again: events name tokens by it.
    __table_args__ = (one_of("role", ROLES), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=utc_now)
    until: Mapped[datetime]
    used_on: Mapped[date | None]
