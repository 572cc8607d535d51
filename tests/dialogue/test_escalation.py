"""A task that nobody takes, solves or answers: who hears of it, when, and what staff read about it."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend import escalation, tasks
from bot.channels import TryLater, Unreachable
from bot.commands import tasks as command
from bot.messages import Press, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.talk import OFFICE, Person, Talk, edges, open_talk
from tests.dialogue.visits import STAND, WINDOW, complains

TELEGRAM_AWAY = 3


def local(day: int, clock: str, month: int = 11) -> datetime:
    hour, _, minute = clock.partition(":")
    return datetime(2026, month, day, int(hour) - 3, int(minute), tzinfo=UTC)


async def goes_on(talk: Talk, until: datetime) -> None:
    """Time passes; a minute of jobs before that moment, one after."""
    for moment in (until - timedelta(minutes=1), until + timedelta(minutes=1)):
        talk.now = moment
        await talk.minute()


async def team(talk: Talk) -> tuple[Person, Person, Person, Person]:
    """Owner, deputy and head of window 104, and the administrator."""
    names = ("demoev", "maketov", "obraztsov", "primerova")
    owner, deputy, head, boss = [await talk.joins(name) for name in names]
    return owner, deputy, head, boss


async def complaint(talk: Talk, *, wants: bool = False, token: str = WINDOW, ident: int = 7) -> None:
    await complains(talk.client("telegram", ident), wants=wants, token=token)
    await talk.minute()


async def journal(talk: Talk, action: str) -> list[str]:
    return [r[0] for r in await talk.rows("SELECT details FROM journal WHERE action = :a ORDER BY id", a=action)]


async def test_what_nobody_takes_rises_level_by_level(talk: Talk) -> None:
    people = owner, deputy, _head, boss = await team(talk)
    await complaint(talk)
    assert [len(p.posted) for p in people] == [1, 0, 0, 0]
    await goes_on(talk, local(23, "14:45"))
    assert [len(p.posted) for p in people] == [1, 1, 0, 0]
    assert "Никто не взял за 4 рабочих часа – сообщили заместителю" in deputy.posted[0].text
    assert "сообщили заместителю" in owner.posted[0].text  # the posted card follows
    await goes_on(talk, local(24, "9:46"))
    assert [len(p.posted) for p in people] == [1, 1, 1, 0]
    await goes_on(talk, local(24, "14:32"))
    assert [len(p.posted) for p in people] == [1, 1, 1, 1]
    assert "сообщили администратору" in boss.posted[0].text
    await goes_on(talk, local(30, "12:00"))
    assert [len(p.posted) for p in people] == [1, 1, 1, 1]
    assert await journal(talk, "escalation.rise") == ["1", "2", "3"]
    assert await journal(talk, "escalation.gap") == []


async def test_taking_it_stops_the_clock(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner, deputy, *_ = await team(talk)
    await complaint(talk)
    await owner.presses("take")
    await goes_on(talk, local(23, "16:00"))
    assert deputy.posted == []
    assert await journal(talk, "escalation.rise") == []


async def test_taken_without_a_result_reminder_then_back_to_the_queue(talk: Talk) -> None:
    owner, deputy, head, _ = await team(talk)
    await complaint(talk)
    talk.now = local(24, "9:00")
    await deputy.types("задачи")
    await deputy.presses("open", "take")
    await goes_on(talk, local(25, "17:30"))
    assert len(deputy.posted) == 2  # the card of what he has taken, then the reminder
    reminder = deputy.posted[-1]
    assert "Напоминание: задача у вас, результата ещё нет. Через 8 рабочих часов" in reminder.text
    assert [b.key for b in buttons_of(reminder)][:1] == ["close"]
    assert len(owner.posted) == 1
    await goes_on(talk, local(26, "17:16"))
    task = await talk.one("SELECT status, person, level FROM task")
    assert tuple(task) == ("new", None, 0)
    assert len(owner.posted) == 2  # his turn again, as news
    assert "Вернулась в общую очередь: за 24 рабочих часа нет результата" in owner.posted[-1].text
    assert any("Задача вернулась в общую очередь" in post.text for post in deputy.posted)
    assert head.posted == []
    assert await journal(talk, "escalation.take_back") == ["Макетов Т. Р."]


async def test_an_answer_to_the_client_starts_the_clock_of_the_holder_anew(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner, *_ = await team(talk)
    await complaint(talk, wants=True)
    await owner.presses("take")
    talk.now = local(24, "17:00")
    await owner.presses("answer")
    await owner.types("Поставили второй стол")
    await owner.presses("send")
    await goes_on(talk, local(25, "17:00"))
    assert not any("Напоминание: задача" in p.text for p in owner.posted)


async def test_a_promise_is_remembered_and_then_the_head_hears(talk: Talk) -> None:
    owner, deputy, head, boss = await team(talk)
    await complaint(talk, wants=True)
    await owner.presses("take")
    await goes_on(talk, local(25, "9:00"))
    assert sum("Напоминание: клиент ждёт ответа" in p.text for p in owner.posted) == 1
    await goes_on(talk, local(27, "9:00"))
    assert len(head.posted) == 1
    assert head.posted[0].text.startswith("СРОК ПРОШЁЛ. Клиенту обещали ответить до 26 ноября")
    assert (deputy.posted, boss.posted) == ([], [])
    await owner.types("задачи")
    assert "СРОК ПРОШЁЛ" in owner.labels[0]
    await goes_on(talk, local(30, "9:00"))
    assert len(head.posted) == 1
    assert await journal(talk, "escalation.promise_late") == ["2026-11-26"]


async def test_a_broken_promise_without_a_head_goes_to_the_administrator(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    boss = await talk.joins("primerova")
    owner = await talk.joins("demoev")
    await complaint(talk, wants=True)
    await owner.presses("take")
    await goes_on(talk, local(27, "9:00"))
    (alert,) = boss.posted
    assert "СРОК ПРОШЁЛ" in alert.text
    assert "Руководитель не подключён к боту – сообщили администратору" in alert.text
    assert await journal(talk, "escalation.gap") == ["2out"]


async def test_a_gap_is_told_and_logged_once(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    deputy = await talk.joins("maketov")
    await complaint(talk)
    assert "Владелец точки не подключён к боту – сообщили заместителю" in deputy.posted[0].text
    assert await journal(talk, "escalation.gap") == ["0out"]
    assert (await talk.one("SELECT level FROM task")).level == 1
    head = await talk.joins("obraztsov")
    await goes_on(talk, local(23, "14:45"))
    assert "Никто не взял" in head.posted[0].text  # straight to the next one above
    assert await journal(talk, "escalation.gap") == ["0out"]


async def test_all_owners_absent_and_the_administrator_gets_it(talk: Talk) -> None:
    people = owner, deputy, head, boss = await team(talk)
    for person in (owner, deputy, head):
        await person.presses_old("away", "today")
        await person.presses(person.labels[0])
    await complaint(talk)
    assert [len(p.posted) for p in people] == [0, 0, 0, 1]
    assert (
        "Владелец точки отсутствует, заместитель отсутствует, руководитель отсутствует – сообщили администратору"
        in boss.posted[0].text
    )
    assert await journal(talk, "escalation.gap") == ["0away", "1away", "2away"]


async def test_what_reached_nobody_is_pushed_when_somebody_responsible_joins(talk: Talk) -> None:
    await complaint(talk)
    assert len(await journal(talk, "alert.nobody")) == 1
    await goes_on(talk, local(23, "14:45"))
    stranger = await talk.joins("chernykh")  # not responsible for window 104
    await talk.minute()
    assert stranger.posted == []
    assert len(await journal(talk, "alert.nobody")) == 1
    deputy = await talk.joins("maketov")
    await talk.minute()
    assert len(deputy.posted) == 1
    assert "Никому не сообщили" not in deputy.posted[0].text


async def test_people_of_a_chosen_topic_hear_beside_the_owner(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner, deputy, _, boss = await team(talk)
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    await client.presses("2", "access", "done", "skip", "no")
    await talk.minute()
    assert [len(p.posted) for p in (owner, boss, deputy)] == [1, 1, 0]
    assert "Трудно попасть внутрь" in boss.posted[0].text
    # A second mark joins the first alert; what is new in it still reaches its own people.
    writer = await talk.joins("shablonova")
    client = talk.client("telegram", 8)
    await client.starts(WINDOW)
    await client.presses("1", "information", "done", "skip", "no")
    await talk.minute()
    assert (len(owner.posted), len(writer.posted)) == (1, 1)


async def test_words_of_danger_rise_by_real_minutes_at_night(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    people = _owner, _, head, _boss = await team(talk)
    talk.now = local(28, "23:00")
    await talk.client("vk", 5).types("помогите, человек не дышит")
    await talk.minute()
    assert [len(p.posted) for p in people] == [1, 0, 0, 0]
    await goes_on(talk, local(28, "23:30"))
    assert "Никто не взял за 30 минут" in head.posted[0].text  # nobody is named as deputy there
    await goes_on(talk, local(28, "23:30") + timedelta(minutes=32))
    assert [len(p.posted) for p in people] == [1, 0, 1, 1]


async def scenario(first: Talk, *others: Talk) -> tuple[list[object], list[object]]:
    """A week of three complaints that nobody answers, with all these processes looking at the same moments. Gives what
    the journal says and what was to be told."""
    owner, *_ = await team(first)
    for number, token in enumerate((WINDOW, STAND, "3ZT9K6BP"), 1):
        await complaint(first, token=token, ident=number, wants=True)
    await owner.presses_old("task.1", "take")

    async def look(talk: Talk) -> None:
        app = talk.app
        for _ in range(3):
            async with app.db.begin() as session:
                await escalation.run(session, app.office, app.calendar(), talk.now)
            await app.delivery.announce_due()

    for moment in (local(25, "9:01"), local(26, "12:00"), local(27, "9:01"), local(27, "16:00")):
        for talk in (first, *others):
            talk.now = moment
        await asyncio.gather(*(look(talk) for talk in (first, *others)))
    done = await first.rows("SELECT action, subject, details FROM journal WHERE action LIKE 'escalation.%'")
    causes = await first.rows("SELECT cause FROM outbox WHERE kind = 'alert'")
    return sorted(map(tuple, done)), sorted(map(tuple, causes))


async def test_two_processes_escalate_at_once_and_one_acts(
    database_url: str, sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    async with open_talk(sqlite_template.copy(alone), alone) as talk:
        expected = await scenario(talk)
    async with open_talk(database_url, tmp_path) as one, open_talk(database_url, tmp_path) as two:
        done, causes = await scenario(one, two)
    assert (done, causes) == expected
    actions = [row[0] for row in done]  # type: ignore[index]  # tuples
    assert {"escalation.rise", "escalation.remind", "escalation.promise_soon", "escalation.promise_late"} <= set(
        actions
    )


async def test_a_clock_that_jumps_back_an_hour_repeats_and_loses_nothing(talk: Talk) -> None:
    people = await team(talk)
    await complaint(talk, wants=True)
    await goes_on(talk, local(23, "14:45"))
    for back in range(3):
        talk.now = local(23, "13:50") + timedelta(minutes=back)
        await talk.minute()
    assert [len(p.posted) for p in people] == [1, 1, 0, 0]
    await goes_on(talk, local(23, "14:45"))
    assert [len(p.posted) for p in people] == [1, 1, 0, 0]
    await goes_on(talk, local(24, "9:47"))
    assert [len(p.posted) for p in people] == [1, 1, 1, 0]
    talk.now = local(24, "8:50")
    await talk.minute()
    await goes_on(talk, local(24, "9:47"))
    assert [len(p.posted) for p in people] == [1, 1, 1, 0]
    assert await journal(talk, "escalation.rise") == ["1", "2"]


async def test_a_task_changed_meanwhile_is_left_alone(sqlite_talk: Talk) -> None:
    """What `run` has read and what stands in the database may differ by a press."""
    talk = sqlite_talk
    owner, *_ = await team(talk)
    await complaint(talk)
    talk.now = local(23, "14:46")
    async with talk.app.db.begin() as session:
        (read,) = await tasks.to_look_at(session, talk.now, 10)
    await owner.presses("take")
    async with talk.app.db.begin() as session:
        assert not await tasks.step(session, read, talk.now, level=1, tell=True)
    assert (await talk.one("SELECT level, status FROM task")).level == 0


async def test_tasks_from_before_the_clock_are_looked_at_too(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    _, deputy, *_ = await team(talk)
    await complaint(talk)
    async with talk.app.db.begin() as session:
        await session.execute(tasks.table.update().values(next_at=None, since=None))
    await goes_on(talk, local(23, "14:50"))
    assert len(deputy.posted) == 1


async def test_outside_office_hours_alerts_wait_for_the_opening(talk: Talk) -> None:
    talk.app.delivery.alert_hours = "office"
    owner, deputy, *_ = await team(talk)
    talk.now = local(23, "21:00")
    await complaint(talk)
    await complaint(talk, token=STAND, ident=8)
    assert owner.posted == []
    await owner.types("задачи")
    assert "уйдёт завтра в 9:00" in owner.labels[0]
    await owner.presses("open")
    assert "Оповещение уйдёт завтра в 9:00" in owner.text
    # Closed before the morning: the alert that waited is not sent.
    await owner.presses("close")
    await owner.types("Поставили второй стол")
    talk.now = local(24, "9:01")
    await talk.minute()
    assert owner.posted == []
    # The clock of the other one began with the opening.
    assert [len(p.posted) for p in (deputy,)] == [0]
    assert (await talk.one("SELECT since FROM task WHERE id = 2")).since is not None
    await goes_on(talk, local(24, "13:00"))
    assert await journal(talk, "escalation.rise") == ["1"]


async def test_danger_does_not_wait_not_even_where_a_low_mark_did(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    talk.app.delivery.alert_hours = "office"
    owner = await talk.joins("demoev")
    talk.now = local(23, "21:00")
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    await client.presses("2", "queue", "done")
    await talk.after(seconds=90)
    assert owner.posted == []
    await client.types("Здесь пожар!")
    await talk.settle()
    assert owner.posted
    assert "СРОЧНО" in owner.posted[-1].text


async def test_the_list_has_pages_with_the_most_urgent_first(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    owner = await talk.joins("demoev")
    async with talk.app.db.begin() as session:
        for _ in range(119):
            await tasks.open_task(
                session,
                kind="low_score",
                channel="web",
                now=talk.now,
                announce_at=talk.now,
                subject_kind="point",
                subject="Т5",
            )
        await tasks.open_task(session, kind="danger", channel="web", now=talk.now, announce_at=talk.now)
    await owner.types("задачи")
    assert "120 открытых задач" in owner.text
    assert owner.labels[0].startswith("№ 120 · опасность")
    assert "Показано 1–50 из 120" in owner.text
    await owner.presses("Ещё")
    assert "51–100" in owner.text
    await owner.types("1")
    assert "№ 50. Низкая оценка" in owner.text
    await owner.sends(Press("tasks", "from.100"))
    assert (len([b for b in owner.labels if b.startswith("№")]), "Ещё" in owner.labels) == (20, False)
    await owner.presses("В начало списка")
    assert owner.labels[0].startswith("№ 120")
    await owner.sends(Press("tasks", "from.9999"))
    assert owner.labels[0].startswith("№ 120")
    for key in ("from.x", "from.99999999", "what"):
        await owner.sends(Press("tasks", key))
        assert owner.labels[0].startswith("№ 120")
    stranger = talk.client("telegram", 1)
    await stranger.sends(Press("tasks", "from.50"))
    assert "только для сотрудников" in stranger.text


@pytest.mark.parametrize("channel", ["vk", "web"])
async def test_the_pages_of_the_list_in_other_channels(sqlite_talk: Talk, channel: str) -> None:
    talk = sqlite_talk
    owner = await talk.joins("demoev", channel, "browser1" if channel == "web" else 77)
    async with talk.app.db.begin() as session:
        for _ in range(60):
            await tasks.open_task(session, kind="danger", channel="web", now=talk.now, announce_at=talk.now)
    await owner.types("задачи")
    await owner.presses("Ещё")
    assert "51–60" in owner.text
    assert sum(label.startswith("№") for label in owner.labels) == 10


# --- python -m bot tasks ----------------------------------------------------------------------------------


async def shown(talk: Talk, *, closed: bool = False) -> str:
    app = talk.app
    async with app.db.read() as session:
        lines = await command._lines(session, app.settings, app.office, talk.now, closed=closed)
    text = command._page(lines, closed=closed)
    assert all(len(line) <= 100 for line in text.splitlines()), text
    return text


async def test_the_administrator_sees_what_waits_and_why(talk: Talk) -> None:
    await complaint(talk)
    text = await shown(talk)
    assert "№ 1. Низкая оценка · Окно приёма документов, кабинет 104" in text
    assert "Никто из ответственных не подключён к боту" in text
    owner, deputy, *_ = await team(talk)
    await talk.minute()
    text = await shown(talk)
    assert "никто не взял · уровень: владелец" in text
    assert "дальше: сегодня в 14:45 узнает заместитель: Макетов Т. Р." in text
    await owner.presses("take")
    await talk.minute()
    assert "в работе с 10:00: Демоев Э. Р." in await shown(talk)
    assert "дальше: 24 ноября" not in await shown(talk)
    assert "напомним, что результата нет: Демоев Э. Р." in await shown(talk)
    await owner.presses("close")
    await owner.types("Поставили второй стол")
    assert await shown(talk) == "Открытых задач: 0."
    assert "закрыта 10:00: Демоев Э. Р." in await shown(talk, closed=True)
    assert "Поставили" not in await shown(talk, closed=True)
    assert deputy.posted == []


async def test_the_administrator_sees_broken_promises_first_absences_and_hours(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    talk.app.delivery.alert_hours = "office"
    owner, *_ = await team(talk)
    await complaint(talk, token=STAND, ident=1)
    await complaint(talk, wants=True, ident=2)
    await owner.presses("take")
    await owner.presses_old("away", "week")
    await owner.presses("Макетов")
    talk.now = local(27, "20:00")
    await complaint(talk, ident=3)
    text = await shown(talk)
    assert text.index("№ 2.") < text.index("№ 1.")
    assert "Срок ответа клиенту прошёл: 1." in text
    assert "СРОК ПРОШЁЛ: клиенту обещали ответить до 26 ноября" in text
    assert "ALERT_HOURS: оповещение уйдёт 30 ноября в 9:00" in text
    assert "Демоев Э. Р. отсутствует до 29 ноября. Замещает: Макетов Т. Р." in text


async def test_the_administrator_sees_that_a_messenger_is_away(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await talk.joins("demoev", "vk", 5)
    talk.edge("vk").failures = [TryLater(1.0, limited=False) for _ in range(TELEGRAM_AWAY)]
    await complaint(talk)
    assert "ВКонтакте: недоступен, попыток 1" in await shown(talk)


async def test_an_owner_with_a_browser_only_is_named_as_such(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await talk.joins("demoev", "web", "browser1")
    await complaint(talk)
    assert "Демоев Э. Р.: подключение только в браузере" in await shown(talk)


async def test_where_a_service_has_no_deputy_the_head_is_next(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(OFFICE, office)
    rules = office / "office.yaml"
    rules.write_text(rules.read_text("utf-8") + "rules: {escalate_hours: 1.5}\n", "utf-8")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(), office=office) as talk:
        _, maker, head, _ = await team(talk)
        client = talk.client("telegram", 7)
        await client.types("оценить")
        await client.presses("Услуга: Субсидия", "2")
        await talk.after(minutes=2)
        await talk.minute()
        assert len(maker.posted) == 1
        await goes_on(talk, local(23, "11:35"))
        assert "Никто не взял за 1,5 рабочего часа" in head.posted[0].text
        assert "Заместитель не назначен – сообщили руководителю" in head.posted[0].text


async def test_a_topic_named_later_needs_no_new_version_of_an_answered_survey(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    office = tmp_path / "office"
    shutil.copytree(OFFICE, office)
    visit = office / "surveys" / "visit.yaml"
    visit.write_text(visit.read_text("utf-8").replace(", topic: access", ""), "utf-8")
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path, office=office) as talk:
        await complaint(talk)
    visit.write_text(visit.read_text("utf-8").replace(", topic: information", ", topic: access"), "utf-8")
    async with open_talk(url, tmp_path, office=office) as talk:
        assert len(await talk.rows("SELECT 1 FROM response")) == 1


async def test_who_had_blocked_the_bot_hears_of_what_waits_when_he_is_back(talk: Talk) -> None:
    owner = await talk.joins("demoev")
    talk.edge("telegram").gone[owner.where.id] = Unreachable("blocked")
    await complaint(talk)
    assert owner.posted == []
    del talk.edge("telegram").gone[owner.where.id]
    await owner.types("меню")
    await talk.minute()
    assert len(owner.posted) == 1
