"""`python -m bot upgrade`: a copy of the database, then its newest schema, all or nothing."""

from __future__ import annotations

import argparse
import asyncio
import sys

from sqlalchemy.exc import SQLAlchemyError

from backend import backups, migrate
from backend.clock import clock_from
from backend.db import Database, DatabaseAway
from backend.settings import Settings
from bot.opening import who_runs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-backup", action="store_true", help="make no copy before (you have one of your own)")
    parser.add_argument("--force", action="store_true", help="even while Otklik seems to be running")


def main(options: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_upgrade(options, settings))


async def _upgrade(options: argparse.Namespace, settings: Settings) -> int:
    if settings.sqlite and not backups.file_of(settings.database).exists():
        print(f"DATABASE_URL: базы {backups.file_of(settings.database)} ещё нет: её создаст первый запуск.")
        return 0
    db = Database(settings.database, settings.database_timeout)
    try:
        if await migrate.current(db) == migrate.newest():
            print(f"База уже обновлена (схема {migrate.newest()}), делать нечего.")
            return 0
        if not options.force and (running := await who_runs(settings, db)):
            print(f"Отклик работает ({running}). Остановите его и повторите (или --force).", file=sys.stderr)
            return 2
        now = clock_from(settings.clock)()
        done = await migrate.upgrade(db, now, settings.data_dir / backups.FOLDER, copy=not options.no_backup)
    except (migrate.Unfit, backups.CannotCopy) as error:
        print(f"База не обновлена, в ней ничего не изменилось.\n{error}", file=sys.stderr)
        return 2
    except (DatabaseAway, SQLAlchemyError, OSError, RuntimeError) as error:
        print(
            f"База не обновлена: {type(error).__name__}: {error}\n"
            "Все изменения отменены: с прежней версией программы база работает как раньше.",
            file=sys.stderr,
        )
        return 2
    finally:
        await db.close()
    for name, rows in done.rows.items():
        print(f"  {name:<20} {rows:>9}")
    print(f"База обновлена: схема {done.before or 'пустая'} → {done.now}. Все таблицы читаются, строки на месте.")
    if done.copy:
        print(
            f"Копия до обновления: {done.copy}\n"
            "Вернуться назад: остановите Отклик, поставьте прежнюю версию программы и запустите\n"
            f"  python -m bot restore {done.copy}"
        )
    return 0
