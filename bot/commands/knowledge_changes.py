"""`python -m bot knowledge approve|publish|refuse|withdraw|restore ID --by PERSON`: the life of a template without the
HTTP API. Each is done in a person's name, under the same rules: nobody approves what he has written himself."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime
from typing import Any

from backend.clock import clock_from
from backend.db import DatabaseAway, Session
from backend.knowledge import checks, templates
from backend.knowledge.model import Template
from backend.office.model import Office, Person
from backend.settings import Settings
from bot.opening import ACTIONS, CannotStart, open_database, read_office

DONE = {
    "approve": "{id}: версия {n} утверждена. Опубликовать: python -m bot knowledge publish {id} --by …",
    "publish": "{id}: версия {n} опубликована, бот отвечает по ней.",
    "refuse": "{id}: версия {n} отклонена, автор увидит причину.",
    "withdraw": "{id}: ответ отозван, бот его больше не даёт.",
    "restore": "{id}: ответ возвращён, бот снова его даёт.",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="id of the template")
    parser.add_argument("--by", required=True, metavar="PERSON", help="in whose name: id or surname from staff.yaml")
    parser.add_argument("--version", type=int, metavar="N", help="the version; by default the one that is worked on")
    parser.add_argument("--reason", default="", help="refuse, withdraw: why")
    parser.add_argument("--accept", default="", metavar="REASON", help="approve: why the warnings may stay")
    parser.add_argument("--publish", action="store_true", help="approve: publish it at once")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_change(options, settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except templates.Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except DatabaseAway:
        print("База данных сейчас занята или недоступна: ничего не изменено. Повторите.", file=sys.stderr)
        return 1


def person(office: Office, name: str) -> Person:
    """Raises Refused with the names of those who may."""
    found = office.find_person(name)
    if found is None:
        known = "".join(f"\n  {p.id:<12} {p.full}" for p in office.persons if templates.may_edit(p))
        raise templates.Refused(f"--by: сотрудника «{name}» нет в staff.yaml. Править базу могут:{known}")
    return found


async def _change(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    by = person(office, options.by)
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        async with db.begin() as session:
            row = await templates.get(session, options.id)
            if row is None:
                raise templates.Unknown(f"Шаблона {options.id} нет. Список: python -m bot knowledge list")
            number = await _do(session, options, settings, office, by, row, clock())
    finally:
        await db.close()
    done = "publish" if options.part == "approve" and options.publish else options.part
    print(DONE[done].format(id=options.id, n=number))
    return 0


async def _do(
    session: Session,
    options: argparse.Namespace,
    settings: Settings,
    office: Office,
    by: Person,
    row: Any,
    now: datetime,
) -> int:
    part, ident = options.part, row.id
    if part == "withdraw":
        await templates.withdraw(session, ident, by=by, now=now, reason=options.reason)
        return 0
    if part == "restore":
        await templates.restore(session, ident, by=by, now=now)
        return 0
    number: int | None = options.version or row.draft
    if number is None:
        raise templates.WrongState(f"{ident}: ни одна версия не в работе.")
    if part == "refuse":
        await templates.refuse(session, ident, number, by=by, now=now, reason=options.reason)
        return number
    around = await templates.around(session, office, ACTIONS, checks.has_file_in(settings.office_dir))
    if part == "approve":
        accepted = {}
        draft = await templates.version(session, ident, number)
        if options.accept and draft is not None:
            remarks = checks.examine(Template.model_validate_json(draft.content), around)
            accepted = {r.key: options.accept for r in checks.unsettled(remarks, templates.accepted_of(draft))}
        await templates.approve(session, ident, number, by=by, now=now, around=around, accepted=accepted)
    if part == "publish" or options.publish:
        await templates.publish(session, ident, number, by=by, now=now, around=around)
    return number
