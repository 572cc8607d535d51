"""What days do to appeals: reminders, misses, a changed calendar, the end of keeping. Through the jobs, as they run."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from backend import absences, calendar, shared_state
from backend.appeals import work
from bot.channels import Unreachable
from tests.base.talk import Person, Talk
from tests.dialogue.appeals import CLERK, HEAD, answers, at_desk, does, registers, row_of, takes

CHIEF = "obraztsov"


async def morning(talk: Talk, day: date, *, hour: int = 9) -> None:
    """The jobs run at this hour of this day, and what they write goes out."""
    local = datetime.combine(day, time(hour, 1), talk.app.zone)
    talk.now = local.astimezone(UTC)
    await talk.minute()


async def told(talk: Talk) -> list[tuple[str, str]]:
    """What staff were told of appeals: (what, channel of the place)."""
    rows = await talk.rows("SELECT data, cause FROM outbox WHERE kind = 'appeal_staff' ORDER BY id")
    return [(json.loads(row.data)["what"], row.cause) for row in rows]


async def reminders(talk: Talk, what: str) -> int:
    return sum(kind == what for kind, _ in await told(talk))


async def client_events(talk: Talk) -> list[str]:
    rows = await talk.rows("SELECT data FROM outbox WHERE kind = 'appeal' ORDER BY id")
    events = [json.loads(row.data)["event"] for row in rows]
    kinds = {r.id: r.kind for r in await talk.rows("SELECT id, kind FROM appeal_event")}
    return [kinds[event] for event in events]


async def joined(talk: Talk, *persons: str) -> None:
    for number, person in enumerate(persons):
        await talk.joins(person, "vk", 9100 + number)


# --- reminders --------------------------------------------------------------------------------------------


async def test_the_holder_is_reminded_10_3_and_1_days_before_and_the_head_on_the_day(talk: Talk) -> None:
    await joined(talk, CLERK, HEAD)
    registered = await registers(talk, "complaint", topic="certificate")  # 15 working days: until 14 December
    assert registered.deadline.due == date(2026, 12, 14)
    await does(talk, work.assign, registered, CLERK)
    days = [date(2026, 11, 24) + timedelta(days=n) for n in range(21)]
    seen: dict[date, int] = {}
    before = 0
    for day in days:
        await morning(talk, day)
        count = await reminders(talk, "due")
        seen[day] = count - before
        before = count
    # 4 December is ten days before; 11 December is a Friday: the next run would be too late for «1 day before», so both
    # come in time; the day itself goes to the head as well.
    assert {day: n for day, n in seen.items() if n} == {
        date(2026, 12, 4): 1,
        date(2026, 12, 11): 1,
        date(2026, 12, 14): 2,
    }


async def test_a_reminder_before_days_off_comes_early_never_late(talk: Talk) -> None:
    await joined(talk, CLERK)
    registered = await registers(talk)  # 23 November + 30 days: 23 December, a Wednesday
    await does(talk, work.assign, registered, CLERK)
    came = []
    for n in range(30):
        day = date(2026, 11, 24) + timedelta(days=n)
        before = await reminders(talk, "due")
        await morning(talk, day)
        if await reminders(talk, "due") > before:
            came.append(day)
    # Ten days before is Sunday, 13 December: told on the Friday before. Three days before is Sunday, 20 December too.
    assert came == [date(2026, 12, 11), date(2026, 12, 18), date(2026, 12, 22), date(2026, 12, 23)]


async def test_a_morning_that_runs_twice_reminds_once(talk: Talk) -> None:
    await joined(talk, CLERK)
    registered = await registers(talk)
    await does(talk, work.assign, registered, CLERK)
    for _ in range(3):
        await morning(talk, date(2026, 12, 22))
        async with talk.app.db.begin() as session:
            await session.execute(shared_state.tick_table.delete())
    assert await reminders(talk, "due") == 1


async def test_who_stands_in_is_reminded_in_place_of_the_absent_holder(talk: Talk) -> None:
    await joined(talk, CLERK, "shablonova")
    registered = await registers(talk)
    await does(talk, work.assign, registered, CLERK)
    async with talk.app.db.begin() as session:
        await absences.enter(
            session,
            talk.now,
            person=CLERK,
            since=date(2026, 12, 20),
            until=date(2026, 12, 25),
            substitute="shablonova",
            by="тест",
        )
    await morning(talk, date(2026, 12, 22))
    places = await talk.rows("SELECT address, person FROM staff_address")
    address = {row.person: row.address for row in places}
    causes = [cause for what, cause in await told(talk) if what == "due"]
    assert [cause.endswith(address["shablonova"]) for cause in causes] == [True]


async def test_a_miss_is_told_to_heads_once_and_to_the_client_with_a_new_date(talk: Talk) -> None:
    await joined(talk, CLERK, HEAD)
    client = talk.client("vk", 7)
    await client.starts()
    registered = await registers(talk, chat=client)
    await does(talk, work.assign, registered, CLERK)
    await morning(talk, date(2026, 12, 23))
    assert await reminders(talk, "overdue") == 0
    await morning(talk, date(2026, 12, 24))
    # Holder and head of appeals (who is the head of the unit too).
    assert await reminders(talk, "overdue") == 2
    await morning(talk, date(2026, 12, 25))
    assert await reminders(talk, "overdue") == 3
    assert (await client_events(talk)).count("overdue") == 1
    row = await row_of(talk, registered)
    assert row.promised_on == date(2026, 12, 29)
    assert "29 декабря" in client.posted[-1].text
    # The new date passes too: it is admitted again, with another one.
    await morning(talk, date(2026, 12, 30))
    assert (await client_events(talk)).count("overdue") == 2


async def test_what_is_answered_is_neither_reminded_nor_overdue(talk: Talk) -> None:
    await joined(talk, CLERK, HEAD)
    registered = await registers(talk)
    await takes(talk, registered)
    await answers(talk, registered)
    for day in (date(2026, 12, 22), date(2026, 12, 23), date(2026, 12, 24)):
        await morning(talk, day)
    assert await reminders(talk, "due") + await reminders(talk, "overdue") == 0


async def test_who_is_complained_of_is_reminded_of_nothing(talk: Talk) -> None:
    await joined(talk, CLERK, HEAD, CHIEF, "primerova")
    registered = await registers(talk, topic="conduct", complained=(HEAD,))
    row = await row_of(talk, registered)
    assert row.holder != HEAD
    await morning(talk, date(2026, 12, 23))
    await morning(talk, date(2026, 12, 24))
    places = await talk.rows("SELECT address, person FROM staff_address")
    address = {place.person: place.address for place in places}
    assert await told(talk)
    assert not [cause for _, cause in await told(talk) if cause.endswith(address[HEAD])]


async def test_before_seven_days_are_over_the_holder_hears_that_it_can_still_be_redirected(talk: Talk) -> None:
    await joined(talk, CLERK)
    registered = await registers(talk)
    await does(talk, work.assign, registered, CLERK)
    assert (await row_of(talk, registered)).means == "new"
    for day in (date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)):
        await morning(talk, day)
    assert await reminders(talk, "redirect") == 1


# --- the calendar -----------------------------------------------------------------------------------------


async def declares(talk: Talk, day: date, kind: Any = "off") -> None:
    async with talk.app.db.begin() as session:
        await calendar.declare(session, day, kind, basis="указ № 5", by="тест", now=talk.now)
    await talk.minute()


async def test_a_changed_calendar_moves_open_terms_and_tells_whom_it_moves(talk: Talk) -> None:
    await joined(talk, CLERK)
    client = talk.client("vk", 7)
    await client.starts()
    registered = await registers(talk, "complaint_short", chat=client)  # 5 working days: 30 November
    await does(talk, work.assign, registered, CLERK)
    ended = await registers(talk, "complaint_short")
    await answers(talk, ended)
    calendar_days = await registers(talk)
    await declares(talk, date(2026, 11, 27))
    row = await row_of(talk, registered)
    assert (row.legal_on, row.due_on) == (date(2026, 12, 1), date(2026, 12, 1))
    assert (await row_of(talk, ended)).due_on == date(2026, 11, 30)
    assert (await row_of(talk, calendar_days)).due_on == date(2026, 12, 23)
    assert (await client_events(talk)).count("deadline") == 1
    assert "1 декабря" in client.posted[-1].text
    assert await reminders(talk, "moved") == 1
    # Another process, or the same again, moves nothing twice.
    await talk.minute()
    assert (await client_events(talk)).count("deadline") == 1


async def test_a_day_off_under_the_rolled_end_of_a_calendar_term_moves_it_too(talk: Talk) -> None:
    registered = await registers(talk)  # 23 December
    await declares(talk, date(2026, 12, 23))
    row = await row_of(talk, registered)
    assert (row.legal_on, row.due_on) == (date(2026, 12, 23), date(2026, 12, 22))


async def test_a_term_beyond_the_known_calendar_is_preliminary(talk: Talk) -> None:
    talk.now = datetime(2027, 12, 20, 7, 0, tzinfo=UTC)
    registered = await registers(talk)
    assert registered.deadline.preliminary
    assert registered.deadline.legal == date(2028, 1, 19)


# --- nobody can be told -----------------------------------------------------------------------------------


async def follows_by(talk: Talk, registered: Any, client: Person) -> None:
    await client.starts()
    await client.types("мои обращения")
    await client.presses("add")
    await client.types(registered.number)
    await client.types(registered.code)


async def test_a_blocked_bot_leads_to_the_other_channel_and_then_to_a_task(talk: Talk) -> None:
    await joined(talk, CLERK)
    registered = await registers(talk)
    await does(talk, work.assign, registered, CLERK)
    first, second = talk.client("vk", 7), talk.client("vk", 8)
    await follows_by(talk, registered, first)
    await talk.after(minutes=1)
    await follows_by(talk, registered, second)
    talk.edge("vk").gone["8"] = Unreachable("blocked")
    await does(talk, work.take, registered, by=CLERK)
    await talk.settle()
    assert [r for r in first.posted if registered.number in r.text]
    assert await talk.rows("SELECT 1 FROM task WHERE kind = 'appeal'") == []
    talk.edge("vk").gone["7"] = Unreachable("blocked")
    await answers(talk, registered, by=CLERK)
    await talk.settle()
    task = await talk.one("SELECT kind, subject, text, owner, status FROM task")
    assert (task.kind, task.subject, task.text, task.owner) == (
        "appeal",
        registered.number,
        "appeal:unreachable",
        CLERK,
    )
    # Further notices open no second task.
    await does(talk, work.close, registered, reason="solved")
    await talk.settle()
    assert len(await talk.rows("SELECT 1 FROM task")) == 1


# --- the end of keeping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [91])
async def test_what_is_kept_no_longer_is_destroyed_and_the_report_keeps_its_numbers(talk: Talk, days: int) -> None:
    client = talk.client("vk", 7)
    await client.starts()
    message = await registers(talk, "message", way="vk", channel="vk", chat=client)
    official = await registers(talk)
    for one in (message, official):
        await answers(talk, one)
    await morning(talk, date(2026, 11, 24) + timedelta(days=days), hour=3)
    row = await row_of(talk, message)
    assert row.destroyed_on is not None
    assert (row.text, row.applicant, row.summary, row.code) == ("", "", "", "")
    assert (row.number, row.kind, row.answered_on) == (message.number, "message", date(2026, 11, 23))
    assert await talk.rows("SELECT 1 FROM appeal_follower WHERE appeal = :a", a=message.id) == []
    words = await talk.rows("SELECT sealed FROM appeal_event WHERE appeal = :a", a=message.id)
    assert words
    assert all(one.sealed == "" for one in words)
    assert (await row_of(talk, official)).destroyed_on is None
    record = await talk.one("SELECT * FROM erasure")
    assert record.basis == "retention"
    assert json.loads(record.counts)["appeals"] == 1
    assert message.number not in str(dict(record._mapping))


async def test_a_stand_in_sees_what_the_absent_holder_has(talk: Talk) -> None:
    registered = await registers(talk)
    await does(talk, work.assign, registered, CLERK)
    async with at_desk(talk, "shablonova") as desk:
        assert await work.visible(desk, registered.id) is None
    async with talk.app.db.begin() as session:
        today = date(2026, 11, 23)
        await absences.enter(
            session, talk.now, person=CLERK, since=today, until=today, substitute="shablonova", by="тест"
        )
    async with at_desk(talk, "shablonova") as desk:
        assert await work.visible(desk, registered.id) is not None
