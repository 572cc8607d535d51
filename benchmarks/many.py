"""Many responses at once: what a large office has after years, made in seconds for measuring.

`fill` is for other benchmarks too: it migrates the database if need be and adds `n` responses of the demo office.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from backend.db import Database
from backend.feedback import response
from backend.migrate import upgrade

FIRST_HOUR = datetime(2025, 11, 24, 6, tzinfo=UTC)
BATCH = 20_000
SERVICES = ("У1", "У2", "У3", "У4", "У5")
POINTS = {"Т1": None, "Т2": None, "Т4": "У5", "Т5": None, "Т6": "У5", "Т7": "У4", "Т8": None}
"""Codes of the demo office; a point with a single service names it, as the dialogue does."""
REASONS = ("queue", "slow", "rude", "unclear", "premises", "information", "access", "other")
MARKS = (5, 5, 5, 5, 5, 4, 4, 4, 4, 3, 3, 2, 1, None)
CHANNELS = ("telegram", "vk", "vk", "web", "web", "web", "paper", "phone")


def rows(n: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """`n` finished responses over a year, the same for the same seed, in the order of their (random) ids."""
    dice = random.Random(seed)
    points = list(POINTS.items())
    for ident in sorted({dice.getrandbits(62) for _ in range(n)}):
        what = dice.randrange(20)
        service: str | None
        if what < 14:
            subject, service = points[dice.randrange(len(points))]
            kind, survey = "point", "visit"
        elif what < 18:
            subject = service = SERVICES[dice.randrange(len(SERVICES))]
            kind, survey = "service", "service"
        elif what == 18:
            kind, survey, subject, service = "point", "bot", "Т2", None
        else:
            kind, survey, subject, service = "answer", "answer", str(dice.randrange(1, 5000)), None
        mark = MARKS[dice.randrange(len(MARKS))]
        answers: dict[str, list[str] | str] = {"overall": ["unsure" if mark is None else str(mark)]}
        if survey in ("visit", "service") and mark is not None and mark <= 3:
            answers["why"] = [REASONS[dice.randrange(len(REASONS))]]
        if dice.randrange(10) == 0:
            answers["comment"] = f"Отзыв номер {dice.randrange(1_000_000)}: всё понятно, спасибо."
        hour = FIRST_HOUR + timedelta(hours=dice.randrange(365 * 24))
        yield {
            "id": ident,
            "survey": survey,
            "version": 1,
            "subject_kind": kind,
            "subject": subject,
            "service": service,
            "channel": CHANNELS[dice.randrange(len(CHANNELS))],
            "language": "en" if dice.randrange(20) == 0 else "ru",
            "status": "partial" if dice.randrange(12) == 0 else "complete",
            "score": mark,
            "answers": json.dumps(answers, ensure_ascii=False),
            "hour": hour,
            "closes_on": date(hour.year, hour.month, hour.day) + timedelta(days=7),
            "open_chat": None,
            "tie": None,
            "changing_on": None,
            "series": dice.randrange(500) == 0,
            "excluded": dice.randrange(500) == 0,
        }


async def fill(url: str, n: int, seed: int = 7) -> None:
    """Add `n` responses to the database at this address, as fast as it takes them; an empty one is migrated first.
    Another seed gives other responses: needed to add to those that are there."""
    db = Database(url, 600)
    try:
        with tempfile.TemporaryDirectory() as folder:
            await upgrade(db, datetime.now(UTC), Path(folder))
        if db.sqlite:
            await _fill_sqlite(db, n, seed)
        else:
            await _fill_postgres(url, n, seed)
    finally:
        await db.close()


async def _fill_sqlite(db: Database, n: int, seed: int) -> None:
    statement = insert(response)
    async with db.begin() as session:
        for batch in _batches(n, seed):
            await session.execute(statement, batch)


async def _fill_postgres(url: str, n: int, seed: int) -> None:
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    try:
        async with connection.transaction():
            for batch in _batches(n, seed):
                columns = list(batch[0])
                records = [tuple(_naive(value) for value in row.values()) for row in batch]
                await connection.copy_records_to_table("response", records=records, columns=columns)
        # What autovacuum does soon after: without it no index alone answers anything.
        await connection.execute("VACUUM (ANALYZE) response")
    finally:
        await connection.close()


def _naive(value: Any) -> Any:
    """As `Moment` stores it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _batches(n: int, seed: int) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows(n, seed):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


if __name__ == "__main__":
    import sys

    asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
