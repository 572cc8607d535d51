"""What was promised under one calendar, when the calendar changes: new days, and who is told of them (ADR 0012).

A promise is stored as the day it counts from and its working days (`relays`), so that recomputing it again, in
another process or after a crash, gives the same day and tells nobody twice. A change may concern thousands of
promises, but only a few dozen different ones: the days are reckoned here, the rows are moved by the database.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, func, insert, literal, or_, select, update

from backend import conversation, journal, outbox, relays, staff, tasks
from backend.alerts import SILENT_CHANNELS
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office

relay, chat = relays.table, conversation.table


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
    mark = secrets.randbits(62)
    changed = [d.day for d in differences if d.counts]
    shifts = await _shifts(session, old, new, changed, new.today(now)) if changed else []
    if shifts:
        await session.execute(_move(shifts, mark))
        await session.execute(_tell(changed, mark, new.next_opening(now)))
        await session.execute(_note(mark, now, by))
    await tasks.look_at_all(session, now, changed=select(relay.c.task).where(relay.c.moved == mark))
    await outbox.hold_until(session, new.next_opening(now), now)
    return await _moved(session, mark) if shifts else []


@dataclass(frozen=True, slots=True)
class _Shift:
    """All promises that were asked for on the same day for the same day go to another one."""

    asked_on: date | None
    term: int | None
    promised: date
    after: date
    asked: date
    days: int

    @property
    def these(self) -> Any:
        return and_(relay.c.asked_on == self.asked_on, relay.c.term == self.term, relay.c.promised == self.promised)


async def _shifts(
    session: Session, old: WorkCalendar, new: WorkCalendar, changed: list[date], today: date
) -> list[_Shift]:
    """What the changed days, in order, move at all."""
    found = await session.execute(
        select(relay.c.asked_on, relay.c.term, relay.c.promised)
        .distinct()
        .where(
            relay.c.state == "waiting",
            relay.c.promised >= today,
            relay.c.promised >= changed[0],
            func.coalesce(relay.c.asked_on, today) < changed[-1],
        )
    )
    shifts = []
    for asked_on, term, promised in found:
        # A promise of before the term was stored counts from today, by what is left of it.
        asked = asked_on or today
        days = term if asked_on and term else max(1, old.working_days(today, promised))
        after = new.add_working_days(asked, days)
        if after != promised and after >= today:
            shifts.append(_Shift(asked_on, term, promised, after, asked, days))
    return shifts


def _move(shifts: list[_Shift], mark: int) -> Any:
    def new(name: str, column: Any) -> Any:
        return case(*((s.these, literal(getattr(s, name), column.type)) for s in shifts))

    return (
        update(relay)
        .where(relay.c.state == "waiting", or_(*(s.these for s in shifts)))
        .values(
            moved=mark,
            moved_from=relay.c.promised,
            promised=new("after", relay.c.promised),
            asked_on=new("asked", relay.c.asked_on),
            term=new("days", relay.c.term),
        )
    )


_TOLD = case(
    (relay.c.channel == "web", "page"),
    (relay.c.channel.in_(SILENT_CHANNELS), ""),
    (func.coalesce(chat.c.stopped, False), ""),
    (relay.c.sealed == "", ""),
    else_="message",
)


def _of(mark: int, *columns: Any) -> Select[Any]:
    query = select(*columns).select_from(relay.outerjoin(chat, chat.c.key == relay.c.address))
    return query.where(relay.c.moved == mark)


def _tell(changed: Iterable[date], mark: int, due_at: datetime) -> Any:
    """A notice for each who can be written to, in office hours: nobody is woken by it. It keeps the changed
    days: which of them concerns him is his row's affair."""
    days = json.dumps([day.isoformat() for day in changed])
    row = outbox.row(
        cause=f"moved:{mark}:",
        channel="",
        address="",
        sealed="",
        language="",
        kind="moved",
        due_at=due_at,
    )
    own = {
        "cause": literal(row["cause"]) + cast(relay.c.id, Text),
        "channel": relay.c.channel,
        "address": relay.c.address,
        "sealed": relay.c.sealed,
        "language": relay.c.language,
        "data": literal('{"relay": ')
        + cast(relay.c.id, Text)
        + literal(', "until": "')
        + cast(relay.c.promised, Text)
        + literal(f'", "days": {days}}}'),
        "task": relay.c.task,
    }
    columns = {name: own.get(name, literal(value, outbox.table.c[name].type)) for name, value in row.items()}
    return insert(outbox.table).from_select(list(columns), _of(mark, *columns.values()).where(_TOLD == "message"))


def _note(mark: int, now: datetime, by: str) -> Any:
    columns = {
        "at": literal(now, journal.table.c.at.type),
        "actor": literal(by),
        "action": literal("promise.moved"),
        "subject": cast(relay.c.task, Text),
        "details": cast(relay.c.moved_from, Text) + literal(" ") + cast(relay.c.promised, Text),
    }
    return insert(journal.table).from_select(list(columns), _of(mark, *columns.values()).order_by(relay.c.task))


async def _moved(session: Session, mark: int) -> list[Moved]:
    query = _of(mark, relay.c.task, relay.c.moved_from, relay.c.promised, _TOLD).order_by(relay.c.task)
    return [Moved(*row) for row in await session.execute(query)]


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
