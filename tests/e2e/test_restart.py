"""Stops, starts, and a database that is away for a while: nothing accepted is lost, nothing is said twice."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.opening import CannotStart
from tests.base.databases import plain
from tests.e2e.running import PATIENCE, STAND, World, comes, until
from tests.emulators.loopback import Fault
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VKEmulator


@contextlib.contextmanager
def locked(database: str) -> Iterator[None]:
    """Another program holds the SQLite file for writing."""
    with contextlib.closing(sqlite3.connect(database.partition("///")[2], isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


async def test_a_reply_that_was_not_sent_comes_after_the_restart(any_world: World) -> None:
    tg, vk = any_world.tg, any_world.vk
    running = await any_world.start(network_timeout=30)
    person, other = tg.user(7), vk.user(8)
    await comes(person, STAND)
    await comes(other, STAND)
    tg.fail("sendMessage", Fault.hang)
    vk.fail("messages.send", Fault.hang)
    await person.presses("3 Нормально")
    await other.presses("3 Нормально")
    await tg.until(lambda: tg.hanging or None, PATIENCE, "Telegram hangs")
    await vk.until(lambda: vk.hanging or None, PATIENCE, "VK hangs")
    await running.stop()
    assert not any("Что пошло не так?" in text for text in person.texts + other.texts)
    await any_world.start()
    await person.gets("Что пошло не так?", PATIENCE)
    await other.gets("Что пошло не так?", PATIENCE)
    vk.release()
    tg.release()
    await other.presses("Другое")
    await other.gets("Что пошло не так?", PATIENCE)
    assert sum("Что пошло не так?" in text for text in other.texts) == 1


async def test_what_came_while_we_were_down_is_answered_once(any_world: World) -> None:
    tg, vk = any_world.tg, any_world.vk
    running = await any_world.start()
    person, other = tg.user(7), vk.user(8)
    await comes(person, STAND)
    await comes(other, STAND)
    await running.stop()
    await person.sends("4")
    await other.sends("4")
    running = await any_world.start()
    await person.gets("Что понравилось больше всего?", PATIENCE)
    await other.gets("Что понравилось больше всего?", PATIENCE)
    await person.presses("Пропустить")
    await other.presses("Пропустить")
    await person.gets("Что нам улучшить?", PATIENCE)
    await other.gets("Что нам улучшить?", PATIENCE)
    for texts in (person.texts, other.texts):
        assert sum("Что понравилось больше всего?" in text for text in texts) == 1
    assert [row.turn for row in await running.rows("SELECT turn FROM conversation")] == [3, 3]


async def test_a_batch_that_was_not_stored_comes_again(world: World) -> None:
    running = await world.start(database_timeout=0.3, hasty=True)
    person, other = world.tg.user(7), world.vk.user(8)
    await comes(person, STAND)
    await comes(other, STAND)
    with locked(world.database):
        await person.presses("4 Хорошо")
        await other.presses("4 Хорошо")
        await person.gets("Отвечу чуть позже", PATIENCE)
        await other.gets("Отвечу чуть позже", PATIENCE)
        polls = world.tg.calls["getUpdates"], world.vk.calls["a_check"]
        await until(lambda: world.tg.calls["getUpdates"] > polls[0] + 1 or None, "Telegram is asked again")
        await until(lambda: world.vk.calls["a_check"] > polls[1] + 1 or None, "VK is asked again")
        assert (await running.web.get("/healthz")).status_code == 200
    await person.gets("Что понравилось больше всего?", PATIENCE)
    await other.gets("Что понравилось больше всего?", PATIENCE)
    for texts in (person.texts, other.texts):
        assert sum("Отвечу чуть позже" in text for text in texts) == 1
    found = await running.rows("SELECT score FROM response")
    assert [row.score for row in found] == [4, 4]


@contextlib.asynccontextmanager
async def cut_off(database: str) -> AsyncIterator[None]:
    """The PostgreSQL server lets nobody in, and puts out who is there."""
    url = make_url(database)
    server = await asyncpg.connect(plain(url.set(database="postgres")))
    try:
        await server.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", url.database)
        yield
        await server.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
    finally:
        await server.close()


@pytest.mark.postgres
async def test_postgresql_that_goes_and_comes_back(
    tg: TelegramEmulator, vk: VKEmulator, postgres_url: str, tmp_path: Path
) -> None:
    world = World(tg, vk, postgres_url, tmp_path)
    running = await world.start(database_timeout=1, hasty=True)
    try:
        person, other = tg.user(7), vk.user(8)
        await comes(person, STAND)
        await comes(other, STAND)
        assert (await running.web.get("/readyz")).status_code == 200
        async with cut_off(postgres_url):
            assert (await running.web.get("/readyz")).status_code == 503
            assert (await running.web.get("/healthz")).status_code == 200
            await person.presses("4 Хорошо")
            await other.presses("4 Хорошо")
            await person.gets("Отвечу чуть позже", PATIENCE)
            await other.gets("Отвечу чуть позже", PATIENCE)
        await person.gets("Что понравилось больше всего?", PATIENCE)
        await other.gets("Что понравилось больше всего?", PATIENCE)
        assert (await running.web.get("/readyz")).status_code == 200
        assert [row.score for row in await running.rows("SELECT score FROM response")] == [4, 4]
    finally:
        await world.close()


async def test_a_second_process_may_not_poll(world: World) -> None:
    running = await world.start()
    async with running.app.db.begin() as session:
        await session.execute(text("UPDATE lease SET holder = 'elsewhere/1/1' WHERE name = 'polling'"))
    with pytest.raises(CannotStart, match="another process polls already"):
        await world.start()
