"""annotators, projects and tasks of a Label Studio server"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "label_studio_annotator",
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("email", name="pk_label_studio_annotator"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name="fk_label_studio_annotator_user_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("user_id", name="uq_label_studio_annotator_user_id"),
    )
    op.create_table(
        "label_studio_project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("marker", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_label_studio_project"),
        sa.ForeignKeyConstraint(
            ["rater_id"],
            ["user.id"],
            name="fk_label_studio_project_rater_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("marker", name="uq_label_studio_project_marker"),
        sa.UniqueConstraint(
            "server", "name", "rater_id", name="uq_label_studio_project_server_name_rater_id"
        ),
    )
    op.create_index("ix_label_studio_project_rater_id", "label_studio_project", ["rater_id"])
    op.create_table(
        "label_studio_task",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("synced", sa.String(64), nullable=False),
        sa.Column("active_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "photo_id", name="pk_label_studio_task"),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["label_studio_project.id"],
            name="fk_label_studio_task_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photo.id"],
            name="fk_label_studio_task_photo_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_label_studio_task_photo_id", "label_studio_task", ["photo_id"])


def downgrade() -> None:
    for table in ("task", "project", "annotator"):
        op.drop_table(f"label_studio_{table}")
