"""`python -m bot figures`: marks per point and service with their intervals (domain.md, section 5)."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from backend.clock import clock_from
from backend.feedback import Tally, tallies
from backend.office import Office
from backend.settings import Settings
from bot.opening import CannotStart, open_database, read_office
from surveys.figures import Figures, figures

HIDDEN_BELOW, FEW_BELOW = 5, 10


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--public", action="store_true", help="for publishing: fewer than 5 answers are hidden")
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of a table")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        found = asyncio.run(_read(settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    lines = list(_lines(office, found))
    if options.csv:
        _write_csv(lines, public=options.public)
    else:
        print(_table(lines, public=options.public))
    return 0


async def _read(settings: Settings) -> list[Tally]:
    db = await open_database(settings, clock_from(settings.clock))
    try:
        async with db.read() as session:
            return await tallies(session)
    finally:
        await db.close()


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    code: str
    name: str
    figures: Figures
    series: int  # of these answers, how many belong to a suspicious series


def _lines(office: Office, found: list[Tally]) -> Iterable[Line]:
    """Every point and service of the office, also those without an answer, then what is no longer in the folder."""
    known = {(t.kind, t.ident): t for t in found}
    for point in office.points:
        if not point.internal:
            yield _line("точка", point.code, office.text(point.name, "ru"), known.pop(("point", point.code), None))
    for service in office.services:
        name = office.text(service.name, "ru")
        yield _line("услуга", service.code, name, known.pop(("service", service.code), None))
    for (kind, ident), tally in sorted(known.items()):
        channel = office.point_by_code(ident)
        names = {
            "bot": f"Работа бота: {office.text(channel.name, 'ru')}" if channel else "Работа бота в браузере",
            "point": "Точка (удалена)",
            "service": "Услуга (удалена)",
        }
        yield _line(
            {"point": "точка", "service": "услуга", "bot": "бот"}.get(kind, "ответы"),
            ident,
            names.get(kind, "Ответы сотрудников"),
            tally,
        )


def _line(kind: str, code: str, name: str, tally: Tally | None) -> Line:
    return Line(kind, code, name, figures(tally.marks if tally else {}), tally.series if tally else 0)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f}".replace(".", ",")


def _remark(line: Line, public: bool) -> str:
    n = line.figures.n
    if n == 0:
        return "нет оценок"
    if public and n < HIDDEN_BELOW:
        return "скрыто: меньше 5 оценок"
    remark = "мало данных" if n < FEW_BELOW else ""
    if line.series:
        remark = "; ".join(filter(None, [remark, f"серия одинаковых оценок: {line.series}"]))
    return remark


def _table(lines: list[Line], *, public: bool) -> str:
    head = ["", "n", "доля 4–5, %", "интервал 95 %", "средняя", "5", "4", "3", "2", "1", ""]
    rows = [head]
    for line in lines:
        f = line.figures
        hidden = f.n == 0 or (public and f.n < HIDDEN_BELOW)
        name = f"{line.code} {line.name}"
        name = name if len(name) <= 46 else name[:45] + "…"
        cells = (
            ["–"] * 9
            if hidden
            else [
                str(f.n),
                _percent(f.share),
                f"{_percent(f.low)}–{_percent(f.high)}",
                f"{f.mean:.2f}".replace(".", ",") if f.mean is not None else "–",
                *(str(f.distribution.get(mark, 0)) for mark in (5, 4, 3, 2, 1)),
            ]
        )
        if f.n == 0:
            cells[0] = "0"
        rows.append([name, *cells, _remark(line, public)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    text = "\n".join(
        "  ".join(
            cell.ljust(width) if i in (0, 10) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    return (
        text
        + "\n\nДоля 4–5: 100 × (n₄ + n₅) / n, интервал Уилсона 95 %. «Затрудняюсь ответить» в n не входит."
        + f"\nМеньше {FEW_BELOW} оценок – «мало данных», сравнивать нельзя."
    )


def _write_csv(lines: list[Line], *, public: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ["kind", "code", "name", "n", "share", "low", "high", "mean", "5", "4", "3", "2", "1", "series", "remark"]
    )
    for line in lines:
        f = line.figures
        remark = _remark(line, public)
        if f.n == 0 or (public and f.n < HIDDEN_BELOW):
            writer.writerow([line.kind, line.code, line.name, 0 if f.n == 0 else "", *[""] * 10, remark])
            continue
        numbers = [f"{v:.4f}" if v is not None else "" for v in (f.share, f.low, f.high, f.mean)]
        marks = [f.distribution.get(mark, 0) for mark in (5, 4, 3, 2, 1)]
        writer.writerow([line.kind, line.code, line.name, f.n, *numbers, *marks, line.series, remark])
