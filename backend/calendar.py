"""When the office works, as far as this issue needs it: weekly hours (the production calendar comes later)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.office.model import Office


def _hours(office: Office, moment: datetime) -> tuple[datetime, datetime] | None:
    span = office.week.days()[moment.weekday()]
    if not span:
        return None
    begin, _, end = span.partition("-")
    day = moment.date()
    return (
        datetime.combine(day, time.fromisoformat(begin), moment.tzinfo),
        datetime.combine(day, time.fromisoformat(end), moment.tzinfo),
    )


def next_opening(office: Office, now: datetime) -> datetime:
    """`now` while the office is open, else the next opening; `now` as well when the office gives no hours."""
    local = now.astimezone(ZoneInfo(office.timezone))
    for ahead in range(8):
        day = local + timedelta(days=ahead)
        hours = _hours(office, day)
        if hours is None:
            continue
        if ahead == 0 and hours[0] <= local < hours[1]:
            return now
        if hours[0] > local:
            return hours[0]
    return now
