"""A fresh, migrated database for each test: the schema is made once a session and copied."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import URL, make_url

from backend.db import Database
from backend.migrate import upgrade

SERVER = "postgresql+asyncpg://postgres@127.0.0.1:5432/test"
Result = TypeVar("Result")


def run_aside(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine to its end in a thread: fixtures are plain functions, and the test's own loop is not theirs."""
    found: list[Result] = []
    failed: list[BaseException] = []

    def body() -> None:
        try:
            found.append(asyncio.run(work()))
        except BaseException as error:  # handed to the caller
            failed.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


async def _migrate(url: str, folder: Path) -> None:
    db = Database(url, 30)
    try:
        await upgrade(db, datetime.now(UTC), folder / "backups")
    finally:
        await db.close()


class SQLiteTemplate:
    """One migrated file; a test gets a copy of it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        run_aside(lambda: _migrate(f"sqlite+aiosqlite:///{self._file}", folder))

    def copy(self, folder: Path) -> str:
        target = folder / "otklik.db"
        shutil.copy(self._file, target)
        return f"sqlite+aiosqlite:///{target}"


class PostgresTemplate:
    """One migrated database of a loopback server. Tests share a copy of it that is emptied before each; a test that
    needs one of its own gets it. Raises OSError when nobody answers."""

    def __init__(self, folder: Path) -> None:
        self.server = make_url(os.environ.get("TEST_POSTGRES_URL") or SERVER)
        self._name = f"test_{secrets.token_hex(4)}_template"
        self._admin(f'CREATE DATABASE "{self._name}"')
        run_aside(lambda: _migrate(self._url(self._name), folder))
        self._shared = f"test_{secrets.token_hex(6)}"
        self._admin(f'CREATE DATABASE "{self._shared}" TEMPLATE "{self._name}"')

    def _url(self, name: str) -> str:
        return self.server.set(database=name).render_as_string(hide_password=False)

    def _admin(self, *statements: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(plain(self.server), timeout=5)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        run_aside(execute)

    @contextlib.contextmanager
    def copy(self, *, empty: bool = False) -> Iterator[str]:
        name = f"test_{secrets.token_hex(6)}"
        self._admin(f'CREATE DATABASE "{name}"' + ("" if empty else f' TEMPLATE "{self._name}"'))
        try:
            yield self._url(name)
        finally:
            self._admin(f'DROP DATABASE "{name}" WITH (FORCE)')

    def emptied(self) -> str:
        """The shared copy without a row: far cheaper than a database for each test."""

        async def empty() -> None:
            connection = await asyncpg.connect(plain(self.server.set(database=self._shared)), timeout=5)
            try:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                tables = await connection.fetch(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
                )
                numbers = await connection.fetch("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
                statements = [f'DELETE FROM "{row[0]}"' for row in tables]  # noqa: S608  names from the catalogue
                statements += [f'ALTER SEQUENCE "{row[0]}" RESTART' for row in numbers]
                await connection.execute(";".join(statements))
            finally:
                await connection.close()

        run_aside(empty)
        return self._url(self._shared)

    def close(self) -> None:
        for name in (self._shared, self._name):
            self._admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def plain(url: URL) -> str:
    """The same address for asyncpg itself and for the tools of PostgreSQL."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
