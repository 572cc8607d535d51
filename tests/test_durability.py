"""A committed answer survives a power cut: what the databases themselves say of it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.db import Database, DatabaseAway
from tests.base.databases import PostgresTemplate
from tests.base.talk import Talk
from tests.dialogue.visits import WINDOW


async def test_sqlite_writes_through(sqlite_talk: Talk) -> None:
    await sqlite_talk.client("telegram", 7).starts(WINDOW)
    db = sqlite_talk.app.db
    async with db.writer.connect() as session:
        found = {
            name: (await session.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("synchronous", "journal_mode", "secure_delete", "foreign_keys")
        }
    assert found == {"synchronous": 2, "journal_mode": "wal", "secure_delete": 1, "foreign_keys": 1}


@pytest.mark.postgres
async def test_postgresql_waits_for_its_log(postgres_template: PostgresTemplate) -> None:
    db = Database(postgres_template.emptied())
    try:
        async with db.begin() as session:
            assert (await session.execute(text("SHOW synchronous_commit"))).scalar() == "on"
            assert (await session.execute(text("SHOW lock_timeout"))).scalar() == "4s"
    finally:
        await db.close()


async def test_a_locked_database_says_later(database_url: str) -> None:
    holder, waiter = Database(database_url), Database(database_url, timeout=0.2)
    try:
        async with holder.begin() as session:
            # SQLite has one writer at a time; on PostgreSQL a table must be locked for that.
            if not holder.sqlite:
                await session.execute(text("LOCK TABLE conversation"))
            with pytest.raises(DatabaseAway):
                async with waiter.begin() as other:
                    await other.execute(text("UPDATE conversation SET turn = 1"))
        async with waiter.begin() as other:
            await other.execute(text("UPDATE conversation SET turn = 1"))
    finally:
        await holder.close()
        await waiter.close()


async def test_an_absent_server_says_later() -> None:
    db = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none", timeout=0.5)
    try:
        with pytest.raises(DatabaseAway):
            async with db.begin():
                pass
    finally:
        await db.close()


async def test_what_failed_is_not_kept(talk: Talk) -> None:
    db = talk.app.db

    async def fail() -> None:
        async with db.begin() as session:
            await session.execute(text("INSERT INTO tick (job, tick) VALUES ('x', 'y')"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await talk.rows("SELECT 1 FROM tick WHERE job = 'x'") == []
