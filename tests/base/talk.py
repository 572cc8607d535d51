"""A conversation as a test reads it: people who say and press, staff who are told, and a clock that can be moved.

Everything is the product's own – hearing, dialogues, database, delivery – except `Edge`, which stands where a
messenger's network begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from backend import jobs, staff
from backend.settings import Settings
from bot.channels import CannotEdit, Channel, Cursor, Failure, Hear, Heard, Identity, Mode, Screen, Traits
from bot.channels.web import WebChannel
from bot.compose import App, build
from bot.delivery import Pace
from bot.hearing import Slowing
from bot.messages import (
    Address,
    Button,
    Choose,
    Event,
    Fill,
    Incoming,
    Press,
    Rate,
    Reply,
    Start,
    Text,
    Write,
    buttons_of,
)

OFFICE = Path(__file__).resolve().parents[2] / "demo"
URL = "https://otklik.example"
SECRET_KEY = "a key of tests, longer than thirty-two characters"
MONDAY_TEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 10:00 in Moscow, a working day


@dataclass
class Sent:
    """One message in a chat. `posted`: it came unasked; `edits` counts how often it was changed in place."""

    id: str
    reply: Reply
    posted: bool = False
    edits: int = 0


class Edge:
    """Where a messenger's network begins: keeps what the bot sends, and can fail as a messenger does."""

    def __init__(self, name: str, mode: Mode, *, writes_in_groups: bool = True, editable: bool = True) -> None:
        self.traits = Traits(name, mode, writes_in_groups=writes_in_groups)
        self.identity: Identity | None = Identity(f"otklik_{name}", f"https://{name}.example/otklik?start={{payload}}")
        self.ready = True
        self.per_second = 100_000.0
        self.chats: dict[str, list[Sent]] = {}
        self.failures: list[Failure] = []  # raised one after the other, in front of what is sent next
        self.gone: dict[str, Failure] = {}  # chats that take nothing
        self.editable = editable
        self.calls = 0
        self._ids = itertools.count(100)

    def _send(self, where: Address, reply: Reply, *, posted: bool = False) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        if where.id in self.gone:
            raise self.gone[where.id]
        sent = Sent(str(next(self._ids)), reply, posted)
        self.chats.setdefault(where.id, []).append(sent)
        return sent.id

    async def connect(self) -> None: ...

    async def receive(self, hear: Hear, cursor: Cursor) -> None: ...

    async def answer(self, incoming: Incoming | None, where: Address, replies: Sequence[Reply], seed: int) -> None:
        for reply in replies:
            self._send(where, reply)

    async def post(self, where: Address, reply: Reply, seed: int) -> str:
        return self._send(where, reply, posted=True)

    async def edit(self, where: Address, message: str, reply: Reply) -> None:
        self.calls += 1
        if not self.editable:
            raise CannotEdit
        if self.failures:
            raise self.failures.pop(0)
        sent = next(s for s in self.chats[where.id] if s.id == message)
        sent.reply = reply
        sent.edits += 1

    async def close(self) -> None: ...


class Nothing(AssertionError):
    """The test expects a button or a message that is not there; says what is."""


@dataclass
class Person:
    """Somebody at a chat: a client, a member of staff, or a member of a group (then `where` is the group)."""

    talk: Talk
    who: Address
    where: Address
    language: str | None = "ru"
    name: str = ""
    replies: list[Reply] = field(default_factory=list)
    ticks: list[str] | None = None  # boxes ticked in a page's form that was not sent yet

    @property
    def pages(self) -> bool:
        return self.talk.app.channels[self.where.channel].traits.pages

    @property
    def chat(self) -> list[Sent]:
        edge = self.talk.app.channels[self.where.channel]
        assert isinstance(edge, Edge)
        return edge.chats.setdefault(self.where.id, [])

    @property
    def last(self) -> Reply:
        """What stands last in the chat, unasked messages included; on a page what the last turn has shown."""
        if self.pages:
            return self.replies[-1]
        if not self.chat:
            raise Nothing(f"nothing was ever sent to {self.where}")
        return self.chat[-1].reply

    @property
    def text(self) -> str:
        """The words of the last turn, all messages together."""
        return "\n".join(reply.text for reply in self.replies)

    @property
    def posted(self) -> list[Reply]:
        """Unasked messages as they stand now."""
        return [sent.reply for sent in self.chat if sent.posted]

    @property
    def labels(self) -> list[str]:
        return [button.label for button in buttons_of(self.last)]

    async def sends(self, event: Event, ident: str | None = None) -> list[Reply]:
        """One event, and what is shown after it."""
        await self.hears(event, ident)
        return self.replies

    async def hears(self, event: Event, ident: str | None = None) -> Heard:
        incoming = Incoming(
            id=ident or f"{self.talk.run}.{next(self.talk.numbers)}",
            who=self.who,
            where=self.where,
            event=event,
            language=self.language,
            name=self.name,
        )
        before = 0 if self.pages else len(self.chat)
        app = self.talk.app
        heard = await app.hearing.hear(incoming, app.channels[self.where.channel].traits)
        await self.talk.spoken()
        if self.pages:
            self.replies = list((await self.looks()).replies)
        else:
            self.replies = [sent.reply for sent in self.chat[before:]]
        return heard

    async def looks(self, step: str = "") -> Screen:
        app = self.talk.app
        traits = app.channels[self.where.channel].traits
        return await app.hearing.look(self.where, traits, step, self.language or "")

    async def starts(self, payload: str = "", words: str = "") -> list[Reply]:
        return await self.sends(Start(payload, words))

    async def types(self, words: str) -> list[Reply]:
        return await self.sends(Text(words))

    async def presses(self, *wanted: str) -> list[Reply]:
        """Press a button of the newest message that has one with this key or this beginning of its label."""
        for name in wanted:
            reply, button = self.button(name)
            step = button.step or reply.step
            option = isinstance(reply, Rate | Choose) and button in reply.options
            if self.pages and isinstance(reply, Choose) and reply.many and (option or button.key == "done"):
                # Boxes are ticked in the browser; the form goes out with all of them.
                if self.ticks is None:
                    self.ticks = [b.key for b in reply.options if b.chosen]
                if option:
                    self.ticks = [k for k in self.ticks if k != button.key] + [button.key] * (not button.chosen)
                    continue
                ticks, self.ticks = tuple(self.ticks), None
                await self.sends(Fill(step, ticks))
            elif self.pages and option and not button.step:
                await self.sends(Fill(step, (button.key,)))
            else:
                await self.sends(Press(step, button.key))
        return self.replies

    def button(self, name: str) -> tuple[Reply, Button]:
        shown = list(reversed(self.replies)) if self.pages else [sent.reply for sent in reversed(self.chat)]
        for reply in shown:
            found = [b for b in buttons_of(reply) if not b.url and b.key == name]
            found = found or [b for b in buttons_of(reply) if not b.url and b.label.startswith(name)]
            if found:
                return reply, found[0]
        labels = [b.label for reply in shown[:3] for b in buttons_of(reply)]
        raise Nothing(f"no button {name!r}; the newest are {labels}")

    async def presses_old(self, step: str, key: str) -> list[Reply]:
        return await self.sends(Press(step, key))

    async def fills(self, step: str, *keys: str, words: str = "") -> list[Reply]:
        return await self.sends(Fill(step, keys, words))


class Talk:
    """The whole bot of one test."""

    def __init__(self, app: App, now: datetime) -> None:
        self.app = app
        self.now = now
        self.numbers = itertools.count(1)
        self.run = secrets.token_hex(3)  # two bots of one test must not give the same ids to their events
        self.pace_of_clients = 1.0  # seconds between events, as the guard against floods sees them
        self._ticks = 0.0

    def clock(self) -> datetime:
        return self.now

    def tick(self) -> float:
        self._ticks += self.pace_of_clients
        return self._ticks

    # --- people ---------------------------------------------------------------------------------------

    def client(self, channel: str, ident: int | str, *, language: str | None = "ru", name: str = "") -> Person:
        where = Address(channel, str(ident))
        return Person(self, where, where, language, name)

    def member(self, channel: str, ident: int, group: str, *, name: str = "") -> Person:
        """A person writing in a group."""
        return Person(self, Address(channel, str(ident)), Address(channel, group), "ru", name)

    async def joins(self, person: str, channel: str = "telegram", ident: int | str | None = None) -> Person:
        """A member of staff who has come in by his one-time link."""
        code = await self.invite(person, channel)
        joined = self.client(channel, ident if ident is not None else 9000 + sum(map(ord, person)))
        await joined.starts(f"join-{code}")
        return joined

    async def invite(self, person: str | None, channel: str) -> str:
        async with self.app.db.begin() as session:
            return await staff.invite(session, self.app.keys, person, channel, self.now)

    def edge(self, channel: str) -> Edge:
        found = self.app.channels[channel]
        assert isinstance(found, Edge)
        return found

    # --- time and work --------------------------------------------------------------------------------

    async def spoken(self) -> None:
        """Wait until the replies of the turns so far are out."""
        while self.app.delivery._chains:
            await asyncio.wait(list(self.app.delivery._chains.values()))
        await self.app.delivery.flush_marks()

    async def settle(self) -> None:
        """What the background does: due tasks become notices, notices go out. Nothing sleeps."""
        await self.spoken()
        for _ in range(3):
            await self.app.delivery.announce_due()
            for channel in self.app.channels.values():
                if not channel.traits.pages and channel.ready:
                    await self.app.delivery._round(channel, first=False)
            await self.spoken()

    async def after(self, **delta: float) -> None:
        """Time goes by, and the background works."""
        self.now += timedelta(**delta)
        await self.settle()

    def tomorrow(self) -> None:
        self.now += timedelta(days=1)

    async def midnight(self) -> None:
        """The end of the office's day and its job."""
        local = self.now.astimezone(self.app.zone)
        self.now = (local.replace(hour=0, minute=0, second=30) + timedelta(days=1)).astimezone(UTC)
        await self.run_jobs()

    async def run_jobs(self) -> None:
        async with self.app.db.begin() as session:
            await jobs.end_of_day(session, self.clock, self.app.zone)

    async def minute(self) -> None:
        """The jobs of one minute, and what follows from them."""
        await jobs.minute(replace(self.app.regular, clock=self.clock))
        await self.settle()

    # --- looking into the database --------------------------------------------------------------------

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.app.db.begin() as session:
            return list(await session.execute(text(statement), values))

    async def one(self, statement: str, **values: Any) -> Any:
        rows = await self.rows(statement, **values)
        assert len(rows) == 1, rows
        return rows[0]


def edges(**modes: Mode) -> dict[str, Channel]:
    """Telegram, VK and terminal at their edges, and the real pages."""
    return {
        "web": WebChannel(),
        "telegram": Edge("telegram", modes.get("telegram", "anonymous")),
        "vk": Edge("vk", modes.get("vk", "track"), writes_in_groups=False),
        "console": Edge("console", modes.get("console", "anonymous")),
    }


@contextlib.asynccontextmanager
async def open_talk(
    database_url: str,
    folder: Path,
    *,
    channels: dict[str, Channel] | None = None,
    office: Path = OFFICE,
    now: datetime = MONDAY_TEN,
    **settings: Any,
) -> AsyncIterator[Talk]:
    """Build the bot as the command does, with a clock of the test."""
    app = await build(make_settings(database_url, folder, office, **settings), channels or edges())
    talk = Talk(app, now)
    app.clock = app.hearing.clock = app.delivery.clock = talk.clock
    app.hearing.slowing = Slowing(talk.tick)
    app.delivery._pace = {name: Pace(1e9) for name in app.channels}
    try:
        yield talk
    finally:
        await app.stop()


def make_settings(database_url: str, folder: Path, office: Path = OFFICE, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": database_url,
        "data_dir": folder / "data",
        "office_dir": office,
        "public_url": URL,
        "secret_key": SECRET_KEY,
        "staff_chat": "",
        "alert_hours": "always",
        "updates": "polling",
        "clock": None,
        "telegram_token": "",
        "telegram_mode": None,
        "vk_token": "",
        "vk_mode": None,
        "database_timeout": 10,
        **more,
    }
    return Settings(_env_file=None, **values)


def is_question(reply: Reply) -> bool:
    return isinstance(reply, Rate | Choose | Write)
