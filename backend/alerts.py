"""Who is told about a task: the people of the point, the bound groups, and the chat from the settings."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select

from backend import journal, outbox, staff, tasks
from backend.db import Session
from backend.staff import Place

log = logging.getLogger(__name__)

COLLAPSE_AFTER = 5  # low marks of one subject within COLLAPSE_WITHIN; further ones join the last of these alerts
COLLAPSE_WITHIN = timedelta(minutes=15)
SILENT_CHANNELS = frozenset({"web", "console"})  # they read the database themselves; nothing is pushed to them


class Responsible(Protocol):
    """What the office folder says of people; the office model has it."""

    @property
    def administrator(self) -> str: ...
    @property
    def head(self) -> str: ...
    @property
    def danger_to(self) -> str: ...
    def responsible(self, kind: str, ident: str) -> Any: ...


def chain(office: Responsible, task: Any) -> list[list[str]]:
    """Groups of persons in the order in which they are tried: the first group with a reachable person is told."""
    found = office.responsible(task.subject_kind, task.subject)
    first = [p for p in (found.owner,) if p]
    if task.kind == "danger" and office.danger_to not in first:
        first.append(office.danger_to)
    groups = [first, [p for p in (found.deputy,) if p], [found.head], [office.administrator]]
    return [g for g in groups if g]


async def people(session: Session, office: Responsible, task: Any, now: datetime) -> list[Place]:
    """The places to tell. After «Не помогло» the deputy and the head hear of it beside the owner."""
    found: list[Place] = []
    levels = chain(office, task)
    told = False
    for group in levels:
        here = [place for person in group for place in await staff.places_of(session, person)]
        found.extend(here)
        told = told or bool(here)
        if told and task.level == 0:
            break
        if task.level and told and group == levels[-2]:
            break
    if not told:
        await journal.note(session, now, "system", "alert.nobody", task.id)
        log.warning("task %s: nobody responsible has joined; it waits in «Открытые задачи»", task.id)
    if task.person and task.status == "taken":
        found.extend(await staff.places_of(session, task.person))
    return found


async def announce(
    session: Session,
    office: Responsible,
    task: Any,
    now: datetime,
    *,
    extra: Iterable[Place] = (),
    language: str,
    due_at: datetime | None = None,
) -> int:
    """Write the notices of this version of the task: an alert for each place that has none, a change for each that
    was told before. Gives how many rows are new."""
    if not await tasks.mark_announced(session, task.id, task.version):
        return 0
    if task.announced == 0 and (task.kind == "low_score" or task.response is None):
        crowd = await tasks.crowd(session, task, COLLAPSE_WITHIN)
        if len(crowd) >= COLLAPSE_AFTER:
            # A joker, or a very bad hour: the list has every task, the chats get one line more.
            await tasks.note_more(session, crowd[COLLAPSE_AFTER - 1], now)
            return 0
    posted = await outbox.posted(session, task.id)
    rows: list[dict[str, Any]] = []
    for before in posted:
        # A row that is being sent right now carries the older words: it is changed afterwards.
        if before.status == "sent" or before.held_until > 0:
            rows.append(
                outbox.row(
                    cause=f"edit:{task.id}:{task.version}:{before.id}",
                    channel=before.channel,
                    address=before.address,
                    sealed=before.sealed,
                    language=before.language,
                    kind="edit",
                    due_at=now,
                    task=task.id,
                    edits=before.id,
                )
            )
    known = {b.address for b in posted}
    if task.status != "closed":
        places = [*await people(session, office, task, now), *await staff.bound_groups(session), *extra]
        for place in {p.address: p for p in places}.values():
            handed = task.status == "taken" and place.person is not None and f"to:{place.person}" in task.notes.split()
            if place.channel in SILENT_CHANNELS or (
                place.address in known and not (task.reopened and task.status == "new") and not handed
            ):
                continue
            # A task that came back, or was handed to this very person, is news even where it was posted before.
            once = f"to:{task.notes.split().count(f'to:{place.person}')}" if handed else str(task.level)
            rows.append(
                outbox.row(
                    cause=f"alert:{task.id}:{once}:{place.address}",
                    channel=place.channel,
                    address=place.address,
                    sealed=place.sealed,
                    language=place.language or language,
                    kind="alert",
                    due_at=due_at or now,
                    task=task.id,
                )
            )
    return await outbox.put(session, rows)


async def supersede_waiting_edits(session: Session, row: Any) -> bool:
    """Whether a newer change of the same posted message waits too: then this one need not be sent."""
    newer = await session.execute(
        select(outbox.table.c.id).where(
            outbox.table.c.edits == row.edits, outbox.table.c.id > row.id, outbox.table.c.status == "waiting"
        )
    )
    return newer.first() is not None
