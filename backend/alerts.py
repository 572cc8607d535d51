"""Who is told about a task: the people of the point, the bound groups, and the chat from the settings."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from backend import absences, feedback, journal, outbox, staff, tasks
from backend.absences import Away, stands_in
from backend.clock import office_day
from backend.db import Session
from backend.office.model import Office
from backend.staff import Place
from surveys.definition import Choose, Survey

log = logging.getLogger(__name__)

SILENT_CHANNELS = frozenset({"web", "console"})  # they read the database themselves; nothing is pushed to them


OWNER, DEPUTY, HEAD, ADMINISTRATOR = range(4)
"""Levels: whose turn it is to hear of a task."""

Line = tuple[str | None, str | None, str | None, str | None]
"""Who answers for a task, level by level; None where the office folder names nobody."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who of a line is told when the task is at some level. `level`: how far one had to go for somebody who can be
    reached; `gaps`: the levels that were passed over and why: `0out` is not connected, `1away` is away without a
    substitute, `1none` is not named."""

    persons: tuple[str, ...]
    level: int
    gaps: tuple[str, ...]


def lines(office: Office, task: Any, topics: Iterable[str] = ()) -> list[Line]:
    """The lines of a task: of its subject, with danger of the one who is named for it, of the topics that a client has
    chosen. The first one is the task's own."""

    barred = {note.removeprefix("not:") for note in task.notes.split() if note.startswith("not:")}

    def free(person: str | None) -> str | None:
        return None if person in barred else person

    def line(kind: str, ident: str) -> Line:
        found = office.responsible(kind, ident)
        # An appeal's task has an owner of its own; who is complained of hears of it at no level.
        owner = task.owner or found.owner if kind == "appeal" else found.owner or task.owner
        return free(owner), free(found.deputy), free(found.head or office.head), free(office.administrator)

    found = [line(task.subject_kind, task.subject)]
    if task.kind == "danger":
        danger: Line = (free(office.danger_to), None, free(office.head), free(office.administrator))
        # Words outside a survey belong to no point: then it is his alone.
        found = [danger] if found[0][:2] == (None, None) else [found[0], danger]
    return [*found, *(line("topic", code) for code in topics)]


def standing(task: Any, away: Away) -> Away:
    """Who stands in for whom with this task: nobody of whom an appeal complains does."""
    return {
        person: substitute if not tasks.hidden_from(task, stands_in(away, person)) else None
        for person, substitute in away.items()
    }


def hear(line: Line, level: int, away: Away, connected: Container[str]) -> Heard:
    """Who hears of a task at this level: the person, or who stands in for him; else the next level. The administrator
    is the last and is told even when he is away. Nobody at all: no persons, and the level stays."""
    gaps: list[str] = []
    for number in range(level, len(line)):
        person = line[number]
        if person is None:
            gaps.append(f"{number}none")
            continue
        who = stands_in(away, person)
        if who not in connected and number == ADMINISTRATOR:
            who = person
        if who is not None and who in connected:
            return Heard((who,), number, tuple(gaps))
        gaps.append(f"{number}{'away' if person in away else 'out'}")
    return Heard((), level, tuple(gaps))


def below(line: Line, level: int, away: Away, connected: Container[str]) -> list[str]:
    """Who of the lower levels can be reached."""
    who = [stands_in(away, person) for person in line[:level] if person is not None]
    return [person for person in who if person is not None and person in connected]


async def topics_of(session: Session, office: Office, task: Any) -> list[str]:
    """Topics of the reasons that the client has chosen, in the order of the survey."""
    row = await feedback.any_response(session, task.response) if task.response else None
    if row is None:
        return []
    survey = office.surveys.get(row.survey)
    if survey is None or survey.version != row.version:
        kept = await feedback.kept_survey(session, row.survey, row.version)
        survey = Survey.model_validate_json(kept) if kept else None
    if survey is None:
        return []
    answers = feedback.answers_of(row)
    chosen = (
        option.topic
        for question in survey.questions
        if isinstance(question, Choose)
        for option in question.options
        if option.topic is not None and option.key in answers.get(question.id, ())
    )
    return [code for code in dict.fromkeys(chosen) if office.topic(code) is not None]


@dataclass(slots=True)
class _Telling:
    """Whom one announcement reaches. `fresh`: those whose turn it is, for whom the newest step is news even where the
    task was posted before."""

    persons: list[str]
    fresh: set[str]
    level: int
    notes: list[str]


async def _tell(session: Session, office: Office, task: Any, now: datetime, connected: Container[str]) -> _Telling:
    """Whom to tell, and what that search has found: its `notes` are the gaps that were not known before."""
    away = standing(task, await absences.away(session, office_day(now, ZoneInfo(office.timezone))))
    own, *others = lines(office, task, await topics_of(session, office, task))
    heard = hear(own, task.level, away, connected)
    told = [heard, *(hear(line, task.level, away, connected) for line in others)]
    fresh = {person for one in told for person in one.persons}
    persons = list(dict.fromkeys(person for one in told for person in one.persons))
    if came_back(task) or not heard.persons:
        persons += [p for line in (own, *others) for p in below(line, task.level, away, connected)]
        fresh |= set() if heard.persons else set(persons)
    if "head" in task.notes.split():  # a series of low marks: the head hears of it beside the owner
        persons += hear(own, HEAD, away, connected).persons
    marks = task.notes.split()
    gaps = [f"gap:{gap}" for gap in heard.gaps if f"gap:{gap}" not in marks]
    return _Telling(list(dict.fromkeys(persons)), fresh, heard.level, gaps)


async def _beside(session: Session, office: Office, task: Any, now: datetime, connected: Container[str]) -> list[str]:
    """Who answers for the topics of a task and not for its subject."""
    topics = await topics_of(session, office, task)
    if not topics:
        return []
    away = standing(task, await absences.away(session, office_day(now, ZoneInfo(office.timezone))))
    own, *others = lines(office, task, topics)
    heard = hear(own, task.level, away, connected).persons
    found = (person for line in others for person in hear(line, task.level, away, connected).persons)
    return [person for person in dict.fromkeys(found) if person not in heard]


async def who(session: Session, office: Office, task: Any, now: datetime, connected: Container[str]) -> list[str]:
    """Persons whom the next announcement of this task reaches, the holder aside."""
    return (await _tell(session, office, task, now, connected)).persons


_OWNED = ("point", "service", "topic", "category")


def is_gap(task: Any, gap: str) -> bool:
    """Whether somebody is missing there: what belongs to no point has no owner by its nature."""
    return not gap.endswith("none") or task.kind == "danger" or task.subject_kind in _OWNED


def came_back(task: Any) -> int:
    """How often a task that waits was made news again: not helped, taken back, grown urgent."""
    marks = task.notes.split()
    again: int = marks.count("not_helped") + marks.count("late_back")
    urgent: int = marks.count("urgent")
    return (again if task.status == "new" else 0) + urgent


def _steps(task: Any) -> int:
    """How many steps the clock has taken with this task."""
    return sum(note.startswith(("untaken:", "late:")) for note in task.notes.split())


def cause_of(task: Any, place: Place, *, fresh: bool = False) -> str:
    """What makes an alert new: the place, each return of the task, and for those whose turn it is each step."""
    marks = task.notes.split()
    handed = marks.count(f"to:{place.person}") if task.status == "taken" and place.person is not None else 0
    if handed:
        once = f"to:{handed}"
    else:
        once = f"{came_back(task)}.{_steps(task)}" if fresh and _steps(task) else str(came_back(task))
        if alone := marks.count("nobody"):
            once = f"{once}n{alone}"  # who could not be reached then is told now
    return f"alert:{task.id}:{once}:{place.address}"


async def tell_stand_ins(session: Session, office: Office, person: str, now: datetime) -> int:
    """Somebody has left: what waits for him now is announced anew, so that who stands in hears of it. Gives how many
    tasks."""
    found = 0
    for task in await tasks.untaken(session):
        at_level = [line[task.level] for line in lines(office, task, await topics_of(session, office, task))]
        if person in at_level:
            await tasks.touch(session, task.id, now)
            found += 1
    return found


async def _is_shown_by_another(session: Session, office: Office, task: Any, now: datetime) -> bool:
    """Whether an earlier alert tells this task too, so that it makes no message of its own (domain.md, section 5,
    «grouping within 15 min»). Danger never joins; what came back, or was handed to somebody, is told by itself."""
    handed = task.status == "taken" and f"to:{task.person}" in task.notes.split()
    if task.kind == "danger" or came_back(task) or handed:
        if task.joined_to is not None:
            await tasks.join(session, task.id, None)
            await tasks.note_more(session, task.joined_to, now)
        return False
    within = timedelta(minutes=office.rules.join_minutes)
    if task.joined_to is None:
        if task.kind != "low_score" or task.announced or not within:
            return False
        first = await tasks.crowd(session, task, within)
    else:
        shows = await tasks.get(session, task.joined_to)
        stays = shows is not None and (task.level <= shows.level if shows.status != "closed" else task.level == 0)
        first = task.joined_to
        if not stays:
            # The next level hears of what a closed alert has left behind: together again, where there are several.
            first = await tasks.crowd(session, task, within) if task.kind == "low_score" else None
            await tasks.note_more(session, task.joined_to, now)
    if first != task.joined_to:
        await tasks.join(session, task.id, first)
    if first is not None:
        await tasks.note_more(session, first, now)
    return first is not None


def _changes(task: Any, posted: Iterable[Any], now: datetime) -> list[dict[str, Any]]:
    """A change for each message that shows an older version."""
    return [
        outbox.row(
            cause=f"edit:{task.id}:{task.version}:{before.id}",
            channel=before.channel,
            address=before.address,
            sealed=before.sealed,
            language=before.language,
            kind="edit",
            due_at=now,
            task=task.id,
            edits=before.id,
        )
        for before in posted
        # A row that is being sent right now carries the older words: it is changed afterwards.
        if before.status == "sent" or before.held_until > 0
    ]


async def announce(
    session: Session,
    office: Office,
    task: Any,
    now: datetime,
    *,
    extra: Iterable[Place] = (),
    language: str,
    due_at: datetime | None = None,
) -> int:
    """Write the notices of this version of the task: an alert for each place that has none, a change for each that
    was told before. `due_at`: alerts wait until then. Gives how many rows are new."""
    due_at = due_at or now
    if not await tasks.mark_announced(session, task.id, task.version, due_at):
        return 0
    shown = await _is_shown_by_another(session, office, task, now)
    posted = await outbox.posted(session, task.id)
    rows = _changes(task, posted, now)
    if due_at <= now:
        # What was to wait for the morning waits no longer: the office has opened, or the words are of danger.
        await outbox.hurry(session, task.id, now)
    if task.status == "closed":
        return await outbox.put(session, rows)

    def alert(place: Place, cause: str) -> dict[str, Any]:
        return outbox.row(
            cause=cause,
            channel=place.channel,
            address=place.address,
            sealed=place.sealed,
            language=place.language or language,
            kind="alert",
            due_at=due_at,
            task=task.id,
        )

    connected = await staff.places(session)
    known = {b.address for b in posted}
    if shown:
        # The earlier alert tells its own people; those of the topics that this client has chosen hear of it from here.
        beside = await _beside(session, office, task, now, connected)
        near = [place for person in beside for place in connected[person] if place.address not in known]
        rows += [alert(place, cause_of(task, place)) for place in near if place.channel not in SILENT_CHANNELS]
        return await outbox.put(session, rows)
    telling = await _tell(session, office, task, now, connected)
    # Who is complained of may be a member of the group: what concerns an appeal is told to persons alone.
    groups = [] if task.subject_kind == "appeal" else [*await staff.bound_groups(session), *extra]
    level, notes = telling.level, telling.notes
    for gap in (note.removeprefix("gap:") for note in notes):
        if is_gap(task, gap):
            await journal.note(session, now, "system", "escalation.gap", task.id, gap)
    unheard = task.notes.split()[::-1]
    was_alone = next((mark for mark in unheard if mark in ("nobody", "somebody")), "") == "nobody"
    if not telling.persons and not groups:
        if not was_alone:
            await journal.note(session, now, "system", "alert.nobody", task.id)
            notes = [*notes, "nobody"]
        log.warning("task %s: nobody responsible has joined; it waits in «Открытые задачи»", task.id)
    elif was_alone:
        notes = [*notes, "somebody"]
    if notes or level != task.level:
        await tasks.record_told(session, task.id, level, notes)
    if task.person and task.status == "taken" and not tasks.hidden_from(task, task.person):
        telling.persons.append(task.person)
    places = {place.address: place for person in telling.persons for place in connected.get(person, ())}
    for place in [*places.values(), *(g for g in groups if g.address not in places)]:
        # A step that reaches no person at its own level is news for the group at least.
        fresh = place.person in telling.fresh if place.person is not None else not telling.fresh
        cause = cause_of(task, place, fresh=fresh)
        handed = ":to:" in cause
        news = handed or bool(came_back(task)) or (fresh and bool(_steps(task)))
        if place.channel in SILENT_CHANNELS or (place.address in known and not news):
            continue
        rows.append(alert(place, cause))
    return await outbox.put(session, rows)


async def supersede_waiting_edits(session: Session, row: Any) -> bool:
    """Whether a newer change of the same posted message waits too: then this one need not be sent."""
    newer = await session.execute(
        select(outbox.table.c.id).where(
            outbox.table.c.edits == row.edits, outbox.table.c.id > row.id, outbox.table.c.status == "waiting"
        )
    )
    return newer.first() is not None
