"""when a sign-in was last used, second factors, and accounts that see some sources alone"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    added = (
        ("used_at", sa.DateTime()),
        ("awaits_code", sa.Boolean()),
        ("wrong_codes", sa.Integer()),
    )
    with op.batch_alter_table("sign_in") as sign_in:
        for name, kind in added:
            sign_in.add_column(sa.Column(name, kind, nullable=True))
    # Who is signed in counts as used now, and as having given all that was asked for.
    given = sa.table("sign_in", *(sa.column(name, kind) for name, kind in added))
    now = datetime.now(UTC).replace(tzinfo=None)
    op.execute(given.update().values(used_at=now, awaits_code=False, wrong_codes=0))
    with op.batch_alter_table("sign_in") as sign_in:
        for name, kind in added:
            sign_in.alter_column(name, existing_type=kind, nullable=False)
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], ondelete="CASCADE", name="fk_second_factor_user_id"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factor"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], ondelete="CASCADE", name="fk_recovery_code_user_id"
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])
    op.create_table(
        "user_source",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], ondelete="CASCADE", name="fk_user_source_user_id"
        ),
        sa.PrimaryKeyConstraint("user_id", "source", name="pk_user_source"),
    )


def downgrade() -> None:
    op.drop_table("user_source")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_column("wrong_codes")
        sign_in.drop_column("awaits_code")
        sign_in.drop_column("used_at")
