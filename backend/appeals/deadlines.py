"""The statutory clock: a rule, a starting day and the calendar give a date – and the steps by which it was reached.

Pure. The explanation that a client reads («Почему этот срок?») is made from these very steps, so that it cannot say
anything else than what was counted. Rules are data of the office folder, with the day from which they hold: four of
them changed within two years (domain.md, sections 1, 2 and 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from backend.calendar import WorkCalendar
from surveys.definition import Frozen, Text

Unit = Literal["calendar", "working"]
What = Literal["register", "redirect", "answer"]


class Rule(Frozen):
    """One term of one kind of appeal.

    `since` is the event whose day is not counted itself; `roll` says where an end on a day off goes: `previous` and
    `next` working day, or `stay`. `extension`: by how many days at most the term may be extended, once, in the same
    unit. The rule holds for terms that begin on `valid_from` or later, until the next one of the same kind.
    """

    kind: str
    what: What
    since: Literal["received", "registered"]
    unit: Unit
    days: int = Field(ge=1, le=400)
    roll: Literal["previous", "next", "stay"] = "stay"
    extension: int = Field(0, ge=0, le=400)
    basis: Text
    valid_from: date


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the count. `start`: counting begins after `day`. `count`: so many days end on `day`. `off`: days off
    within, which are not counted. `extend`: so many days more end on `day`. `roll`: an end on the day off `day` goes
    to `until`."""

    what: Literal["start", "count", "off", "extend", "roll"]
    day: date
    days: int = 0
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """`legal`: the date by the letter of the rule; `due`: the working deadline that staff keep. `preliminary`: a year
    is touched whose calendar nobody has confirmed yet."""

    rule: Rule
    start: date
    extended: int
    legal: date
    due: date
    preliminary: bool
    steps: tuple[Step, ...]


def rule_for(rules: Iterable[Rule], kind: str, what: What, day: date) -> Rule | None:
    """The rule of this kind that holds on this day; None where the office has none."""
    found = [r for r in rules if r.kind == kind and r.what == what and r.valid_from <= day]
    return max(found, key=lambda r: r.valid_from, default=None)


def reckon(rule: Rule, start: date, calendar: WorkCalendar, extended: int = 0) -> Deadline:
    """The deadline of a term that begins with the event of day `start`, extended by so many days of its unit. Raises
    ValueError for an extension that the rule does not allow."""
    if not 0 <= extended <= rule.extension:
        raise ValueError(f"this term may be extended by at most {rule.extension} days")
    steps = [Step("start", start)]
    legal = _add(rule.unit, start, rule.days, calendar)
    if rule.unit == "working" and (off := _off(start, legal, calendar)):
        steps.append(Step("off", legal, off))
    steps.append(Step("count", legal, rule.days))
    if extended:
        before, legal = legal, _add(rule.unit, legal, extended, calendar)
        if rule.unit == "working" and (off := _off(before, legal, calendar)):
            steps.append(Step("off", legal, off))
        steps.append(Step("extend", legal, extended))
    due = _rolled(rule, start, legal, calendar)
    if due != legal:
        steps.append(Step("roll", legal, until=due))
    preliminary = not (calendar.is_confirmed(legal) and calendar.is_confirmed(due) and calendar.is_confirmed(start))
    return Deadline(rule, start, extended, legal, due, preliminary, tuple(steps))


def _add(unit: Unit, day: date, days: int, calendar: WorkCalendar) -> date:
    return calendar.add_working_days(day, days) if unit == "working" else day + timedelta(days=days)


def _off(since: date, until: date, calendar: WorkCalendar) -> int:
    """Days off between two days that a count of working days leaves out."""
    return (until - since).days - calendar.working_days(since, until)


def _rolled(rule: Rule, start: date, legal: date, calendar: WorkCalendar) -> date:
    if rule.roll == "stay" or calendar.is_working_day(legal):
        return legal
    if rule.roll == "previous":
        before = calendar.working_day_until(legal)
        # Before long holidays that may be the very day of the event: later would be beyond the letter of the rule.
        if before >= start:
            return before
    return calendar.working_day_from(legal)
