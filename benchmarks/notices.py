"""A thousand notices to a thousand chats: as fast as the messenger allows, and not one 429."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from backend import outbox
from backend.db import Database
from backend.identity import Keys
from benchmarks.figures import Figure
from benchmarks.processes import KEY, Bot, bot, crowd
from benchmarks.turns import settings_of

NOTICES, FIRST, RATE = 1000, 5_000_000, 30


async def put(running: Bot) -> None:
    db, keys = Database(f"sqlite+aiosqlite:///{running.folder}/bench.db"), Keys(KEY.encode())
    rows = [
        outbox.row(
            cause=f"bench:{ident}",
            channel="telegram",
            address=keys.hash(f"telegram:{ident}"),
            sealed=keys.seal(str(ident)),
            language="ru",
            kind="note",
            data={"key": "note-group-removed", "channel": "telegram"},
            due_at=datetime.now(UTC),
        )
        for ident in range(FIRST, FIRST + NOTICES)
    ]
    try:
        async with db.begin() as session:
            await outbox.put(session, rows)
    finally:
        await db.close()


def notices() -> list[Figure]:
    with crowd("telegram", "--limits") as people:
        settings = settings_of("telegram", people) | {"updates": "polling"}
        with bot(settings, unlimited=False) as running:
            people(known=NOTICES, first=FIRST)
            asyncio.run(put(running))
            result = people(messages=NOTICES, patience=90)
    rate = (NOTICES - 1) / result["seconds"]
    refused = sum(n for name, n in result["refused"].items() if name.endswith(" 429"))
    return [
        Figure("notices: to 1,000 chats ÷ the messenger's 30 a second", rate / RATE, "", at_least=0.95),
        Figure("notices: refused with 429", refused, "", at_most=0),
    ]
