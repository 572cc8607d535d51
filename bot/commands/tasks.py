"""`python -m bot tasks`: every open task, what it waits for, and what comes next."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
import textwrap
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend import absences, alerts, calendar, escalation, outbox, staff, tasks
from backend.absences import Period
from backend.calendar import WorkCalendar
from backend.clock import clock_from
from backend.db import Session
from backend.knowledge import templates
from backend.office import Office
from backend.settings import Settings
from backend.staff import Place
from bot import cards, waiting
from bot.cells import cell
from bot.opening import CannotStart, open_database, read_office
from bot.words import Words, load_words

WIDTH = 96
LEVELS = ("владелец", "заместитель", "руководитель", "администратор")
NOBODY = "Никто из ответственных не подключён к боту, задача ждёт в списке"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="closed tasks as well")
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of a list")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        lines = asyncio.run(_read(settings, office, closed=options.all))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    if options.csv:
        _write_csv(lines)
    elif lines:
        print(_page(lines, closed=options.all))
    else:
        print("Задач ещё не было." if options.all else "Открытых задач нет.")
    return 0


@dataclass(frozen=True, slots=True)
class Line:
    """One task as the administrator sees it. Nothing here that a card would not show, and no words of clients."""

    number: int
    kind: str
    title: str
    place: str
    opened: datetime
    age: str
    status: str
    who: str
    level: str
    promised: str
    overdue: bool
    following: str
    following_at: datetime | None
    why: tuple[str, ...]


@dataclass(slots=True)
class Known:
    """What all lines are made from."""

    office: Office
    words: Words
    calendar: WorkCalendar
    now: datetime
    periods: list[Period]
    connected: dict[str, list[Place]]
    groups: bool
    held: dict[int, datetime]
    notices: dict[int, list[Any]]
    titles: dict[str, str]

    @property
    def away(self) -> dict[str, str | None]:
        return absences.away_on(self.periods, self.calendar.today(self.now))


async def _read(settings: Settings, office: Office, *, closed: bool) -> list[Line]:
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        async with db.read() as session:
            return await _lines(session, settings, office, clock(), closed=closed)
    finally:
        await db.close()


async def _lines(session: Session, settings: Settings, office: Office, now: datetime, *, closed: bool) -> list[Line]:
    zone = ZoneInfo(office.timezone)
    workdays = await calendar.read(session, office.week, zone)
    today = workdays.today(now)
    rows = await tasks.every(session, today, closed=closed)
    numbers = [row.id for row in rows if row.status != "closed"]
    known = Known(
        office=office,
        words=load_words(["ru"], zone)["ru"],
        calendar=workdays,
        now=now,
        periods=await absences.periods(session, today),
        connected=await staff.places(session),
        groups=bool(settings.staff_chat or await staff.bound_groups(session)),
        held=await outbox.held_until(session, numbers, now),
        notices=await outbox.unsent(session, numbers),
        titles=await _titles(session, office, rows),
    )
    return [_line(known, row) for row in rows]


async def _titles(session: Session, office: Office, rows: list[Any]) -> dict[str, str]:
    """Titles of the templates that tasks are about."""
    found = {}
    for ident in {row.subject for row in rows if row.subject_kind == "template"}:
        one = await templates.published(session, ident)
        if one is not None:
            found[ident] = office.text(one.template.title, "ru")
    return found


def _line(known: Known, row: Any) -> Line:
    words = known.words
    is_open = row.status != "closed"
    following, at = _following(known, row) if is_open else ("", None)
    status = {"new": "никто не взял", "taken": "в работе"}.get(row.status, "закрыта")
    if row.taken_at is not None and row.status == "taken":
        status = f"{status} с {_moment(known, row.taken_at)}"
    if row.closed_at is not None and not is_open:
        status = f"{status} {_moment(known, row.closed_at)}"
    late = is_open and waiting.overdue(row.promised, known.now, words.zone)
    return Line(
        number=row.id,
        kind=row.kind,
        title=cards.title(words, row),
        place=cards.place_name(known.office, words, row, known.titles, numbers=True),
        opened=row.created_at,
        age=_age(known.now - row.created_at),
        status=status,
        who=row.holder,
        level=LEVELS[row.level],
        promised=words.day(row.promised, known.calendar.today(known.now)) if row.promised else "",
        overdue=late,
        following=following,
        following_at=at,
        why=tuple(_why(known, row)) if is_open else (),
    )


def _moment(known: Known, moment: datetime) -> str:
    local, today = moment.astimezone(known.words.zone), known.calendar.today(known.now)
    clock = known.words.clock(moment)
    return clock if local.date() == today else f"{known.words.day(local.date(), today)}, {clock}"


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} мин"
    hours = minutes // 60
    return f"{hours} ч {minutes % 60} мин" if hours < 24 else f"{hours // 24} дн. {hours % 24} ч"


# --- what comes next, and why it waits --------------------------------------------------------------------


def _following(known: Known, row: Any) -> tuple[str, datetime | None]:
    """What the clock will do with the task, in words, and when."""
    verdict = escalation.decide(escalation.stage_of(row), known.now, known.calendar, known.office.rules)
    act = verdict.act or verdict.then
    if act is None:
        return "сообщать больше некому, администратор знает", None
    at = verdict.at or known.now
    when = waiting.when(known.words, at, known.now) if verdict.act is None else "в течение минуты"
    match act:
        case "rise":
            text = f"{when} узнает {_who(known, row, row.level + 1)}"
        case "promise_late":
            text = f"{when} узнает {_who(known, row, alerts.HEAD)}, если клиент не получит ответа"
        case "promise_soon":
            text = f"{when} напомним об ответе клиенту"
        case "remind":
            text = f"{when} напомним, что результата нет: {row.holder}"
        case "take_back":
            text = f"{when} вернётся в общую очередь"
    return text, at


def _who(known: Known, row: Any, level: int) -> str:
    """«заместитель: Макетов Т. Р.»"""
    heard = alerts.hear(alerts.lines(known.office, row)[0], level, alerts.standing(row, known.away), known.connected)
    if not heard.persons:
        groups = known.groups and row.subject_kind != "appeal"
        return "группа сотрудников" if groups else "следующий, кто подключится к боту"
    return f"{LEVELS[heard.level]}: {', '.join(waiting.name(known.office, person) for person in heard.persons)}"


def _why(known: Known, row: Any) -> list[str]:
    """Why nothing has happened yet, the plainest reason first."""
    found = []
    if row.joined_to is not None:
        found.append(f"Показана в оповещении № {row.joined_to}")
    if row.status == "new":
        away = alerts.standing(row, known.away)
        heard = alerts.hear(alerts.lines(known.office, row)[0], row.level, away, known.connected)
        if not heard.persons and not known.groups and row.joined_to is None:
            found.append(NOBODY)
        elif heard.persons and all(
            place.channel in alerts.SILENT_CHANNELS
            for person in heard.persons
            for place in known.connected.get(person, ())
        ):
            names = ", ".join(waiting.name(known.office, person) for person in heard.persons)
            found.append(f"{names}: подключение только в браузере, оповещений туда нет, задача видна в списке")
        if row.id in known.held:
            found.append(f"ALERT_HOURS: оповещение уйдёт {waiting.when(known.words, known.held[row.id], known.now)}")
    for notice in known.notices.get(row.id, ()):
        channel = known.words(f"channel-{notice.channel}")
        if notice.status == "waiting":
            found.append(f"{channel}: недоступен, попыток {notice.attempts}")
        else:
            found.append(f"{channel}: оповещение не принято")
    found += [line for line in waiting.history(known.office, known.words, row) if line != known.words("task-nobody")]
    person = row.person if row.status == "taken" else alerts.lines(known.office, row)[0][0]
    until = absences.last_day(known.periods, person, known.calendar.today(known.now)) if person else None
    if person is not None and until is not None:
        stands = absences.stands_in(alerts.standing(row, known.away), person)
        stands = stands if stands in known.connected else None  # named, but nothing reaches him
        found.append(waiting.absence_line(known.office, known.words, person, until, stands))
    return found


# --- how it is shown --------------------------------------------------------------------------------------


def _page(lines: list[Line], *, closed: bool) -> str:
    late = sum(line.overdue for line in lines)
    head = f"{'Всего' if closed else 'Открытых'} задач: {len(lines)}."
    if late:
        head += f" Срок ответа клиенту прошёл: {late}."
    return "\n\n".join([head, *(_block(line) for line in lines)])


def _block(line: Line) -> str:
    """One task in a few lines of a terminal."""
    rows = [f"{line.title} · {line.place} · {line.age}"]
    if line.overdue:
        rows.append(f"СРОК ПРОШЁЛ: клиенту обещали ответить до {line.promised}")
    elif line.promised:
        rows.append(f"клиент ждёт ответа до {line.promised}")
    who = f"{line.status}: {line.who}" if line.who else line.status
    rows.append(f"{who} · уровень: {line.level}" if line.following or line.why else who)
    if line.following:
        rows.append(f"дальше: {line.following}")
    rows += line.why
    first, *rest = rows
    text = textwrap.fill(first, WIDTH, subsequent_indent="    ")
    return "\n".join(
        [text, *(textwrap.fill(row, WIDTH, initial_indent="    ", subsequent_indent="      ") for row in rest)]
    )


def _write_csv(lines: list[Line]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ["number", "kind", "place", "opened", "status", "who", "level", "promised", "overdue", "next", "next_at", "why"]
    )
    for line in lines:
        at = line.following_at.isoformat(timespec="minutes") if line.following_at else ""
        writer.writerow(
            [
                line.number,
                line.kind,
                cell(line.place),
                line.opened.isoformat(timespec="minutes"),
                line.status,
                cell(line.who),
                line.level,
                line.promised,
                int(line.overdue),
                line.following,
                at,
                cell("; ".join(line.why)),
            ]
        )
