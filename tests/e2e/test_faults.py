"""What networks and messengers do to us, and what nobody may notice."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from bot.commands.run import report
from tests.e2e.running import PATIENCE, STAND, WINDOW, World, bind, comes, joins, until
from tests.emulators.loopback import Fault
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk_people import CHATS

TELEGRAM_FAULTS = {
    "429": Fault.too_many(1),
    "5xx": Fault.server_error,
    "html": Fault.bad_gateway,
    "html, done": Fault.html_after,
    "reset before": Fault.reset_before,
    "reset after": Fault.reset_after,
    "hang": Fault.hang,
}
VK_FAULTS = {
    **TELEGRAM_FAULTS,
    "429": Fault.error(6),
    "flood": Fault.error(10),
}
DONE_BEFORE_THE_ANSWER_WAS_LOST = {"html, done", "reset after", "hang"}


def to(id: int) -> Any:
    return lambda params: str(params.get("chat_id", params.get("peer_ids"))) == str(id)


async def test_telegram_replies_come_whatever_happens_to_the_call(world: World) -> None:
    await world.start(vk=False, network_timeout=0.5)
    clients = {name: world.tg.user(n) for n, name in enumerate(TELEGRAM_FAULTS, 100)}
    for name, client in clients.items():
        world.tg.fail("sendMessage", TELEGRAM_FAULTS[name], where=to(client.id))
        await client.starts(STAND)
    for name, client in clients.items():
        await client.gets("Как вас обслужили?", PATIENCE)
        await client.presses("3 Нормально")
        await client.gets("Что пошло не так?", PATIENCE)
        if name not in DONE_BEFORE_THE_ANSWER_WAS_LOST:
            assert sum("Как вас обслужили?" in text for text in client.texts) == 1, name
    world.tg.release()


async def test_vk_replies_come_exactly_once(world: World) -> None:
    await world.start(telegram=False, network_timeout=0.5)
    clients = {name: world.vk.user(n) for n, name in enumerate(VK_FAULTS, 100)}
    for name, client in clients.items():
        world.vk.fail("messages.send", VK_FAULTS[name], where=to(client.id))
        await client.starts(STAND)
    for client in clients.values():
        await client.gets("Как вас обслужили?", PATIENCE)
    world.vk.release()
    for client in clients.values():
        await client.presses("3 Нормально")
        await client.gets("Что пошло не так?", PATIENCE)
    for name, client in clients.items():
        assert sum("Как вас обслужили?" in text for text in client.texts) == 1, name
        assert len(client.inbox) == 2, name


async def test_telegram_alerts_come_whatever_happens_to_the_call(world: World) -> None:
    running = await world.start(vk=False, network_timeout=0.5)
    groups = {name: world.tg.group(-n) for n, name in enumerate(TELEGRAM_FAULTS, 100)}
    for name, group in groups.items():
        await bind(running, "telegram", group.id)
        world.tg.fail("sendMessage", TELEGRAM_FAULTS[name], where=to(group.id))
    await comes(world.tg.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    for name, group in groups.items():
        await group.gets("Низкая оценка", PATIENCE)
        assert len(group.inbox) == 1 or name in DONE_BEFORE_THE_ANSWER_WAS_LOST, name
    world.tg.release()


async def test_vk_alerts_come_exactly_once(world: World) -> None:
    running = await world.start(telegram=False, network_timeout=0.5)
    chats = {name: world.vk.chat(CHATS + n) for n, name in enumerate(VK_FAULTS, 1)}
    for name, chat in chats.items():
        await bind(running, "vk", chat.id)
        world.vk.fail("messages.send", VK_FAULTS[name], where=to(chat.id))
    await comes(world.vk.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    for chat in chats.values():
        await chat.gets("Низкая оценка", PATIENCE)
    world.vk.release()
    await running.delivered()
    for name, chat in chats.items():
        assert len(chat.inbox) == 1, name


async def test_receiving_goes_on_after_every_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.POLL_SECONDS", 1)
    monkeypatch.setattr("bot.channels.vk.WAIT", 1)
    running = await world.start(network_timeout=0.5, hasty=True)
    person, other = world.tg.user(7), world.vk.user(8)
    for n, name in enumerate(TELEGRAM_FAULTS):
        world.tg.fail("getUpdates", TELEGRAM_FAULTS[name])
        world.vk.fail("a_check", Fault.failed(1 + n % 3) if name == "429" else VK_FAULTS[name])
        await person.starts()
        await other.sends("Меню")
        await person.gets("", PATIENCE)
        await other.gets("", PATIENCE)
    world.vk.expire_key()
    await other.sends("Меню")
    await other.gets("", PATIENCE)
    # A webhook that somebody has set answers 409 to polling; it is taken away.
    world.tg.webhook = {"url": "http://127.0.0.1:9/", "max_connections": 1}
    world.tg.stop_waiting()
    await until(lambda: None if world.tg.webhook else True, "the webhook is gone")
    await person.starts()
    await person.gets("", PATIENCE)
    turns = await running.rows("SELECT turn FROM conversation ORDER BY channel")
    assert [row.turn for row in turns] == [8, 8]
    world.tg.release()
    world.vk.release()


async def test_a_dead_address_in_telegram_tells_the_next_in_the_chain(world: World) -> None:
    running, tg = await world.start(vk=False), world.tg
    owner = await joins(running, tg.user(501), "demoev")
    deputy = await joins(running, tg.user(502), "maketov")
    head = await joins(running, tg.user(503), "obraztsov")
    group = tg.group(-500)
    await bind(running, "telegram", group.id)
    owner.blocked, deputy.deactivated, group.life.status = True, True, "kicked"
    await comes(tg.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    await head.gets("Низкая оценка", PATIENCE)
    assert (await running.one("SELECT status FROM task")).status == "new"
    found = await running.rows("SELECT person, reachable FROM staff_address ORDER BY person")
    assert [(row.person, bool(row.reachable)) for row in found] == [
        ("demoev", False),
        ("maketov", False),
        ("obraztsov", True),
    ]
    assert not (await running.one("SELECT reachable FROM staff_group")).reachable
    # Back again, he is told again.
    await owner.sends("/menu")
    await owner.gets("Выберите, что вам нужно", PATIENCE)
    running.later(minutes=16)  # within a quarter of an hour it would join the first alert
    await comes(tg.user(8), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    await owner.gets("№ 2. Низкая оценка", PATIENCE)


@pytest.mark.parametrize("how", ["901", "902"])
async def test_a_dead_address_in_vk_tells_the_next_in_the_chain(world: World, how: str) -> None:
    running, vk = await world.start(telegram=False), world.vk
    owner = await joins(running, vk.user(501), "demoev")
    deputy = await joins(running, vk.user(502), "maketov")
    setattr(owner, *{"901": ("allowed", False), "902": ("private", True)}[how])
    await comes(vk.user(7), WINDOW, "1 Очень плохо")
    running.later(seconds=61)
    await deputy.gets("Низкая оценка", PATIENCE)
    assert (await running.one("SELECT status FROM task")).status == "new"


@pytest.mark.parametrize("told", [True, False])
async def test_a_client_who_has_gone_is_reported_to_staff(world: World, told: bool) -> None:
    running, tg = await world.start(vk=False), world.tg
    owner = await joins(running, tg.user(501), "demoev")
    client = tg.user(7)
    await comes(client, WINDOW, "1 Очень плохо", "Другое", "Готово")
    await client.gets("Что нам улучшить?", PATIENCE)
    await client.presses("Пропустить")
    await client.gets("Хотите узнать", PATIENCE)
    await client.presses("Да, хочу ответ")
    await client.gets("Сотрудник ответит", PATIENCE)
    alert = await owner.gets("Клиент ждёт ответа", PATIENCE)
    if told:
        await client.blocks()
    client.blocked = True
    await owner.presses("Ответить клиенту", alert)
    await owner.gets("Напишите ответ", PATIENCE)
    await owner.sends("Поставили второй стол")
    await owner.gets("Отправить?", PATIENCE)
    await owner.presses("Отправить")
    await owner.gets("Сообщения до клиента не доходят", PATIENCE)


async def test_telegram_that_is_away_at_the_start_takes_nobody_down(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    running = await world.start(telegram_api_url=f"http://127.0.0.1:{port}", network_timeout=0.5)
    await until(lambda: running.app.troubles.get("telegram"), "the trouble is known")
    told = await report(running.app, draw=False)
    assert "Telegram: включён, но cannot be reached now" in told
    assert "ВКонтакте: включён, режим" in told
    client = world.vk.user(7)
    await client.starts(STAND)
    await client.gets("Как вас обслужили?", PATIENCE)
    page = await running.web.get(f"/q/{WINDOW}")
    assert "vk.me/otklik" in page.text
    assert "t.me" not in page.text
    async with TelegramEmulator(port=port) as tg:
        person = tg.user(7)
        await person.starts(STAND)
        await person.gets("Как вас обслужили?", PATIENCE)
        assert "https://t.me/otklik_bot?start=" in (await running.web.get(f"/q/{WINDOW}")).text
        await running.stop()
