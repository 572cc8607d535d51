"""`python -m bot staff`: who has joined; `staff remove PERSON` ends all access at once; `staff away PERSON` and `staff
back PERSON` enter and end absences."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend import absences, alerts, staff, tasks
from backend.clock import clock_from, office_day
from backend.db import Database
from backend.office import Office, Person
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "remove", "away", "back"), default="list")
    parser.add_argument("person", nargs="?", help="id of the person in staff.yaml")
    parser.add_argument(
        "--since", type=_day, metavar="YYYY-MM-DD", help="away: first day (today); back: a planned day to cancel"
    )
    parser.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="away: last day")
    parser.add_argument(
        "--substitute", metavar="PERSON", help="away: who stands in; without it the deputy of each point"
    )


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day of the calendar has no zone
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"это не день: {text}. Напишите, например, 2026-12-14.")


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
        if options.action in ("away", "back"):
            return await _absence(options, office, db, clock())
        today = office_day(clock(), ZoneInfo(office.timezone))
        async with db.read() as session:
            joined = await staff.joined(session)
            periods = await absences.periods(session, today)
        for one in office.persons:
            channels = ", ".join(joined.get(one.id, [])) or "не вошёл"
            away = "; ".join(_period(office, p) for p in periods if p.person == one.id)
            print(f"{one.id:<12} {one.short:<24} {channels:<20} {away}".rstrip())
        return 0
    finally:
        await db.close()


async def _absence(options: argparse.Namespace, office: Office, db: Database, now: datetime) -> int:
    """«Меня нет» and «Я вернулся», entered by the administrator."""
    person = office.find_person(options.person or "")
    today = office_day(now, ZoneInfo(office.timezone))
    if person is None:
        known = ", ".join(p.id for p in office.persons)
        print(f"Кто? python -m bot staff {options.action} <код>; есть: {known}", file=sys.stderr)
        return 2
    if options.action == "back":
        async with db.begin() as session:
            if options.since is not None and options.since > today:
                ended = await absences.cancel(
                    session, now, person=person.id, day=options.since, today=today, by="administrator"
                )
            else:
                ended = await absences.end(session, now, person=person.id, today=today, by="administrator")
            later = await absences.periods(session, today, person.id)
        if options.since is not None and options.since > today:
            print(f"{person.short}: {'отсутствие отменено.' if ended else 'на этот день отсутствие не внесено.'}")
        else:
            print(f"{person.short}: {'снова на месте.' if ended else 'и так на месте.'}")
        for period in later:
            cancel = f"отменить: python -m bot staff back {person.id} --since {period.since}"
            print(f"Внесено на потом: {_period(office, period)} ({cancel})")
        return 0
    substitute = office.find_person(options.substitute) if options.substitute else None
    since = options.since or today
    trouble = ""
    if options.until is None:
        trouble = "До какого дня? --until 2026-12-14"
    elif options.until < since:
        trouble = "--until раньше, чем --since" if options.since else "Этот день уже прошёл"
    elif options.until < today:
        trouble = "Эти дни уже прошли"
    elif options.substitute and substitute is None:
        trouble = f"Такого сотрудника нет: {options.substitute}"
    elif substitute == person:
        trouble = "Сам себя замещать не может"
    if trouble:
        print(trouble, file=sys.stderr)
        return 2
    async with db.begin() as session:
        before = await absences.periods(session, since, person.id)
        others = await absences.periods(session, since, substitute.id) if substitute else []
        await absences.enter(
            session,
            now,
            person=person.id,
            since=since,
            until=options.until,
            substitute=substitute.id if substitute else None,
            by="administrator",
        )
        told = await alerts.tell_stand_ins(session, office, person.id, now) if since <= today else 0
        connected = await staff.places(session)
    print(f"{person.short}: {_period(office, absences.Period(person.id, since, options.until, _id(substitute)))}")
    for period in before:
        if period.since <= options.until:
            print(f"Уже было внесено: {_period(office, period)}. В общие дни действует новое.")
    for period in others:
        if period.since <= options.until:
            print(f"Осторожно: {substitute.short if substitute else ''} в эти дни тоже: {_period(office, period)}")
    if substitute is not None and substitute.id not in connected:
        print(f"Осторожно: {substitute.short} не подключён к боту: python -m bot invite {substitute.id}")
    if told:
        print(f"Задач, о которых сообщим ещё раз: {told}.")
    return 0


def _id(person: Person | None) -> str | None:
    return person.id if person is not None else None


def _period(office: Office, period: absences.Period) -> str:
    """«отсутствует с 01.12.2026 до 14.12.2026, вместо: Макетов Т. Р.»"""
    text = f"отсутствует с {period.since:%d.%m.%Y} до {period.until:%d.%m.%Y}"
    if period.substitute is None:
        return text
    found = office.person(period.substitute)
    return f"{text}, вместо: {found.short if found else period.substitute}"
