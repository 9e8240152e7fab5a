"""erasures, what keeps erased photos from coming back, and the exports that were removed with them"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("asked", sa.String(8), nullable=False),
        sa.Column("certificate", sa.JSON(), nullable=False),
        sa.Column("remaining", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "asked IN ('photo', 'person', 'author', 'post')", name=op.f("ck_erasure_asked_known")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("erasure_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("pixels", sa.String(64), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasure.id"], name="fk_tombstone_erasure_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
    )
    for column in ("erasure_id", "file", "pixels"):
        op.create_index(f"ix_tombstone_{column}", "tombstone", [column])
    op.add_column("batch", sa.Column("erased", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("export", sa.Column("erased_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Drop the certificates, and let erased photos be imported again."""
    op.drop_column("export", "erased_at")
    op.drop_column("batch", "erased")
    op.drop_table("tombstone")
    op.drop_table("erasure")
