"""the consent of persons and sources"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.CheckConstraint(
            "state IN ('none', 'asked', 'given', 'withdrawn')", name=op.f("ck_consent_state_known")
        ),
        sa.CheckConstraint(
            "(person_id IS NOT NULL AND photo_id IS NULL AND source IS NULL)"
            " OR (person_id IS NULL AND photo_id IS NOT NULL AND source IS NULL)"
            " OR (person_id IS NULL AND photo_id IS NULL AND source IS NOT NULL)",
            name=op.f("ck_consent_of_one"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_consent_person_id"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_consent_photo_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.UniqueConstraint("person_id", name="uq_consent_person_id"),
        sa.UniqueConstraint("photo_id", name="uq_consent_photo_id"),
        sa.UniqueConstraint("source", name="uq_consent_source"),
    )


def downgrade() -> None:
    """Drop all consent that was recorded; what was withdrawn stays excluded."""
    op.drop_table("consent")
