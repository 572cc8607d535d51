"""Bringing a database to the newest schema at the start, with a copy of a SQLite file taken before."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from backend.db import Database, copy_sqlite, without_day_secrets

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_355_608_001  # any number that no other program uses for an advisory lock


def newest() -> str:
    """The revision that this program needs: the last file, since revisions are numbered."""
    return sorted(p.stem for p in (FOLDER / "versions").glob("[0-9]*.py"))[-1].partition("_")[0]


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


async def current(db: Database) -> str | None:
    """The revision of the database; None when it is empty."""
    async with db.reader.connect() as connection:
        return await connection.run_sync(_current)


async def upgrade(db: Database, now: datetime, backups: Path) -> None:
    """Run what is missing. A SQLite file with data is copied first. Raises RuntimeError for a database that a newer
    version of the program has touched."""
    have, need = await current(db), newest()
    if have == need:
        return
    if have is not None and have > need:
        raise RuntimeError(
            f"DATABASE_URL: this database has schema {have}, newer than this program's {need}: update the program"
        )
    if have is not None and db.sqlite:
        source = Path(make_url(db.url).database or "")
        target = backups / f"before-migration-{need}-{now:%Y%m%d-%H%M%S}.db"
        copy_sqlite(source, target)
        without_day_secrets(target)
        log.info("the database was copied to %s before the migration", target)
    async with db.writer.connect() as connection:
        if not db.sqlite:
            await connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        try:
            await connection.run_sync(run, need)
            await connection.commit()
        finally:
            if not db.sqlite:
                await connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
                await connection.commit()


def run(connection: Connection, target: str) -> None:
    """Upgrade or downgrade to the target revision on this connection."""
    # Imported here: alembic costs a third of a second, and most starts migrate nothing.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    from backend.tables import metadata

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    script = ScriptDirectory.from_config(config)
    have = _current(connection)
    down = have is not None and (target == "base" or target < have)

    def steps(revision: object, _context: object) -> list[object]:
        if down:
            return list(script._downgrade_revs(target, revision))  # type: ignore[arg-type]  # alembic's own callback type
        return list(script._upgrade_revs(target, revision))  # type: ignore[arg-type]  # alembic's own callback type

    with EnvironmentContext(config, script, fn=steps, as_sql=False) as environment:
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        with environment.begin_transaction():
            environment.run_migrations()
