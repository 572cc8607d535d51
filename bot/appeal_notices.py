"""Notices to clients about their appeals. (A stub of the lead: the tracking engineer writes it.)"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.calendar import WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office
from bot.channels import Mode
from bot.messages import Reply
from bot.words import Words


async def compose(
    session: Session,
    office: Office,
    words: Words,
    calendar: WorkCalendar,
    keys: Keys,
    row: Any,
    mode: Mode,
    now: datetime,
) -> Reply | None:
    del session, office, words, calendar, keys, row, mode, now
    return None
