"""`python -m bot appeals report`: what came in, what was answered in time, what clients say of the answers."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Callable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from backend import calendar
from backend.appeals import report
from backend.appeals.report import CLEAR_FROM, By, Line, Report
from backend.clock import clock_from
from backend.db import DatabaseAway
from backend.office import Office
from backend.settings import Settings
from bot.cells import cell
from bot.days import day
from bot.opening import CannotStart, open_database, read_office
from surveys.figures import Figures, verdict

PATIENCE = 300.0  # seconds: a report over years may take longer than a client would wait for his turn
NOTHING, FEW = "нет данных", "мало данных"
TITLES: dict[By, str] = {
    "kind": "По видам",
    "unit": "По отделам",
    "topic": "По темам",
    "point": "По точкам",
    "way": "По способам подачи",
}
WITHOUT: dict[By, str] = {
    "kind": "без вида",
    "unit": "без отдела",
    "topic": "без темы",
    "point": "без точки",
    "way": "без способа",
}
HEAD = [
    "",
    "поступило",
    "в срок, %",
    "из",
    "просрочено",
    "продлено",
    "передано",
    "отказано",
    "повторно",
    "дней",
    "рабочих",
    "понятно, %",
    "интервал",
    "n",
    "",
]
FORMULAS = (
    "Считаются обращения, зарегистрированные за период, какими они стали к сегодняшнему дню.",
    "В срок: 100 × (ответ, передача или отказ не позже срока по закону) / (все с итогом + просроченные без ответа).",
    "  Открытые, у которых срок ещё не прошёл, и отозванные клиентом в «из» не входят.",
    "Просрочено: срок прошёл, ответа нет. Продлено: срок продлён с уведомлением. Повторно: открыто ещё раз.",
    "Дней, рабочих: медиана от регистрации до первого ответа, в календарных и в рабочих днях.",
    f"Понятно: 100 × n(оценка «Ответ понятный?» {CLEAR_FROM}–5) / n, интервал Уилсона 95 %.",
    f"  Меньше 10 оценок – «{FEW}», сравнивать нельзя.",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=day, help="registered on this day or later (1 January of this year)")
    parser.add_argument("--until", type=day, help="registered on this day or earlier (today)")
    parser.add_argument("--by", choices=list(TITLES), help="one table by this; by default by kind, then by unit")
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of tables")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        if office.appeals is None:
            print("В папке учреждения нет appeals.yaml: обращения не ведутся.", file=sys.stderr)
            return 2
        by: tuple[By, ...] = (options.by,) if options.by else ("kind", "unit")
        found = asyncio.run(_read(settings, office, options.since, options.until, by))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите через минуту.", file=sys.stderr)
        return 2
    if found is None:
        print("Начало периода позже конца: проверьте --since и --until.", file=sys.stderr)
        return 2
    if options.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(_rows(office, found))
    else:
        print("\n".join(_page(office, found)))
    return 0


async def _read(
    settings: Settings, office: Office, since: date | None, until: date | None, by: tuple[By, ...]
) -> Report | None:
    """None where the period ends before it begins."""
    patient = settings.model_copy(update={"database_timeout": max(settings.database_timeout, PATIENCE)})
    clock = clock_from(settings.clock)
    db = await open_database(patient, clock)
    try:
        async with db.read() as session:
            workdays = await calendar.read(session, office.week, ZoneInfo(office.timezone))
            today = workdays.today(clock())
            first, last = since or date((until or today).year, 1, 1), min(until or today, today)
            if first > last:
                return None
            return await report.read(session, workdays, today, first, last, by)
    finally:
        await db.close()


# --- names ------------------------------------------------------------------------------------------------


def _names(office: Office, by: By) -> dict[str, str]:
    """Codes with their names, in the order of the office folder."""
    content = office.appeals
    assert content is not None
    match by:
        case "kind":
            named = [(kind.code, kind.name) for kind in content.kinds]
        case "unit":
            named = [(unit.code, unit.name) for unit in content.units]
        case "way":
            named = [(way.code, way.name) for way in content.ways]
        case "topic":
            named = [(topic.code, topic.name) for topic in office.topics]
        case "point":
            named = [(point.code, point.name) for point in office.points]
    return {code: office.text(name, "ru") for code, name in named}


def _lines(office: Office, by: By, lines: list[Line]) -> Iterator[tuple[str, Line]]:
    """Every kind and unit of the office, also without an appeal; of topics, points and ways those that have any; then
    what the folder no longer names, and what names nothing."""
    names, there = _names(office, by), {line.key: line for line in lines}
    for code, name in names.items():
        if code in there or by in ("kind", "unit"):
            yield name, there.get(code, Line(code))
    for code, line in there.items():
        if code and code not in names:
            yield f"{code} (удалено из папки)", line
    if "" in there:
        yield WITHOUT[by], there[""]


# --- the screen -------------------------------------------------------------------------------------------


def _page(office: Office, found: Report) -> Iterator[str]:
    yield f"Обращения, зарегистрированные {found.since:%d.%m.%Y} – {found.until:%d.%m.%Y}"
    if not found.whole.received:
        yield ""
        yield f"За период обращений не было: {NOTHING}."
    for by, lines in found.groups.items():
        yield ""
        yield TITLES[by]
        yield ""
        yield from _table([*_lines(office, by, lines), ("Всего", found.whole)])
    yield ""
    yield from FORMULAS
    if found.often:
        names = _names(office, "topic")
        yield ""
        yield (
            f"Темы, на которые за {report.OFTEN_DAYS} дней пришло {report.OFTEN} обращений и больше – "
            "подумайте, что изменить в работе:"
        )
        yield from (f"  {names.get(topic, topic)}: {n}" for topic, n in found.often)


def _table(lines: list[tuple[str, Line]]) -> Iterator[str]:
    rows = [HEAD, *(_row(name, line) for name, line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    last = len(widths) - 1
    for row in rows:
        yield "  ".join(
            text.ljust(width) if i in (0, last) else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def _row(name: str, line: Line) -> list[str]:
    short = name if len(name) <= 40 else name[:39] + "…"
    if not line.received:
        return [short, "0", *["–"] * (len(HEAD) - 3), NOTHING]
    timely, satisfied = line.timely, line.satisfied
    interval = "–"
    if satisfied.low is not None and satisfied.high is not None:
        interval = f"{_number(100 * satisfied.low)}–{_number(100 * satisfied.high)}"
    return [
        short,
        str(line.received),
        _share(timely),
        str(line.judged),
        str(line.overdue),
        str(line.extended),
        str(line.redirected),
        str(line.refused),
        str(line.reopened),
        _number(line.days),
        _number(line.working_days),
        _share(satisfied),
        interval,
        str(satisfied.n),
        _remark(line),
    ]


def _remark(line: Line) -> str:
    """What must be known before the figures are used."""
    if not line.received:
        return NOTHING
    return FEW if line.satisfied.n and verdict(line.satisfied.n) in ("hidden", "few") else ""


def _share(found: Figures) -> str:
    return NOTHING if found.share is None else _number(100 * found.share)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".replace(".", ",")


# --- for programs -----------------------------------------------------------------------------------------

PLAIN: dict[str, Callable[[Line], int | float | None]] = {
    "received": lambda line: line.received,
    "open": lambda line: line.open,
    "in_time": lambda line: line.in_time,
    "judged": lambda line: line.judged,
    "in_time_share": lambda line: line.timely.share,
    "overdue_open": lambda line: line.overdue,
    "extended": lambda line: line.extended,
    "redirected": lambda line: line.redirected,
    "refused": lambda line: line.refused,
    "closed_unanswered": lambda line: line.unanswered,
    "reopened": lambda line: line.reopened,
    "answered": lambda line: line.answered,
    "median_days": lambda line: line.days,
    "median_working_days": lambda line: line.working_days,
    "satisfied": lambda line: line.clear[0],
    "rated": lambda line: line.clear[1],
    "satisfied_share": lambda line: line.satisfied.share,
    "satisfied_low": lambda line: line.satisfied.low,
    "satisfied_high": lambda line: line.satisfied.high,
}


def _rows(office: Office, found: Report) -> Iterator[list[str]]:
    """Shares as parts of one; an empty cell is «нет данных», never 0."""
    yield ["since", "until", "by", "code", "name", *PLAIN, "remark"]
    period = [found.since.isoformat(), found.until.isoformat()]
    for by, lines in found.groups.items():
        for name, line in _lines(office, by, lines):
            yield [*period, by, cell(line.key), cell(name), *_values(line), _remark(line)]
    yield [*period, "all", "", "Всего", *_values(found.whole), _remark(found.whole)]
    names = _names(office, "topic")
    for topic, n in found.often:
        yield [*period, "often", cell(topic), cell(names.get(topic, topic)), str(n), *[""] * (len(PLAIN) - 1), ""]


def _values(line: Line) -> list[str]:
    values = (value(line) for value in PLAIN.values())
    return ["" if v is None else f"{v:.4f}" if isinstance(v, float) else str(v) for v in values]
