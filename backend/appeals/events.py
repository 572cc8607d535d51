"""What happens to an appeal, as rows that are only added: stages, words of both sides, terms, files, who did it.

Every change by staff also goes to the journal, without any words of a client.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, select

from backend import journal
from backend.appeals.rows import events
from backend.db import Session
from backend.identity import Keys

Kind = Literal[
    "registered",
    "stage",
    "assigned",
    "extended",
    "deadline",
    "redirected",
    "suspended",
    "refused",
    "message",  # the client's words
    "reply",  # words of staff that end nothing
    "answered",
    "closed",
    "reopened",
    "file",
    "note",  # for staff alone
    "code",
    "overdue",
    "rated",
    "unreachable",
    "withdrawn",
]
FOR_STAFF: frozenset[str] = frozenset({"note", "assigned", "rated", "unreachable", "code"})
"""What the client is not shown."""
STAGES: frozenset[str] = frozenset(
    {"registered", "stage", "suspended", "redirected", "refused", "answered", "closed", "reopened"}
)
"""What puts an appeal into a stage."""


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    at: datetime
    by: str
    kind: str
    stage: str
    public: bool
    data: dict[str, Any]
    words: dict[str, str]


async def add(
    session: Session,
    keys: Keys | None,
    now: datetime,
    appeal: Any,
    kind: Kind,
    *,
    by: str,
    stage: str = "",
    data: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
) -> int:
    """Add what happened; gives its id. `appeal` has `id` and `number`. `words` are sealed, which takes `keys`."""
    row = row_of(keys, now, kind, by=by, stage=stage, data=data, words=words) | {"appeal": appeal.id}
    ident = (await session.execute(insert(events).values(row).returning(events.c.id))).scalar_one()
    await journal.note(session, now, by, f"appeal.{kind}", appeal.number, details(stage, data))
    return int(ident)


def row_of(
    keys: Keys | None,
    now: datetime,
    kind: Kind,
    *,
    by: str,
    stage: str = "",
    data: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What happened as a row without its appeal: many of them are made ready before anything is locked."""
    assert keys is not None or not words
    return {
        "at": now,
        "by": by,
        "kind": kind,
        "stage": stage,
        "public": kind not in FOR_STAFF,
        "data": json.dumps(dict(data or {}), ensure_ascii=False),
        "sealed": keys.seal(json.dumps(dict(words), ensure_ascii=False)) if keys is not None and words else "",
    }


def details(stage: str, data: Mapping[str, Any] | None) -> str:
    """The journal's line of it."""
    plain = " ".join(f"{name}={value}" for name, value in (data or {}).items())
    return " ".join(filter(None, [stage, plain]))[:400]


def read(keys: Keys, row: Any) -> Event:
    """The event with its words opened; empty words where they were sealed with another key or destroyed."""
    words: dict[str, str] = {}
    if row.sealed:
        try:
            words = json.loads(keys.open(row.sealed))
        except ValueError:
            words = {}
    return Event(row.id, row.at, row.by, row.kind, row.stage, row.public, json.loads(row.data), words)


async def of(
    session: Session, keys: Keys, appeal: int, *, public: bool = False, kinds: Collection[str] = (), limit: int = 200
) -> list[Event]:
    """The newest events of an appeal, oldest first."""
    query = select(events).where(events.c.appeal == appeal)
    if public:
        query = query.where(events.c.public.is_(True))
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    rows = list(await session.execute(query.order_by(events.c.id.desc()).limit(limit)))
    return [read(keys, row) for row in reversed(rows)]


async def get(session: Session, keys: Keys, ident: int) -> tuple[Event, int] | None:
    """An event and its appeal's id."""
    row = (await session.execute(select(events).where(events.c.id == ident))).first()
    return (read(keys, row), row.appeal) if row is not None else None
