"""What the routes of appeals answer: the shapes that the description names, and how rows become them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from backend.api.problems import ErrorBody
from backend.appeals import access, registration, work
from backend.appeals.deadlines import Deadline, reckon, rule_for
from backend.appeals.events import Event
from backend.appeals.model import Appeals
from backend.appeals.reminders import missed
from backend.calendar import WorkCalendar
from backend.identity import Keys
from backend.office.model import Office
from surveys.definition import Text


class Named(BaseModel):
    id: str
    name: str


class Receipt(BaseModel):
    """`code`: the client's secret code, shown this once; null when this `id` was registered before. `late`: the term
    for registering had passed. `followed`: his chat gets the receipt and later notices. `holder`: null while nobody
    could get it."""

    number: str = Field(examples=["А-2026-0147"])
    code: str | None = Field(examples=["K7PM-4XQ2"])
    version: int
    kind: str
    stage: str
    received_on: date
    registered_on: date
    legal: date
    due: date
    preliminary: bool
    late: bool
    holder: Named | None
    followed: bool = False


class AppealRow(BaseModel):
    """An appeal without words of its client. `legal`: the date by the letter of the law; `due`: the date that staff
    keep; `preliminary`: the calendar of its year is not confirmed. `open`: an answer is owed. `means`: what the stage
    is to the rules: new, work, suspended, answered, redirected, refused, closed."""

    number: str = Field(examples=["А-2026-0147"])
    version: int
    kind: str
    kind_name: str
    way: str
    topic: str | None
    service: str | None
    point: str | None
    unit: str | None
    summary: str
    stage: str
    stage_name: str
    means: str
    open: bool
    stage_at: datetime
    received_on: date
    registered_on: date
    legal: date
    due: date
    preliminary: bool
    overdue_days: int
    extended_days: int
    promised_on: date | None
    holder: Named | None
    complained: list[Named]
    answered_on: date | None
    in_time: bool | None
    ended_on: date | None
    reason: str | None
    reopened: int
    reopen_until: date | None
    clear: int | None
    solved: str | None
    source: str | None
    id: str | None


class AppealList(BaseModel):
    """`more`: there is a next page."""

    appeals: list[AppealRow]
    page: int
    more: bool


class EventBody(BaseModel):
    """What happened. `by`: a person, `client` or `system`. `public`: the client sees it too."""

    id: int
    at: datetime
    by: Named
    kind: str
    stage: str | None
    public: bool
    data: dict[str, Any]
    words: dict[str, str]


class Present(BaseModel):
    """A colleague who has the appeal open right now, in the bot."""

    by: Named
    at: datetime
    doing: str


class AppealCard(AppealRow):
    """The whole appeal, with its newest 200 events. `next_stages`: where POST …/stage may lead. `extendable`: by how
    many days at most, 0 when not (any more)."""

    text: str
    applicant_kind: str | None
    applicant: dict[str, str]
    next_stages: list[Named]
    extendable: int
    reopenable: bool
    history: list[EventBody]
    present: list[Present]


class Done(AppealRow):
    """The appeal after the change. `told`: the client gets a notice in a chat."""

    told: bool


class NewCode(Done):
    """`code` is shown this once; the one before is dead."""

    code: str


class StepBody(BaseModel):
    """One step of the count: `start`: counting begins after `day`. `count`, `extend`: so many `days` end on `day`.
    `off`: `days` off within, which are not counted. `roll`: an end on the day off `day` goes to `until`."""

    what: str
    day: date
    days: int
    until: date | None


class DeadlineBody(BaseModel):
    """Why this date: the rule, the steps, and the same in words. `steps`, `basis` and `text` are null where the rule is
    no longer in the office folder. `redirect_until`: the last day for passing it on to another body."""

    number: str
    legal: date
    due: date
    preliminary: bool
    start: date
    unit: Literal["calendar", "working"] | None
    days: int | None
    extended_days: int
    basis: str | None
    steps: list[StepBody] | None
    text: str | None
    language: str
    redirect_until: date | None


class FileBody(BaseModel):
    """A file of the appeal. `id` is text: it is larger than the numbers of some languages."""

    id: str
    name: str
    kind: str
    size: int
    by: Named
    at: datetime
    public: bool


class FileList(BaseModel):
    files: list[FileBody]


class AppealError(ErrorBody):
    """`reason`: what the rules have against it; `unfilled`: variables that nobody has filled in; `most`: how many days
    are possible. `version`, `by`, `at`, `what`: who has changed the appeal meanwhile, when, and what was done."""

    reason: str | None = None
    unfilled: list[str] | None = None
    most: int | None = None
    version: int | None = None
    by: Named | None = None
    at: datetime | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How rows become answers: the office's names in one language."""

    office: Office
    calendar: WorkCalendar
    keys: Keys
    now: datetime
    language: str

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)

    @property
    def content(self) -> Appeals:
        return registration.content_of(self.office)

    def say(self, text: Text) -> str:
        return self.office.text(text, self.language)

    def named(self, ident: str) -> Named:
        """A person as others know him; the client, the system and who has left by the id."""
        person = self.office.person(ident)
        return Named(id=ident, name=person.short if person is not None else ident)

    def maybe(self, ident: str | None) -> Named | None:
        return self.named(ident) if ident else None

    def confirmed(self, row: Any) -> bool:
        return self.calendar.is_confirmed(row.legal_on) and self.calendar.is_confirmed(row.due_on)

    def fields(self, row: Any) -> dict[str, Any]:
        kind, stage = self.content.kind(row.kind), self.content.stage(row.stage)
        return {
            "number": row.number,
            "version": row.version,
            "kind": row.kind,
            "kind_name": self.say(kind.name) if kind is not None else row.kind,
            "way": row.way,
            "topic": row.topic or None,
            "service": row.service,
            "point": row.point,
            "unit": row.unit or None,
            "summary": row.summary,
            "stage": row.stage,
            "stage_name": self.say(stage.name) if stage is not None else row.stage,
            "means": row.means,
            "open": row.open,
            "stage_at": row.stage_at,
            "received_on": row.received_on,
            "registered_on": row.registered_on,
            "legal": row.legal_on,
            "due": row.due_on,
            "preliminary": not self.confirmed(row),
            "overdue_days": missed(row, self.today),
            "extended_days": row.extended,
            "promised_on": row.promised_on,
            "holder": self.maybe(row.holder),
            "complained": [self.named(person) for person in sorted(access.complained_of(row))],
            "answered_on": row.answered_on,
            "in_time": row.in_time,
            "ended_on": row.ended_on,
            "reason": row.reason or None,
            "reopened": row.reopened,
            "reopen_until": row.reopen_until,
            "clear": row.clear,
            "solved": row.solved or None,
            "source": row.source,
            "id": row.outside,
        }

    def receipt(self, row: Any, code: str | None, *, followed: bool = False) -> Receipt:
        rule = rule_for(self.content.rules, row.kind, "register", row.received_on)
        late = rule is not None and row.registered_on > reckon(rule, row.received_on, self.calendar).due
        return Receipt(
            number=row.number,
            code=code,
            version=row.version,
            kind=row.kind,
            stage=row.stage,
            received_on=row.received_on,
            registered_on=row.registered_on,
            legal=row.legal_on,
            due=row.due_on,
            preliminary=not self.confirmed(row),
            late=late,
            holder=self.maybe(row.holder),
            followed=followed,
        )

    def event(self, event: Event) -> EventBody:
        return EventBody(
            id=event.id,
            at=event.at,
            by=self.named(event.by),
            kind=event.kind,
            stage=event.stage or None,
            public=event.public,
            data=event.data,
            words=event.words,
        )

    def card(self, row: Any, history: list[Event], present: list[Any], extendable: int) -> AppealCard:
        following = work.next_stages(self.content, row) if row.open else []
        return AppealCard(
            **self.fields(row),
            text=registration.text_of(self.keys, row),
            applicant_kind=row.applicant_kind or None,
            applicant=registration.applicant_of(self.keys, row),
            next_stages=[Named(id=stage.code, name=self.say(stage.name)) for stage in following],
            extendable=extendable,
            reopenable=work.reopenable(row, self.today),
            history=[self.event(event) for event in history],
            present=[Present(by=self.named(one.person), at=one.at, doing=one.doing) for one in present],
        )

    def deadline(self, row: Any, explain: Callable[[str, Deadline, date], str]) -> DeadlineBody:
        found = work.deadline_of(self.content, row, self.calendar)
        passing = rule_for(self.content.rules, row.kind, "redirect", row.registered_on)
        steps = None
        if found is not None:
            steps = [StepBody(what=s.what, day=s.day, days=s.days, until=s.until) for s in found.steps]
        return DeadlineBody(
            number=row.number,
            legal=row.legal_on,
            due=row.due_on,
            preliminary=not self.confirmed(row),
            start=row.started_on,
            unit=found.rule.unit if found is not None else None,
            days=found.rule.days if found is not None else None,
            extended_days=row.extended,
            basis=self.say(found.rule.basis) if found is not None else None,
            steps=steps,
            text=explain(self.language, found, self.today) if found is not None else None,
            language=self.language,
            redirect_until=reckon(passing, row.registered_on, self.calendar).due if passing is not None else None,
        )
