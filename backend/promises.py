"""What was promised under one calendar, when the calendar changes: new days, and who is told of them (ADR 0012).

A promise is stored as the day it counts from and its working days (`relays`), so that recomputing it again, in
another process or after a crash, gives the same day and tells nobody twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from backend import conversation, journal, outbox, relays, staff, tasks
from backend.alerts import SILENT_CHANNELS
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office

MANY = 5000  # numbers in one statement; the databases take some 32,000 values


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise that was moved. `told`: how its client learns of it – by a `message`, or on the `page` of his secret
    link; empty for one who wants no messages."""

    task: int
    before: date
    after: date
    told: str


async def recompute(
    session: Session, old: WorkCalendar, new: WorkCalendar, now: datetime, *, by: str = "system"
) -> list[Moved]:
    """Move every open promise to the day that the new calendar gives, tell the clients, and let every term of a task
    be looked at anew. What is overdue stays so, and nothing is moved into the past."""
    differences = old.differs(new)
    if not differences:
        return []
    days = [d.day for d in differences if d.counts]
    moved = await _move(session, old, new, days, now, by) if days else []
    await tasks.look_at_all(session, now)
    await outbox.hold_until(session, new.next_opening(now), now)
    return moved


_MOVE = (
    update(relays.table)
    .where(relays.table.c.id == bindparam("relay"))
    .values(promised=bindparam("after"), asked_on=bindparam("asked"), term=bindparam("days"))
)


async def _move(
    session: Session, old: WorkCalendar, new: WorkCalendar, days: list[date], now: datetime, by: str
) -> list[Moved]:
    """`days`: those that count in one calendar only, in order."""
    today = new.today(now)
    add = cache(new.add_working_days)
    moved: list[Moved] = []
    changes: list[dict[str, Any]] = []
    notices: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for row in await _open(session, days, today):
        # A promise of before the term was stored counts from today, by what is left of it.
        asked = row.asked_on or today
        term = row.term if row.asked_on and row.term else max(1, old.working_days(today, row.promised))
        after = add(asked, term)
        if after == row.promised or after < today:
            continue
        told = _told(row)
        moved.append(Moved(row.task, row.promised, after, told))
        changes.append({"relay": row.id, "after": after, "asked": asked, "days": term})
        details = f"{row.promised.isoformat()} {after.isoformat()}"
        notes.append({"at": now, "actor": by, "action": "promise.moved", "subject": str(row.task), "details": details})
        if told == "message":
            notices.append(_notice(row, after, _reason(new, days, asked, max(row.promised, after)), now))
    if changes:
        await session.execute(_MOVE, changes)
        await session.execute(insert(journal.table), notes)
        numbers = [m.task for m in moved]
        for start in range(0, len(numbers), MANY):
            await tasks.touch_all(session, numbers[start : start + MANY], now)
    if notices:
        await session.execute(insert(outbox.table), notices)
    return moved


async def _open(session: Session, days: list[date], today: date) -> list[Any]:
    """Waiting promises that one of these days can move, held until the end of the transaction."""
    relay, chat = relays.table, conversation.table
    rows = await session.execute(
        select(relay, func.coalesce(chat.c.stopped, False).label("stopped"))
        .select_from(relay.outerjoin(chat, chat.c.key == relay.c.address))
        .where(
            relay.c.state == "waiting",
            relay.c.promised >= today,
            relay.c.promised >= days[0],
            func.coalesce(relay.c.asked_on, today) < days[-1],
        )
        .order_by(relay.c.task)
        .with_for_update(of=relay)
    )
    return list(rows)


def _told(row: Any) -> str:
    if row.channel in SILENT_CHANNELS:
        return "page" if row.channel == "web" else ""
    return "message" if row.sealed and not row.stopped else ""


def _reason(new: WorkCalendar, days: list[date], asked: date, last: date) -> dict[str, Any]:
    """The changed day, where it is one."""
    within = [day for day in days if asked < day <= last]
    return {"day": within[0].isoformat(), "works": new.is_working_day(within[0])} if len(within) == 1 else {}


def _notice(row: Any, after: date, reason: dict[str, Any], now: datetime) -> dict[str, Any]:
    return outbox.row(
        cause=f"moved:{row.id}:{after.isoformat()}:{now:%Y%m%d%H%M%S%f}",
        channel=row.channel,
        address=row.address,
        sealed=row.sealed,
        language=row.language,
        kind="moved",
        due_at=now,
        data={"relay": row.id, "until": after.isoformat(), **reason},
        task=row.task,
    )


async def warn_of_year(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """The administrator is told once a working day that a year's calendar waits for him (domain.md, 9.3)."""
    year, today = calendar.unconfirmed_year(now), calendar.today(now)
    if year is None or not calendar.is_working_day(today):
        return
    due_at = calendar.next_opening(now)
    rows = [
        outbox.row(
            cause=f"year:{year}:{today.isoformat()}:{place.address}",
            channel=place.channel,
            address=place.address,
            sealed=place.sealed,
            language=place.language or office.languages[0],
            kind="note",
            due_at=due_at,
            data={"key": "note-year-unconfirmed", "year": str(year)},
        )
        for place in await staff.places_of(session, office.administrator)
        if place.channel not in SILENT_CHANNELS
    ]
    await outbox.put(session, rows)
