"""Appeals as staff see them. (A stub of the lead: the desk engineer writes it.)"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office
from bot.messages import Reply
from bot.words import Words


async def staff_notice(
    session: Session, office: Office, words: Words, calendar: WorkCalendar, row: Any, now: datetime
) -> Reply | None:
    del session, office, words, calendar, row, now
    return None
