"""Tasks: something a client told us that a person must deal with, from the alert to what was done.

A task lives in the database whatever happens to the messengers. Its `version` grows with every change that people
should see; what was posted about it follows (`backend.alerts`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, and_, bindparam, case, exists, func, insert, literal, or_, select, update
from sqlmodel import Field, SQLModel

from backend import journal, outbox, relays
from backend.db import Moment, Session, table_of


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=12)  # low_score, danger, series, drift, silence, question, review
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
    since: datetime | None = Field(default=None, sa_type=Moment)  # when the present stage began: told, taken, reminded
    reminded: int = Field(default=0)  # reminders of the present stage that went out
    owner: str | None = Field(default=None, max_length=40)  # who answers for it, where the subject does not say
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
    owner: str | None = None,
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
            owner=owner,
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
            next_at=announce_at,
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
    values: dict[str, Any] = {"version": table.c.version + 1, "announce_at": now, "next_at": now}
    if note:
        values["notes"] = func.trim(table.c.notes + f" {note}")
    await session.execute(update(table).where(table.c.response == response).values(**values))


async def touch(session: Session, number: int, now: datetime, *, note: str = "", stage: bool = False) -> None:
    """Something about the task has changed. `stage`: the work on it goes on, so its clock starts anew."""
    values: dict[str, Any] = {"version": table.c.version + 1, "announce_at": now, "next_at": now}
    if stage:
        values |= {"since": now, "reminded": 0}
    if note:
        values["notes"] = func.trim(table.c.notes + f" {note}")
    await session.execute(update(table).where(table.c.id == number).values(**values))


async def note_once(session: Session, number: int, now: datetime, *, mark: str, value: str) -> bool:
    """Note `mark:value` unless the task has such a mark: of two at once, one does it. What was posted follows."""
    done = await session.execute(
        update(table)
        .where(table.c.id == number, ~(literal(" ") + table.c.notes).contains(f" {mark}:", autoescape=True))
        .values(notes=func.trim(table.c.notes + f" {mark}:{value}"), version=table.c.version + 1, announce_at=now)
    )
    return bool(done.rowcount)


async def make_danger(session: Session, number: int, now: datetime) -> None:
    """The client has added words of danger: told at once, again."""
    await session.execute(
        update(table)
        .where(table.c.id == number)
        .values(kind="danger", notes=func.trim(table.c.notes + " urgent"), **_anew(now))
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
            **_anew(now),
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
        .values(status="new", person=None, holder="", taken_at=None, **_anew(now))
    )
    if done.rowcount:
        await journal.note(session, now, by, "task.returned", number)
    return bool(done.rowcount)


async def give_back_all(session: Session, person: str, now: datetime) -> int:
    """What a person leaves behind goes back to the queue; gives how many."""
    done = await session.execute(
        update(table)
        .where(and_(table.c.status == "taken", table.c.person == person))
        .values(status="new", person=None, holder="", taken_at=None, **_anew(now))
    )
    if done.rowcount:
        await journal.note(session, now, person, "task.all_returned", person, str(done.rowcount))
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
            **_anew(now),
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


async def withdraw(session: Session, number: int, now: datetime, *, done: str) -> None:
    """The client takes his question back: his words go. What nobody has taken is closed; who has it is told."""
    untaken = table.c.status == "new"
    await session.execute(
        update(table)
        .where(table.c.id == number, table.c.kind == "question", table.c.status != "closed")
        .values(
            text="",
            status=case((untaken, "closed"), else_=table.c.status),
            done=case((untaken, done), else_=table.c.done),
            closed_at=case((untaken, literal(now, table.c.closed_at.type)), else_=table.c.closed_at),
            notes=func.trim(table.c.notes + " withdrawn"),
            version=table.c.version + 1,
            announce_at=now,
        )
    )
    await journal.note(session, now, "client", "task.withdrawn", number)


async def reopen(session: Session, number: int, now: datetime) -> bool:
    """«Не помогло»: once, and deputy and head hear of it."""
    result = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.reopened.is_(False)))
        .values(
            status="new",
            person=None,
            holder="",
            taken_at=None,
            reopened=True,
            level=_at_least(2),
            notes=func.trim(table.c.notes + " not_helped"),
            **_anew(now),
        )
    )
    if result.rowcount:
        await journal.note(session, now, "client", "task.reopened", number)
    return bool(result.rowcount)


def hidden_from(task: Any, person: str | None) -> bool:
    """Whether this task is kept from a person: an appeal complains of him (59-ФЗ, article 8 part 6)."""
    return person is not None and f"not:{person}" in task.notes.split()


_promise = relays.table.c.promised.label("promised")
_WITH_PROMISE = table.outerjoin(
    relays.table, and_(relays.table.c.task == table.c.id, relays.table.c.state == "waiting")
)
"""Tasks beside the day until which a client waits for an answer, if one does."""


def _most_urgent_first(today: date) -> tuple[Any, ...]:
    overdue = and_(_promise.is_not(None), _promise < today)
    return table.c.kind != "danger", case((overdue, 0), else_=1), table.c.id


async def open_for(
    session: Session, person: str | None, today: date, *, skip: int = 0, limit: int = 50
) -> tuple[list[Any], int]:
    """What is this person's and what nobody has taken: danger first, then broken promises, then the oldest; and how
    many there are. Each row has `promised` too."""
    theirs = or_(table.c.status == "new", and_(table.c.status == "taken", table.c.person == person))
    if person is not None:
        kept_from_him = (literal(" ") + table.c.notes + literal(" ")).contains(f" not:{person} ", autoescape=True)
        theirs = and_(theirs, ~kept_from_him)
    rows = list(
        await session.execute(
            select(table, _promise)
            .select_from(_WITH_PROMISE)
            .where(theirs)
            .order_by(*_most_urgent_first(today))
            .limit(limit)
            .offset(skip)
        )
    )
    if len(rows) < limit and (rows or not skip):
        return rows, skip + len(rows)
    return rows, (await session.execute(select(func.count()).select_from(table).where(theirs))).scalar_one()


async def every(session: Session, today: date, *, closed: bool = False) -> list[Any]:
    """All open tasks, with `closed` all of them, broken promises first. Each row has `promised` too."""
    query = select(table, _promise).select_from(_WITH_PROMISE)
    if not closed:
        query = query.where(table.c.status != "closed")
    urgent, overdue, number = _most_urgent_first(today)
    done = case((table.c.status == "closed", 1), else_=0)
    return list(await session.execute(query.order_by(done, overdue, urgent, number)))


async def untaken(session: Session) -> list[Any]:
    """What nobody has, of those that are told by themselves."""
    new = and_(table.c.status == "new", table.c.joined_to.is_(None), table.c.announced > 0)
    return list(await session.execute(select(table).where(new).order_by(table.c.id)))


async def taken_by(session: Session, person: str) -> int:
    """How many tasks this person has."""
    mine = and_(table.c.status == "taken", table.c.person == person)
    return (await session.execute(select(func.count()).select_from(table).where(mine))).scalar_one()


async def due(session: Session, now: datetime, limit: int = 100) -> list[Any]:
    """Tasks whose people must be told (again)."""
    rows = await session.execute(
        select(table)
        .where(table.c.announce_at <= now, table.c.announced < table.c.version)
        .order_by(table.c.announce_at)
        .limit(limit)
    )
    return list(rows)


async def crowd(session: Session, task: Any, within: timedelta) -> int | None:
    """The alert that this low mark joins: the first open one of the same subject that was told already, makes a
    message of its own, and came within this time. None when there is none."""
    rows = await session.execute(
        select(table.c.id)
        .where(
            table.c.subject == task.subject,
            table.c.subject_kind == task.subject_kind,
            table.c.kind == "low_score",
            table.c.id != task.id,
            table.c.status != "closed",
            table.c.announced > 0,
            table.c.joined_to.is_(None),
            table.c.level >= task.level,
            # By when the marks came, not when they are told: so a night or a pause of ours changes nothing.
            table.c.created_at.between(task.created_at - within, task.created_at + within),
        )
        .order_by(table.c.id)
        .limit(1)
    )
    return rows.scalar()


async def join(session: Session, number: int, to: int | None) -> None:
    """Show this task by the alert of another one from now on; with None it is told by itself."""
    await session.execute(update(table).where(table.c.id == number).values(joined_to=to))


async def note_more(session: Session, number: int, now: datetime) -> None:
    """What an alert shows of the tasks that joined it has changed: its messages follow."""
    await session.execute(
        update(table).where(table.c.id == number).values(version=table.c.version + 1, announce_at=now)
    )


async def mark_announced(session: Session, number: int, version: int, since: datetime) -> bool:
    """Claim the announcement of this version: True for one process only. The first one starts the task's clock, at
    `since`."""
    done = await session.execute(
        update(table)
        .where(and_(table.c.id == number, table.c.announced < version))
        .values(announced=version, since=func.coalesce(table.c.since, literal(since, table.c.since.type)))
    )
    return bool(done.rowcount)


async def tell_again(session: Session, now: datetime) -> int:
    """Somebody can be reached who could not before: what nobody was told of is announced anew. Gives how many."""
    told = exists().where(
        outbox.table.c.task == table.c.id,
        outbox.table.c.kind == "alert",
        outbox.table.c.status.in_(("waiting", "sent")),
    )
    done = await session.execute(
        update(table)
        .where(table.c.status == "new", table.c.announced > 0, table.c.joined_to.is_(None), ~told)
        .values(version=table.c.version + 1, announce_at=now, next_at=now)
    )
    return done.rowcount


# --- the clock (backend.escalation) -----------------------------------------------------------------------


def _anew(now: datetime) -> dict[str, Any]:
    """A new stage: everybody is told, and its clock starts."""
    return {"version": table.c.version + 1, "announce_at": now, "next_at": now, "since": now, "reminded": 0}


def _at_least(level: int) -> Any:
    return case((table.c.level < level, level), else_=table.c.level)


async def to_look_at(session: Session, now: datetime, limit: int) -> list[Any]:
    """Open tasks whose next look is due, or was never planned; each with `promised`."""
    rows = await session.execute(
        select(table, _promise)
        .select_from(_WITH_PROMISE)
        .where(table.c.status != "closed", or_(table.c.next_at.is_(None), table.c.next_at <= now))
        .order_by(table.c.next_at, table.c.id)
        .limit(limit)
    )
    return list(rows)


async def look_again_at(session: Session, looks: list[dict[str, Any]]) -> None:
    """Plan the next looks: dicts with `task`, `seen` (its version as read) and `look`. What has changed meanwhile
    keeps its own."""
    if looks:
        await session.execute(_LOOK, looks)


_LOOK = (
    update(table)
    .where(table.c.id == bindparam("task"), table.c.version == bindparam("seen"))
    .values(next_at=bindparam("look", type_=table.c.next_at.type))
)


async def look_at_all(session: Session, now: datetime, *, changed: Any = None) -> None:
    """Every open task is looked at anew: working days, hours or terms have changed. `changed`: a query of the numbers
    of those whose messages follow as well."""
    values: dict[str, Any] = {"next_at": now}
    if changed is not None:
        moment = literal(now, table.c.announce_at.type)
        values["version"] = table.c.version + case((table.c.id.in_(changed), 1), else_=0)
        values["announce_at"] = case((table.c.id.in_(changed), moment), else_=table.c.announce_at)
    await session.execute(update(table).where(table.c.status != "closed").values(**values))


async def step(
    session: Session,
    task: Any,
    now: datetime,
    *,
    note: str = "",
    level: int = 0,
    tell: bool = False,
    stage: bool = False,
    reminded: bool = False,
    give_back: bool = False,
) -> bool:
    """One step of the clock, taken only if the task still stands as it was read: of several processes, or of a clock
    set back, one acts, once. `level`: it rises to that one at least. `tell`: its people are told. `stage`: its clock
    starts anew."""
    values: dict[str, Any] = {"next_at": now}
    if level:
        values["level"] = _at_least(level)
    if note:
        values["notes"] = func.trim(table.c.notes + f" {note}")
    if tell:
        values |= {"version": table.c.version + 1, "announce_at": now}
    if stage:
        values["since"] = now
    if reminded:
        values["reminded"] = table.c.reminded + 1
    if give_back:
        values |= {"status": "new", "person": None, "holder": "", "taken_at": None, "reminded": 0}
    as_read = (
        table.c[name] == getattr(task, name) for name in ("id", "status", "level", "version", "reminded", "notes")
    )
    done = await session.execute(update(table).where(*as_read).values(**values))
    return bool(done.rowcount)


async def record_told(session: Session, number: int, level: int, notes: list[str]) -> None:
    """What the announcing has found: how far it had to go, and which levels could not be told."""
    values: dict[str, Any] = {"level": _at_least(level)}
    if notes:
        values["notes"] = func.trim(table.c.notes + f" {' '.join(notes)}")
    await session.execute(update(table).where(table.c.id == number).values(**values))


async def next_due(session: Session) -> datetime | None:
    found: datetime | None = (
        await session.execute(select(func.min(table.c.announce_at)).where(table.c.announced < table.c.version))
    ).scalar()
    return found
