"""Who is away, until when, and who stands in for him. Rights return by themselves when the days are over.

Nothing has to run for that: each question names a day, and a period that does not cover it says nothing.
Basis: requirements 6.32 and 6.33.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update
from sqlmodel import Field, SQLModel

from backend import journal
from backend.db import Moment, Session, table_of

DAY = timedelta(days=1)


class Absence(SQLModel, table=True):
    """`since` and `until` are whole days of the office, both included. Without a substitute the chain goes on to the
    deputy. An absence that ends early gets an earlier `until`; rows stay as the record of who answered when."""

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(max_length=40, index=True)
    since: date
    until: date = Field(index=True)
    substitute: str | None = Field(default=None, max_length=40)
    entered_by: str = Field(max_length=120)
    entered_at: datetime = Field(sa_type=Moment)


table = table_of(Absence)

Away = Mapping[str, str | None]
"""Everybody who is away on a day, with his substitute; None where he has named none."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which a person is away, both ends included."""

    person: str
    since: date
    until: date
    substitute: str | None = None

    def covers(self, day: date) -> bool:
        return self.since <= day <= self.until


async def periods(session: Session, since: date, person: str | None = None) -> list[Period]:
    """What is known of `since` and later, oldest entry first: where two cover a day, the later one counts."""
    # One that was cancelled ends before it begins.
    query = select(table).where(table.c.until >= since, table.c.until >= table.c.since).order_by(table.c.id)
    if person is not None:
        query = query.where(table.c.person == person)
    return [Period(r.person, r.since, r.until, r.substitute) for r in await session.execute(query)]


async def away(session: Session, day: date) -> dict[str, str | None]:
    """Who is away on this day, and who stands in for each."""
    return away_on(await periods(session, day), day)


def away_on(known: Iterable[Period], day: date) -> dict[str, str | None]:
    """The same from periods at hand. The newest entry that covers the day wins."""
    return {p.person: p.substitute for p in known if p.covers(day)}


def last_day(known: Iterable[Period], person: str, day: date) -> date | None:
    """The last day of the absence that covers `day`, through periods that follow each other; None when present."""
    own = [p for p in known if p.person == person]
    last = None
    while covering := [p.until for p in own if p.covers(day)]:
        last = max(covering)
        day = last + DAY
    return last


def stands_in(away: Away, person: str) -> str | None:
    """Who acts for this person: himself when present, else his substitute, or the substitute's when he is away too;
    None when the chain ends nowhere or in a ring."""
    seen: set[str] = set()
    who: str | None = person
    while who is not None and who in away:
        if who in seen:
            return None
        seen.add(who)
        who = away[who]
    return who


async def enter(
    session: Session, now: datetime, *, person: str, since: date, until: date, substitute: str | None, by: str
) -> None:
    """Add a period; on days that an older one covers too, this one counts. Raises ValueError when it ends before it
    begins or when the person would stand in for himself."""
    if until < since:
        raise ValueError("an absence ends on its first day or later")
    if substitute == person:
        raise ValueError("nobody stands in for himself")
    await session.execute(
        insert(table).values(
            person=person, since=since, until=until, substitute=substitute, entered_by=by, entered_at=now
        )
    )
    details = f"{since.isoformat()}..{until.isoformat()} {substitute or '-'}"
    await journal.note(session, now, by, "absence.entered", person, details)


async def cancel(session: Session, now: datetime, *, person: str, day: date, today: date, by: str) -> int:
    """A planned absence that covers this day will not be: its row stays, without days. Gives how many there were."""
    done = await session.execute(
        update(table)
        .where(table.c.person == person, table.c.since > today, table.c.since <= day, table.c.until >= day)
        .values(until=today - DAY)
    )
    if done.rowcount:
        await journal.note(session, now, by, "absence.cancelled", person, day.isoformat())
    return done.rowcount


async def end(session: Session, now: datetime, *, person: str, today: date, by: str) -> int:
    """He is back: what covers today ends yesterday, as if it had been entered so. Later periods stay. Gives how many
    entries were shortened; 0 when he was not away."""
    done = await session.execute(
        update(table)
        .where(table.c.person == person, table.c.since <= today, table.c.until >= today)
        .values(until=today - DAY)
    )
    if done.rowcount:
        await journal.note(session, now, by, "absence.ended", person, today.isoformat())
    return done.rowcount
