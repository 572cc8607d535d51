"""`python -m bot points`: the register of touchpoints, digital and offline (requirements 2.05–2.07, 2.22)."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence

from backend.office import Office, Point
from backend.office.catalogue import KINDS, NEEDS, PLACES, kind_name
from backend.settings import Settings
from bot.cells import cell
from bot.opening import CannotStart, read_office

HEAD = ("group", "code", "token", "name", "kind", "place_kind", "kind_name", "needs", "owner", "state")
GROUPS = ((True, "Цифровые точки"), (False, "Нецифровые точки"))


def arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--digital", action="store_true", help="only digital points")
    group.add_argument("--offline", action="store_true", help="only points that are not digital")
    group.add_argument("--kinds", action="store_true", help="the official catalogue: types, sub-places, needs")
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of a table")


def main(options: argparse.Namespace, settings: Settings) -> int:
    if options.kinds:
        print(_catalogue())
        return 0
    try:
        office, _ = read_office(settings)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    shown = [
        point
        for point in office.points
        if not (options.digital and not is_digital(point)) and not (options.offline and is_digital(point))
    ]
    if options.csv:
        _write_csv(office, shown)
    else:
        _print(office, shown)
    return 0


def is_digital(point: Point) -> bool:
    return KINDS[point.kind].digital


def _row(office: Office, point: Point) -> list[str]:
    person = office.person(point.owner) if point.owner else None
    state = "внутренняя" if point.internal else "открыта" if point.open else "закрыта"
    kind = f"{point.kind} {office.text(kind_name(point.kind, point.place_kind), 'ru')}"
    needs = ", ".join(map(str, sorted(point.needs))) or "не указаны"
    owner = person.short if person else "нет"
    return [point.code, point.token or "–", office.text(point.name, "ru"), kind, needs, owner, state]


def _print(office: Office, shown: Sequence[Point]) -> None:
    head = ["", "код", "точка", "тип", "потребности", "отвечает", ""]
    rows = {id(point): [_cut(cell, 46) for cell in _row(office, point)] for point in shown}
    widths = [max(len(row[i]) for row in [head, *rows.values()]) for i in range(len(head))]
    for digital, title in GROUPS:
        group = [point for point in shown if is_digital(point) is digital]
        if not group:
            continue
        print(f"{title}: {len(group)}")
        for row in [head, *(rows[id(point)] for point in group)]:
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        print()
    named = ", ".join(f"{number} – {words['ru']}" for number, words in NEEDS.items())
    print(f"Всего точек: {len(shown)}. Потребности: {named}.")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _write_csv(office: Office, shown: Sequence[Point]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEAD)
    for point in shown:
        code, _, name, _, needs, owner, state = _row(office, point)
        kind = office.text(kind_name(point.kind, point.place_kind), "ru")
        group = "digital" if is_digital(point) else "offline"
        writer.writerow(
            [
                group,
                cell(code),
                point.token or "",
                cell(name),
                point.kind,
                point.place_kind or "",
                kind,
                needs,
                cell(owner),
                state,
            ]
        )


def _catalogue() -> str:
    lines = []
    for digital, title in GROUPS:
        group = [kind for kind in KINDS.values() if kind.digital is digital]
        lines.append(f"{title}, типов: {len(group)}")
        for kind in group:
            lines.append(f"  {kind.number:<5} {kind.name['ru']}" + (f", {kind.link}" if kind.link else ""))
            if kind.number == "8.3":
                lines += [f"        {key:<10} {words['ru']}" for key, words in PLACES.items()]
        lines.append("")
    lines.append(f"Потребности: {len(NEEDS)}")
    return "\n".join([*lines, *(f"  {number:<5} {words['ru']}" for number, words in NEEDS.items())])
