from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from townhall import (
    models,  # noqa: F401  importing the package is what fills the metadata
    schema,
)
from townhall.db import Base


def test_migrations_make_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_migrations_go_down_to_nothing_and_up_again(engine):
    tables = set(inspect(engine).get_table_names())

    schema.downgrade(engine, "base")
    left = set(inspect(engine).get_table_names())
    schema.upgrade(engine)

    assert left == {"alembic_version"}
    assert set(inspect(engine).get_table_names()) == tables
    assert schema.is_current(engine)
