"""`python -m bot appeals import`: appeals of another system out of a CSV file, beside the working bot."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from backend import calendar
from backend.appeals import exchange, imports
from backend.appeals.exchange import COLUMNS, BadFile
from backend.appeals.imports import Outcome, Place
from backend.clock import clock_from
from backend.db import DatabaseAway
from backend.identity import Keys
from backend.settings import BadSettings, Settings, secret_key
from bot.cells import cell
from bot.opening import CannotStart, open_database, read_office

SHOWN = 50  # lines that are printed one by one; --report has all
RESULTS = {"new": "новое", "changed": "изменено", "same": "без изменений", "error": "ошибка"}
SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,23}")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "Столбцы (в первой строке файла, в любом порядке):\n" + "\n".join(
        f"  {name:<11} {', '.join(others)}" for name, others in COLUMNS.items() if name != "changed"
    )
    parser.add_argument("file", type=Path, help="CSV: UTF-8 or Windows-1251; separated by ; , or tab")
    parser.add_argument(
        "--source", type=_source, required=True, metavar="NAME", help="the other system: sed, pos, fgis"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done with every line")
    parser.add_argument("--report", type=Path, metavar="FILE", help="what became of every line, as CSV")
    parser.add_argument("--codes", type=Path, metavar="FILE", help="secret codes of new appeals, as CSV, for printing")


def _source(text: str) -> str:
    if not SOURCE.fullmatch(text):
        raise argparse.ArgumentTypeError("имя системы – латинские буквы и цифры, например sed")
    return text


def main(options: argparse.Namespace, settings: Settings) -> int:
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)  # clients of the bot beside it come first
    try:
        return asyncio.run(_import(options, settings))
    except (CannotStart, BadSettings) as error:
        print(error, file=sys.stderr)
        return 2
    except BadFile as error:
        print(f"{options.file}: {error}.", file=sys.stderr)
        return 2
    except DatabaseAway:
        print(
            "База данных занята или недоступна, загрузка остановлена. Что загружено, то сохранено: "
            "запустите ту же команду ещё раз.",
            file=sys.stderr,
        )
        return 1


async def _import(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    if office.appeals is None:
        raise CannotStart("В папке учреждения нет appeals.yaml: обращения не ведутся.")
    form = exchange.format_of(options.file)
    if form.unknown:
        print(f"Столбцы не используются: {', '.join(form.unknown)}.", file=sys.stderr)
    clock = clock_from(settings.clock)
    key = secret_key(settings)
    db = await open_database(settings, clock)
    counts: Counter[str] = Counter()
    try:
        with contextlib.ExitStack() as stack:
            told = _report(stack, options.report)
            codes = _codes(stack, options.codes) if options.codes is not None and not options.dry_run else None
            async with db.read() as session:
                workdays = await calendar.read(session, office.week, ZoneInfo(office.timezone))
            place = Place(db, office, workdays, Keys(key), options.source, clock(), codes)
            async for outcome in imports.run(place, exchange.entries(options.file, form), dry=options.dry_run):
                counts[outcome.result] += 1
                told(outcome)
    finally:
        await db.close()
    print("\n".join(_totals(counts, options)))
    return 1 if counts["error"] else 0


def _report(stack: contextlib.ExitStack, path: Path | None) -> Callable[[Outcome], None]:
    """Takes each line's outcome: into the file if there is one, and the first ones, and all errors up to so many, on
    the screen."""
    shown: Counter[bool] = Counter()
    writer: Any = None
    if path is not None:
        writer = csv.writer(stack.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
        writer.writerow(["line", "number", "result", "why"])

    def told(outcome: Outcome) -> None:
        if writer is not None:
            writer.writerow([outcome.line, cell(outcome.number), outcome.result, cell(outcome.why)])
        error = outcome.result == "error"
        if not error and writer is not None:
            return
        shown[error] += 1
        if shown[error] <= SHOWN:
            why = f": {outcome.why}" if outcome.why else ""
            print(f"строка {outcome.line}, {outcome.number or 'без номера'} – {RESULTS[outcome.result]}{why}")
        elif shown[error] == SHOWN + 1:
            rest = "ошибки" if error else "строки"
            print(f"… дальше {rest} не показаны: все – с ключом --report ФАЙЛ.csv")

    return told


def _codes(stack: contextlib.ExitStack, path: Path) -> Callable[[str, str], None]:
    """A file of secret codes, for nobody else's eyes; never over one that is there, whose codes may be in use."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotStart(
            f"--codes: {path} уже есть, в нём могут быть действующие коды: назовите другой файл"
        ) from None
    file: IO[str] = stack.enter_context(os.fdopen(handle, "w", encoding="utf-8-sig", newline=""))
    writer = csv.writer(file)
    writer.writerow(["number", "code"])

    def keep(number: str, code: str) -> None:
        writer.writerow([cell(number), code])
        file.flush()

    return keep


def _totals(counts: Counter[str], options: argparse.Namespace) -> list[str]:
    head = "Проверка, ничего не изменено. Стало бы так: " if options.dry_run else ""
    total = sum(counts.values())
    lines = [
        f"{head}строк {total}: новых {counts['new']}, изменено {counts['changed']}, "
        f"без изменений {counts['same']}, ошибок {counts['error']}."
    ]
    if options.dry_run:
        lines.append("Загрузить: та же команда без --dry-run.")
    elif counts["error"]:
        lines.append("Строки с ошибками не загружены. Исправьте их и загрузите файл ещё раз: остальные не изменятся.")
    if counts["new"] and not options.dry_run:
        if options.codes is not None:
            lines.append(f"Коды для клиентов: {options.codes}. Храните файл как документ с персональными данными.")
        else:
            lines.append("Секретных кодов у новых нет: код выдаёт сотрудник в карточке или загрузка с ключом --codes.")
    if options.report is not None:
        lines.append(f"Все строки: {options.report}")
    return lines
