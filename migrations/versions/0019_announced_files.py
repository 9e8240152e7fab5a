"""how many files an upload was to have, so that those that never came are told"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("batch", sa.Column("announced", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("batch", "announced")
