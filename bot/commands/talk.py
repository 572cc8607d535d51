"""`python -m bot talk`: the same talk in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from backend import staff
from backend.office import Person
from backend.settings import Settings
from bot.channels.console import ConsoleChannel
from bot.compose import App, DatabaseCursor, build
from bot.logs import secrets_of, set_up_logging
from bot.messages import Start
from bot.opening import CannotStart, read_office


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("token", nargs="?", default="", help="token of a point, as printed under its code")
    parser.add_argument("--staff", metavar="PERSON", help="talk as this member of staff")


def main(options: argparse.Namespace, settings: Settings) -> int:
    set_up_logging(settings.log_format, logging.ERROR, hidden=secrets_of(settings))
    try:
        return asyncio.run(_talk(options, settings))
    except (CannotStart, KeyboardInterrupt) as error:
        print(error, file=sys.stderr)
        return 2


async def _talk(options: argparse.Namespace, settings: Settings) -> int:
    office, _ = read_office(settings)
    person = office.find_person(options.staff) if options.staff else None
    if options.staff and person is None:
        known = ", ".join(p.id for p in office.persons)
        raise CannotStart(f"staff.yaml: there is no person {options.staff!r}; known: {known}")
    ident = f"staff-{person.id}" if person else "client"
    channel = ConsoleChannel(print, lambda: input("> "), ident)
    app = await build(settings, {"console": channel})
    try:
        if person is not None:
            await _join(app, person, ident)
        app.start("marks", app.delivery.keep_marks())
        app.start("announcing", app.delivery.keep_announcing())
        app.start("deliver", app.delivery.run("console"))
        if options.token:
            channel.greets = False
            await channel.say(app.hear(channel), Start(options.token))
        await channel.receive(app.hear(channel), DatabaseCursor(app.db, "console"))
        return 0
    finally:
        await app.stop()


async def _join(app: App, person: Person, ident: str) -> None:
    """Whoever sits at this machine may be any member of staff: he holds the database anyway."""
    async with app.db.begin() as session:
        await staff.join(
            session,
            person=person.id,
            address=app.keys.hash(f"console:{ident}"),
            channel="console",
            sealed=app.keys.seal(ident),
            now=app.clock(),
        )
