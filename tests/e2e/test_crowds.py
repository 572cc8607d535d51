"""One who floods, and one who jokes: the others must not notice."""

from __future__ import annotations

import re

import httpx

from backend import jobs
from bot.messages import Address, Fill, Incoming, Start
from tests.e2e.running import PATIENCE, STAND, WINDOW, Running, World, bind, comes, joins, until

JOKER_MARKS = 200


async def test_a_flood_of_one_client_does_not_take_the_others_time(world: World) -> None:
    running = await world.start(flood=True)
    flooder, other, third = world.tg.user(7), world.tg.user(8), world.vk.user(9)
    for number in range(1000):
        await flooder.sends(f"сообщение {number}")
    await other.starts(STAND)
    await third.starts(STAND)
    await other.gets("Как вас обслужили?", PATIENCE)
    await third.gets("Как вас обслужили?", PATIENCE)
    await other.presses("5 Отлично")
    await other.gets("Что понравилось", PATIENCE)
    await flooder.gets("Слишком много сообщений подряд", PATIENCE)
    await until(lambda: True if not world.tg.queue else None, "the whole flood is taken")
    assert sum("Слишком много сообщений подряд" in text for text in flooder.texts) == 1
    assert len(flooder.texts) < 80
    assert (await running.one("SELECT count(*) FROM conversation"))[0] == 3


async def joke(running: Running) -> None:
    """One more mark of a «visitor» with a cookie of his own, through real forms."""
    async with running.browser() as browser:
        page = await browser.post(f"/q/{WINDOW}/here", data={"event": "a" * 20}, follow_redirects=True)
        form = {name: found(page, name) for name in ("csrf", "event")}
        answer = await browser.post(page.url.path, data={**form, "keys": "1"})
        assert answer.status_code == 303


async def joke_fast(running: Running, number: int) -> None:
    """The same without HTTP, which would only take time."""
    hearing, traits = running.app.hearing, running.app.channels["web"].traits
    where = Address("web", f"joker{number}")
    await hearing.hear(Incoming("one", where, where, Start(WINDOW)), traits)
    step = (await hearing.look(where, traits)).step
    await hearing.hear(Incoming("two", where, where, Fill(step, ("1",))), traits)


def found(page: httpx.Response, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert match is not None, page.text
    return match[1]


async def test_a_mass_of_marks_is_marked_and_makes_one_alert(world: World) -> None:
    running = await world.start(vk=False)
    owner, group = await joins(running, world.tg.user(501), "demoev"), world.tg.group(-500)
    await bind(running, "telegram", group.id)
    for _ in range(10):
        await joke(running)
    for number in range(JOKER_MARKS - 10):
        await joke_fast(running, number)
    running.later(seconds=61)
    await group.gets(f"Ещё {JOKER_MARKS - 1} низких оценок здесь", PATIENCE)
    await owner.gets(f"Ещё {JOKER_MARKS - 1} низких оценок здесь", PATIENCE)
    await running.delivered()
    for screen in (group, owner):
        (alert,) = [message.text for message in screen.inbox if "Низкая оценка" in message.text]
        assert f"Низких оценок здесь за сегодня: {JOKER_MARKS}" in alert
    await jobs.once(running.app.db, "series", "now", lambda session: jobs.find_series(session, running.app.clock))
    assert (await running.one("SELECT count(*) FROM response WHERE series"))[0] == JOKER_MARKS
    assert (await running.one("SELECT count(*) FROM task WHERE status = 'new'"))[0] == JOKER_MARKS
    await owner.sends("/tasks")
    await owner.gets(f"{JOKER_MARKS} открытых задач", PATIENCE)
    # A real complaint elsewhere is heard as ever.
    await comes(world.tg.user(8), STAND, "1 Очень плохо")
    running.later(seconds=61)
    await group.gets("стенд", PATIENCE)
