"""what tells whether a photo is blurred, dark, no photo or unlike the others; the next import measures stored ones"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "photo_check",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.Integer(), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=False),
        sa.Column("look", sa.LargeBinary(), nullable=False),
        sa.Column("grids", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="CASCADE", name="fk_photo_check_photo_id"
        ),
        sa.PrimaryKeyConstraint("photo_id", name="pk_photo_check"),
    )
    op.create_index("ix_photo_check_recipe", "photo_check", ["recipe"])


def downgrade() -> None:
    op.drop_table("photo_check")
