"""What of appeals belongs to one chat: «Мои обращения» with its filter, and everything that is stored, for the data
file (requirements 4.11, 5.30). Nothing here knows how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from backend import consents, relays
from backend.appeals import drafts, events, files, following
from backend.appeals.registration import applicant_of, text_of
from backend.db import Session
from backend.identity import Keys
from backend.office.model import Office

Kind = Literal["service", "measure", "function", "resource", "appeal", "question"]
KINDS: Final[tuple[Kind, ...]] = ("service", "measure", "function", "resource", "appeal", "question")
"""By what the list can be filtered: what an appeal is about – a service, a measure of support, a function, an
information resource –, any appeal, or a question that was handed over to a person."""
ALL: Final = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. `row`: the appeal as this chat follows it, or the relay of a question."""

    what: Literal["appeal", "question"]
    kinds: frozenset[Kind]
    row: Any


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that an appeal reached, by the code of the office folder."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What the client wrote later on. `text` is empty where texts may not be shown."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that the client added."""

    name: str
    kind: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MyAppeal:
    """One followed appeal. `filed`: sent from this very chat; then its text is the client's own. `text`, the words of
    `messages` and the names of `sent` only where personal data may be shown."""

    number: str
    kind: str
    service: str | None
    stage: str
    registered_on: date
    due_on: date
    promised_on: date | None
    ended_on: date | None
    open: bool
    filed: bool
    notices: bool
    since: datetime
    stages: tuple[Stage, ...]
    messages: tuple[Message, ...]
    sent: tuple[SentFile, ...]
    text: str
    applicant: dict[str, str]  # name and contact, where it was sent from this chat
    replies: tuple[Message, ...]  # what the office wrote to him


@dataclass(frozen=True, slots=True)
class MyDraft:
    """What he has written and not sent."""

    kind: str
    touched_on: date
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class MyConsent:
    purpose: str
    version: int
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mine:
    """Everything that is stored about a chat concerning appeals."""

    appeals: tuple[MyAppeal, ...]
    draft: MyDraft | None
    consents: tuple[MyConsent, ...]

    @property
    def empty(self) -> bool:
        return not self.appeals and self.draft is None and not self.consents


async def items(session: Session, office: Office, chat: str) -> list[Item]:
    """The lines of «Мои обращения»: appeals, what is open first, then questions that a person answers."""
    found = [Item("appeal", _kinds(office, row), row) for row in await following.listed(session, chat)]
    for relay in reversed(await relays.of_address(session, chat)):
        found.append(Item("question", frozenset({"question"}), relay))
    return found


def _kinds(office: Office, row: Any) -> frozenset[Kind]:
    service = office.service(row.service) if row.service else None
    return frozenset({"appeal", service.kind}) if service is not None else frozenset({"appeal"})


def fitting(found: list[Item], kind: str) -> list[Item]:
    """The lines of this kind; all of them for an unknown one."""
    return [item for item in found if kind in item.kinds] if kind in KINDS else found


def present(found: list[Item]) -> list[Kind]:
    """The kinds that at least one line has, in their usual order."""
    return [kind for kind in KINDS if any(kind in item.kinds for item in found)]


async def gather(session: Session, office: Office, keys: Keys, chat: str, *, personal: bool) -> Mine:
    """Everything stored about this chat concerning appeals. `personal`: whether texts and names of files may be shown
    where it is read."""
    if office.appeals is None:
        return Mine((), None, ())
    rows = await following.listed(session, chat, limit=ALL, hidden=True)
    found = tuple([await _appeal(session, keys, row, personal) for row in rows])
    written = await drafts.of(session, keys, chat)
    draft = None
    if written is not None:
        draft = MyDraft(written.kind, written.touched_on, dict(written.fields) if personal else {})
    given = tuple(
        MyConsent(row.purpose, row.version, row.given_at, row.withdrawn_at)
        for row in await consents.of_chat(session, chat)
    )
    return Mine(found, draft, given)


async def _appeal(session: Session, keys: Keys, row: Any, personal: bool) -> MyAppeal:
    history = await events.of(session, keys, row.id, public=True, limit=ALL)
    messages = [event for event in history if event.kind == "message" and event.by == "client"]
    sent = [file for file in await files.of(session, row.id) if file.by == "client"]
    return MyAppeal(
        number=row.number,
        kind=row.kind,
        service=row.service,
        stage=row.stage,
        registered_on=row.registered_on,
        due_on=row.due_on,
        promised_on=row.promised_on,
        ended_on=row.ended_on,
        open=row.open,
        filed=row.filed,
        notices=row.notices,
        since=row.since,
        stages=tuple(Stage(event.stage, event.at) for event in history if event.kind in events.STAGES),
        messages=tuple(Message(event.at, event.words.get("text", "") if personal else "") for event in messages),
        sent=tuple(
            SentFile(files.name_of(keys, file) if personal else "", file.kind, file.size, file.at) for file in sent
        ),
        text=text_of(keys, row) if personal and row.filed else "",
        applicant=applicant_of(keys, row) if personal and row.filed else {},
        replies=tuple(
            Message(event.at, "\n".join(event.words.values()))
            for event in history
            if personal and event.by != "client" and event.words
        ),
    )
