"""Unasked messages: rows written in the transaction that causes them, delivered at least once afterwards."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, case, func, or_, select, update
from sqlmodel import Field, SQLModel

from backend.db import Moment, Session, insert_new, table_of

LEASE_SECONDS = 60
MAX_ATTEMPTS = 400


class OutboxRow(SQLModel, table=True):
    __tablename__ = "outbox"
    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(max_length=120, unique=True)
    channel: str = Field(max_length=16, index=True)
    address: str = Field(max_length=32, index=True)  # keyed hash
    sealed: str
    language: str = Field(max_length=8)
    kind: str = Field(max_length=16)
    data: str = Field(default="{}")
    task: int | None = Field(default=None, index=True)
    edits: int | None = Field(default=None)  # the row whose posted message this one changes
    due_at: datetime = Field(sa_type=Moment, index=True)
    attempts: int = Field(default=0)
    status: str = Field(default="waiting", max_length=12, index=True)  # sent, unreachable, rejected, dropped
    held_until: int = Field(default=0)  # machine seconds
    message: str = Field(default="", max_length=60)


table = table_of(OutboxRow)
Outcome = Literal["sent", "unreachable", "rejected", "dropped"]


def row(
    *,
    cause: str,
    channel: str,
    address: str,
    sealed: str,
    language: str,
    kind: str,
    due_at: datetime,
    data: dict[str, Any] | None = None,
    task: int | None = None,
    edits: int | None = None,
) -> dict[str, Any]:
    """One notice for one addressee. `cause` is unique: the same cause never speaks twice. `kind` and `data` say
    what happened, not how it is told."""
    return {
        "cause": cause,
        "channel": channel,
        "address": address,
        "sealed": sealed,
        "language": language,
        "kind": kind,
        "data": json.dumps(data or {}, ensure_ascii=False),
        "task": task,
        "edits": edits,
        "due_at": due_at,
        "attempts": 0,
        "status": "waiting",
        "held_until": 0,
        "message": "",
    }


async def put(session: Session, rows: list[dict[str, Any]]) -> int:
    """Add notices; those whose cause has spoken already are left out."""
    return await insert_new(session, table, rows) if rows else 0


async def claim(session: Session, channel: str, now: datetime, limit: int) -> list[Any]:
    """Take due rows for this process: their lease keeps them from others, a crash gives them back."""
    seconds = int(time.time())
    ids = (
        select(table.c.id)
        .where(
            table.c.channel == channel,
            table.c.status == "waiting",
            table.c.due_at <= now,
            table.c.held_until <= seconds,
        )
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
    )
    rows = await session.execute(
        update(table)
        .where(and_(table.c.id.in_(ids), table.c.status == "waiting", table.c.held_until <= seconds))
        .values(held_until=seconds + LEASE_SECONDS, attempts=table.c.attempts + 1)
        .returning(table)
    )
    return sorted(rows, key=lambda r: (r.due_at, r.id))


async def settle(session: Session, ident: int, outcome: Outcome, message: str = "") -> None:
    """Record how the sending ended; a settled row keeps no address except where a later edit needs it."""
    keep = table.c.kind == "alert"
    await session.execute(
        update(table)
        .where(table.c.id == ident)
        .values(
            status=outcome,
            message=message,
            held_until=0,
            sealed=case((keep, table.c.sealed), else_=""),
            address=case((keep, table.c.address), else_=""),
        )
    )


async def hurry(session: Session, task: int, now: datetime) -> None:
    """Alerts of this task that were to wait for the office's opening go out now; none that is tried again later."""
    await session.execute(
        update(table)
        .where(
            table.c.task == task,
            table.c.cause.like("alert:%"),
            table.c.status == "waiting",
            table.c.attempts == 0,
            table.c.due_at > now,
        )
        .values(due_at=now)
    )


async def hold_until(session: Session, opening: datetime, now: datetime) -> None:
    """The calendar has changed: alerts that wait for the office's opening wait for the new one."""
    await session.execute(
        update(table)
        .where(table.c.kind == "alert", table.c.status == "waiting", table.c.attempts == 0, table.c.due_at > now)
        .values(due_at=opening)
    )


async def held_until(session: Session, tasks: list[int], now: datetime) -> dict[int, datetime]:
    """Of these tasks, whose alerts wait for the office's opening, and until when."""
    rows = await session.execute(
        select(table.c.task, func.min(table.c.due_at))
        .where(
            table.c.task.in_(tasks),
            table.c.cause.like("alert:%"),
            table.c.status == "waiting",
            table.c.attempts == 0,
            table.c.due_at > now,
        )
        .group_by(table.c.task)
    )
    return {r[0]: r[1] for r in rows}


async def unsent(session: Session, tasks: list[int]) -> dict[int, list[Any]]:
    """Alerts of these tasks that were tried in vain: rows of `task`, `channel`, `status`, `attempts`, one a channel."""
    found: dict[int, list[Any]] = {}
    tried = and_(table.c.status == "waiting", table.c.attempts > 0)
    for r in await session.execute(
        select(table.c.task, table.c.channel, table.c.status, func.max(table.c.attempts).label("attempts"))
        .where(table.c.task.in_(tasks), table.c.kind == "alert", or_(tried, table.c.status == "rejected"))
        .group_by(table.c.task, table.c.channel, table.c.status)
        .order_by(table.c.task, table.c.channel)
    ):
        found.setdefault(r.task, []).append(r)
    return found


async def postpone(session: Session, ident: int, until: datetime) -> None:
    await session.execute(update(table).where(table.c.id == ident).values(due_at=until, held_until=0))


async def let_go(session: Session, holder_channel: str) -> None:
    """After a takeover: rows that the dead deliverer held are free at once."""
    await session.execute(
        update(table)
        .where(table.c.channel == holder_channel, table.c.status == "waiting", table.c.held_until > 0)
        .values(held_until=0)
    )


async def posted(session: Session, task: int) -> list[Any]:
    """What was put into chats about this task and can be changed or is on its way there."""
    rows = await session.execute(
        select(table).where(
            table.c.task == task,
            table.c.edits.is_(None),
            table.c.status.in_(("waiting", "sent")),
            table.c.kind == "alert",
        )
    )
    return list(rows)


async def get(session: Session, ident: int) -> Any | None:
    return (await session.execute(select(table).where(table.c.id == ident))).first()


async def drop_for(session: Session, addresses: list[str], kinds: tuple[str, ...] = ()) -> None:
    """Waiting notices to these addresses are not sent any more."""
    condition = and_(table.c.address.in_(addresses), table.c.status == "waiting")
    if kinds:
        condition = and_(condition, table.c.kind.in_(kinds))
    await session.execute(update(table).where(condition).values(status="dropped", sealed="", address=""))


async def forget_posted(session: Session, addresses: list[str]) -> None:
    """What was posted to these addresses is not changed any more: they hear nothing further."""
    await session.execute(
        update(table)
        .where(table.c.address.in_(addresses), table.c.status == "sent")
        .values(status="dropped", sealed="", address="")
    )


async def forget_sent(session: Session, before: datetime) -> None:
    """Addresses of settled notices are not kept: to clients at once after a day, to staff after the edits end."""
    await session.execute(
        update(table)
        .where(
            table.c.due_at < before,
            or_(table.c.status != "waiting", table.c.attempts >= MAX_ATTEMPTS),
            table.c.sealed != "",
        )
        .values(sealed="")
    )


async def waiting(session: Session) -> dict[str, int]:
    """How many notices wait, per channel (for the report)."""
    rows = await session.execute(
        select(table.c.channel, func.count()).where(table.c.status == "waiting").group_by(table.c.channel)
    )
    return {r[0]: r[1] for r in rows}


async def next_due(session: Session, channel: str) -> datetime | None:
    found: datetime | None = (
        await session.execute(
            select(func.min(table.c.due_at)).where(table.c.channel == channel, table.c.status == "waiting")
        )
    ).scalar()
    return found
