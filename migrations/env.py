"""Runs the migrations on the connection that curator.base.db gives; `alembic` alone uses the instance's database."""

from alembic import context

from curator.base.config import from_environment
from curator.base.db import open_engine
from curator.base.models.base import Base


def main() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        with open_engine(from_environment()).begin() as connection:
            migrate(connection)
    else:
        migrate(connection)


def migrate(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter a table in place
    )
    with context.begin_transaction():
        context.run_migrations()


main()
