"""Used by the `alembic` command of developers (`alembic revision --autogenerate`); see `backend.migrate`."""

import os

from alembic import context
from sqlalchemy import create_engine

from backend.tables import metadata

url = os.environ.get("DATABASE_URL", "sqlite:///data/otklik.db").replace("+aiosqlite", "").replace("+asyncpg", "")
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
