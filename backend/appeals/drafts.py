"""What a client writes before he files it: kept sealed while he writes, some weeks at most, gone once it is sent.

Files wait beside it, as rows of no appeal that name the draft; what becomes of their bytes once such a row is gone is
the sweep's (`backend.files`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update

from backend.appeals.rows import drafts, files
from backend.db import Session, put_row
from backend.identity import Keys

PERSONAL: Final = ("name", "contact")
"""Fields that stand in a draft only after consent."""
CLIENT: Final = "client"
NO_APPEAL: Final = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A draft: what kind it is to be, its fields by name, the day it was touched last."""

    kind: str
    fields: dict[str, str]
    touched_on: date


async def keep(session: Session, keys: Keys, chat: str, kind: str, fields: Mapping[str, str], today: date) -> None:
    """Keep what was written so far, in place of what was there."""
    sealed = keys.seal(json.dumps(dict(fields), ensure_ascii=False))
    row = {"chat": chat, "kind": kind, "sealed": sealed, "touched_on": today}
    await put_row(session, drafts, row, unique="chat")


async def of(session: Session, keys: Keys, chat: str) -> Written | None:
    row = (await session.execute(select(drafts).where(drafts.c.chat == chat))).first()
    if row is None:
        return None
    try:
        return Written(row.kind, json.loads(keys.open(row.sealed)), row.touched_on)
    except ValueError:
        return None


async def drop(session: Session, chat: str) -> int:
    """Sent, or not wanted any more. Files that were not sent go with it."""
    await drop_files(session, chat)
    done = await session.execute(delete(drafts).where(drafts.c.chat == chat))
    return done.rowcount


def kind_of(appeal: int, what: str) -> str:
    """What stands in `kind` for words that staff write about an appeal."""
    return f"desk.{appeal}.{what}"[:24]


async def drop_of(session: Session, appeal: int) -> None:
    """What staff have begun to write about an appeal that is destroyed."""
    await session.execute(delete(drafts).where(drafts.c.kind.startswith(kind_of(appeal, ""), autoescape=True)))


async def forget_old(session: Session, today: date, days: int) -> int:
    done = await session.execute(delete(drafts).where(drafts.c.touched_on < today - timedelta(days=days)))
    if done.rowcount:
        living = [_draft(chat) for (chat,) in await session.execute(select(drafts.c.chat))]
        await session.execute(delete(files).where(files.c.appeal == NO_APPEAL, files.c.by.not_in(living)))
    return done.rowcount


# --- files ------------------------------------------------------------------------------------------------


def _draft(chat: str) -> str:
    """Whose a file is that waits beside a draft."""
    return f"draft:{chat}"


def _waiting(chat: str) -> Any:
    return (files.c.appeal == NO_APPEAL) & (files.c.by == _draft(chat))


async def keep_file(
    session: Session, keys: Keys, chat: str, now: datetime, *, stored: str, kind: str, size: int, name: str
) -> None:
    """A stored file waits until the draft is sent."""
    row = {"id": secrets.randbits(62), "appeal": NO_APPEAL, "event": 0, "by": _draft(chat), "at": now}
    row |= {"stored": stored, "kind": kind, "size": size, "name": keys.seal(name), "public": True}
    await session.execute(files.insert().values(row))


async def files_of(session: Session, chat: str) -> list[Any]:
    """Files that wait beside the draft, oldest first."""
    return list(await session.execute(select(files).where(_waiting(chat)).order_by(files.c.at, files.c.id)))


async def drop_files(session: Session, chat: str) -> list[str]:
    """None of them is wanted; gives their stored names."""
    gone = await session.execute(delete(files).where(_waiting(chat)).returning(files.c.stored))
    return [stored for (stored,) in gone]


async def hand_over_files(session: Session, chat: str, appeal: int, event: int) -> int:
    """The draft was sent: its files are the appeal's now, and came with this event. Gives how many."""
    done = await session.execute(update(files).where(_waiting(chat)).values(appeal=appeal, event=event, by=CLIENT))
    return done.rowcount
