"""Webhooks: who may call, what is confirmed and when, and several processes behind one address."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import telegram_secret
from tests.e2e.running import PATIENCE, STAND, WINDOW, Running, World, bind, comes, until
from tests.e2e.test_restart import locked
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VKEmulator

SECRET, CONFIRMATION = "a word of ours", "0f1e2d3c"


async def start(world: World, **more: Any) -> Running:
    world.vk.long_poll_enabled = False
    running = await world.start(updates="webhook", vk_secret=SECRET, vk_confirmation=CONFIRMATION, **more)
    await until(lambda: world.tg.webhook.get("url") == f"{running.url}/webhooks/telegram" or None, "the webhook is set")
    await until(lambda: running.app.channels["vk"].ready or None, "VK is connected")
    world.vk.deliver_to(f"{running.url}/webhooks/vk", SECRET)
    return running


async def test_telegram_calls_with_the_derived_secret(any_world: World) -> None:
    running, tg = await start(any_world), any_world.tg
    assert tg.webhook["secret_token"] == telegram_secret(running.app)
    client = tg.user(7)
    await comes(client, STAND, "5 Отлично")
    assert tg.calls["getUpdates"] == 0
    stolen = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "/start", **whose(tg, 66)}}
    for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}, {"X-Telegram-Bot-Api-Secret-Token": ""}):
        answer = await running.web.post("/webhooks/telegram", json=stolen, headers=headers)
        assert answer.status_code == 403
    assert (await running.one("SELECT count(*) FROM conversation"))[0] == 1
    malformed = {"X-Telegram-Bot-Api-Secret-Token": telegram_secret(running.app)}
    for body in (b"", b"{", b'{"update_id": "x"}', b"[" * 10_000):
        answer = await running.web.post("/webhooks/telegram", content=body, headers=malformed)
        assert answer.status_code == 200


def whose(tg: TelegramEmulator, id: int) -> dict[str, Any]:
    return {"from": tg.user(id).as_sender(), "chat": tg.user(id).native()}


async def test_vk_is_confirmed_and_a_stranger_is_not(any_world: World) -> None:
    running, vk = await start(any_world), any_world.vk
    url = f"{running.url}/webhooks/vk"
    assert await vk.confirm(url, SECRET) == CONFIRMATION
    body = {"type": "message_new", "object": {"message": {"from_id": 66, "peer_id": 66, "text": "Начать", "date": 1}}}
    for secret in ("", "guess"):
        assert (await vk.deliver(dict(body), url, secret))[0] == 403
    assert (await vk.deliver({**body, "group_id": 5}, url, SECRET))[0] == 403
    assert (await running.one("SELECT count(*) FROM conversation"))[0] == 0
    client = vk.user(7)
    await comes(client, STAND, "5 Отлично")
    assert vk.calls["a_check"] == 0
    assert (await running.one("SELECT score FROM response")).score == 5
    # «ok» only after the commit: the very same event is known by now.
    event = list(vk.events.values())[-1]
    assert await vk.deliver(event, url, SECRET) == (200, "ok")
    assert (await running.one("SELECT turn FROM conversation")).turn == 2


async def test_a_second_delivery_is_answered_once(any_world: World) -> None:
    running, tg, vk = await start(any_world), any_world.tg, any_world.vk
    person, other = tg.user(7), vk.user(8)
    await comes(person, STAND)
    await comes(other, STAND)
    update, event = await person.sends("2"), await other.sends("2")
    await person.gets("Что пошло не так?", PATIENCE)
    await other.gets("Что пошло не так?", PATIENCE)
    statuses = await asyncio.gather(*(tg.redeliver(update) for _ in range(4)))
    assert statuses == [200] * 4
    for _ in range(4):
        vk.redeliver(event)
    await until(lambda: True if vk.deliveries.pending == 0 else None, "all was delivered")
    await running.app.delivery.flush_marks()
    for texts in (person.texts, other.texts):
        assert sum("Что пошло не так?" in text for text in texts) == 1
    assert [row.turn for row in await running.rows("SELECT turn FROM conversation")] == [2, 2]


async def test_while_the_database_is_away_the_call_is_refused_and_comes_again(world: World) -> None:
    running, tg, vk = await start(world, database_timeout=0.3), world.tg, world.vk
    person, other = tg.user(7), vk.user(8)
    await comes(person, STAND)
    await comes(other, STAND)
    with locked(world.database):
        update = await person.sends("4")
        await other.sends("4")
        await person.gets("Отвечу чуть позже", PATIENCE)
        await other.gets("Отвечу чуть позже", PATIENCE)
        status = await tg.deliver(tg.updates[update], f"{running.url}/webhooks/telegram", telegram_secret(running.app))
        assert status == 503
    await person.gets("Что понравилось больше всего?", PATIENCE)
    await other.gets("Что понравилось больше всего?", PATIENCE)
    assert [row.turn for row in await running.rows("SELECT turn FROM conversation")] == [2, 2]


@pytest.fixture
async def shared(
    tg: TelegramEmulator, vk: VKEmulator, postgres_url: str, tmp_path: Path
) -> AsyncIterator[tuple[World, list[Running]]]:
    """Two processes' worth on one PostgreSQL database."""
    world = World(tg, vk, postgres_url, tmp_path)
    first = await world.start(updates="webhook", vk=False)
    await until(lambda: first.app.channels["telegram"].ready or None, "connected")
    while not await first.rows("SELECT 1 FROM lease WHERE name = 'deliver:telegram'"):
        await tg.until(lambda: True, PATIENCE)
    second = await world.start(updates="webhook", vk=False, name="elsewhere/1/1")
    await until(lambda: second.app.channels["telegram"].ready or None, "connected")
    yield world, [first, second]
    await world.close()


@pytest.mark.postgres
async def test_two_processes_share_the_load(shared: tuple[World, list[Running]]) -> None:
    world, processes = shared
    tg, secret = world.tg, telegram_secret(processes[0].app)
    assert secret == telegram_secret(processes[1].app)
    group = tg.group(-1_000_000_000_700)
    clients = [tg.user(n) for n in range(100, 110)]
    await bind(processes[0], "telegram", group.id)

    async def at_once(acts: list[Any]) -> None:
        """All events at the same moment, by turns to the one process and the other."""
        tg.hold()
        for act in acts:
            await act
        held: list[Any] = []

        def take(found: list[Any]) -> list[Any]:
            held.extend(found)
            return []

        tg.let_go(take)
        calls = [
            tg.deliver(update, f"{running.url}/webhooks/telegram", secret)
            for (_, update), running in zip(held, itertools.cycle(processes), strict=False)
        ]
        assert set(await asyncio.gather(*calls)) == {200}

    await at_once([client.starts(WINDOW) for client in clients])
    for client in clients:
        await client.gets("Как вас обслужили?", PATIENCE)
    # Four presses of each at once, two to each process.
    await at_once([client.presses("1 Очень плохо") for client in clients for _ in range(4)])
    for client in clients:
        await client.gets("Что пошло не так?", PATIENCE)
    running = processes[0]
    assert (await running.one("SELECT count(*), min(score), max(score) FROM response"))[:] == (10, 1, 1)
    assert (await running.one("SELECT count(*) FROM task"))[0] == 10
    for one in processes:
        one.later(seconds=61)
    # Both processes announce: still one alert, which grows by the other nine.
    await group.gets("Ещё 9 низких оценок здесь", PATIENCE)
    assert sum("Низкая оценка" in m.text for m in group.inbox) == 1
    for client in clients:
        for words in ("Как вас обслужили?", "Что пошло не так?"):
            assert sum(words in text for text in client.texts) == 1, (client.id, client.texts)
    turns = await running.rows("SELECT turn FROM conversation")
    assert [row.turn for row in turns] == [5] * 10
