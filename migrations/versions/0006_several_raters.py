"""suggested regions, adjudications, who is at which photo, and the project's settings"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

LABELS = "'positive', 'negative', 'unsure'"
SEXES = "'female', 'male', 'unknown'"
EVIDENCE = "'hashtag', 'self_report', 'visual', 'clinician'"
KEPT = sa.text("copy_of_id IS NULL AND excluded_reason IS NULL")


def photo_column(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return sa.Column("photo_id", sa.Integer(), nullable=False), sa.ForeignKeyConstraint(
        ["photo_id"], ["photo.id"], ondelete="CASCADE", name=f"fk_{table}_photo_id"
    )


def upgrade() -> None:
    op.create_index("photo_kept", "photo", ["id"], sqlite_where=KEPT, postgresql_where=KEPT)
    with op.batch_alter_table("rating") as rating:
        rating.add_column(
            sa.Column("over_eyes", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.drop_index("ix_rating_rater_id", "rating")
    op.create_index("rating_by_rater", "rating", ["rater_id", "saved_at"])
    op.create_table(
        "adjudication",
        *photo_column("adjudication"),
        sa.Column("adjudicator_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("sex", sa.String(16), nullable=False),
        sa.Column("evidence", sa.String(16), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("over_eyes", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(f"label IN ({LABELS})", name="ck_adjudication_label_known"),
        sa.CheckConstraint(f"sex IN ({SEXES})", name="ck_adjudication_sex_known"),
        sa.CheckConstraint(f"evidence IN ({EVIDENCE})", name="ck_adjudication_evidence_known"),
        sa.ForeignKeyConstraint(
            ["adjudicator_id"], ["user.id"], name="fk_adjudication_adjudicator_id"
        ),
        sa.PrimaryKeyConstraint("photo_id", name="pk_adjudication"),
    )
    op.create_index("ix_adjudication_adjudicator_id", "adjudication", ["adjudicator_id"])
    op.create_table(
        "suggestion",
        *photo_column("suggestion"),
        sa.Column("recipe", sa.Integer(), nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("eyes", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("photo_id", name="pk_suggestion"),
    )
    op.create_table(
        "claim",
        *photo_column("claim"),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rater_id"], ["user.id"], ondelete="CASCADE", name="fk_claim_rater_id"
        ),
        sa.PrimaryKeyConstraint("photo_id", "rater_id", name="pk_claim"),
    )
    op.create_index("ix_claim_rater_id", "claim", ["rater_id"])
    op.create_index("ix_claim_until", "claim", ["until"])
    op.create_table(
        "setting",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )


def downgrade() -> None:
    """Drop what the version before has no place for: rulings, suggestions, claims and settings."""
    for table in ("setting", "claim", "suggestion", "adjudication"):
        op.drop_table(table)
    op.drop_index("rating_by_rater", "rating")
    with op.batch_alter_table("rating") as rating:
        rating.drop_column("over_eyes")
        rating.create_index("ix_rating_rater_id", ["rater_id"])
    op.drop_index("photo_kept", "photo")
