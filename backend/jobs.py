"""Regular work: an in-memory APScheduler in each process, each tick claimed once in the database."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend import (
    conversation,
    escalation,
    feedback,
    incidents,
    invitations,
    outbox,
    promises,
    relays,
    shared_state,
    tokens,
)
from backend.appeals import erasure, guesses, moving, reminders, worklist
from backend.calendar import LiveCalendar, WorkCalendar
from backend.clock import Clock, office_day, to_the_hour
from backend.codes import LiveCodes, Scans, add_scans
from backend.db import Database, DatabaseAway, Session
from backend.files import FileStore
from backend.identity import Keys
from backend.knowledge import asked, review
from backend.knowledge.asked import Tally
from backend.knowledge.live import LiveKnowledge
from backend.office.model import Office

log = logging.getLogger(__name__)

UNCOMMITTED = timedelta(hours=1)  # a younger file may belong to a turn that is not committed yet
Work = Callable[[Session], Awaitable[None]]
KnownFiles = Callable[[Session, list[str]], Awaitable[set[str]]]
"""Those of these stored files that rows name."""


async def end_of_day(session: Session, clock: Clock, zone: ZoneInfo) -> None:
    """What the turn of the office's day destroys and closes. Doing it again does no harm."""
    now = clock()
    today = office_day(now, zone)
    await feedback.end_of_day(session, today)
    await feedback.close_old(session, today)
    await conversation.end_of_day(session, today)
    await relays.end_old(session, today)
    await asked.forget_old(session, today)
    await outbox.forget_sent(session, now - timedelta(days=30))


async def day_of_invitations(session: Session, regular: Regular, now: datetime) -> None:
    """What the turn of the day means for invitations and for the tokens by which visits are reported."""
    calendar = regular.calendar()
    await invitations.end_of_day(session, regular.office, calendar, regular.keys, now)
    await tokens.note_uses(session, now, calendar.today(now))


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


@dataclass(frozen=True, slots=True)
class Regular:
    """What the jobs of a process work with."""

    db: Database
    clock: Clock
    office: Office
    calendar: LiveCalendar
    codes: LiveCodes
    keys: Keys
    scans: Scans = field(kw_only=True)
    knowledge: LiveKnowledge = field(kw_only=True, default_factory=LiveKnowledge)
    tally: Tally = field(kw_only=True, default_factory=Tally)
    files: FileStore | None = field(kw_only=True, default=None)
    known_files: KnownFiles | None = field(kw_only=True, default=None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office.timezone)


async def refresh(regular: Regular) -> None:
    """What every process keeps of the tables: the calendar and the codes."""
    async with regular.db.read() as session:
        await regular.calendar.refresh(session)
        await regular.codes.refresh(session)


async def follow_calendar(regular: Regular, before: WorkCalendar) -> None:
    """What was promised while this process did not know the newest calendar is recomputed."""
    after = regular.calendar()
    if before.differs(after):
        async with regular.db.begin() as session:
            now = regular.clock()
            await promises.recompute(session, before, after, now)
            await moving.recompute(session, regular.office, before, after, now)


async def write_scans(db: Database, scans: Scans) -> None:
    """Each process writes what it has counted itself; what the database cannot take now waits for the next minute."""
    counts = scans.take()
    if not counts:
        return
    try:
        async with db.begin() as session:
            await add_scans(session, counts)
    except Exception:
        scans.give_back(counts)
        raise


async def minute(regular: Regular) -> None:
    """Everything that one minute of our clock brings; each part once across processes."""
    db, clock, zone, office = regular.db, regular.clock, regular.zone, regular.office
    now = clock()
    local = now.astimezone(zone)
    today = local.date().isoformat()
    this_hour, this_minute = local.strftime("%Y-%m-%dT%H"), local.strftime("%Y-%m-%dT%H:%M")

    async def night() -> None:
        # Once after midnight and then hourly: an open survey closes on time even if midnight was missed.
        if await once(db, "end_of_day", f"{today}/{this_hour}", lambda s: end_of_day(s, clock, zone)):
            await db.scrub()

    await _each_for_itself(
        renew(regular),
        count_scans(regular),
        count_questions(regular),
        once(db, "calendar.year", today, lambda s: promises.warn_of_year(s, office, regular.calendar(), now)),
        # Before the secrets of yesterday go: they alone know who has rated already.
        once(db, "invitations.day", today, lambda s: day_of_invitations(s, regular, now)),
        night(),
        once(db, "series", this_minute, lambda s: find_series(s, clock)),
        once(db, "escalation", this_minute, lambda s: escalation.run(s, office, regular.calendar(), now)),
        once(db, "incidents", this_minute, lambda s: incidents.each_minute(s, office, regular.calendar(), now)),
        morning(regular, now),
        review_templates(regular, now),
        remind_of_appeals(regular, now),
        once(db, "appeals.night", today, lambda s: night_of_appeals(s, now)),
        destroy_appeals(regular, now),
        sweep_files(regular, now),
        once(
            db, "invitations", this_minute, lambda s: invitations.run(s, office, regular.calendar(), regular.keys, now)
        ),
    )


async def renew(regular: Regular) -> None:
    """The newest calendar and codes, and what hangs on them."""
    before = regular.calendar()
    try:
        await refresh(regular)
        await follow_calendar(regular, before)
    except DatabaseAway:
        # What was not moved to the newer calendar is moved with the next tick.
        regular.calendar.stay(before)
        log.warning("calendar and codes were not renewed: the database is away")


async def count_scans(regular: Regular) -> None:
    try:
        await write_scans(regular.db, regular.scans)
    except DatabaseAway:
        log.warning("scans were not written: the database is away")


async def count_questions(regular: Regular) -> None:
    """What this process has counted of questions since the last minute."""
    try:
        await regular.tally.write(regular.db)
    except DatabaseAway:
        log.warning("counts of questions were not written: the database is away")


async def morning(regular: Regular, now: datetime) -> None:
    """Drift and silence, once a day. What is found is read before it is written: the marks of a large office take
    seconds, and in a transaction that writes no client could answer meanwhile (SQLite has one writer)."""
    db, office, local = regular.db, regular.office, now.astimezone(regular.zone)
    today = local.date()
    if local.hour < incidents.DAILY_FROM:
        return
    try:
        async with db.read() as session:
            if await shared_state.tick_of(session, "incidents.morning") == today.isoformat():
                return
            found = await incidents.of_day(session, office, today, now)
    except DatabaseAway:
        log.warning("job incidents.morning: the database is away, it runs with the next tick")
        return

    async def work(session: Session) -> None:
        for of_kind in found:
            await incidents.open_found(session, office, of_kind, now)

    await once(db, "incidents.morning", today.isoformat(), work)


async def review_templates(regular: Regular, now: datetime) -> None:
    """Templates whose review is near or past, each working morning."""
    calendar, local = regular.calendar(), now.astimezone(regular.zone)
    if local.hour >= review.DAILY_FROM and calendar.is_working_day(local.date()):
        tick = local.date().isoformat()
        await once(regular.db, "knowledge.review", tick, lambda s: review.daily(s, regular.office, calendar, now))


async def sweep_files(regular: Regular, now: datetime) -> None:
    """Stored files that no row names: of a turn that was never committed, or a repeated one. Each hour; the tick is
    claimed first, for no transaction may wait for a disk."""
    files, known_files = regular.files, regular.known_files
    if files is None or known_files is None:
        return

    async def claimed(_session: Session) -> None: ...

    async def known(names: list[str]) -> set[str]:
        async with regular.db.read() as session:
            return await known_files(session, names)

    tick = now.astimezone(regular.zone).strftime("%Y-%m-%dT%H")
    if not await once(regular.db, "files", tick, claimed):
        return
    try:
        gone = await files.orphans(known, UNCOMMITTED)
    except DatabaseAway:
        log.warning("job files: the database is away, it runs in the next hour")
        return
    if gone:
        log.info("%s stored files that nothing names were deleted", gone)


async def remind_of_appeals(regular: Regular, now: datetime) -> None:
    """Deadlines near and past, each working morning; a large office's in portions, each a short transaction. A portion
    done twice, by two processes or after a crash, tells nobody twice."""
    calendar, local = regular.calendar(), now.astimezone(regular.zone)
    if regular.office.appeals is None or local.hour < reminders.DAILY_FROM:
        return
    if not calendar.is_working_day(local.date()):
        return
    today = local.date().isoformat()
    after: int | None = 0
    try:
        async with regular.db.read() as session:
            if await shared_state.tick_of(session, "appeals.remind") == today:
                return
        while after is not None:
            async with regular.db.begin() as session:
                after = await reminders.run(session, regular.office, calendar, regular.keys, now, after)
                if after is None:
                    await shared_state.claim_tick(session, "appeals.remind", today)
    except DatabaseAway:
        log.warning("job appeals.remind: the database is away, it goes on with the next tick")


async def night_of_appeals(session: Session, now: datetime) -> None:
    """Wrong codes of yesterday, and who had which appeal open, are forgotten."""
    await guesses.sweep(session, now)
    await worklist.sweep(session, now)


async def destroy_appeals(regular: Regular, now: datetime) -> None:
    """What was demanded, and what is kept no longer, in portions each hour; then the stored files."""
    tick = now.astimezone(regular.zone).strftime("%Y-%m-%dT%H")
    stored: list[str] = []

    async def work(session: Session) -> None:
        stored.extend(await erasure.destroy_due(session, regular.office, regular.calendar(), now))

    if await once(regular.db, "appeals.destroy", tick, work) and stored and regular.files is not None:
        await regular.files.remove(stored)


async def _each_for_itself(*jobs: Coroutine[Any, Any, object]) -> None:
    """One after the other, all of them: a fault in one must not keep the secrets of a past day alive, or alerts
    waiting. The first fault is raised at the end."""
    faults: list[Exception] = []
    try:
        for job in jobs:
            try:
                await job
            except Exception as fault:
                if faults:
                    log.exception("a further job has failed")
                faults.append(fault)
    finally:
        for job in jobs:
            job.close()  # those that did not begin: the process stops
    if faults:
        raise faults[0]


def schedule(regular: Regular) -> AsyncIOScheduler:
    """The scheduler, not started. Ticks are minutes of our clock, so that a moved CLOCK moves the jobs too."""
    scheduler = AsyncIOScheduler(timezone=regular.zone)
    scheduler.add_job(
        minute, "interval", args=[regular], minutes=1, coalesce=True, misfire_grace_time=300, max_instances=1
    )
    return scheduler
