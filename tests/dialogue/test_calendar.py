"""The calendar as people meet it: opening hours, promised days, and what a day declared today changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from backend import calendar, promises
from backend.calendar import WorkCalendar
from backend.promises import Moved
from bot.messages import buttons_of
from bot.words import load_words
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.visits import complains

FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)


async def declares(
    talk: Talk, day: date, kind: Literal["off", "work", "short", "remove"], *, hours: str = ""
) -> list[Moved]:
    """The administrator changes the table; the process has not read it yet."""
    week, zone = talk.app.office.week, talk.app.zone
    async with talk.app.db.begin() as session:
        old = await calendar.read(session, week, zone)
        if kind == "remove":
            await calendar.undeclare(session, day, by="тест", now=talk.now)
        else:
            await calendar.declare(session, day, kind, hours=hours, basis="указ № 5", by="тест", now=talk.now)
        return await promises.recompute(session, old, await calendar.read(session, week, zone), talk.now, by="тест")


async def promised(talk: Talk) -> list[str]:
    return [str(row.promised)[:10] for row in await talk.rows("SELECT promised FROM relay ORDER BY task")]


# --- «Когда мы работаем» ----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["button", "часы", "Часы работы", "hours", "/hours", "когда вы работаете?"])
async def test_the_hours_have_a_screen_of_their_own(sqlite_talk: Talk, way: str) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts()
    if way == "button":
        await client.presses("Ещё", "Когда мы работаем")
    else:
        await client.types(way)
    assert client.text == (
        "Когда мы работаем\n\nСейчас открыто, до 18:00 (обед 13:00–13:45).\n"
        "Пн–чт 9:00–18:00, пт 9:00–16:45, обед 13:00–13:45, сб–вс выходной"
    )
    assert [b.key for b in buttons_of(client.last)] == ["open"]


async def test_the_hours_are_told_in_english_too(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("telegram", 7, language="en")
    await client.types("opening hours")
    assert "Open now, until 18:00 (lunch 13:00–13:45)." in client.text
    assert "Mon–Thu 9:00–18:00, Fri 9:00–16:45, lunch 13:00–13:45, Sat–Sun closed" in client.text


async def test_looking_at_the_hours_does_not_end_a_survey(sqlite_talk: Talk) -> None:
    client = sqlite_talk.client("telegram", 7)
    await client.starts("6XC3M8DH")
    await client.presses_old("menu", "hours")
    assert "Сейчас открыто" in client.text
    await client.presses("open")
    await client.presses("more", "hours")
    await client.types("🤔")
    assert "Вы не закончили опрос" in client.text


def at(*moment: int) -> datetime:
    """The clock of the demo office."""
    return datetime(*moment, tzinfo=UTC) - timedelta(hours=3)  # type: ignore[misc,arg-type]  # year to minute


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (at(2026, 11, 23, 8, 59), ["Сейчас закрыто, откроемся сегодня в 9:00."]),
        (at(2026, 11, 23, 13, 0), ["Сейчас обед, откроемся в 13:45."]),
        (at(2026, 11, 23, 13, 45), ["Сейчас открыто, до 18:00."]),
        (at(2026, 11, 23, 18, 0), ["Сейчас закрыто, откроемся завтра в 9:00."]),
        (at(2026, 11, 20, 16, 45), ["Сейчас закрыто, откроемся в понедельник в 9:00."]),
        (at(2026, 11, 3, 9, 30), ["Сейчас открыто, до 17:00 (обед 13:00–13:45).", "3 ноября – до 17:00"]),
        (at(2026, 11, 4, 9, 30), ["откроемся завтра в 9:00.", "4 ноября – выходной: День народного единства"]),
        (at(2026, 12, 31, 9, 30), ["откроемся 11 января в 9:00.", "С 31 декабря по 10 января – выходные"]),
        (at(2027, 2, 18, 10), ["Сб 20 февраля – работаем 9:00–17:00", "С 21 по 23 февраля – выходные"]),
        (at(2027, 2, 20, 17, 30), ["Сейчас закрыто, откроемся в среду в 9:00."]),
        (at(2026, 5, 8, 10), ["8 мая – до 15:45", "11 мая – выходной: День Победы"]),
    ],
)
async def test_what_is_told_when(sqlite_talk: Talk, now: datetime, lines: list[str]) -> None:
    sqlite_talk.now = now
    client = sqlite_talk.client("telegram", 7)
    await client.types("часы")
    assert all(line in client.text for line in lines), client.text


async def test_a_declared_day_is_told_with_its_reason_within_a_minute(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await declares(talk, FRIDAY, "off")
    await declares(talk, date(2026, 12, 1), "short", hours="10:00-12:00")
    await declares(talk, date(2026, 12, 5), "work")
    await client.types("часы")
    assert "27 ноября" not in client.text
    await talk.minute()
    await client.types("часы")
    assert client.text.splitlines()[-3:] == [
        "27 ноября – выходной: указ № 5",
        "1 декабря – 10:00–12:00",
        "Сб 5 декабря – работаем 9:00–18:00",
    ]
    assert "9:00–18:00" in client.text


# --- promises ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(2026, 11, 23, 10), "до 26 ноября."),
        (at(2026, 11, 23, 23, 59), "до 26 ноября."),
        (at(2026, 11, 24, 0, 0), "до 27 ноября."),
        (at(2026, 12, 28, 10), "до 11 января 2027 года."),
        (at(2026, 12, 31, 23, 59), "до 13 января 2027 года."),
        (at(2027, 1, 1, 0, 0), "до 13 января."),
        (at(2027, 2, 18, 10), "до 24 февраля."),  # 19, the working Saturday 20, 24
        (at(2027, 12, 29, 10), "2028 года (предварительно)."),
    ],
)
async def test_the_promised_day_follows_the_calendar(sqlite_talk: Talk, now: datetime, told: str) -> None:
    sqlite_talk.now = now
    client = await complains(sqlite_talk.client("telegram", 7), wants=True)
    assert f"Сотрудник ответит вам {told}" in client.text or (
        "предварительно" in told and "(предварительно)." in client.text and "2028 года" in client.text
    )


async def test_the_page_of_a_secret_link_says_preliminary(sqlite_talk: Talk) -> None:
    sqlite_talk.now = at(2027, 12, 29, 10)
    await sqlite_talk.minute()
    client = await complains(sqlite_talk.client("web", "c-1"), wants=True)
    keep = client.replies[-1]
    page = sqlite_talk.client("web", "a-" + keep.url.rpartition("/")[2])  # type: ignore[union-attr]  # Keep has it
    shown = (await page.looks()).replies[-1]
    assert "2028 года (предварительно)" in shown.text


async def visit(talk: Talk) -> tuple[Person, Person]:
    """A client who waits for an answer until Thursday 26 November, and the person who answers."""
    boss = await talk.joins("demoev")
    client = await complains(talk.client("telegram", 7), wants=True)
    await talk.settle()
    assert "Клиент ждёт ответа до 26 ноября" in boss.posted[0].text
    return client, boss


async def test_a_holiday_declared_today_for_tomorrow_moves_the_promise_and_tells(talk: Talk) -> None:
    client, boss = await visit(talk)
    assert await declares(talk, date(2026, 11, 24), "off") == [Moved(1, date(2026, 11, 26), FRIDAY, "message")]
    assert await promised(talk) == ["2026-11-27"]
    await talk.minute()
    assert [reply.text for reply in client.posted] == ["24 ноября объявлен выходным. Ответим вам до 27 ноября."]
    assert "Клиент ждёт ответа до 27 ноября" in boss.posted[0].text
    row = await talk.one("SELECT * FROM journal WHERE action = 'promise.moved'")
    assert (row.actor, row.subject, row.details) == ("тест", "1", "2026-11-26 2026-11-27")
    await talk.minute()
    await talk.minute()
    assert len(client.posted) == 1


async def test_a_day_taken_back_moves_the_promise_back(talk: Talk) -> None:
    client, _ = await visit(talk)
    await declares(talk, date(2026, 11, 25), "off")
    await talk.minute()
    await talk.after(minutes=5)
    await declares(talk, date(2026, 11, 25), "remove")
    await talk.minute()
    assert await promised(talk) == ["2026-11-26"]
    assert client.posted[-1].text == "25 ноября объявлен рабочим днём. Ответим вам до 26 ноября."


async def test_a_message_that_is_out_of_date_before_it_goes_is_not_sent(sqlite_talk: Talk) -> None:
    client, _ = await visit(sqlite_talk)
    await declares(sqlite_talk, date(2026, 11, 25), "off")
    await declares(sqlite_talk, date(2026, 11, 26), "off")
    await sqlite_talk.minute()
    assert [reply.text for reply in client.posted] == ["26 ноября объявлен выходным. Ответим вам до 30 ноября."]


async def test_several_days_at_once_are_told_in_one_sentence(sqlite_talk: Talk) -> None:
    client, _ = await visit(sqlite_talk)
    week, zone = sqlite_talk.app.office.week, sqlite_talk.app.zone
    old = WorkCalendar(week, zone)
    off = [calendar.Override(date(2026, 11, day), "off", "указ") for day in (24, 25)]
    async with sqlite_talk.app.db.begin() as session:
        await promises.recompute(session, old, WorkCalendar(week, zone, off), sqlite_talk.now)
    await sqlite_talk.settle()
    assert client.posted[-1].text == "Изменился календарь рабочих дней. Ответим вам до 30 ноября."


async def test_days_that_do_not_matter_move_nothing(sqlite_talk: Talk) -> None:
    await visit(sqlite_talk)
    assert await declares(sqlite_talk, FRIDAY, "off") == []  # after the promise
    assert await declares(sqlite_talk, date(2026, 11, 22), "work") == []  # before it
    assert await declares(sqlite_talk, date(2026, 11, 25), "short") == []  # counts all the same
    assert await declares(sqlite_talk, date(2026, 11, 23), "off") == []  # the day of the visit never counted
    assert await promised(sqlite_talk) == ["2026-11-26"]


async def test_what_is_overdue_is_not_moved_out_of_sight(sqlite_talk: Talk) -> None:
    await visit(sqlite_talk)
    sqlite_talk.now += timedelta(days=4)
    assert await declares(sqlite_talk, date(2026, 11, 25), "off") == []
    assert await promised(sqlite_talk) == ["2026-11-26"]


async def test_nothing_is_moved_into_the_past(sqlite_talk: Talk) -> None:
    await visit(sqlite_talk)
    await declares(sqlite_talk, date(2026, 11, 25), "off")
    sqlite_talk.now += timedelta(days=4)  # Friday 27, the promised day now
    assert await promised(sqlite_talk) == ["2026-11-27"]
    assert await declares(sqlite_talk, date(2026, 11, 25), "remove") == []
    assert await promised(sqlite_talk) == ["2026-11-27"]


async def test_a_promise_of_a_process_that_did_not_know_yet_follows_within_a_minute(talk: Talk) -> None:
    await declares(talk, date(2026, 11, 24), "off")
    client, _ = await visit(talk)  # by the old calendar
    await talk.minute()
    assert await promised(talk) == ["2026-11-27"]
    assert client.posted[-1].text == "24 ноября объявлен выходным. Ответим вам до 27 ноября."
    again = await complains(talk.client("telegram", 8), wants=True)
    assert "до 27 ноября" in again.text


async def test_a_promise_from_before_the_term_was_stored_keeps_what_is_left_of_it(talk: Talk) -> None:
    await visit(talk)
    await talk.rows("UPDATE relay SET asked_on = NULL, term = NULL RETURNING task")
    await declares(talk, date(2026, 11, 24), "off")
    await talk.minute()
    assert await promised(talk) == ["2026-11-27"]


async def test_after_it_did_not_help_the_new_promise_counts_from_that_day(sqlite_talk: Talk) -> None:
    client, boss = await visit(sqlite_talk)
    await boss.presses("answer")
    await boss.types("Откроем второе окно")
    await boss.presses("Отправить")
    await sqlite_talk.settle()
    await sqlite_talk.after(days=1)
    await client.presses("unhelped")
    assert "Новый ответ будет до 27 ноября" in client.text
    assert await declares(sqlite_talk, date(2026, 11, 26), "off") == [Moved(1, FRIDAY, MONDAY, "message")]


async def test_a_page_shows_the_new_day_and_gets_no_message(sqlite_talk: Talk) -> None:
    client = await complains(sqlite_talk.client("web", "c-1"), wants=True)
    keep = client.replies[-1]
    assert await declares(sqlite_talk, date(2026, 11, 25), "off") == [Moved(1, date(2026, 11, 26), FRIDAY, "page")]
    page = sqlite_talk.client("web", "a-" + keep.url.rpartition("/")[2])  # type: ignore[union-attr]  # Keep has it
    assert "до 27 ноября" in (await page.looks()).replies[-1].text
    assert await sqlite_talk.rows("SELECT 1 FROM outbox WHERE kind = 'moved'") == []


async def test_who_wants_no_messages_gets_none(talk: Talk) -> None:
    client, _ = await visit(talk)
    await client.types("стоп")
    assert await declares(talk, date(2026, 11, 25), "off") == [Moved(1, date(2026, 11, 26), FRIDAY, "")]
    await talk.minute()
    assert client.posted == []


async def test_an_answer_that_comes_first_makes_the_message_needless(sqlite_talk: Talk) -> None:
    client, boss = await visit(sqlite_talk)
    await declares(sqlite_talk, date(2026, 11, 25), "off")
    await boss.presses("answer")
    await boss.types("Откроем второе окно")
    await boss.presses("Отправить")
    await sqlite_talk.settle()
    assert not any("объявлен выходным" in reply.text for reply in client.posted)


async def test_a_channel_whose_mode_forbids_it_gets_nothing(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        await complains(talk.client("telegram", 7), wants=True)
        await declares(talk, date(2026, 11, 25), "off")
    async with open_talk(url, tmp_path, channels=edges(telegram="info")) as talk:
        await talk.minute()
        assert talk.client("telegram", 7).posted == []


async def test_alerts_that_wait_for_the_morning_wait_for_the_new_one(talk: Talk) -> None:
    talk.app.delivery.alert_hours = "office"
    boss = await talk.joins("demoev")
    talk.now = at(2026, 11, 23, 21)
    await complains(talk.client("telegram", 7), wants=False)
    await talk.settle()
    await declares(talk, date(2026, 11, 24), "off")
    talk.now = at(2026, 11, 24, 10)
    await talk.minute()
    assert boss.posted == []
    talk.now = at(2026, 11, 25, 9)
    await talk.minute()
    assert len(boss.posted) == 1


# --- the year that nobody has confirmed -------------------------------------------------------------------


async def test_the_administrator_is_told_of_the_next_year_once_a_working_day(talk: Talk) -> None:
    chief = await talk.joins("primerova")

    def told() -> list[str]:
        # The answers of the demo are past their review then, of which she hears too.
        return [reply.text for reply in chief.posted if "Календарь на 2028 год" in reply.text]

    talk.now = at(2027, 10, 29, 10)
    await talk.minute()
    assert told() == []
    talk.now = at(2027, 11, 1, 8)
    for hours in (0, 2, 3):
        talk.now += timedelta(hours=hours)
        await talk.minute()
    assert len(told()) == 1
    assert "Календарь на 2028 год не подтверждён" in told()[0]
    talk.now = at(2027, 11, 2, 10)
    await talk.minute()
    assert len(told()) == 2
    async with talk.app.db.begin() as session:
        await calendar.confirm(session, 2028, basis="постановление", by="тест", now=talk.now)
    talk.now = at(2027, 11, 3, 10)
    await talk.minute()
    assert len(told()) == 2


def test_days_have_a_year_where_it_is_not_clear() -> None:
    words = load_words(["ru", "en"], ZoneInfo("Europe/Moscow"))
    assert words["ru"].day(date(2027, 1, 12), date(2026, 12, 25)) == "12 января 2027 года"
    assert words["en"].day(date(2027, 1, 12), date(2026, 12, 25)) == "12 January 2027"
    assert words["ru"].day(date(2026, 1, 12), date(2026, 12, 25)) == "12 января"
