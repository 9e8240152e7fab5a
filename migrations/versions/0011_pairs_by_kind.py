"""the evidence of pairs as columns, and a table of its own for pairs of one person or of two"""

# ruff: noqa: S608  # statements are put together from this module's own text alone

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

FOUND_BY = """CASE
    WHEN evidence LIKE '% shared keypoints%' THEN 'keypoints'
    WHEN evidence IN ('pHash of the photo', 'pHash of the mirrored photo') THEN 'photo_phash'
    WHEN evidence IN ('pHash of the content', 'pHash of the mirrored content') THEN 'content_phash'
    WHEN evidence = 'same pixels' THEN 'pixels'
    ELSE 'phash' END"""
KEYPOINTS = """CASE WHEN evidence LIKE '% shared keypoints%' THEN CAST(
    replace(replace(evidence, ', mirrored', ''), ' shared keypoints', '') AS INTEGER) END"""
SAID = "('same post', 'same author', 'a rater''s word')"
ORIGIN = """CASE evidence
    WHEN 'same post' THEN 'post' WHEN 'same author' THEN 'author' ELSE 'rater' END"""
EVIDENCE = """CASE coalesce(found_by, origin)
    WHEN 'keypoints' THEN
        CAST(keypoints AS VARCHAR) || ' shared keypoints' || CASE WHEN mirrored THEN ', mirrored' ELSE '' END
    WHEN 'photo_phash' THEN 'pHash of the ' || CASE WHEN mirrored THEN 'mirrored ' ELSE '' END || 'photo'
    WHEN 'content_phash' THEN 'pHash of the ' || CASE WHEN mirrored THEN 'mirrored ' ELSE '' END || 'content'
    WHEN 'pixels' THEN 'same pixels'
    WHEN 'post' THEN 'same post'
    WHEN 'author' THEN 'same author'
    WHEN 'rater' THEN 'a rater''s word'
    ELSE 'phash' END"""


INDEXES = {
    "pair_by_time": ["decided_at"],
    "pair_by_decision": ["decision", "decided_at"],
    "pair_by_decider": ["decided_by", "decided_at"],
}
DECIDED = "photo_a_id, photo_b_id, decision, decided_by, decided_at"
MEASURED = "distance_bits, score, verified, alignment"


def upgrade() -> None:
    last = _last_id("duplicate_pair")
    op.execute("CREATE TEMPORARY TABLE old_pair AS SELECT * FROM duplicate_pair")
    op.drop_table("duplicate_pair")
    kinds = sa.CheckConstraint(
        "kind IN ('duplicate', 'person')", name=op.f("ck_photo_pair_kind_known")
    )
    _create_pairs("photo_pair", sa.Column("kind", sa.String(16), nullable=False), kinds)
    _create_duplicates()
    _create_persons()
    op.execute(
        f"INSERT INTO photo_pair (id, kind, {DECIDED}) SELECT id, "
        f"CASE WHEN evidence IN {SAID} THEN 'person' ELSE 'duplicate' END, {DECIDED} FROM old_pair"
    )
    op.execute(
        f"INSERT INTO duplicate_pair (id, found_by, keypoints, mirrored, {MEASURED}) "
        f"SELECT id, {FOUND_BY}, {KEYPOINTS}, evidence LIKE '%mirrored%', {MEASURED} "
        f"FROM old_pair WHERE evidence NOT IN {SAID}"
    )
    op.execute(
        "INSERT INTO person_pair (id, origin) "
        f"SELECT id, {ORIGIN} FROM old_pair WHERE evidence IN {SAID}"
    )
    op.execute("DROP TABLE old_pair")
    _count_on("photo_pair", last)


def downgrade() -> None:
    last = _last_id("photo_pair")
    op.execute(
        f"CREATE TEMPORARY TABLE old_pair AS SELECT photo_pair.id, {DECIDED}, "
        f"{EVIDENCE} AS evidence, {MEASURED} FROM photo_pair "
        "LEFT JOIN duplicate_pair ON duplicate_pair.id = photo_pair.id "
        "LEFT JOIN person_pair ON person_pair.id = photo_pair.id"
    )
    for table in ("person_pair", "duplicate_pair", "photo_pair"):
        op.drop_table(table)
    _create_pairs(
        "duplicate_pair",
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("distance_bits", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("alignment", sa.JSON(), nullable=True),
    )
    measured = (
        "coalesce(distance_bits, 0), coalesce(score, 0), coalesce(verified, 1 = 0), alignment"
    )
    op.execute(
        f"INSERT INTO duplicate_pair (id, {DECIDED}, evidence, {MEASURED}) "
        f"SELECT id, {DECIDED}, evidence, {measured} FROM old_pair"
    )
    op.execute("DROP TABLE old_pair")
    _measure_persons()
    _count_on("duplicate_pair", last)


def _create_pairs(table: str, *further: sa.Column[Any] | sa.CheckConstraint) -> None:
    """Create a table of two photos each and the decision on them, with further columns."""
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("photo_a_id", sa.Integer(), nullable=False),
        sa.Column("photo_b_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        *further,
        *(
            sa.ForeignKeyConstraint(
                [photo], ["photo.id"], ondelete="CASCADE", name=op.f(f"fk_{table}_{photo}")
            )
            for photo in ("photo_a_id", "photo_b_id")
        ),
        sa.UniqueConstraint(
            "photo_a_id", "photo_b_id", name=op.f(f"uq_{table}_photo_a_id_photo_b_id")
        ),
        sa.CheckConstraint("photo_a_id < photo_b_id", name=op.f(f"ck_{table}_ordered")),
        sa.CheckConstraint(
            "decision IN ('copy', 'same_person', 'different')",
            name=op.f(f"ck_{table}_decision_known"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f(f"ix_{table}_photo_b_id"), table, ["photo_b_id"])
    for name, columns in INDEXES.items():
        op.create_index(name, table, columns)


def _create_duplicates() -> None:
    op.create_table(
        "duplicate_pair",
        *_id_of_pair("duplicate_pair"),
        sa.Column("found_by", sa.String(16), nullable=False),
        sa.Column("keypoints", sa.Integer(), nullable=True),
        sa.Column("mirrored", sa.Boolean(), nullable=False),
        sa.Column("distance_bits", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("alignment", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "found_by IN ('phash', 'photo_phash', 'content_phash', 'keypoints', 'pixels')",
            name=op.f("ck_duplicate_pair_found_by_known"),
        ),
    )


def _create_persons() -> None:
    op.create_table(
        "person_pair",
        *_id_of_pair("person_pair"),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.CheckConstraint(
            "origin IN ('post', 'author', 'rater')", name=op.f("ck_person_pair_origin_known")
        ),
    )


def _id_of_pair(table: str) -> tuple[sa.Column[int], sa.Constraint, sa.Constraint]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["id"], ["photo_pair.id"], ondelete="CASCADE", name=op.f(f"fk_{table}_id")
        ),
    )


def _measure_persons() -> None:
    """Give pairs of which only the person was asked the distance that the version before kept."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT pair.id, a.phash, b.phash FROM duplicate_pair AS pair "
            "JOIN photo AS a ON a.id = photo_a_id JOIN photo AS b ON b.id = photo_b_id "
            f"WHERE evidence IN {SAID}"
        )
    )
    bits = [
        {"pair": pair, "bits": (int(first, 16) ^ int(second, 16)).bit_count()}
        for pair, first, second in rows
    ]
    if bits:
        distance = sa.text("UPDATE duplicate_pair SET distance_bits = :bits WHERE id = :pair")
        connection.execute(distance, bits)


def _last_id(table: str) -> int:
    """Return the last id given: those of deleted pairs mean no other pair."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        last = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return connection.scalar(last, {"name": table}) or 0
    return connection.scalar(sa.text(f"SELECT last_value FROM {table}_id_seq")) or 0


def _count_on(table: str, last: int) -> None:
    """Let a new table give ids that follow the last one."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text(f"SELECT setval('{table}_id_seq', {max(last, 1)})"))
        return
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
    if last:
        counted = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
        connection.execute(counted, {"name": table, "last": last})
