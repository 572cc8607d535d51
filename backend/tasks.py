"""Tasks: something a client told us that a person must deal with, from the alert to what was done.

A task lives in the database whatever happens to the messengers. Its `version` grows with every change that people
should see; what was posted about it follows (`backend.alerts`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, and_, func, insert, or_, select, update
from sqlmodel import Field, SQLModel

from backend import journal
from backend.db import Moment, Session, table_of


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=12)  # low_score, danger, series, drift, silence
    response: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True, nullable=True))
    subject_kind: str = Field(default="", max_length=8)
    subject: str = Field(default="", max_length=40, index=True)
    service: str | None = Field(default=None, max_length=24)
    channel: str = Field(max_length=16)
    text: str = Field(default="")  # masked words of a client outside a survey (danger)
    status: str = Field(default="new", max_length=8, index=True)  # new, taken, closed
    person: str | None = Field(default=None, max_length=40, index=True)  # who has it (a known person)
    holder: str = Field(default="", max_length=120)  # how the holder is named to others
    taken_at: datetime | None = Field(default=None, sa_type=Moment)
    done: str = Field(default="")
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    level: int = Field(default=0)  # how far it has risen: 0 owner, 1 deputy, 2 head, 3 administrator
    reopened: bool = Field(default=False)
    notes: str = Field(default="")  # codes of what happened to it since, separated by spaces
    created_at: datetime = Field(sa_type=Moment, index=True)
    version: int = Field(default=1)
    announced: int = Field(default=0)
    announce_at: datetime = Field(sa_type=Moment, index=True)
    next_at: datetime | None = Field(default=None, sa_type=Moment, index=True)  # when `escalation` looks at it again
    reminded: int = Field(default=0)  # reminders of the present stage that went out
    joined_to: int | None = Field(default=None, index=True)  # the task whose alert shows this one («ещё 2»)


table = table_of(Task)


async def open_task(
    session: Session,
    *,
    kind: str,
    channel: str,
    now: datetime,
    announce_at: datetime,
    response: int | None = None,
    subject_kind: str = "",
    subject: str = "",
    service: str | None = None,
    text: str = "",
) -> int:
    """Open a task; gives its number. It is announced to its people at `announce_at`."""
    result = await session.execute(
        insert(table)
        .values(
            kind=kind,
            channel=channel,
            response=response,
            subject_kind=subject_kind,
            subject=subject,
            service=service,
            text=text,
            status="new",
            holder="",
            done="",
            level=0,
            reopened=False,
            notes="",
            created_at=now,
            version=1,
            announced=0,
            announce_at=announce_at,
        )
        .returning(table.c.id)
    )
    return int(result.scalar_one())


async def get(session: Session, number: int) -> Any | None:
    return (await session.execute(select(table).where(table.c.id == number))).first()


async def of_response(session: Session, response: int) -> Any | None:
    return (await session.execute(select(table).where(table.c.response == response))).first()


async def changed(session: Session, response: int, now: datetime, *, note: str = "") -> None:
    """The client has added to his response: what was posted follows now."""
    values: dict[str, Any] = {"version": table.c.version + 1, "announce_at": now}
    if note:
        values["notes"] = func.trim(table.c.notes + f" {note}")
    await session.execute(update(table).where(table.c.response == response).values(**values))


async def touch(session: Session, number: int, now: datetime, *, note: str = "") -> None:
    values: dict[str, Any] = {"version": table.c.version + 1, "announce_at": now}
    if note:
        values["notes"] = func.trim(table.c.notes + f" {note}")
    await session.execute(update(table).where(table.c.id == number).values(**values))


async def make_danger(session: Session, number: int, now: datetime) -> None:
    """The client has added words of danger: told at once, again."""
    await session.execute(
        update(table).where(table.c.id == number).values(kind="danger", version=table.c.version + 1, announce_at=now)
    )


async def take(session: Session, number: int, now: datetime, *, person: str | None, holder: str) -> bool:
    """Take a task that nobody has: the first press wins. False when it is taken or closed already."""
    done = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.status == "new"))
        .values(
            status="taken",
            person=person,
            holder=holder,
            taken_at=now,
            version=table.c.version + 1,
            announce_at=now,
        )
    )
    if done.rowcount:
        await journal.note(session, now, holder, "task.taken", number)
    return bool(done.rowcount)


async def give_back(session: Session, number: int, now: datetime, *, by: str) -> bool:
    """Return a taken task to the queue."""
    done = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.status == "taken"))
        .values(status="new", person=None, holder="", taken_at=None, version=table.c.version + 1, announce_at=now)
    )
    if done.rowcount:
        await journal.note(session, now, by, "task.returned", number)
    return bool(done.rowcount)


async def give_back_all(session: Session, person: str, now: datetime) -> int:
    """What a person leaves behind goes back to the queue; gives how many."""
    done = await session.execute(
        update(table)
        .where(and_(table.c.status == "taken", table.c.person == person))
        .values(status="new", person=None, holder="", taken_at=None, version=table.c.version + 1, announce_at=now)
    )
    return done.rowcount


async def hand_over(session: Session, number: int, now: datetime, *, to: str, holder: str, by: str) -> bool:
    """Give an open task to another person, who has it from now on."""
    done = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.status != "closed"))
        .values(
            status="taken",
            person=to,
            holder=holder,
            taken_at=now,
            notes=func.trim(table.c.notes + f" to:{to}"),
            version=table.c.version + 1,
            announce_at=now,
        )
    )
    if done.rowcount:
        await journal.note(session, now, by, "task.handed_over", number, to)
    return bool(done.rowcount)


async def close(session: Session, number: int, now: datetime, *, done: str, by: str, person: str | None) -> bool:
    """Close with what was done; the text is mandatory. False when it was closed already."""
    if not done.strip():
        raise ValueError("a task is closed only with what was done")
    result = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.status != "closed"))
        .values(
            status="closed",
            done=done,
            closed_at=now,
            person=func.coalesce(table.c.person, person),
            holder=by,
            version=table.c.version + 1,
            announce_at=now,
        )
    )
    if result.rowcount:
        await journal.note(session, now, by, "task.closed", number)
    return bool(result.rowcount)


async def reopen(session: Session, number: int, now: datetime) -> bool:
    """«Не помогло»: once, and the next level hears of it."""
    result = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.reopened.is_(False)))
        .values(
            status="new",
            person=None,
            holder="",
            taken_at=None,
            reopened=True,
            level=1,
            notes=func.trim(table.c.notes + " not_helped"),
            version=table.c.version + 1,
            announce_at=now,
        )
    )
    if result.rowcount:
        await journal.note(session, now, "client", "task.reopened", number)
    return bool(result.rowcount)


async def open_for(session: Session, person: str | None, limit: int = 50) -> tuple[list[Any], int]:
    """What is this person's and what nobody has taken, danger first, then the oldest; and how many there are."""
    theirs = or_(table.c.status == "new", and_(table.c.status == "taken", table.c.person == person))
    rows = list(
        await session.execute(select(table).where(theirs).order_by(table.c.kind != "danger", table.c.id).limit(limit))
    )
    if len(rows) < limit:
        return rows, len(rows)
    return rows, (await session.execute(select(func.count()).select_from(table).where(theirs))).scalar_one()


async def due(session: Session, now: datetime, limit: int = 100) -> list[Any]:
    """Tasks whose people must be told (again)."""
    rows = await session.execute(
        select(table)
        .where(table.c.announce_at <= now, table.c.announced < table.c.version)
        .order_by(table.c.announce_at)
        .limit(limit)
    )
    return list(rows)


async def crowd(session: Session, task: Any, within: timedelta) -> list[int]:
    """Earlier low marks of the same subject that came shortly before this one, oldest first."""
    rows = await session.execute(
        select(table.c.id)
        .where(
            table.c.subject == task.subject,
            table.c.subject_kind == task.subject_kind,
            table.c.kind == task.kind,
            table.c.id < task.id,
            table.c.created_at >= task.created_at - within,
        )
        .order_by(table.c.id)
        .limit(50)
    )
    return [r[0] for r in rows]


async def note_more(session: Session, number: int, now: datetime) -> None:
    """One more low mark is shown by this task's alert: its counter of today is read anew when it is changed."""
    await session.execute(
        update(table).where(table.c.id == number).values(version=table.c.version + 1, announce_at=now)
    )


async def mark_announced(session: Session, number: int, version: int) -> bool:
    """Claim the announcement of this version: True for one process only."""
    done = await session.execute(
        update(table).where(and_(table.c.id == number, table.c.announced < version)).values(announced=version)
    )
    return bool(done.rowcount)


async def next_due(session: Session) -> datetime | None:
    found: datetime | None = (
        await session.execute(select(func.min(table.c.announce_at)).where(table.c.announced < table.c.version))
    ).scalar()
    return found
