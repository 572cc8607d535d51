"""An appeal in words, for clients and staff alike: kind, stage, deadline, and how the deadline was counted."""

from __future__ import annotations

from datetime import date
from typing import Any

from backend.appeals.deadlines import Deadline, Step
from backend.calendar import WorkCalendar
from backend.office.model import Office
from bot import hours
from bot.words import Words


def kind_of(office: Office, words: Words, row: Any) -> str:
    """The kind as the office calls it; its code where the office has it no more."""
    found = office.appeals.kind(row.kind) if office.appeals is not None else None
    return office.text(found.name, words.language) if found is not None else str(row.kind)


def stage_of(office: Office, words: Words, code: str) -> str:
    found = office.appeals.stage(code) if office.appeals is not None else None
    return office.text(found.name, words.language) if found is not None else code


def then_of(office: Office, words: Words, code: str) -> str:
    """What happens next; empty for a stage that the office has no more."""
    found = office.appeals.stage(code) if office.appeals is not None else None
    return office.text(found.then, words.language) if found is not None else ""


def way_of(office: Office, words: Words, code: str) -> str:
    found = office.appeals.way(code) if office.appeals is not None else None
    return office.text(found.name, words.language) if found is not None else code


def person_of(office: Office, words: Words, ident: str | None) -> str:
    """A member of staff by name and post; empty for nobody, the id for one who has left."""
    person = office.person(ident) if ident else None
    if person is None:
        return ident or ""
    return f"{person.shown(words.language)}, {office.text(person.post, words.language)}"


def day(words: Words, calendar: WorkCalendar, when: date, today: date, legal: date | None = None) -> str:
    """A day of a deadline; preliminary in a year whose calendar nobody has confirmed. `legal`: the date by the letter
    of the rule, which may lie in such a year while the working day before it does not."""
    if legal is not None and not calendar.is_confirmed(legal):
        return words("day-preliminary", day=words.day(when, today))
    return hours.until(words, calendar, when, today)


def due(words: Words, calendar: WorkCalendar, when: date, today: date, legal: date | None = None) -> str:
    """«до 2 декабря (осталось 9 дней)», «сегодня», «просрочено на 3 дня». `legal`: as of `day`."""
    left = (when - today).days
    shown = day(words, calendar, when, today, legal)
    if left > 0:
        return words("appeal-due", day=shown, n=left)
    return words("appeal-due-today") if left == 0 else words("appeal-overdue", day=shown, n=-left)


def standing(words: Words, calendar: WorkCalendar, row: Any, today: date) -> str:
    """The deadline of an open appeal as the client was told it: after a miss with the new date (requirement 4.20)."""
    if row.promised_on is None:
        return due(words, calendar, row.due_on, today, row.legal_on)
    missed = words.day(row.due_on, today)
    return words("appeal-due-missed", missed=missed, until=due(words, calendar, row.promised_on, today))


def explain(office: Office, words: Words, calendar: WorkCalendar, deadline: Deadline, today: date) -> str:
    """«Почему этот срок?»: the rule and the count, step by step, from the very count that gave the date."""
    lines = [words("why-rule", basis=office.text(deadline.rule.basis, words.language))]
    lines += [
        f"{number}. {_step(words, calendar, deadline, step, today)}" for number, step in enumerate(deadline.steps, 1)
    ]
    lines.append(words("why-result", day=day(words, calendar, deadline.due, today, deadline.legal)))
    if deadline.due != deadline.legal:
        lines.append(words("why-legal", day=words.day(deadline.legal, today)))
    if deadline.preliminary:
        lines.append(words("why-preliminary"))
    return "\n".join(lines)


def _step(words: Words, calendar: WorkCalendar, deadline: Deadline, step: Step, today: date) -> str:
    rule = deadline.rule
    shown = words.day(step.day, today)
    match step.what:
        case "start":
            return words(f"why-start-{rule.since}", day=shown)
        case "count":
            return words(f"why-count-{rule.unit}", n=step.days, day=shown)
        case "off":
            return words("why-off", n=step.days)
        case "extend":
            return words(f"why-extend-{rule.unit}", n=step.days, day=shown)
        case "roll":
            assert step.until is not None
            name = calendar.why(step.day, words.language) or words(f"weekday-{step.day.weekday()}")
            key = "why-roll-previous" if step.until < step.day else "why-roll-next"
            return words(key, day=shown, name=name, until=words.day(step.until, today))
