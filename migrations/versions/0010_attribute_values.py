"""values of attributes that have no column, so that a study can record more than sex and evidence"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for table, owner, key in (
        ("rating_value", "rating.id", "rating_id"),
        ("ruling_value", "adjudication.photo_id", "photo_id"),
    ):
        op.create_table(
            table,
            sa.Column(key, sa.Integer(), nullable=False),
            sa.Column("attribute", sa.String(length=32), nullable=False),
            sa.Column("value", sa.String(length=32), nullable=False),
            sa.ForeignKeyConstraint(
                [key], [owner], ondelete="CASCADE", name=op.f(f"fk_{table}_{key}")
            ),
            sa.PrimaryKeyConstraint(key, "attribute", "value", name=op.f(f"pk_{table}")),
        )


def downgrade() -> None:
    op.drop_table("ruling_value")
    op.drop_table("rating_value")
