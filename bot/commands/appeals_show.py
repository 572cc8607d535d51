"""`python -m bot appeals show NUMBER`: dates, stages and who did what – without a word of the client, or to him."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from backend.appeals import following, numbers
from backend.appeals.rows import events, files, followers
from backend.clock import clock_from, office_day
from backend.office import Office
from backend.settings import Settings
from bot.commands.appeals_list import line
from bot.opening import open_database, read_office, run_reading

HAPPENED = {
    "registered": "зарегистрировано",
    "stage": "этап",
    "assigned": "назначено",
    "extended": "срок продлён",
    "deadline": "срок изменён",
    "redirected": "передано в другой орган",
    "suspended": "приостановлено",
    "refused": "отказано",
    "message": "сообщение клиента",
    "reply": "сообщение клиенту",
    "answered": "ответ",
    "closed": "завершено",
    "reopened": "открыто повторно",
    "file": "файл",
    "note": "заметка сотрудника",
    "code": "новый код",
    "overdue": "клиенту сказано, что срок пропущен",
    "rated": "ответ оценён",
    "unreachable": "клиента не известить",
    "withdrawn": "удалено по требованию клиента",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="the number, as people type it")


def main(options: argparse.Namespace, settings: Settings) -> int:
    return run_reading(_show(options, settings))


async def _show(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    zone = ZoneInfo(office.timezone)
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            row = await following.by_number(session, numbers.canonical(options.number))
            if row is None:
                print(f"Обращения {options.number} нет.", file=sys.stderr)
                return 1
            mine = events.c.appeal == row.id
            happened = list(await session.execute(select(events).where(mine).order_by(events.c.id)))
            chats = await session.execute(select(func.count()).where(followers.c.appeal == row.id))
            stored = await session.execute(select(func.count()).where(files.c.appeal == row.id))
            counts = chats.scalar_one(), stored.scalar_one()
    finally:
        await db.close()
    print(line(office, row, office_day(clock(), zone)))
    print("\n".join(_facts(office, row, *counts)))
    print("История:")
    for event in happened:
        print(f"  {_happened(office, event, zone)}")
    return 0


def _facts(office: Office, row: Any, chats: int, stored: int) -> Iterator[str]:
    content = office.appeals
    kind = content.kind(row.kind) if content is not None else None
    way = content.way(row.way) if content is not None else None
    yield f"вид: {office.text(kind.name, 'ru') if kind is not None else row.kind}"
    yield f"способ: {office.text(way.name, 'ru') if way is not None else row.way}"
    yield f"получено {row.received_on:%d.%m.%Y}, зарегистрировано {row.registered_on:%d.%m.%Y}"
    yield f"срок по закону {row.legal_on:%d.%m.%Y}, рабочий {row.due_on:%d.%m.%Y}"
    if row.answered_on is not None:
        yield f"итог {row.answered_on:%d.%m.%Y}, {'в срок' if row.in_time else 'позже срока'}"
    if row.outside:
        yield f"номер в системе {row.source}: {row.outside}"
    yield f"следят чатов: {chats}, файлов: {stored}, код {'есть' if row.code else 'не выдан'}"
    if row.blocked:
        yield "удалено по требованию клиента" if row.destroyed_on is None else f"уничтожено {row.destroyed_on:%d.%m.%Y}"
    elif row.keep_until is not None:
        yield f"хранится до {row.keep_until:%d.%m.%Y}"


def _happened(office: Office, event: Any, zone: ZoneInfo) -> str:
    stage = office.appeals.stage(event.stage) if office.appeals is not None and event.stage else None
    what = HAPPENED.get(event.kind, event.kind)
    if stage is not None and event.kind == "stage":
        what = f"этап «{office.text(stage.name, 'ru')}»"
    return f"{event.at.astimezone(zone):%d.%m.%Y %H:%M}  {what} ({event.by})"
