"""what each rater first said about a photo, from the record of events"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

# What an event of a rating holds beside the values of attributes.
NO_ATTRIBUTE = {
    *("label", "region", "note", "over_eyes", "version"),
    *("origin", "active_s", "source_shown"),
}


def upgrade() -> None:
    first_word = op.create_table(
        "first_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("counts_on_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="CASCADE", name="fk_first_word_photo_id"
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["user.id"], name="fk_first_word_rater_id"),
        sa.PrimaryKeyConstraint("id", name="pk_first_word"),
        sa.UniqueConstraint("photo_id", "rater_id", name="uq_first_word_photo_id_rater_id"),
    )
    op.create_index("ix_first_word_rater_id", "first_word", ["rater_id"])
    op.create_index("first_on_photo", "first_word", ["counts_on_id", "rater_id"], unique=True)
    if words := list(_first_words()):
        op.bulk_insert(first_word, words)
    op.execute(  # as for ratings: nobody draws the same corners to the sixth decimal
        "UPDATE first_word SET origin = 'accepted' WHERE region = "
        "(SELECT region FROM suggestion WHERE suggestion.photo_id = first_word.photo_id)"
    )


def downgrade() -> None:
    op.drop_table("first_word")


def _first_words() -> Iterator[dict[str, Any]]:
    """Yield the first words; each counts on the photo kept of its copies, if it came before theirs."""
    event = sa.table(
        "event",
        *(sa.column(name) for name in ("id", "actor", "action", "subject_id")),
        sa.column("at", sa.DateTime()),
        sa.column("after", sa.JSON()),
    )
    users = _mapping('SELECT name, id FROM "user"')
    kept = _mapping("SELECT id, coalesce(copy_of_id, id) FROM photo")
    saved = (
        sa.select(event.c.actor, event.c.subject_id, event.c.at, event.c.after)
        .where(event.c.action == "rating saved")
        .order_by(event.c.id)
    )
    seen: set[tuple[int, int]] = set()
    counted: set[tuple[int, int]] = set()
    for actor, photo, at, said in op.get_bind().execute(saved):
        rater, counts_on = users.get(actor), kept.get(photo)
        if rater is None or counts_on is None or (photo, rater) in seen:
            continue
        seen.add((photo, rater))
        is_first = (counts_on, rater) not in counted
        counted.add((counts_on, rater))
        yield {
            "photo_id": photo,
            "rater_id": rater,
            "label": said["label"],
            "values": {code: value for code, value in said.items() if code not in NO_ATTRIBUTE},
            "region": said.get("region"),
            "origin": said.get("origin") or "",
            "saved_at": at,
            "counts_on_id": counts_on if is_first else None,
        }


def _mapping(query: str) -> dict[Any, int]:
    return {key: value for key, value in op.get_bind().execute(sa.text(query))}  # noqa: C416
