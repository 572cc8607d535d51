"""What many marks say together: a series of low ones, a drift, a code that nobody scans any more."""

from __future__ import annotations

from datetime import datetime

from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office


async def each_minute(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """Series of low marks (domain.md, section 5, «Alerts»)."""


async def each_day(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """Drift and silence."""
