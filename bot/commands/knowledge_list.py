"""`python -m bot knowledge list`: what is in the base, in which state."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from backend.clock import clock_from, office_day
from backend.knowledge import templates
from backend.knowledge.model import Template
from backend.office.model import Office
from backend.settings import Settings
from bot.opening import open_database, read_office, run_reading

MOST = 100_000
STATES = ("published", "draft", "approved", "withdrawn")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", choices=STATES, default="", help="only those: published, worked on, …")
    parser.add_argument("--category", default="", help="code of a category")
    parser.add_argument("--owner", default="", help="id of a person")
    parser.add_argument("--overdue", action="store_true", help="only those past their review date")


def main(options: argparse.Namespace, settings: Settings) -> int:
    return run_reading(_list(options, settings))


async def _list(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    today = office_day(clock(), ZoneInfo(office.timezone))
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            rows, total = await templates.listed(
                session,
                status=options.status,
                category=options.category,
                owner=options.owner,
                overdue_on=today if options.overdue else None,
                limit=MOST,
            )
    finally:
        await db.close()
    for row in rows:
        print("\n".join(in_words(row, office, today)))
    print(f"Всего: {total}")
    return 0


def in_words(row: Any, office: Office, today: date) -> Iterator[str]:
    """One template in two lines at most."""
    title = office.text(Template.model_validate_json(row.content).title, "ru") if row.content else ""
    if row.published is None:
        state = "не опубликован"
    elif row.withdrawn:
        state = f"отозван, был версией {row.published}"
    else:
        late = ", срок прошёл" if row.review_on < today else ""
        state = f"версия {row.published}, проверить до {row.review_on:%d.%m.%Y}{late}"
    inner = ", для сотрудников" if row.internal else ""
    yield f"{row.id:<24} {title}"
    draft = ""
    if row.draft is not None:
        draft = f"; версия {row.draft}: {templates.STATES[row.draft_status]} ({row.draft_author})"
    yield f"{'':<24} {row.category}, {row.owner}{inner}: {state}{draft}"
