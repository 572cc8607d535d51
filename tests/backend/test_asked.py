"""Counts of questions: gathered in memory, written together, never lost by a database that was away for a moment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.db import Database, DatabaseAway
from backend.knowledge import asked
from backend.knowledge.asked import Noted, Tally
from tests.base.talk import Talk

DAY = date(2026, 11, 23)


def noted(what: str, *templates: str, words: str = "") -> Noted:
    found = Noted()
    found.count(what, *templates)
    if words:
        found.question(words, language="ru", category="other", outcome="unknown", nearest=("a", "b"))
    return found


async def counts(talk: Talk) -> dict[tuple[str, str], int]:
    rows = await talk.rows("SELECT template, what, sum(times) AS n FROM template_use GROUP BY template, what")
    return {(row.template, row.what): int(row.n) for row in rows}


async def test_processes_add_up(talk: Talk) -> None:
    one, other = Tally(), Tally()
    one.add(DAY, noted("asked"))
    one.add(DAY, noted("answered", "a", "b", "a"))
    one.add(DAY + timedelta(days=1), noted("asked"))
    other.add(DAY, noted("asked", words="Сколько весит жираф?"))
    for tally in (one, other, one):
        await tally.write(talk.app.db)
    assert await counts(talk) == {("", "asked"): 3, ("a", "answered"): 1, ("b", "answered"): 1}
    row = await talk.one("SELECT words, outcome, nearest FROM unanswered")
    assert tuple(row) == ("Сколько весит жираф?", "unknown", "a b")


async def test_what_could_not_be_written_waits(talk: Talk) -> None:
    tally = Tally()
    tally.add(DAY, noted("asked", words="Сколько весит жираф?"))
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", 1)
    with pytest.raises(DatabaseAway):
        await tally.write(away)
    await away.close()
    tally.add(DAY, noted("asked"))
    await tally.write(talk.app.db)
    assert await counts(talk) == {("", "asked"): 2}
    assert len(await talk.rows("SELECT id FROM unanswered")) == 1


async def test_a_minute_writes_what_was_counted(talk: Talk) -> None:
    await talk.client("telegram", 7).types("Сколько весит жираф в зоопарке?")
    await talk.minute()
    assert (await counts(talk))["", "asked"] == 1


async def test_a_wording_is_proposed_once_and_a_decision_stays(talk: Talk) -> None:
    for _ in range(2):
        async with talk.app.db.begin() as session:
            await asked.propose(session, "a", " дайте  денег ", language="ru", origin="choice", day=DAY)
    row = await talk.one("SELECT words, times, state FROM phrasing")
    assert tuple(row) == ("дайте денег", 2, "waiting")
    async with talk.app.db.begin() as session:
        await session.execute(asked.phrasings.update().values(state="refused"))
        await asked.propose(session, "a", "дайте денег", language="ru", origin="choice", day=DAY)
    assert (await talk.one("SELECT state, times FROM phrasing")).state == "refused"
