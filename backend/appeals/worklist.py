"""«Мои задачи»: what is due first. What is overdue stands on top and cannot be hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, case, delete, func, literal_column, or_, select

from backend.absences import Away
from backend.appeals import access
from backend.appeals.rows import appeals, presence
from backend.db import Session, insert_new
from backend.office.model import Office, Person

COUNTED: Final = 200  # «больше 200»: nobody reads an exact number of that size, and counting it grows with the table
TOGETHER: Final = timedelta(minutes=10)


async def mine(
    session: Session,
    office: Office,
    person: Person,
    away: Away,
    *,
    everything: bool = False,
    skip: int = 0,
    limit: int = 20,
) -> tuple[list[Any], int]:
    """Open appeals of this person, the nearest deadline first; and how many there are, COUNTED + 1 at most."""
    condition = and_(access.theirs(office, person, away, everything=everything), appeals.c.open.is_(True))
    rows = list(
        await session.execute(
            select(appeals).where(condition).order_by(appeals.c.due_on, appeals.c.id).limit(limit).offset(skip)
        )
    )
    if len(rows) < limit and (rows or not skip):
        return rows, skip + len(rows)
    some = select(literal_column("1")).select_from(appeals).where(condition).limit(COUNTED + 1).subquery()
    return rows, (await session.execute(select(func.count()).select_from(some))).scalar_one()


async def late(
    session: Session, office: Office, person: Person, away: Away, today: date, *, everything: bool | None = None
) -> int:
    """How many of them are overdue, COUNTED + 1 at most. `everything`: all that he may see; without it all for those
    who see all, else his own."""
    condition = and_(
        access.theirs(
            office, person, away, everything=access.sees_all(office, person) if everything is None else everything
        ),
        appeals.c.open.is_(True),
        appeals.c.due_on < today,
    )
    some = select(literal_column("1")).select_from(appeals).where(condition).limit(COUNTED + 1).subquery()
    return int((await session.execute(select(func.count()).select_from(some))).scalar_one())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. `open`: None for both. `number`: as the table has it, or another system's own."""

    open: bool | None = True
    kind: str = ""
    stage: str = ""
    unit: str = ""
    due_before: date | None = None
    number: str = ""
    outside: str = ""

    def conditions(self) -> list[Any]:
        found: list[Any] = []
        if self.open is not None:
            found.append(appeals.c.open.is_(self.open))
        named = ((appeals.c.kind, self.kind), (appeals.c.stage, self.stage), (appeals.c.unit, self.unit))
        found += [column == value for column, value in named if value]
        if self.due_before is not None:
            found.append(appeals.c.due_on < self.due_before)
        if self.number:
            found.append(or_(appeals.c.number == self.number, appeals.c.outside == (self.outside or self.number)))
        return found


async def listed(
    session: Session,
    office: Office,
    person: Person,
    away: Away,
    wanted: Wanted,
    *,
    everything: bool = False,
    skip: int = 0,
    limit: int = 50,
) -> list[Any]:
    """Appeals that this person has – or, with `everything`, may see –, the nearest deadline first."""
    visible = access.theirs(office, person, away, everything=everything)
    query = select(appeals).where(visible, *wanted.conditions())
    return list(await session.execute(query.order_by(appeals.c.due_on, appeals.c.id).limit(limit).offset(skip)))


async def search(session: Session, office: Office, person: Person, away: Away, text: str, limit: int = 20) -> list[Any]:
    """Appeals by number, by the number of another system, or by words of the summary, that this person may see."""
    wanted = " ".join(text.split())[:60]
    number = wanted.upper()
    visible = access.theirs(office, person, away, everything=True)
    # Databases fold the case of Latin letters only, or of none: a word is looked for as it is written in a line.
    spellings = dict.fromkeys((wanted, wanted.lower(), wanted.capitalize(), wanted[:1].upper() + wanted[1:]))
    like = or_(
        appeals.c.number == number,
        appeals.c.number.contains(number, autoescape=True),
        appeals.c.outside == wanted,
        *(appeals.c.summary.contains(one, autoescape=True) for one in spellings),
    )
    first = case((appeals.c.number == number, 0), else_=1)
    rows = await session.execute(select(appeals).where(visible, like).order_by(first, appeals.c.id.desc()).limit(limit))
    return list(rows)


async def before(session: Session, row: Any, applicant_followers: list[int], limit: int = 5) -> list[Any]:
    """The last appeals of the same client, as far as one of his chats follows them (requirement 4.09 e)."""
    if not applicant_followers:
        return []
    rows = await session.execute(
        select(appeals)
        .where(appeals.c.id.in_(applicant_followers), appeals.c.id != row.id)
        .order_by(appeals.c.id.desc())
        .limit(limit)
    )
    return list(rows)


# --- who is there -----------------------------------------------------------------------------------------


async def be_there(session: Session, appeal: int, person: str, now: datetime, doing: str = "") -> list[Any]:
    """Note that this person has the appeal open; gives who else has, with what he is doing (`answer`, `reply` …)."""
    await insert_new(session, presence, [{"appeal": appeal, "person": person, "at": now, "doing": doing}])
    mine_here = and_(presence.c.appeal == appeal, presence.c.person == person)
    await session.execute(presence.update().where(mine_here).values(at=now, doing=doing))
    return await others(session, appeal, person, now)


async def others(session: Session, appeal: int, person: str, now: datetime) -> list[Any]:
    rows = await session.execute(
        select(presence)
        .where(presence.c.appeal == appeal, presence.c.person != person, presence.c.at > now - TOGETHER)
        .order_by(presence.c.at.desc())
    )
    return list(rows)


async def leave(session: Session, person: str) -> None:
    """He has gone elsewhere."""
    await session.execute(delete(presence).where(presence.c.person == person))


async def sweep(session: Session, now: datetime) -> None:
    await session.execute(delete(presence).where(presence.c.at < now - timedelta(days=1)))
