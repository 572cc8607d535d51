"""What one turn of a survey costs the database: counted, so that it cannot grow unseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import event

from bot.messages import Press
from tests.base.talk import Person, Talk
from tests.dialogue.visits import WINDOW, rates

MOST_STATEMENTS = 5


async def first_visit(talk: Talk) -> tuple[Person, str]:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    return client, "4"


async def comment(talk: Talk) -> tuple[Person, str]:
    return await rates(talk.client("telegram", 7), "3", "queue", "done"), "skip"


async def reason(talk: Talk) -> tuple[Person, str]:
    return await rates(talk.client("telegram", 7), "3"), "rude"


async def low_mark(talk: Talk) -> tuple[Person, str]:
    client = talk.client("telegram", 7)
    await client.starts(WINDOW)
    return client, "1"


@pytest.mark.parametrize("place", [first_visit, reason, comment, low_mark])
async def test_a_survey_turn_is_five_statements_and_one_commit(
    talk: Talk, place: Callable[[Talk], Awaitable[tuple[Person, str]]]
) -> None:
    # The secret of the day is made once a day, by whoever comes first.
    await rates(talk.client("telegram", 1), "5", "skip", "skip")
    client, key = await place(talk)
    statements: list[str] = []
    commits: list[int] = []
    engine = talk.app.db.writer.sync_engine
    event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *_: statements.append(statement))
    event.listen(engine, "commit", lambda _: commits.append(len(statements)))
    reply, button = client.button(key)
    await client.hears(Press(button.step or reply.step, button.key))
    # The mark that the reply was sent follows in a commit of its own, later and for many at once.
    before_reply = [s for s in statements[: commits[0]] if not s.startswith(("BEGIN", "SAVEPOINT"))]
    assert len(before_reply) <= MOST_STATEMENTS, before_reply
    assert len(commits) <= 2
