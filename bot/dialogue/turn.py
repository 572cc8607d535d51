"""What a dialogue has in hand during one turn, and what it gives back."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend import feedback
from backend.calendar import Calendar, WorkCalendar
from backend.clock import office_day
from backend.codes import LiveCodes
from backend.conversation import Taken
from backend.db import Session
from backend.identity import Keys
from backend.knowledge.asked import Noted
from backend.knowledge.live import Base
from backend.office.model import Office, Person
from bot.channels import Mode, Traits
from bot.dialogue.state import AnyState
from bot.messages import Address, Asks, Incoming, Reply
from bot.policy import may
from bot.words import Words
from surveys.definition import Survey


@dataclass(frozen=True, slots=True)
class Door:
    """A channel that is on, as other channels may name it to a client."""

    name: str
    mode: Mode
    link: str  # with a place {payload}; empty: only its name can be told


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Replies of this turn for another chat of the same person (a group's question goes on in private)."""

    where: Address
    state: AnyState
    replies: list[Reply]


@dataclass(slots=True)
class Step:
    """What a dialogue returns: the new place and the replies. It never sends anything."""

    state: AnyState
    replies: list[Reply]
    elsewhere: Elsewhere | None = None
    forget: bool = False
    farewell: str = ""  # what he must know of it, where a page keeps nothing to look at


@dataclass(slots=True)
class Memory:
    """What the process remembers between turns, all of it recomputable: the day's secret, old survey versions."""

    day: date | None = None
    secret: bytes = b""
    reads_only: bool = False  # a look: where today has no secret yet, nothing is tied yet either
    surveys: dict[tuple[str, int], Survey] = field(default_factory=dict)


@dataclass(slots=True)
class Turn:
    """One event of one conversation, inside its transaction. `language`, `stopped` may be changed by dialogues."""

    session: Session
    incoming: Incoming
    now: datetime
    taken: Taken
    traits: Traits
    office: Office
    keys: Keys
    all_words: dict[str, Words]
    zone: ZoneInfo
    doors: list[Door]
    url: str
    memory: Memory
    language: str
    stopped: bool
    staff_chat: str = ""
    live: Calendar = field(kw_only=True)
    codes: LiveCodes = field(kw_only=True)
    knowledge: Base = field(kw_only=True)  # the published knowledge base as this process serves it
    noted: Noted = field(default_factory=Noted, kw_only=True)  # counted once the turn is committed
    file_megabytes: int = field(default=20, kw_only=True)  # how large a file may be
    dropped: list[str] = field(default_factory=list, kw_only=True)  # stored files to delete after the commit

    @property
    def calendar(self) -> WorkCalendar:
        return self.live()

    @property
    def key(self) -> str:
        return self.taken.key

    @property
    def words(self) -> Words:
        return self.all_words[self.language]

    @property
    def today(self) -> date:
        return office_day(self.now, self.zone)

    @property
    def person(self) -> Person | None:
        return self.office.person(self.taken.person) if self.taken.person else None

    @property
    def fresh(self) -> bool:
        return self.taken.fresh

    def may(self, asks: Asks) -> bool:
        return may(self.traits.mode, asks)

    def text(self, text: dict[str, str]) -> str:
        """A text of the office in the reader's language."""
        return self.office.text(text, self.language)

    async def tie(self, subject: feedback.Subject, survey: str) -> str:
        """What ties a finished response to this chat until the end of the office's day."""
        if self.memory.day != self.today:
            if self.memory.reads_only:
                self.memory.secret = await feedback.known_secret(self.session, self.today) or b"none yet"
            else:
                self.memory.secret = await feedback.secret_of(self.session, self.today)
            self.memory.day = self.today
        return tie_of(self.keys, self.memory.secret, self.today, self.key, subject, survey)

    async def survey(self, ident: str, version: int) -> Survey | None:
        """The survey in the version that the response was begun with."""
        current = self.office.surveys.get(ident)
        if current is not None and current.version == version:
            return current
        if (ident, version) not in self.memory.surveys:
            kept = await feedback.kept_survey(self.session, ident, version)
            if kept is None:
                return None
            self.memory.surveys[ident, version] = Survey.model_validate_json(kept)
        return self.memory.surveys[ident, version]


tie_of = feedback.tie_of


NONCE_BITS = 19


def nonce(ident: int) -> str:
    """Four letters that tell the buttons of one response from those of another."""
    return base64.b32encode((ident & 0xFFFFF).to_bytes(3, "big"))[1:5].decode().lower().replace("=", "a")


def ending_of(nonce: str) -> int | None:
    """The last NONCE_BITS of the ids that have this nonce; None when it is none."""
    try:
        return int.from_bytes(base64.b32decode(f"A{nonce.upper()}==="), "big") & (1 << NONCE_BITS) - 1
    except ValueError:
        return None


def short_id(ident: int) -> str:
    """A 62-bit id as thirteen letters fit for a button."""
    return base64.b32encode(ident.to_bytes(8, "big")).decode().rstrip("=").lower()


def long_id(text: str) -> int | None:
    try:
        return int.from_bytes(base64.b32decode(text.upper() + "=" * (-len(text) % 8)), "big")
    except ValueError:
        return None
