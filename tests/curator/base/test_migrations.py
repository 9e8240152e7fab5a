"""Migrations: each goes up, down and up again, keeps the rows, and together they make the models' tables."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Connection,
    Inspector,
    MetaData,
    Table,
    UniqueConstraint,
    column,
    inspect,
    null,
    select,
    table,
    text,
)

from curator.base.config import Config
from curator.base.db import open_engine
from curator.base.models.base import Base
from tests.curator import databases
from tests.curator.drawing import REGION

MIGRATIONS = Path(__file__).parents[3] / "migrations"
# The statements of what inspecting a table leaves out: indexes, triggers, and what these run.
STATEMENTS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION SELECT proname, pg_get_functiondef(oid) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
    """,
}
NOT_STUDIED = ("alembic_version", "alembic_version_pkc", "sqlite_sequence")
OF_EACH_TYPE: dict[type, Any] = {
    bool: False,
    bytes: b"some",
    date: date(2026, 1, 2),
    datetime: datetime(2026, 1, 2, 3, 4, 5),
    float: 0.5,
    int: 1,
    object: {"some": 1},  # JSON
    str: "some",
}
Schema = dict[str, Any]
Migrate = Callable[[str, str], None]
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def connection(unmade: Config) -> Iterator[Connection]:
    unmade.instance.mkdir(parents=True)
    with open_engine(unmade).begin() as connection:
        if connection.dialect.name == "postgresql":  # what is prepared fails once columns change
            opened = connection.connection.driver_connection
            assert opened
            opened.prepare_threshold = None
        yield connection


@pytest.fixture
def migrate(connection: Connection) -> Migrate:
    return partial(migrate_on, connection)


def migrate_on(connection: Connection, direction: str, revision: str) -> None:
    settings = AlembicConfig(attributes={"connection": connection})
    settings.set_main_option("script_location", str(MIGRATIONS))
    getattr(command, direction)(settings, revision)


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    script = ScriptDirectory(str(MIGRATIONS))
    return [one.revision for one in script.walk_revisions()][::-1]


def schema(connection: Connection) -> Schema:
    """Describe tables, indexes and triggers independently of the order of their creation."""
    inspector = inspect(connection)
    tables = set(inspector.get_table_names()) - set(NOT_STUDIED)
    made = connection.execute(text(STATEMENTS[connection.dialect.name]))
    statements = {name: " ".join(sql.split()) for name, sql in made if name not in NOT_STUDIED}
    return statements | {
        name: described(inspector, name, statements.get(name, "")) for name in tables
    }


def described(inspector: Inspector, table: str, statement: str) -> dict[str, list[str]]:
    parts: dict[str, Sequence[Any]] = {
        "columns": inspector.get_columns(table),
        "foreign keys": inspector.get_foreign_keys(table),
        "unique": inspector.get_unique_constraints(table),
        "checks": inspector.get_check_constraints(table),
        "primary key": [inspector.get_pk_constraint(table)],
        "ids": ["AUTOINCREMENT" in statement],
    }
    return {part: sorted(map(str, found)) for part, found in parts.items()}


def fill(connection: Connection) -> None:
    """Insert one row into every table, but two photos, since a pair needs two."""
    tables = MetaData()
    tables.reflect(connection)
    for made in tables.sorted_tables:
        for number in (1, 2) if made.name == "photo" else (1,):
            row = {each.name: value(made, each, number) for each in made.columns}
            if made.name not in NOT_STUDIED:
                connection.execute(made.insert().values(row))


def value(table: Table, column: Column[Any], number: int) -> Any:
    if any(key.column.table is table for key in column.foreign_keys):
        return None  # a copy would refer to another photo
    if table.name == "consent" and column.foreign_keys:
        return None  # it is a source's
    if column.name == "photo_b_id":
        return 2
    if column.name == "evidence" and table.name == "duplicate_pair":
        return "phash"  # of the sentences that were stored before 0011, the first version's
    kind = column.type.python_type
    if column.primary_key or column.name in unique_columns(table):
        return number if kind is int else str(number)
    return allowed(table, column.name) or OF_EACH_TYPE[kind]


def unique_columns(table: Table) -> set[str]:
    return {
        column.name
        for unique in table.constraints
        if isinstance(unique, UniqueConstraint)
        for column in unique.columns
    }


def allowed(table: Table, column: str) -> str | None:
    """Return the first value that a check such as `label IN ('positive', ...)` allows."""
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            found = re.match(rf"\W*{column}\W.*?'(\w+)'", str(check.sqltext))
            if found:
                return found[1]
    return None


def rows(connection: Connection) -> Rows:
    tables = set(inspect(connection).get_table_names()) - set(NOT_STUDIED)
    return {
        table: sorted(
            map(dict, connection.execute(text(f"SELECT * FROM {table}")).mappings()),  # noqa: S608
            key=str,
        )
        for table in (f'"{name}"' for name in sorted(tables))
    }


def in_common(rows: Rows, other: Rows) -> Rows:
    """Keep the tables and columns of `rows` that `other` has too."""
    return {
        table: [
            {name: cell for name, cell in row.items() if name in other[table][0]}
            for row in rows[table]
        ]
        for table in rows.keys() & other.keys()
        if other[table]
    }


def test_each_migration_goes_down_to_the_schema_before_it_and_up_again(
    connection: Connection, migrate: Migrate
) -> None:
    at = {"base": schema(connection)}
    for revision in revisions():
        migrate("upgrade", revision)
        at[revision] = schema(connection)
    for before in ["base", *revisions()][-2::-1]:
        migrate("downgrade", before)
        assert schema(connection) == at[before], f"after the way down to {before}"
    for revision in revisions():
        migrate("upgrade", revision)
        assert schema(connection) == at[revision], f"after the second way up to {revision}"


def test_rows_survive_migrating_down_and_up_again(connection: Connection, migrate: Migrate) -> None:
    migrate("upgrade", "head")
    fill(connection)
    assert all(rows(connection).values()), "every table has a row to lose"
    go_down(connection)


def go_down(connection: Connection) -> None:
    """Go down step by step, each of them twice; what both versions hold must stay as it is."""
    newest_first = revisions()[::-1]
    for after, before in pairwise(newest_first):
        for direction, target in (("downgrade", before), ("upgrade", after), ("downgrade", before)):
            there = rows(connection)
            migrate_on(connection, direction, target)
            kept = rows(connection)
            assert in_common(there, kept) == in_common(kept, there), f"{direction} to {target}"


def test_rows_of_every_version_survive_the_upgrade(
    connection: Connection, migrate: Migrate
) -> None:
    for revision in revisions():
        migrate("upgrade", revision)
        with connection.begin_nested() as savepoint:
            fill(connection)
            there = rows(connection)
            migrate("upgrade", "head")
            kept = rows(connection)
            assert {*there} <= {*kept}
            assert in_common(there, kept) == in_common(kept, there), f"from {revision}"
            savepoint.rollback()


def test_migrating_down_to_nothing_leaves_nothing_even_with_rows(
    connection: Connection, migrate: Migrate
) -> None:
    migrate("upgrade", "head")
    fill(connection)
    migrate("downgrade", "base")
    assert schema(connection) == {}


def test_the_migrations_make_the_tables_of_the_models(
    connection: Connection, migrate: Migrate, tmp_path: Path
) -> None:
    migrate("upgrade", "head")
    with open_engine(databases.unmade(tmp_path)).begin() as modelled:
        Base.metadata.create_all(modelled)
        expected = schema(modelled)
    made = schema(connection)
    further = [made[name] for name in made.keys() - expected.keys()]
    triggers = [each for each in further if each.startswith("CREATE TRIGGER")]
    guarded = re.findall(r"BEFORE (\w+) ON (?:public\.)?(\w+)", " ".join(triggers))
    changes = (
        ("UPDATE", "DELETE")
        if connection.dialect.name == "sqlite"
        else ("UPDATE", "DELETE", "TRUNCATE")
    )
    assert sorted(guarded) == sorted(product(changes, ("event", "row_version")))
    assert all(re.match(r"CREATE (OR REPLACE )?(TRIGGER|FUNCTION)", each) for each in further)
    assert not expected.keys() - made.keys()
    for name, parts in expected.items():
        assert without_defaults(made[name]) == without_defaults(parts), name


def without_defaults(parts: str | dict[str, list[str]]) -> str | dict[str, list[str]]:
    """Omit the defaults that a migration gave to rows older than the column."""
    if isinstance(parts, str):
        return parts
    columns = [re.sub(r"'default': (None|'.*?'|\".*?\"), ", "", one) for one in parts["columns"]]
    return parts | {"columns": columns}


# What 0010 kept as a sentence, and what 0011 keeps of it: found by or origin, shared keypoints, mirrored.
SENTENCES: dict[str, tuple[Any, ...]] = {
    "phash": ("phash", None, 0),
    "pHash of the photo": ("photo_phash", None, 0),
    "pHash of the mirrored photo": ("photo_phash", None, 1),
    "pHash of the content": ("content_phash", None, 0),
    "pHash of the mirrored content": ("content_phash", None, 1),
    "same pixels": ("pixels", None, 0),
    "7 shared keypoints": ("keypoints", 7, 0),
    "123 shared keypoints, mirrored": ("keypoints", 123, 1),
    "same post": ("post",),
    "same author": ("author",),
    "a rater's word": ("rater",),
}
OF_PERSONS = {"same post", "same author", "a rater's word"}


def fill_pairs(connection: Connection) -> None:
    """Give 0010 a pair of each kind, of photo 1 and another, and let deleted pairs have had ids up to 99."""
    tables = MetaData()
    tables.reflect(connection)
    batch, photo, pair = (tables.tables[name] for name in ("batch", "photo", "duplicate_pair"))
    connection.execute(batch.insert().values(defaults(batch)))
    for number in range(1, len(SENTENCES) + 2):
        alone = {"id": number, "file_sha256": str(number), "pixel_sha256": str(number)}
        none = {"person_id": None, "copy_of_id": None}
        phash = f"{2 ** (number - 1) - 1:016x}"  # lies number - 1 bits from that of photo 1
        connection.execute(photo.insert().values(defaults(photo) | alone | none | {"phash": phash}))
    for other, evidence in enumerate(SENTENCES, 2):
        photos = {"id": other, "photo_b_id": other, "distance_bits": other - 1}
        said = {"evidence": evidence, "decision": "different"}
        unmeasured = {"score": 0, "alignment": null()} if evidence in OF_PERSONS else {}
        connection.execute(pair.insert().values(defaults(pair) | photos | said | unmeasured))
    if connection.dialect.name == "sqlite":
        counted = "UPDATE sqlite_sequence SET seq = 99 WHERE name = 'duplicate_pair'"
    else:
        counted = "SELECT setval('duplicate_pair_id_seq', 99)"
    connection.execute(text(counted))


def last_id(connection: Connection, table: str) -> Any:
    """Return the last id that was given."""
    if connection.dialect.name == "sqlite":
        seq = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        return connection.scalar(seq, {"table": table})
    return connection.scalar(text(f"SELECT last_value FROM {table}_id_seq"))  # noqa: S608


def defaults(table: Table) -> dict[str, Any]:
    return {column.name: OF_EACH_TYPE[column.type.python_type] for column in table.columns}


def test_a_sentence_of_evidence_becomes_columns_and_a_sentence_again(
    connection: Connection, migrate: Migrate
) -> None:
    migrate("upgrade", "0010")
    fill_pairs(connection)
    there = rows(connection)
    migrate("upgrade", "0011")
    alike = text("SELECT found_by, keypoints, mirrored FROM duplicate_pair ORDER BY id")
    of_persons = text("SELECT origin FROM person_pair ORDER BY id")
    kept = [*connection.execute(alike), *connection.execute(of_persons)]
    assert kept == [*SENTENCES.values()]
    kinds = connection.execute(text("SELECT kind, decision FROM photo_pair ORDER BY id")).all()
    assert [kind == "person" for kind, _ in kinds] == [one in OF_PERSONS for one in SENTENCES]
    assert {decision for _, decision in kinds} == {"different"}
    migrate("downgrade", "0010")
    assert rows(connection) == there


def test_a_new_pair_gets_no_id_that_another_had(connection: Connection, migrate: Migrate) -> None:
    migrate("upgrade", "0010")
    fill_pairs(connection)
    for direction, revision, name in (
        ("upgrade", "0011", "photo_pair"),
        ("downgrade", "0010", "duplicate_pair"),
    ):
        migrate(direction, revision)
        assert last_id(connection, name) == 99


def test_a_region_equal_to_the_suggestion_was_accepted_and_its_photo_not_withheld(
    connection: Connection, migrate: Migrate
) -> None:
    migrate("upgrade", "head")
    fill(connection)
    migrate("downgrade", "0016")
    for suggested, origin in (("some", "accepted"), ("other", "")):
        connection.execute(text("UPDATE suggestion SET region = :region"), {"region": suggested})
        migrate("upgrade", "0017")
        assert connection.scalar(text("SELECT origin FROM rating")) == origin
        assert connection.scalar(text("SELECT origin FROM adjudication")) == origin
        withheld = "SELECT suggestion_withheld FROM photo WHERE id IN (SELECT photo_id FROM rating)"
        assert connection.scalar(text(withheld)) == 0
        migrate("downgrade", "0016")


KNOWN = {"label": "positive", "sex": "female", "evidence": "visual"}


def test_ratings_and_rulings_of_copies_count_on_the_kept_photo(
    connection: Connection, migrate: Migrate
) -> None:
    migrate("upgrade", "0013")
    tables = MetaData()
    tables.reflect(connection)
    names = ("batch", "user", "photo", "rating", "adjudication")
    batch, user, photo, rating, adjudication = (tables.tables[name] for name in names)
    connection.execute(batch.insert().values(defaults(batch)))
    for number in (1, 2):
        named = {"id": number, "name": str(number), "role": "annotator"}
        connection.execute(user.insert().values(defaults(user) | named))
    for number, copy_of in ((1, None), (2, 1), (3, 1), (4, None)):
        alone = {"id": number, "file_sha256": str(number), "pixel_sha256": str(number)}
        of = {"person_id": None, "copy_of_id": copy_of}
        connection.execute(photo.insert().values(defaults(photo) | alone | of))
    for number, (rated, by) in enumerate([(1, 1), (2, 1), (2, 2), (3, 2), (4, 2)], 1):
        when = datetime(2026, 11, number)  # as stored
        given = KNOWN | {"id": number, "photo_id": rated, "rater_id": by, "saved_at": when}
        connection.execute(rating.insert().values(defaults(rating) | given))
    ruled = KNOWN | {"photo_id": 3, "adjudicator_id": 1}
    connection.execute(adjudication.insert().values(defaults(adjudication) | ruled))
    migrate("upgrade", "head")
    counts = connection.execute(text("SELECT id, counts_on_id FROM rating ORDER BY id"))
    assert [*counts] == [(1, 1), (2, None), (3, None), (4, 1), (5, 4)]
    assert connection.execute(text("SELECT counts_on_id FROM adjudication")).scalar() == 1


def test_first_words_are_read_from_the_events(connection: Connection, migrate: Migrate) -> None:
    migrate("upgrade", "0017")
    tables = MetaData()
    tables.reflect(connection)
    names = ("batch", "user", "photo", "event")
    batch, user, photo, event = (tables.tables[name] for name in names)
    connection.execute(batch.insert().values(defaults(batch)))
    named = {"id": 7, "name": "ana", "role": "annotator"}
    connection.execute(user.insert().values(defaults(user) | named))
    for number, copy_of in ((1, None), (2, 1)):
        alone = {"id": number, "file_sha256": str(number), "pixel_sha256": str(number)}
        of = {"person_id": None, "copy_of_id": copy_of, "excluded_with_id": None}
        connection.execute(photo.insert().values(defaults(photo) | alone | of))
    said = {"label": "positive", "sex": "female", "evidence": "visual", "note": "", "version": 1}
    saved = [
        (2, "ana", said | {"region": REGION}),
        (1, "ana", said | {"label": "negative", "region": None}),
        (2, "ana", said | {"label": "unsure", "version": 2}),
        (1, "gone", said),
    ]
    for number, (rated, actor, after) in enumerate(saved, 1):
        what = {"action": "rating saved", "subject": "photo", "subject_id": rated}
        by = {"id": number, "actor": actor, "after": after}
        connection.execute(event.insert().values(defaults(event) | what | by))
    migrate("upgrade", "head")
    words = connection.execute(
        text("SELECT photo_id, rater_id, label, region, counts_on_id FROM first_word ORDER BY id")
    )
    assert [*words] == [(2, 7, "positive", REGION, 1), (1, 7, "negative", None, None)]
    values = connection.scalar(select(column("values", JSON)).select_from(table("first_word")))
    assert values == {"sex": "female", "evidence": "visual"}
