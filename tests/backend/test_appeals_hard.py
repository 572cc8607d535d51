"""Hard cases of appeals below the talk: midnight in every zone of the country, a portion of work that dies half way,
a folder that takes away what appeals under way need."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.appeals import erasure, registration, work, worklist
from backend.appeals.registration import New, Registered, Unfit
from backend.appeals.work import Desk
from backend.calendar import LiveCalendar, WorkCalendar
from bot.opening import CannotStart
from tests.base.kills import Killed
from tests.base.talk import OFFICE, Talk, open_talk

ZONES = {
    2: "Europe/Kaliningrad",
    3: "Europe/Moscow",
    4: "Europe/Samara",
    5: "Asia/Yekaterinburg",
    6: "Asia/Omsk",
    7: "Asia/Krasnoyarsk",
    8: "Asia/Irkutsk",
    9: "Asia/Yakutsk",
    10: "Asia/Vladivostok",
    11: "Asia/Sakhalin",
    12: "Asia/Kamchatka",
}
SECOND = timedelta(seconds=1)
BASIS = "Закон № 59-ФЗ, статья 10"
WORDS = "Мы рассмотрели ваше обращение: справку исправили, новая лежит в кабинете 104 и ждёт вас."


def calendar_in(talk: Talk, hours: int) -> WorkCalendar:
    """The office's calendar if it stood in this zone."""
    return LiveCalendar(talk.app.office.week, ZoneInfo(ZONES[hours]))()


def midnight(hours: int, day: date) -> datetime:
    """The moment at which this day begins so many hours east of Greenwich."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=hours)


async def registered(talk: Talk, calendar: WorkCalendar, now: datetime, **more: Any) -> Registered:
    app = talk.app
    async with app.db.begin() as session:
        new = New("appeal", "paper", **more)
        return await registration.register(session, app.office, calendar, app.keys, now, new, by="chernykh")


async def row_of(talk: Talk, one: Registered) -> Any:
    async with talk.app.db.read() as session:
        return await work.get(session, one.id)


# --- midnight ---------------------------------------------------------------------------------------------


async def test_the_year_of_a_number_is_that_of_the_office(talk: Talk) -> None:
    for count, hours in enumerate(ZONES, 1):
        calendar, new_year = calendar_in(talk, hours), midnight(hours, date(2027, 1, 1))
        last = await registered(talk, calendar, new_year - SECOND)
        first = await registered(talk, calendar, new_year)
        assert (last.number, first.number) == (f"А-2026-{count:04d}", f"А-2027-{count:04d}"), hours
        before, after = await row_of(talk, last), await row_of(talk, first)
        assert (before.registered_on, after.registered_on) == (date(2026, 12, 31), date(2027, 1, 1)), hours
        assert (before.received_on, after.received_on) == (date(2026, 12, 31), date(2027, 1, 1)), hours
        # 30 days later are a Saturday and a Sunday: both end on the Friday before.
        assert (before.legal_on, after.legal_on) == (date(2027, 1, 30), date(2027, 1, 31)), hours
        assert before.due_on == after.due_on == date(2027, 1, 29), hours


async def test_tomorrow_begins_at_the_offices_midnight(talk: Talk) -> None:
    tomorrow = date(2026, 11, 24)
    for hours in ZONES:
        calendar, moment = calendar_in(talk, hours), midnight(hours, tomorrow)
        with pytest.raises(Unfit) as unfit:
            await registered(talk, calendar, moment - SECOND, received_on=tomorrow)
        assert (unfit.value.reason, unfit.value.field) == ("future", "received_on"), hours
        one = await registered(talk, calendar, moment, received_on=tomorrow)
        assert (await row_of(talk, one)).received_on == tomorrow, hours


async def test_the_last_second_of_the_term_is_in_time_and_the_next_is_late(talk: Talk) -> None:
    app = talk.app
    head = app.office.person("demoev")
    assert head is not None
    for hours in ZONES:
        calendar, end = calendar_in(talk, hours), midnight(hours, date(2026, 12, 24))  # due on the 23rd
        for moment, in_time in ((end - SECOND, True), (end, False)):
            one = await registered(talk, calendar, end - timedelta(days=30, hours=14))
            async with app.db.begin() as session:
                row = await work.get(session, one.id)
                assert row is not None
                assert row.due_on == date(2026, 12, 23), hours
                desk = Desk(session, app.office, calendar, app.keys, moment, head)
                assert bool(await worklist.late(session, app.office, head, {}, desk.today)) is not in_time, hours
                assert bool(work.extendable(desk, row)) is in_time, hours
                done = await work.answer(desk, row, row.version, essence=WORDS, basis=BASIS, then="Приходите")
            assert done.row.in_time is in_time, hours


# --- what the folder may not take away --------------------------------------------------------------------


def changed_office(folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the demo office with other words in its `appeals.yaml`."""
    office = folder / "office"
    shutil.copytree(OFFICE, office)
    file = office / "appeals.yaml"
    whole = file.read_text("utf-8")
    for before, after in changes:
        assert before in whole
        whole = whole.replace(before, after)
    file.write_text(whole, "utf-8")
    return office


def without_approval(folder: Path) -> Path:
    return changed_office(folder, ("- code: approval\n", "- code: agreeing\n"), ("[approval,", "[agreeing,"))


async def at_approval(talk: Talk) -> Registered:
    """An appeal in the stage `approval`."""
    app = talk.app
    one = await registered(talk, app.calendar(), talk.now)
    async with app.db.begin() as session:
        desk = Desk(session, app.office, app.calendar(), app.keys, talk.now, app.office.person("demoev"))
        taken = (await work.take(desk, await work.get(session, one.id), 1)).row
        assert (await work.move(desk, taken, taken.version, "approval")).row.stage == "approval"
    return one


async def test_the_start_is_refused_while_an_appeal_is_in_a_stage_that_is_gone(talk: Talk, tmp_path: Path) -> None:
    await at_approval(talk)
    with pytest.raises(CannotStart, match=r"appeals\.yaml: stages: 'approval' is gone, but 1 open appeal is in it"):
        async with open_talk(talk.app.db.url, tmp_path, office=without_approval(tmp_path)):
            pass


async def test_without_appeals_in_it_a_stage_may_go(talk: Talk, tmp_path: Path) -> None:
    await registered(talk, talk.app.calendar(), talk.now)
    async with open_talk(talk.app.db.url, tmp_path, office=without_approval(tmp_path)) as again:
        assert again.app.office.appeals is not None
        assert again.app.office.appeals.stage("agreeing") is not None


async def test_at_the_start_appeals_follow_what_their_stage_means_now(talk: Talk, tmp_path: Path) -> None:
    one = await at_approval(talk)
    means = "    to: [review, suspended, answered, closed]\n"
    office = changed_office(tmp_path, (f"    means: work\n{means}", f"    means: suspended\n{means}"))
    async with open_talk(talk.app.db.url, tmp_path, office=office) as again:
        assert (await row_of(again, one)).means == "suspended"


# --- what is destroyed ------------------------------------------------------------------------------------


async def test_a_destruction_that_dies_half_way_is_done_again_as_a_whole(talk: Talk) -> None:
    app = talk.app
    one = await registered(talk, app.calendar(), talk.now, text="тайные слова")
    async with app.db.begin() as session:
        row = await work.get(session, one.id)
        assert row is not None
        desk = Desk(session, app.office, app.calendar(), app.keys, talk.now, app.office.person("demoev"))
        row = (await work.answer(desk, row, row.version, essence=WORDS, basis=BASIS, then="Приходите")).row
    later = talk.now + (row.keep_until - talk.now.date()) + timedelta(days=2)

    async def destroys(*, dies: bool) -> None:
        async with app.db.begin() as session:
            await erasure.destroy_due(session, app.office, app.calendar(), later)
            if dies:
                raise Killed

    with pytest.raises(Killed):
        await destroys(dies=True)
    row = await row_of(talk, one)
    assert row.text
    assert row.destroyed_on is None
    assert await talk.rows("SELECT * FROM erasure") == []
    await destroys(dies=False)
    await destroys(dies=False)
    row = await row_of(talk, one)
    assert (row.text, row.number, row.destroyed_on) == ("", "А-2026-0001", app.calendar().today(later))
    assert len(await talk.rows("SELECT * FROM erasure")) == 1
