"""Appeals of another system, carried over by number and stage, without entering them twice (requirement 4.16).

Every line is judged by the rules that bind staff, outside of any transaction, and then written in transactions so
short that clients do not notice, with pauses between them. A line that is wrong is told and left; the others are
carried over. The same file again changes nothing, so an import that was killed is simply run again.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from itertools import islice
from typing import Any, Final, Literal

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from backend import absences, journal
from backend.absences import Away
from backend.appeals import access, events, notices, numbers, routing
from backend.appeals.deadlines import reckon, rule_for
from backend.appeals.exchange import Entry, NoDay, read_day
from backend.appeals.model import ENDED, OPEN, Appeals, Kind, Reason, Stage
from backend.appeals.registration import SUMMARY, Unfit, content_of, term_of
from backend.appeals.rows import appeals, followers, series
from backend.appeals.rows import events as happenings
from backend.appeals.work import REASON_LEAST
from backend.calendar import WorkCalendar
from backend.db import Database, DatabaseAway, Session
from backend.identity import Keys
from backend.masking import mask
from backend.office.model import Office

LOOK_AHEAD: Final = 100  # lines that are judged together
REST: Final = 3.0  # so many times as long as it worked the import rests
HELD: Final = 0.002  # seconds of one transaction, then others have their turn
STEP: Final = 8  # new appeals in one statement
TRIES: Final = 6
FAR: Final = 1_000_000  # a number of our series so far beyond the last one is a slip, and would use up the series
FAR_DAYS: Final = 800

Result = Literal["new", "changed", "same", "error"]


class Bad(ValueError):
    """The line cannot be carried over; the message says why, in Russian, for whoever loads the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to, and in whose name. `source`: the other system; `now`: what time it is. `codes`: takes number and secret
    code of each new appeal, before it is stored."""

    db: Database
    office: Office
    calendar: WorkCalendar
    keys: Keys
    source: str
    now: datetime
    codes: Callable[[str, str], None] | None = None

    @property
    def by(self) -> str:
        return f"import:{self.source}"

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)

    @property
    def content(self) -> Appeals:
        return content_of(self.office)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line. `why`: what is wrong, or what has changed."""

    line: int
    number: str
    result: Result
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line as the office understands it; None or empty where the file says nothing. `numbered`: the number stands in
    its own column, else it is the outside one."""

    number: str
    numbered: bool
    outside: str
    linked: bool  # the outside number stands in its own column
    kind: Kind | None
    way: str
    topic: str
    service: str | None
    point: str | None
    unit: str
    received: date | None
    registered: date | None
    stage: Stage | None
    due: date | None
    extended: int | None
    answered: date | None
    reason: str
    then: str
    body: tuple[str, str]  # code of the address book, name
    answer: str
    complained: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Act:
    """One event of a line: its row, and what the journal says of it."""

    row: dict[str, Any]
    details: str


@dataclass(slots=True)
class Plan:
    """What is to be done for a line. `row`: the appeal that is changed; None: a new one."""

    outcome: Outcome
    values: dict[str, Any] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    row: Any = None
    told: bool = False  # some chat follows it

    def failed(self, why: str) -> None:
        self.outcome = Outcome(self.outcome.line, self.outcome.number, "error", why)


# --- the line, read ---------------------------------------------------------------------------------------


class Reader:
    """Reads lines in the words of one office: codes, or names in any of its languages."""

    def __init__(self, office: Office, source: str) -> None:
        content = content_of(office)
        self._source = source
        self._content = content
        self._kinds = _named((kind.code, kind.name) for kind in content.kinds)
        self._ways = _named((way.code, way.name) for way in content.ways)
        self._stages = _named((stage.code, stage.name) for stage in content.stages)
        self._units = _named((unit.code, unit.name) for unit in content.units)
        self._topics = _named((topic.code, topic.name) for topic in office.topics)
        self._services = _named((service.code, service.name) for service in office.services)
        self._points = _named((point.code, point.name) for point in office.points)
        self._bodies = _named((body.code, body.name) for body in content.bodies)
        self._bodies_by_code = {body.code: office.text(body.name, "ru") for body in content.bodies}
        self._persons = {person.id.casefold(): person.id for person in office.persons}
        for person in office.persons:
            for name in (person.full, person.short):
                self._persons.setdefault(name.casefold(), person.id)

    def read(self, entry: Entry) -> Wanted:
        """Raises Bad for the first thing that cannot be understood."""
        if entry.fault:
            raise Bad(entry.fault)
        cells = entry.cells
        given, outside = cells.get("number", ""), cells.get("outside", "")
        if not given and not outside:
            raise Bad("нет номера")
        number = numbers.canonical(given or outside)
        if len(" ".join((given or outside).split())) > 40 or len(outside) > 60:
            raise Bad("номер слишком длинный: не больше 40 знаков, внешний – не больше 60")
        if (source := cells.get("source", "")) and source.casefold() != self._source.casefold():
            raise Bad(f"строка другой системы: {source}")
        kind, stage = cells.get("kind", ""), cells.get("stage", "")
        body = cells.get("body", "")
        code = self._bodies.get(body.casefold(), "")
        return Wanted(
            number=number,
            numbered=bool(given),
            outside=outside or given,
            linked=bool(outside),
            kind=self._content.kind(_found(self._kinds, kind, "вид")) if kind else None,
            way=_found(self._ways, cells.get("way", ""), "способ подачи"),
            topic=_found(self._topics, cells.get("topic", ""), "тема"),
            service=_found(self._services, cells.get("service", ""), "услуга") or None,
            point=_found(self._points, cells.get("point", ""), "точка") or None,
            unit=_found(self._units, cells.get("unit", ""), "отдел"),
            received=_day(cells, "received", "дата получения"),
            registered=_day(cells, "registered", "дата регистрации"),
            stage=self._content.stage(_found(self._stages, stage, "этап")) if stage else None,
            due=_day(cells, "due", "срок"),
            extended=_days(cells.get("extended", "")),
            answered=_day(cells, "answered", "дата ответа"),
            reason=cells.get("reason", ""),
            then=cells.get("then", ""),
            body=(code, self._bodies_by_code.get(code, body)),
            answer=cells.get("answer", ""),
            complained=tuple(
                _found(self._persons, name.strip(), "сотрудник")
                for name in cells.get("complained", "").split(",")
                if name.strip()
            ),
            summary=_masked(cells.get("summary", ""))[:SUMMARY],
        )


def _masked(text: str) -> str:
    """The text without personal numbers and e-mails. Most have neither digits nor «@», and are left at once."""
    return mask(text).text if any(ch == "@" or ch.isdigit() for ch in text) else text


def _named(items: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """Codes by code and by name."""
    found: dict[str, str] = {}
    for code, name in items:
        found[code.casefold()] = code
        for text in name.values():
            found.setdefault(text.casefold(), code)
    return found


def _found(known: Mapping[str, str], text: str, what: str) -> str:
    if not text:
        return ""
    code = known.get(text.casefold())
    if code is None:
        raise Bad(f"{what}: «{text[:60]}» – в папке учреждения такого нет")
    return code


def _day(cells: Mapping[str, str], name: str, what: str) -> date | None:
    text = cells.get(name, "")
    if not text:
        return None
    try:
        return read_day(text)
    except NoDay:
        raise Bad(f"{what}: «{text[:30]}» – это не день; пишут 2026-11-23 или 23.11.2026") from None


def _days(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 4:
        raise Bad(f"продлено дней: «{text[:20]}» – это не число дней")
    return int(text)


class Seen:
    """Which numbers the file has had, as short hashes: 100,000 lines take a few megabytes."""

    def __init__(self) -> None:
        self._lines: dict[int, int] = {}

    def check(self, wanted: Wanted, line: int) -> None:
        """Raises Bad naming the line that had this number first."""
        keys = {_key(f"n{wanted.number}"), _key(f"o{wanted.outside}")}
        first = min((self._lines[key] for key in keys if key in self._lines), default=0)
        if first:
            raise Bad(f"номер уже был в строке {first}")
        self._lines.update(dict.fromkeys(keys, line))


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


# --- the line, judged -------------------------------------------------------------------------------------


class Judge:
    """Says what a line means for the appeal that is there, or for a new one. Pure but for what it was given: rules,
    calendar, who is away, how far our numbers are."""

    def __init__(self, place: Place, away: Away, last: Mapping[tuple[str, int], int]) -> None:
        self._place = place
        self._content = place.content
        self._today = place.today
        self._away = away
        self._last = last
        self._terms: dict[tuple[str, date, int], tuple[date, date]] = {}
        self._routes: dict[tuple[Any, ...], str | None] = {}
        self._reasons = _named((reason.code, reason.name) for reason in self._content.reasons)

    # --- a new one

    def new(self, line: int, wanted: Wanted) -> Plan:
        """Raises Bad."""
        kind, registered = wanted.kind, wanted.registered
        if kind is None:
            raise Bad("такого номера ещё нет, а вид не указан")
        if registered is None:
            raise Bad("такого номера ещё нет, а дата регистрации не указана")
        if not wanted.way:
            raise Bad("такого номера ещё нет, а способ подачи не указан")
        received = wanted.received or registered
        if registered > self._today:
            raise Bad(f"дата регистрации {registered:%d.%m.%Y} ещё не наступила")
        if received > registered:
            raise Bad("получено позже, чем зарегистрировано")
        self._not_far(wanted.number)
        stage = wanted.stage or self._content.first("new")
        assert stage is not None
        extended = wanted.extended or 0
        legal, due = self._term(wanted, kind, registered, extended)
        routed = self._route(wanted, kind)
        holder = routed if stage.means in OPEN else None
        begun = self._moment(registered)
        values: dict[str, Any] = {
            "number": wanted.number,
            "kind": kind.code,
            "way": wanted.way,
            "channel": "",
            "topic": wanted.topic,
            "service": wanted.service,
            "point": wanted.point,
            "unit": routing.unit_of(self._place.office, routed, wanted.unit or kind.unit or ""),
            "summary": wanted.summary,
            "stage": stage.code,
            "means": stage.means,
            "open": stage.means in OPEN,
            "stage_at": begun,  # the file does not say since when; nothing may stand before what came earlier
            "received_on": received,
            "registered_at": begun,
            "registered_on": registered,
            "started_on": registered,
            "extended": extended,
            "legal_on": legal,
            "due_on": due,
            "holder": holder,
            "complained": "".join(map(access.named, wanted.complained)),
            "applicant_kind": "",
            "applicant": "",
            "text": "",
            "code": "",
            "answered_on": None,
            "in_time": None,
            "ended_on": None,
            "keep_until": None,
            "reopen_until": None,
            "reason": "",
            "reopened": 0,
            "answers": 0,
            "clear": None,
            "solved": "",
            "reminded": None,
            "version": 1,
            "source": self._place.source,
            "outside": wanted.outside,
            "entered_by": self._place.by,
            "blocked": False,
        }
        data = {"way": wanted.way, "due": due.isoformat(), "number": wanted.outside}
        plan = Plan(Outcome(line, wanted.number, "new"), values)
        first = self._content.first("new")
        plan.acts.append(self._act("registered", begun, first.code if first else "", data))
        if extended:
            plan.acts.append(self._act("extended", begun, stage.code, {"days": extended, "due": due.isoformat()}))
        if stage.means != "new":
            if stage.means in ENDED:
                values |= self._end(wanted, kind, stage, registered, legal, 0)
            elif wanted.answered is not None:
                raise Bad(f"есть дата ответа, а этап «{self._say(stage)}» – ещё не конец")
            plan.acts.append(self._stage_act(wanted, stage, values, wanted.way))
        return plan

    def _not_far(self, number: str) -> None:
        name, year, last = numbers.parts(number) or ("", 0, 0)
        ours = {kind.series for kind in self._content.kinds}
        if name in ours and last > self._last.get((name, year), 0) + FAR:
            raise Bad(f"номер {number} слишком далёк от последнего в этом ряду: похоже на опечатку")

    def _route(self, wanted: Wanted, kind: Kind) -> str | None:
        unit = wanted.unit or kind.unit or ""
        key = (wanted.topic, wanted.service, wanted.point, unit, wanted.complained)
        if key not in self._routes:
            self._routes[key] = routing.choose(
                self._place.office,
                self._away,
                wanted.complained,
                topic=wanted.topic,
                service=wanted.service,
                point=wanted.point,
                unit=unit,
            )
        return self._routes[key]

    # --- one that is there

    def change(self, line: int, wanted: Wanted, row: Any) -> Plan:
        """Raises Bad."""
        self._same_appeal(wanted, row)
        own = row.source == self._place.source
        values: dict[str, Any] = {}
        said: list[str] = []
        if wanted.linked and row.source is None:
            values |= {"source": self._place.source, "outside": wanted.outside}
            said.append("внешний номер")
        if own:
            given = {"way": wanted.way, "topic": wanted.topic, "service": wanted.service, "point": wanted.point}
            given |= {"unit": wanted.unit, "summary": wanted.summary}
            changed = {name: value for name, value in given.items() if value and value != getattr(row, name)}
            values |= changed
            said += [_FIELDS[name] for name in changed]
            if new := [person for person in wanted.complained if person not in access.complained_of(row)]:
                values |= self._complained(row, new)
                said.append("на кого жалоба")
        plan = Plan(Outcome(line, row.number, "changed"), values, row=row)
        ends = self._moves(wanted, row)
        self._terms_of(plan, wanted, row, said)
        if ends is not None:
            values |= {"stage": ends.code, "means": ends.means, "stage_at": self._place.now, "open": ends.means in OPEN}
            if ends.means in ENDED:
                kind = self._content.kind(row.kind)
                legal = values.get("legal_on", row.legal_on)
                values |= self._end(wanted, kind, ends, row.registered_on, legal, row.answers, before=row)
            plan.acts.append(self._stage_act(wanted, ends, values, wanted.way or row.way))
            said.append(f"этап: {self._say(self._content.stage(row.stage)) or row.stage} → {self._say(ends)}")
        if not values:
            plan.outcome = Outcome(line, row.number, "same")
        else:
            plan.outcome = Outcome(line, row.number, "changed", "; ".join(said))
        return plan

    def _complained(self, row: Any, new: Sequence[str]) -> dict[str, Any]:
        """From now on they see nothing of it; if one of them had it, it goes elsewhere (requirement 4.14)."""
        everybody = (*sorted(access.complained_of(row)), *new)
        values: dict[str, Any] = {"complained": "".join(map(access.named, everybody))}
        if row.holder in new:
            values["holder"] = routing.choose(
                self._place.office,
                self._away,
                everybody,
                topic=row.topic,
                service=row.service,
                point=row.point,
                unit=row.unit,
            )
        return values

    def _same_appeal(self, wanted: Wanted, row: Any) -> None:
        if row.blocked or row.destroyed_on is not None:
            raise Bad("данные этого обращения удаляются или удалены: не меняем")
        if row.source is not None and row.source != self._place.source:
            raise Bad(f"это обращение другой системы: {row.source}")
        if row.source is not None and row.outside != wanted.outside and (wanted.linked or not wanted.numbered):
            raise Bad(f"внешний номер здесь другой: {row.outside}")
        if wanted.numbered and row.number != wanted.number:
            raise Bad(f"номер здесь другой: {row.number}")
        if wanted.kind is not None and wanted.kind.code != row.kind:
            raise Bad(f"вид здесь другой: {row.kind}; возможно, это другое обращение с тем же номером")
        if wanted.registered is not None and wanted.registered != row.registered_on:
            raise Bad(
                f"дата регистрации здесь другая: {row.registered_on:%d.%m.%Y}; "
                "возможно, это другое обращение с тем же номером"
            )

    def _moves(self, wanted: Wanted, row: Any) -> Stage | None:
        """The stage it goes to; None when it stays. A system that has passed several stages since goes to the last."""
        stage = wanted.stage
        if stage is None or stage.code == row.stage:
            return None
        here = self._content.stage(row.stage)
        if not row.open:
            if stage.means == "closed" and row.means == "answered":
                return stage
            ended = f" {row.ended_on:%d.%m.%Y}" if row.ended_on is not None else ""
            raise Bad(f"обращение завершено{ended}, этап «{self._say(stage)}» после этого невозможен")
        if here is not None and stage.code not in self._ahead(here):
            raise Bad(f"этап назад: из «{self._say(here)}» в «{self._say(stage)}» перейти нельзя")
        if row.reopened and stage.means in ENDED and (wanted.answered is None or wanted.answered < row.started_on):
            raise Bad(f"открыто повторно {row.started_on:%d.%m.%Y}, а в файле нет ответа после этого дня: не завершаем")
        return stage

    def _ahead(self, here: Stage) -> set[str]:
        """Stages that may come later, by way of stages of work."""
        found: set[str] = set()
        waiting = list(here.to)
        while waiting:
            code = waiting.pop()
            stage = self._content.stage(code)
            if stage is not None and code not in found:
                found.add(code)
                waiting += stage.to if stage.means in OPEN else ()
        return found

    def _terms_of(self, plan: Plan, wanted: Wanted, row: Any, said: list[str]) -> None:
        """An extension, or an earlier date: each with its event, so that the client hears of it. A later date without
        an extension is none of the law's (4.20: no deadline moves silently)."""
        days = wanted.extended or 0
        kind = self._content.kind(row.kind)
        if days and days != row.extended:
            if row.extended:
                raise Bad(f"срок уже продлён на {row.extended} дней: второй раз продлить нельзя")
            if not row.open or kind is None:
                raise Bad("продлить можно, только пока ответа нет")
            if len(wanted.reason) < REASON_LEAST:
                raise Bad(f"нет причины продления: не меньше {REASON_LEAST} знаков в столбце «причина»")
            legal, due = self._term(wanted, kind, row.started_on, days)
            plan.values |= {"extended": days, "legal_on": legal, "due_on": due}
            plan.values |= {"promised_on": None, "reminded": None, "late_told": None}
            data = {"days": days, "from": row.legal_on.isoformat(), "due": due.isoformat()}
            plan.acts.append(self._act("extended", self._place.now, row.stage, data, {"reason": wanted.reason}))
            said.append(f"продлено до {due:%d.%m.%Y}")
            return
        if wanted.due is None or wanted.due in (row.due_on, row.legal_on) or not row.open:
            return
        if row.source != self._place.source or row.reopened or (row.extended and not days):
            return  # the other system does not know what was done here since
        if wanted.due > row.due_on:
            raise Bad(f"срок позже прежнего ({row.due_on:%d.%m.%Y}): укажите, на сколько дней он продлён и почему")
        if wanted.due >= self._today:
            plan.values |= {"legal_on": wanted.due, "due_on": wanted.due, "reminded": None}
            data = {"from": row.due_on.isoformat(), "due": wanted.due.isoformat()}
            plan.acts.append(self._act("deadline", self._place.now, row.stage, data))
            said.append(f"срок: {wanted.due:%d.%m.%Y}")

    # --- what both have

    def _term(self, wanted: Wanted, kind: Kind, start: date, extended: int) -> tuple[date, date]:
        """The date of the law and the working deadline: the file's, else by the rule. Raises Bad."""
        if wanted.due is not None:
            if not start <= wanted.due <= start + timedelta(days=FAR_DAYS):
                raise Bad(f"срок {wanted.due:%d.%m.%Y} не подходит к дате регистрации {start:%d.%m.%Y}")
            rule = rule_for(self._content.rules, kind.code, "answer", start)
            if extended and rule is not None and extended > rule.extension:
                raise Bad(f"этот срок продлевают не больше чем на {rule.extension} дней")
            return wanted.due, wanted.due
        key = (kind.code, start, extended)
        if key not in self._terms:
            try:
                deadline = term_of(self._content, kind.code, start, self._place.calendar, extended)
            except Unfit:
                raise Bad(f"на {start:%d.%m.%Y} нет правила срока для вида «{kind.code}»: укажите срок") from None
            except ValueError:
                rule = rule_for(self._content.rules, kind.code, "answer", start)
                raise Bad(f"этот срок продлевают не больше чем на {rule.extension if rule else 0} дней") from None
            self._terms[key] = deadline.legal, deadline.due
        return self._terms[key]

    def _end(
        self,
        wanted: Wanted,
        kind: Kind | None,
        stage: Stage,
        registered: date,
        legal: date,
        answers: int,
        *,
        before: Any = None,
    ) -> dict[str, Any]:
        """What the end of an appeal sets, as `work` does it."""
        if before is not None and not before.open:  # an answered one is closed: its dates stand
            return {"reason": self._closing(wanted, answered=True).code, "reminded": None}
        ended = wanted.answered or (self._today if before is not None else None)
        if ended is None:
            raise Bad(f"этап «{self._say(stage)}», а даты ответа нет")
        if not registered <= ended <= self._today:
            raise Bad(f"дата ответа {ended:%d.%m.%Y}: раньше регистрации или ещё не наступила")
        kept = ended + timedelta(days=kind.keep_days if kind is not None else 1826)
        if kept < self._today:
            raise Bad(f"срок хранения вышел {kept:%d.%m.%Y}: не загружаем")
        in_time = ended <= legal
        if stage.means == "redirected" and kind is not None:
            rule = rule_for(self._content.rules, kind.code, "redirect", registered)
            if rule is not None:
                in_time = ended <= reckon(rule, registered, self._place.calendar).legal
        values: dict[str, Any] = {"reason": ""}
        answered = stage.means in ("answered", "refused")
        if stage.means == "closed":
            reason = self._closing(wanted, answered=False)
            answered = not reason.unanswered
            values["reason"] = reason.code
        reopens = kind.reopen_days if kind is not None and stage.means in ("answered", "refused") else 0
        until = ended + timedelta(days=reopens) if reopens else None
        earlier = before.in_time if before is not None else None
        return values | {
            "stage_at": self._moment(ended),
            "ended_on": ended,
            "answered_on": (before.answered_on if before is not None else None) or ended,
            "in_time": in_time if earlier is None else earlier and in_time,
            "keep_until": kept,
            "reopen_until": until if until is not None and until >= self._today else None,
            "reminded": None,
            "answers": answers + answered,
            **({"solved": "", "clear": None} if answered else {}),
        }

    def _closing(self, wanted: Wanted, *, answered: bool) -> Reason:
        """The reason of closing. Without an answer only one that the law allows for it (59-ФЗ, article 11)."""
        code = self._reasons.get(wanted.reason.casefold(), "")
        reason = self._content.reason(code)
        if reason is None:
            known = ", ".join(one.code for one in self._content.reasons)
            raise Bad(f"причина закрытия «{wanted.reason[:40]}»: есть {known}")
        if not answered and wanted.answered is None and not reason.unanswered:
            raise Bad("закрыть без ответа по этой причине нельзя: нет даты ответа")
        return reason

    def _stage_act(self, wanted: Wanted, stage: Stage, values: Mapping[str, Any], way: str) -> Act:
        """The event of a stage, with the words that the law demands of it (requirement 3.10)."""
        at: datetime = values["stage_at"]
        data: dict[str, Any] = {"source": self._place.source}
        match stage.means:
            case "suspended" | "refused":
                if len(wanted.reason) < REASON_LEAST or len(wanted.then) < REASON_LEAST:
                    raise Bad(
                        f"этап «{self._say(stage)}» – только с причиной (reason) и с тем, что дальше (then): "
                        f"не меньше {REASON_LEAST} знаков"
                    )
                words = {"reason": wanted.reason, "then": wanted.then}
                return self._act(stage.means, at, stage.code, data, words)
            case "redirected":
                code, name = wanted.body
                if len(name) < 3:
                    raise Bad("не указано, в какой орган передано")
                words = {"to": name} | ({"reason": wanted.reason} if wanted.reason else {})
                return self._act("redirected", at, stage.code, data | ({"body": code} if code else {}), words)
            case "answered":
                data["answers"] = values["answers"]
                words = {"essence": wanted.answer or self._elsewhere(values["ended_on"], way), "then": wanted.then}
                return self._act("answered", at, stage.code, data, {name: text for name, text in words.items() if text})
            case "closed":
                reason = self._content.reason(self._reasons.get(wanted.reason.casefold(), ""))
                assert reason is not None
                return self._act("closed", at, stage.code, data | {"reason": reason.code})
            case _:
                return self._act("stage", at, stage.code, data)

    def _elsewhere(self, day: date, way: str) -> str:
        """In place of the words of an answer that stayed in the other system: where the client finds it (4.05)."""
        filed = self._content.way(way)
        how = f": {self._place.office.text(filed.name, 'ru')}" if filed is not None else ""
        return f"Мы ответили {day:%d.%m.%Y}. Ответ отправлен так же, как вы подали обращение{how}."

    def _act(
        self,
        kind: events.Kind,
        at: datetime,
        stage: str,
        data: Mapping[str, Any],
        words: Mapping[str, str] | None = None,
    ) -> Act:
        row = events.row_of(self._place.keys, at, kind, by=self._place.by, stage=stage, data=data, words=words)
        return Act(row, events.details(stage, data))

    def _moment(self, day: date) -> datetime:
        """When something of this day happened, as far as a file knows: its beginning; now when it is today."""
        if day >= self._today:
            return self._place.now
        return datetime.combine(day, clock_time(), self._place.calendar.zone)

    def _say(self, stage: Stage | None) -> str:
        return self._place.office.text(stage.name, "ru") if stage is not None else ""


_FIELDS = {
    "way": "способ подачи",
    "topic": "тема",
    "service": "услуга",
    "point": "точка",
    "unit": "отдел",
    "summary": "кратко",
}


# --- the whole file ---------------------------------------------------------------------------------------


async def run(place: Place, entries: Iterable[Entry], *, dry: bool = False) -> AsyncIterator[Outcome]:
    """Carry the lines over, or only say what would become of each (`dry`); gives them in order. Raises DatabaseAway
    when the database stays away: what came before is stored, and the same file may be loaded again."""
    async with place.db.read() as session:
        away = await absences.away(session, place.today)
        last = {(row.series, row.year): row.last for row in await session.execute(select(series))}
    reader, judge, seen = Reader(place.office, place.source), Judge(place, away, last), Seen()
    lines = iter(entries)
    while batch := list(islice(lines, LOOK_AHEAD)):
        begun = time.perf_counter()
        plans = await _plans(place, reader, judge, seen, batch)
        if not dry:
            await _rest(begun)
            await _write(place, [plan for plan in plans if plan.outcome.result in ("new", "changed")])
        for plan in plans:
            yield plan.outcome


async def _plans(place: Place, reader: Reader, judge: Judge, seen: Seen, batch: Sequence[Entry]) -> list[Plan]:
    read: list[tuple[Entry, Wanted | Bad]] = []
    for entry in batch:
        try:
            wanted = reader.read(entry)
            seen.check(wanted, entry.line)
            read.append((entry, wanted))
        except Bad as error:
            read.append((entry, error))
    there, followed = await _there(place, [one for _, one in read if isinstance(one, Wanted)])
    plans = []
    for entry, one in read:
        number = entry.cells.get("number", "") or entry.cells.get("outside", "")
        try:
            if isinstance(one, Bad):
                raise one
            number = one.number
            by_outside, by_number = there.get(("o", one.outside)), there.get(("n", one.number))
            if by_outside is not None and by_number is not None and by_outside.id != by_number.id:
                raise Bad("номер и внешний номер принадлежат здесь разным обращениям")
            row = by_outside if by_outside is not None else by_number
            plan = judge.new(entry.line, one) if row is None else judge.change(entry.line, one, row)
            plan.told = row is not None and row.id in followed
        except Bad as error:
            plan = Plan(Outcome(entry.line, number, "error", str(error)))
        plans.append(plan)
    return plans


async def _there(place: Place, wanted: Sequence[Wanted]) -> tuple[dict[tuple[str, str], Any], set[int]]:
    """The appeals that these lines name, by outside number (of this system) and by number; and which are followed."""
    if not wanted:
        return {}, set()
    async with place.db.read() as session:
        rows = list(
            await session.execute(
                select(appeals).where(
                    or_(
                        appeals.c.number.in_([one.number for one in wanted]),
                        and_(
                            appeals.c.source == place.source,
                            appeals.c.outside.in_([one.outside for one in wanted]),
                        ),
                    )
                )
            )
        )
        followed: set[int] = set()
        if rows:
            found = await session.execute(
                select(followers.c.appeal).where(followers.c.appeal.in_([row.id for row in rows])).distinct()
            )
            followed = {appeal for (appeal,) in found}
    there = {("n", row.number): row for row in rows}
    there |= {("o", row.outside): row for row in rows if row.source == place.source}
    return there, followed


# --- writing ----------------------------------------------------------------------------------------------


async def _write(place: Place, plans: Sequence[Plan]) -> None:
    """Write what is planned, a few thousandths of a second at a time, and rest longer after each."""
    if place.codes is not None:
        for plan in plans:
            if plan.row is None:
                code = numbers.new_code()
                plan.values["code"] = numbers.hash_of(place.keys, plan.values["number"], code)
                place.codes(plan.values["number"], code)
    waiting = deque(plans)
    tries = 0
    while waiting:
        begun = time.perf_counter()
        try:
            done = await _portion(place, list(waiting))
            tries = 0
        except DatabaseAway:
            tries += 1
            if tries == TRIES:
                raise
            await asyncio.sleep(0.25 * 2**tries)
            continue
        for _ in range(done):
            waiting.popleft()
        await _rest(begun)


async def _rest(begun: float) -> None:
    """Longer than the work took: most of the time belongs to clients."""
    await asyncio.sleep(min(REST * (time.perf_counter() - begun), 1.0))


async def _portion(place: Place, plans: Sequence[Plan]) -> int:
    """One transaction; gives how many plans it has carried out, the first ones."""
    done = 0
    highest: dict[str, str] = {}
    async with place.db.begin() as session:
        until = time.perf_counter() + HELD
        for part in _parts(plans):
            if part[0].row is None:
                await _add(session, place, part)
                for plan in part:
                    _raise_to(highest, plan)
            else:
                await _change(session, place, part[0])
            done += len(part)
            if time.perf_counter() >= until:
                break
        for number in highest.values():
            await _pass_over(session, place, number)
    return done


def _parts(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """New ones together, as long as they follow each other; changes one by one."""
    part: list[Plan] = []
    for plan in plans:
        if part and (plan.row is not None or part[0].row is not None or len(part) == STEP):
            yield part
            part = []
        part.append(plan)
    if part:
        yield part


def _inserting(insertion: Any) -> Any:
    return insertion(appeals).on_conflict_do_nothing().returning(appeals.c.id, appeals.c.number)


_ADD: Final = {"sqlite": _inserting(sqlite_insert), "postgresql": _inserting(postgresql_insert)}


async def _add(session: Session, place: Place, plans: Sequence[Plan]) -> None:
    stored = await session.execute(_ADD[session.dialect.name], [plan.values for plan in plans])
    idents = {number: ident for ident, number in stored}
    happened: list[dict[str, Any]] = []
    noted: list[dict[str, Any]] = []
    for plan in plans:
        number = plan.values["number"]
        if number not in idents:
            plan.failed("такой номер только что появился здесь: загрузите файл ещё раз")
            continue
        for act in plan.acts:
            happened.append(act.row | {"appeal": idents[number]})
            noted.append(_noted(place, number, act))
    if happened:
        await session.execute(insert(happenings), happened)
        await session.execute(insert(journal.table), noted)
    for plan in plans:
        if plan.outcome.result == "new" and plan.values["open"] and plan.values["holder"] is None:
            row = (await session.execute(select(appeals).where(appeals.c.id == idents[plan.values["number"]]))).one()
            await notices.to_people(session, place.office, row, place.now, what="unrouted")


def _noted(place: Place, number: str, act: Act) -> dict[str, Any]:
    action = f"appeal.{act.row['kind']}"
    return {"at": place.now, "actor": place.by, "action": action, "subject": number, "details": act.details}


async def _change(session: Session, place: Place, plan: Plan) -> None:
    row = plan.row
    changed = await session.execute(
        update(appeals)
        .where(appeals.c.id == row.id, appeals.c.version == row.version)
        .values(version=appeals.c.version + 1, **plan.values)
    )
    if not changed.rowcount:
        plan.failed("пока шла загрузка, обращение изменил сотрудник: загрузите файл ещё раз")
        return
    for act in plan.acts:
        added = insert(happenings).values(act.row | {"appeal": row.id}).returning(happenings.c.id)
        event = int((await session.execute(added)).scalar_one())
        await session.execute(insert(journal.table), [_noted(place, row.number, act)])
        if plan.told:
            await notices.tell(session, place.office, place.calendar, row.id, event, place.now)
            if act.row["kind"] in ("answered", "refused"):
                fresh = (await session.execute(select(appeals).where(appeals.c.id == row.id))).one()
                await notices.ask(session, place.office, place.calendar, fresh, place.now)
    if not plan.acts:
        await journal.note(session, place.now, place.by, "appeal.imported", row.number, " ".join(sorted(plan.values)))


def _raise_to(highest: dict[str, str], plan: Plan) -> None:
    """Keep the highest new number of each series."""
    number = plan.values["number"]
    if plan.outcome.result != "new" or (parts := numbers.parts(number)) is None:
        return
    name = f"{parts[0]}-{parts[1]}"
    before = numbers.parts(highest[name]) if name in highest else None
    if before is None or before[2] < parts[2]:
        highest[name] = number


async def _pass_over(session: Session, place: Place, number: str) -> None:
    """Our series goes on after a number that came from elsewhere; the journal explains the gap that this may leave."""
    parts = numbers.parts(number)
    if parts is None or parts[0] not in {kind.series for kind in place.content.kinds}:
        return
    passed = await numbers.pass_over(session, number)
    if passed is not None:
        subject = f"{parts[0]}-{parts[1]}"
        await journal.note(session, place.now, place.by, "appeal.numbers", subject, f"from={passed[0]} to={passed[1]}")
