"""The report of appeals equals a plain count of the same appeals, on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest
from sqlalchemy import insert, select

from backend.appeals import report
from backend.appeals.report import By, Line
from backend.appeals.rows import appeals
from tests.base.talk import MONDAY_TEN, Talk

TODAY = date(2026, 11, 23)
SINCE = date(2026, 1, 1)


def appeal(number: int, **more: Any) -> dict[str, Any]:
    """An open appeal of today, except for what is named."""
    day = more.get("registered_on", TODAY)
    return {
        "number": f"А-2026-{number:04d}",
        "kind": "appeal",
        "way": "paper",
        "stage": "review",
        "means": "work",
        "open": True,
        "stage_at": MONDAY_TEN,
        "received_on": day,
        "registered_at": MONDAY_TEN,
        "registered_on": day,
        "started_on": day,
        "legal_on": day + timedelta(days=30),
        "due_on": day + timedelta(days=30),
        **more,
    }


def some(n: int, seed: int) -> list[dict[str, Any]]:
    """Appeals of all sorts."""
    dice = random.Random(seed)
    found = []
    for number in range(1, n + 1):
        day = TODAY - timedelta(days=dice.randrange(500))
        legal = day + timedelta(days=30)
        ended = dice.choice([None, "answered", "answered", "redirected", "refused", "closed"])
        answered = min(day + timedelta(days=dice.randrange(50)), TODAY) if ended else None
        reopened = dice.randrange(8) == 0
        found.append(
            appeal(
                number,
                kind=dice.choice(["appeal", "complaint", "gone"]),
                unit=dice.choice(["", "appeals", "digital"]),
                topic=dice.choice(["", "roads", "queue"]),
                point=dice.choice([None, "Т5"]),
                way=dice.choice(["paper", "mfc"]),
                registered_on=day,
                legal_on=legal,
                due_on=legal - timedelta(days=dice.randrange(3)),
                extended=dice.choice([0, 0, 30]),
                means="work" if ended is None or reopened else ended,
                open=ended is None or reopened,
                answered_on=answered,
                in_time=None if answered is None or dice.randrange(9) == 0 else answered <= legal,
                answers=int(ended in ("answered", "refused")),
                reopened=int(reopened),
                clear=dice.choice([None, 1, 3, 4, 5]) if ended == "answered" else None,
            )
        )
    return found


def counted(talk: Talk, key: str, rows: Iterable[Any]) -> Line:
    """The same figures, row by row."""
    rows, calendar = list(rows), talk.app.calendar()

    def overdue(row: Any) -> bool:
        return bool(row.open and row.legal_on < TODAY and row.due_on < TODAY)

    answered = [row for row in rows if row.answered_on is not None and row.answers]
    marks = [row.clear for row in rows if row.clear is not None]
    return Line(
        key,
        received=len(rows),
        open=sum(row.open for row in rows),
        in_time=sum(row.in_time is True and not overdue(row) for row in rows),
        judged=sum(row.in_time is not None or overdue(row) for row in rows),
        extended=sum(row.extended > 0 for row in rows),
        overdue=sum(map(overdue, rows)),
        redirected=sum(row.means == "redirected" for row in rows),
        refused=sum(row.means == "refused" for row in rows),
        unanswered=sum(row.means == "closed" and not row.answers for row in rows),
        reopened=sum(row.reopened > 0 for row in rows),
        answered=len(answered),
        days=median([(row.answered_on - row.registered_on).days for row in answered]) if answered else None,
        working_days=(
            median([calendar.working_days(row.registered_on, row.answered_on) for row in answered])
            if answered
            else None
        ),
        clear=(sum(mark >= 4 for mark in marks), len(marks)),
    )


async def read(talk: Talk, since: date = SINCE, until: date = TODAY, by: Sequence[By] = ("kind", "unit")) -> Any:
    async with talk.app.db.read() as session:
        return await report.read(session, talk.app.calendar(), TODAY, since, until, by)


async def put(talk: Talk, rows: list[dict[str, Any]]) -> None:
    async with talk.app.db.begin() as session:
        for row in rows:
            await session.execute(insert(appeals).values(row))


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_report_equals_a_plain_count(talk: Talk, seed: int) -> None:
    await put(talk, some(120, seed))
    async with talk.app.db.read() as session:
        rows = [row for row in await session.execute(select(appeals)) if SINCE <= row.registered_on <= TODAY]
    found = await read(talk, by=("kind", "unit", "topic", "point", "way"))
    assert found.whole == counted(talk, "", rows)
    for group, lines in found.groups.items():
        keys = {getattr(row, group) or "" for row in rows}
        assert {line.key for line in lines} == keys
        for line in lines:
            assert line == counted(talk, line.key, (row for row in rows if (getattr(row, group) or "") == line.key))


async def test_what_is_overdue_and_open_counts_against_in_time(talk: Talk) -> None:
    late = TODAY - timedelta(days=40)
    ended = {"open": False, "means": "answered", "answered_on": late + timedelta(days=3), "answers": 1, "in_time": True}
    await put(talk, [appeal(1, registered_on=late, **ended), appeal(2, registered_on=late), appeal(3)])
    found = (await read(talk)).whole
    assert (found.received, found.in_time, found.judged, found.overdue, found.open) == (3, 1, 2, 1, 2)
    assert found.timely.share == 0.5


async def test_an_appeal_in_time_once_and_late_after_it_was_reopened_is_not_in_time(talk: Talk) -> None:
    late = TODAY - timedelta(days=40)
    again = {"reopened": 1, "answered_on": late + timedelta(days=2), "answers": 1, "in_time": True}
    await put(talk, [appeal(1, registered_on=late, **again)])
    found = (await read(talk)).whole
    assert (found.in_time, found.judged, found.overdue, found.reopened) == (0, 1, 1, 1)


async def test_the_day_of_the_deadline_itself_is_not_overdue(talk: Talk) -> None:
    await put(talk, [appeal(1, registered_on=TODAY - timedelta(days=30), legal_on=TODAY, due_on=TODAY)])
    assert (await read(talk)).whole.overdue == 0


async def test_without_appeals_there_are_no_figures(talk: Talk) -> None:
    found = await read(talk)
    assert found.whole == Line("")
    assert found.groups == {"kind": [], "unit": []}
    assert found.whole.timely.share is None
    assert found.whole.satisfied.share is None


async def test_both_ends_of_the_period_belong_to_it(talk: Talk) -> None:
    days = [TODAY - timedelta(days=n) for n in range(5)]
    await put(talk, [appeal(n, registered_on=day) for n, day in enumerate(days)])
    assert (await read(talk, since=days[3], until=days[1])).whole.received == 3


async def test_topics_that_come_again_and_again_are_named(talk: Talk) -> None:
    rows = [appeal(n, topic="roads", registered_on=TODAY - timedelta(days=n)) for n in range(6)]
    rows += [appeal(n, topic="queue", registered_on=TODAY - timedelta(days=29)) for n in range(10, 15)]
    rows += [appeal(n, topic="payment", registered_on=TODAY - timedelta(days=30)) for n in range(20, 29)]
    await put(talk, rows)
    assert (await read(talk)).often == [("roads", 6), ("queue", 5)]
