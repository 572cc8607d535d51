"""Working days against the published calendars of Russia, office hours at their edges, and what always holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.calendar import (
    Difference,
    LiveCalendar,
    Override,
    WorkCalendar,
    known_until,
    overrides,
    spans_of,
    years,
)
from backend.office.model import Week
from tests.base.talk import Talk

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FULL, FRIDAY = "09:00-13:00, 13:45-18:00", "09:00-13:00, 13:45-16:45"
WEEK = Week(mon=FULL, tue=FULL, wed=FULL, thu=FULL, fri=FRIDAY)
MOSCOW, KALININGRAD, KAMCHATKA = (ZoneInfo(f"{z}") for z in ("Europe/Moscow", "Europe/Kaliningrad", "Asia/Kamchatka"))
BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*own: Override, week: Week = WEEK, zone: ZoneInfo = MOSCOW, confirmed: Iterable[int] = ()) -> WorkCalendar:
    return WorkCalendar(week, zone, own, frozenset(confirmed))


def at(zone: ZoneInfo, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def shown(c: WorkCalendar, day: date) -> str:
    return ", ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in c.hours(day))


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + DAY * n for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


# --- the production calendar (domain.md, section 9) -------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2027, 2, 12), 10, date(2027, 3, 1)),
        (date(2026, 12, 25), 10, date(2027, 1, 19)),
        (date(2026, 4, 29), 10, date(2026, 5, 15)),
        (date(2026, 11, 20), 15, date(2026, 12, 11)),
        (date(2026, 11, 20), 5, date(2026, 11, 27)),
        (date(2026, 12, 25), 5, date(2027, 1, 12)),
    ],
)
def test_terms_in_working_days(day: date, days: int, expected: date) -> None:
    assert calendar().add_working_days(day, days) == expected
    assert calendar().working_days(day, expected) == days


@pytest.mark.parametrize(
    ("registered", "legal", "working"),
    [
        (date(2026, 12, 2), date(2027, 1, 1), date(2026, 12, 30)),
        (date(2027, 1, 22), date(2027, 2, 21), date(2027, 2, 20)),
        (date(2026, 4, 9), date(2026, 5, 9), date(2026, 5, 8)),
        (date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 23)),
    ],
)
def test_thirty_calendar_days_end_on_the_working_day_before(registered: date, legal: date, working: date) -> None:
    assert registered + 30 * DAY == legal
    assert calendar().working_day_until(legal) == working


def test_the_answer_extended_by_thirty_days() -> None:
    assert date(2026, 11, 23) + 60 * DAY == date(2027, 1, 22)
    assert calendar().working_day_until(date(2027, 1, 22)) == date(2027, 1, 22)


def test_registration_over_the_holidays_is_on_the_first_working_day() -> None:
    legal = date(2026, 12, 30) + 3 * DAY
    assert legal == date(2027, 1, 2)
    assert calendar().working_day_from(legal) == date(2027, 1, 11)


@pytest.mark.parametrize(
    ("year", "working", "saturdays", "short"),
    [
        (2024, 248, ["27.04", "02.11", "28.12"], ["22.02", "07.03", "08.05", "11.06", "02.11"]),
        (2025, 247, ["01.11"], ["07.03", "30.04", "11.06", "01.11"]),
        (2026, 247, [], ["30.04", "08.05", "11.06", "03.11"]),
        (2027, 247, ["20.02"], ["20.02", "30.04", "11.06", "03.11"]),
    ],
)
def test_whole_years(year: int, working: int, saturdays: list[str], short: list[str]) -> None:
    c = calendar()
    works = [day for day in days_of(year) if c.is_working_day(day)]
    assert len(works) == working
    assert [f"{d:%d.%m}" for d in works if d.weekday() >= 5] == saturdays
    assert [f"{d:%d.%m}" for d in works if c.is_short(d)] == short
    assert not [d for d in days_of(year) if c.is_short(d) and not c.is_working_day(d)]


MOVED = {
    2024: "29.04 30.04 10.05 30.12 31.12",
    2025: "02.05 08.05 13.06 03.11 31.12",
    2026: "09.01 31.12 09.03 11.05",
    2027: "22.02 05.11 31.12 03.05 10.05 14.06",
}


@pytest.mark.parametrize(("year", "days"), MOVED.items())
def test_days_off_moved_by_the_government_and_the_law(year: int, days: str) -> None:
    c = calendar()
    for day in (date(year, int(text[3:]), int(text[:2])) for text in days.split()):
        assert not c.is_working_day(day), day
        assert c.hours(day) == ()


# --- years that nobody has confirmed ----------------------------------------------------------------------


def test_a_year_beyond_the_known_ones_is_preliminary_until_confirmed() -> None:
    beyond = date(known_until() + 1, 3, 2)
    assert calendar().is_confirmed(date(known_until(), 12, 30))
    assert not calendar().is_confirmed(beyond)
    assert calendar(confirmed=[beyond.year]).is_confirmed(beyond)


def test_the_alarm_about_the_next_year_begins_in_november() -> None:
    last = known_until()
    c = calendar()
    assert c.unconfirmed_year(at(MOSCOW, last, 10, 31, 23, 59)) is None
    assert c.unconfirmed_year(at(MOSCOW, last, 11, 1)) == last + 1
    assert c.unconfirmed_year(at(MOSCOW, last + 1, 6, 1)) == last + 1
    done = calendar(confirmed=[last + 1])
    assert done.unconfirmed_year(at(MOSCOW, last, 11, 1)) is None
    assert done.unconfirmed_year(at(MOSCOW, last + 1, 11, 1)) == last + 2


# --- the office's own days --------------------------------------------------------------------------------


def test_a_declared_day_off_counts_no_more_and_says_why() -> None:
    c = calendar(Override(date(2026, 11, 27), "off", "указ губернатора № 5"))
    assert not c.is_working_day(date(2026, 11, 27))
    assert c.hours(date(2026, 11, 27)) == ()
    assert c.why(date(2026, 11, 27)) == "указ губернатора № 5"
    assert c.add_working_days(date(2026, 11, 24), 3) == date(2026, 11, 30)


def test_a_declared_working_saturday_has_hours() -> None:
    c = calendar(Override(date(2026, 11, 28), "work", "приказ № 9"))
    assert c.is_working_day(date(2026, 11, 28))
    assert shown(c, date(2026, 11, 28)) == "09:00-13:00, 13:45-18:00"
    assert c.add_working_days(date(2026, 11, 27), 1) == date(2026, 11, 28)
    own = calendar(Override(date(2026, 11, 28), "work", "приказ № 9", "10:00-14:00"))
    assert shown(own, date(2026, 11, 28)) == "10:00-14:00"


def test_a_declared_short_day_is_an_hour_shorter_or_as_it_says() -> None:
    assert shown(calendar(Override(date(2026, 11, 26), "short", "приказ")), date(2026, 11, 26)) == (
        "09:00-13:00, 13:45-17:00"
    )
    named = calendar(Override(date(2026, 11, 26), "short", "приказ", "09:00-12:00"))
    assert shown(named, date(2026, 11, 26)) == "09:00-12:00"


def test_a_holiday_can_be_declared_a_working_day() -> None:
    c = calendar(Override(date(2026, 12, 31), "work", "дежурный приём"))
    assert c.is_working_day(date(2026, 12, 31))
    assert shown(c, date(2026, 12, 31)) == "09:00-13:00, 13:45-18:00"


def test_two_calendars_differ_where_days_or_hours_do() -> None:
    before = calendar(Override(date(2026, 11, 26), "short", "приказ"), Override(date(2026, 11, 29), "off", "и так"))
    after = calendar(Override(date(2026, 11, 27), "off", "указ"))
    assert before.differs(after) == [Difference(date(2026, 11, 26), False), Difference(date(2026, 11, 27), True)]
    assert before.differs(after) == after.differs(before)
    assert before.differs(before) == []


# --- hours ------------------------------------------------------------------------------------------------


def test_the_eve_of_a_holiday_is_an_hour_shorter() -> None:
    assert shown(calendar(), date(2026, 11, 3)) == "09:00-13:00, 13:45-17:00"
    assert shown(calendar(), date(2026, 5, 8)) == "09:00-13:00, 13:45-15:45"  # a Friday


@pytest.mark.parametrize(
    ("usual", "short"),
    [
        ("09:00-13:00, 13:30-14:00", "09:00-12:30"),  # half an hour after lunch, half an hour before
        ("09:00-13:00, 13:45-14:45", "09:00-13:00"),
        ("09:00-13:00, 13:45-14:46", "09:00-13:00, 13:45-13:46"),
        ("09:00-09:30, 10:00-10:20", ""),
        ("08:30-17:30", "08:30-16:30"),
    ],
)
def test_a_short_day_may_cut_across_lunch(usual: str, short: str) -> None:
    c = calendar(week=Week(tue=usual))
    assert shown(c, date(2026, 11, 3)) == short
    assert shown(c, date(2026, 11, 10)) == usual


def test_a_working_saturday_has_the_hours_of_the_day_it_replaces() -> None:
    # 20.02.2027 was exchanged for Monday 22.02, the eve of 23.02: an hour shorter. 27.04.2024 for a Monday, 28.12 too.
    assert shown(calendar(), date(2027, 2, 20)) == "09:00-13:00, 13:45-17:00"
    mondays = Week(mon="10:00-19:00", tue=FULL, wed=FULL, thu=FULL, fri=FRIDAY)
    assert shown(calendar(week=mondays), date(2024, 4, 27)) == "10:00-19:00"
    assert shown(calendar(week=mondays), date(2024, 11, 2)) == "09:00-13:00, 13:45-17:00"  # for Tuesday 30.04, an eve


def test_an_office_open_on_saturdays_keeps_to_it_but_not_on_holidays() -> None:
    c = calendar(week=Week(mon=FULL, tue=FULL, wed=FULL, thu=FULL, fri=FULL, sat="10:00-14:00"))
    assert shown(c, date(2026, 11, 28)) == "10:00-14:00"
    assert not c.is_working_day(date(2026, 11, 28))  # terms in working days do not count it
    assert shown(c, date(2027, 1, 2)) == ""


@pytest.mark.parametrize(
    ("clock", "is_open", "opening"),
    [
        ((8, 59), False, (23, 9, 0)),
        ((9, 0), True, (23, 9, 0)),
        ((12, 59), True, (23, 12, 59)),
        ((13, 0), False, (23, 13, 45)),
        ((13, 45), True, (23, 13, 45)),
        ((17, 59), True, (23, 17, 59)),
        ((18, 0), False, (24, 9, 0)),
        ((23, 59), False, (24, 9, 0)),
        ((0, 0), False, (23, 9, 0)),
    ],
)
@pytest.mark.parametrize("zone", [KALININGRAD, MOSCOW, KAMCHATKA])
def test_edges_of_a_day(zone: ZoneInfo, clock: tuple[int, int], is_open: bool, opening: tuple[int, int, int]) -> None:
    c = calendar(zone=zone)
    now = at(zone, 2026, 11, 23, *clock)
    assert c.is_open(now) is is_open
    assert c.next_opening(now) == at(zone, 2026, 11, *opening)
    assert (c.closing(now) is not None) is is_open


@pytest.mark.parametrize("zone", [KALININGRAD, KAMCHATKA])
def test_the_day_begins_at_the_offices_midnight(zone: ZoneInfo) -> None:
    c = calendar(zone=zone)
    for day in (date(2026, 12, 1), date(2027, 1, 1), date(2027, 3, 1)):  # a month, a year, the end of February
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        assert c.today(midnight) == day
        assert c.today(midnight - timedelta(seconds=1)) == day - DAY
    assert at(KALININGRAD, 2027, 1, 1) == datetime(2026, 12, 31, 22, tzinfo=UTC)
    assert at(KAMCHATKA, 2027, 1, 1) == datetime(2026, 12, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("zone", [KALININGRAD, KAMCHATKA])
@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ((2026, 11, 30, 17, 30), 4, (2026, 12, 1, 12, 30)),  # over the end of a month
        ((2026, 12, 30, 17, 0), 4, (2027, 1, 11, 12, 0)),  # over the end of the year and its holidays
        ((2026, 11, 23, 10, 0), 4, (2026, 11, 23, 14, 45)),  # over lunch
        ((2026, 11, 23, 13, 10), 1, (2026, 11, 23, 14, 45)),  # begun in lunch
        ((2026, 11, 27, 15, 45), 4, (2026, 11, 30, 12, 0)),  # over a weekend, from a Friday
        ((2026, 11, 3, 16, 0), 4, (2026, 11, 5, 12, 0)),  # over a short day and a holiday
        ((2027, 2, 20, 16, 0), 2, (2027, 2, 24, 10, 0)),  # over a working Saturday, short
        ((2026, 11, 23, 9, 0), 4, (2026, 11, 23, 13, 0)),  # ends with the span
        ((2026, 11, 23, 18, 0), 0.5, (2026, 11, 24, 9, 30)),
        ((2026, 11, 22, 0, 0), 0, (2026, 11, 23, 9, 0)),  # nothing, from a Sunday's midnight
    ],
)
def test_terms_in_working_hours(
    zone: ZoneInfo, since: tuple[int, int, int, int, int], hours: float, until: tuple[int, int, int, int, int]
) -> None:
    c = calendar(zone=zone)
    begun, amount = at(zone, *since), timedelta(hours=hours)
    assert c.add_working_time(begun, amount) == at(zone, *until)
    assert c.working_time(begun, at(zone, *until)) == amount


def test_an_office_without_hours_counts_plain_time() -> None:
    c = calendar(week=Week())
    now = at(MOSCOW, 2026, 11, 23, 10)
    assert c.add_working_time(now, 4 * HOUR) == now + 4 * HOUR
    assert c.working_time(now, now + 4 * HOUR) == 4 * HOUR
    assert c.next_opening(now) == now
    assert not c.is_open(now)
    assert c.add_working_days(date(2026, 11, 20), 5) == date(2026, 11, 27)


def test_an_office_that_opened_on_one_day_only_does_not_hang() -> None:
    c = calendar(Override(date(2026, 11, 24), "work", "ярмарка", "10:00-12:00"), week=Week())
    now = at(MOSCOW, 2026, 11, 23, 10)
    assert c.next_opening(now) == at(MOSCOW, 2026, 11, 24, 10)
    assert c.add_working_time(now, HOUR) == at(MOSCOW, 2026, 11, 24, 11)
    far = c.add_working_time(now, 3 * HOUR)
    assert far > at(MOSCOW, 2026, 11, 24, 12)


def test_an_office_open_only_at_weekends_takes_no_harm_from_a_full_calendar_of_days_off() -> None:
    every = [Override(date(2026, 1, 1) + DAY * n, "off", "ремонт") for n in range(800)]
    c = calendar(*every)
    with pytest.raises(ValueError, match="no working days"):
        c.add_working_days(date(2026, 1, 1), 1)
    with pytest.raises(ValueError, match="no working days"):
        c.working_day_until(date(2027, 6, 1))


def test_a_change_of_the_clock_moves_no_hours() -> None:
    night = Week(**dict.fromkeys(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "01:00-05:00"))
    c = calendar(week=night, zone=BERLIN)
    # 29.03.2026: 02:00 becomes 03:00, the span has three hours. 25.10.2026: 03:00 becomes 02:00, it has five.
    spring, autumn = at(BERLIN, 2026, 3, 29), at(BERLIN, 2026, 10, 25)
    assert c.working_time(spring, spring + DAY) == 3 * HOUR
    assert c.working_time(autumn, autumn + timedelta(hours=25)) == 5 * HOUR
    assert c.add_working_time(spring, 3 * HOUR) == at(BERLIN, 2026, 3, 29, 5)
    assert c.add_working_time(autumn, 5 * HOUR) == at(BERLIN, 2026, 10, 25, 5)
    day = calendar(zone=BERLIN)
    friday, monday = at(BERLIN, 2026, 3, 27, 15, 45), at(BERLIN, 2026, 3, 30, 10)
    assert day.add_working_time(friday, 2 * HOUR) == monday
    assert calendar(week=Week(sun="02:30-03:15"), zone=BERLIN).spans(date(2026, 3, 29)) == ()  # never on the clock


@pytest.mark.parametrize(
    "text", ["9", "09:00", "18:00-09:00", "09:00-13:00, 12:00-18:00", "09:00-09:00", "25:00-26:00"]
)
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        spans_of(text)


# --- what always holds ------------------------------------------------------------------------------------

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001  given there
AMOUNTS = st.integers(0, 60 * 200).map(lambda n: timedelta(minutes=n))
OWN = st.lists(st.builds(Override, DAYS, st.sampled_from(["off", "work", "short"]), st.just("приказ")), max_size=8)
ZONES = st.sampled_from([KALININGRAD, MOSCOW, KAMCHATKA, BERLIN])


@settings(max_examples=60, deadline=None)
@given(own=OWN, day=DAYS, days=st.integers(1, 60), more=st.integers(0, 20))
def test_working_days_never_end_on_a_day_off_and_never_fall_back(
    own: list[Override], day: date, days: int, more: int
) -> None:
    c = calendar(*own)
    end = c.add_working_days(day, days)
    assert c.is_working_day(end)
    assert c.working_days(day, end) == days
    assert c.add_working_days(day, days + more) >= end
    assert c.add_working_days(day + DAY, days) >= end
    assert c.add_working_days(end, more) == c.add_working_days(day, days + more)


@settings(max_examples=60, deadline=None)
@given(own=OWN, zone=ZONES, since=MOMENTS, amount=AMOUNTS, more=AMOUNTS)
def test_working_time_ends_in_office_hours_and_is_measured_back(
    own: list[Override], zone: ZoneInfo, since: datetime, amount: timedelta, more: timedelta
) -> None:
    c = calendar(*own, zone=zone)
    end = c.add_working_time(since, amount)
    assert any(a <= end <= b for a, b in c.spans(c.today(end)))
    assert c.working_time(since, end) == amount
    assert c.add_working_time(since, amount + more) >= end >= since
    assert c.add_working_time(since + more, amount) >= end
    assert c.next_opening(since) <= end


# --- the table --------------------------------------------------------------------------------------------


async def test_the_process_takes_up_the_table(talk: Talk) -> None:
    live = LiveCalendar(WEEK, MOSCOW)
    now = talk.now
    row = {"hours": "", "basis": "указ", "entered_by": "тест", "entered_at": now}
    async with talk.app.db.begin() as session:
        await session.execute(overrides.insert().values(day=date(2026, 11, 27), kind="off", **row))
        await session.execute(years.insert().values(year=2028, basis="постановление", entered_by="т", entered_at=now))
    assert live().is_working_day(date(2026, 11, 27))
    async with talk.app.db.read() as session:
        await live.refresh(session)
    assert not live().is_working_day(date(2026, 11, 27))
    assert live().is_confirmed(date(2028, 1, 1))
