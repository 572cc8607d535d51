"""What a task waits for, in words: who could not be told, who heard of it next, what comes when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend import absences, alerts, outbox, staff
from backend.clock import office_day
from backend.db import Session
from backend.escalation import DANGER_WAITS
from backend.office.model import Office
from bot.words import Words

LEVELS = ("owner", "deputy", "head", "administrator")
DANGER_MINUTES = DANGER_WAITS // timedelta(minutes=1)
SILENT = (
    "to:",
    "gap:",
    "untaken:",
    "late:",
    "soon:",
    "not:",
    "nobody",
    "somebody",
    "late_back",
    "urgent",
    "head",
    "inserted:",
)
"""Notes of a task that this module words, or that are only for the record."""


def when(words: Words, moment: datetime, now: datetime) -> str:
    """«сегодня в 14:00», «завтра в 9:00», «30 ноября в 9:00»."""
    day, today, time = moment.astimezone(words.zone).date(), now.astimezone(words.zone).date(), words.clock(moment)
    if (day - today).days in (0, 1):
        return words("when-today", time=time) if day == today else words("when-tomorrow", time=time)
    return words("when-day", day=words.day(day, today), time=time)


def hours(words: Words, number: float) -> str:
    """«4 рабочих часа», «1,5 рабочих часа»."""
    if number == int(number):
        return words("working-hours", n=int(number))
    shown = f"{number:g}"
    return words("working-hours-part", n=shown.replace(".", ",") if words.language == "ru" else shown)


def overdue(promised: date | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the day until which a waiting client was to be answered is over."""
    return promised is not None and promised < office_day(now, zone)


def overdue_line(words: Words, task: Any, relay: Any, now: datetime) -> list[str]:
    """The first line of a card whose client waits in vain; nothing takes it away but the answer."""
    waits = relay is not None and relay.state == "waiting" and task.status != "closed"
    if not waits or not overdue(relay.promised, now, words.zone):
        return []
    return [words("task-overdue", day=words.day(relay.promised))]


def state(words: Words, promised: date | None, held: datetime | None, now: datetime) -> str:
    """What to know first of a task in a list."""
    if overdue(promised, now, words.zone):
        return words("task-overdue-short")
    return words("task-held-short", when=when(words, held, now)) if held is not None else ""


def gap_line(words: Words, task: Any, gaps: list[str], told: int | None) -> str:
    """«Владелец точки не подключён к боту – сообщили заместителю»."""
    parts = []
    for gap in gaps:
        level = int(gap[0])
        who = LEVELS[level] if level else (task.subject_kind if task.subject_kind in ("point", "service") else "other")
        parts.append(words("gap-who", who=who, why=gap[1:]))
    first, *rest = parts
    text = ", ".join([first, *(part[:1].lower() + part[1:] for part in rest)])
    return f"{text} – {words('gap-told', told=LEVELS[told])}" if told is not None else text


def history(office: Office, words: Words, task: Any) -> list[str]:
    """What the clock has done with a task that nobody has now, and who could not be told."""
    notes = task.notes.split()
    found = []
    gaps = {note[4:5]: note[4:] for note in notes if note.startswith("gap:")}
    alone = next((n for n in reversed(notes) if n in ("nobody", "somebody")), "") == "nobody"
    if task.status == "new":
        if "late_back" in notes:
            found.append(words("task-late-back", hours=hours(words, office.rules.result_hours * 1.5)))
        risen = [int(note.partition(":")[2]) for note in notes if note.startswith("untaken:")]
        if risen and not alone:
            danger = task.kind == "danger"
            waited = words("minutes", n=DANGER_MINUTES) if danger else hours(words, office.rules.escalate_hours)
            text = words("task-untaken", waited=waited)
            told = risen[-1]
            found.append(text if str(told) in gaps else f"{text} – {words('gap-told', told=LEVELS[told])}")
    if alone and task.status == "new":
        return [*found, words("task-nobody")]
    run: list[str] = []
    for level in range(task.level + 1):
        if str(level) in gaps and level < task.level:
            run += [gaps[str(level)]] if alerts.is_gap(task, gaps[str(level)]) else []
        elif run:
            found.append(gap_line(words, task, run, level))
            run = []
    return found


async def lines(session: Session, office: Office, words: Words, task: Any, now: datetime) -> list[str]:
    """What a card says of waiting, as it is now."""
    if task.status == "closed":
        return []
    found = history(office, words, task)
    if task.status == "new":
        held = await outbox.held_until(session, [task.id], now)
        if task.id in held:
            found.append(words("task-held", when=when(words, held[task.id], now)))
    return found + await _absent(session, office, words, task, now)


async def _absent(session: Session, office: Office, words: Words, task: Any, now: datetime) -> list[str]:
    """«Демоев Э. Р. отсутствует до 14 декабря. Вместо него: Макетов Т. Р.» – the holder, or whose turn it would be."""
    today = office_day(now, words.zone)
    known = await absences.periods(session, today)
    away = absences.away_on(known, today)
    person = task.person if task.status == "taken" else alerts.lines(office, task)[0][alerts.OWNER]
    until = absences.last_day(known, person, today) if person else None
    if person is None or until is None:
        return []
    substitute = absences.stands_in(away, person)
    if substitute is not None and not await staff.places_of(session, substitute):
        substitute = None  # he was named, but nothing reaches him
    return [absence_line(office, words, person, until, substitute)]


def absence_line(office: Office, words: Words, person: str, until: date, substitute: str | None) -> str:
    """Until when somebody is away, and who stands in."""
    text = words("person-away", name=name(office, person), day=words.day(until))
    return f"{text} {words('person-instead', name=name(office, substitute))}" if substitute is not None else text


def name(office: Office, person: str) -> str:
    """The short name; the id of somebody who has left the office folder."""
    found = office.person(person)
    return found.short if found is not None else person


def top(office: Office, words: Words, data: dict[str, Any]) -> str:
    """The first line of a card that is sent once more, by what caused it."""
    match data.get("top"):
        case "task-top-remind":
            return words("task-top-remind", hours=hours(words, office.rules.result_hours / 2))
        case "task-top-soon":
            return words("task-top-soon")
        case "task-top-taken-back":
            return words("task-top-taken-back", hours=hours(words, office.rules.result_hours * 1.5))
        case _:
            return ""
