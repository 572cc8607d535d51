"""`python -m bot staff`: who has joined; `staff remove PERSON` ends all access at once."""

from __future__ import annotations

import argparse
import asyncio
import sys

from backend import staff, tasks
from backend.clock import clock_from
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "remove"), default="list")
    parser.add_argument("person", nargs="?", help="id of the person in staff.yaml")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_staff(options, settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2


async def _staff(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        if options.action == "remove":
            if not options.person:
                print("Кого? python -m bot staff remove <код>", file=sys.stderr)
                return 2
            async with db.begin() as session:
                person = office.find_person(options.person)
                # He may have left the office folder already and still have access.
                ident = person.id if person else options.person
                if person is None and ident not in await staff.joined(session):
                    print(f"Такого сотрудника нет: {options.person}", file=sys.stderr)
                    return 2
                count = await staff.remove(session, ident, clock())
                back = await tasks.give_back_all(session, ident, clock())
            print(f"Доступ закрыт: адресов и браузеров {count}, задач вернулось в общую очередь {back}.")
            print("Если человек состоит в подключённой группе, удалите его и оттуда.")
            return 0
        async with db.read() as session:
            joined = await staff.joined(session)
        for one in office.persons:
            channels = ", ".join(joined.get(one.id, [])) or "не вошёл"
            print(f"{one.id:<12} {one.short:<24} {channels}")
        return 0
    finally:
        await db.close()
