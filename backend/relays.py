"""The way back: an answer of a person to a client who asked for one, without knowing who he is.

A relay keeps the sealed address (on the web: only the hash of a secret link) until the answer is rated, 30 days at
most. Removing it never removes the task.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, delete, or_, select, update
from sqlmodel import Field, SQLModel

from backend.db import Moment, Session, put_row, table_of

KEPT_DAYS = 30


class Relay(SQLModel, table=True):
    __table_args__ = {"sqlite_with_rowid": False}

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    task: int = Field(unique=True)
    channel: str = Field(max_length=16)
    address: str = Field(max_length=32, index=True)  # keyed hash of the chat, or of the secret link
    sealed: str = Field(default="")
    language: str = Field(max_length=8)
    state: str = Field(default="waiting", max_length=10)  # waiting, answered, helped, unhelped, rated
    answer: str = Field(default="")
    post: str = Field(default="")
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    promised: date
    # From which day the promise counts, and how many working days it gave: a changed calendar moves it (`promises`).
    asked_on: date | None = Field(default=None)
    term: int | None = Field(default=None)
    moved: int | None = Field(
        default=None, sa_column=Column(BigInteger, nullable=True)
    )  # the change that moved it last
    moved_from: date | None = Field(default=None)  # what was promised before
    answers: int = Field(default=0)
    ends_on: date = Field(index=True)


table = table_of(Relay)


async def open_relay(
    session: Session,
    *,
    task: int,
    channel: str,
    address: str,
    sealed: str,
    language: str,
    promised: date,
    term: int,
    today: date,
) -> int:
    """Keep a way back for this task; one a task: a newer one replaces it. `term`: working days from today until
    `promised`. Gives its id."""
    ident = secrets.randbits(62)
    row = {
        "id": ident,
        "task": task,
        "channel": channel,
        "address": address,
        "sealed": sealed,
        "language": language,
        "state": "waiting",
        "answer": "",
        "post": "",
        "answers": 0,
        "promised": promised,
        "asked_on": today,
        "term": term,
        "ends_on": today + timedelta(days=KEPT_DAYS),
    }
    await put_row(session, table, row, unique="task")
    return ident


async def take_back(session: Session, task: int) -> None:
    """He wants no answer after all."""
    await session.execute(delete(table).where(table.c.task == task, table.c.state == "waiting"))


async def withdraw(session: Session, ident: int, address: str) -> int | None:
    """The client takes his question back: gives its task; None when nothing waits any more, or it is not his. On a
    page he has no address: there the id itself, which only he was shown, is what tells him."""
    own = or_(table.c.address == address, table.c.channel == "web")
    gone = delete(table).where(table.c.id == ident, table.c.state == "waiting", table.c.answers == 0, own)
    found: int | None = (await session.execute(gone.returning(table.c.task))).scalar()
    return found


async def of_task(session: Session, task: int) -> Any | None:
    return (await session.execute(select(table).where(table.c.task == task).limit(1))).first()


async def get(session: Session, ident: int) -> Any | None:
    return (await session.execute(select(table).where(table.c.id == ident))).first()


async def of_address(session: Session, address: str) -> list[Any]:
    return list(await session.execute(select(table).where(table.c.address == address).order_by(table.c.promised)))


async def answer(session: Session, ident: int, text: str, post: str, now: datetime) -> bool:
    """Keep the answer; sending it is the outbox's part. False when somebody else has answered meanwhile."""
    done = await session.execute(
        update(table)
        .where(table.c.id == ident, table.c.state == "waiting")
        .values(state="answered", answer=text, post=post, answered_at=now, answers=table.c.answers + 1)
    )
    return bool(done.rowcount)


async def mark(session: Session, ident: int, state: str) -> None:
    await session.execute(update(table).where(table.c.id == ident).values(state=state))


async def wait_again(session: Session, ident: int, *, promised: date, term: int, today: date) -> None:
    """«Не помогло»: a new answer is owed by this day, `term` working days from today."""
    await session.execute(
        update(table).where(table.c.id == ident).values(state="waiting", promised=promised, asked_on=today, term=term)
    )


async def end(session: Session, ident: int) -> None:
    """Closed and rated: the way back is removed."""
    await session.execute(delete(table).where(table.c.id == ident))


async def end_old(session: Session, today: date) -> None:
    await session.execute(delete(table).where(table.c.ends_on < today))


async def forget(session: Session, address: str) -> list[int]:
    """Deletion asked by the client: gives the tasks that lose their way back."""
    tasks = [r[0] for r in await session.execute(select(table.c.task).where(table.c.address == address))]
    await session.execute(delete(table).where(table.c.address == address))
    return tasks
