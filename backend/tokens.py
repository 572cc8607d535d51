"""Personal tokens of the HTTP API: made by the administrator, kept as a hash, ended at any time.

A token speaks in the name of a person of the office, and only while that person is in staff.yaml with a role that may
do what is asked.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, case, insert, or_, select, update
from sqlmodel import Field, SQLModel

from backend import journal
from backend.db import Moment, Session, table_of
from backend.office.model import Person, Role

START: Final = "otk_"
SHOWN: Final = len(START) + 6  # characters by which people tell tokens apart
PER_MINUTE: Final = 600  # reports of one token
REPORTS: Final[frozenset[Role]] = frozenset({"administrator", "operator", "manager"})
"""Roles that may report visits: those who meet clients, and the administrator. What a token may do beside depends on
the endpoint: any of the staff searches the knowledge base, its editors change it."""
_TOKEN = re.compile(rf"{START}[\w-]{{43}}\Z", re.ASCII)


class ApiToken(SQLModel, table=True):
    """`label`: what it is for («электронная очередь»). `prefix`: its first characters, to tell it by. `used`: reports
    on the day `used_on`; `slot`: the machine's minute in which the last `in_slot` reports came."""

    __tablename__ = "api_token"
    hash: str = Field(primary_key=True, max_length=64)
    prefix: str = Field(max_length=12)
    person: str = Field(max_length=40, index=True)
    label: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=Moment)
    expires_on: date
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    used_on: date | None = Field(default=None)
    used: int = Field(default=0)
    slot: int = Field(default=0)
    in_slot: int = Field(default=0)


table = table_of(ApiToken)


def _hash(token: str) -> str:
    # 256 random bits need no key and no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def may_report(person: Person) -> bool:
    return not REPORTS.isdisjoint(person.roles)


async def make(session: Session, *, person: str, label: str, days: int, now: datetime, today: date) -> str:
    """A new token, to be shown once. Valid for `days` days, the last one included."""
    token = START + secrets.token_urlsafe(32)
    await session.execute(
        insert(table).values(
            hash=_hash(token),
            prefix=token[:SHOWN],
            person=person,
            label=label,
            made_at=now,
            expires_on=today + timedelta(days=days),
            used=0,
            slot=0,
            in_slot=0,
        )
    )
    await journal.note(session, now, "administrator", "token.made", person, f"{token[:SHOWN]}… {label}")
    return token


async def listed(session: Session) -> list[Any]:
    """All tokens, the newest last."""
    return list(await session.execute(select(table).order_by(table.c.made_at, table.c.prefix)))


async def found(session: Session, start: str) -> list[Any]:
    """Tokens that are not ended and begin like this: as the list shows them, or whole."""
    start = start.rstrip("…")
    condition = table.c.hash == _hash(start) if _TOKEN.match(start) else table.c.prefix == start
    return list(await session.execute(select(table).where(condition, table.c.ended_at.is_(None))))


async def end(session: Session, row: Any, now: datetime) -> None:
    """From now on this token is refused."""
    await session.execute(update(table).where(table.c.hash == row.hash).values(ended_at=now))
    await journal.note(session, now, "administrator", "token.ended", row.person, f"{row.prefix}… {row.label}")


async def end_all(session: Session, person: str, now: datetime) -> int:
    """A person's access ends: so do his tokens. Gives how many."""
    done = await session.execute(
        update(table).where(table.c.person == person, table.c.ended_at.is_(None)).values(ended_at=now)
    )
    return done.rowcount


async def known(session: Session, token: str, today: date) -> Any | None:
    """The row of a token that is valid today; whose it is, and what he may, is the caller's to look at."""
    if not _TOKEN.match(token):
        return None
    row = (await session.execute(select(table).where(table.c.hash == _hash(token)))).first()
    return row if row is not None and row.ended_at is None and row.expires_on >= today else None


async def count(session: Session, row: Any, reports: int, now: datetime, today: date, seconds: int) -> bool:
    """Count so many reports of this token; False when that is more than it may send within a minute of the machine's
    clock (`seconds`)."""
    await _close_day(session, row, now, today)
    slot = seconds // 60
    done = await session.execute(
        update(table)
        .where(table.c.hash == row.hash, or_(table.c.slot != slot, table.c.in_slot <= PER_MINUTE - reports))
        .values(
            used_on=today,
            used=table.c.used + reports,
            slot=slot,
            in_slot=case((table.c.slot == slot, table.c.in_slot + reports), else_=reports),
        )
    )
    return bool(done.rowcount)


async def note_uses(session: Session, now: datetime, today: date) -> None:
    """The journal says once a day how often each token was used; never about whom."""
    past = and_(table.c.used > 0, table.c.used_on != today)
    for row in list(await session.execute(select(table).where(past))):
        await _close_day(session, row, now, today)


async def _close_day(session: Session, row: Any, now: datetime, today: date) -> None:
    if row.used_on is None or row.used_on == today or not row.used:
        return
    done = await session.execute(
        update(table).where(table.c.hash == row.hash, table.c.used_on == row.used_on).values(used=0, used_on=today)
    )
    if done.rowcount:  # another process has not done it meanwhile
        details = f"{row.used_on.isoformat()}: {row.used}"
        await journal.note(session, now, row.person, "api.interactions", row.label, details)
