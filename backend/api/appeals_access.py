"""What every route of appeals does first: who asks, about which appeal; and how the rules' refusals are said."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from backend import journal, tokens
from backend.api.appeals_description import refusal
from backend.api.appeals_shapes import Shown
from backend.api.problems import Problem
from backend.api.requests import answer, staff
from backend.appeals import access, events, following, numbers, registration, work
from backend.appeals.deadlines import Deadline
from backend.appeals.registration import Unfit
from backend.calendar import Calendar
from backend.clock import Clock
from backend.db import Database, Session
from backend.files import FileStore
from backend.identity import Keys
from backend.office.model import Office, Person

VIEWED_AGAIN: Final = timedelta(hours=1)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Appeals:
    """What the routes work on. `explain`: a deadline in words of a language; `day`: a day. `may_follow`: whether a
    channel may carry notices of appeals. `settled`: what a task says that a deed has settled."""

    db: Database
    office: Office
    keys: Keys
    clock: Clock
    calendar: Calendar
    explain: Callable[[str, Deadline, date], str]
    day: Callable[[str, date], str]
    may_follow: Callable[[str], bool]
    files: FileStore
    settled: str

    def today(self) -> date:
        return self.calendar().today(self.clock())

    def shown(self, language: str = "") -> Shown:
        spoken = language or self.office.languages[0]
        return Shown(self.office, self.calendar(), self.keys, self.clock(), spoken)

    def desk(self, session: Session, person: Person) -> work.Desk:
        return work.Desk(session, self.office, self.calendar(), self.keys, self.clock(), person)


# --- who asks, about what ---------------------------------------------------------------------------------


async def asking(session: Session, on: Appeals, request: Request) -> tuple[Any, Person]:
    """The token's row and its person. Raises Problem unless a member of staff of an office with appeals asks."""
    token, person = await staff(session, on.office, request, on.today())
    if on.office.appeals is None:
        raise Problem(404, "no_appeals", "This office keeps no appeals: it has no appeals.yaml.")
    return token, person


async def changing(session: Session, on: Appeals, request: Request) -> Person:
    """The same for a change, which is counted. Raises Problem."""
    token, person = await asking(session, on, request)
    seconds = int(time.time())
    if not await tokens.count(session, token, 1, on.clock(), on.today(), seconds):
        message = f"More than {tokens.PER_MINUTE} changes within a minute. Repeat after the given seconds."
        raise Problem(429, "too_many", message, retry_after=60 - seconds % 60)
    return person


async def visible(desk: work.Desk, number: str) -> Any:
    """The appeal of this number. Raises Problem, the same whether there is none or not for this person."""
    assert desk.person is not None
    row = await following.by_number(desk.session, numbers.canonical(number))
    if row is None or not access.may_see(desk.office, desk.person, row, await desk.away()):
        raise Problem(404, "unknown_appeal", "There is no such appeal.")
    return row


def language_of(on: Appeals, request: Request) -> str:
    given = request.query_params.get("language", "")
    if given and given not in on.office.languages:
        known = ", ".join(on.office.languages)
        raise Problem(422, "invalid", f"This office speaks {known}.", field="language")
    return given or on.office.languages[0]


def sent(model: BaseModel, status: int = 200, version: int | None = None) -> Response:
    return answer(model.model_dump(mode="json"), status, version)


async def told(on: Appeals, work_of: Callable[[], Awaitable[T]]) -> T:
    """Do it; a refusal of the rules becomes one of the API. Raises Problem."""
    try:
        return await work_of()
    except Unfit as unfit:
        message, field, more = refusal(registration.content_of(on.office), unfit)
        raise Problem(422, "unfit", message, field=field, more=more) from None
    except work.Stale as stale:
        raise _stale(on, stale) from None


def _stale(on: Appeals, stale: work.Stale) -> Problem:
    by = on.shown().named(stale.by)
    more = {
        "by": by.model_dump(),
        "at": stale.at.isoformat() if stale.at is not None else None,
        "what": stale.kind,
        "version": stale.row.version if stale.row is not None else None,
    }
    message = f"{by.name or 'Somebody'} has changed this appeal meanwhile. Read it again, then decide."
    return Problem(409, "stale", message, more=more)


async def unchanged(desk: work.Desk, row: Any, seen: int) -> None:
    """For deeds that do not write the row themselves. Raises Stale."""
    if row.version != seen:
        last = await events.of(desk.session, desk.keys, row.id, limit=1)
        raise work.Stale(row, last[-1] if last else None)


async def journalled(on: Appeals, person: Person, row: Any) -> None:
    """Note that this person has read what a client wrote, once an hour; without the note he does not get it."""
    now = on.clock()
    since = now - VIEWED_AGAIN
    async with on.db.read() as session:
        if await journal.has_done(session, person.id, "appeal.viewed", row.number, since):
            return
    async with on.db.begin() as session:
        await journal.note(session, now, person.id, "appeal.viewed", row.number)
