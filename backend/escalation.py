"""What happens to a task that nobody takes, solves or answers: who hears of it next, and when."""

from __future__ import annotations

from datetime import datetime

from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office


async def run(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """Look at every task that is due for it; safe in any number of processes."""
