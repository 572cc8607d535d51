"""Appeals of a demonstration: `appeals-demo.yaml` of an office folder, put once into an empty database.

They go through the same deeds as real ones, each at its own day, so that history, terms and rules are true. On another
day than the file's they are shifted by whole working days; the day of registration is then chosen so that the rule
gives the shifted date, because «Почему этот срок?» must come out right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select

from backend import absences, journal
from backend.appeals import events, numbers, routing, work
from backend.appeals.deadlines import Deadline
from backend.appeals.model import Code
from backend.appeals.registration import SUMMARY, content_of, term_of
from backend.appeals.rows import appeals
from backend.appeals.work import Desk
from backend.calendar import DAY, WorkCalendar
from backend.db import Database, Session
from backend.identity import Keys
from backend.office.model import Office
from surveys.definition import Frozen
from surveys.load import fit, parse

FILE: Final = "appeals-demo.yaml"
HOUR: Final = 10  # when something happens on a day of the demonstration
NEAR: Final = 20  # days around the shifted one in which the day of registration is sought


class Deed(Frozen):
    """What was done on a day."""

    day: date
    deed: Literal["take", "move", "extend", "redirect", "answer"]
    to: str = ""
    days: int = 0
    reason: str = ""
    essence: str = ""
    basis: str = ""
    then: str = ""
    why: str = ""


class Shown(Frozen):
    """One appeal of the demonstration. `due`: the date that it is to have, by its rule."""

    number: str
    code: Annotated[str, StringConstraints(pattern=r"^[2-9A-Z]{4}-[2-9A-Z]{4}$")]
    kind: Code
    way: Code
    channel: str = ""
    topic: str = ""
    service: str | None = None
    point: str | None = None
    registered: date
    due: date | None = None
    summary: str = Field(max_length=SUMMARY)
    text: str
    history: tuple[Deed, ...] = ()


class Demo(Frozen):
    """The whole file. It is for the office of this id only, so that a copied folder does not bring it along."""

    office: str
    today: date
    appeals: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Seeded:
    """An appeal of the demonstration that is there and opens with its printed code."""

    number: str
    code: str


def read(folder: Path, office: Office) -> Demo | None:
    """None where there is no such file, or it is another office's. Raises ValueError naming the first fault."""
    path = folder / FILE
    if not path.exists() or office.appeals is None:
        return None
    data, remarks = parse(path)
    found, faults = fit(Demo, data, "") if not remarks else (None, [])
    if found is None:
        first = [*remarks, *faults][0]
        raise ValueError(f"{FILE}: {first.path}: {first.message}")
    return found if found.office == office.id else None


async def seed(
    db: Database, office: Office, calendar: WorkCalendar, keys: Keys, folder: Path, now: datetime
) -> list[Seeded]:
    """Put them in if no appeal was ever registered; gives those that are there and open with their printed codes: none
    for an office that has no demonstration."""
    demo = read(folder, office)
    if demo is None:
        return []
    async with db.begin() as session:
        if not await _some(session):
            # The series first: of two processes that start at once the second waits here, and then finds them there.
            for one in demo.appeals:
                if passed := await numbers.pass_over(session, one.number):
                    details = f"from={passed[0]} to={passed[1]}"
                    await journal.note(session, now, "demo", "appeal.numbers", one.number, details)
            if not await _some(session):
                for one in demo.appeals:
                    await _put(session, office, calendar, keys, demo, one, now)
    async with db.read() as session:
        named = appeals.c.number.in_([one.number for one in demo.appeals])
        rows = await session.execute(select(appeals.c.number, appeals.c.code).where(named))
        codes = {row.number: row.code for row in rows}
    return [
        Seeded(one.number, one.code)
        for one in demo.appeals
        if codes.get(one.number) == numbers.hash_of(keys, one.number, one.code)
    ]


async def _some(session: Session) -> bool:
    return (await session.execute(select(appeals.c.id).limit(1))).first() is not None


def shifted(day: date, since: date, until: date, calendar: WorkCalendar) -> date:
    """The day that lies as many working days from `until` as `day` does from `since`."""
    if until == since:
        return day
    if day >= since:
        return calendar.add_working_days(until, calendar.working_days(since, day))
    back, found = calendar.working_days(day, since), until
    while back > 0:
        back -= calendar.is_working_day(found)
        found -= DAY
    return calendar.working_day_until(found)


def _registered(
    office: Office, calendar: WorkCalendar, one: Shown, extended: int, near: date, due: date | None
) -> tuple[date, Deadline]:
    """The day next to `near` whose term ends on `due`, a working day if one does; else as close to it as can be."""
    content = content_of(office)

    def term(day: date) -> Deadline:
        return term_of(content, one.kind, day, calendar, extended)

    if due is None or term(near).due == due:
        return near, term(near)

    def fits(day: date) -> tuple[int, bool, int]:
        return abs((term(day).due - due).days), not calendar.is_working_day(day), abs((day - near).days)

    best = min((near + DAY * n for n in range(-NEAR, NEAR + 1)), key=fits)
    return best, term(best)


async def _put(
    session: Session, office: Office, calendar: WorkCalendar, keys: Keys, demo: Demo, one: Shown, now: datetime
) -> None:
    today = calendar.today(now)

    def of(day: date) -> date:
        return shifted(day, demo.today, today, calendar)

    content = content_of(office)
    stage = content.first("new")
    kind = content.kind(one.kind)
    assert stage is not None
    assert kind is not None
    extended = sum(deed.days for deed in one.history)
    registered, _ = _registered(
        office, calendar, one, extended, of(one.registered), of(one.due) if one.due is not None else None
    )
    deadline = term_of(content, one.kind, registered, calendar)
    holder = routing.choose(
        office, await absences.away(session, today), (), topic=one.topic, service=one.service, point=one.point
    )
    begun = _moment(calendar, registered, 0, now)
    values: dict[str, Any] = {
        "number": one.number,
        "kind": one.kind,
        "way": one.way,
        "channel": one.channel,
        "topic": one.topic,
        "service": one.service,
        "point": one.point,
        "unit": routing.unit_of(office, holder, kind.unit or ""),
        "summary": one.summary,
        "stage": stage.code,
        "means": stage.means,
        "stage_at": begun,
        "received_on": registered,
        "registered_at": begun,
        "registered_on": registered,
        "started_on": registered,
        "legal_on": deadline.legal,
        "due_on": deadline.due,
        "holder": holder,
        "text": keys.seal(one.text),
        "code": numbers.hash_of(keys, one.number, one.code),
        "entered_by": "demo",
    }
    row: Any = (await session.execute(insert(appeals).values(values).returning(*appeals.c))).one()
    data = {"way": one.way, "due": deadline.due.isoformat()}
    await events.add(session, keys, begun, row, "registered", by="demo", stage=stage.code, data=data)
    person = office.person(holder) if holder is not None else None
    for place, deed in enumerate(one.history, 1):
        moment = _moment(calendar, max(of(deed.day), registered), place, now)
        row = await _do(Desk(session, office, calendar, keys, moment, person), row, deed)


def _moment(calendar: WorkCalendar, day: date, place: int, now: datetime) -> datetime:
    """The hour of a day at which something happened, later things later; never in the future."""
    return min(datetime.combine(day, time(HOUR), calendar.zone) + timedelta(hours=place), now)


async def _do(desk: Desk, row: Any, deed: Deed) -> Any:
    """One deed, by the rules that bind staff; gives the appeal as it is then."""
    match deed.deed:
        case "take":
            done = await work.take(desk, row, row.version)
        case "move":
            done = await work.move(desk, row, row.version, deed.to)
        case "extend":
            done = await work.extend(desk, row, row.version, days=deed.days, reason=deed.reason)
        case "redirect":
            done = await work.redirect(desk, row, row.version, to=deed.to, reason=deed.reason)
        case "answer":
            done = await work.answer(
                desk, row, row.version, essence=deed.essence, basis=deed.basis, then=deed.then, why=deed.why
            )
    return done.row
