"""The jobs of a minute: what one fault must not stop, and what must not be lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend import calendar, jobs
from backend.db import Database
from bot.cells import cell
from tests.base.talk import Talk
from tests.dialogue.visits import complains, rates


async def test_a_fault_in_one_job_does_not_keep_the_secret_of_a_past_day(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await rates(talk.client("telegram", 7), "4")
    assert await talk.rows("SELECT 1 FROM day_secret")
    async with talk.app.db.begin() as session:
        await session.execute(text("DROP TABLE api_token"))  # what the job before it reads
    talk.tomorrow()
    with pytest.raises(SQLAlchemyError):
        await talk.minute()
    assert not await talk.rows("SELECT 1 FROM day_secret")


async def test_the_order_of_rows_does_not_tell_who_gave_which_mark(talk: Talk) -> None:
    """As a dump of the tables shows them."""
    for number in range(24):
        await rates(talk.client("telegram", 1000 + number), "4" if number < 12 else "5", "skip", "skip")
    await talk.midnight()
    marks = [row.score for row in await talk.rows("SELECT score FROM response")]
    # By chance they stay in order once in three million nights.
    assert len(marks) == 24
    assert marks != sorted(marks)


async def test_promises_that_could_not_be_moved_are_moved_with_the_next_minute(sqlite_talk: Talk) -> None:
    """The newer calendar can be read, while what was promised by the older one cannot be written."""
    talk, app = sqlite_talk, sqlite_talk.app
    await complains(talk.client("telegram", 7), wants=True)
    (before,) = await talk.rows("SELECT promised FROM relay")
    async with app.db.begin() as session:
        day = app.calendar().working_day_from(date.fromisoformat(before[0]))
        await calendar.declare(session, day, "off", basis="указ № 5", by="тест", now=talk.now)
    hasty = Database(app.db.url, 0.1)
    try:
        async with app.db.begin():  # another writer, for long
            await jobs.renew(replace(app.regular, db=hasty))
    finally:
        await hasty.close()
    assert await talk.rows("SELECT promised FROM relay") == [before]
    await talk.minute()
    assert await talk.rows("SELECT promised FROM relay") != [before]


@pytest.mark.parametrize("said", ['=HYPERLINK("http://x")', "+7", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_is_no_formula_in_a_spreadsheet(said: str) -> None:
    assert cell(said) == f"'{said}"
    assert cell(f"Иван {said}") == f"Иван {said}"
