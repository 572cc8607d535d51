"""`python -m bot token PERSON --label …`: a personal token of the HTTP API; `token list`; `token end TOKEN`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from zoneinfo import ZoneInfo

from backend import tokens
from backend.appeals import access
from backend.clock import clock_from, office_day
from backend.knowledge import templates
from backend.office.model import Office, Person
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office

MOST_DAYS = 3650


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("person", nargs="?", default="list", help="id of the person in staff.yaml; or list; or end")
    parser.add_argument("token", nargs="?", help="with end: the token, or its beginning as the list shows it")
    parser.add_argument("--label", help="what it is for, for example «электронная очередь»")
    parser.add_argument("--days", type=int, default=365, help="how long it is valid (365)")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_token(options, settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2


async def _token(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    if options.person == "list":
        return await _list(settings, office)
    if options.person == "end":
        return await _end(options.token or "", settings)
    return await _make(options, settings, office)


async def _make(options: argparse.Namespace, settings: Settings, office: Office) -> int:
    person = office.find_person(options.person)
    if person is None:
        known = "\n".join(f"  {p.id:<12} {p.full}" for p in office.persons if p.roles)
        print(f"Кому выдать ключ? python -m bot token <код> --label <для чего>\n{known}", file=sys.stderr)
        return 2
    if not person.roles:
        print(f"{person.full}: нет ни одной роли (staff.yaml, roles): с ключом ничего нельзя сделать.", file=sys.stderr)
        return 2
    label = " ".join((options.label or "").split())
    if not 1 <= len(label) <= 80 or not label.isprintable():
        print('Напишите, для чего ключ, до 80 знаков: --label "электронная очередь"', file=sys.stderr)
        return 2
    if not 1 <= options.days <= MOST_DAYS:
        print(f"--days: от 1 до {MOST_DAYS}", file=sys.stderr)
        return 2
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        now = clock()
        today = office_day(now, ZoneInfo(office.timezone))
        async with db.begin() as session:
            token = await tokens.make(session, person=person.id, label=label, days=options.days, now=now, today=today)
            row = (await tokens.found(session, token))[0]
    finally:
        await db.close()
    print(f"Ключ «{label}», {person.full}, действует до {row.expires_on:%d.%m.%Y}:")
    print(token)
    print(f"Можно: {', '.join(_allowed(office, person))}.")
    print(f"Он показан один раз: мы храним только отпечаток. Как пользоваться: {settings.url}/api")
    return 0


def _allowed(office: Office, person: Person) -> list[str]:
    """What the API lets this person do."""
    may = ["искать в базе знаний"]
    if templates.may_edit(person):
        may.append("править базу знаний и утверждать чужие черновики")
    if tokens.may_report(person):
        may.append("сообщать о визитах")
    if office.appeals is not None:
        if access.may_register(person):
            may.append("регистрировать обращения")
        whose = "всеми" if access.sees_all(office, person) else "своими"
        may.append(f"работать со {whose} обращениями")
    return may


async def _list(settings: Settings, office: Office) -> int:
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            rows = await tokens.listed(session)
    finally:
        await db.close()
    if not rows:
        print('Ключей нет. Выдать: python -m bot token <код сотрудника> --label "электронная очередь"')
    today = office_day(clock(), ZoneInfo(office.timezone))
    for row in rows:
        person = office.person(row.person)
        if row.ended_at is not None:
            state = "закрыт"
        elif person is None:
            state = "не действует: сотрудника нет в staff.yaml"
        elif row.expires_on < today:
            state = f"истёк {row.expires_on:%d.%m.%Y}"
        elif not person.roles:
            state = "не действует: у сотрудника больше нет ролей"
        else:
            state = f"действует до {row.expires_on:%d.%m.%Y}"
        used = f"последний запрос {row.used_on:%d.%m.%Y}" if row.used_on else "запросов не было"
        print(f"{row.prefix}…  {row.person:<12} {row.label}: {state}; {used}")
    return 0


async def _end(start: str, settings: Settings) -> int:
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        async with db.begin() as session:
            rows = await tokens.found(session, start)
            if len(rows) == 1:
                await tokens.end(session, rows[0], clock())
    finally:
        await db.close()
    if len(rows) != 1:
        why = "Таких ключей несколько: укажите ключ целиком" if rows else "Такого действующего ключа нет"
        print(f"{why}. Список: python -m bot token list", file=sys.stderr)
        return 2
    print(f"Ключ «{rows[0].label}» ({rows[0].prefix}…) закрыт: запросы с ним больше не принимаются.")
    return 0
