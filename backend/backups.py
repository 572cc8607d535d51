"""Copies of the database: made while it is in use, checked, and never left half done."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import URL, make_url

FOLDER = "backups"  # in DATA_DIR


class CannotCopy(Exception):
    """There is no copy, and no half of one; the message says why, in words for the administrator."""


def make(database: str, target: Path) -> None:
    """A consistent copy of the database at `target`, without the secret of the day: else the copy would link today's
    marks to their authors for ever. Raises CannotCopy."""
    half = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise CannotCopy(f"{target}: такой файл уже есть, он не тронут")
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.close(handle)
        if database.startswith("sqlite"):
            _copy_sqlite(file_of(database), half)
        else:
            _dump(make_url(database), half)
        with half.open("rb") as file:
            os.fsync(file.fileno())
        half.rename(target)
        _sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise CannotCopy(f"{target}: {_plain(error)}") from None
    finally:
        for rest in (half, Path(f"{half}-journal"), Path(f"{half}-wal"), Path(f"{half}-shm")):
            with suppress(OSError):
                rest.unlink()


def file_of(database: str) -> Path:
    """The file behind a SQLite address."""
    return Path(make_url(database).database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise CannotCopy(f"DATABASE_URL: базы {source} ещё нет, копировать нечего")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        # A copy is one file: without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute("DELETE FROM day_secret")
        # What a page shows today («Вы уже ответили: 4») is no part of a copy either.
        copy.execute("UPDATE conversation SET replies = NULL WHERE reply_to IS NULL")
        copy.commit()
        copy.execute("VACUUM")
        fault = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if fault != "ok":
        raise CannotCopy(f"{target}: база повреждена: {fault}")


def _dump(url: URL, target: Path) -> None:
    _run(
        [
            tool("pg_dump"),
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--exclude-table-data=day_secret",
            "--exclude-schema=before_restore_*",
            f"--file={target}",
            f"--dbname={for_tools(url)}",
        ],
        url,
    )
    # A dump whose table of contents cannot be read is no copy.
    _run([tool("pg_restore"), "--list", str(target)], url)


def tool(name: str) -> str:
    """A program of PostgreSQL. Raises CannotCopy when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise CannotCopy(f"нет программы {name}: поставьте пакет postgresql-client (версии не ниже сервера)")
    return found


def for_tools(url: URL) -> str:
    """The address as programs of PostgreSQL take it, without the password: a list of processes would show it."""
    query = {("sslmode" if name == "ssl" else name): value for name, value in url.query.items()}
    return url.set(drivername="postgresql", password=None, query=query).render_as_string()


def run_tool(command: list[str], url: URL) -> str:
    """Run a program of PostgreSQL against this database; gives what it prints. Raises CannotCopy."""
    return _run(command, url)


def _run(command: list[str], url: URL) -> str:
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603  a fixed program, no shell
        command, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        name = Path(command[0]).name
        why = done.stderr.strip().splitlines()[:2] or [f"остановлена сигналом {-done.returncode}"]
        raise CannotCopy(f"{name}: {' '.join(why)}")
    return done.stdout


def _plain(error: Exception) -> str:
    """What happened, for the administrator."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    number = getattr(error, "errno", None)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) or number in (27, 28):  # EFBIG, ENOSPC
        return f"запись не удалась, скорее всего кончилось место на диске ({error}). Прежние копии целы"
    if number in (1, 13, 30):  # EPERM, EACCES, EROFS
        return "сюда нельзя писать: проверьте права пользователя и назовите другую папку (--output)"
    if number in (2, 20):  # ENOENT, ENOTDIR
        return "такой папки нет, и создать её не получилось: назовите другую (--output)"
    return str(error)


def _sync_folder(folder: Path) -> None:
    """So that the new name itself survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
