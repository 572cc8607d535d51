"""What the processes of one installation share through the database: leases, job ticks, places in streams."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from sqlalchemy import and_, delete, or_, select, update
from sqlmodel import Field, SQLModel

from backend.db import Session, insert_new, table_of


class Lease(SQLModel, table=True):
    """Who does a thing that only one may do at a time; times are machine seconds, never the overridden clock."""

    name: str = Field(primary_key=True, max_length=40)
    holder: str = Field(max_length=120)
    until: int


class Tick(SQLModel, table=True):
    job: str = Field(primary_key=True, max_length=40)
    tick: str = Field(max_length=40)


class Place(SQLModel, table=True):
    """The offset or `ts` of a channel: everything before it is committed."""

    channel: str = Field(primary_key=True, max_length=40)
    value: str = Field(max_length=200)


lease = table_of(Lease)
tick_table = table_of(Tick)
place = table_of(Place)


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def this_process() -> str:
    """Names this process so that another one on the same machine can tell whether it still lives."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(holder: str) -> bool:
    """Whether a holder on this machine is gone for certain; holders elsewhere keep their lease until it runs out."""
    host, _, rest = holder.partition("/")
    pid, _, started = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit() or not Path("/proc/self").exists():
        return False
    return not Path(f"/proc/{pid}").exists() or _started(int(pid)) != started


async def hold(session: Session, name: str, holder: str, seconds: int = 10) -> str | None:
    """Take or prolong a lease. Gives None when it is ours now, else who holds it."""
    now = int(time.time())
    taken = await session.execute(
        update(lease)
        .where(and_(lease.c.name == name, or_(lease.c.holder == holder, lease.c.until < now)))
        .values(holder=holder, until=now + seconds)
    )
    if taken.rowcount:
        return None
    if await insert_new(session, lease, [{"name": name, "holder": holder, "until": now + seconds}]):
        return None
    other = (await session.execute(select(lease.c.holder).where(lease.c.name == name))).scalar() or ""
    if is_dead(other):
        stolen = await session.execute(
            update(lease)
            .where(and_(lease.c.name == name, lease.c.holder == other))
            .values(holder=holder, until=now + seconds)
        )
        if stolen.rowcount:
            return None
    return other


async def living(session: Session) -> list[str]:
    """Processes that work on this database now, as far as their leases tell."""
    rows = await session.execute(select(lease.c.holder).where(lease.c.until >= int(time.time())).distinct())
    return sorted(holder for (holder,) in rows if not is_dead(holder))


async def release(session: Session, holder: str) -> None:
    await session.execute(delete(lease).where(lease.c.holder == holder))


async def claim_tick(session: Session, job: str, tick: str) -> bool:
    """True for exactly one process per tick of a job. A clock set back makes ticks anew: the work is idempotent."""
    moved = await session.execute(
        update(tick_table).where(tick_table.c.job == job, tick_table.c.tick != tick).values(tick=tick)
    )
    return bool(moved.rowcount) or bool(await insert_new(session, tick_table, [{"job": job, "tick": tick}]))


async def tick_of(session: Session, job: str) -> str:
    """The tick of a job that was claimed last."""
    return (await session.execute(select(tick_table.c.tick).where(tick_table.c.job == job))).scalar() or ""


async def get_place(session: Session, channel: str) -> str:
    return (await session.execute(select(place.c.value).where(place.c.channel == channel))).scalar() or ""


async def put_place(session: Session, channel: str, value: str) -> None:
    moved = await session.execute(update(place).where(place.c.channel == channel).values(value=value))
    if not moved.rowcount:
        await insert_new(session, place, [{"channel": channel, "value": value}])
