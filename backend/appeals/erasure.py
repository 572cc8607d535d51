"""Deletion: on the client's demand, and when the term of keeping is over.

On demand everything stops at once – nothing is sent, nobody of the staff reads it – and is destroyed some days later
(152-ФЗ, article 21: 30 days at most; the office's own term is shorter). What the law keeps – official appeals – is kept
and named. The record of a destruction says when, on what basis and how much, and holds none of it (order of
Roskomnadzor of 28.10.2022 № 179). Numbers, dates and stages stay: reports of past years must not change.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, or_, select, update

from backend import consents, journal, outbox
from backend.appeals import drafts, events, notices
from backend.appeals.files import name_of
from backend.appeals.model import Appeals
from backend.appeals.registration import content_of
from backend.appeals.rows import appeals, erasures, files, followers, presence
from backend.appeals.rows import events as event_rows
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office

AT_ONCE: Final = 200
RECORDS_DAYS: Final = 3 * 366


@dataclass(frozen=True, slots=True)
class Asked:
    """What a demand does. `number` of the demand; `kept`: numbers that the law keeps; `gone`: what goes by `due_on`."""

    number: int
    due_on: date
    kept: tuple[str, ...]
    gone: tuple[str, ...]


async def _filed(session: Session, chat: str) -> list[Any]:
    """What was sent from this chat."""
    rows = await session.execute(
        select(appeals)
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(followers.c.address == chat, followers.c.filed.is_(True), appeals.c.destroyed_on.is_(None))
        .order_by(appeals.c.id)
    )
    return list(rows)


def due_day(content: Appeals, today: date) -> date:
    """Until when what is demanded today is destroyed."""
    return today + timedelta(days=content.erase_days)


async def outlook(session: Session, content: Appeals, chat: str) -> tuple[list[str], list[str]]:
    """What a demand would do now: numbers that the law keeps, numbers that are withdrawn and destroyed."""
    followed = await session.execute(
        select(appeals.c.number, appeals.c.kind)
        .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
        .where(followers.c.address == chat)
        .order_by(appeals.c.id)
    )
    kept = [number for number, kind in followed if _official(content, kind)]
    gone = [row.number for row in await _filed(session, chat) if not _official(content, row.kind)]
    return kept, gone


async def demand(
    session: Session, office: Office, calendar: WorkCalendar, keys: Keys, chat: str, now: datetime
) -> Asked | None:
    """The client wants his data deleted. At once: no notices, no list, no draft, no consent; what he sent that no law
    keeps is withdrawn and hidden. None where nothing of appeals is stored for this chat."""
    content = content_of(office)
    today = calendar.today(now)
    followed = list(
        await session.execute(
            select(appeals.c.number, appeals.c.kind)
            .select_from(followers.join(appeals, appeals.c.id == followers.c.appeal))
            .where(followers.c.address == chat)
        )
    )
    counts: Counter[str] = Counter(drafts=await drafts.drop(session, chat))
    counts["consents"] = await consents.withdraw(session, chat, now)
    if not followed and not counts.total():
        return None
    due_on = due_day(content, today)
    gone = []
    for row in await _filed(session, chat):
        if _official(content, row.kind):
            continue
        gone.append(row.number)
        await _withdraw(session, content, keys, row, today, due_on, now)
    counts["followings"] = (await session.execute(delete(followers).where(followers.c.address == chat))).rowcount
    await outbox.drop_for(session, [chat], kinds=notices.CLIENT_KINDS)
    counts["appeals"] = len(gone)
    done = not gone
    number = (
        await session.execute(
            insert(erasures)
            .values(
                basis="demand",
                chat="" if done else chat,
                asked_at=now,
                due_on=due_on,
                done_at=now if done else None,
                counts=json.dumps(dict(counts)),
            )
            .returning(erasures.c.id)
        )
    ).scalar_one()
    await journal.note(session, now, "client", "erasure.asked", number, json.dumps(dict(counts)))
    kept = tuple(number for number, kind in followed if _official(content, kind))
    return Asked(int(number), due_on, kept, tuple(gone))


def _official(content: Appeals, kind: str) -> bool:
    found = content.kind(kind)
    return found is None or found.official  # a kind that the office no longer has is kept in doubt


async def _withdraw(
    session: Session, content: Appeals, keys: Keys, row: Any, today: date, due_on: date, now: datetime
) -> None:
    closed = content.first("closed")
    values: dict[str, Any] = {"blocked": True, "keep_until": due_on, "version": appeals.c.version + 1}
    if row.open and closed is not None:
        values |= {
            "open": False,
            "stage": closed.code,
            "means": "closed",
            "stage_at": now,
            "ended_on": today,
            "reason": "withdrawn",
            "reopen_until": None,
        }
    await session.execute(update(appeals).where(appeals.c.id == row.id).values(**values))
    await events.add(session, keys, now, row, "withdrawn", by="client")


async def depersonalise(
    session: Session,
    content: Appeals,
    keys: Keys,
    chat: str,
    today: date,
    now: datetime,
    *,
    hide: Callable[[str], str],
) -> list[str]:
    """The client has taken his consent back: from what he sent that no law keeps, name, contact and files go at once,
    and `hide` takes personal numbers out of his words. It is answered all the same. Gives the numbers; their files'
    bytes are found as orphans."""
    counts: Counter[str] = Counter()
    numbers = []
    for row in await _filed(session, chat):
        if _official(content, row.kind):
            continue
        numbers.append(row.number)
        counts["appeals"] += 1
        counts["names"] += bool(row.applicant)
        await session.execute(
            update(appeals)
            .where(appeals.c.id == row.id)
            .values(
                applicant="",
                applicant_kind="",
                text=_hidden(keys, row.text, hide),
                version=appeals.c.version + 1,
            )
        )
        of_client = (files.c.appeal == row.id) & (files.c.by == drafts.CLIENT)
        named: dict[int, list[str]] = {}
        for file in list(await session.execute(select(files).where(of_client))):
            named.setdefault(file.event, []).append(name_of(keys, file))
        counts["files"] += (await session.execute(delete(files).where(of_client))).rowcount
        words = (event_rows.c.appeal == row.id) & (event_rows.c.by == drafts.CLIENT) & (event_rows.c.sealed != "")
        for event in list(await session.execute(select(event_rows).where(words))):
            said = {name: text for name, text in events.read(keys, event).words.items() if name != "name"}
            plain = {name: hide(_without(text, named.get(event.id, ()))) for name, text in said.items()}
            sealed = keys.seal(json.dumps(plain, ensure_ascii=False)) if plain else ""
            await session.execute(update(event_rows).where(event_rows.c.id == event.id).values(sealed=sealed))
    if counts:
        record = {"basis": "consent", "chat": "", "asked_at": now, "due_on": today, "done_at": now}
        await session.execute(insert(erasures).values(**record, counts=json.dumps(dict(counts))))
    return numbers


def _without(text: str, names: Iterable[str]) -> str:
    """These words without the names of files, which came in place of words where there were none."""
    for name in names:
        text = text.replace(name, "…")
    return text


def _hidden(keys: Keys, sealed: str, hide: Callable[[str], str]) -> str:
    """These words without personal numbers; nothing where they cannot be read."""
    try:
        return keys.seal(hide(keys.open(sealed))) if sealed else ""
    except ValueError:
        return ""


async def due(session: Session, today: date, limit: int = AT_ONCE) -> list[Any]:
    """Appeals whose term of keeping is over and that are not destroyed yet."""
    rows = await session.execute(
        select(appeals)
        .where(
            appeals.c.keep_until <= today,  # said alone, so that the index finds them: it is asked each hour
            or_(appeals.c.keep_until < today, appeals.c.blocked.is_(True)),
            appeals.c.destroyed_on.is_(None),
        )
        .order_by(appeals.c.keep_until, appeals.c.id)
        .limit(limit)
    )
    return list(rows)


async def destroy_due(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> list[str]:
    """Destroy what is due; gives the names of stored files, which the caller removes from the disk after the commit
    (what a crash leaves there is found as orphans)."""
    if office.appeals is None:
        return []
    today = calendar.today(now)
    rows = await due(session, today)
    stored: list[str] = []
    counts: Counter[str] = Counter()
    for row in rows:
        stored += await _destroy(session, row, today, counts)
        await journal.note(session, now, "system", "appeal.destroyed", row.number)
    if rows:
        retention = sum(not row.blocked for row in rows)
        if retention:
            record = {"basis": "retention", "chat": "", "asked_at": now, "due_on": today, "done_at": now}
            await session.execute(insert(erasures).values(**record, counts=json.dumps(dict(counts))))
    await session.execute(
        update(erasures).where(erasures.c.done_at.is_(None), erasures.c.due_on <= today).values(done_at=now, chat="")
    )
    old = today - timedelta(days=RECORDS_DAYS)
    await session.execute(delete(erasures).where(erasures.c.done_at.is_not(None), erasures.c.due_on < old))
    await drafts.forget_old(session, today, content_of(office).draft_days)
    await consents.forget_old(session, today)
    return stored


async def _destroy(session: Session, row: Any, today: date, counts: Counter[str]) -> list[str]:
    stored = [name for (name,) in await session.execute(select(files.c.stored).where(files.c.appeal == row.id))]
    counts["files"] += len(stored)
    await session.execute(delete(files).where(files.c.appeal == row.id))
    done = await session.execute(
        update(event_rows).where(event_rows.c.appeal == row.id, event_rows.c.sealed != "").values(sealed="")
    )
    counts["words"] += done.rowcount
    done = await session.execute(delete(followers).where(followers.c.appeal == row.id))
    counts["followings"] += done.rowcount
    await session.execute(delete(presence).where(presence.c.appeal == row.id))
    await drafts.drop_of(session, row.id)
    await notices.drop(session, row.id)
    await session.execute(
        update(appeals)
        .where(appeals.c.id == row.id)
        .values(
            applicant="",
            applicant_kind="",
            text="",
            summary="",
            code="",
            complained="",
            outside=None,
            source=None,
            blocked=True,
            destroyed_on=today,
            keep_until=None,
        )
    )
    counts["appeals"] += 1
    return stored


async def records(session: Session) -> list[Any]:
    """Demands and destructions, the newest first: for the act and for whoever checks it."""
    return list(await session.execute(select(erasures).order_by(erasures.c.id.desc())))


async def waiting(session: Session) -> int:
    """Demands that are not carried out yet."""
    return int(
        (
            await session.execute(select(func.count()).select_from(erasures).where(erasures.c.done_at.is_(None)))
        ).scalar_one()
    )
