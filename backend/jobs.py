"""Regular work: an in-memory APScheduler in each process, each tick claimed once in the database."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend import conversation, feedback, outbox, relays, shared_state
from backend.clock import Clock, office_day, to_the_hour
from backend.db import Database, DatabaseAway, Session

log = logging.getLogger(__name__)
Work = Callable[[Session], Awaitable[None]]


async def end_of_day(session: Session, clock: Clock, zone: ZoneInfo) -> None:
    """What the turn of the office's day destroys and closes. Doing it again does no harm."""
    now = clock()
    today = office_day(now, zone)
    await feedback.end_of_day(session, today)
    await feedback.close_old(session, today)
    await conversation.end_of_day(session, today)
    await relays.end_old(session, today)
    await outbox.forget_sent(session, now - timedelta(days=30))


async def find_series(session: Session, clock: Clock) -> None:
    """Mass marks of the last two hours."""
    await feedback.mark_series(session, to_the_hour(clock()) - timedelta(hours=1))


async def once(db: Database, job: str, tick: str, work: Work) -> bool:
    """Run the work if no other process has done this tick. Claim and work share a transaction: a crash gives both
    back."""
    try:
        async with db.begin() as session:
            if not await shared_state.claim_tick(session, job, tick):
                return False
            await work(session)
    except DatabaseAway:
        log.warning("job %s: the database is away, it runs with the next tick", job)
        return False
    return True


def schedule(db: Database, clock: Clock, zone: ZoneInfo) -> AsyncIOScheduler:
    """The scheduler, not started. Ticks are minutes of our clock, so that a moved CLOCK moves the jobs too."""
    scheduler = AsyncIOScheduler(timezone=zone)

    async def minute() -> None:
        now = clock()
        day = office_day(now, zone).isoformat()
        # Once after midnight and then hourly: an open survey closes on time even if midnight was missed.
        hour = now.astimezone(zone).strftime("%Y-%m-%dT%H")
        if await once(db, "end_of_day", f"{day}/{hour}", lambda session: end_of_day(session, clock, zone)):
            await db.scrub()
        minute_of = now.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        await once(db, "series", minute_of, lambda session: find_series(session, clock))

    scheduler.add_job(minute, "interval", minutes=1, coalesce=True, misfire_grace_time=300, max_instances=1)
    return scheduler
