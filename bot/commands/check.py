"""`python -m bot check`: is the office folder right, and does anybody hear an alert?"""

from __future__ import annotations

import argparse
import asyncio
import sys
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from backend import calendar, staff
from backend.appeals import checks_live
from backend.calendar import WorkCalendar
from backend.clock import clock_from, office_day
from backend.db import Database, DatabaseAway
from backend.knowledge import checks, imports, templates
from backend.knowledge.checks import Around, Remark
from backend.knowledge.model import Template
from backend.migrate import current, newest
from backend.office import Fault, Office, load
from backend.settings import BadSettings, Settings, secret_key
from bot.opening import ACTIONS
from qr import address


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="warnings count as faults")


def main(options: argparse.Namespace, settings: Settings) -> int:
    if not settings.office_dir.is_dir():
        print(f"fault: OFFICE_DIR: there is no folder {settings.office_dir}", file=sys.stderr)
        return 1
    office, faults = load(settings.office_dir, actions=ACTIONS, today=clock_from(settings.clock)().date())
    lines = [f"{f.level}: {f}" if not str(f).startswith(f.level) else str(f) for f in faults]
    bad = sum(f.level == "fault" for f in faults)
    warnings = len(faults) - bad
    if office is not None:
        more = asyncio.run(_people(settings, {p.id: p.full for p in office.persons}))
        try:
            secret_key(settings)
        except BadSettings as error:
            lines.append(f"fault: {error}")
            bad += 1
        year = asyncio.run(_year(settings, office))
        if year is not None:
            more.append(
                f"warning: calendar: {year} is not confirmed, its dates are told as preliminary: compare the days off "
                f'with the government\'s decree, then python -m bot calendar confirm {year} --basis "…"'
            )
        why = (address.reachable(settings.url) or "").rpartition(" / ")[2]
        if why:
            more.append(
                f"warning: PUBLIC_URL: phones cannot reach {settings.url} ({why}); posters print only as drafts"
            )
        needed = asyncio.run(_needed(settings, office))
        lines += [f"fault: {fault}" for fault in needed]
        bad += len(needed)
        faulty, remarks = asyncio.run(_knowledge(settings, office))
        lines += [f"fault: {fault}" for fault in faulty]
        bad += len(faulty)
        more += [f"warning: {remark}" for remark in remarks]
        warnings += len(more)
        lines += more
    for line in lines:
        print(line)
    points = len(office.points) if office else 0
    print(f"{settings.office_dir}: faults {bad}, warnings {warnings}" + (f"; points {points}" if office else ""))
    if bad:
        print("Otklik does not start with a fault.", file=sys.stderr)
    return 1 if bad or (options.strict and warnings) else 0


async def _year(settings: Settings, office: Office) -> int | None:
    """The year whose calendar waits for its confirmation; by the production calendar alone without a database."""
    zone, now = ZoneInfo(office.timezone), clock_from(settings.clock)()
    db = Database(settings.database, settings.database_timeout)
    try:
        if await current(db) is None:
            return WorkCalendar(office.week, zone).unconfirmed_year(now)
        async with db.read() as session:
            return (await calendar.read(session, office.week, zone)).unconfirmed_year(now)
    except (DatabaseAway, SQLAlchemyError, OSError):
        return WorkCalendar(office.week, zone).unconfirmed_year(now)
    finally:
        await db.close()


async def _needed(settings: Settings, office: Office) -> list[str]:
    """What appeals that are under way need and the folder no longer has."""
    db = Database(settings.database, settings.database_timeout)
    try:
        if await current(db) != newest():
            return []
        async with db.read() as session:
            return await checks_live.missing(session, office)
    except (DatabaseAway, SQLAlchemyError, OSError):
        return []  # said already, of the staff
    finally:
        await db.close()


async def _knowledge(settings: Settings, office: Office) -> tuple[list[Fault], list[str]]:
    """What is wrong with the files of the knowledge base; and what to look at in them and in what is published."""
    texts, faults = imports.texts_of(settings.office_dir)
    known: dict[str, bool] = {}
    published: list[tuple[Template, dict[str, str]]] = []
    today = office_day(clock_from(settings.clock)(), ZoneInfo(office.timezone))
    db = Database(settings.database, settings.database_timeout)
    try:
        if await current(db) == newest():
            async with db.read() as session:
                known = dict((await templates.around(session, office)).templates)
                published = await templates.all_published(session)
    except (DatabaseAway, SQLAlchemyError, OSError):
        pass  # said already, of the staff
    finally:
        await db.close()
    around = Around(office, known, ACTIONS, checks.has_file_in(settings.office_dir))
    more, warnings = imports.judge(imports.read(texts), around, today)
    lines = [str(warning) for warning in warnings]
    told = {(f.path.partition("(")[2].partition(")")[0], f.message) for f in (*more, *warnings)}
    beside: dict[str, list[Remark]] = {}
    for ident, remark in checks.compare(template for template, _ in published):
        beside.setdefault(ident, []).append(remark)
    for template, accepted in published:
        remarks = [*checks.examine(template, around), *beside.get(template.id, [])]
        lines += [
            f"knowledge base: {template.id}: {remark}"
            for remark in checks.unsettled(remarks, accepted)
            if (template.id, remark.message) not in told
        ]
    late = sorted(template.id for template, _ in published if template.review_on < today)
    if late:
        shown = ", ".join(late[:5]) + ("…" if len(late) > 5 else "")
        lines.append(
            f"knowledge base: past their review date: {len(late)} ({shown}): python -m bot knowledge list --overdue"
        )
    return [*faults, *more], lines


async def _people(settings: Settings, persons: dict[str, str]) -> list[str]:
    """Who never joined, and whether any alert can arrive."""
    db = Database(settings.database, settings.database_timeout)
    try:
        if await current(db) is None:
            return ["warning: the database is empty: nobody of the staff has joined yet"]
        async with db.read() as session:
            joined = await staff.joined(session)
            groups = await staff.bound_groups(session)
    except (DatabaseAway, SQLAlchemyError, OSError) as error:
        return [f"warning: DATABASE_URL: the database cannot be read ({type(error).__name__}); staff were not checked"]
    finally:
        await db.close()
    lines = [
        f"warning: staff.yaml: {name} ({ident}) has never joined: python -m bot invite {ident}"
        for ident, name in persons.items()
        if ident not in joined
    ]
    channel = settings.staff_chat.partition(":")[0]
    if channel and not (settings.telegram_token if channel == "telegram" else settings.vk_token):
        lines.append(
            f"warning: STAFF_CHAT is in {channel}, but {channel.upper()}_TOKEN is not set: nothing arrives there"
        )
    pushed = any(set(channels) - {"web", "console"} for channels in joined.values())
    if not pushed and not groups and not settings.staff_chat:
        if any("web" in channels for channels in joined.values()):
            lines.append(
                "warning: alerts reach people only in the browser: STAFF_CHAT is not set, nobody joined by a messenger"
            )
        else:
            lines.append("warning: no reachable alert address: nobody has joined, STAFF_CHAT is not set")
    return lines
