"""how each rating came about: its region's origin, the time it took, whether the source was shown"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ASSESSMENTS = ("rating", "adjudication")


def upgrade() -> None:
    for table in ASSESSMENTS:
        op.add_column(table, sa.Column("origin", sa.String(16), nullable=False, server_default=""))
        op.add_column(table, sa.Column("active_s", sa.Double(), nullable=True))
        op.add_column(table, sa.Column("source_shown", sa.Boolean(), nullable=True))
        # Nobody draws the same corners to the sixth decimal; every other origin is lost.
        op.execute(
            f"UPDATE {table} SET origin = 'accepted' WHERE region = "  # noqa: S608
            f"(SELECT region FROM suggestion WHERE suggestion.photo_id = {table}.photo_id)"
        )
    op.add_column("photo", sa.Column("suggestion_withheld", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE photo SET suggestion_withheld = false WHERE id IN (SELECT photo_id FROM rating)"
    )
    op.create_table(
        "source_opening",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="CASCADE", name="fk_source_opening_photo_id"
        ),
        sa.ForeignKeyConstraint(
            ["rater_id"], ["user.id"], ondelete="CASCADE", name="fk_source_opening_rater_id"
        ),
        sa.PrimaryKeyConstraint("photo_id", "rater_id", name="pk_source_opening"),
    )
    op.create_index("ix_source_opening_rater_id", "source_opening", ["rater_id"])


def downgrade() -> None:
    op.drop_table("source_opening")
    op.drop_column("photo", "suggestion_withheld")
    for table in ASSESSMENTS:
        for name in ("source_shown", "active_s", "origin"):
            op.drop_column(table, name)
