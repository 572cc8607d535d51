"""`python -m bot move --to postgresql+asyncpg://…`: everything from SQLite to PostgreSQL, proved equal."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from backend import backups
from backend.db import Database
from backend.move import CannotMove, Moved, move
from backend.settings import Settings
from bot.opening import who_runs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", required=True, metavar="URL", help="postgresql+asyncpg://user@host/database (password: PGPASSWORD)"
    )
    parser.add_argument("--replace", action="store_true", help="what the new database holds of Otklik is deleted first")
    parser.add_argument("--force", action="store_true", help="even while Otklik seems to be running")


def main(options: argparse.Namespace, settings: Settings) -> int:
    if not settings.sqlite:
        print("DATABASE_URL: переносят из SQLite, а база уже не она", file=sys.stderr)
        return 2
    if not options.to.startswith("postgresql+asyncpg://"):
        print("--to: нужен адрес вида postgresql+asyncpg://otklik@127.0.0.1/otklik", file=sys.stderr)
        return 2
    if not backups.file_of(settings.database).exists():
        print(f"DATABASE_URL: базы {backups.file_of(settings.database)} нет", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_move(options, settings))
    except KeyboardInterrupt:
        print("\nПрервано: в новой базе ничего не осталось, старая не тронута.", file=sys.stderr)
        return 2
    except (CannotMove, OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
        # Details of the server's errors quote values.
        why = error.args[0] if isinstance(error, asyncpg.PostgresError) else error
        print(f"Ничего не перенесено, обе базы как были.\n{why}", file=sys.stderr)
        return 2


async def _move(options: argparse.Namespace, settings: Settings) -> int:
    source = backups.file_of(settings.database)
    if not options.force:
        db = Database(settings.database, settings.database_timeout)
        try:
            running = await who_runs(settings, db)
        finally:
            await db.close()
        if running:
            raise CannotMove(f"Отклик работает ({running}). Остановите его и повторите (или --force).")
    begun = time.monotonic()
    print("Переношу одной транзакцией. Если прервать, в новой базе ничего не останется: просто запустите ещё раз.")
    found = await move(source, options.to, replace=options.replace, progress=_progress)
    print(f"{'таблица':<20} {'строк было':>12} {'стало':>12}  контрольная сумма")
    for one in found:
        print(_line(one))
    if not all(one.equal for one in found):
        print("Базы различаются. Перенос отменён: новая база пуста, старая не тронута.", file=sys.stderr)
        return 2
    rows = sum(one.rows[0] for one in found)
    print(f"Перенесено и сверено: строк {rows}, таблиц {len(found)}, {time.monotonic() - begun:.1f} с.\n")
    print("Теперь в .env:")
    print(f"  DATABASE_URL={make_url(options.to).render_as_string(hide_password=True)}")
    if not settings.secret_key:
        print(f"  SECRET_KEY=<содержимое файла {settings.data_dir / 'secret_key'}> (без него ключ будет чужим)")
    print(
        "и запустите Отклик. Старую базу удалите, когда убедитесь, что всё верно, лучше сегодня же: в ней остался "
        f"секрет дня.\n  {source}"
    )
    return 0


def _line(one: Moved) -> str:
    mark = one.sums[0] if one.equal else f"{one.sums[0]} ≠ {one.sums[1]}  РАЗЛИЧИЕ"
    return f"{one.table:<20} {one.rows[0]:>12} {one.rows[1]:>12}  {mark}"


def _progress(table: str, rows: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{table}: {rows}", end="\r", file=sys.stderr, flush=True)
