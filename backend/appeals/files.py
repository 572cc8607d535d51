"""Files of appeals as rows: which stored file belongs to what, and who may fetch it. The bytes are `backend.files`'."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from backend import absences, journal
from backend.appeals import access, events
from backend.appeals.rows import appeals, files, followers
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office, Person

MOST = 20  # files of one appeal that a client may add


async def attach(
    session: Session,
    keys: Keys,
    now: datetime,
    row: Any,
    *,
    stored: str,
    kind: str,
    size: int,
    name: str,
    by: str,
    event: int | None = None,
    public: bool = True,
) -> int:
    """Put a stored file to an appeal; gives its id. `event`: what it came with, else an event of its own."""
    if event is None:
        data = {"kind": kind, "size": size}
        event = await events.add(session, keys, now, row, "file", by=by, data=data, words={"name": name})
    ident = secrets.randbits(62)
    await session.execute(
        insert(files).values(
            id=ident,
            appeal=row.id,
            event=event,
            by=by,
            stored=stored,
            kind=kind,
            size=size,
            name=keys.seal(name),
            public=public,
            at=now,
        )
    )
    return ident


async def of(session: Session, appeal: int) -> list[Any]:
    """Files of an appeal, oldest first."""
    return list(await session.execute(select(files).where(files.c.appeal == appeal).order_by(files.c.at, files.c.id)))


def name_of(keys: Keys, row: Any) -> str:
    try:
        return keys.open(row.name)
    except ValueError:
        return "file"


async def known(session: Session, stored: Iterable[str]) -> set[str]:
    """Which of these stored names a row names; the others are orphans."""
    names = list(stored)
    found: set[str] = set()
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        found |= {name for (name,) in await session.execute(select(files.c.stored).where(files.c.stored.in_(part)))}
    return found


async def readable(
    session: Session,
    office: Office,
    keys: Keys,
    address: str,
    person: Person | None,
    ident: int,
    now: datetime,
    today: Any,
) -> tuple[str, str, str] | None:
    """(stored, name, kind) if this chat may fetch the file: staff who may see the appeal – noted in the journal –, or a
    client who follows it, if it is for him. None otherwise: there is no such file for him."""
    found = (await session.execute(select(files).where(files.c.id == ident))).first()
    if found is None:
        return None
    row = (await session.execute(select(appeals).where(appeals.c.id == found.appeal))).first()
    if row is None or row.blocked:
        return None
    if person is not None and access.may_see(office, person, row, await absences.away(session, today)):
        await journal.note(session, now, person.id, "appeal.file_read", row.number, str(found.id))
        return found.stored, name_of(keys, found), found.kind
    mine = await session.execute(
        select(followers.c.id).where(
            followers.c.appeal == row.id, followers.c.address == address, followers.c.hidden.is_(False)
        )
    )
    if found.public and mine.first() is not None:
        return found.stored, name_of(keys, found), found.kind
    return None
