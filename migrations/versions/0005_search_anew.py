"""pairs that a laxer comparison found are sought anew, under ids that were never another pair's"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        again = {"sqlite_autoincrement": True}
        with op.batch_alter_table("duplicate_pair", recreate="always", table_kwargs=again):
            pass
    # Decisions stay; what was verified by a score alone may not be verified any more.
    op.execute("DELETE FROM duplicate_pair WHERE decision IS NULL")
    op.execute(sa.text("UPDATE photo SET pairs_sought = :no").bindparams(no=False))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("duplicate_pair", recreate="always") as pairs:
            pairs.create_primary_key(
                op.f("pk_duplicate_pair"), ["id"]
            )  # unnamed with AUTOINCREMENT
