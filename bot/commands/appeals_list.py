"""`python -m bot appeals list`: what is open, what is due first – for the administrator, who reads no appeals: no words
of clients, no names of theirs."""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from backend.appeals.rows import appeals
from backend.clock import clock_from, office_day
from backend.db import Session
from backend.office import Office
from backend.settings import Settings
from bot.cells import cell
from bot.opening import open_database, read_office, run_reading

SHOWN = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overdue", action="store_true", help="only those past their date")
    parser.add_argument("--unit", default="", help="code of a unit")
    parser.add_argument("--holder", default="", help="id of a person")
    parser.add_argument("--kind", default="", help="code of a kind")
    parser.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"so many at most ({SHOWN})")
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of a list")


def main(options: argparse.Namespace, settings: Settings) -> int:
    return run_reading(_list(options, settings))


async def _list(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    today = office_day(clock(), ZoneInfo(office.timezone))
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            rows, total = await _rows(session, options, today)
    finally:
        await db.close()
    if options.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["number", "kind", "stage", "registered", "due", "overdue_days", "unit", "holder", "reopened"])
        for row in rows:
            plain = (row.number, row.kind, row.stage, row.registered_on.isoformat(), row.due_on.isoformat())
            more = (str(_late(row, today)), row.unit, row.holder or "", str(row.reopened))
            writer.writerow(map(cell, (*plain, *more)))
        return 0
    for row in rows:
        print(line(office, row, today))
    left = f", показано {len(rows)}: остальные – с ключом --limit" if total > len(rows) else ""
    print(f"Открытых обращений: {total}{left}." if total else "Открытых обращений нет.")
    return 0


async def _rows(session: Session, options: argparse.Namespace, today: date) -> tuple[list[Any], int]:
    query = select(appeals).where(appeals.c.open.is_(True))
    if options.overdue:
        query = query.where(appeals.c.due_on < today)
    for name in ("unit", "holder", "kind"):
        if wanted := getattr(options, name):
            query = query.where(appeals.c[name] == wanted)
    total = (await session.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    ordered = query.order_by(appeals.c.due_on, appeals.c.id).limit(max(options.limit, 1))
    return list(await session.execute(ordered)), total


def _late(row: Any, today: date) -> int:
    return max(0, (today - row.due_on).days) if row.open else 0


def line(office: Office, row: Any, today: date) -> str:
    """One appeal in one line."""
    content = office.appeals
    stage = content.stage(row.stage) if content is not None else None
    person = office.person(row.holder) if row.holder else None
    parts = [
        f"{row.number:<14}",
        f"до {row.due_on:%d.%m.%Y}",
        office.text(stage.name, "ru") if stage is not None else row.stage,
        person.short if person is not None else row.holder or "никто не назначен",
    ]
    if late := _late(row, today):
        parts.append(f"ПРОСРОЧЕНО, дней: {late}")
    if row.extended:
        parts.append("продлено")
    if row.reopened:
        parts.append("открыто повторно")
    return " · ".join(parts)
