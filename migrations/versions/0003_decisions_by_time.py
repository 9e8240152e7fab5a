"""indexes for the list of decisions, newest first"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("duplicate_pair") as batch_op:
        batch_op.drop_index("ix_duplicate_pair_decision")
        batch_op.create_index("pair_by_time", ["decided_at"])
        batch_op.create_index("pair_by_decision", ["decision", "decided_at"])
        batch_op.create_index("pair_by_decider", ["decided_by", "decided_at"])


def downgrade() -> None:
    with op.batch_alter_table("duplicate_pair") as batch_op:
        for name in ("pair_by_decider", "pair_by_decision", "pair_by_time"):
            batch_op.drop_index(name)
        batch_op.create_index("ix_duplicate_pair_decision", ["decision"])
