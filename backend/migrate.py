"""Bringing a database to the newest schema: a copy first, then everything in one transaction, or nothing."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from backend import backups
from backend.backups import CannotCopy
from backend.db import Database

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_355_608_001  # any number that no other program uses for an advisory lock
LOCK_SECONDS = 60  # a table that another program holds longer than this stops the migration, not the office


class Unfit(RuntimeError):
    """This database cannot be used by this program as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a migration did. `before` is None for a database that was empty; `rows`: how many each table has."""

    before: str | None
    now: str
    copy: Path | None = None
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.before != self.now


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


def check(have: str | None, need: str) -> None:
    """Raises Unfit for a database that a newer version of the program has touched."""
    if have is not None and have > need:
        raise Unfit(
            f"DATABASE_URL: this database has schema {have}, newer than this program's {need}: update the program"
        )


async def upgrade(db: Database, now: datetime, folder: Path, *, copy: bool = True) -> Done:
    """Run what is missing; a database with data is copied to `folder` first (`copy`). Either all of it is done and
    every table has the rows it had, or the database is as it was. Raises Unfit, CannotCopy, or the error of a broken
    migration."""
    have, need = await current(db), newest()
    check(have, need)
    if have == need:
        return Done(have, need)
    async with _alone(db) as connection:
        # Another process may have done it while this one waited.
        have = await connection.run_sync(_current)
        await connection.rollback()
        if have == need:
            return Done(have, need)
        target = _copied(db, folder, now, need) if have is not None and copy else None
        rows = await connection.run_sync(_migrate, need)
        await connection.commit()
    return Done(have, need, target, rows)


def _copied(db: Database, folder: Path, now: datetime, need: str) -> Path:
    target = folder / f"before-migration-{need}-{now:%Y%m%d-%H%M%S}.{'db' if db.sqlite else 'dump'}"
    try:
        backups.make(db.url, target)
    except CannotCopy as error:
        raise CannotCopy(
            f"{error}\nБез копии база не обновляется. Сделайте место (или поставьте программу) и повторите, либо "
            "сохраните базу сами и запустите: python -m bot upgrade --no-backup"
        ) from None
    log.info("the database was copied to %s before the migration", target)
    return target


@contextlib.asynccontextmanager
async def _alone(db: Database) -> AsyncIterator[AsyncConnection]:
    """A connection for the one process that migrates. What is not committed is undone at the end."""
    if db.sqlite:
        async with db.writer.connect() as connection:  # its first statement takes the write lock
            try:
                yield connection
            finally:
                await connection.rollback()
        return
    # An index over a million rows takes longer than a turn may wait: no time limit here.
    engine = create_async_engine(
        db.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"server_settings": {"lock_timeout": f"{LOCK_SECONDS}s"}},
    )
    try:
        async with engine.connect() as guard, engine.connect() as connection:
            # On a connection of its own: a transaction that failed cannot give a lock back.
            free = await guard.execution_options(isolation_level="AUTOCOMMIT")
            await free.execute(text("SET lock_timeout = 0"))
            await free.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
            try:
                yield connection
            finally:
                await connection.rollback()
    finally:
        await engine.dispose()


def _migrate(connection: Connection, need: str) -> dict[str, int]:
    before = count(connection)
    run(connection, need)
    after = count(connection)
    lost = [f"{name}: {rows} → {after[name]}" for name, rows in before.items() if after.get(name, rows) != rows]
    if lost:
        raise RuntimeError(f"the migration has changed numbers of rows and was undone: {'; '.join(lost)}")
    read_all(connection)
    return after


def count(connection: Connection) -> dict[str, int]:
    """Rows of every table but alembic's own."""
    from backend.tables import metadata

    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    return {
        name: connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
        for name in sorted(there)
    }


def read_all(connection: Connection) -> None:
    """Read a row of every table with all its columns: raises what a missing one raises."""
    from backend.tables import metadata

    for table in metadata.sorted_tables:
        connection.execute(select(table).limit(1)).first()


def run(connection: Connection, target: str) -> None:
    """Upgrade or downgrade to the target revision on this connection, within its transaction."""
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
        # `_current` has begun a transaction: alembic leaves it to us, so that all steps are undone together.
        assert connection.in_transaction()
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        with environment.begin_transaction():
            environment.run_migrations()
