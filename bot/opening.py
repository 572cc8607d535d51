"""Opening the office folder and the database: all that commands which do not talk need."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import sys
from collections.abc import Coroutine
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from backend import shared_state
from backend.backups import FOLDER, CannotCopy
from backend.clock import Clock, clock_from
from backend.db import Database, DatabaseAway
from backend.migrate import Unfit, upgrade
from backend.office import Fault, Office, load
from backend.settings import Settings

# What buttons of the office's content may name.
ACTIONS = ("rate", "rate_bot", "hours", "language", "help", "data", "delete", "appeals", "draft", "idea", "consents")
FATAL_FAULTS = "The office folder has faults; nothing was started:"


class CannotStart(Exception):
    """One clear message for the operator; nothing was started."""


def read_office(settings: Settings) -> tuple[Office, list[Fault]]:
    """The office folder and its warnings. Raises CannotStart naming every fault with file and path."""
    if not (settings.office_dir / "office.yaml").exists():
        raise CannotStart(f"OFFICE_DIR: there is no office.yaml in {settings.office_dir}")
    office, faults = load(settings.office_dir, actions=ACTIONS, today=clock_from(settings.clock)().date())
    if office is None:
        lines = [str(f) for f in faults if f.level == "fault"]
        raise CannotStart("\n".join([FATAL_FAULTS, *(f"  {line}" for line in lines)]))
    return office, faults


async def open_database(settings: Settings, clock: Clock) -> Database:
    """The database at its newest schema. Raises CannotStart."""
    try:
        db = Database(settings.database, settings.database_timeout)
    except OSError as error:
        raise CannotStart(f"DATA_DIR: папку {error.filename} не создать: {error.strerror}") from error
    try:
        await upgrade(db, clock(), settings.data_dir / FOLDER)
    except (Unfit, CannotCopy) as error:
        await db.close()
        raise CannotStart(str(error)) from error
    except Exception as error:
        await db.close()
        raise CannotStart(f"DATABASE_URL: the database cannot be opened or migrated: {error}") from error
    return db


def run_reading(work: Coroutine[Any, Any, int]) -> int:
    """Run a command that only reads, and give its exit code: 2 for what must be mended first, 1 for what passes by
    itself; either is said in words."""
    try:
        return asyncio.run(work)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except DatabaseAway:
        sys.stderr.write("База данных сейчас занята или недоступна. Повторите.\n")
        return 1


async def who_runs(settings: Settings, db: Database) -> str:
    """Which process of Otklik works on this database now; empty when none does, as far as can be told."""
    with contextlib.suppress(DatabaseAway, SQLAlchemyError, OSError):
        async with db.read() as session:
            if living := await shared_state.living(session):
                return living[0]
    if settings.http_port and await asyncio.to_thread(answers, settings):
        return f"{settings.http_host}:{settings.http_port}"
    return ""


def answers(settings: Settings) -> bool:
    """Whether Otklik answers on HTTP_PORT of this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)  # noqa: S104  compared
    connection = http.client.HTTPConnection(host, settings.http_port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status == 200 and answer.read(16) == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
