"""what a photo's exclusion is about, and with which other photo it is excluded"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

# The reasons that pages offered, in the languages in which the gallery stored them.
SCOPES = {
    "a child": "person",
    "uma criança": "person",
    "withdrawn by the person": "person",
    "retirada a pedido da pessoa": "person",
    "too blurred or dark": "file",
    "desfocada ou escura demais": "file",
}


def upgrade() -> None:
    op.add_column("photo", sa.Column("excluded_scope", sa.String(8), nullable=True))
    op.add_column("photo", sa.Column("excluded_with_id", sa.Integer(), nullable=True))
    op.create_index("ix_photo_excluded_scope", "photo", ["excluded_scope"])
    op.create_index("ix_photo_excluded_with_id", "photo", ["excluded_with_id"])
    photo = sa.table("photo", sa.column("excluded_reason"), sa.column("excluded_scope"))
    scope = sa.case(SCOPES, value=photo.c.excluded_reason, else_="content")
    excluded = photo.c.excluded_reason.is_not(None)
    op.execute(photo.update().where(excluded).values(excluded_scope=scope))


def downgrade() -> None:
    op.drop_index("ix_photo_excluded_with_id", "photo")
    op.drop_index("ix_photo_excluded_scope", "photo")
    op.drop_column("photo", "excluded_with_id")
    op.drop_column("photo", "excluded_scope")
