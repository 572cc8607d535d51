"""Clients who agreed to be invited, and another system that reports their visits."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta

from backend import invitations, tokens
from backend.feedback import Subject
from backend.invitations import Visit
from tests.base.talk import Person, Talk

ROOM = Subject("point", "Т5")
_numbers = itertools.count(1)


async def agrees(client: Person) -> str:
    """Take a code in the menu; gives it as it is shown."""
    await client.types("приглашения")
    await client.presses("code")
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", client.text)
    assert found, client.text
    return found[0]


async def visits(
    talk: Talk, code: str, *, subject: Subject = ROOM, at: datetime | None = None, ident: str = ""
) -> None:
    """The other system reports a visit that has just ended, or ended then."""
    read = invitations.read_code(code)
    assert read is not None
    visit = Visit(ident or f"v{next(_numbers)}", read, subject, at or talk.now)
    async with talk.app.db.begin() as session:
        rules, calendar = talk.app.office.rules, talk.app.calendar()
        await invitations.plan(session, talk.app.keys, "queue", visit, rules, calendar, talk.now)


async def token_of(talk: Talk, person: str = "chernykh", *, days: int = 365) -> str:
    async with talk.app.db.begin() as session:
        today = talk.app.calendar().today(talk.now)
        return await tokens.make(session, person=person, label="очередь", days=days, now=talk.now, today=today)


async def later(talk: Talk, **delta: float) -> None:
    """Time goes by, and the jobs of one minute run."""
    talk.now += timedelta(**delta)
    await talk.minute()


async def invited(talk: Talk, channel: str = "telegram", ident: int = 7, *, language: str = "ru") -> Person:
    """A client before whom an invitation about room 104 lies: Monday, a quarter past eleven."""
    client = talk.client(channel, ident, language=language)
    await client.starts()
    code = await agrees(client)
    await visits(talk, code)
    await later(talk, minutes=75)
    return client
