"""a chain of hashes over the events, and a version of each row that they changed"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

UNSEALED = sa.text("link IS NULL")
# An event is written, sealed, and never changed; only what it says can be erased, which its link still proves.
KEPT_OF_EVENT = ("id", "at", "actor", "action", "subject", "subject_id", "content", "link")
KEPT_OF_VERSION = ("id", "event_id", "table_name", "row_key", "content")


def upgrade() -> None:
    op.add_column("event", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("event", sa.Column("content", sa.String(64), nullable=True))
    op.add_column("event", sa.Column("link", sa.String(64), nullable=True))
    op.create_index(
        "event_unsealed", "event", ["id"], sqlite_where=UNSEALED, postgresql_where=UNSEALED
    )
    op.create_table(
        "row_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(32), nullable=False),
        sa.Column("row_key", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_row_version_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_row_version"),
    )
    op.create_index("ix_row_version_event_id", "row_version", ["event_id"])
    op.create_index("version_of_row", "row_version", ["table_name", "row_key", "id"])
    sealing = "OLD.link IS NULL"
    unsealed_or_erased = f"{sealing} OR {_erases(KEPT_OF_EVENT, ('before', 'after', 'reason'))}"
    if _is_sqlite():
        op.execute("DROP TRIGGER event_no_update")
        _refuse_in_sqlite("event", "UPDATE", unsealed_or_erased)
        _refuse_in_sqlite("row_version", "UPDATE", _erases(KEPT_OF_VERSION, ("columns",)))
        _refuse_in_sqlite("row_version", "DELETE")
    else:
        op.execute("DROP TRIGGER event_append_only ON event")
        _refuse_in_postgresql("event", unsealed_or_erased)
        _refuse_in_postgresql("row_version", _erases(KEPT_OF_VERSION, ("columns",)))


def downgrade() -> None:
    """Drop the chain, and what rows were before."""
    if _is_sqlite():
        op.execute("DROP TRIGGER event_no_update")
        _refuse_in_sqlite("event", "UPDATE")
    else:
        for change in ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER event_no_{change} ON event")
        op.execute(
            "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_event_change()"
        )
    op.drop_table("row_version")
    op.drop_index("event_unsealed", "event")
    for column in ("link", "content", "reason"):
        op.drop_column("event", column)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _erases(kept: tuple[str, ...], said: tuple[str, ...]) -> str:
    """Return the condition in SQL under which an update does no more than erase what was said."""
    same = "IS" if _is_sqlite() else "IS NOT DISTINCT FROM"
    conditions = [f"NEW.{column} {same} OLD.{column}" for column in kept]
    conditions += [
        f"(NEW.{column} IS NULL OR CAST(NEW.{column} AS TEXT) = 'null')" for column in said
    ]
    return f"({' AND '.join(conditions)})"


def _refuse_in_sqlite(table: str, change: str, unless: str = "") -> None:
    when = f"WHEN NOT ({unless}) " if unless else ""
    op.execute(
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {when}"
        "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
    )


def _refuse_in_postgresql(table: str, updating: str) -> None:
    refuse = "EXECUTE FUNCTION refuse_event_change()"
    for change, each in (
        ("UPDATE", f"FOR EACH ROW WHEN (NOT ({updating}))"),
        ("DELETE", "FOR EACH ROW"),
        ("TRUNCATE", "FOR EACH STATEMENT"),
    ):
        name = f"{table}_no_{change.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} {each} {refuse}")
