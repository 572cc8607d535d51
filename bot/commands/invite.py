"""`python -m bot invite PERSON`: three one-time links; `--group`: a code that binds a group."""

from __future__ import annotations

import argparse
import asyncio
import sys

from backend import staff
from backend.clock import clock_from
from backend.db import Session
from backend.identity import Keys
from backend.settings import Settings, secret_key
from backend.shared_state import get_place
from bot.opening import CannotStart, open_database, read_office


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("person", nargs="?", help="id of the person in staff.yaml")
    parser.add_argument("--group", action="store_true", help="a code for binding a group or chat")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        return asyncio.run(_invite(options, settings))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2


async def _invite(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    keys = Keys(secret_key(settings))
    clock = clock_from(settings.clock)
    person = office.find_person(options.person) if options.person else None
    if person is None and not options.group:
        known = "\n".join(f"  {p.id:<12} {p.full}, {office.text(p.post, 'ru')}" for p in office.persons)
        print(
            f"Кого пригласить? python -m bot invite <код>\n{known}\nГруппу: python -m bot invite --group",
            file=sys.stderr,
        )
        return 2
    db = await open_database(settings, clock)
    try:
        async with db.begin() as session:
            names = await _names(session)
            codes = {
                channel: await staff.invite(session, keys, person.id if person else None, channel, clock())
                for channel in ("telegram", "vk", "web")
            }
    finally:
        await db.close()
    if person is None:
        print(f"Код подключения группы действует {staff.INVITE_DAYS} дней, один раз.")
        link = _link(names.get("telegram.group"), f"bind-{codes['telegram']}")
        print(f"Telegram: {link or ''}".rstrip())
        print(f"  или добавьте бота в группу и напишите там: /bind@<имя бота> {codes['telegram']}")
        print(f"ВКонтакте: добавьте сообщество в беседу и упомяните его с кодом: @<сообщество> {codes['vk']}")
        return 0
    print(f"{person.full}: ссылки действуют {staff.INVITE_DAYS} дней, каждая один раз. Достаточно любой из трёх.")
    for channel, title in (("telegram", "Telegram "), ("vk", "ВКонтакте")):
        payload = f"join-{codes[channel]}"
        link = _link(names.get(channel), payload)
        print(f"{title}: {link or f'напишите боту: {payload}'}")
    print(f"Браузер  : {settings.url}/staff/join/{codes['web']}")
    return 0


async def _names(session: Session) -> dict[str, str]:
    """Deep links of our messengers as the running bot has learned them."""
    found = {name: await get_place(session, f"link.{name}") for name in ("telegram", "vk", "telegram.group")}
    return {name: link for name, link in found.items() if link}


def _link(template: str | None, payload: str) -> str:
    return template.replace("{payload}", payload) if template else ""
