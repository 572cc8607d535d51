"""`python -m bot restore FILE`: a copy back in place of the database; what was there is kept aside."""

from __future__ import annotations

import argparse
import asyncio
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from backend import backups, migrate
from backend.backups import CannotCopy
from backend.clock import clock_from
from backend.db import Database, DatabaseAway
from backend.settings import Settings
from backend.tables import metadata
from bot.opening import who_runs

HEADER = b"SQLite format 3\x00"
ASIDE = "before_restore_{:%Y%m%d_%H%M%S}"


class CannotRestore(Exception):
    """The database is as it was; the message says why."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a copy made by backup or upgrade")
    parser.add_argument("--force", action="store_true", help="even while Otklik seems to be running")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return _restore(options.file, settings, force=options.force)
    except (CannotRestore, CannotCopy, migrate.Unfit) as error:
        print(f"Копия не восстановлена, база не тронута.\n{error}", file=sys.stderr)
        return 2


def _restore(file: Path, settings: Settings, *, force: bool) -> int:
    if not file.is_file():
        raise CannotRestore(f"{file}: нет такого файла")
    if not force:
        asyncio.run(_nobody_runs(settings))
    now = clock_from(settings.clock)()
    if settings.sqlite:
        aside, before = _sqlite(file, backups.file_of(settings.database), now)
        how = f"удалите файлы {aside}*"
    else:
        aside, before = asyncio.run(_postgres(file, settings, now))
        how = f'DROP SCHEMA "{aside}" CASCADE'
    print(f"База восстановлена из {file}.")
    if before != migrate.newest():
        print(f"Копия была старше программы: схема обновлена, {before} → {migrate.newest()}.")
    if aside:
        print(f"Прежняя база отложена: {aside}. Когда убедитесь, что всё верно, {how}.")
    print("Запускайте Отклик. Сообщения, которые ждали отправки в момент копирования, могут уйти ещё раз.")
    return 0


async def _nobody_runs(settings: Settings) -> None:
    if settings.sqlite and not backups.file_of(settings.database).exists():
        return
    db = Database(settings.database, settings.database_timeout)
    try:
        running = await who_runs(settings, db)
    finally:
        await db.close()
    if running:
        raise CannotRestore(f"Отклик работает ({running}). Остановите его и повторите (или --force).")


def _sqlite(file: Path, place: Path, now: datetime) -> tuple[str, str]:
    """Gives where the present files went, and the schema of the copy."""
    with file.open("rb") as opened:
        if opened.read(len(HEADER)) != HEADER:
            raise CannotRestore(f"{file}: это не база SQLite. Копию PostgreSQL (.dump) возвращают при её DATABASE_URL")
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.restoring")
    try:
        try:
            with (
                closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as copy,
                closing(sqlite3.connect(fresh)) as target,
            ):
                fault = copy.execute("PRAGMA integrity_check").fetchone()[0]
                if fault != "ok":
                    raise CannotRestore(f"{file}: копия повреждена: {fault}")
                found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
                copy.backup(target)
        except sqlite3.Error as error:
            raise CannotRestore(f"{file}: копию нельзя прочитать или записать рядом с базой: {error}") from None
        before = str(found[0]) if found else ""
        migrate.check(before, migrate.newest())
        asyncio.run(_migrate_up(f"sqlite+aiosqlite:///{fresh}"))
        with closing(sqlite3.connect(fresh)) as target:
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        fresh.chmod(0o600)
        aside = place.with_name(f"{place.name}.{ASIDE.format(now)}")
        kept = False
        # SQLite looks for the log under the name of its base: they go together. The base goes last, so that a crash
        # in between leaves it where it was.
        for end in ("-shm", "-wal", ""):
            if (part := Path(f"{place}{end}")).exists():
                part.rename(f"{aside}{end}")
                kept = True
        fresh.rename(place)
        if kept:
            _forget_day(aside)
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            Path(f"{fresh}{end}").unlink(missing_ok=True)
    return str(aside) if kept else "", before


def _forget_day(aside: Path) -> None:
    """What was put aside is a copy now, and no copy keeps the secret of the day: it would link that day's marks to
    their authors for as long as the file lies there."""
    try:
        with closing(sqlite3.connect(aside)) as kept:
            kept.execute("PRAGMA secure_delete=ON")
            kept.execute("DELETE FROM day_secret")
            kept.commit()
            kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:  # a damaged base, the very reason to restore
        print(f"В прежней базе остался секрет дня ({error}): не храните её дольше, чем нужно.", file=sys.stderr)


async def _migrate_up(url: str) -> None:
    db = Database(url, 60)
    try:
        await migrate.upgrade(db, datetime.now(UTC), Path(), copy=False)
    except (SQLAlchemyError, RuntimeError, DatabaseAway) as error:
        raise CannotRestore(f"копия не обновляется до этой версии программы: {error}") from error
    finally:
        await db.close()


async def _postgres(file: Path, settings: Settings, now: datetime) -> tuple[str, str]:
    """Gives the schema where the present tables went, and the version of the copy."""
    url = make_url(settings.database)
    program = backups.tool("pg_restore")
    listed = backups.run_tool([program, "--list", str(file)], url)
    tables = set(re.findall(r"^\d+; \d+ \d+ TABLE public (\S+)", listed, re.MULTILINE))
    rows = backups.run_tool([program, "--data-only", "--table=alembic_version", "--file=-", str(file)], url)
    found = re.search(r"^COPY .*alembic_version.*\n(\S+)$", rows, re.MULTILINE)
    if "response" not in tables or found is None:
        raise CannotRestore(f"{file}: это не копия Отклика")
    before = found[1]
    migrate.check(before, migrate.newest())
    aside = ASIDE.format(now)
    tables |= set(metadata.tables) | {"alembic_version"}
    db = Database(settings.database, 60)
    try:
        moved = await _put_aside(db, tables, aside)
        try:
            backups.run_tool(
                [
                    program,
                    "--no-owner",
                    "--no-privileges",
                    "--exit-on-error",
                    "--single-transaction",
                    f"--dbname={backups.for_tools(url)}",
                    str(file),
                ],
                url,
            )
            await _migrate_up(settings.database)
        except BaseException:
            await _put_back(db, tables, moved, aside)
            raise
        if "day_secret" in moved:
            # No copy keeps the secret of the day, and what was put aside is one now.
            async with db.begin() as session:
                await session.execute(text(f'TRUNCATE "{aside}".day_secret'))
    finally:
        await db.close()
    return aside if moved else "", before


async def _put_aside(db: Database, tables: set[str], aside: str) -> list[str]:
    """Move our tables, with their indexes and sequences, into a schema of their own; all or none."""
    async with db.begin() as session:
        there = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        moved = sorted(tables & {name for (name,) in there})
        if moved:
            await session.execute(text(f'CREATE SCHEMA "{aside}"'))
        for name in moved:
            await session.execute(text(f'ALTER TABLE public."{name}" SET SCHEMA "{aside}"'))
    return moved


async def _put_back(db: Database, tables: set[str], moved: list[str], aside: str) -> None:
    async with db.begin() as session:
        for name in sorted(tables):
            await session.execute(text(f'DROP TABLE IF EXISTS public."{name}"'))
        for name in moved:
            await session.execute(text(f'ALTER TABLE "{aside}"."{name}" SET SCHEMA public'))
        if moved:
            await session.execute(text(f'DROP SCHEMA "{aside}"'))
