"""One event, one transaction, one turn. Policy, masking and errors end here.

`hear` returns after the commit: the event is accepted, its answer, its place in the talk, its tasks and the replies it
owes are stored together. Sending comes afterwards (`bot.delivery`); no transaction is open while a network is awaited.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from backend import checkpoints, conversation, relays
from backend.calendar import Calendar
from backend.clock import Clock, office_day
from backend.codes import LiveCodes
from backend.conversation import Repeated, Taken
from backend.db import Database, DatabaseAway, Session
from backend.files import FileStore, Refused
from backend.identity import Keys
from backend.knowledge.asked import Tally
from backend.knowledge.live import Base
from backend.office.model import Office
from bot import dialogue, logs
from bot.channels import Busy, Heard, Screen, Traits
from bot.dialogue import my_data
from bot.dialogue import state as states
from bot.dialogue.common import where_else
from bot.dialogue.state import Answering, Idle
from bot.dialogue.turn import Door, Elsewhere, Memory, Step, Turn
from bot.faults import place_of
from bot.messages import (
    Address,
    Asks,
    Choose,
    File,
    Fill,
    Incoming,
    Joined,
    KeptFile,
    Left,
    Moved,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Unreadable,
    Write,
    buttons_of,
    replies_json,
)
from bot.policy import Forbidden, check
from bot.words import Words

log = logging.getLogger(__name__)

REPLY_GRACE_SECONDS = 15  # a reply not marked as sent by then is taken up by the deliverer
LIVE = ("task", "work.all", "work.mine")  # places of staff that a page shows as they are now
BURST, PER_SECOND = 20, 1.0  # events of one client before he is slowed


@dataclass(frozen=True, slots=True)
class Owed:
    """Replies that are stored and now must be shown. `turn` makes their random_id."""

    key: str
    turn: int
    where: Address
    incoming: Incoming | None
    replies: Sequence[Reply]


Speak = Callable[[Owed], None]
Turned = Callable[[str, str, float], None]
"""Told of each event: channel, how it ended, seconds until the commit."""


class Slowing:
    """One client's flood must not take the others' time: a bucket of BURST events, refilled at PER_SECOND."""

    def __init__(self, now: Callable[[], float] = time.monotonic, size: int = 20_000) -> None:
        self._now = now
        self._size = size
        self._buckets: OrderedDict[str, tuple[float, float, bool]] = OrderedDict()

    def allow(self, key: str) -> tuple[bool, bool]:
        """(may speak, tell him now): told once for each flood."""
        now = self._now()
        level, at, told = self._buckets.pop(key, (float(BURST), now, False))
        level = min(float(BURST), level + (now - at) * PER_SECOND)
        allowed = level >= 1
        tell = not allowed and not told
        self._buckets[key] = (level - 1 if allowed else level, now, (told or tell) and level < BURST / 2)
        if len(self._buckets) > self._size:
            self._buckets.popitem(last=False)
        return allowed, tell


class Hearing:
    """Takes events from all channels. Built once by the composition root."""

    def __init__(
        self,
        *,
        db: Database,
        office: Office,
        words: dict[str, Words],
        keys: Keys,
        clock: Clock,
        url: str,
        staff_chat: str = "",
        doors: Callable[[], list[Door]] = list,
        calendar: Calendar,
        codes: LiveCodes,
        knowledge: Callable[[], Base] = Base,
        tally: Tally | None = None,
        files: FileStore | None = None,
    ) -> None:
        self.db = db
        self.office = office
        self.words = words
        self.keys = keys
        self.clock = clock
        self.url = url
        self.staff_chat = staff_chat
        self.doors = doors
        self.calendar = calendar
        self.codes = codes
        self.knowledge = knowledge
        self.tally = tally or Tally()
        self.files = files
        self.zone = ZoneInfo(office.timezone)
        self.memory = Memory()
        self.slowing = Slowing()
        self._busy_told: dict[str, float] = {}
        self.speak: Speak = lambda _owed: None
        self.after_commit: Callable[[], None] = lambda: None
        self.turned: Turned = lambda _channel, _outcome, _seconds: None

    def key_of(self, incoming: Incoming) -> str:
        if incoming.private:
            return self.keys.hash(str(incoming.where))
        return self.keys.hash(f"{incoming.where}|{incoming.who}")

    async def hear(self, incoming: Incoming, traits: Traits) -> Heard:
        """Take one event. Raises Busy when it could not be stored: it must come again."""
        begun, outcome = time.perf_counter(), "failed"
        with logs.belongs_to():
            try:
                heard = await self._take(incoming, traits)
                outcome = "repeated" if heard.repeated else heard.ended
            except Busy:
                outcome = "busy"
                raise
            finally:
                self.turned(traits.name, outcome, time.perf_counter() - begun)
        return heard

    async def _take(self, incoming: Incoming, traits: Traits) -> Heard:
        incoming = _storable(incoming)
        key = self.key_of(incoming)
        allowed, tell = self.slowing.allow(key)
        if not allowed and not isinstance(incoming.event, Left | Moved):
            if tell:
                words = self.words[self._first_language(incoming)]
                self.speak(Owed(key, 0, incoming.where, incoming, [Say(text=words("slow-down"))]))
            return Heard(ended="slowed")
        incoming = await self._with_file(incoming, traits)
        try:
            heard, owed, again = await self._turn(incoming, traits, key)
        except DatabaseAway as error:
            self.memory.day = None
            self._tell_busy(incoming, key, error)
            raise Busy(str(error)) from error
        for one in owed:
            self.speak(one)
        if again is not None:
            self.speak(Owed(self.keys.hash(str(again.where)), 0, again.where, None, again.replies))
        self.after_commit()
        if heard.repeated and isinstance(incoming.event, File) and incoming.event.kept is not None:
            await self._delete([incoming.event.kept.stored])  # the turn that was committed has stored its own
        return heard

    async def _with_file(self, incoming: Incoming, traits: Traits) -> Incoming:
        """The event with its file checked and stored: before the transaction, for disk and scanner take their time. In
        a channel that may not carry personal data a file is never looked at."""
        event = incoming.event
        if not isinstance(event, File):
            return incoming
        if self.files is None or traits.mode != "personal" or not incoming.private:
            return replace(incoming, event=Unreadable(event.shown))
        if event.refused is None and not event.path:
            event = replace(event, refused="large")
        if event.refused is None:
            try:
                kept = await self.files.take(Path(event.path), event.name)
            except Refused as refusal:
                event = replace(event, refused=refusal.reason)
            else:
                event = replace(event, kept=KeptFile(kept.stored, kept.kind, kept.size, kept.name))
        return replace(incoming, event=event)

    async def _delete(self, stored: Sequence[str]) -> None:
        """Files that no row names any more; what cannot be deleted now is swept up later."""
        if self.files is None or not stored:
            return
        try:
            await self.files.remove(stored)
        except OSError as error:
            log.error("files could not be deleted: %s", error.strerror)

    async def _turn(self, incoming: Incoming, traits: Traits, key: str) -> tuple[Heard, list[Owed], Elsewhere | None]:
        now = self.clock()
        today = office_day(now, self.zone)
        # Messengers number their updates; kept as they are, the numbers would tell who came after whom.
        event = self.keys.hash(f"event:{incoming.id}")[:12]
        refusal: Forbidden | None = None
        broken = False
        # At most three tries: the turn itself; a refusal by policy; an apology for a fault of ours.
        for _ in range(3):
            try:
                async with self.db.begin() as session:
                    taken = await conversation.take_turn(session, key, traits.name, event, today)
                    checkpoints.reached("after_claim")
                    if isinstance(taken, Repeated):
                        return Heard(repeated=True), self._still_owed(taken, incoming), None
                    turn = self._make_turn(session, incoming, traits, taken, now)
                    if refusal is not None:
                        step = Step(Idle(), [where_else(turn, refusal.asks)])
                    elif broken:
                        step = Step(
                            states.load(taken.state),
                            [Say(text=turn.words("our-fault", phone=self.office.phone))],
                        )
                    else:
                        step = await dialogue.answer(turn, states.load(taken.state), incoming.event)
                        if traits.mode != "off":
                            check(traits.mode, step.replies)
                    owed = await self._keep(session, turn, step, traits)
                    checkpoints.reached("before_commit")
                checkpoints.reached("after_commit")
                await self._delete(turn.dropped)
                self.tally.add(today, turn.noted)
                asked = _asked(step.replies) or _place(step) if step.replies else None
                ended: Literal["answered", "refused", "failed"] = "answered"
                if broken or refusal is not None:
                    ended = "failed" if broken else "refused"
                heard = Heard(forgotten=step.forget, step=asked, ended=ended, farewell=step.farewell)
                return heard, owed, step.elsewhere
            except Forbidden as error:
                self.memory.day = None
                refusal = error
            except (DatabaseAway, asyncio.CancelledError):
                raise
            except Exception as error:
                # A fault of ours must not come back for ever with every redelivery: say so, once, and go on.
                self.memory.day = None
                if broken:
                    raise
                broken = True
                log.error("a turn failed: %s", place_of(error))
        raise AssertionError("unreachable")

    def _make_turn(self, session: Session, incoming: Incoming, traits: Traits, taken: Taken, now: datetime) -> Turn:
        return Turn(
            session=session,
            incoming=incoming,
            now=now,
            taken=taken,
            traits=traits,
            office=self.office,
            keys=self.keys,
            all_words=self.words,
            zone=self.zone,
            doors=self.doors(),
            url=self.url,
            memory=self.memory,
            language=taken.language if taken.language in self.words else self._first_language(incoming),
            stopped=taken.stopped,
            staff_chat=self.staff_chat,
            live=self.calendar,
            codes=self.codes,
            knowledge=self.knowledge(),
            file_megabytes=self.files.most_bytes // 2**20 if self.files is not None else 0,
        )

    def _first_language(self, incoming: Incoming) -> str:
        """ru → Russian, en → English, others → the office's first language, with «English» offered."""
        return incoming.language if incoming.language in self.words else self.office.languages[0]

    async def _keep(self, session: Session, turn: Turn, step: Step, traits: Traits) -> list[Owed]:
        where = turn.incoming.where
        if step.elsewhere is not None:
            other = self.keys.hash(str(step.elsewhere.where))
            await conversation.set_state(session, other, traits.name, states.dump(step.elsewhere.state), turn.today)
        owed = [Owed(turn.key, turn.taken.turn, where, turn.incoming, step.replies)] if step.replies else []
        if step.forget and not turn.stopped:
            await conversation.forget(session, turn.key)
            return owed
        await conversation.keep_turn(
            session,
            turn.taken,
            state=states.dump(step.state),
            language="" if step.forget else turn.language,
            stopped=turn.stopped,
            today=turn.today,
            replies=kept_replies(self.keys, step.replies) if step.replies and not step.forget else None,
            # Pages read what is stored; nothing is sent to them.
            reply_to=None if traits.pages or not step.replies else self.keys.seal(where.id),
            reply_due=None if traits.pages or not step.replies else int(time.time()) + REPLY_GRACE_SECONDS,
        )
        return owed

    def _still_owed(self, taken: Repeated, incoming: Incoming) -> list[Owed]:
        """A redelivered event gets the same answer, if it was not sent yet."""
        if not taken.replies or not taken.reply_to:
            return []
        return [Owed(taken.key, taken.turn, incoming.where, incoming, read_replies(self.keys, taken.replies))]

    def _tell_busy(self, incoming: Incoming, key: str, error: DatabaseAway) -> None:
        """Nothing is lost: the event comes again. He is told once, where a chat is there to tell."""
        log.warning("the database is away (%s); the event will come again", error)
        if isinstance(incoming.event, Left | Moved | Joined) or not incoming.private:
            return
        words = self.words[self._first_language(incoming)]
        if self._first_busy(key):
            self.speak(Owed(key, -1, incoming.where, incoming, [Say(text=words("busy"))]))

    def _first_busy(self, key: str) -> bool:
        now = time.monotonic()
        self._busy_told = {k: t for k, t in self._busy_told.items() if now - t < 60}
        if key in self._busy_told:
            return False
        self._busy_told[key] = now
        return True

    async def read_data(self, key: str, traits: Traits) -> str | None:
        """All that is stored of the chat with this hash, as a text for its client; None when there was no talk."""
        nobody = Address(traits.name, "")
        incoming = Incoming(id="look", who=nobody, where=nobody, event=Start())
        async with self.db.read() as session:
            row = await conversation.get(session, key)
            if row is None or row.channel != traits.name or traits.mode == "off":
                return None
            taken = Taken(key, row.language, row.person, row.stopped, row.state, row.turn, row.day, fresh=False)
            turn = self._make_turn(session, incoming, traits, taken, self.clock())
            turn.memory = Memory(surveys=self.memory.surveys, reads_only=True)
            return await my_data.as_text(turn)

    async def look(self, where: Address, traits: Traits, step: str = "", language: str = "") -> Screen:
        """What this chat shows now; changes nothing. `step`: an earlier question, or a screen by its name."""
        incoming = Incoming(id="look", who=where, where=where, event=Start(), language=language or None)
        key = self.keys.hash(str(where))
        now = self.clock()
        async with self.db.read() as session:
            row = await conversation.get(session, key)
            today = office_day(now, self.zone)
            taken = (
                Taken(key, row.language, row.person, row.stopped, row.state, row.turn, row.day, fresh=False)
                if row
                else Taken(key, "", None, False, "", 0, today, fresh=True)
            )
            # A personal secret link is known by what waits behind it before anybody has spoken there.
            waiting = [] if row else await relays.of_address(session, key)
            if waiting and waiting[-1].language in self.words:
                taken = dataclasses.replace(taken, language=waiting[-1].language)
            turn = self._make_turn(session, incoming, traits, taken, now)
            # A look makes no secret of the day: it could not keep it.
            turn.memory = Memory(surveys=self.memory.surveys, reads_only=True)
            state = states.load(taken.state)
            if isinstance(state, Answering) and row and row.day < today:
                state = state.model_copy(update={"paused": True})
            kept = read_replies(self.keys, row.replies) if row and row.replies else []
            if isinstance(state, Answering) and state.paused and row and row.day < today:
                kept = []
            replies: list[Reply] = []
            if step and not (kept and _last_step(kept) == step):
                shown = await dialogue.question_at(turn, state, step)
                replies = [shown] if shown is not None else []
            if not replies and kept:
                replies = kept
            if turn.person is not None and isinstance(state, Idle) and state.place.startswith(LIVE) and not step:
                # The list and the cards of tasks live: only what was said above them is from the last turn.
                shown = await dialogue.screen(turn, state)
                replies = _freshened(kept, shown) if shown is not None else kept
            place = state.place if isinstance(state, Idle) else ""
            if place.startswith("appeal") and step in ("", place) and kept and _last_step(kept) == place:
                # So does an appeal: what its client sees is never of an earlier moment.
                shown = await dialogue.screen(turn, state)
                replies = [*kept[:-1], shown] if shown is not None else kept
            if not replies:
                shown = await dialogue.screen(turn, state)
                replies = [shown] if shown is not None else []
        return Screen(
            replies=tuple(replies),
            step=_asked(replies),
            staff=turn.person is not None,
            desk=turn.person is not None and turn.office.appeals is not None,
            known=row is not None or bool(waiting),
            language=turn.language,
        )


# Control characters (but tab and line feed) and lone surrogates: no database stores them all.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _storable(incoming: Incoming) -> Incoming:
    """The event without characters that cannot be stored or sent."""
    event = incoming.event
    if isinstance(event, Text | Fill | Start | File) and _UNSTORABLE.search(event.text):
        event = replace(event, text=_UNSTORABLE.sub("", event.text))
    if isinstance(event, Start) and _UNSTORABLE.search(event.payload):
        event = replace(event, payload=_UNSTORABLE.sub("", event.payload))
    if event is incoming.event and not _UNSTORABLE.search(incoming.name):
        return incoming
    return replace(incoming, event=event, name=_UNSTORABLE.sub("", incoming.name))


_OPEN_TO_READ: frozenset[Asks] = frozenset({"nothing", "rating"})


def kept_replies(keys: Keys, replies: Sequence[Reply]) -> str:
    """Replies as they are stored until they are sent or shown. What holds words, numbers or codes of a client is
    sealed: the database alone must not tell them (requirement 9.02)."""
    text = replies_json.dump_json(list(replies)).decode()
    links = any(button.url and "/my-data/" in button.url for reply in replies for button in buttons_of(reply))
    return text if not links and all(reply.asks in _OPEN_TO_READ for reply in replies) else keys.seal(text)


def read_replies(keys: Keys, stored: str) -> list[Reply]:
    """Replies as they were stored; none when another version of the program wrote them, or under another key."""
    try:
        return replies_json.validate_json(stored if stored.startswith("[") else keys.open(stored))
    except ValueError:
        return []


def _freshened(kept: Sequence[Reply], shown: Reply) -> list[Reply]:
    """The screen as it is now, under the first line of what the last turn said about it («Вы взяли задачу»)."""
    if kept and kept[-1].step != shown.step:
        return [*kept, shown]
    said = kept[-1].text.partition("\n")[0] if kept else ""
    if said and said not in shown.text and said.rstrip(".") not in shown.text and shown.step.startswith("task."):
        shown = shown.model_copy(update={"text": f"{said}\n{shown.text}"})
    return [*kept[:-1], shown]


def _asked(replies: Sequence[Reply]) -> str:
    """The step that waits for an answer."""
    return next((r.step for r in replies if isinstance(r, Rate | Choose | Write)), "")


def _place(step: Step) -> str:
    """The screen about an appeal that the talk stands at: pages give each its own address, so that «Back» leads from
    one to the other."""
    place = step.state.place if isinstance(step.state, Idle) else ""
    return place if place.startswith("appeal") and _last_step(step.replies) == place else ""


def _last_step(replies: Sequence[Reply]) -> str:
    return replies[-1].step if replies else ""
