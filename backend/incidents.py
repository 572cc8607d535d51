"""What many marks say together: a series of low ones, a drift, a code that nobody scans any more.

Each becomes a task (domain.md, section 5, «Alerts»). What a task is about is kept beside it, so that its card says
later what was true when it was opened.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlmodel import Field, SQLModel

from backend import codes, journal, tasks
from backend.calendar import WorkCalendar
from backend.clock import to_the_hour
from backend.db import Session, table_of
from backend.feedback import response
from backend.office.model import Office
from surveys.definition import Rate
from surveys.figures import wilson

KINDS = ("series", "drift", "silence")
BEST = (4, 5)  # the marks of a satisfied client on the scale 1–5
DAILY_FROM = 9  # o'clock of the office: nobody is woken for a drift
DRIFT_REST = timedelta(days=30)  # a closed drift of a subject is not told again within it
AT_ONCE = 5  # incidents of one run that a person is told one by one; further ones join the first of them
MARKS_KEPT = 200  # marks behind one series that its card knows
LOOKED_AT = 200_000  # marks of the last hours or days, at most


class Incident(SQLModel, table=True):
    """What an incident's task is about. `cause` names the thing observed (`series:point:Т5`, `silence:12`), so that it
    is not told twice. `about`: JSON; for a series the numbers of its responses."""

    task: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    cause: str = Field(max_length=80, index=True)
    about: str = Field(default="{}")


table = table_of(Incident)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that calls for a task."""

    kind: str
    cause: str
    subject_kind: str
    subject: str
    about: dict[str, Any]


async def each_minute(session: Session, office: Office, _: WorkCalendar, now: datetime) -> None:
    """Series of low marks (domain.md, section 5, «Alerts»)."""
    await open_found(session, office, await _series(session, office, now), now)


async def of_day(session: Session, office: Office, today: date, now: datetime) -> list[list[Found]]:
    """Drift and silence, to be opened each kind for itself. Only reads."""
    return [await _drifts(session, office, now), await _silences(session, office, today, now)]


# --- tasks ------------------------------------------------------------------------------------------------


async def open_found(session: Session, office: Office, found: Sequence[Found], now: datetime) -> None:
    """Open a task for each. A storm (a hundred points at once) is told as a few messages: what is beyond `AT_ONCE` for
    one owner joins his first one, and the head hears of the first ones only; the list has them all."""
    first: dict[str | None, int] = {}
    told: dict[str | None, int] = {}
    for number, one in enumerate(found):
        task = await tasks.open_task(
            session,
            kind=one.kind,
            channel="system",
            now=now,
            announce_at=now,
            subject_kind=one.subject_kind,
            subject=one.subject,
        )
        about = json.dumps(one.about, ensure_ascii=False)
        await session.execute(insert(table).values(task=task, cause=one.cause, about=about))
        await journal.note(session, now, "system", f"incident.{one.kind}", task, one.cause)
        owner = office.responsible(one.subject_kind, one.subject).owner
        told[owner] = told.get(owner, 0) + 1
        if told[owner] > AT_ONCE:
            await tasks.join(session, task, first[owner])
        else:
            first.setdefault(owner, task)
            if one.kind == "series" and number < AT_ONCE:
                await session.execute(update(tasks.table).where(tasks.table.c.id == task).values(notes="head"))


async def _before(session: Session, causes: Sequence[str], since: datetime) -> dict[str, list[Any]]:
    """Tasks that were opened for these causes and still matter: the open ones, and those closed after `since`."""
    rows = await session.execute(
        select(table.c.cause, table.c.about, tasks.table.c.status, tasks.table.c.created_at, tasks.table.c.closed_at)
        .join(tasks.table, tasks.table.c.id == table.c.task)
        .where(table.c.cause.in_(causes), or_(tasks.table.c.status != "closed", tasks.table.c.closed_at >= since))
        .order_by(table.c.task)
    )
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.cause, []).append(row)
    return found


async def about(session: Session, task: int) -> dict[str, Any]:
    """What was observed when the task was opened; empty when it is no incident."""
    kept = (await session.execute(select(table.c.about).where(table.c.task == task))).scalar()
    known: dict[str, Any] = json.loads(kept) if kept else {}
    return known


async def joined(session: Session, task: int, limit: int) -> tuple[list[Any], int]:
    """The newest open tasks that the alert of this one shows, and how many there are; each with `score`
    and `survey`."""
    shown = and_(tasks.table.c.joined_to == task, tasks.table.c.status != "closed")
    rows = list(
        await session.execute(
            select(tasks.table, response.c.score, response.c.survey)
            .join(response, response.c.id == tasks.table.c.response, isouter=True)
            .where(shown)
            .order_by(tasks.table.c.id.desc())
            .limit(limit)
        )
    )
    if len(rows) < limit:
        return rows, len(rows)
    return rows, (await session.execute(select(func.count()).select_from(tasks.table).where(shown))).scalar_one()


# --- series -----------------------------------------------------------------------------------------------


def _counts(office: Office, of: Any) -> Any:
    """Marks that figures count, on the scale 1–5: a 3 of 0–10 means something else. `of`: columns of responses."""
    wide = [
        survey.id
        for survey in office.surveys.values()
        if isinstance(main := survey.question(survey.main), Rate) and max(main.marks) > max(BEST)
    ]
    counts = and_(of.score.is_not(None), of.excluded.is_(False), of.subject_kind.in_(("point", "service")))
    return and_(counts, of.survey.not_in(wide)) if wide else counts


def _recent(since: datetime, upto: int) -> Any:
    """Marks of the last hours, found by the index of hours before anything else is asked of them: left to choose,
    SQLite reads the marks of all years in the order of the groups. The limit keeps the two steps apart."""
    of = response.c
    found = select(of.subject_kind, of.subject, of.survey, of.score, of.excluded)
    return found.where(of.hour >= since, of.score <= upto).limit(LOOKED_AT).subquery().c


async def _series(session: Session, office: Office, now: datetime) -> list[Found]:
    """Subjects with enough low marks lately that no earlier series shows. Responses know only their hour, so the last
    of the hours counts whole."""
    rules = office.rules
    lately = timedelta(hours=rules.series_hours)
    since = to_the_hour(now) - lately
    of = _recent(since, rules.series_upto)
    groups = await session.execute(
        select(of.subject_kind, of.subject)
        .where(_counts(office, of))
        .group_by(of.subject_kind, of.subject)
        .having(func.count() >= rules.series_marks)
    )
    causes = {f"series:{kind}:{ident}": (kind, ident) for kind, ident in groups}
    if not causes:
        return []
    before = await _before(session, list(causes), now - 2 * lately)
    found = []
    for cause, (kind, ident) in sorted(causes.items()):
        earlier = before.get(cause, [])
        if any(task.status != "closed" and task.created_at > now - lately for task in earlier):
            continue
        marks = await session.execute(
            select(response.c.id)
            .where(
                _counts(office, response.c),
                response.c.subject == ident,
                response.c.subject_kind == kind,
                response.c.hour >= since,
                response.c.score <= rules.series_upto,
            )
            .order_by(response.c.hour.desc(), response.c.id)
            .limit(MARKS_KEPT)
        )
        shown = {mark for task in earlier for mark in json.loads(task.about)["marks"]}
        new = [mark for (mark,) in marks if mark not in shown]
        if len(new) >= rules.series_marks:
            kept = {"marks": new, "upto": rules.series_upto, "hours": rules.series_hours}
            found.append(Found("series", cause, kind, ident, kept))
    return found


@dataclass(slots=True)
class Series:
    """The marks behind a series as they stand now. `tasks`: those of them that have an open task, by its number."""

    marks: dict[int, int] = field(default_factory=dict)
    excluded: int = 0
    rows: list[Any] = field(default_factory=list)
    tasks: list[Any] = field(default_factory=list)


async def series(session: Session, marks: Sequence[int]) -> Series:
    """The marks with these numbers: those excluded since are only counted, those raised count as they are now."""
    rows = await session.execute(
        select(response, tasks.table.c.id.label("task"), tasks.table.c.status.label("task_status"))
        .join(tasks.table, tasks.table.c.response == response.c.id, isouter=True)
        .where(response.c.id.in_(marks))
        .order_by(tasks.table.c.id)
    )
    found = Series()
    for row in rows:
        if row.excluded:
            found.excluded += 1
        elif row.score is not None:
            found.marks[row.score] = found.marks.get(row.score, 0) + 1
            found.rows.append(row)
            if row.task is not None and row.task_status != "closed":
                found.tasks.append(row)
    return found


# --- drift ------------------------------------------------------------------------------------------------


async def _drifts(session: Session, office: Office, now: datetime) -> list[Found]:
    """Subjects whose last marks are clearly worse than those before: the whole Wilson interval of the last ones lies
    below the share of good marks earlier. Each survey for itself: other questions have other shares."""
    rules = office.rules
    counts = _counts(office, response.c)
    # Without a new mark there is no new drift.
    of = _recent(now - timedelta(days=7), max(BEST))
    lively = await session.execute(select(of.subject_kind, of.subject, of.survey).where(_counts(office, of)).distinct())
    causes = {f"drift:{kind}:{ident}:{survey}": (kind, ident, survey) for kind, ident, survey in lively}
    told = await _before(session, list(causes), now - DRIFT_REST) if causes else {}
    found = []
    for cause, (kind, ident, survey) in sorted(causes.items()):
        if cause in told:
            continue
        of_it = and_(counts, response.c.subject == ident, response.c.subject_kind == kind, response.c.survey == survey)
        last = list(
            await session.execute(
                select(response.c.hour, response.c.score)
                .where(of_it)
                .order_by(response.c.hour.desc(), response.c.id)
                .limit(rules.drift_marks)
            )
        )
        if len(last) < rules.drift_marks:
            continue
        good = sum(mark in BEST for _, mark in last)
        low, high = wilson(good, len(last))
        if high >= 1:
            continue
        # All since then without the last ones: they may share their first hour with earlier marks.
        since = last[-1][0] - timedelta(days=rules.drift_days)
        rows = await session.execute(
            select(response.c.score.in_(BEST).label("good"), func.count())
            .where(of_it, response.c.hour >= since)
            .group_by("good")
        )
        every = {bool(is_good): count for is_good, count in rows}
        earlier = sum(every.values()) - len(last)
        if earlier < rules.drift_marks:
            continue
        share = (every.get(True, 0) - good) / earlier
        if high < share:
            kept = {"n": len(last), "share": good / len(last), "low": low, "high": high}
            kept |= {"days": rules.drift_days, "before": earlier, "before_share": share}
            found.append(Found("drift", cause, kind, ident, kept))
    return found


# --- silence ----------------------------------------------------------------------------------------------


async def _silences(session: Session, office: Office, today: date, now: datetime) -> list[Found]:
    """Sheets that hang somewhere and that nobody has scanned for long: torn off, pasted over? A token that hangs twice
    and is scanned is alive in both places: scans do not say where."""
    days = office.rules.silence_days
    scanned = (
        select(codes.scans.c.token, func.max(codes.scans.c.day).label("day")).group_by(codes.scans.c.token).subquery()
    )
    sheets = codes.sheets
    rows = await session.execute(
        select(sheets, scanned.c.day, codes.codes.c.valid_from)
        .join(scanned, scanned.c.token == sheets.c.token, isouter=True)
        .join(codes.codes, codes.codes.c.token == sheets.c.token, isouter=True)
        .where(sheets.c.withdrawn_on.is_(None), sheets.c.printed_on <= today - timedelta(days=days))
        .order_by(sheets.c.id)
    )
    live = codes.LiveCodes(office)
    await live.refresh(session)
    silent = {}
    for row in rows:
        since = max(day for day in (row.printed_on, row.day, row.valid_from) if day is not None)
        leads = live.find(row.token, today)
        if (today - since).days >= days and leads.state == "open" and leads.point is not None:
            silent[f"silence:{row.id}"] = (row, since, leads.point.code)
    told = await _before(session, list(silent), now - timedelta(days=days)) if silent else {}
    return [
        Found(
            "silence",
            cause,
            "point",
            point,
            {"number": row.number, "place": row.place, "days": (today - since).days, "scanned": row.day is not None},
        )
        for cause, (row, since, point) in silent.items()
        if cause not in told
    ]
