"""When the office works, in words: one text for the bot, the pages and the alerts, always from the calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby

from backend.calendar import DAY, Spans, WorkCalendar
from bot.words import Words

AHEAD = 14  # days whose peculiarities are told
_NOON = (time(11), time(15))  # a break that begins between them is lunch


def in_words(words: Words, calendar: WorkCalendar, now: datetime) -> str:
    """Whether it is open now, the week's hours, the special days of the next two weeks: a line each."""
    return _in_words(words, calendar, now.replace(second=0, microsecond=0))


def until(words: Words, calendar: WorkCalendar, day: date, today: date) -> str:
    """A day that is promised to a client; preliminary in a year whose calendar nobody has confirmed."""
    text = words.day(day, today)
    return text if calendar.is_confirmed(day) else words("day-preliminary", day=text)


def closed_now(words: Words, calendar: WorkCalendar, now: datetime) -> str:
    """When people answer again; empty while they do (requirement 5.27)."""
    if not calendar.opens or calendar.is_open(now):
        return ""
    return _now(words, calendar, now)


@lru_cache(maxsize=16)
def _in_words(words: Words, calendar: WorkCalendar, now: datetime) -> str:
    # Every page has these lines, and they stay the same for a minute.
    if not calendar.opens:
        return words("hours-unknown")
    return "\n".join([_now(words, calendar, now), _week(words, calendar), *_special(words, calendar, now)])


def _clock(at: time) -> str:
    return f"{at.hour}:{at:%M}"


def _span(begin: time, end: time) -> str:
    return f"{_clock(begin)}–{_clock(end)}"


def _lunch(spans: Spans) -> tuple[time, time] | None:
    """The break of a day in two parts, around noon."""
    if len(spans) == 2 and _NOON[0] <= spans[0][1] < _NOON[1]:
        return spans[0][1], spans[1][0]
    return None


def _hours(spans: Spans) -> str:
    """«9:00–18:00» around a lunch, else every span."""
    if _lunch(spans):
        return _span(spans[0][0], spans[-1][1])
    return ", ".join(_span(*span) for span in spans)


def _day_hours(words: Words, spans: Spans, common: tuple[time, time] | None) -> str:
    """The hours of one day, with its lunch where it is not the usual one."""
    lunch = _lunch(spans)
    if lunch is None or lunch == common:
        return _hours(spans)
    return f"{_hours(spans)} ({words('hours-lunch', lunch=_span(*lunch))})"


def _now(words: Words, calendar: WorkCalendar, now: datetime) -> str:
    today, clock = calendar.today(now), now.astimezone(calendar.zone).time()
    spans = calendar.hours(today)
    if calendar.is_open(now):
        lunch = _lunch(spans)
        last = _clock(spans[-1][1])
        if lunch is not None and clock < lunch[0]:
            return words("hours-open-lunch", until=last, lunch=_span(*lunch))
        return words("hours-open", until=_clock(next(end for _, end in spans if clock < end)))
    opening = calendar.next_opening(now)
    if opening == now:
        return words("hours-closed")
    day, at = calendar.today(opening), _clock(opening.astimezone(calendar.zone).time())
    if day == today:
        if clock < spans[0][0]:
            return words("hours-closed-today", at=at)
        return words("hours-at-lunch" if _lunch(spans) else "hours-at-break", at=at)
    if day == today + DAY:
        return words("hours-closed-tomorrow", at=at)
    if day < today + timedelta(days=7):
        return words("hours-closed-weekday", weekday=day.weekday(), at=at)
    return words("hours-closed-day", day=words.day(day), at=at)


def _week(words: Words, calendar: WorkCalendar) -> str:
    """«Пн–чт 9:00–18:00, пт 9:00–16:45, обед 13:00–13:45, сб–вс выходной»."""
    common = _common_lunch(calendar)
    work, off = [], []
    for spans, group in groupby(range(7), lambda day: calendar.week[day]):
        days = list(group)
        first, last = (words("hours-weekday", weekday=day) for day in (days[0], days[-1]))
        name = words("hours-every-day") if len(days) == 7 else first if first == last else f"{first}–{last}"
        if spans:
            work.append(f"{name} {_day_hours(words, spans, common)}")
        else:
            off.append(name)
    if common is not None:
        work.append(words("hours-lunch", lunch=_span(*common)))
    parts = [*work, *([f"{', '.join(off)} {words('hours-off')}"] if off else [])]
    return _capital(("; " if any(", " in part for part in parts) else ", ").join(parts))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _common_lunch(calendar: WorkCalendar) -> tuple[time, time] | None:
    """The lunch of every day that the office works, if it is the same."""
    found = {_lunch(spans) for spans in calendar.week if spans}
    return found.pop() if len(found) == 1 else None


def _special(words: Words, calendar: WorkCalendar, now: datetime) -> list[str]:
    """The days ahead that are not as usual, holidays in one line however long they are."""
    today, common = calendar.today(now), _common_lunch(calendar)
    lines = []
    day = today
    while day < today + timedelta(days=AHEAD):
        spans, usual = calendar.hours(day), calendar.week[day.weekday()]
        if not spans:
            last = day
            while not calendar.hours(last + DAY) and last < day + timedelta(days=60):
                last += DAY
            lines += _closed(words, calendar, day, last)
            day = last
        elif spans != usual:
            lines.append(_other_hours(words, day, spans, usual, common))
        day += DAY
    return lines


def _closed(words: Words, calendar: WorkCalendar, first: date, last: date) -> list[str]:
    """A run of days without hours; nothing where it is only the usual weekend."""
    run = [first + DAY * n for n in range((last - first).days + 1)]
    special = [day for day in run if calendar.week[day.weekday()]]
    if not special:
        return []
    if len(special) > 1:
        since = str(first.day) if first.month == last.month else words.day(first)
        return [words("hours-days-off", since=since, until=words.day(last))]
    day = special[0]
    if why := calendar.why(day, words.language):
        return [words("hours-day-off-why", day=words.day(day), why=why)]
    return [words("hours-day-off", day=words.day(day))]


def _other_hours(words: Words, day: date, spans: Spans, usual: Spans, common: tuple[time, time] | None) -> str:
    if not usual:
        weekday, hours = words("hours-weekday", weekday=day.weekday()), _day_hours(words, spans, common)
        return _capital(words("hours-day-work", weekday=weekday, day=words.day(day), hours=hours))
    if spans[0][0] == usual[0][0] and spans[:-1] == usual[: len(spans) - 1]:
        return words("hours-day-until", day=words.day(day), until=_clock(spans[-1][1]))
    return words("hours-day-other", day=words.day(day), hours=_day_hours(words, spans, common))
