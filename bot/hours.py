"""When the office works, in words: one text for the bot, the pages and the alerts, always from the calendar."""

from __future__ import annotations

from datetime import datetime

from backend.calendar import WorkCalendar
from bot.words import Words


def in_words(words: Words, calendar: WorkCalendar, now: datetime) -> str:
    """The week's hours, today's state and the special days ahead, in a few short lines."""
    today = calendar.today(now)
    return ", ".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in calendar.hours(today)) or words.day(today)
