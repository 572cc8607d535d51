"""`python -m bot appeals export`: numbers, stages and dates as CSV, for another system."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from contextlib import ExitStack
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.appeals import exchange
from backend.clock import clock_from
from backend.db import DatabaseAway
from backend.settings import Settings
from bot.cells import cell
from bot.days import day
from bot.opening import CannotStart, open_database, read_office


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=day, help="registered on this day or later")
    parser.add_argument("--changed-since", type=day, help="only what has changed on this day or later")
    parser.add_argument("--output", type=Path, metavar="FILE", help="into this file; else to the screen")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        count = asyncio.run(_export(options, settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите.", file=sys.stderr)
        return 1
    if options.output is not None:
        print(f"{options.output}: обращений {count}.")
    return 0


async def _export(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    changed = None
    if options.changed_since is not None:
        changed = datetime.combine(options.changed_since, time(), ZoneInfo(office.timezone))
    db = await open_database(settings, clock_from(settings.clock))
    count = 0
    try:
        with ExitStack() as stack:
            file = sys.stdout
            if options.output is not None:
                # With the mark, so that a spreadsheet takes it for UTF-8.
                file = stack.enter_context(options.output.open("w", encoding="utf-8-sig", newline=""))
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(exchange.WRITTEN)
            async for row in exchange.exported(db, options.since, changed):
                writer.writerow(map(cell, row))
                count += 1
    finally:
        await db.close()
    return count
