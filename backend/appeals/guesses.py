"""Guessing numbers and codes: after some wrong codes a client, and a number, are slowed down.

Counted for what was asked, whether there is such an appeal or not, so that the answer never tells. A correct code
during the pause is refused too: otherwise the pause would say when to stop guessing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, or_, select, update

from backend.appeals.rows import guesses
from backend.db import Session, insert_new
from backend.identity import Keys

KEPT: Final = timedelta(days=1)
LONGEST: Final = timedelta(hours=24)


def _keys(keys: Keys, chat: str, number: str) -> list[str]:
    return [keys.hash(f"guess:client:{chat}"), keys.hash(f"guess:number:{number}")]


async def hold(session: Session, keys: Keys, chat: str, number: str, now: datetime) -> None:
    """One try after the other until the commit: many chats at once must not all be let in before the first is
    counted."""
    for key in _keys(keys, chat, number):
        await insert_new(session, guesses, [{"key": key, "wrong": 0, "until": None, "at": now}])
        await session.execute(select(guesses.c.key).where(guesses.c.key == key).with_for_update())


async def paused_until(session: Session, keys: Keys, chat: str, number: str, now: datetime) -> datetime | None:
    """Until when this client, or this number, must wait; None when it may be tried now."""
    waiting = select(func.max(guesses.c.until)).where(
        guesses.c.key.in_(_keys(keys, chat, number)), guesses.c.until > now
    )
    found: datetime | None = (await session.execute(waiting)).scalar()
    return found


async def wrong(
    session: Session, keys: Keys, chat: str, number: str, now: datetime, most: int, pause: timedelta
) -> int:
    """Count a wrong code on both sides; gives how many tries the client has left before he must wait. Each further
    one after the limit doubles the pause."""
    left = most
    for key in _keys(keys, chat, number):
        await insert_new(session, guesses, [{"key": key, "wrong": 0, "until": None, "at": now}])
        # What is a day old is forgotten here already, not only by the sweep.
        fresh = case((guesses.c.at < now - KEPT, 0), else_=guesses.c.wrong)
        counted = update(guesses).where(guesses.c.key == key).values(wrong=fresh + 1, at=now)
        number_of: int = (await session.execute(counted.returning(guesses.c.wrong))).scalar_one()
        over = number_of - most
        if over >= 0:
            until = now + min(pause * 2 ** min(over, 10), LONGEST)
            await session.execute(update(guesses).where(guesses.c.key == key).values(until=until))
        left = min(left, max(0, -over))
    return left


async def right(session: Session, keys: Keys, chat: str, number: str) -> None:
    """The right code: what was counted for this number goes, with this client also as far as it is of this number.
    What he tried with others stays: an own appeal must not buy guesses at those of others."""
    client, asked = _keys(keys, chat, number)
    gone = await session.execute(delete(guesses).where(guesses.c.key == asked).returning(guesses.c.wrong))
    of_it = gone.scalar() or 0
    await session.execute(update(guesses).where(guesses.c.key == client).values(wrong=guesses.c.wrong - of_it))
    await session.execute(delete(guesses).where(guesses.c.key == client, guesses.c.wrong <= 0))


async def within(session: Session, key: str, now: datetime, most: int) -> bool:
    """Count one more under this key, which names the day; False once there were more than `most`. Who it was and what
    he did is not to be read from it."""
    await insert_new(session, guesses, [{"key": key, "wrong": 0, "until": None, "at": now}])
    counted = update(guesses).where(guesses.c.key == key).values(wrong=guesses.c.wrong + 1, at=now)
    done: int = (await session.execute(counted.returning(guesses.c.wrong))).scalar_one()
    return done <= most


async def sweep(session: Session, now: datetime) -> None:
    old = guesses.c.at < now - KEPT
    await session.execute(delete(guesses).where(old, or_(guesses.c.until.is_(None), guesses.c.until < now)))
