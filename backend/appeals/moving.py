"""A changed calendar recomputes the terms that run, and tells whom it moves; what has ended stays (issue; ADR 0012)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, select, update

from backend.appeals import events, notices
from backend.appeals.rows import appeals
from backend.appeals.work import deadline_of
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office

AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class MovedAppeal:
    """A term that was moved, and whether the client is told in a chat."""

    number: str
    before: date
    after: date
    told: bool


async def recompute(
    session: Session,
    office: Office,
    old: WorkCalendar,
    new: WorkCalendar,
    now: datetime,
    *,
    by: str = "system",
) -> list[MovedAppeal]:
    """Count every open term anew under the new calendar. Doing it again, or in another process, moves nothing twice:
    only rows whose stored date differs are written. A date is never moved into the past."""
    if office.appeals is None:
        return []
    days = [difference.day for difference in old.differs(new) if difference.counts]
    if not days:
        return []
    today = new.today(now)
    # Terms of the same kind, day and extension share one count.
    counted: dict[tuple[str, date, int], tuple[date, date, date] | None] = {}
    found: list[MovedAppeal] = []
    after = 0
    while True:
        rows = list(
            await session.execute(
                select(appeals)
                .where(
                    appeals.c.open.is_(True),
                    appeals.c.id > after,
                    appeals.c.due_on >= min(today, days[0]),
                    appeals.c.started_on <= days[-1],
                )
                .order_by(appeals.c.id)
                .limit(AT_ONCE)
            )
        )
        for row in rows:
            term = (row.kind, row.started_on, row.extended)
            if term not in counted:
                before, deadline = deadline_of(office.appeals, row, old), deadline_of(office.appeals, row, new)
                counted[term] = None
                if before is not None and deadline is not None:
                    counted[term] = (before.due, deadline.legal, deadline.due)
            dates = counted[term]
            # A date that was not counted by the rule came from another system: it is not ours to move.
            if dates is None or dates[0] != row.due_on or dates[2] == row.due_on or dates[2] < today:
                continue
            if moved := await _move(session, office, new, row, dates[1:], now, by):
                found.append(moved)
        if len(rows) < AT_ONCE:
            return found
        after = rows[-1].id


async def _move(
    session: Session,
    office: Office,
    calendar: WorkCalendar,
    row: Any,
    dates: tuple[date, date],
    now: datetime,
    by: str,
) -> MovedAppeal | None:
    legal, due = dates
    done = await session.execute(
        update(appeals)
        .where(and_(appeals.c.id == row.id, appeals.c.due_on == row.due_on, appeals.c.open.is_(True)))
        .values(legal_on=legal, due_on=due, reminded=None, version=appeals.c.version + 1)
    )
    if not done.rowcount:
        return None
    data = {"from": row.due_on.isoformat(), "due": due.isoformat()}
    event = await events.add(session, None, now, row, "deadline", by=by, data=data)
    told = await notices.tell(session, office, calendar, row.id, event, calendar.next_opening(now))
    await notices.to_staff(
        session,
        office,
        row,
        [row.holder],
        now,
        what="moved",
        once=f"event:{event}",
        due_at=calendar.next_opening(now),
    )
    return MovedAppeal(row.number, row.due_on, due, told)
