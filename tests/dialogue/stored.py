"""What the database holds, read as somebody reads it who has the key, or has it not."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import SQLModel

from tests.base.talk import Talk


async def everything(talk: Talk, *tables: str, opened: bool = True) -> str:
    """Every value of every table, or of these, a line each with the table's name; what is sealed is opened."""
    found = []
    async with talk.app.db.begin() as session:
        for table in SQLModel.metadata.sorted_tables:
            if tables and table.name not in tables:
                continue
            for row in await session.execute(select(table)):
                values = [str(value) for value in row]
                found += [f"{table.name}: {_opened(talk, value) if opened else value}" for value in values]
    return "\n".join(found)


def _opened(talk: Talk, value: str) -> str:
    try:
        return talk.app.keys.open(value)
    except ValueError:
        return value
