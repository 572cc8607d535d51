"""What the head reads: how many came, how many were answered in time, how long it took, what clients say of it.

All figures are aggregates of the database, in one consistent view: no appeal is read row by row. The denominators are
honest: what is overdue and still open counts against «в срок» (requirements 4.12, 4.20, 8.16).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import JSON as Json
from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
)

from backend.appeals.rows import appeals
from backend.calendar import DAY, WorkCalendar
from backend.db import Session
from surveys.figures import Figures, figures

By = Literal["kind", "unit", "topic", "point", "way"]
CLEAR_FROM: Final = 4  # «в основном понятно»: from here on a client counts as satisfied with the answer
OFTEN, OFTEN_DAYS = 5, 30  # so many appeals on one topic within so many days: an improvement is proposed (4.15)


@dataclass(frozen=True, slots=True)
class Line:
    """The appeals of one group that were registered within the period, as they stand today.

    `in_time` of `judged`: with an outcome by the date of the law, of all that have an outcome or have missed that date
    without one. `answered`: got an answer or a refusal, of these the medians in days. `clear`: marks of «Ответ
    понятный?» by value.
    """

    key: str
    received: int = 0
    open: int = 0
    in_time: int = 0
    judged: int = 0
    extended: int = 0
    overdue: int = 0
    redirected: int = 0
    refused: int = 0
    unanswered: int = 0
    reopened: int = 0
    answered: int = 0
    days: float | None = None
    working_days: float | None = None
    clear: tuple[int, int] = (0, 0)  # marks from CLEAR_FROM on, of all marks

    @property
    def timely(self) -> Figures:
        """The share answered in time."""
        return _share(self.in_time, self.judged)

    @property
    def satisfied(self) -> Figures:
        """The share of clients to whom the answer was clear, with Wilson's interval."""
        return _share(*self.clear)


def _share(good: int, n: int) -> Figures:
    return figures({1: good, 0: n - good} if n else {}, best=(1,))


@dataclass(frozen=True, slots=True)
class Report:
    """`groups`: what was asked for, each with its lines by code; `whole`: all of them together; `often`: topics that
    come up again and again, the most frequent first."""

    since: date
    until: date
    today: date
    whole: Line
    groups: dict[By, list[Line]]
    often: list[tuple[str, int]]


async def read(
    session: Session, calendar: WorkCalendar, today: date, since: date, until: date, by: Sequence[By] = ("kind", "unit")
) -> Report:
    """The report of what was registered from `since` to `until`, both days included."""
    numbered = json.dumps(_working_day_numbers(calendar, since, today))
    parts = await _counts(session, by, since, until, today)
    whole = await _medians(session, literal(""), since, until, numbered)
    groups: dict[By, list[Line]] = {}
    for group in by:
        took = await _medians(session, _key(group), since, until, numbered)
        keys = sorted({getattr(part, group) for part in parts})
        groups[group] = [
            _line(key, [part for part in parts if getattr(part, group) == key], took.get(key)) for key in keys
        ]
    return Report(since, until, today, _line("", parts, whole.get("")), groups, await often(session, today))


def _key(by: By) -> ColumnElement[Any]:
    return func.coalesce(appeals.c[by], "")


async def often(session: Session, today: date, least: int = OFTEN, days: int = OFTEN_DAYS) -> list[tuple[str, int]]:
    """Topics on which so many appeals came within the last days (requirement 4.15)."""
    times = func.count()
    rows = await session.execute(
        select(appeals.c.topic, times)
        .where(appeals.c.registered_on > today - timedelta(days=days), appeals.c.topic != "")
        .group_by(appeals.c.topic)
        .having(times >= least)
        .order_by(times.desc(), appeals.c.topic)
    )
    return [(topic, n) for topic, n in rows]


async def _counts(session: Session, by: Sequence[By], since: date, until: date, today: date) -> list[Any]:
    """What was counted, for each combination of the groups that there is: few rows, read in one pass."""
    a = appeals.c
    overdue = and_(a.open.is_(True), a.legal_on < today, a.due_on < today)
    keys = [_key(group).label(group) for group in by]
    found = await session.execute(
        select(
            *keys,
            func.count().label("received"),
            _count(a.open.is_(True)).label("under_way"),
            _count(and_(a.in_time.is_(True), not_(overdue))).label("in_time"),
            _count(or_(a.in_time.is_not(None), overdue)).label("judged"),
            _count(a.extended > 0).label("extended"),
            _count(overdue).label("overdue"),
            _count(a.means == "redirected").label("redirected"),
            _count(a.means == "refused").label("refused"),
            _count(and_(a.means == "closed", a.answers == 0)).label("unanswered"),
            _count(a.reopened > 0).label("reopened"),
            _count(a.clear >= CLEAR_FROM).label("good"),
            func.count(a.clear).label("rated"),
        )
        .where(a.registered_on.between(since, until))
        .group_by(*by)
    )
    return list(found)


def _line(key: str, parts: Sequence[Any], took: Any) -> Line:
    """The line of these parts together, with the medians of its group if anything of it was answered."""

    def total(name: str) -> int:
        return sum(getattr(part, name) for part in parts)

    return Line(
        key,
        received=total("received"),
        open=total("under_way"),
        in_time=total("in_time"),
        judged=total("judged"),
        extended=total("extended"),
        overdue=total("overdue"),
        redirected=total("redirected"),
        refused=total("refused"),
        unanswered=total("unanswered"),
        reopened=total("reopened"),
        answered=took.n if took is not None else 0,
        days=took.days if took is not None else None,
        working_days=took.working if took is not None else None,
        clear=(total("good"), total("rated")),
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


async def _medians(
    session: Session, key: ColumnElement[Any], since: date, until: date, numbered: str
) -> dict[str, Any]:
    """Medians of the days from registration to the first answer, by group: `n`, `days`, `working`. With an even number
    it is the mean of the two in the middle, as `percentile_cont` has it; one statement serves both databases."""
    a = appeals.c
    postgres = session.dialect.name == "postgresql"
    days: ColumnElement[Any]
    if postgres:
        days = a.answered_on.op("-", return_type=Integer())(a.registered_on)
        listed = func.json_each_text(cast(literal(numbered), Json)).table_valued("key", "value")
    else:
        days = func.julianday(a.answered_on) - func.julianday(a.registered_on)
        listed = func.json_each(numbered).table_valued("key", "value")
    # Materialised once and looked up, not unpacked for every row.
    # The day is cast, because SQLite makes no index for a column of no type.
    number = select(cast(listed.c.key, String).label("day"), cast(listed.c.value, Integer).label("number")).cte(
        "working_day"
    )
    number = number.prefix_with("MATERIALIZED")
    first, last = number.alias("first"), number.alias("last")
    of_first, of_last = first.c.day == cast(a.registered_on, String), last.c.day == cast(a.answered_on, String)
    source: FromClause = appeals
    working: ColumnElement[Any]
    if postgres:
        source = appeals.join(first, of_first).join(last, of_last)
        working = last.c.number - first.c.number
    else:
        # Joined, SQLite goes through the list for each appeal; asked for one number, it makes itself an index.
        working = (
            select(last.c.number).where(of_last).scalar_subquery()
            - select(first.c.number).where(of_first).scalar_subquery()
        )
    each = (
        select(key.label("key"), cast(days, Float).label("days"), working.label("working"))
        .select_from(source)
        .where(a.registered_on.between(since, until), a.answered_on.is_not(None), a.answers > 0)
        .subquery("each")
    )
    ranked = select(
        each.c.key,
        each.c.days,
        each.c.working,
        func.count().over(partition_by=each.c.key).label("n"),
        func.row_number().over(partition_by=each.c.key, order_by=each.c.days).label("by_days"),
        func.row_number().over(partition_by=each.c.key, order_by=each.c.working).label("by_working"),
    ).subquery("ranked")

    def middle(rank: ColumnElement[int]) -> ColumnElement[bool]:
        return (2 * rank).between(ranked.c.n, ranked.c.n + 2)

    found = await session.execute(
        select(
            ranked.c.key,
            func.max(ranked.c.n).label("n"),
            func.avg(case((middle(ranked.c.by_days), ranked.c.days))).label("days"),
            func.avg(case((middle(ranked.c.by_working), cast(ranked.c.working, Float)))).label("working"),
        ).group_by(ranked.c.key)
    )
    return {r.key: r for r in found}


def _working_day_numbers(calendar: WorkCalendar, since: date, until: date) -> dict[str, int]:
    """Each day with the number of working days up to and with it: a difference of two is a term in working days."""
    found, number = {}, 0
    for n in range((until - since).days + 1):
        day = since + DAY * n
        number += calendar.is_working_day(day)
        found[day.isoformat()] = number
    return found
