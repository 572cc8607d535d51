"""The journal of what staff and the system did: rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Field, SQLModel

from backend.db import Moment, Session, table_of


class JournalRow(SQLModel, table=True):
    __tablename__ = "journal"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment, index=True)
    actor: str = Field(max_length=120)
    action: str = Field(max_length=40)
    subject: str = Field(max_length=80)
    details: str = Field(default="")


table = table_of(JournalRow)


async def note(session: Session, now: datetime, actor: str, action: str, subject: Any, details: str = "") -> None:
    """Add a row: who, what, about what. Details carry no words of clients."""
    await session.execute(
        insert(table).values(at=now, actor=actor, action=action, subject=str(subject), details=details)
    )


async def has_done(session: Session, actor: str, action: str, subject: Any, since: datetime) -> bool:
    """Whether this person did this to this since."""
    here = (table.c.at >= since) & (table.c.actor == actor) & (table.c.action == action)
    found = await session.execute(select(table.c.id).where(here, table.c.subject == str(subject)).limit(1))
    return found.first() is not None


async def subjects_of(session: Session, actor: str, action: str, since: datetime, limit: int = 20) -> list[str]:
    """What this person did this to since, the last one first, each once."""
    found = await session.execute(
        select(table.c.subject)
        .where(table.c.at >= since, table.c.actor == actor, table.c.action == action)
        .group_by(table.c.subject)
        .order_by(func.max(table.c.id).desc())
        .limit(limit)
    )
    return [row[0] for row in found]
