"""on which photo a rating or ruling counts: the kept one of its photo's copies"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# Of a rater's ratings of several copies that of the kept photo counts, else the last one.
COUNTS_ON = """
UPDATE {table} SET counts_on_id = (
    SELECT coalesce(photo.copy_of_id, photo.id) FROM photo WHERE photo.id = {table}.photo_id
)
WHERE {key} IN (
    SELECT ranked.{key} FROM (
        SELECT word.{key}, row_number() OVER (
            PARTITION BY coalesce(photo.copy_of_id, photo.id), {by}
            ORDER BY (photo.copy_of_id IS NULL) DESC, word.saved_at DESC, word.{key} DESC
        ) AS place
        FROM {table} AS word JOIN photo ON photo.id = word.photo_id
    ) AS ranked WHERE ranked.place = 1
)
"""


def upgrade() -> None:
    for table in ("rating", "adjudication"):
        op.add_column(table, sa.Column("counts_on_id", sa.Integer(), nullable=True))
    op.execute(COUNTS_ON.format(table="rating", key="id", by="word.rater_id"))
    op.execute(COUNTS_ON.format(table="adjudication", key="photo_id", by="1"))
    op.create_index("word", "rating", ["counts_on_id", "rater_id"], unique=True)
    op.create_index("ruling", "adjudication", ["counts_on_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ruling", "adjudication")
    op.drop_index("word", "rating")
    for table in ("adjudication", "rating"):
        op.drop_column(table, "counts_on_id")
