"""what each photo's colours were taken for, and the pixel hash of photos that read otherwise now"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for name, length in (("colour_source", 8), ("colour_space", 16), ("colour_doubt", 16)):
        op.add_column(
            "photo", sa.Column(name, sa.String(length), nullable=False, server_default="")
        )
    op.add_column("photo", sa.Column("earlier_pixel_sha256", sa.String(64), nullable=True))
    op.create_index("ix_photo_colour_doubt", "photo", ["colour_doubt"])
    op.create_index("ix_photo_earlier_pixel_sha256", "photo", ["earlier_pixel_sha256"])


def downgrade() -> None:
    op.drop_index("ix_photo_earlier_pixel_sha256", "photo")
    op.drop_index("ix_photo_colour_doubt", "photo")
    for name in ("earlier_pixel_sha256", "colour_doubt", "colour_space", "colour_source"):
        op.drop_column("photo", name)
