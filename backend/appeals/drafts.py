"""What a client writes before he files it: kept sealed while he writes, some weeks at most, gone once it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select

from backend.appeals.rows import drafts
from backend.db import Session, put_row
from backend.identity import Keys


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
    """Sent, or not wanted any more."""
    done = await session.execute(delete(drafts).where(drafts.c.chat == chat))
    return done.rowcount


async def forget_old(session: Session, today: date, days: int) -> int:
    done = await session.execute(delete(drafts).where(drafts.c.touched_on < today - timedelta(days=days)))
    return done.rowcount
