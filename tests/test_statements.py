"""What each turn of a survey costs the database before its reply: at most five statements and one commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.base.talk import Talk
from tests.dialogue.visits import WINDOW, rates

MOST_STATEMENTS = 5
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
# What a client does after the code: presses by their key, words in quotes.
VISITS = {
    "high": ["4", "quick", "«Всё понравилось»"],
    "skipped": ["5", "skip", "skip"],
    "unsure": ["unsure", "skip"],
    "low, wants an answer": ["2", "rude", "queue", "done", "«Долго ждали»", "yes"],
    "low, wants none": ["1", "slow", "done", "skip", "no"],
    "back and changed": ["4", "back", "5", "skip", "skip"],
}


@contextmanager
def counted(talk: Talk) -> Iterator[tuple[list[str], list[int]]]:
    """The statements of the writer, and how many there had been at each commit."""
    statements: list[str] = []
    commits: list[int] = []
    engine = talk.app.db.writer.sync_engine

    def ran(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements.append(statement)

    def committed(_connection: Any) -> None:
        commits.append(len(statements))

    event.listen(engine, "before_cursor_execute", ran)
    event.listen(engine, "commit", committed)
    try:
        yield statements, commits
    finally:
        event.remove(engine, "before_cursor_execute", ran)
        event.remove(engine, "commit", committed)


@pytest.mark.parametrize("acts", VISITS.values(), ids=VISITS.keys())
async def test_every_turn_of_a_visit_is_few_statements_and_one_commit(talk: Talk, acts: list[str]) -> None:
    # A warm process: the secret of the day is made by the day's first client.
    await rates(talk.client("telegram", 1), "5", "skip", "skip")
    client = talk.client("telegram", 7)
    for act in ["start", *acts]:
        with counted(talk) as (statements, commits):
            if act == "start":
                await client.starts(WINDOW)
            elif act.startswith("«"):
                await client.types(act.strip("«»"))
            else:
                await client.presses(act)
        assert commits, f"{act}: nothing was committed"
        # The first commit makes the reply due. The mark that it was sent comes later, one commit for many replies.
        assert commits[0] <= MOST_STATEMENTS, f"{act}: {statements[: commits[0]]}"
        marks = statements[commits[0] :]
        assert all(s.startswith("UPDATE conversation SET replies") for s in marks), f"{act}: {marks}"
        assert len(commits) <= 2, f"{act}: {commits}"
