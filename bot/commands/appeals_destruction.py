"""`python -m bot appeals destruction`: what was destroyed, as the act that the law asks for.

The elements are those of the order of Roskomnadzor of 28.10.2022 № 179; none of the destroyed data is in it. Demands
are known by their number only: whose they were is destroyed with the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.appeals import erasure
from backend.clock import clock_from, office_day
from backend.db import DatabaseAway
from backend.office import Office
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office

BASES = {
    "demand": "требование субъекта персональных данных (152-ФЗ, статья 21)",
    "retention": "истёк срок хранения (152-ФЗ, статья 5, часть 7)",
}
DATA = {
    "appeals": "обращения: тексты, сведения о заявителях, секретные коды",
    "words": "переписка по обращениям",
    "files": "файлы",
    "followings": "связи чатов с обращениями и их адреса",
    "drafts": "черновики",
    "consents": "отозванные согласия",
}
METHODS = {
    True: "стёрты в базе данных с перезаписью места; файлы удалены из хранилища",  # SQLite with secure_delete
    False: "стёрты в базе данных, место отдано под новые записи; файлы удалены из хранилища",
}
SYSTEM = "Отклик, база данных обращений"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", action="store_true", help="comma-separated values: the export from the event log")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        rows = asyncio.run(_records(settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите.", file=sys.stderr)
        return 1
    zone, method = ZoneInfo(office.timezone), METHODS[settings.sqlite]
    if options.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(_log(rows, zone, method))
    else:
        today = office_day(clock_from(settings.clock)(), zone)
        print("\n".join(_act(office, rows, zone, f"{today:%d.%m.%Y}", method)))
    return 0


async def _records(settings: Settings) -> list[Any]:
    db = await open_database(settings, clock_from(settings.clock))
    try:
        async with db.read() as session:
            return list(reversed(await erasure.records(session)))
    finally:
        await db.close()


def _what(row: Any) -> list[tuple[str, int]]:
    counts: dict[str, int] = json.loads(row.counts)
    return [(DATA.get(name, name), n) for name, n in counts.items() if n]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}" if moment is not None else ""


def _act(office: Office, rows: list[Any], zone: ZoneInfo, today: str, method: str) -> Iterator[str]:
    done = [row for row in rows if row.done_at is not None]
    waiting = [row for row in rows if row.done_at is None]
    yield "АКТ об уничтожении персональных данных"
    yield "(приказ Роскомнадзора от 28.10.2022 № 179)"
    yield ""
    yield f"Составлен: {today}"
    yield f"Оператор: {office.text(office.name, 'ru')}, {office.text(office.address, 'ru')}"
    yield f"Информационная система: {SYSTEM}"
    yield f"Способ уничтожения: {method}"
    yield ""
    if not done:
        yield "Уничтоженных данных нет."
    for row in done:
        yield f"Запись № {row.id}. Уничтожено: {_moment(row.done_at, zone)}"
        yield f"  причина: {BASES.get(row.basis, row.basis)}"
        if row.basis == "demand":
            yield f"  требование получено: {_moment(row.asked_at, zone)}, срок: {row.due_on:%d.%m.%Y}"
        yield "  категории данных и количество записей:"
        yield from (f"    {what}: {n}" for what, n in _what(row))
    if waiting:
        yield ""
        yield f"Ещё не исполнено требований: {len(waiting)}"
        yield from (f"  № {row.id}, срок {row.due_on:%d.%m.%Y}" for row in waiting)
    yield ""
    yield "Субъекты указаны номерами записей: сведения о них уничтожены вместе с данными."
    yield "Выгрузка из журнала событий: python -m bot appeals destruction --csv. Акт и выгрузку хранят 3 года."
    yield ""
    yield "Лица, уничтожившие данные: ____________________ (должность, подпись, фамилия)"


def _log(rows: list[Any], zone: ZoneInfo, method: str) -> Iterator[list[str]]:
    yield ["record", "destroyed_at", "asked_at", "due_on", "basis", "what", "records", "system", "method"]
    for row in rows:
        start = [str(row.id), _moment(row.done_at, zone), _moment(row.asked_at, zone), row.due_on.isoformat()]
        for what, n in _what(row) or [("", 0)]:
            yield [*start, BASES.get(row.basis, row.basis), what, str(n), SYSTEM, method if row.done_at else ""]
