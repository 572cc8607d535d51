"""Contacts counted at points where nothing counts them by itself: «+1 звонок», «+1 посетитель» (requirement 4.17)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlmodel import Field, SQLModel

from backend import journal
from backend.db import Session, insert_new, table_of

Kind = Literal["call", "visit", "letter"]


class ContactCount(SQLModel, table=True):
    """How many contacts of one kind a point had on a day; never who."""

    __tablename__ = "contact_count"
    day: date = Field(primary_key=True)
    point: str = Field(primary_key=True, max_length=24)
    kind: str = Field(primary_key=True, max_length=8)
    times: int


table = table_of(ContactCount)


async def add(session: Session, point: str, kind: Kind, day: date, now: datetime, by: str, times: int = 1) -> int:
    """Count; a slip is taken back with -1. Gives the day's number, never below 0."""
    here = (table.c.day == day) & (table.c.point == point) & (table.c.kind == kind)
    await insert_new(session, table, [{"day": day, "point": point, "kind": kind, "times": 0}])
    counted = update(table).where(here, table.c.times + times >= 0).values(times=table.c.times + times)
    found = (await session.execute(counted.returning(table.c.times))).scalar()
    await journal.note(session, now, by, "contact.counted", point, f"{kind} {times:+d}")
    return int(found or 0)


async def of_day(session: Session, point: str, day: date) -> dict[str, int]:
    rows = await session.execute(select(table.c.kind, table.c.times).where(table.c.point == point, table.c.day == day))
    return {row.kind: row.times for row in rows}


async def between(session: Session, since: date, until: date) -> list[Any]:
    """Rows of the period, both days included."""
    query = select(table).where(table.c.day.between(since, until)).order_by(table.c.point, table.c.kind, table.c.day)
    return list(await session.execute(query))
