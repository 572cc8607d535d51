"""Keeping the base up to date (requirement 3.03): a reminder before the day of review, a task for the owner after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select, update

from backend import journal, outbox, staff, tasks
from backend.alerts import SILENT_CHANNELS
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.knowledge.model import Template
from backend.knowledge.rows import templates, versions
from backend.knowledge.templates import get, version
from backend.office.model import Office

DAILY_FROM: Final = 9  # o'clock of the office
AT_ONCE: Final = 30  # tasks of one morning: a base that grew old as a whole must not bury its owner
_OPEN = templates.c.published.is_not(None) & templates.c.withdrawn.is_(False)


async def daily(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """What one morning brings. Done again it changes nothing: each review date is told once."""
    today = calendar.today(now)
    await _open_tasks(session, today, now)
    await _remind(session, office, calendar, now)


async def _open_tasks(session: Session, today: date, now: datetime) -> None:
    """A task for each template past its review date that has none for this date, the oldest first. Those of one owner
    are told together, by the first one's message."""
    untold = or_(templates.c.reviewed.is_(None), templates.c.reviewed != templates.c.review_on)
    overdue = await session.execute(
        select(templates.c.id, templates.c.owner, templates.c.review_on)
        .where(_OPEN, templates.c.review_on < today, untold)
        .order_by(templates.c.review_on, templates.c.id)
        .limit(AT_ONCE)
    )
    first: dict[str, int] = {}
    for ident, owner, review_on in list(overdue):
        # An open task of an earlier date stands for this one too.
        waits = select(tasks.table.c.id).where(
            tasks.table.c.kind == "review", tasks.table.c.subject == ident, tasks.table.c.status != "closed"
        )
        if (await session.execute(waits)).first() is None:
            number = await tasks.open_task(
                session,
                kind="review",
                channel="system",
                now=now,
                announce_at=now,
                subject_kind="template",
                subject=ident,
                owner=owner,
            )
            if first.setdefault(owner, number) != number:
                await tasks.join(session, number, first[owner])
            await journal.note(session, now, "system", "template.overdue", ident, f"task {number}, {review_on}")
        await session.execute(update(templates).where(templates.c.id == ident).values(reviewed=review_on))


async def _remind(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """One note to each owner whose templates must be checked soon; he hears of each review date once. An owner who has
    joined no messenger hears of it when he does, if it is still early."""
    today = calendar.today(now)
    untold = or_(templates.c.reminded.is_(None), templates.c.reminded != templates.c.review_on)
    last = today + timedelta(days=office.rules.review_notice_days)
    soon = await session.execute(
        select(templates.c.id, templates.c.owner, templates.c.review_on, versions.c.content)
        .join(versions, (versions.c.template == templates.c.id) & (versions.c.number == templates.c.published))
        .where(_OPEN, templates.c.review_on.between(today, last), untold)
        .order_by(templates.c.review_on, templates.c.id)
    )
    of_owner: dict[str, list[Any]] = {}
    for row in soon:
        of_owner.setdefault(row.owner, []).append(row)
    for owner, rows in of_owner.items():
        first = rows[0]
        title = Template.model_validate_json(first.content).title
        notices = []
        for place in await staff.places_of(session, owner):
            if place.channel in SILENT_CHANNELS:
                continue
            language = place.language or office.languages[0]
            day = f"{first.review_on:%d.%m.%Y}"
            data = {"key": "note-review-soon", "n": len(rows), "title": office.text(title, language), "day": day}
            notice = outbox.row(
                cause=f"review:{today.isoformat()}:{place.address}",
                channel=place.channel,
                address=place.address,
                sealed=place.sealed,
                language=language,
                kind="note",
                due_at=calendar.next_opening(now),
                data=data,
            )
            notices.append(notice)
        if await outbox.put(session, notices):
            for row in rows:
                told = update(templates).where(templates.c.id == row.id).values(reminded=row.review_on)
                await session.execute(told)


@dataclass(frozen=True, slots=True)
class About:
    """What a card says of a task «look at it again»."""

    ident: str
    title: dict[str, str]
    version: int | None
    review_on: date
    owner: str


async def about(session: Session, task: Any) -> About | None:
    """The template that a task of kind `review` is about, as it is now."""
    row = await get(session, task.subject)
    if row is None:
        return None
    shown = await version(session, row.id, row.published or row.draft or row.last)
    title = json.loads(shown.content)["title"] if shown is not None else {"ru": row.id}
    return About(row.id, title, row.published, row.review_on, row.owner)
