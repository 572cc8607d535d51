"""`python -m bot sheet TOKEN`: the poster of a point."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.settings import Settings
from bot.opening import CannotStart, read_office
from qr import address


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("token", help="token of the point")
    parser.add_argument("--size", default="A4", help="size of the paper (A4)")
    parser.add_argument("--format", choices=("pdf", "png"), default="pdf")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--draft", action="store_true", help="print «ОБРАЗЕЦ» across it, whatever the address")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    point = office.point(options.token)
    if point is None or point.token is None:
        known = "\n".join(f"  {p.token}  {office.text(p.name, 'ru')}" for p in office.points if p.token)
        print(
            f"points.yaml: there is no point with the token {options.token!r}. Known:\n{known}",
            file=sys.stderr,
        )
        return 2
    if point.sheet is None:
        print(
            f"points.yaml: point {point.code}: sheet: add number, version, date and texts to print it",
            file=sys.stderr,
        )
        return 2
    why = (address.reachable(settings.url) or "").rpartition(" / ")[2]
    if why and not options.draft:
        print(
            f"PUBLIC_URL: phones cannot reach {settings.url} ({why}). Set PUBLIC_URL, or add --draft.",
            file=sys.stderr,
        )
        return 2
    from qr.sheet import Sheet, render

    def ru(text: dict[str, str]) -> str:
        return office.text(text, "ru")

    def en(text: dict[str, str]) -> str:
        return office.text(text, "en")

    sheet = Sheet(
        title_ru=ru(point.sheet.title),
        title_en=en(point.sheet.title),
        lead_ru=ru(point.sheet.lead),
        lead_en=en(point.sheet.lead),
        fallback_ru=ru(point.sheet.fallback),
        fallback_en=en(point.sheet.fallback),
        promise_ru=ru(point.sheet.promise),
        promise_en=en(point.sheet.promise),
        point_ru=ru(point.name),
        point_en=en(point.name),
        address_words=address.words(settings.url, point.token),
        code_text=address.printed(settings.url, point.token),
        phone=office.phone,
        number=point.sheet.number,
        version=point.sheet.version,
        date=point.sheet.date,
        office_ru=ru(office.name),
        office_en=en(office.name),
        draft=options.draft,
    )
    try:
        content = render(sheet, size=options.size, format=options.format)
        options.output.write_bytes(content)
    except (ValueError, OSError) as error:
        print(f"{options.output}: {error}", file=sys.stderr)
        return 2
    print(f"{options.output}: {point.sheet.number}, {address.words(settings.url, point.token)}")
    return 0
