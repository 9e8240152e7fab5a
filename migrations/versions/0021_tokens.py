"""the tokens of programs that act for an account"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "token",
        # A revoked token's number must not come again: events name tokens by it.
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('admin', 'annotator', 'adjudicator', 'viewer')", name="role_known"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], ondelete="CASCADE", name="fk_token_user_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("token_hash", name="uq_token_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_token_user_id", "token", ["user_id"])


def downgrade() -> None:
    op.drop_table("token")
