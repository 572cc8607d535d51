"""What is kept of questions: counts by day, masked words of what nobody could answer, wordings for an editor.

Counts and unanswered words are gathered in memory and written once a minute by each process: a turn spends nothing on
them, and the order in which they come to the tables tells nothing of who asked.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from backend import relays, tasks
from backend.db import Database, Session, insert_new
from backend.knowledge.rows import phrasings, unanswered, uses

PHRASING, UNANSWERED = 300, 600  # characters that the tables hold
UNANSWERED_DAYS = 90
WAITING = 3  # questions of one chat that may wait for a person at the same time


@dataclass(slots=True)
class Noted:
    """What one turn has to count; it counts once the turn is committed. `resolved`: the choices that were on the
    screen have led somewhere."""

    counts: list[tuple[str, str]] = field(default_factory=list)  # template ('' for none), what
    questions: list[dict[str, Any]] = field(default_factory=list)
    resolved: bool = False

    def count(self, what: str, *templates: str) -> None:
        self.counts += [(template, what) for template in dict.fromkeys(templates or ("",))]

    def question(self, words: str, *, language: str, category: str, outcome: str, nearest: tuple[str, ...]) -> None:
        """A question that no template has answered. `words` are masked."""
        row = {"words": words[:UNANSWERED], "language": language, "category": category, "outcome": outcome}
        self.questions.append({**row, "nearest": " ".join(nearest)[:120]})


class Tally:
    """What this process has noted and not written yet."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[date, str, str]] = Counter()
        self._questions: list[dict[str, Any]] = []

    def add(self, day: date, noted: Noted) -> None:
        self._counts.update((day, template, what) for template, what in noted.counts)
        self._questions += [{**row, "day": day} for row in noted.questions]

    async def write(self, db: Database) -> None:
        """Write what was gathered; what the database cannot take now waits for the next time."""
        counts, questions = self._counts, self._questions
        if not counts and not questions:
            return
        self._counts, self._questions = Counter(), []
        try:
            async with db.begin() as session:
                await _add(session, counts)
                if questions:
                    # Random ids in a shuffled order: rows of one minute do not tell who came after whom.
                    rows = [{**row, "id": secrets.randbits(62)} for row in questions]
                    await insert_new(session, unanswered, sorted(rows, key=lambda row: row["id"]))
        except Exception:
            self._counts.update(counts)
            self._questions += questions
            raise


async def _add(session: Session, counts: Counter[tuple[date, str, str]]) -> None:
    insert = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    # Sorted, so that two processes never wait for each other's rows crosswise.
    rows = [{"day": d, "template": t, "what": w, "times": n} for (d, t, w), n in sorted(counts.items())]
    added = insert(uses)
    if rows:
        await session.execute(
            added.on_conflict_do_update(
                index_elements=["day", "template", "what"], set_={"times": uses.c.times + added.excluded.times}
            ),
            rows,
        )


async def propose(
    session: Session, template: str, words: str, *, language: str, origin: str, day: date, by: str = ""
) -> None:
    """A wording (masked) that led to this template: an editor decides whether it is learnt. Words that were decided
    about stay decided."""
    insert = sqlite_insert if session.dialect.name == "sqlite" else postgresql_insert
    row = {"template": template, "words": " ".join(words.split())[:PHRASING], "language": language, "origin": origin}
    await session.execute(
        insert(phrasings)
        .values({**row, "times": 1, "state": "waiting", "last_on": day, "by": by})
        .on_conflict_do_update(
            index_elements=["template", "words"], set_={"times": phrasings.c.times + 1, "last_on": day}
        )
    )


async def waiting(session: Session, address: str) -> list[Any]:
    """Questions of this chat that wait for a person: `text`, `promised`."""
    task, relay = tasks.table, relays.table
    rows = await session.execute(
        select(task.c.text, relay.c.promised)
        .join(relay, relay.c.task == task.c.id)
        .where(relay.c.address == address, relay.c.state == "waiting", task.c.kind == "question")
    )
    return list(rows)


async def forget_old(session: Session, today: date) -> None:
    """Questions that nobody could answer are kept for a season: by then the base has learnt, or they do not matter."""
    await session.execute(delete(unanswered).where(unanswered.c.day < today - timedelta(days=UNANSWERED_DAYS)))
