"""the evidence of pairs, and fingerprints to search by"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("keypoints", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photo.id"],
            name=op.f("fk_fingerprint_photo_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_fingerprint")),
    )
    with op.batch_alter_table("duplicate_pair") as batch_op:
        batch_op.add_column(
            sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("alignment", sa.JSON(), nullable=True))
    # What was found by one hash alone is sought again; decisions stay.
    op.execute("DELETE FROM duplicate_pair WHERE decision IS NULL")
    op.execute(sa.text("UPDATE photo SET pairs_sought = :no").bindparams(no=False))


def downgrade() -> None:
    with op.batch_alter_table("duplicate_pair") as batch_op:
        batch_op.drop_column("alignment")
        batch_op.drop_column("verified")
    op.drop_table("fingerprint")
