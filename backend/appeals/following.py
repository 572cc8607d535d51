"""How a client follows an appeal: by number and secret code, then from the list «Мои обращения» of his chat.

Somebody else's number, a number that does not exist and a wrong code are one answer: «не найдено».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, case, delete, func, or_, select, update

from backend import outbox
from backend.appeals import guesses, numbers
from backend.appeals.notices import CLIENT_KINDS
from backend.appeals.rows import appeals, followers
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office

LISTED = 30
MOST_IDS = 2**31 - 1  # what a column of ids holds: a larger number of an address is no id
_MINE = (
    appeals,
    followers.c.id.label("follower"),
    followers.c.notices,
    followers.c.filed,
    followers.c.since,
)


@dataclass(frozen=True, slots=True)
class Chat:
    """A client's chat that is to follow what is registered."""

    address: str
    channel: str
    sealed: str
    language: str


@dataclass(frozen=True, slots=True)
class Followed:
    """How trying number and code ended. `left`: tries until he must wait; `until`: how long he must."""

    outcome: Literal["found", "wrong", "wait"]
    row: Any = None
    left: int = 0
    until: datetime | None = None


async def add(session: Session, appeal: int, chat: Chat, now: datetime, *, filed: bool = False) -> None:
    """This chat follows the appeal from now on, as the newest one that does; switched-off notices stay so. `filed`: it
    was sent from this very chat."""
    row = {
        "appeal": appeal,
        "address": chat.address,
        "channel": chat.channel,
        "sealed": chat.sealed,
        "language": chat.language,
        "since": now,
        "reachable": True,
    }
    here = and_(followers.c.appeal == appeal, followers.c.address == chat.address)
    again = case((followers.c.hidden.is_(True), True), else_=followers.c.notices)
    done = await session.execute(update(followers).where(here).values(**row, notices=again, hidden=False))
    if not done.rowcount:
        new = {"filed": filed, "hidden": False, "notices": True}
        await session.execute(followers.insert().values({**row, **new}))


async def follow(
    session: Session, office: Office, keys: Keys, chat: Chat, number: str, code: str, now: datetime
) -> Followed:
    """Try number and code. Whoever has them both follows the appeal in this chat."""
    content = office.appeals
    assert content is not None
    wanted = numbers.canonical(number)
    await guesses.hold(session, keys, chat.address, wanted, now)
    until = await guesses.paused_until(session, keys, chat.address, wanted, now)
    if until is not None:
        return Followed("wait", until=until)
    row = await by_number(session, wanted)
    given = numbers.hash_of(keys, wanted, code)
    if row is None or row.blocked or not row.code or row.code != given:
        pause = timedelta(minutes=content.guess_minutes)
        left = await guesses.wrong(session, keys, chat.address, wanted, now, content.guesses, pause)
        until = await guesses.paused_until(session, keys, chat.address, wanted, now) if left == 0 else None
        return Followed("wrong", left=left, until=until)
    await guesses.right(session, keys, chat.address, wanted)
    await add(session, row.id, chat, now)
    return Followed("found", row)


async def by_number(session: Session, number: str) -> Any | None:
    """For staff and for a code that is checked next: never shown to a client as it is."""
    return (await session.execute(select(appeals).where(appeals.c.number == number))).first()


async def listed(session: Session, address: str, limit: int = LISTED, *, hidden: bool = False) -> list[Any]:
    """«Мои обращения»: what this chat follows; what is open first, then the newest. Rows of the appeal, and
    `follower` (its id), `notices`, `filed`, `since` of the following. `hidden`: also what was sent from here and is
    followed no more, for whoever asks what is stored."""
    shown = () if hidden else (followers.c.hidden.is_(False),)
    rows = await session.execute(
        select(*_MINE)
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(followers.c.address == address, appeals.c.blocked.is_(False), *shown)
        .order_by(appeals.c.open.desc(), appeals.c.registered_at.desc(), appeals.c.id.desc())
        .limit(limit)
    )
    return list(rows)


async def of_chat(session: Session, address: str, appeal: int) -> Any | None:
    """The appeal as this chat follows it; None when it does not: then there is none for it."""
    if appeal > MOST_IDS:
        return None
    rows = await session.execute(
        select(*_MINE)
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(
            followers.c.address == address,
            followers.c.appeal == appeal,
            appeals.c.blocked.is_(False),
            followers.c.hidden.is_(False),
        )
    )
    return rows.first()


async def of_number(session: Session, address: str, number: str) -> int | None:
    """The id of the appeal with this number, if this chat follows it. One statement, whether there is such a number or
    not."""
    rows = await session.execute(
        select(appeals.c.id)
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(
            followers.c.address == address,
            appeals.c.number == number,
            appeals.c.blocked.is_(False),
            followers.c.hidden.is_(False),
        )
    )
    found: int | None = rows.scalar()
    return found


async def counted(session: Session, address: str) -> tuple[int, int]:
    """How many appeals this chat follows, and how many of them are open."""
    rows = await session.execute(
        select(func.count(), func.count().filter(appeals.c.open.is_(True)))
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(followers.c.address == address, appeals.c.blocked.is_(False), followers.c.hidden.is_(False))
    )
    found = rows.one()
    return int(found[0]), int(found[1])


async def met(session: Session, address: str, language: str) -> None:
    """This chat speaks with us, in this language: it can be told again, also if it had blocked the bot before."""
    changed = or_(followers.c.reachable.is_(False), followers.c.language != language)
    done = await session.execute(
        update(followers).where(followers.c.address == address, changed).values(reachable=True, language=language)
    )
    if done.rowcount:  # what waits for the morning speaks his language too
        waiting = outbox.table.c
        of_his = (waiting.address == address, waiting.status == "waiting", waiting.kind.in_(CLIENT_KINDS))
        await session.execute(update(outbox.table).where(*of_his).values(language=language))


async def switch_notices(session: Session, follower: int, on: bool) -> None:
    await session.execute(update(followers).where(followers.c.id == follower).values(notices=on))


async def leave(session: Session, address: str, appeal: int | None = None) -> None:
    """This chat follows no more: one appeal, or all. What was sent from this very chat stays known as such, hidden, so
    that a later demand for deletion finds it."""
    these = followers.c.address == address
    if appeal is not None:
        these = and_(these, followers.c.appeal == appeal)
    await session.execute(delete(followers).where(these, followers.c.filed.is_(False)))
    await session.execute(update(followers).where(these).values(hidden=True, notices=False))
