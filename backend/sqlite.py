"""SQLite for an event loop without a thread hop for each call: what SQLAlchemy's aiosqlite dialect needs of a driver.

The statements of a turn look up single rows and take microseconds, while handing one to a thread and back costs ten
times that, four times a statement. So statements run where they are; only what may wait – the write lock, the disk at
a commit – goes to a thread. Long reports do not belong here: `python -m bot figures` is a process of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
BEGIN_WRITING = "BEGIN IMMEDIATE"


class Cursor:
    """A cursor with the coroutines that the dialect awaits; all but one finish at once."""

    def __init__(self, connection: Connection) -> None:
        self._of = connection
        self._cursor = connection.raw.cursor()
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        if statement == BEGIN_WRITING:
            await self._of.begin_writing()
        else:
            self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> Cursor:
        self._cursor.executemany(statement, rows)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class Connection:
    """One connection; `timeout`: seconds to wait for the write lock of another process."""

    def __init__(self, path: str, timeout: float) -> None:
        # No transactions by the driver itself: BEGIN is ours.
        self.raw = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        self._timeout = int(timeout * 1000)
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._waiting: asyncio.Future[Any] | None = None
        self._changes = self.raw.total_changes
        self._connection: sqlite3.Connection | None = self.raw  # the dialect looks here whether it is open

    def cursor(self) -> Cursor:
        return Cursor(self)

    async def begin_writing(self) -> None:
        """Take the write lock: at once when it is free, else waiting for it in the thread."""
        self._changes = self.raw.total_changes
        self.raw.execute("PRAGMA busy_timeout=0")
        try:
            self.raw.execute(BEGIN_WRITING)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self.raw.execute(f"PRAGMA busy_timeout={self._timeout}")
        await self._in_thread(lambda: self.raw.execute(BEGIN_WRITING))

    async def commit(self) -> None:
        if self.raw.total_changes == self._changes:
            self.raw.commit()  # nothing was written: no disk to wait for
        else:
            await self._in_thread(self.raw.commit)
            self._changes = self.raw.total_changes

    async def rollback(self) -> None:
        await self._settled()
        self.raw.rollback()

    async def create_function(self, *arguments: Any, **more: Any) -> None:
        self.raw.create_function(*arguments, **more)

    async def close(self) -> None:
        await self._settled()
        self.stop()

    def stop(self) -> None:
        self._connection = None
        self._thread.shutdown(wait=False)
        self.raw.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self._waiting = asyncio.get_running_loop().run_in_executor(self._thread, work)
        # A cancelled turn must not leave the thread at work on a connection that others are given.
        found: T = await asyncio.shield(self._waiting)
        return found

    async def _settled(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            await asyncio.wait([self._waiting])


async def connect(path: str, patience: float) -> Connection:
    return Connection(path, patience)
