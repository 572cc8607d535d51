"""aiosqlite with fewer thread hops: what cannot wait runs where it is.

The statements of a turn look up single rows and take microseconds, while handing one to aiosqlite's thread and back
costs ten times that, four times a statement. Only what may wait – the write lock, the disk at a commit – goes to the
thread. Should aiosqlite ever stop calling `_execute`, everything goes to the thread again: slower, just as right.
Long reports do not belong here: `python -m bot figures` is a process of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import aiosqlite

BEGIN_WRITING = "BEGIN IMMEDIATE"


class Connection(aiosqlite.Connection):
    """A connection whose quick calls are made at once."""

    patience = 0.0  # seconds to wait for the write lock of another process

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if args[:1] == (BEGIN_WRITING,):
            return self._begin_at_once(fn, *args) or await self._in_thread(fn, *args)
        if getattr(fn, "__name__", "") == "commit" and self.in_transaction:
            return await self._in_thread(fn)
        return fn(*args, **kwargs)

    def _begin_at_once(self, begin: Callable[..., Any], *args: Any) -> Any:
        """Take the write lock if it is free; None when another process has it."""
        self._conn.execute("PRAGMA busy_timeout=0")
        try:
            return begin(*args)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return None
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={int(self.patience * 1000)}")

    async def _in_thread(self, fn: Callable[..., Any], *args: Any) -> Any:
        # A cancelled turn must not leave the thread at work on a connection that others are given.
        work = asyncio.ensure_future(super()._execute(fn, *args))  # type: ignore[no-untyped-call]  # not typed there
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise


async def connect(path: str, patience: float) -> aiosqlite.Connection:
    """An open connection that waits `patience` seconds for the write lock of another process."""
    connector = partial(sqlite3.connect, path, timeout=patience, isolation_level=None, check_same_thread=False)
    connection = Connection(connector, iter_chunk_size=64)
    connection.patience = patience
    connection._thread.daemon = True
    return await connection
