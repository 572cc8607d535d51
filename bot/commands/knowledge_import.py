"""`python -m bot knowledge import`: the office's files into the base; what was changed there meanwhile stays."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from backend.clock import clock_from
from backend.db import DatabaseAway
from backend.knowledge import imports
from backend.knowledge.checks import has_file_in
from backend.knowledge.imports import Plan, Texts
from backend.office.check import Fault
from backend.settings import Settings
from bot.opening import ACTIONS, CannotStart, open_database, read_office

SHOWN = 30  # remarks that are printed one by one


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="*", type=Path, help="files or folders; by default OFFICE_DIR/knowledge")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_import(options, settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна: ничего не изменено. Повторите.", file=sys.stderr)
        return 1


async def _import(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    own = not options.path
    texts, faults = imports.texts_of(settings.office_dir) if own else _texts_in(options.path)
    if not texts and not faults:
        where = ", ".join(str(path) for path in options.path) or settings.office_dir / imports.FOLDER
        print(f"{where}: нет файлов *.yaml с шаблонами.", file=sys.stderr)
        return 2
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        place = imports.Place(db, office, ACTIONS, has_file_in(settings.office_dir))
        # With a file that cannot be read nothing is imported, but all faults are told at once.
        plan = await imports.run(place, texts, clock(), dry=options.dry_run or bool(faults))
        faults += plan.faults
        if own and not faults and not options.dry_run:
            await imports.noted(db, texts)
    finally:
        await db.close()
    if faults:
        print("\n".join(["Ничего не изменено, в файлах ошибки:", *(f"  {fault}" for fault in faults)]), file=sys.stderr)
        return 2
    print("\n".join(in_words(plan, dry=options.dry_run)))
    return 1 if plan.told else 0


def _texts_in(paths: list[Path]) -> tuple[Texts, list[Fault]]:
    found, faults = [], []
    for given in paths:
        for path in sorted(given.glob("*.yaml")) if given.is_dir() else [given]:
            try:
                found.append((str(path), path.read_text("utf-8-sig")))
            except UnicodeDecodeError:
                faults.append(Fault(str(path), "", "файл не в кодировке UTF-8"))
            except OSError as error:
                faults.append(Fault(str(path), "", f"не открыть: {error.strerror}"))
    return tuple(found), faults


def in_words(plan: Plan, *, dry: bool) -> Iterator[str]:
    """What an import has done, or would do."""
    counts = plan.counts
    drafts = sum(step.row.approved_by is None for step in plan.changes)
    head = "Проверка, ничего не изменено: стало бы так. " if dry else ""
    yield (
        f"{head}Новых: {counts['new']}, изменено: {counts['changed']}, без изменений: {counts['unchanged']}, "
        f"оставлено как в базе: {counts['newer'] + counts['own']}."
    )
    if drafts:
        yield f"Черновиков: {drafts}. Они видны клиентам, только когда их утвердит и опубликует другой сотрудник."
    for line in plan.told:
        yield f"  {line}"
    if plan.warnings:
        yield f"Замечания: {len(plan.warnings)}."
        yield from (f"  {fault}" for fault in plan.warnings[:SHOWN])
        if len(plan.warnings) > SHOWN:
            yield f"  и ещё {len(plan.warnings) - SHOWN}: python -m bot check"
