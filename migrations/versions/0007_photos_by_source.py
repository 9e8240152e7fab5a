"""an index for the photos of one source, and for the list of sources"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_photo_source", "photo", ["source"])


def downgrade() -> None:
    op.drop_index("ix_photo_source", "photo")
