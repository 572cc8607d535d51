"""What clients and staff are told of an appeal: outbox rows, written in the transaction of the change.

A client gets one notice for one change, in the chat that gave number and code last and takes notices; another chat
that knows them steps in only when that one takes no messages any more, and where none is left, a person gets a task
(requirements 4.03, 4.10, 5.31).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select, update

from backend import conversation, invitations, outbox, staff, tasks
from backend.alerts import SILENT_CHANNELS
from backend.appeals import access, routing
from backend.appeals.rows import appeals, followers
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office

SURVEY_HOUR: Final = 10  # the next day at ten: time to read the answer (domain.md 6.1)
REMIND: Final = timedelta(hours=24)
CLIENT_KINDS: Final = ("appeal", "appeal_survey")


async def listeners(session: Session, appeal: int) -> list[Any]:
    """Chats that take notices about this appeal, the one that gave number and code last first."""
    chat = conversation.table.c
    rows = await session.execute(
        select(followers)
        .select_from(followers.outerjoin(conversation.table, chat.key == followers.c.address))
        .where(
            followers.c.appeal == appeal,
            followers.c.notices.is_(True),
            followers.c.reachable.is_(True),
            followers.c.sealed != "",
            followers.c.channel.not_in(SILENT_CHANNELS),
            or_(chat.stopped.is_(None), chat.stopped.is_(False)),
        )
        .order_by(followers.c.since.desc(), followers.c.id.desc())
    )
    return list(rows)


def calm(office: Office, calendar: WorkCalendar, moment: datetime) -> datetime:
    """This moment, or the end of the quiet hours in which it falls."""
    return invitations.next_moment(office.rules.quiet, calendar, moment, any_day=True) or moment


def _row(to: Any, cause: str, kind: str, data: dict[str, Any], due_at: datetime) -> dict[str, Any]:
    return outbox.row(
        cause=cause,
        channel=to.channel,
        address=to.address,
        sealed=to.sealed,
        language=to.language,
        kind=kind,
        data=data,
        due_at=due_at,
    )


async def tell(
    session: Session, office: Office, calendar: WorkCalendar, appeal: int, event: int, now: datetime
) -> bool:
    """One notice of this event; False when nobody takes notices (he reads it on his page)."""
    found = await listeners(session, appeal)
    if not found:
        return False
    due_at = calm(office, calendar, now)
    row = _row(found[0], f"appeal:{event}", "appeal", {"appeal": appeal, "event": event}, due_at)
    return bool(await outbox.put(session, [row]))


async def ask(session: Session, office: Office, calendar: WorkCalendar, row: Any, now: datetime) -> None:
    """Survey B, once for each answer: the next day at ten, and one reminder a day later."""
    found = await listeners(session, row.id)
    if not found or office.appeals is None or office.appeals.survey not in office.surveys:
        return
    local = now.astimezone(calendar.zone) + timedelta(days=1)
    first = invitations.next_moment(
        office.rules.quiet, calendar, local.replace(hour=SURVEY_HOUR, minute=0, second=0, microsecond=0)
    )
    if first is None:
        return
    cause = f"appeal_survey:{row.id}:{row.answers}"
    data = {"appeal": row.id, "answers": row.answers}
    rows = [
        _row(found[0], cause, "appeal_survey", {**data, "again": False}, first),
        _row(found[0], f"{cause}:again", "appeal_survey", {**data, "again": True}, first + REMIND),
    ]
    await outbox.put(session, rows)


async def unreachable(session: Session, office: Office, notice: Any, now: datetime) -> None:
    """The chat takes no messages: the next one that knows number and code is told, else a person."""
    data = json.loads(notice.data)
    ident = data["appeal"]
    await session.execute(update(followers).where(followers.c.address == notice.address).values(reachable=False))
    row = (await session.execute(select(appeals).where(appeals.c.id == ident))).first()
    if row is None:
        return
    found = await listeners(session, ident)
    if found:
        cause = notice.cause.partition("@")[0] + f"@{found[0].id}"
        await outbox.put(session, [_row(found[0], cause, notice.kind, data, now)])
        return
    if notice.kind == "appeal" and data.get("event"):
        await to_people(session, office, row, now, what="unreachable")


async def to_people(session: Session, office: Office, row: Any, now: datetime, *, what: str) -> None:
    """A task beside the appeal: it must be dealt with by a person and is not forgotten. `what`: `unreachable` – the
    client cannot be told in any chat; `unsolved` – he says that it is not solved; `unrouted` – nobody could get it;
    `late` – he asks why the answer has not come. One open task for each reason."""
    note = f"appeal:{what}"
    open_one = await session.execute(
        select(tasks.table.c.id).where(
            tasks.table.c.kind == "appeal",
            tasks.table.c.subject == row.number,
            tasks.table.c.status != "closed",
            tasks.table.c.text == note,
        )
    )
    if open_one.first() is not None:
        return
    excluded = access.complained_of(row)
    head = routing.head_over(office, {}, excluded, row.unit)
    owner = head if what in ("unsolved", "late") or row.holder is None or row.holder in excluded else row.holder
    number = await tasks.open_task(
        session,
        kind="appeal",
        channel=row.channel or "web",
        now=now,
        announce_at=now,
        subject_kind="appeal",
        subject=row.number,
        service=row.service,
        text=note,
        owner=owner,
    )
    for person in sorted(excluded):
        await tasks.touch(session, number, now, note=f"not:{person}")


async def to_staff(
    session: Session,
    office: Office,
    row: Any,
    persons: Iterable[str | None],
    now: datetime,
    *,
    what: str,
    once: str,
    data: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> int:
    """A notice to these persons about an appeal, once for each `once`; never to whom it complains of. In the browser
    nothing is pushed: the list tells it."""
    rows = []
    excluded = access.complained_of(row)
    for person in dict.fromkeys(persons):
        if person is None or person in excluded:
            continue
        for place in await staff.places_of(session, person):
            if place.channel in SILENT_CHANNELS:
                continue
            rows.append(
                outbox.row(
                    cause=f"appeal_staff:{row.id}:{once}:{place.address}",
                    channel=place.channel,
                    address=place.address,
                    sealed=place.sealed,
                    language=place.language or office.languages[0],
                    kind="appeal_staff",
                    data={"appeal": row.id, "what": what, **(data or {})},
                    due_at=due_at or now,
                )
            )
    return await outbox.put(session, rows)


async def drop(session: Session, appeal: int) -> None:
    """The appeal is destroyed: what waits about it is not sent."""
    waiting = and_(outbox.table.c.kind.in_((*CLIENT_KINDS, "appeal_staff")), outbox.table.c.status == "waiting")
    of_it = outbox.table.c.data.contains(f'"appeal": {appeal},') | outbox.table.c.data.contains(f'"appeal": {appeal}}}')
    await session.execute(
        update(outbox.table).where(waiting, of_it).values(status="dropped", sealed="", address="", data="{}")
    )
