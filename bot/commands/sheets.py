"""`python -m bot sheets`: what is printed and hangs where; further codes, codes of events, revoking."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend import codes
from backend.clock import clock_from, office_day
from backend.codes import BadCode, Hanging
from backend.db import Database
from backend.office import Office, Point
from backend.settings import Settings
from bot.cells import cell
from bot.opening import CannotStart, open_database, read_office
from qr import address

BY = "administrator"
LONGEST = {"place": 120, "reason": 300, "number": 40}
SOON = "Работающая программа узнает об этом в течение минуты."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of a table")
    parser.add_argument("--all", action="store_true", help="also sheets that were taken down")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    new = actions.add_parser("new", help="a further code of a point, also one for an event with dates")
    new.add_argument("point", help="code or token of the point")
    new.add_argument("--place", required=True, help="where it will hang, in your words")
    new.add_argument("--from", dest="since", metavar="DATE", help="first day on which it works")
    new.add_argument("--until", metavar="DATE", help="last day on which it works")
    revoke = actions.add_parser("revoke", help="a code stops working: its paper was lost, stolen, pasted over")
    revoke.add_argument("token")
    revoke.add_argument("--reason", required=True)
    restore = actions.add_parser("restore", help="a revoked code works again")
    restore.add_argument("token")
    withdraw = actions.add_parser("withdraw", help="a sheet was taken down")
    withdraw.add_argument("id", help="its number in the first column of the register")
    register = actions.add_parser("register", help="a sheet that was printed elsewhere")
    register.add_argument("token")
    register.add_argument("--size", required=True, help="of the paper: A6, A5, A4, A3, tent, sticker")
    register.add_argument("--place", required=True, help="where it hangs, in your words")
    register.add_argument("--number", help="number of the sheet (as points.yaml says)")
    register.add_argument("--version", help="version of the sheet (as points.yaml says)")
    register.add_argument("--since", metavar="DATE", help="the day it was printed (today)")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_sheets(options, settings))
    except (CannotStart, Wrong) as error:
        print(error, file=sys.stderr)
        return 2


class Wrong(Exception):
    """What was asked for cannot be done; says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every action works with."""

    db: Database
    office: Office
    settings: Settings
    now: datetime
    today: date


async def _sheets(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        now = clock()
        desk = _Desk(db, office, settings, now, office_day(now, ZoneInfo(office.timezone)))
        match options.action:
            case "new":
                await _new(desk, options)
            case "revoke":
                await _revoke(desk, options)
            case "restore":
                await _restore(desk, options)
            case "withdraw":
                await _withdraw(desk, options)
            case "register":
                await _register(desk, options)
            case _:
                await _list(desk, options)
        return 0
    finally:
        await db.close()


# --- the register -----------------------------------------------------------------------------------------


async def _list(desk: _Desk, options: argparse.Namespace) -> None:
    async with desk.db.read() as session:
        lines = await codes.register(session, desk.office, desk.today, withdrawn=options.all)
    if options.csv:
        _write_csv(desk, lines)
        return
    if not lines:
        print("Печатать пока нечего: ни у одной точки нет sheet в points.yaml.")
        return
    print(_table(desk, lines))
    hang = sum(line.id is not None and line.withdrawn_on is None for line in lines)
    bare = sum(line.id is None for line in lines)
    print(f"\nВисит листов: {hang}, кодов без листа: {bare}, с замечаниями: {sum(bool(n.remarks) for n in lines)}.")
    print("Открытия считаются по коду: отдельный код на каждый стенд покажет каждый стенд (sheets new).")


def _remarks(desk: _Desk, line: Hanging) -> str:
    found = []
    for remark in line.remarks:
        match remark:
            case "revoked":
                found.append("код отозван – снимите лист" if line.id is not None else "код отозван")
            case "closed":
                found.append("точка закрыта")
            case "gone":
                found.append("точки больше нет в points.yaml")
            case "over":
                found.append(f"код действовал до {_day(line.valid_until)}")
            case "early":
                found.append(f"код начнёт действовать {_day(line.valid_from)}")
            case "old_version":
                found.append("печать старше версии в points.yaml – перепечатайте")
            case "silent":
                found.append(f"{desk.office.rules.silence_days} дней без открытий")
            case "not_printed":
                found.append("лист не напечатан")
            case "unknown" | "open":
                pass
    if line.withdrawn_on is not None:
        found.append(f"снят {_day(line.withdrawn_on)}")
    return "; ".join(found)


def _where(desk: _Desk, line: Hanging) -> str:
    name = desk.office.text(line.point.name, "ru") if line.point is not None else line.point_code
    return f"{name} · {line.place}" if line.place else name


def _table(desk: _Desk, lines: Sequence[Hanging]) -> str:
    rows = [["№", "лист", "версия", "размер", "код", "где", "висит с", "открыт", "за 30 дней", ""]]
    for line in lines:
        where = _where(desk, line)
        rows.append(
            [
                str(line.id or "–"),
                line.number or "–",
                str(line.version or "–"),
                line.size or "–",
                line.token,
                where if len(where) <= 52 else where[:51] + "…",
                _day(line.printed_on),
                _day(line.last_scan),
                str(line.scans),
                _remarks(desk, line),
            ]
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    right = {0, 2, 8}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _write_csv(desk: _Desk, lines: Sequence[Hanging]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    head = "id number version size token point name place printed_on withdrawn_on last_scan scans_30_days remarks"
    writer.writerow(head.split())
    for line in lines:
        name = desk.office.text(line.point.name, "ru") if line.point is not None else ""
        days = [day.isoformat() if day else "" for day in (line.printed_on, line.withdrawn_on, line.last_scan)]
        sheet = [line.id or "", cell(line.number), line.version or "", line.size]
        writer.writerow(
            [
                *sheet,
                line.token,
                cell(line.point_code),
                cell(name),
                cell(line.place),
                *days,
                line.scans,
                _remarks(desk, line),
            ]
        )


# --- codes ------------------------------------------------------------------------------------------------


async def _new(desk: _Desk, options: argparse.Namespace) -> None:
    point = _point(desk.office, options.point)
    since, until = _date("--from", options.since), _date("--until", options.until)
    if until is not None and until < desk.today:
        raise Wrong(f"--until: {_day(until)} уже прошло.")
    try:
        async with desk.db.begin() as session:
            token = await codes.make(
                session,
                desk.office,
                point=point,
                place=_line("--place", options.place, LONGEST["place"]),
                valid_from=since,
                valid_until=until,
                now=desk.now,
                by=BY,
            )
    except BadCode as error:
        if error.why == "dates":
            raise Wrong(f"--until: {_day(until)} раньше, чем --from {_day(since)}.") from None
        raise Wrong(f"{point.code}: внутренняя точка, клиенты её кодом не пользуются.") from None
    print(f"Новый код точки «{desk.office.text(point.name, 'ru')}»: {token}")
    print(f"Адрес: {address.words(desk.settings.url, token)}{_term(since, until)}")
    if not point.open:
        print("Точка сейчас закрыта: код поведёт к ближайшей открытой.")
    if point.sheet is None:
        print(f"Чтобы напечатать лист, добавьте sheet точке {point.code} в points.yaml.")
    else:
        print(f"Напечатать: python -m bot sheet {token} --output {token}.pdf")
    print(SOON)


def _term(since: date | None, until: date | None) -> str:
    words = [f"с {_day(since)}" if since else "", f"по {_day(until)} включительно" if until else ""]
    return f", действует {' '.join(filter(None, words))}" if since or until else ""


async def _revoke(desk: _Desk, options: argparse.Namespace) -> None:
    token = _token(options.token)
    reason = _line("--reason", options.reason, LONGEST["reason"])
    try:
        async with desk.db.begin() as session:
            await codes.revoke(session, desk.office, token, reason=reason, now=desk.now, by=BY)
            lines = await codes.register(session, desk.office, desk.today)
    except BadCode as error:
        if error.why == "revoked":
            raise Wrong(f"Код {token} уже отозван.") from None
        raise _no_such(token) from None
    print(f"Код {token} отозван: {reason}")
    hang = [line for line in lines if line.token == token and line.id is not None]
    for line in hang:
        print(f"Снимите лист № {line.id}: {line.number}, {line.size}, {_where(desk, line)}")
    if hang:
        print("Когда снимете: python -m bot sheets withdraw №")
    print("Кто откроет его, увидит, что код не действует, и ближайшее открытое место. " + SOON)


async def _restore(desk: _Desk, options: argparse.Namespace) -> None:
    token = _token(options.token)
    try:
        async with desk.db.begin() as session:
            await codes.restore(session, token, now=desk.now, by=BY)
    except BadCode:
        raise Wrong(f"Код {token} не отозван. Все коды: python -m bot sheets") from None
    print(f"Код {token} снова действует. {SOON}")


# --- paper ------------------------------------------------------------------------------------------------


async def _withdraw(desk: _Desk, options: argparse.Namespace) -> None:
    if not options.id.isdecimal() or len(options.id) > 9:
        raise Wrong(f"«{options.id}»: нужен номер из первого столбца: python -m bot sheets")
    async with desk.db.begin() as session:
        done = await codes.withdraw(session, int(options.id), now=desk.now, today=desk.today, by=BY)
    if not done:
        raise Wrong(f"Листа № {options.id} нет, или он уже снят. Что висит: python -m bot sheets")
    print(f"Лист № {options.id} снят {_day(desk.today)}.")


async def _register(desk: _Desk, options: argparse.Namespace) -> None:
    from qr.sheet import SIZES

    token = _token(options.token)
    size = next((name for name in SIZES if name.casefold() == options.size.casefold()), None)
    if size is None:
        raise Wrong(f"--size: «{options.size}»; бывает {', '.join(SIZES)}")
    since = _date("--since", options.since) or desk.today
    if since > desk.today:
        raise Wrong(f"--since: {_day(since)} ещё не наступило.")
    async with desk.db.begin() as session:
        row = await codes.code_of(session, token)
        point = desk.office.point(token) or (desk.office.point_by_code(row.point) if row is not None else None)
        if point is None:
            raise _no_such(token)
        number = options.number or (point.sheet.number if point.sheet else point.code)
        ident = await codes.record_printing(
            session,
            token=token,
            point=point.code,
            number=_line("--number", number, LONGEST["number"]),
            version=_version(options.version) or (point.sheet.version if point.sheet else 1),
            size=size,
            place=_line("--place", options.place, LONGEST["place"]),
            now=desk.now,
            today=since,
            by=BY,
        )
    print(f"Лист № {ident} записан: {number}, {size}, {options.place}, с {_day(since)}.")


# --- what was typed ---------------------------------------------------------------------------------------


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day is not None else "–"


def _date(option: str, text: str | None) -> date | None:
    """`2026-12-05` or `05.12.2026`. Raises Wrong naming the option."""
    if text is None:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007  a day of the office, without a time
        except ValueError:
            continue
    raise Wrong(f"{option}: такой даты нет: «{text}». Пишите так: 2026-12-05 или 05.12.2026.")


def _line(option: str, text: str, longest: int) -> str:
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise Wrong(f"{option}: напишите словами.")
    if len(words) > longest:
        raise Wrong(f"{option}: {len(words)} знаков, можно до {longest}.")
    return words


def _version(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 9999:
        raise Wrong(f"--version: «{text}»; нужно число от 1.")
    return int(text)


def _token(text: str) -> str:
    """A token in any spelling that people copy: with the address, in small letters."""
    found = address.recognise(text)
    if found is None:
        raise Wrong(f"«{text}» не похоже на код: 6–12 букв и цифр, как под QR-кодом.")
    return found[0]


def _point(office: Office, text: str) -> Point:
    found = address.recognise(text)
    point = office.point(found[0]) if found else None
    point = point or next((p for p in office.points if p.code.casefold() == text.strip().casefold()), None)
    if point is not None:
        return point
    near = office.find_points(text)[:5]
    known = "".join(f"\n  {p.code:<6} {p.token}  {office.text(p.name, 'ru')}" for p in near)
    raise Wrong(f"Точки «{text}» нет." + (f" Может быть:{known}" if known else " Все точки: python -m bot points"))


def _no_such(token: str) -> Wrong:
    return Wrong(f"Кода {token} нет. Все коды: python -m bot sheets, все точки: python -m bot points")
