"""Each working morning: deadlines near and past. Staff are reminded some days before, the head hears on the day, a miss
is admitted to the client with a new date (requirements 4.12, 4.20)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, select, update

from backend import absences
from backend.absences import Away, stands_in
from backend.appeals import access, events, notices, routing
from backend.appeals.deadlines import reckon, rule_for
from backend.appeals.registration import content_of
from backend.appeals.rows import appeals
from backend.calendar import DAY, WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office

AT_ONCE: Final = 100  # SQLite has one writer: clients wait for a portion
LONGEST_REDIRECT: Final = 30  # days back that a term for redirecting may have begun
DAILY_FROM: Final = 8  # o'clock of the office; the notices themselves wait for its opening


def threshold(days: tuple[int, ...], due: date, today: date, next_run: date) -> int | None:
    """Which reminder this morning owes: the smallest number of days that will have passed before the next morning's
    run. So nobody is reminded later than promised because of a day off."""
    found = [number for number in sorted(days) if (due - next_run).days < number]
    return found[0] if found and due > today else None


async def run(
    session: Session, office: Office, calendar: WorkCalendar, keys: Keys, now: datetime, after: int = 0
) -> int | None:
    """One portion of the morning's work; gives the id after which the next one begins, None when all is done. Safe to
    repeat: what was told is kept on the appeal."""
    content = content_of(office)
    today = calendar.today(now)
    next_run = calendar.add_working_days(today, 1)
    horizon = next_run + DAY * (max(content.remind_days, default=0) + 1)
    rows = list(
        await session.execute(
            select(appeals)
            .where(appeals.c.open.is_(True), appeals.c.due_on <= horizon, appeals.c.id > after)
            .order_by(appeals.c.id)
            .limit(AT_ONCE)
        )
    )
    away = await absences.away(session, today)
    due_at = calendar.next_opening(now)
    if not after:
        await _redirectable(session, office, calendar, away, now, due_at)
    for row in rows:
        excluded = access.complained_of(row)
        holder = stands_in(away, row.holder) if row.holder is not None else None
        head = routing.head_over(office, away, excluded, row.unit)
        unit = content.unit(row.unit)
        heads = [head, unit.head if unit is not None else None]
        if row.due_on < today:
            await _overdue(session, office, calendar, keys, row, [holder], heads, now, due_at)
        elif row.due_on == today:
            if row.reminded != 0:
                await _remind(session, office, row, [holder, *heads], 0, now, due_at)
        else:
            number = threshold(content.remind_days, row.due_on, today, next_run)
            if number is not None and (row.reminded is None or row.reminded > number):
                await _remind(session, office, row, [holder], number, now, due_at)
    return rows[-1].id if len(rows) == AT_ONCE else None


async def _remind(
    session: Session, office: Office, row: Any, people: list[str | None], number: int, now: datetime, due_at: datetime
) -> None:
    done = await session.execute(
        update(appeals)
        .where(and_(appeals.c.id == row.id, appeals.c.due_on == row.due_on, appeals.c.open.is_(True)))
        .values(reminded=number)
    )
    if done.rowcount:
        once = f"due:{row.due_on.isoformat()}:{number}"
        await notices.to_staff(session, office, row, people, now, what="due", once=once, due_at=due_at)


async def _overdue(
    session: Session,
    office: Office,
    calendar: WorkCalendar,
    keys: Keys,
    row: Any,
    holders: list[str | None],
    heads: list[str | None],
    now: datetime,
    due_at: datetime,
) -> None:
    """The holder hears of it each working morning, the heads on the first one; the client once for each missed date:
    that we are late, and the new date."""
    today = calendar.today(now)
    people = holders if row.late_told is not None and row.late_told >= row.due_on else [*holders, *heads]
    await notices.to_staff(
        session, office, row, people, now, what="overdue", once=f"late:{today.isoformat()}", due_at=due_at
    )
    missed = max(row.legal_on, row.due_on) if row.promised_on is None else row.promised_on
    if missed >= today:
        return
    until = calendar.add_working_days(today, content_of(office).overdue_days)
    done = await session.execute(
        update(appeals)
        .where(and_(appeals.c.id == row.id, appeals.c.open.is_(True), appeals.c.version == row.version))
        .values(promised_on=until, late_told=today, version=appeals.c.version + 1)
    )
    if done.rowcount:
        data = {"missed": missed.isoformat(), "until": until.isoformat()}
        event = await events.add(session, keys, now, row, "overdue", by="system", data=data)
        await notices.tell(session, office, calendar, row.id, event, now)


async def _redirectable(
    session: Session, office: Office, calendar: WorkCalendar, away: Away, now: datetime, due_at: datetime
) -> None:
    """Of what nobody has begun: the last morning on which it can be redirected in time (59-ФЗ, article 8 part 3)."""
    content, today = content_of(office), calendar.today(now)
    next_run = calendar.add_working_days(today, 1)
    for kind in content.kinds:
        days = []
        for number in range(LONGEST_REDIRECT):
            day = today - DAY * number
            rule = rule_for(content.rules, kind.code, "redirect", day)
            if rule is not None and today <= reckon(rule, day, calendar).due <= next_run:
                days.append(day)
        if not days:
            continue
        waiting = select(appeals).where(
            appeals.c.registered_on.in_(days), appeals.c.kind == kind.code, appeals.c.means == "new"
        )
        for row in list(await session.execute(waiting.where(appeals.c.open.is_(True)))):
            holder = stands_in(away, row.holder) if row.holder is not None else None
            await notices.to_staff(session, office, row, [holder], now, what="redirect", once="redirect", due_at=due_at)


def missed(row: Any, today: date) -> int:
    """Days that an open appeal is overdue; 0 while it is not."""
    return max(0, (today - row.due_on).days) if row.open else 0
