"""Stops, starts, and a database that is away for a while: nothing accepted is lost, nothing is said twice."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from bot.compose import CannotStart
from tests.e2e.running import PATIENCE, STAND, World, comes, until
from tests.emulators.loopback import Fault


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


async def test_a_second_process_may_not_poll(world: World) -> None:
    running = await world.start()
    async with running.app.db.begin() as session:
        await session.execute(text("UPDATE lease SET holder = 'elsewhere/1/1' WHERE name = 'polling'"))
    with pytest.raises(CannotStart, match="another process polls already"):
        await world.start()
