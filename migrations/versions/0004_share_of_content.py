"""how much of a photo is neither frame nor caption, by which the kept copy is chosen"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("fingerprint") as batch_op:
        batch_op.add_column(
            sa.Column("content_share", sa.Double(), nullable=False, server_default="1")
        )


def downgrade() -> None:
    with op.batch_alter_table("fingerprint") as batch_op:
        batch_op.drop_column("content_share")
