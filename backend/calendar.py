"""The office's calendar: working days, office hours, deadlines counted in either, all in the office's time zone.

Working days are those of the Russian production calendar (`holidays`, with its working Saturdays and moved days off)
and of the office's own table of overrides (regional days off, days declared on short notice). The library knows the
government's decrees only up to some year; every later year is «not confirmed» until the administrator confirms it,
because the library would otherwise go on silently with a wrong calendar (domain.md, 9.2 and 9.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlmodel import Field, SQLModel

from backend import journal
from backend.db import Moment, Session, put_row, table_of

Kind = Literal["off", "work", "short"]
SHORTER = timedelta(hours=1)
"""A working day before a public holiday is an hour shorter (Labour Code of Russia, article 95)."""
DAY = timedelta(days=1)
FAR = 366  # days without one opening, after which a search gives up: an office that never opens must not hang a turn


class CalendarOverride(SQLModel, table=True):
    """A day that differs from the production calendar, and on what basis. `hours` as in `week` of office.yaml; empty:
    the usual ones."""

    __tablename__ = "calendar_override"
    day: date = Field(primary_key=True)
    kind: str = Field(max_length=8)
    hours: str = Field(default="", max_length=60)
    basis: str = Field(max_length=300)
    entered_by: str = Field(max_length=120)
    entered_at: datetime = Field(sa_type=Moment)


class CalendarYear(SQLModel, table=True):
    """A year whose calendar the administrator has compared with the government's decree."""

    __tablename__ = "calendar_year"
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    basis: str = Field(max_length=300)
    entered_by: str = Field(max_length=120)
    entered_at: datetime = Field(sa_type=Moment)


overrides = table_of(CalendarOverride)
years = table_of(CalendarYear)


@dataclass(frozen=True, slots=True)
class Override:
    day: date
    kind: Kind
    basis: str
    hours: str = ""


class Hours(Protocol):
    """The weekly hours of an office folder; the office model has it."""

    def days(self) -> tuple[str | None, ...]: ...


Spans = tuple[tuple[time, time], ...]


@lru_cache(maxsize=256)
def spans_of(text: str) -> Spans:
    """`09:00-13:00, 13:45-18:00` as pairs of times. Raises ValueError for anything else, also for spans that overlap
    or run backwards."""
    found = []
    for part in text.split(","):
        begin, dash, end = part.strip().partition("-")
        if not dash:
            raise ValueError(f"hours look like 09:00-13:00, 13:45-18:00, not {text!r}")
        found.append((time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())))
    flat = [moment for span in found for moment in span]
    if any(moment.tzinfo is not None for moment in flat):
        raise ValueError(f"hours are those of the office's clock, without a zone: {text!r}")
    if any(a >= b for a, b in pairwise(flat)):
        raise ValueError(f"hours must rise from opening to closing: {text!r}")
    return tuple(found)


@cache
def _library(language: str = "ru"):  # type: ignore[no-untyped-def]  # the library's own class, made once
    import holidays

    return holidays.country_holidays("RU", language=language)


@cache
def known_until() -> int:
    """The last year whose transfers of days off the library knows from the government's decrees."""
    from holidays.countries.russia import RussiaStaticHolidays

    return max(RussiaStaticHolidays.special_public_holidays)


@cache
def _works(day: date) -> bool:
    return bool(_library().is_working_day(day))


@cache
def name_of(day: date, language: str = "ru") -> str:
    """The production calendar's own words for a day off: «День России», «Выходной (перенесено с 03.01.2026)»."""
    return str(_library("ru" if language == "ru" else "en_US").get(day) or "")


def _statutory(day: date) -> bool:
    """A holiday by its own date (Labour Code, article 112), not a day off moved from elsewhere."""
    return (day.month, day.day) in _STATUTORY


_STATUTORY = frozenset([*((1, d) for d in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)])
_MOVED_FROM = re.compile(r"\(перенесено с (\d\d)\.(\d\d)\.(\d{4})\)")


@cache
def exchanged_for(saturday: date) -> date | None:
    """The day off that this working Saturday or Sunday was exchanged for."""
    for name_day, name in _library().items():
        found = _MOVED_FROM.search(str(name))
        if found and date(int(found[3]), int(found[2]), int(found[1])) == saturday:
            return date(name_day.year, name_day.month, name_day.day)
    return None


@cache
def _shortened(day: date) -> bool:
    """Before a statutory holiday; a working weekend day takes over from the eve it was exchanged for."""
    if not _works(day):
        return False
    if _statutory(day + DAY):
        return True
    replaced = exchanged_for(day) if day.weekday() >= 5 else None
    return replaced is not None and _statutory(replaced + DAY)


class WorkCalendar:
    """One office's calendar as it stands. Immutable: a changed table makes a new one."""

    def __init__(
        self, week: Hours, zone: ZoneInfo, own: Iterable[Override] = (), confirmed: Collection[int] = ()
    ) -> None:
        self.zone = zone
        self._week = tuple(spans_of(text) if text else () for text in week.days())
        self._own = {o.day: o for o in own}
        self._opens = any(self._week) or any(o.hours for o in self._own.values())
        self._confirmed = frozenset(confirmed)
        self._spans: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    # --- days -----------------------------------------------------------------------------------------

    def today(self, now: datetime) -> date:
        """The office's day at this moment."""
        return now.astimezone(self.zone).date()

    def override(self, day: date) -> Override | None:
        return self._own.get(day)

    def is_working_day(self, day: date) -> bool:
        """Whether the day counts in deadlines given in working days."""
        own = self._own.get(day)
        return own.kind != "off" if own is not None else _works(day)

    def is_short(self, day: date) -> bool:
        own = self._own.get(day)
        return own.kind == "short" if own is not None else _shortened(day)

    def why(self, day: date, language: str = "ru") -> str:
        """What makes this day special, as the law or the office names it; empty for a usual day, for a day off moved
        from elsewhere, and where the office has said it only in Russian."""
        own = self._own.get(day)
        if own is not None:
            return own.basis if language == "ru" else ""
        # «День Победы (выходной)»: a day off because the holiday itself fell on a weekend.
        return "" if _MOVED_FROM.search(name_of(day)) else name_of(day, language).partition(" (")[0]

    def is_confirmed(self, day: date) -> bool:
        """False where a deadline must be shown as preliminary: nobody has confirmed that year's calendar yet."""
        return day.year <= known_until() or day.year in self._confirmed

    def unconfirmed_year(self, now: datetime) -> int | None:
        """The year about which the administrator must be warned: this one, or from 1 November the next."""
        today = self.today(now)
        for year in (today.year, today.year + 1) if today.month >= 11 else (today.year,):
            if not self.is_confirmed(date(year, 1, 1)):
                return year
        return None

    def add_working_days(self, day: date, days: int) -> date:
        """The date `days` working days after `day`, which itself is not counted."""
        idle = 0
        while days > 0 and idle < FAR:
            day += DAY
            works = self.is_working_day(day)
            days -= works
            idle = 0 if works else idle + 1
        if days > 0:
            raise ValueError("the calendar has no working days")
        return day

    def working_days(self, since: date, until: date) -> int:
        """How many working days lie after `since`, up to and with `until`."""
        return sum(self.is_working_day(since + DAY * n) for n in range(1, (until - since).days + 1))

    def working_day_from(self, day: date) -> date:
        """This day, or the first working day after it."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    def working_day_until(self, day: date) -> date:
        """This day, or the last working day before it."""
        for _ in range(FAR):
            if self.is_working_day(day):
                return day
            day -= DAY
        raise ValueError("the calendar has no working days")

    # --- hours ----------------------------------------------------------------------------------------

    @property
    def week(self) -> tuple[Spans, ...]:
        """The usual hours of each weekday, Monday first."""
        return self._week

    @property
    def opens(self) -> bool:
        """False for an office that has named no hours at all: its terms in working hours are plain hours."""
        return self._opens

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """When the office is open on this day, as moments in UTC; nothing on a day off."""
        if day not in self._spans:
            if len(self._spans) > 5000:
                self._spans.clear()
            # In UTC: moments of one zone are compared by their clocks, and those jump when its offset changes.
            moments = ((self._moment(day, a), self._moment(day, b)) for a, b in self.hours(day))
            self._spans[day] = tuple((begin, end) for begin, end in moments if begin < end)
        return self._spans[day]

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def hours(self, day: date) -> Spans:
        """Office hours as times of the clock, the short day taken into account."""
        own = self._own.get(day)
        if own is not None and own.kind == "off":
            return ()
        usual = self._week[day.weekday()]
        if own is not None and own.hours:
            return spans_of(own.hours)
        if own is None and not _works(day):
            # An office that works on Saturdays by its own week keeps to it, but not on public holidays.
            if day.weekday() < 5 or name_of(day):
                return ()
            return usual
        if not usual and own is not None:
            usual = max(self._week, key=_length)
        elif not usual and (replaced := exchanged_for(day)) is not None:
            # A working Saturday has the hours of the day it was exchanged for.
            usual = self._week[replaced.weekday()]
        return _cut(usual, SHORTER) if self.is_short(day) else usual

    def is_open(self, moment: datetime) -> bool:
        return any(begin <= moment < end for begin, end in self.spans(self.today(moment)))

    def next_opening(self, now: datetime) -> datetime:
        """`now` while the office is open, else the next opening; `now` as well when it never opens."""
        day = self.today(now)
        for _ in range(FAR if self._opens else 0):
            for begin, end in self.spans(day):
                if now < end:
                    return max(now, begin)
            day += DAY
        return now

    def closing(self, now: datetime) -> datetime | None:
        """When the present span of office hours ends; None while closed."""
        return next((end for begin, end in self.spans(self.today(now)) if begin <= now < end), None)

    def add_working_time(self, moment: datetime, amount: timedelta) -> datetime:
        """The moment after `amount` of office hours; counting starts with the next opening. An office without hours
        counts plain time."""
        day, moment, idle = self.today(moment), moment.astimezone(UTC), 0
        while self._opens and idle < FAR:
            spans = self.spans(day)
            idle = 0 if spans else idle + 1
            for begin, end in spans:
                start = max(moment, begin)
                if start >= end:
                    continue
                room = end - start
                if amount <= room:
                    return start + amount
                amount -= room
                moment = end
            day += DAY
        return moment + amount

    def working_time(self, since: datetime, until: datetime) -> timedelta:
        """Office hours between two moments; plain time for an office without hours."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        if not self._opens:
            return max(until - since, timedelta())
        total = timedelta()
        day, last = self.today(since), self.today(until)
        while day <= last:
            for begin, end in self.spans(day):
                total += max(min(until, end) - max(since, begin), timedelta())
            day += DAY
        return total

    # --- two calendars --------------------------------------------------------------------------------

    def differs(self, other: WorkCalendar) -> list[Difference]:
        """What another calendar of the same office says otherwise, by day: whether it is a working day, and its
        hours."""
        found = []
        for day in sorted(self._own.keys() | other._own.keys()):
            works, hours = self.is_working_day(day) != other.is_working_day(day), self.hours(day) != other.hours(day)
            if works or hours:
                found.append(Difference(day, works))
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """A day on which two calendars differ; `counts`: a working day in one of them and none in the other."""

    day: date
    counts: bool


def _length(spans: Spans) -> int:
    """Minutes of a day's hours."""
    return sum((b.hour - a.hour) * 60 + b.minute - a.minute for a, b in spans)


def _cut(spans: Spans, amount: timedelta) -> Spans:
    """The day ends earlier by `amount`; a last span no longer than that goes altogether."""
    left = list(spans)
    while left and amount > timedelta():
        begin, end = left.pop()
        length = datetime.combine(date.min, end) - datetime.combine(date.min, begin)
        if length > amount:
            left.append((begin, (datetime.combine(date.min, end) - amount).time()))
            break
        amount -= length
    return tuple(left)


async def read(session: Session, week: Hours, zone: ZoneInfo) -> WorkCalendar:
    """The calendar with the office's own table."""
    own = [Override(r.day, r.kind, r.basis, r.hours) for r in await session.execute(select(overrides))]
    confirmed = [r[0] for r in await session.execute(select(years.c.year))]
    return WorkCalendar(week, zone, own, confirmed)


async def declare(
    session: Session, day: date, kind: Kind, *, hours: str = "", basis: str, by: str, now: datetime
) -> None:
    """Put a day into the office's table, in place of what was said of it before."""
    values = {"day": day, "kind": kind, "hours": hours, "basis": basis, "entered_by": by, "entered_at": now}
    await put_row(session, overrides, values, unique="day")
    await journal.note(session, now, by, f"calendar.{kind}", day.isoformat(), " ".join(filter(None, [hours, basis])))


async def undeclare(session: Session, day: date, *, by: str, now: datetime) -> bool:
    """Take a day out of the table again: the production calendar counts. False when it was not there."""
    done = await session.execute(delete(overrides).where(overrides.c.day == day))
    if done.rowcount:
        await journal.note(session, now, by, "calendar.removed", day.isoformat())
    return bool(done.rowcount)


async def entries(session: Session, year: int) -> list[Any]:
    """The office's own table for a year, with who entered what."""
    query = select(overrides).where(overrides.c.day.between(date(year, 1, 1), date(year, 12, 31)))
    return list(await session.execute(query.order_by(overrides.c.day)))


async def confirmation(session: Session, year: int) -> Any | None:
    return (await session.execute(select(years).where(years.c.year == year))).first()


async def confirm(session: Session, year: int, *, basis: str, by: str, now: datetime) -> None:
    """Somebody has compared this year with the government's decree: its dates are not preliminary any more."""
    await put_row(session, years, {"year": year, "basis": basis, "entered_by": by, "entered_at": now}, unique="year")
    await journal.note(session, now, by, "calendar.confirmed", year, basis)


Calendar = Callable[[], WorkCalendar]
"""The calendar of this process as it stands now: the table may change while the process runs."""


class LiveCalendar:
    """Keeps the newest calendar of a process. `refresh` is called at the start and by the job of each minute."""

    def __init__(self, week: Hours, zone: ZoneInfo) -> None:
        self._week = week
        self._zone = zone
        self._now = WorkCalendar(week, zone)

    def __call__(self) -> WorkCalendar:
        return self._now

    async def refresh(self, session: Session) -> None:
        self._now = await read(session, self._week, self._zone)

    def stay(self, before: WorkCalendar) -> None:
        """Keep to this one until the next refresh: what hangs on the newer one could not be done yet."""
        self._now = before
