"""What is kept of questions: counts by day, masked words of what nobody could answer, wordings waiting for an editor."""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from backend.db import Session
from backend.knowledge.rows import uses


async def count(session: Session, day: date, what: str, *templates: str) -> None:
    """Count what happened, for each of these templates ('' without one), in one statement."""
    insert = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    rows = [{"day": day, "template": ident, "what": what, "times": 1} for ident in dict.fromkeys(templates or ("",))]
    await session.execute(
        insert(uses)
        .values(rows)
        .on_conflict_do_update(index_elements=["day", "template", "what"], set_={"times": uses.c.times + 1})
    )
