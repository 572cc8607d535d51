"""Everything that goes out: replies of turns first, unasked messages within what the messenger's rate leaves.

Replies are sent by the process that heard the event; what it could not send, and the outbox, is the work of one
deliverer per channel at a time (a lease in the database). A reply counts as sent only when the database says so, so
it goes out at least once; VK drops the repeat by its random_id.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any

from backend import alerts, checkpoints, conversation, invitations, outbox, relays, staff, tasks
from backend.appeals import notices as appeal_rows
from backend.calendar import Calendar
from backend.clock import Clock
from backend.db import Database, DatabaseAway
from backend.identity import Keys
from backend.office.model import Office
from backend.shared_state import hold, release, this_process
from backend.staff import Place
from bot import appeal_notices, cards, desk_cards, logs, waiting
from bot.channels import CannotEdit, Channel, Mode, Rejected, TryLater, Unreachable
from bot.dialogue.invitation import invitation_message
from bot.dialogue.reply import answer_message, moved_message
from bot.faults import place_of
from bot.hearing import Owed, read_replies
from bot.messages import Address, Reply, Say
from bot.policy import may
from bot.words import Words

log = logging.getLogger(__name__)

HEADROOM = 0.97  # of the messenger's rate: what its clock and ours may differ by
POLL_SECONDS = 5.0
LEASE_SECONDS = 10
MAX_REPLY_TRIES = 6
QUIET = frozenset({"invitation", "appeal", "appeal_survey"})  # notices that wait for the end of the quiet hours
MAX_STUMBLES = 20  # tries of a notice that trips over a fault of ours
CHAT_BURST = 3  # messages that a chat takes at once before its gap counts
TOGETHER_SECONDS = 0.1  # commits within it are looked through for notices at once
UNREADY_SECONDS = 0.25  # between looks whether the messenger can be reached by now


class Pace:
    """Sends of one channel, evenly spaced; interactive replies (rank 0) go before notices (rank 1)."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1.0 / (per_second * HEADROOM)
        self._next = 0.0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, rank: int) -> None:
        """Wait for a place in the stream."""
        loop = asyncio.get_running_loop()
        if not self._waiting and loop.time() >= self._next:
            self._next = max(self._next + self._gap, loop.time() + self._gap / 2)
            return
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (rank, next(self._order), future))
        self._arm(loop)
        await future

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None:
            self._timer = loop.call_at(self._next, self._release, loop)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._waiting:
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)
                self._next = max(self._next + self._gap, loop.time() + self._gap / 2)
                break
        if self._waiting:
            self._arm(loop)

    def hold_back(self, seconds: float) -> None:
        """The messenger said 429 after all: everybody waits."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)


class Delivery:
    """Speaks replies and delivers the outbox for all channels of this process."""

    def __init__(
        self,
        *,
        db: Database,
        office: Office,
        words: dict[str, Words],
        keys: Keys,
        clock: Clock,
        channels: Mapping[str, Channel],
        staff_chat: str = "",
        alert_hours: str = "always",
        calendar: Calendar,
        url: str = "",
    ) -> None:
        self.db = db
        self.office = office
        self.words = words
        self.keys = keys
        self.clock = clock
        self.channels = channels
        self.alert_hours = alert_hours
        self.calendar = calendar
        self.url = url
        self.holder = this_process()
        self._extra: list[Place] = []
        if staff_chat:
            channel, _, ident = staff_chat.partition(":")
            self._extra = [Place(keys.hash(staff_chat), channel, keys.seal(ident), None, "")]
        self._wakes = {name: asyncio.Event() for name in channels}
        self._announce = asyncio.Event()
        self._pace = {name: Pace(c.per_second) for name, c in channels.items()}
        self._chats: dict[tuple[str, str], float] = {}  # when a chat takes its next unasked message
        self._limited: dict[str, dict[str, float]] = {}  # chats that said 429 lately
        self._chains: dict[str, asyncio.Task[None]] = {}
        self._sent: list[tuple[str, int]] = []
        self._sent_ready = asyncio.Event()
        # Told of each message: channel, reply or notice, how it went.
        self.sent: Callable[[str, str, str], None] = lambda _channel, _kind, _outcome: None

    # --- replies --------------------------------------------------------------------------------------

    def speak(self, owed: Owed) -> None:
        """Show the replies of a turn, after those of earlier turns of the same chat."""
        channel = self.channels.get(owed.where.channel)
        if channel is None or channel.traits.pages:
            return
        name = str(owed.where)
        before = self._chains.get(name)
        task = asyncio.create_task(self._say(channel, owed, before))
        self._chains[name] = task
        task.add_done_callback(lambda t: self._chains.pop(name, None) if self._chains.get(name) is t else None)

    async def _say(self, channel: Channel, owed: Owed, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        seed = int.from_bytes(self.keys.hash(f"{owed.key}|{owed.turn}").encode()[:7], "big")
        if owed.turn <= 0:
            seed ^= time.time_ns() & 0xFFFFFFFF
        incoming = owed.incoming
        for attempt in range(MAX_REPLY_TRIES):
            await self._pace[channel.traits.name].turn(0)
            self._chat_is_free_in(channel, owed.where, len(owed.replies))
            try:
                await channel.answer(incoming, owed.where, owed.replies, seed)
            except TryLater as later:
                self.sent(channel.traits.name, "reply", "later")
                self._hold_back(channel, owed.where, later)
                if owed.turn > 0:
                    with contextlib.suppress(DatabaseAway):
                        async with self.db.begin() as session:
                            until = int(time.time() + later.seconds) + 15 + LEASE_SECONDS
                            await conversation.postpone(session, owed.key, owed.turn, until)
                await asyncio.sleep(min(later.seconds, 30) * (1 + attempt / 2))
                if await self._overtaken(owed):
                    return
                continue
            except (Unreachable, Rejected) as error:
                self.sent(channel.traits.name, "reply", type(error).__name__.lower())
                log.log(
                    logging.ERROR if isinstance(error, Rejected) else logging.INFO,
                    "%s: a reply was not taken: %s",
                    channel.traits.name,
                    type(error).__name__ if isinstance(error, Unreachable) else error,
                )
            else:
                self.sent(channel.traits.name, "reply", "sent")
            break
        else:
            return  # the stored reply stays owed; the deliverer goes on
        checkpoints.reached("after_send")
        if owed.turn > 0:
            self._sent.append((owed.key, owed.turn))
            self._sent_ready.set()

    def _chat_is_free_in(self, channel: Channel, where: Address, replies: int = 0) -> float:
        """Seconds until this chat takes an unasked message, 0 when it does now; replies only push that moment on."""
        gap = channel.traits.gap(where) if channel.traits.gap is not None else 0.0
        if not gap:
            return 0.0
        now = time.monotonic()
        key = (where.channel, where.id)
        free = max(self._chats.get(key, 0.0), now)
        if not replies and free > now + CHAT_BURST * gap:
            return free - now - CHAT_BURST * gap
        # A lively dialogue must not put off an answer for long: what it borrows is bounded.
        self._chats[key] = min(free + gap * max(1, replies), now + (CHAT_BURST + 1) * gap)
        if len(self._chats) > 10_000:
            self._chats = {k: t for k, t in self._chats.items() if t > now}
        return 0.0

    def _hold_back(self, channel: Channel, where: Address, later: TryLater) -> None:
        """A 429 of one chat concerns that chat; of several at once, everybody."""
        if not later.limited:
            return
        now = time.monotonic()
        recent = {k: t for k, t in self._limited.get(channel.traits.name, {}).items() if now - t < 5}
        recent[where.id] = now
        self._limited[channel.traits.name] = recent
        if len(recent) >= 3:
            self._pace[channel.traits.name].hold_back(min(later.seconds, 60))

    async def _overtaken(self, owed: Owed) -> bool:
        """The client has moved on: a stale reply would only confuse."""
        if owed.turn <= 0:
            return False
        try:
            async with self.db.read() as session:
                row = (
                    await session.execute(conversation.table.select().where(conversation.table.c.key == owed.key))
                ).first()
        except DatabaseAway:
            return False
        return row is None or row.turn != owed.turn

    async def keep_marks(self) -> None:
        """Mark sent replies in batches: one commit for all that went out in the meantime."""
        while True:
            await self._sent_ready.wait()
            await asyncio.sleep(0.2)
            await self.flush_marks()

    async def flush_marks(self) -> None:
        self._sent_ready.clear()
        sent = list(self._sent)
        if not sent:
            return
        try:
            async with self.db.begin() as session:
                await conversation.mark_sent(session, sent)
            del self._sent[: len(sent)]
            checkpoints.reached("after_mark")
        except DatabaseAway:
            self._sent_ready.set()

    # --- unasked messages -----------------------------------------------------------------------------

    async def run(self, name: str) -> None:
        """Deliver one channel for ever: wakes on commits and when something falls due."""
        channel = self.channels[name]
        wake = self._wakes[name]
        ours, first, prolonged = False, True, -float(LEASE_SECONDS)
        while True:
            pause = POLL_SECONDS
            wake.clear()
            try:
                if not channel.ready:
                    ours, pause = False, UNREADY_SECONDS
                else:
                    if not ours or time.monotonic() - prolonged > LEASE_SECONDS / 3:
                        ours = await self._take_lease(name, first=first)
                        prolonged = time.monotonic()
                        first = first or not ours
                    if ours:
                        pause = await self._round(channel, first=first)
                        first = False
            except DatabaseAway:
                ours, pause = False, 1.0
            except Exception:
                log.exception("delivery of %s stumbled", name)
                ours, pause = False, 1.0
            if ours:
                with contextlib.suppress(TimeoutError):  # wait_for may swallow the cancelling of a stop
                    async with asyncio.timeout(pause):
                        await wake.wait()
            else:  # who does not deliver need not wake
                await asyncio.sleep(pause)

    async def _take_lease(self, name: str, *, first: bool) -> bool:
        """Whether this process delivers the channel now. `first`: another one may have done it before."""
        async with self.db.begin() as session:
            ours = await hold(session, f"deliver:{name}", self.holder, LEASE_SECONDS) is None
            if ours and first:
                await outbox.let_go(session, name)
        return ours

    async def announce_due(self) -> float:
        """Turn due tasks into notices. Gives the seconds until the next one falls due."""
        now = self.clock()
        async with self.db.read() as session:
            following = await tasks.next_due(session)
        if following is None or following > now:
            return max(0.05, (following - now).total_seconds()) if following else POLL_SECONDS
        async with self.db.begin() as session:
            for task in await tasks.due(session, now):
                due_at = now
                if self.alert_hours == "office" and task.kind != "danger":
                    due_at = self.calendar().next_opening(now)
                await alerts.announce(
                    session,
                    self.office,
                    task,
                    now,
                    extra=self._extra,
                    language=self.office.languages[0],
                    due_at=due_at,
                )
            following = await tasks.next_due(session)
        return max(0.05, (following - now).total_seconds()) if following else POLL_SECONDS

    async def keep_announcing(self) -> None:
        while True:
            pause = POLL_SECONDS
            try:
                pause = min(POLL_SECONDS, await self.announce_due())
            except DatabaseAway:
                pause = 1.0
            except Exception:
                log.exception("announcing stumbled")
            for wake in self._wakes.values():
                wake.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._announce.wait()
                await asyncio.sleep(TOGETHER_SECONDS)
            self._announce.clear()

    def woken(self) -> None:
        """Something was committed."""
        self._announce.set()

    async def _round(self, channel: Channel, *, first: bool) -> float:
        """Send what is due. Gives the seconds until there may be more."""
        name = channel.traits.name
        await self._replies_left_over(channel, everything=first)
        while True:
            now = self.clock()
            async with self.db.read() as session:
                following = await outbox.next_due(session, name)
            if following is None or following > now:
                return min(POLL_SECONDS, max(0.05, (following - now).total_seconds())) if following else POLL_SECONDS
            async with self.db.begin() as session:
                if await hold(session, f"deliver:{name}", self.holder, LEASE_SECONDS) is not None:
                    return 1.0  # another process has it now
                rows = await outbox.claim(session, name, now, limit=60)
            if not rows:
                return 1.0  # due, but held by a process that may have died
            checkpoints.reached("outbox_claimed")
            chats: dict[str, list[Any]] = {}
            for row in rows:
                chats.setdefault(row.address, []).append(row)
            sending = [asyncio.create_task(self._deliver_in_order(channel, of_chat)) for of_chat in chats.values()]
            async with self._lease_kept(name):
                done = await asyncio.gather(*sending)
            settled = [d for of_chat in done for d in of_chat if d is not None]
            checkpoints.reached("outbox_sent")
            async with self.db.begin() as session:
                for ident, outcome, message in settled:
                    await outbox.settle(session, ident, outcome, message)
            checkpoints.reached("outbox_marked")

    @contextlib.asynccontextmanager
    async def _lease_kept(self, name: str) -> AsyncIterator[None]:
        """A batch may take longer than the lease: it is prolonged meanwhile."""

        async def prolong() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 3)
                with contextlib.suppress(DatabaseAway):
                    async with self.db.begin() as session:
                        await hold(session, f"deliver:{name}", self.holder, LEASE_SECONDS)

        keeping = asyncio.create_task(prolong())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _deliver_in_order(
        self, channel: Channel, rows: list[Any]
    ) -> list[tuple[int, outbox.Outcome, str] | None]:
        """The notices of one chat one after the other: what happened overnight is told in its order."""
        return [await self._deliver_safely(channel, row) for row in rows]

    async def _deliver_safely(self, channel: Channel, row: Any) -> tuple[int, outbox.Outcome, str] | None:
        with logs.belongs_to(f"notice-{row.id}"):
            done = await self._try_to_deliver(channel, row)
        self.sent(channel.traits.name, "notice", "later" if done is None else done[1])
        return done

    async def _try_to_deliver(self, channel: Channel, row: Any) -> tuple[int, outbox.Outcome, str] | None:
        """One bad notice must not cost the others of its batch: it is put off, and given up loudly in the end."""
        try:
            return await self._deliver(channel, row)
        except DatabaseAway:
            return None  # its lease runs out, and it is sent again
        except Exception as error:
            log.error("%s: notice %s stumbled: %s", channel.traits.name, row.id, place_of(error))
            if row.attempts >= MAX_STUMBLES:
                return row.id, "rejected", ""
            with contextlib.suppress(DatabaseAway):
                async with self.db.begin() as session:
                    await outbox.postpone(
                        session, row.id, self.clock() + timedelta(seconds=2.0 ** min(row.attempts, 8))
                    )
            return None

    async def _replies_left_over(self, channel: Channel, *, everything: bool) -> None:
        """Replies whose process died, or that found the messenger away."""
        now = int(time.time())
        async with self.db.read() as session:
            left = await conversation.owed(session, channel.traits.name, now + (60 if everything else 0))
        for key, turn, replies, reply_to in left:
            try:
                where = Address(channel.traits.name, self.keys.open(reply_to))
            except ValueError:
                log.error("SECRET_KEY: replies were sealed with another key and cannot be sent")
                continue
            if str(where) in self._chains or (key, turn) in self._sent:
                continue
            async with self.db.begin() as session:
                if not await conversation.postpone(session, key, turn, now + 60):
                    continue
            stored = read_replies(self.keys, replies)
            if not stored:
                log.error("%s: a stored reply of another version cannot be read; it is dropped", channel.traits.name)
                self._sent.append((key, turn))
                self._sent_ready.set()
                continue
            self.speak(Owed(key, turn, where, None, stored))

    async def _deliver(self, channel: Channel, row: Any) -> tuple[int, outbox.Outcome, str] | None:
        """One notice. None when it must be tried again (its due time was moved)."""
        try:
            where = Address(channel.traits.name, self.keys.open(row.sealed))
        except ValueError:
            log.error("SECRET_KEY: notice %s was sealed with another key and cannot be sent", row.id)
            return row.id, "rejected", ""
        words = self.words.get(row.language) or self.words[self.office.languages[0]]
        try:
            async with self.db.read() as session:
                if row.kind == "edit" and await alerts.supersede_waiting_edits(session, row):
                    return row.id, "dropped", ""
                reply = await self._compose(session, row, words, channel.traits.mode)
                original = await outbox.get(session, row.edits) if row.edits else None
            if reply is None or (original is not None and original.status == "dropped"):
                return row.id, "dropped", ""
            if original is not None and original.status == "waiting":
                # What it changes is on its way only now.
                async with self.db.begin() as session:
                    await outbox.postpone(session, row.id, self.clock() + timedelta(seconds=1))
                return None
            if row.kind == "invitation" and not may(channel.traits.mode, "relay"):
                # The office has changed the mode: the client's code waits for better days.
                async with self.db.begin() as session:
                    await invitations.end(session, json.loads(row.data)["invitation"], "dropped", "mode")
                return row.id, "dropped", ""
            if row.kind in QUIET:
                now = self.clock()
                calm = invitations.next_moment(
                    self.office.rules.quiet, self.calendar(), now, any_day=row.kind == "appeal"
                )
                if calm is None or calm > now:
                    # The messenger was away until the quiet hours: they hold for a late notice as well.
                    async with self.db.begin() as session:
                        await outbox.postpone(session, row.id, calm or now + timedelta(days=1))
                    return None
            if channel.traits.mode == "off" or not may(channel.traits.mode, reply.asks):
                raise Unreachable("the mode of this channel forbids it")
            wait = self._chat_is_free_in(channel, where)
            if wait > 0:
                async with self.db.begin() as session:
                    await outbox.postpone(session, row.id, self.clock() + timedelta(seconds=wait))
                return None
            await self._pace[channel.traits.name].turn(1)
            if original is not None and original.message:
                try:
                    await channel.edit(where, original.message, reply)
                    return row.id, "sent", ""
                except CannotEdit:
                    await self._pace[channel.traits.name].turn(1)
            message = await channel.post(where, reply, seed=(row.id << 8) | 1)
        except TryLater as later:
            self._hold_back(channel, where, later)
            if row.attempts >= outbox.MAX_ATTEMPTS:
                log.error("%s: notice %s was given up after %s tries", channel.traits.name, row.id, row.attempts)
                return row.id, "rejected", ""
            until = self.clock() + timedelta(
                seconds=min(300.0, max(later.seconds, min(2.0 ** min(row.attempts, 6), 60.0)))
            )
            async with self.db.begin() as session:
                await outbox.postpone(session, row.id, until)
            return None
        except Unreachable as gone:
            return await self._gone(channel, row, gone)
        except Rejected as error:
            log.error("%s: notice %s was rejected: %s", channel.traits.name, row.id, error)
            return row.id, "rejected", ""
        return row.id, "sent", message

    async def _gone(self, channel: Channel, row: Any, gone: Unreachable) -> tuple[int, outbox.Outcome, str] | None:
        async with self.db.begin() as session:
            if gone.moved_to:
                name = channel.traits.name
                new = self.keys.hash(f"{name}:{gone.moved_to}")
                await staff.move_group(session, row.address, new, self.keys.seal(gone.moved_to))
                await outbox.postpone(session, row.id, self.clock())
                return None
            await staff.mark_unreachable(session, row.address)
            if row.kind in ("answer", "moved"):
                relay = await relays.get(session, json.loads(row.data)["relay"])
                if relay is not None:
                    await tasks.touch(session, relay.task, self.clock(), note="unreachable")
            elif row.kind in appeal_rows.CLIENT_KINDS:
                await appeal_rows.unreachable(session, self.office, row, self.clock())
            elif row.kind == "invitation":
                await invitations.leave(session, row.address)
            elif row.kind == "alert" and row.task:
                # The task must not hang on one dead address: the next in the chain are told.
                await tasks.touch(session, row.task, self.clock())
        log.warning("%s: an address takes no messages (%s)", channel.traits.name, row.kind)
        self.woken()
        return row.id, "unreachable", ""

    async def _compose(self, session: Any, row: Any, words: Words, mode: Mode) -> Reply | None:
        """The notice as words, from the tables as they are now; None when there is nothing to tell any more."""
        match row.kind:
            case "alert" | "edit":
                task = await tasks.get(session, row.task)
                if task is None or (row.kind == "alert" and task.status == "closed" and row.attempts <= 1):
                    # Closed before it was told: there is nothing to tell. What may have gone out already is changed.
                    return None
                if await staff.is_kept_from(session, task, row.address):
                    # An appeal complains of him: nothing is told, and what was posted before says no more.
                    return Say(text=words("task-gone")) if row.kind == "edit" else None
                now = self.clock()
                top = waiting.top(self.office, words, json.loads(row.data)) if row.kind == "alert" else ""
                return await cards.card(session, self.office, words, task, now, words.zone, top=top)
            case "answer":
                relay = await relays.get(session, json.loads(row.data)["relay"])
                return answer_message(words, relay) if relay is not None else None
            case "moved":
                moved = json.loads(row.data)
                relay = await relays.get(session, moved["relay"])
                today = self.calendar().today(self.clock())
                return moved_message(words, self.calendar(), relay, moved, today) if relay is not None else None
            case "invitation":
                data = json.loads(row.data)
                invitation = await invitations.get(session, data["invitation"])
                if invitation is None or invitation.state not in invitations.OPEN:
                    return None
                return invitation_message(words, self.office, invitation, again=data["again"])
            case "appeal" | "appeal_survey":
                calendar, now = self.calendar(), self.clock()
                return await appeal_notices.compose(
                    session, self.office, words, calendar, self.keys, row, mode, now, url=self.url
                )
            case "appeal_staff":
                return await desk_cards.staff_notice(
                    session, self.office, words, self.calendar(), row, self.clock(), mode
                )
            case _:
                data = json.loads(row.data)
                channel = words(f"channel-{data.pop('channel', 'web')}")
                return Say(text=words(data.pop("key"), channel=channel, **data))

    async def stop(self) -> None:
        """Finish what is on its way, then give the lease back."""
        pending = list(self._chains.values())
        if pending:
            _, late = await asyncio.wait(pending, timeout=5)
            for task in late:
                task.cancel()  # what it owes is stored, and goes out after the next start
        await self.flush_marks()
        with contextlib.suppress(DatabaseAway):
            async with self.db.begin() as session:
                await release(session, self.holder)
