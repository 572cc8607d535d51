"""Engines, transactions and column types for SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import DateTime, Dialect, Table, event, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from backend import sqlite

Session = AsyncConnection
"""What functions of the backend take first. They never commit: whoever opened the transaction does."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as naive UTC: the only form that both databases compare alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a SQLModel class."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]  # SQLModel adds it at class creation


@cache
def _insert_new(insert: Any, table: Table) -> Any:
    return insert(table).on_conflict_do_nothing()


async def insert_new(session: Session, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert the rows that break no unique rule; gives how many were new (both databases, one statement)."""
    insert = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    if len(rows) == 1:
        return (await session.execute(_insert_new(insert, table), rows[0])).rowcount
    return (await session.execute(insert(table).values(rows).on_conflict_do_nothing())).rowcount


async def put_row(session: Session, table: Table, row: dict[str, Any], unique: str) -> None:
    """Insert the row, or replace the one that has the same unique value, in one statement."""
    insert = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    await session.execute(insert(table).values(row).on_conflict_do_update(index_elements=[unique], set_=row))


_SQLITE_PASSING = ("locked", "busy", "unable to open", "disk", "readonly", "interrupted")


class DatabaseAway(Exception):
    """The database is locked or cannot be reached; nothing was stored, the same work may be tried again."""


def is_passing(error: BaseException) -> bool:
    """Whether the error says «not now» rather than «never»."""
    if isinstance(error, PoolTimeout | OSError | asyncio.TimeoutError):
        return True
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.OperationalError):
        # «no such column» is an OperationalError too, and would come back for ever.
        return any(word in str(error.orig) for word in _SQLITE_PASSING)
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        # serialization failure, deadlock, lock timeout, connection classes, admin shutdown
        return error.connection_invalidated or (state or "")[:2] in {"08", "40", "53", "55", "57"}
    return type(error).__module__.startswith("asyncpg") and "Connection" in type(error).__name__


class Database:
    """One database: `begin` for turns and jobs (a writer), `read` for pages and reports (never locks)."""

    def __init__(self, url: str, timeout: float = 4.0) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self._timeout = timeout
        self.away: Callable[[], None] = lambda: None  # told of each transaction that raises DatabaseAway
        if self.sqlite:
            path = make_url(url).database
            if path and path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            # One writer connection: its queue is fair, while SQLite's own busy wait is a lottery of sleeps.
            creator = partial(sqlite.connect, path or "", timeout)
            self.writer = create_async_engine(
                url, pool_size=1, max_overflow=0, pool_timeout=timeout, async_creator=creator, hide_parameters=True
            )
            self.reader = create_async_engine(
                url, pool_size=4, max_overflow=0, pool_timeout=timeout, async_creator=creator, hide_parameters=True
            )
            _prepare_sqlite(self.writer, sqlite.BEGIN_WRITING, timeout)
            _prepare_sqlite(self.reader, "BEGIN", timeout)
        else:
            self.writer = create_async_engine(
                url,
                pool_size=10,
                max_overflow=0,
                pool_timeout=timeout,
                pool_use_lifo=True,
                hide_parameters=True,  # errors in the log must not carry what clients wrote
                connect_args={
                    "timeout": timeout,
                    "command_timeout": timeout,
                    "server_settings": {
                        "lock_timeout": str(int(timeout * 1000)),
                        "idle_in_transaction_session_timeout": "60000",
                        "synchronous_commit": "on",
                        "jit": "off",
                    },
                },
            )
            self.reader = self.writer

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Session]:
        """One transaction, committed at the end. Raises DatabaseAway for errors that pass."""
        try:
            async with self.writer.begin() as session:
                yield session
        except Exception as error:
            if is_passing(error):
                self.away()
                raise DatabaseAway(type(error).__name__) from error
            raise

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """A consistent view for reading. Raises DatabaseAway for errors that pass."""
        try:
            async with self.reader.connect() as session:
                yield session
        except Exception as error:
            if is_passing(error):
                self.away()
                raise DatabaseAway(type(error).__name__) from error
            raise

    async def scrub(self) -> None:
        """Make sure that what was deleted is gone from the files too: the log of SQLite is emptied (its pages are
        overwritten by `secure_delete`), PostgreSQL's dead rows of the day's secrets are vacuumed."""
        if not self.sqlite:
            async with self.writer.connect() as session:
                free = await session.execution_options(isolation_level="AUTOCOMMIT")
                await free.execute(text("VACUUM day_secret, response, conversation, invitation"))
            return
        path = make_url(self.url).database or ""

        def checkpoint() -> None:
            with contextlib.closing(sqlite3.connect(path, timeout=self._timeout)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        await asyncio.to_thread(checkpoint)

    async def close(self) -> None:
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def _prepare_sqlite(engine: AsyncEngine, begin: str, timeout: float) -> None:
    def connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a committed answer survives a power cut
            f"busy_timeout={int(timeout * 1000)}",
            "foreign_keys=ON",
            "secure_delete=ON",  # a destroyed day secret must not lie about in free pages
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", connect)
    event.listen(engine.sync_engine, "begin", start)
