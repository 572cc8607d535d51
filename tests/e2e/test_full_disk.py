"""The disk is full while answers are written: people are told once, and nothing is lost when there is space again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from sqlalchemy import text

from tests.e2e.running import PATIENCE, STAND, Running, World, comes, until


@contextlib.asynccontextmanager
async def no_space(running: Running) -> AsyncIterator[None]:
    """The file of the database may not grow: SQLite says SQLITE_FULL, as on a full disk."""

    async def limit(pages: int) -> None:
        async with running.app.db.writer.connect() as session:
            await session.execute(text(f"PRAGMA max_page_count={pages}"))

    async with running.app.db.begin() as session:
        # Free pages inside the file would still take an answer.
        await session.execute(text("CREATE TABLE ballast (words TEXT)"))
        while (await session.execute(text("PRAGMA freelist_count"))).scalar_one():
            await session.execute(text("INSERT INTO ballast VALUES (hex(randomblob(3000)))"))
    async with running.app.db.read() as session:
        now = (await session.execute(text("PRAGMA page_count"))).scalar_one()
    await limit(now)
    try:
        yield
    finally:
        await limit(1_000_000)


async def test_an_answer_waits_for_space_and_is_not_lost(world: World) -> None:
    running = await world.start(hasty=True)
    person, other = world.tg.user(7), world.vk.user(8)
    await comes(person, STAND)
    await comes(other, STAND)
    # Pages that the next rows fit into are filled by many clients; then nothing more can be written.
    async with no_space(running):
        crowd = [world.tg.user(ident) for ident in range(100, 115)]
        for one in crowd:
            await one.starts(STAND)
        await person.presses("4 Хорошо")
        await other.presses("4 Хорошо")
        told = await until(
            lambda: [one for one in crowd if any("Отвечу чуть позже" in words for words in one.texts)] or None,
            "somebody is told to wait",
        )
        polls = world.tg.calls["getUpdates"]
        await until(lambda: world.tg.calls["getUpdates"] > polls + 1 or None, "the events come again")
        assert (await running.web.get("/healthz")).status_code == 200
    for one in crowd:
        await one.gets("Как вас обслужили?", PATIENCE)
    for one in (person, other):
        await one.gets("Что понравилось больше всего?", PATIENCE)
    assert told
    for one in (*crowd, person, other):
        assert sum("Отвечу чуть позже" in words for words in one.texts) <= 1
        assert sum("Как вас обслужили?" in words for words in one.texts) == 1
    found = await running.rows("SELECT score FROM response WHERE score IS NOT NULL")
    assert [row.score for row in found] == [4, 4]
    assert [row[0] for row in await running.rows("PRAGMA integrity_check")] == ["ok"]
