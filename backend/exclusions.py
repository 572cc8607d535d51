"""Marks taken out of the figures as spam or doubles: never deleted, always with a reason that reports show.

Requirement 1.28: problems are neither hidden nor denied; the raw record stays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, and_, func, select, update
from sqlmodel import Field, SQLModel

from backend import journal, tasks
from backend.db import Moment, Session, put_row, table_of
from backend.feedback import response as responses
from backend.office.model import Office, Person

Kind = Literal["spam", "double"]
REASON_LIMIT = 300


class Exclusion(SQLModel, table=True):
    """The last decision about a response; every decision is in the journal. `ended_at`: it counts again."""

    response: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(max_length=8)  # spam, double
    reason: str = Field(max_length=REASON_LIMIT)
    by: str = Field(max_length=120)
    at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


table = table_of(Exclusion)


async def concerned(session: Session, office: Office, task: Any) -> set[str]:
    """Whom the mark behind this task is about: the owner of the subject, or who wrote the answer that was rated. He
    must not judge it."""
    found = {office.responsible(task.subject_kind, task.subject).owner}
    if task.subject_kind == "answer" and task.subject.isdecimal():
        answered = await tasks.get(session, int(task.subject))
        if answered is not None:
            found |= {answered.person, office.responsible(answered.subject_kind, answered.subject).owner}
    return {person for person in found if person is not None}


def decides(person: Person | None) -> bool:
    """Whether it is among this person's duties to decide about marks at all."""
    return person is not None and bool({"administrator", "approver"} & set(person.roles))


def may_judge(office: Office, person: Person | None, about: Collection[str]) -> bool:
    """Whether this person may take a mark about these people out of the figures, or put it back: an administrator who
    is not one of them. Where an administrator is one, an approver may do it in his place."""
    if person is None or person.id in about:
        return False
    if "administrator" in person.roles:
        return True
    known = (office.person(one) for one in about)
    return "approver" in person.roles and any(one is not None and "administrator" in one.roles for one in known)


async def of_response(session: Session, response: int) -> Any | None:
    """The decision that holds for this response, or None: it counts."""
    return (
        await session.execute(select(table).where(table.c.response == response, table.c.ended_at.is_(None)))
    ).first()


async def exclude(
    session: Session, task: Any, now: datetime, *, kind: Kind, reason: str, done: str, by: Person
) -> bool:
    """Take the mark of this task out of the figures and close the task with `done`. False when somebody was faster, or
    the client has deleted his answers. Raises ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a mark is excluded only with a reason")
    taken_out = await session.execute(
        update(responses)
        .where(and_(responses.c.id == task.response, responses.c.excluded.is_(False), responses.c.score.is_not(None)))
        .values(excluded=True)
    )
    if not taken_out.rowcount:
        return False
    row = {"response": task.response, "kind": kind, "reason": reason, "by": by.short, "at": now, "ended_at": None}
    await put_row(session, table, row, "response")
    await journal.note(session, now, by.short, "mark.excluded", task.id, f"{kind}: {reason}")
    if not await tasks.close(session, task.id, now, done=done, by=by.short, person=by.id):
        await tasks.touch(session, task.id, now)  # closed before: its cards say so all the same
    return True


async def include(session: Session, task: Any, now: datetime, *, by: Person) -> bool:
    """Let the mark count again. A task that was closed by the exclusion waits in the queue again. False when it counts
    already, or is no more."""
    counts = await session.execute(
        update(responses)
        .where(and_(responses.c.id == task.response, responses.c.excluded.is_(True)))
        .values(excluded=False)
    )
    before = await of_response(session, task.response)
    if not counts.rowcount:
        return False
    await session.execute(update(table).where(table.c.response == task.response).values(ended_at=now))
    await journal.note(session, now, by.short, "mark.included", task.id)
    if before is not None and task.status == "closed" and task.closed_at == before.at:
        again = {"status": "new", "person": None, "holder": "", "taken_at": None, "done": "", "closed_at": None}
        await session.execute(update(tasks.table).where(tasks.table.c.id == task.id).values(**again))
        await journal.note(session, now, by.short, "task.opened_again", task.id)
    await tasks.touch(session, task.id, now, stage=True)
    return True


@dataclass(frozen=True, slots=True)
class Reason:
    """Why marks of a subject are left out, in words, and how many for this reason."""

    subject_kind: str
    subject: str
    service: str | None
    survey: str
    kind: str
    reason: str
    count: int


async def reasons(session: Session) -> list[Reason]:
    """What reports say about excluded marks: count by subject and reason, the most frequent first. A response that its
    author has deleted since is not counted."""
    of = (responses.c.subject_kind, responses.c.subject, responses.c.service, responses.c.survey)
    rows = await session.execute(
        select(*of, table.c.kind, table.c.reason, func.count())
        .join(responses, responses.c.id == table.c.response)
        .where(table.c.ended_at.is_(None), responses.c.excluded.is_(True), responses.c.score.is_not(None))
        .group_by(*of, table.c.kind, table.c.reason)
        .order_by(responses.c.subject, func.count().desc(), table.c.kind.desc(), table.c.reason)
    )
    return [Reason(*row) for row in rows]


async def are_there(session: Session) -> bool:
    """Whether any mark is left out of the figures."""
    return (
        await session.execute(select(table.c.response).where(table.c.ended_at.is_(None)).limit(1))
    ).first() is not None


async def excluded_tasks(session: Session, limit: int = 20) -> tuple[list[Any], int]:
    """Tasks whose marks are left out of the figures, the newest decision first; and how many there are."""
    of_tasks = (
        select(tasks.table, responses.c.score, responses.c.survey, table.c.kind.label("mark"))
        .join(table, table.c.response == tasks.table.c.response)
        .join(responses, responses.c.id == tasks.table.c.response)
        .where(table.c.ended_at.is_(None), responses.c.excluded.is_(True))
        .order_by(table.c.at.desc(), tasks.table.c.id.desc())
    )
    rows = list(await session.execute(of_tasks.limit(limit)))
    if len(rows) < limit:
        return rows, len(rows)
    return rows, (await session.execute(select(func.count()).select_from(of_tasks.subquery()))).scalar_one()
