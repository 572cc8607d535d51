"""Registering: number, code, term, responsible person, first notice – in one transaction, or nothing at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from backend import absences
from backend.appeals import access, events, following, notices, numbers, routing
from backend.appeals.deadlines import Deadline, reckon, rule_for
from backend.appeals.following import Chat
from backend.appeals.model import Appeals, Kind, Way
from backend.appeals.rows import appeals
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office

SUMMARY = 200
CHATS = frozenset({"web", "vk", "telegram"})  # ways that are our own channels


class Unfit(ValueError):
    """It cannot be registered like this; `reason` chooses the words that the person reads, `field` names the place."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


@dataclass(frozen=True, slots=True)
class New:
    """What is registered. `applicant`: fields of the applicant by name (`name`, `contact`, `address`, `inn`,
    `organisation`), sealed as a whole. `complained`: ids of persons of the office whom it complains of.
    `received_on`: the day it came, today unless it came earlier. `source`, `outside`: which other system sends it, and
    its own id there: once registered, it cannot be a second time."""

    kind: str
    way: str
    text: str = ""
    summary: str = ""
    topic: str = ""
    service: str | None = None
    point: str | None = None
    unit: str = ""
    received_on: date | None = None
    complained: tuple[str, ...] = ()
    applicant_kind: str = ""
    applicant: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""
    chat: Chat | None = None
    tells: bool = True  # whether the chat gets a notice: not where the receipt is the reply of this very turn
    source: str | None = None
    outside: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """`code` is shown once, here: the table keeps its hash. `late`: the term to register had passed already."""

    id: int
    number: str
    code: str
    deadline: Deadline
    holder: str | None
    event: int
    late: bool = False


def term_of(content: Appeals, kind: str, start: date, calendar: WorkCalendar, extended: int = 0) -> Deadline:
    """The term to answer that begins on this day. Raises Unfit where the office has no rule for it."""
    rule = rule_for(content.rules, kind, "answer", start)
    if rule is None:
        raise Unfit("no-rule", "kind")
    return reckon(rule, start, calendar, extended)


def content_of(office: Office) -> Appeals:
    """Raises Unfit for an office that keeps no appeals."""
    if office.appeals is None:
        raise Unfit("no-appeals")
    return office.appeals


def ways_for(office: Office, kind: Kind | None) -> list[Way]:
    """How this kind may have come in: an official appeal to a state body never through a chat, which does not identify
    the person (59-ФЗ, article 4)."""
    ways = content_of(office).ways
    if kind is None or not kind.official or office.owner_kind == "other":
        return list(ways)
    return [way for way in ways if way.code not in CHATS]


def check(office: Office, new: New, today: date) -> None:
    """Raises Unfit for what cannot be registered, naming the first field."""
    content = content_of(office)
    kind = content.kind(new.kind)
    if kind is None:
        raise Unfit("unknown", "kind")
    if content.way(new.way) is None:
        raise Unfit("unknown", "way")
    if content.way(new.way) not in ways_for(office, kind):
        raise Unfit("unlawful", "way")
    if new.topic and office.topic(new.topic) is None:
        raise Unfit("unknown", "topic")
    if new.service and office.service(new.service) is None:
        raise Unfit("unknown", "service")
    if new.point and office.point_by_code(new.point) is None:
        raise Unfit("unknown", "point")
    if new.unit and content.unit(new.unit) is None:
        raise Unfit("unknown", "unit")
    if new.received_on is not None and new.received_on > today:
        raise Unfit("future", "received_on")
    for person in new.complained:
        if office.person(person) is None:
            raise Unfit("unknown", "complained")


async def register(
    session: Session,
    office: Office,
    calendar: WorkCalendar,
    keys: Keys,
    now: datetime,
    new: New,
    *,
    by: str,
) -> Registered:
    """Register; gives number and code. Raises Unfit. The appeal goes to whom topic, service, point or unit name, never
    to whom it complains of; where nobody is left, it waits without a holder and a task says so."""
    today = calendar.today(now)
    check(office, new, today)
    content = content_of(office)
    kind = content.kind(new.kind)
    stage = content.first("new")
    assert kind is not None
    assert stage is not None
    deadline = term_of(content, kind.code, today, calendar)
    received = new.received_on or today
    due_to_register = rule_for(content.rules, kind.code, "register", received)
    late = due_to_register is not None and today > reckon(due_to_register, received, calendar).due
    away = await absences.away(session, today)
    unit = new.unit or kind.unit or ""
    holder = routing.choose(
        office, away, new.complained, topic=new.topic, service=new.service, point=new.point, unit=unit
    )
    number = await numbers.issue(session, kind.series, today.year)
    code = numbers.new_code()
    values = {
        "number": number,
        "kind": kind.code,
        "way": new.way,
        "channel": new.channel,
        "topic": new.topic,
        "service": new.service,
        "point": new.point,
        "unit": routing.unit_of(office, holder, unit),
        "summary": new.summary[:SUMMARY],
        "stage": stage.code,
        "means": stage.means,
        "open": True,
        "stage_at": now,
        "received_on": received,
        "registered_at": now,
        "registered_on": today,
        "started_on": today,
        "extended": 0,
        "legal_on": deadline.legal,
        "due_on": deadline.due,
        "holder": holder,
        "complained": "".join(access.named(person) for person in dict.fromkeys(new.complained)),
        "applicant_kind": new.applicant_kind,
        "applicant": sealed_of(keys, new.applicant),
        "text": keys.seal(new.text) if new.text else "",
        "code": numbers.hash_of(keys, number, code),
        "reason": "",
        "reopened": 0,
        "answers": 0,
        "solved": "",
        "version": 1,
        "source": new.source,
        "outside": new.outside,
        "entered_by": by,
    }
    ident = (await session.execute(insert(appeals).values(values).returning(appeals.c.id))).scalar_one()
    row = (await session.execute(select(appeals).where(appeals.c.id == ident))).one()
    data = {"way": new.way, "due": deadline.due.isoformat(), **({"late": True} if late else {})}
    event = await events.add(session, keys, now, row, "registered", by=by, stage=stage.code, data=data)
    if new.chat is not None:
        await following.add(session, ident, new.chat, now, filed=bool(new.channel))
        if new.tells:
            await notices.tell(session, office, calendar, ident, event, now)
    if holder is not None:
        await notices.to_staff(session, office, row, [holder], now, what="assigned", once=f"new:{event}")
    else:
        await notices.to_people(session, office, row, now, what="unrouted")
    return Registered(int(ident), number, code, deadline, holder, event, late)


async def by_outside(session: Session, source: str, outside: str) -> Any | None:
    """What was registered for this id of another system."""
    return (
        await session.execute(select(appeals).where(appeals.c.source == source, appeals.c.outside == outside))
    ).first()


def sealed_of(keys: Keys, fields: Mapping[str, str]) -> str:
    """The applicant's fields, sealed together; nothing where there are none."""
    kept = {name: value.strip() for name, value in fields.items() if value.strip()}
    return keys.seal(json.dumps(kept, ensure_ascii=False)) if kept else ""


def applicant_of(keys: Keys, row: Any) -> dict[str, str]:
    """The applicant's fields; none where there are none, or the key is another one."""
    if not row.applicant:
        return {}
    try:
        found: dict[str, str] = json.loads(keys.open(row.applicant))
    except ValueError:
        return {}
    return found


def text_of(keys: Keys, row: Any) -> str:
    """The words of the appeal; empty where there are none, or the key is another one."""
    try:
        return keys.open(row.text) if row.text else ""
    except ValueError:
        return ""
