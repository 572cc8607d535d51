"""The conversation row: the place in the talk, and the guard that makes one event one turn.

It keeps language, stop flag, place, last event ids and the replies that are not sent yet – no answers and no time of
day, so that nothing in it can be laid beside a finished response.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Text, and_, bindparam, delete, func, insert, or_, select, update
from sqlmodel import Field, SQLModel

from backend import feedback
from backend.db import Session, insert_new, table_of

SOME_DAY = date(2000, 1, 1)  # stands for «some earlier day»
EVENTS_KEPT = 900  # characters: about eighty ids of Telegram, twenty of VK


class Conversation(SQLModel, table=True):
    # Without a hidden row number, the order of rows tells nothing of who came when.
    __table_args__ = {"sqlite_with_rowid": False}

    key: str = Field(primary_key=True, max_length=32)
    channel: str = Field(max_length=16)
    language: str = Field(default="", max_length=8)
    person: str | None = Field(default=None, max_length=40, index=True)
    stopped: bool = Field(default=False)
    state: str = Field(default="")
    events: str = Field(default="")
    turn: int = Field(default=0)
    day: date
    replies: str | None = Field(default=None)
    reply_to: str | None = Field(default=None)
    reply_due: int | None = Field(default=None, index=True)


table = table_of(Conversation)

# Statements of every turn are built once: building one costs as much as running it.
_CLAIM = (
    update(table)
    .where(and_(table.c.key == bindparam("k"), table.c.events.not_like(bindparam("seen"), escape="/")))
    .values(
        turn=table.c.turn + 1,
        events=func.substr(bindparam("mark", type_=Text) + table.c.events, 1, EVENTS_KEPT),
        replies=None,
        reply_to=None,
        reply_due=None,
    )
    .returning(table.c.language, table.c.person, table.c.stopped, table.c.state, table.c.turn, table.c.day)
)
_KEEP = (
    update(table)
    .where(table.c.key == bindparam("k"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "language", "stopped", "day")})
    .values({name: bindparam(f"new_{name}") for name in ("replies", "reply_to", "reply_due")})
)
_ONE = select(table).where(table.c.key == bindparam("k"))
_SENT = (
    update(table)
    .where(and_(table.c.key == bindparam("k"), table.c.turn == bindparam("t")))
    .values(replies=None, reply_to=None, reply_due=None)
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the turn starts from. `fresh`: the row was made by this very event."""

    key: str
    language: str
    person: str | None
    stopped: bool
    state: str
    turn: int
    day: date
    fresh: bool


@dataclass(frozen=True, slots=True)
class Repeated:
    """The event came before. Its replies, if they were not sent yet."""

    key: str
    turn: int
    replies: str | None
    reply_to: str | None


async def take_turn(session: Session, key: str, channel: str, event: str, today: date) -> Taken | Repeated:
    """Claim the event: one conditional UPDATE that fails for an event seen before, and that holds the row until the
    commit, so that one client's turns follow each other across processes on both databases."""
    mark = f"|{event}|"
    like = mark.replace("/", "//").replace("%", "/%").replace("_", "/_")
    claimed = (await session.execute(_CLAIM, {"k": key, "mark": mark, "seen": f"%{like}%"})).first()
    if claimed is not None:
        return Taken(key, claimed[0], claimed[1], claimed[2], claimed[3], claimed[4], claimed[5], fresh=False)
    first = {
        "key": key,
        "channel": channel,
        "language": "",
        "stopped": False,
        "state": "",
        "events": mark,
        "turn": 1,
        "day": today,
    }
    if not await insert_new(session, table, [first]):
        row = await get(session, key)
        if row is None or mark.lower() not in row.events.lower():  # LIKE of SQLite knows no case
            # Two first events at once: the other one has made the row meanwhile.
            return await take_turn(session, key, channel, event, today)
        return Repeated(key, row.turn, row.replies, row.reply_to)
    return Taken(key, "", None, False, "", 1, today, fresh=True)


async def keep_turn(
    session: Session,
    taken: Taken,
    *,
    state: str,
    language: str,
    stopped: bool,
    today: date,
    replies: str | None,
    reply_to: str | None,
    reply_due: int | None,
) -> None:
    """Write where the turn ended, with the replies that are now owed. `reply_due`: epoch seconds after which another
    process may send them."""
    await session.execute(
        _KEEP,
        {
            "k": taken.key,
            "new_state": state,
            "new_language": language,
            "new_stopped": stopped,
            "new_day": today,
            "new_replies": replies,
            "new_reply_to": reply_to,
            "new_reply_due": reply_due,
        },
    )


async def get(session: Session, key: str) -> Any | None:
    """The whole row, for looking; None when there was no talk."""
    return (await session.execute(_ONE, {"k": key})).first()


async def set_state(session: Session, key: str, channel: str, state: str, today: date) -> None:
    """Put another conversation of the same person somewhere (a group's question goes on in the private chat)."""
    done = await session.execute(update(table).where(table.c.key == key).values(state=state))
    if done.rowcount == 0:
        await session.execute(
            insert(table).values(key=key, channel=channel, events="", turn=0, day=today, state=state, language="")
        )


async def set_person(session: Session, key: str, person: str | None) -> bool:
    """Whose conversation it is; False when there is none yet."""
    done = await session.execute(update(table).where(table.c.key == key).values(person=person))
    return bool(done.rowcount)


async def mark_sent(session: Session, sent: list[tuple[str, int]]) -> None:
    """Replies of these turns are out: what is stored of them goes. A later turn's replies stay."""
    await session.execute(_SENT, [{"k": key, "t": turn} for key, turn in sent])


async def owed(session: Session, channel: str, before: int, limit: int = 200) -> list[tuple[str, int, str, str]]:
    """Replies that should have been sent by now: (key, turn, replies, sealed address)."""
    rows = await session.execute(
        select(table.c.key, table.c.turn, table.c.replies, table.c.reply_to)
        .where(table.c.channel == channel, table.c.reply_due <= before, table.c.reply_to.is_not(None))
        .limit(limit)
    )
    return [(r[0], r[1], r[2], r[3]) for r in rows if r[2]]


async def postpone(session: Session, key: str, turn: int, until: int) -> bool:
    """False when the replies of this turn are not owed any more: sent meanwhile, or overtaken by a later turn."""
    done = await session.execute(
        update(table)
        .where(table.c.key == key, table.c.turn == turn, table.c.reply_to.is_not(None))
        .values(reply_due=until)
    )
    return bool(done.rowcount)


async def show_anew(session: Session, key: str) -> None:
    """Something new waits in this chat of a page: what was shown there before gives way."""
    await session.execute(update(table).where(table.c.key == key).values(state="", replies=None))


async def forget(session: Session, key: str) -> None:
    """Remove the conversation entirely."""
    await session.execute(delete(table).where(table.c.key == key))


async def end_of_day(session: Session, today: date) -> None:
    """Drop what could link yesterday's talk to anything: replies that were not sent or only shown, places that name a
    response which is open no more, event ids too old to repeat (messengers repeat for 24 hours), the day itself."""
    past = table.c.day < today
    await session.execute(
        update(table).where(past, table.c.replies.is_not(None)).values(replies=None, reply_to=None, reply_due=None)
    )
    still_open = select(feedback.response.c.open_chat).where(feedback.response.c.open_chat.is_not(None))
    await session.execute(
        update(table).where(past, table.c.state.contains('"response"'), table.c.key.not_in(still_open)).values(state="")
    )
    await session.execute(update(table).where(past, table.c.state.contains('"kind":"again"')).values(state=""))
    await _forget_questions(session, past)
    await session.execute(
        update(table).where(table.c.day < today - timedelta(days=1), table.c.events != "").values(events="")
    )
    await session.execute(
        update(table).where(table.c.day < today - timedelta(days=1), table.c.day != SOME_DAY).values(day=SOME_DAY)
    )


async def _forget_questions(session: Session, these: Any) -> None:
    """What places remember of yesterday's questions: masked words beside choices, digests of what was handed over. The
    place itself stays, since a survey may wait in it."""
    has = or_(table.c.state.contains('"asked":'), table.c.state.contains('"seen":'))
    for key, state in list(await session.execute(select(table.c.key, table.c.state).where(these, has))):
        try:
            kept = _without_questions(json.loads(state))
        except ValueError:
            kept = {}
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""
        await session.execute(update(table).where(table.c.key == key, table.c.state == state).values(state=text))


def _without_questions(state: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_questions(value) if isinstance(value, dict) else value
        for name, value in state.items()
        if name not in ("asked", "seen")
    }
