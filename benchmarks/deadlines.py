"""A day declared off while 10,000 clients wait: their promises and the terms of 10,000 tasks, recomputed."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from backend import escalation, outbox, promises, relays, tasks
from backend.calendar import Override, WorkCalendar
from backend.db import Database
from backend.migrate import upgrade
from backend.office import Office, load
from benchmarks.figures import Figure
from benchmarks.processes import ROOT, has_postgres
from bot.opening import ACTIONS
from tests.base.databases import PostgresTemplate

MANY = 10_000
TIMES = 3
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)  # a Monday, 10:00 in the demo office
OFF = date(2026, 11, 24)


@contextmanager
def addresses() -> Iterator[dict[str, str]]:
    """An empty database of each kind."""
    with tempfile.TemporaryDirectory(prefix="otklik-bench-") as name:
        folder = Path(name)
        found = {"sqlite": f"sqlite+aiosqlite:///{folder}/bench.db"}
        if not has_postgres():
            yield found
            return
        server = PostgresTemplate(folder)
        try:
            with server.copy(empty=True) as url:
                yield found | {"postgres": url}
        finally:
            server.close()


async def fill(db: Database, calendar: WorkCalendar) -> None:
    """Tasks told in the last hours and days, new and taken, each with a client who waits in a messenger."""
    opened, waiting = [], []
    for n in range(1, MANY + 1):
        told = calendar.next_opening(NOW - timedelta(minutes=n % 100))
        taken = n % 2 == 0
        asked = calendar.today(told) - timedelta(days=n % 3)
        opened.append(
            {
                "id": n,
                "kind": "low_score",
                "subject_kind": "point",
                "subject": "Т5",
                "channel": "telegram",
                "text": "",
                "status": "taken" if taken else "new",
                "person": "demoev" if taken else None,
                "holder": "Демоев Э. Р." if taken else "",
                "taken_at": told if taken else None,
                "done": "",
                "level": 0,
                "reopened": False,
                "notes": "",
                "created_at": told,
                "version": 1,
                "announced": 1,
                "announce_at": told,
                "next_at": NOW + timedelta(hours=4),
                "since": told,
                "reminded": 0,
            }
        )
        waiting.append(
            {
                "id": n * 7919,
                "task": n,
                "channel": "telegram",
                "address": f"{n:032x}",
                "sealed": "x" * 60,
                "language": "ru",
                "state": "waiting",
                "answer": "",
                "post": "",
                "promised": calendar.add_working_days(asked, 5),
                "asked_on": asked,
                "term": 5,
                "answers": 0,
                "ends_on": asked + timedelta(days=30),
            }
        )
    async with db.begin() as session:
        await session.execute(insert(tasks.table), opened)
        await session.execute(insert(relays.table), waiting)


async def measure(url: str, office: Office) -> tuple[float, float]:
    """The best seconds of a few days declared and taken back: promises moved and clients told, terms decided anew."""
    zone = ZoneInfo(office.timezone)
    usual, changed = WorkCalendar(office.week, zone), WorkCalendar(office.week, zone, [Override(OFF, "off", "указ")])
    db = Database(url, 60)
    moving, deciding = [], []
    try:
        with tempfile.TemporaryDirectory() as folder:
            await upgrade(db, NOW, Path(folder))
        await fill(db, usual)
        for n in range(TIMES * 2):
            old, new = (usual, changed) if n % 2 == 0 else (changed, usual)
            begun = time.perf_counter()
            async with db.begin() as session:
                moved = await promises.recompute(session, old, new, NOW + timedelta(seconds=n))
            moving.append(time.perf_counter() - begun)
            assert len(moved) == MANY, len(moved)
            begun = time.perf_counter()
            for _ in range(-(-MANY // escalation.LOOKS_AT_ONCE)):
                async with db.begin() as session:
                    await escalation.run(session, office, new, NOW + timedelta(minutes=1))
            deciding.append(time.perf_counter() - begun)
        async with db.read() as session:
            left = await tasks.to_look_at(session, NOW + timedelta(minutes=1), 1)
            told = (await session.execute(select(func.count()).select_from(outbox.table))).scalar_one()
        assert not left
        assert told == MANY * TIMES * 2, told
    finally:
        await db.close()
    return min(moving), min(deciding)


def deadlines() -> list[Figure]:
    office, faults = load(ROOT / "demo", actions=ACTIONS)
    assert office is not None, faults
    found = []
    with addresses() as urls:
        for name, url in urls.items():
            moving, deciding = asyncio.run(measure(url, office))
            found.append(Figure(f"deadlines: {MANY} promises moved, clients told, {name}", moving, "s", at_most=1))
            found.append(Figure(f"deadlines: terms of {MANY} tasks decided anew, {name}", deciding, "s", at_most=1))
    return found
