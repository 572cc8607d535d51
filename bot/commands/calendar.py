"""`python -m bot calendar`: what is special about a year; declare a day, take it back, confirm a year."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from backend import calendar, promises
from backend.appeals import moving
from backend.appeals.moving import MovedAppeal
from backend.calendar import Kind, Spans, WorkCalendar, spans_of
from backend.clock import clock_from
from backend.db import Database, DatabaseAway, Session
from backend.office import Office
from backend.promises import Moved
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office
from bot.words import Words, load_words

KINDS = {"off": "выходной", "work": "рабочий", "short": "короткий"}
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
SHOWN = 20  # moved promises that are printed one by one
USAGE = """\
python -m bot calendar [2026]              что особенного в году
python -m bot calendar --month [2026-12]   каждый день месяца
python -m bot calendar add 2026-12-07 off --basis "указ губернатора от 03.12.2026 № 5"
python -m bot calendar add 2026-12-05 work --hours "09:00-13:00" --basis "приказ № 12"
python -m bot calendar remove 2026-12-07
python -m bot calendar confirm 2028 --basis "постановление Правительства № 1234"
"""


class Refused(Exception):
    """What was typed cannot be done; nothing was changed. The message is for the operator."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = USAGE
    parser.add_argument("action", nargs="?", default="", help="a year, or: add, remove, confirm")
    parser.add_argument("what", nargs="*", help="a day as 2026-12-07 and off, work or short; or a year")
    parser.add_argument("--month", nargs="?", const="", metavar="YYYY-MM", help="every day of this or another month")
    parser.add_argument("--basis", default="", help="by what act; clients read it beside a day off")
    parser.add_argument("--hours", default="", help="hours of that day if not the usual ones: 09:00-13:00, 13:45-17:00")
    parser.add_argument("--by", default="", help="who enters it; by default the user of the system")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_calendar(options, settings))
    except (CannotStart, Refused) as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Ничего не изменено, повторите.", file=sys.stderr)
        return 1


async def _calendar(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    zone = ZoneInfo(office.timezone)
    words = load_words(["ru"], zone)["ru"]
    by = options.by.strip()[:120] or getpass.getuser()
    now = clock()
    try:
        match options.action:
            case "add":
                print(await _add(db, office, options, words, by, now))
            case "remove":
                day = _day(_one(options.what, "день: python -m bot calendar remove 2026-12-07"))
                print(await _remove(db, office, day, words, by, now))
            case "confirm":
                year = _year(_one(options.what, "год: python -m bot calendar confirm 2028 --basis …"))
                print(await _confirm(db, year, _basis(options), by, now))
            case action:
                if options.what:
                    raise Refused(f"Не понимаю: {' '.join([action, *options.what])}\n\n{USAGE}")
                async with db.read() as session:
                    known = await calendar.read(session, office.week, zone)
                    today = known.today(now)
                    if options.month is not None:
                        shown = _month(known, *_year_and_month(options.month, today))
                    else:
                        shown = await _of_year(session, known, _year(action) if action else today.year)
                print(shown)
    finally:
        await db.close()
    return 0


# --- what was typed ---------------------------------------------------------------------------------------


def _one(what: list[str], missing: str) -> str:
    if len(what) != 1:
        raise Refused(f"Нужен {missing}")
    return what[0]


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day of the calendar has no zone
        except ValueError:
            continue
    raise Refused(f"Это не день: {text}. Напишите, например, 2026-12-07.")


def _year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 2000 <= int(text) <= 2099):
        raise Refused(f"Это не год: {text}\n\n{USAGE}")
    return int(text)


def _year_and_month(text: str, today: date) -> tuple[int, int]:
    if not text:
        return today.year, today.month
    first = _day(f"{text}-01")
    return first.year, first.month


def _basis(options: argparse.Namespace) -> str:
    basis: str = " ".join(options.basis.split())
    if not 3 <= len(basis) <= 300:
        raise Refused('Нужно основание, от 3 до 300 знаков: --basis "указ губернатора от 03.12.2026 № 5"')
    return basis


# --- changes ----------------------------------------------------------------------------------------------


async def _add(db: Database, office: Office, options: argparse.Namespace, words: Words, by: str, now: datetime) -> str:
    if len(options.what) != 2 or options.what[1] not in get_args(Kind):
        raise Refused('Нужны день и вид: python -m bot calendar add 2026-12-07 off|work|short --basis "…"')
    day, kind, basis = _day(options.what[0]), options.what[1], _basis(options)
    hours = options.hours.strip()
    if len(hours) > 60 or (hours and kind == "off"):
        raise Refused("--hours: у выходного нет часов" if kind == "off" else "--hours: слишком длинно")
    try:
        if hours:
            spans_of(hours)
    except ValueError as error:
        raise Refused(f"--hours: {error}") from None
    async with db.begin() as session:
        old = await calendar.read(session, office.week, ZoneInfo(office.timezone))
        await calendar.declare(session, day, kind, hours=hours, basis=basis, by=by, now=now)
        new, effect = await _follow(session, office, old, day, words, by, now)
    lines = [f"{_title(day)} – {KINDS[kind]}{_clocks(new.hours(day))}. Основание: {basis}."]
    if day <= new.today(now):
        lines.append("Внимание: этот день уже наступил или прошёл.")
    return "\n".join([*lines, *effect])


async def _remove(db: Database, office: Office, day: date, words: Words, by: str, now: datetime) -> str:
    async with db.begin() as session:
        old = await calendar.read(session, office.week, ZoneInfo(office.timezone))
        if not await calendar.undeclare(session, day, by=by, now=now):
            raise Refused(f"{_title(day)}: своей записи нет, убирать нечего.")
        new, effect = await _follow(session, office, old, day, words, by, now)
    kind = "рабочий" if new.is_working_day(day) else "выходной"
    line = f"{_title(day)}: запись убрана. По производственному календарю день {kind}{_clocks(new.hours(day))}."
    return "\n".join([line, *effect])


async def _follow(
    session: Session, office: Office, old: WorkCalendar, day: date, words: Words, by: str, now: datetime
) -> tuple[WorkCalendar, list[str]]:
    """The new calendar, and in words what the change has moved, in the same transaction."""
    new = await calendar.read(session, office.week, ZoneInfo(office.timezone))
    moved = await promises.recompute(session, old, new, now, by=by)
    if not old.differs(new):
        return new, ["Рабочие дни и часы от этого не изменились."]
    lines = _moved(moved, words, new.today(now))
    lines += _moved_appeals(await moving.recompute(session, office, old, new, now, by=by), words, new.today(now))
    lines.append("Сроки открытых задач пересчитаются в течение минуты, часы в боте и на страницах – тоже.")
    if not new.is_confirmed(day):
        lines.append(f"{day.year} год не подтверждён: сроки в нём называются предварительными.")
    return new, lines


def _moved(moved: list[Moved], words: Words, today: date) -> list[str]:
    if not moved:
        return ["Обещанные ответы это не двигает."]
    lines = [f"Сдвинуты обещанные ответы: {len(moved)}"]
    how = {
        "message": "клиенту уйдёт сообщение",
        "page": "клиент увидит на своей странице",
        "": "без сообщения клиенту",
    }
    for one in moved[:SHOWN]:
        before, after = words.day(one.before, today), words.day(one.after, today)
        lines.append(f"  задача № {one.task}: до {after} вместо {before}, {how[one.told]}")
    if len(moved) > SHOWN:
        lines.append(f"  и ещё {len(moved) - SHOWN}")
    return lines


def _moved_appeals(moved: list[MovedAppeal], words: Words, today: date) -> list[str]:
    if not moved:
        return []
    lines = [f"Сдвинуты сроки обращений: {len(moved)}"]
    for one in moved[:SHOWN]:
        before, after = words.day(one.before, today), words.day(one.after, today)
        how = "клиенту уйдёт сообщение" if one.told else "без сообщения клиенту"
        lines.append(f"  {one.number}: до {after} вместо {before}, {how}")
    if len(moved) > SHOWN:
        lines.append(f"  и ещё {len(moved) - SHOWN}")
    return lines


async def _confirm(db: Database, year: int, basis: str, by: str, now: datetime) -> str:
    async with db.begin() as session:
        await calendar.confirm(session, year, basis=basis, by=by, now=now)
    return f"{year} год подтверждён. Основание: {basis}. Сроки больше не называются предварительными."


# --- what is shown ----------------------------------------------------------------------------------------


def _title(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d.%m.%Y}"


def _clocks(spans: Spans) -> str:
    """«, 9:00–13:00, 13:45–18:00», nothing for a closed day."""
    return "".join(f", {a.hour}:{a:%M}–{b.hour}:{b:%M}" for a, b in spans)


def _why(day: date) -> str:
    """«перенесено с 03.01.2026» for «Выходной (перенесено с …)», «День Победы» for «День Победы (выходной)»."""
    name, _, more = calendar.name_of(day).partition(" (")
    return more.removesuffix(")") if name == "Выходной" else name


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def _of_year(session: Session, known: WorkCalendar, year: int) -> str:
    days = _days(date(year, 1, 1), date(year, 12, 31))
    entered = {row.day: row for row in await calendar.entries(session, year)}
    done = await calendar.confirmation(session, year)
    lines = [f"{year} год: рабочих дней {sum(map(known.is_working_day, days))}"]
    if done is not None:
        lines.append(f"Подтверждён: {done.basis} ({done.entered_by}, {done.entered_at:%d.%m.%Y})")
    elif known.is_confirmed(days[0]):
        lines.append("Подтверждён: переносы Правительства известны программе")
    else:
        lines.append("НЕ ПОДТВЕРЖДЁН: переносы Правительства программе неизвестны, сроки называются предварительными.")
        lines.append(f'Сверьте дни и подтвердите: python -m bot calendar confirm {year} --basis "постановление …"')
    lines.append("")
    for day in days:
        row = entered.get(day)
        if row is not None:
            what = f"{KINDS[row.kind]}{_clocks(known.hours(day))} · {row.basis}"
            lines.append(f"* {_title(day)}  {what} (внёс {row.entered_by}, {row.entered_at:%d.%m.%Y})")
        elif not known.is_working_day(day) and day.weekday() < 5:
            lines.append(f"  {_title(day)}  выходной · {_why(day)}")
        elif known.is_working_day(day) and (day.weekday() >= 5 or known.is_short(day)):
            instead = calendar.exchanged_for(day) if day.weekday() >= 5 else None
            kind = "рабочий" if day.weekday() >= 5 else "короткий"
            also = ", короткий" if day.weekday() >= 5 and known.is_short(day) else ""
            lines.append(
                f"  {_title(day)}  {kind}{also}{_clocks(known.hours(day))}"
                + (f" · вместо {instead:%d.%m.%Y}" if instead else "")
            )
    if entered:
        lines += ["", "* – внесено учреждением"]
    return "\n".join(lines)


def _month(known: WorkCalendar, year: int, month: int) -> str:
    lines = []
    for day in _days(date(year, month, 1), date(year, month, monthrange(year, month)[1])):
        spans = known.hours(day)
        what = _clocks(spans).removeprefix(", ") if spans else "–"
        own = known.override(day)
        why = own.basis if own is not None else _why(day)
        marks = " · ".join(filter(None, ["короткий" if known.is_short(day) else "", why]))
        lines.append(f"{'*' if own else ' '} {_title(day)}  {what}{f'  {marks}' if marks else ''}")
    return "\n".join(lines)
