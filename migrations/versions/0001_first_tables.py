"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("collector", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("already_there", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event") as batch_op:
        batch_op.create_index("event_by_subject", ["subject", "subject_id"], unique=False)

    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name=op.f("uq_person_code")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'annotator', 'adjudicator', 'viewer')",
            name=op.f("ck_user_role_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("name", name=op.f("uq_user_name")),
    )
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("pixel_sha256", sa.String(length=64), nullable=False),
        sa.Column("phash", sa.String(length=16), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("original_name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("post_url", sa.String(), nullable=True),
        sa.Column("author_key", sa.String(length=64), nullable=True),
        sa.Column("caption", sa.String(), nullable=True),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.Column("collector", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("copy_of_id", sa.Integer(), nullable=True),
        sa.Column("excluded_reason", sa.String(), nullable=True),
        sa.Column("pairs_sought", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("copy_of_id != id", name=op.f("ck_photo_no_copy_of_itself")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_photo_batch_id")),
        sa.ForeignKeyConstraint(["copy_of_id"], ["photo.id"], name=op.f("fk_photo_copy_of_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_photo_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("file_sha256", name=op.f("uq_photo_file_sha256")),
        sa.UniqueConstraint("pixel_sha256", name=op.f("uq_photo_pixel_sha256")),
    )
    with op.batch_alter_table("photo") as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_author_key"), ["author_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_copy_of_id"), ["copy_of_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_pairs_sought"), ["pairs_sought"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_post_url"), ["post_url"], unique=False)

    op.create_table(
        "rejected_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_rejected_file_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_file")),
    )
    with op.batch_alter_table("rejected_file") as batch_op:
        batch_op.create_index(batch_op.f("ix_rejected_file_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "duplicate_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_a_id", sa.Integer(), nullable=False),
        sa.Column("photo_b_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("distance_bits", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('copy', 'same_person', 'different')",
            name=op.f("ck_duplicate_pair_decision_known"),
        ),
        sa.CheckConstraint("photo_a_id < photo_b_id", name=op.f("ck_duplicate_pair_ordered")),
        sa.ForeignKeyConstraint(
            ["photo_a_id"],
            ["photo.id"],
            name=op.f("fk_duplicate_pair_photo_a_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_b_id"],
            ["photo.id"],
            name=op.f("fk_duplicate_pair_photo_b_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pair")),
        sa.UniqueConstraint(
            "photo_a_id", "photo_b_id", name=op.f("uq_duplicate_pair_photo_a_id_photo_b_id")
        ),
    )
    with op.batch_alter_table("duplicate_pair") as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_pair_decision"), ["decision"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_duplicate_pair_photo_b_id"), ["photo_b_id"], unique=False
        )

    op.create_table(
        "export_member",
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["export.id"],
            name=op.f("fk_export_member_export_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], name=op.f("fk_export_member_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_id", "photo_id", name=op.f("pk_export_member")),
    )
    op.create_table(
        "file_name",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], name=op.f("fk_file_name_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "name", name=op.f("pk_file_name")),
    )
    with op.batch_alter_table("file_name") as batch_op:
        batch_op.create_index(batch_op.f("ix_file_name_name"), ["name"], unique=False)

    op.create_table(
        "rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "evidence IN ('hashtag', 'self_report', 'visual', 'clinician')",
            name=op.f("ck_rating_evidence_known"),
        ),
        sa.CheckConstraint(
            "label IN ('positive', 'negative', 'unsure')", name=op.f("ck_rating_label_known")
        ),
        sa.CheckConstraint(
            "sex IN ('female', 'male', 'unknown')", name=op.f("ck_rating_sex_known")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], name=op.f("fk_rating_photo_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["user.id"], name=op.f("fk_rating_rater_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint("photo_id", "rater_id", name=op.f("uq_rating_photo_id_rater_id")),
    )
    with op.batch_alter_table("rating") as batch_op:
        batch_op.create_index(batch_op.f("ix_rating_rater_id"), ["rater_id"], unique=False)

    op.create_table(
        "split_assignment",
        sa.Column("scheme", sa.String(length=64), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(length=8), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "split IN ('train', 'val', 'test')", name=op.f("ck_split_assignment_split_known")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photo.id"],
            name=op.f("fk_split_assignment_photo_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scheme", "photo_id", name=op.f("pk_split_assignment")),
    )
    _make_events_append_only()


def _make_events_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_no_{change.lower()} BEFORE {change} ON event "
                "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_event_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TRIGGER event_append_only ON event")
        op.execute("DROP FUNCTION refuse_event_change()")
    op.drop_table("split_assignment")
    with op.batch_alter_table("rating") as batch_op:
        batch_op.drop_index(batch_op.f("ix_rating_rater_id"))

    op.drop_table("rating")
    with op.batch_alter_table("file_name") as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_name_name"))

    op.drop_table("file_name")
    op.drop_table("export_member")
    with op.batch_alter_table("duplicate_pair") as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_pair_photo_b_id"))
        batch_op.drop_index(batch_op.f("ix_duplicate_pair_decision"))

    op.drop_table("duplicate_pair")
    with op.batch_alter_table("rejected_file") as batch_op:
        batch_op.drop_index(batch_op.f("ix_rejected_file_batch_id"))

    op.drop_table("rejected_file")
    with op.batch_alter_table("photo") as batch_op:
        batch_op.drop_index(batch_op.f("ix_photo_post_url"))
        batch_op.drop_index(batch_op.f("ix_photo_person_id"))
        batch_op.drop_index(batch_op.f("ix_photo_pairs_sought"))
        batch_op.drop_index(batch_op.f("ix_photo_copy_of_id"))
        batch_op.drop_index(batch_op.f("ix_photo_batch_id"))
        batch_op.drop_index(batch_op.f("ix_photo_author_key"))

    op.drop_table("photo")
    op.drop_table("user")
    op.drop_table("person")
    op.drop_table("export")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index("event_by_subject")

    op.drop_table("event")
    op.drop_table("batch")
