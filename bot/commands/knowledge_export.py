"""`python -m bot knowledge export FOLDER`: the base as office files, one a category."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.clock import clock_from
from backend.db import DatabaseAway
from backend.knowledge import imports
from backend.knowledge.imports import Texts
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="where to; files of the same names are replaced")


def main(options: argparse.Namespace, settings: Settings) -> int:
    folder: Path = options.folder
    try:
        files = asyncio.run(_files(settings))
        if not files:
            print("База знаний пуста: выгружать нечего.", file=sys.stderr)
            return 2
        folder.mkdir(parents=True, exist_ok=True)
        changed = [name for name, text in files.items() if _write(folder / name, text)]
        if folder.resolve() == (settings.office_dir / imports.FOLDER).resolve():
            asyncio.run(_noted(settings, imports.texts_of(settings.office_dir)[0]))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите.", file=sys.stderr)
        return 1
    print(f"{folder}: файлов {len(files)}, из них изменилось {len(changed)}.")
    left = sorted(path.name for path in folder.glob("*.yaml") if path.name not in files)
    if left:
        print(f"Не из этой выгрузки: {', '.join(left)}. Если это старые файлы базы, удалите их перед импортом.")
    return 0


async def _files(settings: Settings) -> dict[str, str]:
    office, _ = read_office(settings)
    db = await open_database(settings, clock_from(settings.clock))
    try:
        async with db.read() as session:
            return await imports.export(session, ZoneInfo(office.timezone))
    finally:
        await db.close()


async def _noted(settings: Settings, texts: Texts) -> None:
    """The office's own files say what the base says: the next start has nothing to tell."""
    db = await open_database(settings, clock_from(settings.clock))
    try:
        await imports.noted(db, texts)
    finally:
        await db.close()


def _write(path: Path, text: str) -> bool:
    """Write the file as a whole or not at all; False when it says so already."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(text.encode())
    beside.replace(path)
    return True
