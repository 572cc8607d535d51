"""The only place that reads the machine's time. Everything else is told what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    return datetime.now(UTC)


def clock_from(start: datetime | None) -> Clock:
    """The clock of this process. With CLOCK set, time starts there and goes on at its usual pace, so that
    «60 seconds later» still comes in a demo of another day."""
    if start is None:
        return real_clock
    shift = start - real_clock()
    return lambda: real_clock() + shift


def office_day(now: datetime, zone: ZoneInfo) -> date:
    """The office's calendar day at this moment: marks can be changed until it ends."""
    return now.astimezone(zone).date()


def to_the_hour(now: datetime) -> datetime:
    """Response times are kept no finer than this, so that a journal of the door cannot name the author."""
    return now.replace(minute=0, second=0, microsecond=0)
