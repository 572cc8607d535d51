"""What staff do with an appeal, one function a deed.

Each deed names the `seen` version on whose screen it was decided, and is one conditional UPDATE: of two people the
second is told who was first, and nothing is overwritten. Each adds an event, writes the journal and tells the client
once. What the law demands is demanded here, so that dialogue, API and import cannot forget it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, update

from backend import absences, tasks
from backend.appeals import access, events, notices, numbers, routing
from backend.appeals.deadlines import Deadline, reckon, rule_for
from backend.appeals.events import Event
from backend.appeals.model import Appeals, Stage, unfilled
from backend.appeals.registration import Unfit, content_of, term_of
from backend.appeals.rows import appeals
from backend.calendar import WorkCalendar
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office, Person

REASON_LEAST = 10  # characters: «нет» is no reason


class Stale(Exception):
    """Somebody else was first. `by`: who, as an id; `at`: when; `kind`: what he did."""

    def __init__(self, row: Any, last: Event | None) -> None:
        super().__init__("somebody else has changed this appeal meanwhile")
        self.row = row
        self.by = last.by if last is not None else ""
        self.at = last.at if last is not None else None
        self.kind = last.kind if last is not None else ""


@dataclass(frozen=True, slots=True)
class Done:
    """The appeal as it is now, and the event that tells it. `told`: the client gets a notice in a chat."""

    row: Any
    event: int
    told: bool = False


@dataclass(slots=True)
class Desk:
    """What every deed needs: where, whose, when. `person`: the member of staff who acts; None for the system."""

    session: Session
    office: Office
    calendar: WorkCalendar
    keys: Keys
    now: datetime
    person: Person | None = None

    @property
    def by(self) -> str:
        return self.person.id if self.person is not None else "system"

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)

    @property
    def content(self) -> Appeals:
        return content_of(self.office)

    async def away(self) -> dict[str, str | None]:
        return await absences.away(self.session, self.today)


async def get(session: Session, ident: int) -> Any | None:
    return (await session.execute(select(appeals).where(appeals.c.id == ident))).first()


async def visible(desk: Desk, ident: int) -> Any | None:
    """The appeal if this person may see it; to him there is no other."""
    row = await get(desk.session, ident)
    if row is None or desk.person is None:
        return row
    return row if access.may_see(desk.office, desk.person, row, await desk.away()) else None


async def _set(desk: Desk, row: Any, seen: int, **values: Any) -> Any:
    """Write, if the appeal still stands as it was seen. Raises Stale."""
    done = await desk.session.execute(
        update(appeals)
        .where(and_(appeals.c.id == row.id, appeals.c.version == seen))
        .values(version=appeals.c.version + 1, **values)
        .returning(*appeals.c)
    )
    changed = done.first()
    if changed is None:
        fresh = await get(desk.session, row.id)
        last = await events.of(desk.session, desk.keys, row.id, limit=1)
        raise Stale(fresh, last[-1] if last else None)
    return changed


async def _tell(desk: Desk, row: Any, event: int) -> bool:
    return await notices.tell(desk.session, desk.office, desk.calendar, row.id, event, desk.now)


def _say(words: Mapping[str, str], *needed: str, least: int = REASON_LEAST) -> dict[str, str]:
    """The words of a deed. Raises Unfit naming the first that is missing, too short, or has a variable left open."""
    said = {name: text.strip() for name, text in words.items() if text.strip()}
    for name in needed:
        if len(said.get(name, "")) < least:
            raise Unfit("missing", name)
    for name, text in said.items():
        if left := unfilled(text):
            raise Unfit("unfilled", f"{name}: {', '.join(left)}")
    return said


def _owed(row: Any) -> None:
    if not row.open:
        raise Unfit("ended")


def _stage(desk: Desk, row: Any, means: str) -> Stage:
    """The office's stage that means this, reached from where the appeal stands if it can be."""
    here = desk.content.stage(row.stage)
    reachable = [s for code in (here.to if here else ()) if (s := desk.content.stage(code)) and s.means == means]
    stage = reachable[0] if reachable else desk.content.first(means)  # type: ignore[arg-type]  # a word of the model
    if stage is None:
        raise Unfit("unknown", "stage")
    return stage


def last_day(row: Any) -> date:
    """The last day on which an answer is in time: by the letter of the rule, or where a roll leads later."""
    last: date = max(row.legal_on, row.due_on)
    return last


def _ended(desk: Desk, row: Any, stage: Stage, *, reopens: bool = False) -> dict[str, Any]:
    """What the end of an appeal sets: whether it was in time, how long it is kept, until when it may be reopened."""
    kind = desk.content.kind(row.kind)
    keep = kind.keep_days if kind is not None else 1826
    days = kind.reopen_days if kind is not None and reopens else 0
    return {
        "stage": stage.code,
        "means": stage.means,
        "open": False,
        "stage_at": desk.now,
        "ended_on": desk.today,
        "answered_on": row.answered_on or desk.today,
        "in_time": row.in_time is not False and desk.today <= last_day(row),
        "keep_until": desk.today + timedelta(days=keep),
        "reopen_until": desk.today + timedelta(days=days) if days else None,
        "reminded": None,
    }


# --- who has it -------------------------------------------------------------------------------------------


async def take(desk: Desk, row: Any, seen: int) -> Done:
    """Make it one's own; a new one goes to work with it."""
    assert desk.person is not None
    _owed(row)
    values: dict[str, Any] = {"holder": desk.person.id, "unit": row.unit or desk.person.unit or ""}
    stage = None
    if row.means == "new":
        stage = _stage(desk, row, "work")
        values |= {"stage": stage.code, "means": stage.means, "stage_at": desk.now}
    changed = await _set(desk, row, seen, **values)
    data = {"to": desk.person.id}
    if stage is None:
        event = await events.add(desk.session, desk.keys, desk.now, row, "assigned", by=desk.by, data=data)
        return Done(changed, event)
    event = await events.add(desk.session, desk.keys, desk.now, row, "stage", by=desk.by, stage=stage.code, data=data)
    return Done(changed, event, await _tell(desk, changed, event))


async def assign(desk: Desk, row: Any, seen: int, to: str, note: str = "") -> Done:
    """Hand it to another person. Raises Unfit for one of whom it complains, or whom nobody knows."""
    person = desk.office.person(to)
    if person is None or to in access.complained_of(row):
        raise Unfit("unknown", "to")
    changed = await _set(desk, row, seen, holder=to, unit=row.unit or person.unit or "")
    words = {"note": note} if note.strip() else {}
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "assigned", by=desk.by, data={"to": to}, words=words
    )
    if desk.person is None or desk.person.id != to:
        await notices.to_staff(
            desk.session, desk.office, changed, [to], desk.now, what="assigned", once=f"event:{event}"
        )
    return Done(changed, event)


def assignable(office: Office, row: Any) -> list[Person]:
    """Who may get it: everybody but those complained of."""
    return [person for person in office.persons if person.id not in access.complained_of(row)]


async def complain_of(desk: Desk, row: Any, seen: int, persons: tuple[str, ...]) -> Done:
    """It turns out of whom it complains: from now on he sees nothing of it; if he had it, it goes elsewhere."""
    if any(desk.office.person(person) is None for person in persons):
        raise Unfit("unknown", "complained")
    values: dict[str, Any] = {"complained": "".join(access.named(person) for person in dict.fromkeys(persons))}
    if row.holder in persons:
        values["holder"] = routing.choose(
            desk.office,
            await desk.away(),
            persons,
            topic=row.topic,
            service=row.service,
            point=row.point,
            unit=row.unit,
        )
    changed = await _set(desk, row, seen, **values)
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "assigned", by=desk.by, data={"to": changed.holder}
    )
    await _keep_tasks_from(desk, changed)
    if changed.holder is None:
        await notices.to_people(desk.session, desk.office, changed, desk.now, what="unrouted")
    elif changed.holder != row.holder:
        await notices.to_staff(
            desk.session, desk.office, changed, [changed.holder], desk.now, what="assigned", once=f"event:{event}"
        )
    return Done(changed, event)


async def _keep_tasks_from(desk: Desk, row: Any) -> None:
    """Tasks about it that are there already are hidden from those of whom it complains, and taken from them."""
    c = tasks.table.c
    named = sorted(access.complained_of(row))
    found = await desk.session.execute(
        select(tasks.table).where(c.subject_kind == "appeal", c.subject == row.number).order_by(c.id)
    )
    for task in list(found):
        fresh = [person for person in named if not tasks.hidden_from(task, person)]
        for person in fresh:
            await tasks.touch(desk.session, task.id, desk.now, note=f"not:{person}")
        if task.person in fresh and task.status == "taken":
            await tasks.give_back(desk.session, task.id, desk.now, by=desk.by)


# --- how far it is ----------------------------------------------------------------------------------------


async def move(desk: Desk, row: Any, seen: int, to: str) -> Done:
    """Another stage of work. Ends, suspension and the like are deeds of their own, since they need words. Raises Unfit
    for a stage that does not follow from here."""
    here, stage = desk.content.stage(row.stage), desk.content.stage(to)
    _owed(row)
    if stage is None or (here is not None and to not in here.to):
        raise Unfit("unknown", "stage")
    if stage.means not in ("new", "work"):
        raise Unfit("needs-words", "stage")
    changed = await _set(desk, row, seen, stage=stage.code, means=stage.means, stage_at=desk.now)
    event = await events.add(desk.session, desk.keys, desk.now, row, "stage", by=desk.by, stage=stage.code)
    return Done(changed, event, await _tell(desk, changed, event))


def next_stages(content: Appeals, row: Any) -> list[Stage]:
    """Stages of work that may follow from here."""
    here = content.stage(row.stage)
    found = [content.stage(code) for code in (here.to if here is not None else ())]
    return [stage for stage in found if stage is not None and stage.means in ("new", "work")]


async def suspend(desk: Desk, row: Any, seen: int, *, reason: str, then: str) -> Done:
    """Suspended: only with a reason and what the client can do next (requirement 3.10). The term runs on."""
    _owed(row)
    words = _say({"reason": reason, "then": then}, "reason", "then")
    stage = _stage(desk, row, "suspended")
    changed = await _set(desk, row, seen, stage=stage.code, means=stage.means, stage_at=desk.now)
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "suspended", by=desk.by, stage=stage.code, words=words
    )
    return Done(changed, event, await _tell(desk, changed, event))


async def refuse(desk: Desk, row: Any, seen: int, *, reason: str, then: str) -> Done:
    """Refused: only with a reason and what the client can do next (requirement 3.10)."""
    _owed(row)
    words = _say({"reason": reason, "then": then}, "reason", "then")
    stage = _stage(desk, row, "refused")
    values = _ended(desk, row, stage, reopens=True)
    changed = await _set(desk, row, seen, **values, answers=row.answers + 1, solved="", clear=None)
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "refused", by=desk.by, stage=stage.code, words=words
    )
    told = await _tell(desk, changed, event)
    await notices.ask(desk.session, desk.office, desk.calendar, changed, desk.now)
    return Done(changed, event, told)


async def redirect(desk: Desk, row: Any, seen: int, *, to: str, reason: str = "") -> Done:
    """Sent on to another body, with notice to the client. `to`: a code of the address book, or a name. `in_time` is by
    the rule for redirecting (59-ФЗ, article 8 part 3: 7 days from registration)."""
    _owed(row)
    body = desk.content.body(to)
    name = desk.office.text(body.name, "ru") if body is not None else to.strip()
    if len(name) < 3:
        raise Unfit("missing", "to")
    words = _say({"to": name, "reason": reason}, "to", least=3)
    stage = _stage(desk, row, "redirected")
    values = _ended(desk, row, stage)
    rule = rule_for(desk.content.rules, row.kind, "redirect", row.registered_on)
    if rule is not None and row.in_time is None:
        values["in_time"] = desk.today <= reckon(rule, row.registered_on, desk.calendar).legal
    changed = await _set(desk, row, seen, **values)
    data = {"body": body.code} if body is not None else {}
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "redirected", by=desk.by, stage=stage.code, data=data, words=words
    )
    return Done(changed, event, await _tell(desk, changed, event))


# --- the term ---------------------------------------------------------------------------------------------


def extendable(desk: Desk, row: Any) -> int:
    """By how many days at most this term can be extended now: the rule's, once, while it runs (59-ФЗ, article 12 part
    2): an extension after the last day would make a late answer timely."""
    rule = rule_for(desk.content.rules, row.kind, "answer", row.started_on)
    if rule is None or row.extended or not row.open or desk.today > last_day(row):
        return 0
    return rule.extension


async def extend(desk: Desk, row: Any, seen: int, *, days: int, reason: str) -> Done:
    """Extend once, with a reason and a notice. Raises Unfit for more days than the rule allows, or a second time."""
    _owed(row)
    most = extendable(desk, row)
    if not most:
        raise Unfit("extended-already" if row.extended else "not-extendable")
    if not 1 <= days <= most:
        raise Unfit("too-many-days", str(most))
    words = _say({"reason": reason}, "reason")
    deadline = term_of(desk.content, row.kind, row.started_on, desk.calendar, days)
    changed = await _set(
        desk,
        row,
        seen,
        extended=days,
        legal_on=deadline.legal,
        due_on=deadline.due,
        promised_on=None,
        reminded=None,
        late_told=None,
    )
    data = {"days": days, "from": row.legal_on.isoformat(), "due": deadline.due.isoformat()}
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "extended", by=desk.by, stage=row.stage, data=data, words=words
    )
    return Done(changed, event, await _tell(desk, changed, event))


def deadline_of(content: Appeals, row: Any, calendar: WorkCalendar) -> Deadline | None:
    """The count behind the stored dates, for the explanation. None where the rule is gone from the office folder."""
    rule = rule_for(content.rules, row.kind, "answer", row.started_on)
    if rule is None or row.extended > rule.extension:
        return None
    return reckon(rule, row.started_on, calendar, row.extended)


# --- words ------------------------------------------------------------------------------------------------


async def reply(desk: Desk, row: Any, seen: int, text: str) -> Done:
    """Words to the client that end nothing: a question, an interim answer."""
    words = _say({"text": text}, "text", least=2)
    changed = await _set(desk, row, seen)
    event = await events.add(desk.session, desk.keys, desk.now, row, "reply", by=desk.by, words=words)
    return Done(changed, event, await _tell(desk, changed, event))


async def note(desk: Desk, row: Any, text: str) -> int:
    """A note for colleagues; the client never sees it, and it disturbs nobody's work."""
    return await events.add(
        desk.session, desk.keys, desk.now, row, "note", by=desk.by, words=_say({"text": text}, "text", least=2)
    )


async def answer(desk: Desk, row: Any, seen: int, *, essence: str, basis: str, then: str, why: str = "") -> Done:
    """The final answer in its parts (requirement 3.19): to the point, on what basis, what next; `why`: the plain reason
    behind «Почему так решили?». Raises Unfit for a part that is missing or too short, or a variable left open. Sent
    twice by two people, the second is told."""
    if row.means == "answered" or not row.open:
        raise Unfit("ended")
    least = desk.content.least_answer
    if len(essence.strip()) < least:
        raise Unfit("too-short", "essence")
    words = _say({"essence": essence, "basis": basis, "then": then, "why": why}, "essence", "basis", "then", least=5)
    stage = _stage(desk, row, "answered")
    values = _ended(desk, row, stage, reopens=True)
    changed = await _set(desk, row, seen, **values, answers=row.answers + 1, solved="", clear=None)
    event = await events.add(
        desk.session,
        desk.keys,
        desk.now,
        row,
        "answered",
        by=desk.by,
        stage=stage.code,
        data={"answers": row.answers + 1},
        words=words,
    )
    told = await _tell(desk, changed, event)
    await notices.ask(desk.session, desk.office, desk.calendar, changed, desk.now)
    return Done(changed, event, told)


async def close(desk: Desk, row: Any, seen: int, *, reason: str, text: str = "") -> Done:
    """Close with a reason of the office's list. An appeal that nobody answered is closed only for a reason that the law
    allows for it, and then the client is told why (4.12; 59-ФЗ, article 11)."""
    found = desk.content.reason(reason)
    if found is None:
        raise Unfit("unknown", "reason")
    if row.open and not found.unanswered:
        raise Unfit("unanswered", "reason")
    if row.means == "closed":
        raise Unfit("ended")
    words = _say({"text": text}, "text") if row.open else _say({"text": text})
    stage = _stage(desk, row, "closed")
    values = {**_ended(desk, row, stage), "reason": reason}
    if not row.open:
        # Closing what is answered takes nothing from the client: he may still ask to look again.
        kept = ("ended_on", "in_time", "answered_on", "reopen_until")
        values |= {name: getattr(row, name) for name in kept}
    changed = await _set(desk, row, seen, **values)
    event = await events.add(
        desk.session,
        desk.keys,
        desk.now,
        row,
        "closed",
        by=desk.by,
        stage=stage.code,
        data={"reason": reason},
        words=words,
    )
    return Done(changed, event, await _tell(desk, changed, event))


# --- reopened ---------------------------------------------------------------------------------------------


def reopenable(row: Any, today: date) -> bool:
    """Whether the client may ask to look again (requirement 4.19)."""
    return not row.open and row.reopen_until is not None and today <= row.reopen_until


async def reopen(desk: Desk, row: Any, *, by: str = "client", text: str = "") -> Done | None:
    """«Посмотреть ещё раз»: work begins anew with a new term; the head of appeals hears of it. None when its time
    is over or it is open already: pressed twice, it is done once."""
    if not reopenable(row, desk.today):
        return None
    stage = desk.content.first("work")
    assert stage is not None
    deadline = term_of(desk.content, row.kind, desk.today, desk.calendar)
    values = {
        "stage": stage.code,
        "means": stage.means,
        "open": True,
        "stage_at": desk.now,
        "started_on": desk.today,
        "extended": 0,
        "legal_on": deadline.legal,
        "due_on": deadline.due,
        "promised_on": None,
        "ended_on": None,
        "keep_until": None,
        "reopen_until": None,
        "reason": "",
        "reminded": None,
        "late_told": None,
        "reopened": row.reopened + 1,
    }
    if row.holder is None or desk.office.person(row.holder) is None:
        values["holder"] = routing.choose(
            desk.office,
            await desk.away(),
            access.complained_of(row),
            topic=row.topic,
            service=row.service,
            point=row.point,
            unit=row.unit,
        )
    try:
        changed = await _set(desk, row, row.version, **values)
    except Stale:
        return None
    words = {"text": text} if text.strip() else {}
    data = {"due": deadline.due.isoformat()}
    event = await events.add(
        desk.session, desk.keys, desk.now, row, "reopened", by=by, stage=stage.code, data=data, words=words
    )
    head = routing.head_over(desk.office, await desk.away(), access.complained_of(row), row.unit)
    people = [person for person in (changed.holder, head) if person != by]
    what = "reopened" if by == "client" else "returned"
    await notices.to_staff(desk.session, desk.office, changed, people, desk.now, what=what, once=f"event:{event}")
    if by != "client":
        return Done(changed, event, await _tell(desk, changed, event))
    return Done(changed, event)


# --- what the client adds ---------------------------------------------------------------------------------


async def add_message(desk: Desk, row: Any, text: str) -> int:
    """The client's words on his open appeal: part of its history, told to the holder. Gives the event's id."""
    event = await events.add(desk.session, desk.keys, desk.now, row, "message", by="client", words={"text": text})
    await desk.session.execute(update(appeals).where(appeals.c.id == row.id).values(version=appeals.c.version + 1))
    await notices.to_staff(
        desk.session, desk.office, row, [row.holder], desk.now, what="message", once=f"event:{event}"
    )
    return event


async def rated(desk: Desk, row: Any, *, clear: int | None, solved: str, alerts: bool = True) -> None:
    """What survey B says; «не решён» alerts the head of appeals (requirement 4.19). `alerts`: not where a low mark has
    done so."""
    await desk.session.execute(update(appeals).where(appeals.c.id == row.id).values(clear=clear, solved=solved))
    data = {"clear": clear, "solved": solved}
    await events.add(desk.session, desk.keys, desk.now, row, "rated", by="client", data=data)
    if solved == "no" and alerts:
        await notices.to_people(desk.session, desk.office, row, desk.now, what="unsolved")


async def renew_code(desk: Desk, row: Any, seen: int | None = None) -> str:
    """A new secret code in place of a lost one; the old one ends, chats that follow already go on. By staff only.
    With `seen` of two people only the first gets one: his would be dead at once. Raises Stale."""
    code = numbers.new_code()
    hashed = numbers.hash_of(desk.keys, row.number, code)
    if seen is not None:
        await _set(desk, row, seen, code=hashed)
    else:
        await desk.session.execute(update(appeals).where(appeals.c.id == row.id).values(code=hashed))
    await events.add(desk.session, desk.keys, desk.now, row, "code", by=desk.by)
    return code


async def close_tasks(desk: Desk, row: Any, done: str, only: Collection[str] = ()) -> None:
    """The tasks beside an appeal are settled by what was done with it. `only`: those with this reason."""
    c = tasks.table.c
    query = select(c.id).where(c.kind == "appeal", c.subject == row.number, c.status != "closed")
    if only:
        query = query.where(c.text.in_([f"appeal:{what}" for what in only]))
    found = await desk.session.execute(query)
    for (number,) in list(found):
        await tasks.close(desk.session, number, desk.now, done=done, by=desk.by, person=None)
