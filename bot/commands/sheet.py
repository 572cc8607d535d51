"""`python -m bot sheet`: posters, table tents, stickers and paper forms of points; one, a list or all of them."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from backend import codes
from backend.clock import clock_from, office_day
from backend.codes import LiveCodes
from backend.db import Database, DatabaseAway
from backend.office import Office, Point
from backend.settings import Settings
from bot import paper
from bot.opening import CannotStart, open_database, read_office
from qr import address, form, sheet
from qr.brand import Brand
from qr.sheet import FORMATS, SIZES, Format

BY = "administrator"
PLACE_LIMIT = 120
VOLUME = 250  # sheets in one PDF: a typesetter's page takes about a megabyte of memory
INTERRUPTED = 130  # what a shell expects after Ctrl+C


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tokens", nargs="*", metavar="TOKEN", help="tokens of the points, or their further codes")
    parser.add_argument("--all", action="store_true", help="every open point with a sheet, and its further codes")
    parser.add_argument("--size", choices=SIZES, default="A4", help="of the paper (A4); tent: two A6 on an A5, folded")
    parser.add_argument("--format", choices=FORMATS, help="pdf, png (300 dpi) or svg (as the output ends, else pdf)")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="file; for several sheets one .pdf with a page for each, or a folder with a file for each",
    )
    parser.add_argument("--draft", action="store_true", help="print «ОБРАЗЕЦ» across it, whatever the address")
    parser.add_argument("--place", default="", metavar="TEXT", help="where it will hang, for the register of sheets")
    parser.add_argument("--form", action="store_true", help="the survey of the point as a paper form (pdf)")


class Refused(Exception):
    """Nothing was printed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Job:
    """One sheet to print: a token of the point, and where it is meant to hang."""

    token: str
    point: Point
    place: str = ""


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        return _print(options, settings, office)
    except (CannotStart, Refused, ValueError) as error:
        print(error, file=sys.stderr)
        return 2


def _print(options: argparse.Namespace, settings: Settings, office: Office) -> int:
    if options.all and options.tokens:
        raise Refused("Назовите коды точек или --all, но не то и другое.")
    if not (options.all or options.tokens or options.form):
        raise Refused(f"Что напечатать? Назовите коды точек или --all.\n{_known(office)}")
    options.place = " ".join(options.place.split())
    if len(options.place) > PLACE_LIMIT or not options.place.isprintable():
        raise Refused(f"--place: одна строка, не больше {PLACE_LIMIT} знаков.")
    clock = clock_from(settings.clock)
    now = clock()
    today = office_day(now, ZoneInfo(office.timezone))
    jobs = _jobs(options, settings, office, today)
    why = (address.reachable(settings.url) or "").partition(" / ")[0]
    if why and not options.draft and jobs:
        raise Refused(
            f"PUBLIC_URL: телефоны не откроют {settings.url} ({why}). Задайте PUBLIC_URL или добавьте --draft."
        )
    brand = paper.brand_of(office, settings.office_dir)
    if options.form:
        return _print_forms(options, settings, office, jobs, brand, today)
    try:
        sheets = [paper.sheet_of(office, job.point, job.token, settings.url, draft=options.draft) for job in jobs]
    except paper.NotPrintable as error:
        raise Refused(str(error)) from error
    done: list[Job] = []
    result = 2
    try:
        result = _draw(options, jobs, sheets, brand, done)
    except KeyboardInterrupt:
        print(f"{_new_line()}Прервано. {_of_all(done, jobs)}", file=sys.stderr)
        result = INTERRUPTED
    except OSError as error:
        print(f"{_new_line()}{_trouble(error, options.output)} {_of_all(done, jobs)}", file=sys.stderr)
    if done and not options.draft:
        try:
            asyncio.run(_record(settings, done, options, now, today))
        except (CannotStart, DatabaseAway, SQLAlchemyError, OSError) as error:
            print(f"Листы готовы, но в журнал печати не записаны: {error}", file=sys.stderr)
            return 2
    return result


# --- what to print ----------------------------------------------------------------------------------------


def _known(office: Office) -> str:
    return "Известны:\n" + "\n".join(f"  {p.token}  {office.text(p.name, 'ru')}" for p in office.points if p.token)


def _jobs(options: argparse.Namespace, settings: Settings, office: Office, today: date) -> list[Job]:
    tokens = list(dict.fromkeys(token.upper() for token in options.tokens))
    named = {token: office.point(token) for token in tokens}
    if options.draft and not options.all and all(named.values()):  # a draft needs no database
        return [Job(token, point, options.place) for token, point in named.items() if point is not None]
    if not options.all and not tokens:
        return []
    jobs, remarks = asyncio.run(_looked_up(options, settings, office, tokens, today))
    for remark in remarks:
        print(remark, file=sys.stderr)
    if not jobs:
        raise Refused("Печатать нечего: ни у одной открытой точки нет sheet в points.yaml.")
    return jobs


async def _looked_up(
    options: argparse.Namespace, settings: Settings, office: Office, tokens: Sequence[str], today: date
) -> tuple[list[Job], list[str]]:
    """The jobs as the database knows the codes, and what is worth saying about them. Raises Refused."""
    db = await open_database(settings, clock_from(settings.clock))
    try:
        async with db.read() as session:
            if options.all:
                found = await codes.printable(session, office, today)
                return [Job(one.token, one.point, options.place or one.place) for one in found], []
            live = LiveCodes(office)
            await live.refresh(session)
    except (DatabaseAway, SQLAlchemyError) as error:
        raise Refused(f"DATABASE_URL: база данных не отвечает: {error}") from error
    finally:
        await db.close()
    jobs, remarks = [], []
    for token in tokens:
        code = live.find(token, today)
        if code.point is None:
            raise Refused(f"points.yaml: нет точки с кодом {token}. {_known(office)}")
        if code.state in ("revoked", "over"):
            ended = "отозван" if code.state == "revoked" else f"действовал до {code.ended:%d.%m.%Y}"
            raise Refused(f"{token}: код {ended}, печатать его нельзя. Новый: python -m bot sheets new.")
        if code.state == "closed":
            remarks.append(f"{token}: точка закрыта, лист поведёт к ближайшей открытой.")
        jobs.append(Job(token, code.point, options.place or code.place))
    return jobs, remarks


# --- drawing ----------------------------------------------------------------------------------------------


def _draw(
    options: argparse.Namespace, jobs: list[Job], sheets: list[sheet.Sheet], brand: Brand, done: list[Job]
) -> int:
    """Draw and write; what is whole on the disk is added to `done`."""
    output: Path = options.output
    ending = output.suffix.lower().removeprefix(".")
    kind = cast(Format, options.format or (ending if ending in FORMATS else "pdf"))
    if options.format is None and ending and ending not in FORMATS and not output.is_dir() and not options.all:
        raise Refused(f"{output}: листы бывают pdf, png и svg. Назовите файл так или добавьте --format.")
    to_folder = output.is_dir() or (ending not in FORMATS and (options.all or len(jobs) > 1))
    if len(jobs) > 1 and not to_folder and kind != "pdf":
        raise Refused(f"{output}: несколько листов в один файл только в pdf; для {kind} назовите папку.")
    progress = _progress(len(jobs))
    if not to_folder and len(jobs) == 1:
        write_whole(output, sheet.render(sheets[0], options.size, kind, brand))
        done += jobs
        print(f"{output}: {sheets[0].number}, {sheets[0].address_words}")
        return 0
    if not to_folder:
        for first in range(0, len(jobs), VOLUME):
            file = output if len(jobs) <= VOLUME else output.with_stem(f"{output.stem}-{first // VOLUME + 1}")
            volume = slice(first, first + VOLUME)
            content = sheet.book(sheets[volume], options.size, brand, _later(progress, first))
            write_whole(file, content)
            done += jobs[volume]
            print(f"{file}: листов {len(jobs[volume])}, {options.size}")
        return 0
    output.mkdir(parents=True, exist_ok=True)
    faults = []
    for count, (job, one) in enumerate(zip(jobs, sheets, strict=True), 1):
        try:
            content = sheet.render(one, options.size, kind, brand)
        except ValueError as error:
            faults.append(f"{job.token}: {error}")
            continue
        # Two codes of one point share the number of its sheet.
        name = re.sub(r"[^\w.-]+", "-", f"{one.number}_{job.token}_{options.size}.{kind}")
        write_whole(output / name, content)
        done.append(job)
        progress(count)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{output}: листов {len(done)}, {options.size}, {kind}")
    return 2 if faults else 0


def _print_forms(
    options: argparse.Namespace, settings: Settings, office: Office, jobs: list[Job], brand: Brand, today: date
) -> int:
    if (options.format or "pdf") != "pdf" or options.output.suffix.lower() in (".png", ".svg"):
        raise Refused("--form: анкета печатается только в pdf.")
    forms = []
    wanted: list[Job | None] = [*jobs] or [None]
    for job in wanted:
        survey = office.surveys.get(job.point.survey if job else "visit")
        if survey is None:
            raise Refused("surveys/visit.yaml: такой анкеты нет; назовите код точки.")
        for side in paper.SIDES:
            forms.append(
                paper.form_of(
                    office,
                    survey,
                    side,
                    point=job.point if job else None,
                    token=job.token if job else "",
                    url=settings.url,
                    today=today,
                    draft=options.draft,
                )
            )
    try:
        write_whole(options.output, form.render(forms, brand))
    except OSError as error:
        raise Refused(_trouble(error, options.output)) from error
    print(f"{options.output}: анкета на русском и английском{f', точек {len(jobs)}' if len(jobs) > 1 else ''}")
    return 0


def write_whole(file: Path, content: bytes) -> None:
    """Either the whole file under its name, or nothing: a full disk or Ctrl+C leaves no half of it. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())  # some disks notice only now that they are full
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _progress(total: int) -> Callable[[int], None]:
    """«12 из 200» on stderr: in place on a terminal, now and then a line elsewhere. A single sheet needs none."""
    step = 1 if sys.stderr.isatty() else max(1, total // 10)

    def show(count: int) -> None:
        if total == 1 or (count % step and count != total):
            return
        if sys.stderr.isatty():
            print(f"\r{count} из {total}", end="\n" if count == total else "", file=sys.stderr, flush=True)
        else:
            print(f"{count} из {total}", file=sys.stderr)

    return show


def _new_line() -> str:
    """A terminal still shows the progress on this line."""
    return "\n" if sys.stderr.isatty() else ""


def _later(progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    return lambda count: progress(before + count)


def _trouble(error: OSError, output: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{output}: на диске нет места. Освободите место и повторите."
    return f"{output}: записать не удалось: {error.strerror or error}."


def _of_all(done: list[Job], jobs: list[Job]) -> str:
    if not done:
        return "Не напечатано ничего."
    names = ", ".join(job.token for job in done)
    return f"Готовы {len(done)} из {len(jobs)}: {names}."


# --- the register -----------------------------------------------------------------------------------------


async def _record(settings: Settings, done: list[Job], options: argparse.Namespace, now: datetime, today: date) -> None:
    db: Database = await open_database(settings, clock_from(settings.clock))
    try:
        async with db.begin() as session:
            for job in done:
                words = job.point.sheet
                if words is None:  # a form, which does not hang anywhere
                    continue
                await codes.record_printing(
                    session,
                    token=job.token,
                    point=job.point.code,
                    number=words.number,
                    version=words.version,
                    size=options.size,
                    place=job.place,
                    now=now,
                    today=today,
                    by=BY,
                )
    finally:
        await db.close()
