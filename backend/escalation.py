"""What happens to a task that nobody takes, solves or answers: who hears of it next, and when.

`decide` is pure: from the state of a task to what is to be done now and when to look next. Everything that it needs is
stored with the task as absolute moments, so that looking again, late, twice, or with a clock set back changes nothing.
`run` does what it says, each act in one UPDATE that holds only while the task stands as it was read (ADR 0013).
Basis: requirements 1.25, 1.27, 6.32.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from backend import absences, alerts, journal, outbox, staff, tasks
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.office.model import Office, Rules
from backend.staff import Place

DANGER_WAITS = timedelta(minutes=30)
"""Real minutes until the next level hears of words of danger; no office hours."""
LOOKS_AT_ONCE = 5000  # tasks of one run: what is left has its turn a minute later
AT_LEAST_EVERY = timedelta(hours=12)  # a look costs nothing and finds what a changed calendar has moved
DAY = timedelta(days=1)

Act = Literal["rise", "remind", "take_back", "promise_soon", "promise_late"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where an open task stands. `since`: when its present stage began – told at its level, taken, or reminded of.
    `soon` and `late`: what was already done about the promise of `promised`."""

    taken: bool
    danger: bool
    level: int
    since: datetime
    reminded: bool
    created: datetime
    promised: date | None = None
    soon: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`act`: what is to be done now, None for nothing. `then`, `at`: what comes next and when, if anything does."""

    act: Act | None
    then: Act | None = None
    at: datetime | None = None


def stage_of(row: Any) -> Stage:
    """The stage of a task's row with `promised`. Tasks from before the clock existed begin with what is known."""
    notes = row.notes.split()
    day = row.promised.isoformat() if row.promised is not None else ""
    return Stage(
        taken=row.status == "taken",
        danger=row.kind == "danger",
        level=row.level,
        since=row.since or (row.taken_at if row.status == "taken" else None) or row.announce_at,
        reminded=row.reminded > 0,
        created=row.created_at,
        promised=row.promised,
        soon=f"soon:{day}" in notes,
        late=f"late:{day}" in notes,
    )


def decide(stage: Stage, now: datetime, calendar: WorkCalendar, rules: Rules) -> Verdict:
    """What is due now, the most pressing first, and what comes next."""
    planned = sorted(_plan(stage, calendar, rules), key=lambda step: step[0])
    due = [act for at, act in planned if at <= now]
    for act in ("promise_late", "take_back", "remind", "rise", "promise_soon"):
        if act in due:
            return Verdict(act)
    return Verdict(None, planned[0][1], planned[0][0]) if planned else Verdict(None)


def _plan(stage: Stage, calendar: WorkCalendar, rules: Rules) -> Iterable[tuple[datetime, Act]]:
    """Everything that this stage leads to, with its moment."""

    def after(hours: float) -> datetime:
        amount = timedelta(hours=hours)
        return stage.since + amount if stage.danger else calendar.add_working_time(stage.since, amount)

    if stage.taken:
        yield (after(rules.result_hours / 2), "take_back") if stage.reminded else (after(rules.result_hours), "remind")
    elif stage.level < alerts.ADMINISTRATOR:
        yield (stage.since + DANGER_WAITS if stage.danger else after(rules.escalate_hours)), "rise"
    if stage.promised is None or stage.late:
        return
    yield opening_from(calendar, stage.promised + DAY), "promise_late"
    if not stage.soon:
        before = opening_from(calendar, calendar.working_day_until(stage.promised - DAY))
        # A promise made later than that is fresh in everybody's mind.
        if before > stage.created:
            yield before, "promise_soon"


def opening_from(calendar: WorkCalendar, day: date) -> datetime:
    """When the office opens on this day or, if it does not, next."""
    return calendar.next_opening(datetime.combine(day, time(), calendar.zone))


async def run(session: Session, office: Office, calendar: WorkCalendar, now: datetime) -> None:
    """Look at every task that is due for it; safe in any number of processes."""
    looks: list[dict[str, Any]] = []
    for task in await tasks.to_look_at(session, now, LOOKS_AT_ONCE):
        verdict = decide(stage_of(task), now, calendar, office.rules)
        if verdict.act is not None:
            await _act(session, office, calendar, task, verdict.act, now)
        else:
            look = min(verdict.at or now + AT_LEAST_EVERY, now + AT_LEAST_EVERY)
            looks.append({"task": task.id, "seen": task.version, "look": look})
    await tasks.look_again_at(session, looks)


async def _act(session: Session, office: Office, calendar: WorkCalendar, task: Any, act: Act, now: datetime) -> None:
    """One act, if no other process was faster."""
    done = False
    details = ""
    match act:
        case "rise":
            level = task.level + 1
            details = str(level)
            done = await tasks.step(session, task, now, note=f"untaken:{level}", level=level, tell=True, stage=True)
        case "remind":
            details = task.holder
            done = await tasks.step(session, task, now, stage=True, reminded=True)
            if done:
                await _remind(session, office, calendar, task, now, f"held:{task.version}", "task-top-remind")
        case "take_back":
            details = task.holder
            done = await tasks.step(session, task, now, note="late_back", tell=True, stage=True, give_back=True)
            if done:
                await _tell_the_holder(session, office, task, now)
        case "promise_soon":
            details = task.promised.isoformat()
            done = await tasks.step(session, task, now, note=f"soon:{details}")
            if done:
                await _remind(session, office, calendar, task, now, f"soon:{details}", "task-top-soon")
        case "promise_late":
            details = task.promised.isoformat()
            done = await tasks.step(
                session, task, now, note=f"late:{details}", level=alerts.HEAD, tell=True, stage=task.status == "new"
            )
    if done:
        await journal.note(session, now, "system", f"escalation.{act}", task.id, details)


async def _remind(
    session: Session, office: Office, calendar: WorkCalendar, task: Any, now: datetime, once: str, top: str
) -> None:
    """The card once more, to the holder, or to those whose turn it is; in office hours, but for danger."""
    connected = await staff.places(session)
    who = await whose_turn(session, office, task, calendar.today(now), connected)
    due_at = now if task.kind == "danger" else calendar.next_opening(now)
    places = [place for person in who for place in connected.get(person, ())]
    if not places and task.subject_kind != "appeal":  # those are told to persons alone
        places = await staff.bound_groups(session)
    await _post(session, office, task, places, once, {"top": top}, due_at)


async def whose_turn(session: Session, office: Office, task: Any, today: date, connected: Container[str]) -> list[str]:
    """The holder, and who stands in for him when he is away; without a holder those of the present level."""
    away = alerts.standing(task, await absences.away(session, today))
    if task.status == "taken":
        if task.person is None:  # a member of a group
            return []
        return list(dict.fromkeys(p for p in (task.person, absences.stands_in(away, task.person)) if p is not None))
    own, *others = alerts.lines(office, task, await alerts.topics_of(session, office, task))
    found = [p for line in (own, *others) for p in alerts.hear(line, task.level, away, connected).persons]
    return list(dict.fromkeys(found or alerts.below(own, task.level, away, connected)))


async def _tell_the_holder(session: Session, office: Office, task: Any, now: datetime) -> None:
    """He reads that it was taken back, where the announcing does not tell him anyway."""
    fresh = await tasks.get(session, task.id)
    if fresh is None or task.person is None:
        return
    connected = await staff.places(session)
    if task.person not in await alerts.who(session, office, fresh, now, connected):
        data = {"top": "task-top-taken-back"}
        await _post(session, office, task, connected.get(task.person, []), f"back:{task.version}", data, now)


async def _post(
    session: Session, office: Office, task: Any, places: list[Place], once: str, data: dict[str, Any], due_at: datetime
) -> None:
    rows = [
        outbox.row(
            cause=f"remind:{task.id}:{once}:{place.address}",
            channel=place.channel,
            address=place.address,
            sealed=place.sealed,
            language=place.language or office.languages[0],
            kind="alert",
            data=data,
            due_at=due_at,
            task=task.id,
        )
        for place in places
        if place.channel not in alerts.SILENT_CHANNELS
    ]
    await outbox.put(session, rows)
