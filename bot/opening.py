"""Opening the office folder and the database: all that commands which do not talk need."""

from __future__ import annotations

from backend.clock import Clock
from backend.db import Database
from backend.migrate import upgrade
from backend.office import Fault, Office, load
from backend.settings import Settings

ACTIONS = ("rate", "rate_bot", "language", "help", "data")  # what buttons of the office's content may name
FATAL_FAULTS = "The office folder has faults; nothing was started:"


class CannotStart(Exception):
    """One clear message for the operator; nothing was started."""


def read_office(settings: Settings) -> tuple[Office, list[Fault]]:
    """The office folder and its warnings. Raises CannotStart naming every fault with file and path."""
    if not (settings.office_dir / "office.yaml").exists():
        raise CannotStart(f"OFFICE_DIR: there is no office.yaml in {settings.office_dir}")
    office, faults = load(settings.office_dir, actions=ACTIONS)
    if office is None:
        lines = [str(f) for f in faults if f.level == "fault"]
        raise CannotStart("\n".join([FATAL_FAULTS, *(f"  {line}" for line in lines)]))
    return office, faults


async def open_database(settings: Settings, clock: Clock) -> Database:
    """The database at its newest schema. Raises CannotStart."""
    db = Database(settings.database, settings.database_timeout)
    try:
        await upgrade(db, clock(), settings.data_dir / "backups")
    except Exception as error:
        await db.close()
        raise CannotStart(f"DATABASE_URL: the database cannot be opened or migrated: {error}") from error
    return db
