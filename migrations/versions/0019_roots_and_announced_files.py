"""the folder and import of each file's name; how many files an upload was to have"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("batch", sa.Column("announced", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("file_name", sa.Column("root", sa.String(), nullable=False, server_default=""))
    op.add_column("file_name", sa.Column("batch_id", sa.Integer(), nullable=True))
    op.execute(  # the import that added the photo: which others saw it is not known
        "UPDATE file_name SET batch_id = "
        "(SELECT batch_id FROM photo WHERE photo.id = file_name.photo_id)"
    )


def downgrade() -> None:
    op.drop_column("file_name", "batch_id")
    op.drop_column("file_name", "root")
    op.drop_column("batch", "announced")
