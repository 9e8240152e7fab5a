"""an order of its own for each rater, recorded photo by photo"""

from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("user", sa.Column("order_seed", sa.Integer(), nullable=False, server_default="0"))
    users = sa.table("user", sa.column("id"), sa.column("name"), sa.column("order_seed"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(users.c.id, users.c.name)).all():
        seed = crc32(row.name.encode()) >> 1
        connection.execute(sa.update(users).where(users.c.id == row.id).values(order_seed=seed))
    op.create_table(
        "place",
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Double(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rater_id"], ["user.id"], ondelete="CASCADE", name="fk_place_rater_id"
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="CASCADE", name="fk_place_photo_id"
        ),
        sa.PrimaryKeyConstraint("rater_id", "photo_id", name="pk_place"),
    )
    op.create_index("ix_place_photo_id", "place", ["photo_id"])
    op.create_index("place_by_turn", "place", ["rater_id", "turn", "position"])


def downgrade() -> None:
    op.drop_table("place")
    op.drop_column("user", "order_seed")
