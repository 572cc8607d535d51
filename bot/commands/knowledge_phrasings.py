"""`python -m bot knowledge phrasings`: how clients have worded questions, for an editor to accept or refuse."""

from __future__ import annotations

import argparse
import asyncio
import sys

from backend.clock import clock_from
from backend.db import DatabaseAway
from backend.knowledge import templates
from backend.settings import Settings
from bot.commands.knowledge_changes import person
from bot.opening import CannotStart, open_database, read_office

SHOWN = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--template", default="", metavar="ID", help="only those of this template")
    parser.add_argument("--accept", type=int, nargs="+", default=[], metavar="N", help="numbers that the search learns")
    parser.add_argument("--refuse", type=int, nargs="+", default=[], metavar="N", help="numbers that it does not")
    parser.add_argument("--by", default="", metavar="PERSON", help="in whose name: id or surname from staff.yaml")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_phrasings(options, settings))
    except (CannotStart, templates.Refused) as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна: ничего не изменено. Повторите.", file=sys.stderr)
        return 1


async def _phrasings(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    decides = bool(options.accept or options.refuse)
    by = person(office, options.by) if decides else None
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        if by is not None:
            async with db.begin() as session:
                accepted = await templates.accept(session, options.accept, by=by, now=clock())
                refused = await templates.dismiss(session, options.refuse, by=by, now=clock())
            print(f"Принято: {accepted}, отклонено: {refused}.")
        async with db.read() as session:
            rows, total = await templates.waiting(session, template=options.template, limit=SHOWN)
    finally:
        await db.close()
    for row in rows:
        print(f"{row.id:>6}  {row.template:<24} ×{row.times:<4} «{row.words}»")
    more = f", показаны {len(rows)} самых частых" if total > len(rows) else ""
    print(f"Ждут решения: {total}{more}." if total else "Новых формулировок нет.")
    if rows:
        print("Решить: python -m bot knowledge phrasings --accept 1 2 --refuse 3 --by редактор")
    return 0
