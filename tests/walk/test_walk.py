"""Press every button and type nonsense on every screen that can be reached, in every mode of a channel.

Each step is taken inside a savepoint and taken back, so that one database serves thousands of steps.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend import invitations
from backend.db import Database, Session
from bot.channels import Mode
from bot.messages import (
    PRESS_BYTES,
    Choose,
    Event,
    Fill,
    Keep,
    Press,
    Rate,
    Start,
    Text,
    Unreadable,
    Write,
    buttons_of,
    press_of,
)
from bot.policy import may
from tests.base.databases import SQLiteTemplate
from tests.base.knowledge import publish
from tests.base.talk import Edge, Person, Talk, edges, open_talk
from tests.dialogue.invitees import agrees, visits
from tests.dialogue.papers import revoke
from tests.dialogue.questions import BASE, DOUBTFUL, FAMILY, UNKNOWN
from tests.dialogue.visits import FAULT, STAND, WINDOW, complains, rates

NONSENSE = [Text("ывапр"), Text("999"), Text("😀")]
NONCE = re.compile(r"~[a-z2-7]{4}")
SURVEYS = ("visit.", "service.", "bot.", "again~", "resume~")
APPEALS = ("appeal", "follow", "filing", "consent")  # a client without these walks into them, too
NUMBER = re.compile(r"\d{6,}")
VERSION = re.compile(r"\b(work\.\d+|deed\.[a-z]+\.\d+|send)\.\d+")  # an appeal as it was seen
RELAY = re.compile(r"\b(x\.|handed\.)[a-z2-7]{13}")  # a question that was handed over, in the key of its button


class Rewinding:
    """The same database through one connection, so that whole turns can be taken back."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._session: Session | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with self._db.writer.connect() as self._session:
            yield
            await self._session.rollback()

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Session]:
        assert self._session is not None
        async with self._session.begin_nested():
            yield self._session

    read = begin

    async def savepoint(self) -> Any:
        assert self._session is not None
        return await self._session.begin_nested()


@dataclass
class Walk:
    """What was seen; `mode` is what the channel may carry. `known`: steps that another walk goes into, and `russian`:
    what another walk sees in English, are seen here but not gone into again."""

    talk: Talk
    db: Rewinding
    mode: Mode
    known: tuple[str, ...] = ()
    russian: bool = False
    screens: set[str] = field(default_factory=set)
    transitions: int = 0
    languages: set[str] = field(default_factory=set)

    async def explore(self, person: Person, event: Event, depth: int = 0) -> None:
        """Take a step; on a screen that was not seen before, go on with everything that can be done there."""
        point = await self.db.savepoint()
        before = {name: {k: list(v) for k, v in e.chats.items()} for name, e in self._edges().items()}
        replies = person.replies
        await person.sends(event)
        self.transitions += 1
        where = await self._where(person)
        self._examine(person, event, where)
        if where not in self.screens and depth < 60:
            self.screens.add(where)
            shown = list(person.replies)
            await self._can_go_on(person, event)
            elsewhere = self.known and any(r.step.startswith(self.known) for r in shown)
            elsewhere = elsewhere or (self.russian and '["en"' in where)
            # What the knowledge base shows while a survey waits is the same as without one.
            questions = any(r.step.startswith(("ask", "question", "person")) for r in shown)
            elsewhere = elsewhere or (questions and '"paused": true' in where)
            for action in [] if elsewhere else self._actions(person, shown):
                person.replies = shown
                await self.explore(person, action, depth + 1)
        await point.rollback()
        person.replies = replies
        for name, edge in self._edges().items():
            edge.chats.clear()
            edge.chats.update(before[name])

    def _edges(self) -> dict[str, Edge]:
        return {name: c for name, c in self.talk.app.channels.items() if isinstance(c, Edge)}

    def _actions(self, person: Person, shown: list[Any]) -> list[Event]:
        found: list[Event] = []
        for reply in shown:
            for button in buttons_of(reply):
                if button.url:
                    continue
                step = button.step or reply.step
                if person.pages and isinstance(reply, Rate | Choose) and button in reply.options and not button.step:
                    found.append(Fill(step, (button.key,)))
                else:
                    found.append(Press(step, button.key))
            if isinstance(reply, Write):
                words = "Поставили второй стол"
                found += [Fill(reply.step, (), words) if person.pages else Text(words)]
            if person.pages and isinstance(reply, Rate | Choose | Write):
                found.append(Fill(reply.step))
        return [*found, *NONSENSE, Unreadable("voice")]

    async def _where(self, person: Person) -> str:
        """The place of the talk, without what differs from one visit to the next."""
        keys = self.talk.app.keys
        name = str(person.where) if person.where == person.who else f"{person.where}|{person.who}"
        rows = await self.talk.rows(
            "SELECT state, language, stopped, person FROM conversation WHERE key = :k", k=keys.hash(name)
        )
        row = rows[0] if rows else None
        if row is not None:
            self.languages.add(row.language)
        state = json.loads(row.state) if row is not None and row.state else {}
        for name in ("response", "score", "subject", "service", "text", "asked", "seen", "version", "picked"):
            state.pop(name, None)
        shown = [
            (type(r).__name__, r.step, [(b.key, b.step) for b in buttons_of(r)], any(b.chosen for b in buttons_of(r)))
            for r in person.replies
        ]
        place = json.dumps([state, row and [row.language, bool(row.stopped), row.person], shown])
        return VERSION.sub(r"\1.#", RELAY.sub(r"\1#", NUMBER.sub("#", NONCE.sub("", place))))

    def _examine(self, person: Person, event: Event, where: str) -> None:
        step = f"{event} → {where}"
        assert person.replies, f"silent: {step}"
        for reply in person.replies:
            assert reply.text.strip(), step
            assert FAULT not in reply.text, step
            assert "our mistake" not in reply.text, step
            assert may(self.mode if self.mode != "off" else "info", reply.asks), step
            assert not re.search(r"\{\s*\$?\w+\s*\}", reply.text), step
            for button in buttons_of(reply):
                assert button.label.strip(), step
                if not button.url:
                    assert len(press_of(reply, button).encode()) <= PRESS_BYTES, step

    async def _can_go_on(self, person: Person, event: Event) -> None:
        if any(buttons_of(r) or isinstance(r, Rate | Choose | Write | Keep) for r in person.replies):
            return
        point = await self.db.savepoint()
        await person.types("Меню")
        assert self.mode == "off" or any(buttons_of(r) for r in person.replies), f"a dead end after {event}"
        await point.rollback()


Fact = Callable[[str], None]


@contextlib.asynccontextmanager
async def walking(
    template: SQLiteTemplate, folder: Path, channel: str, mode: Mode, **modes: Mode
) -> AsyncIterator[Walk]:
    channels = edges(**{**modes, **({channel: mode} if channel != "web" else {})})
    async with open_talk(template.copy(folder), folder, channels=channels) as talk:
        await publish(talk, *BASE)
        real = talk.app.db
        db = Rewinding(real)
        async with db.opened():
            talk.app.db = talk.app.hearing.db = talk.app.delivery.db = db
            try:
                yield Walk(talk, db, mode)
            finally:
                talk.app.db = talk.app.hearing.db = talk.app.delivery.db = real


@pytest.mark.parametrize(
    ("channel", "mode"),
    [("telegram", "off"), ("telegram", "info"), ("telegram", "anonymous"), ("vk", "track"), ("web", "personal")],
)
async def test_a_client_walks_everywhere(
    sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str, mode: Mode
) -> None:
    async with walking(sqlite_template, tmp_path, channel, mode) as walk:
        client = walk.talk.client(channel, 700)
        # Every screen in both languages once; the other channels differ in what they may carry and how forms come.
        walk.russian = channel != "telegram"
        walk.known = ("service.", "bot.") if channel == "vk" else ()
        await revoke(walk.talk, STAND)
        codes = (WINDOW, "NOPE2222", f"{WINDOW}-en", STAND, f"at-{STAND}")
        asked: list[Event] = [Text(words) for words in (UNKNOWN, DOUBTFUL, FAMILY.title["ru"], "хочу к человеку")]
        for event in (Start(), *map(Start, codes), *NONSENSE, Unreadable("photo"), *asked):
            await walk.explore(client, event)
    fact(f"walk: client, {channel} in mode {mode}: {len(walk.screens)} screens, {walk.transitions} transitions")
    if mode not in ("off", "info"):
        assert len(walk.screens) > 60
        assert {"ru", "en"} <= walk.languages


@pytest.mark.parametrize("channel", ["telegram", "web"])
async def test_a_client_with_an_answer_walks_everywhere(
    sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str
) -> None:
    async with walking(sqlite_template, tmp_path, channel, "personal" if channel == "web" else "anonymous") as walk:
        talk = walk.talk
        walk.known, walk.russian = (*SURVEYS, *APPEALS), channel == "web"
        boss = await talk.joins("demoev", "vk")
        client = await complains(talk.client(channel, 700), wants=True)
        await talk.settle()
        await boss.presses("answer")
        await boss.types("Поставили второй стол")
        await boss.presses("send")
        await talk.settle()
        if channel == "web":
            keep = next(r for r in client.replies if isinstance(r, Keep))
            client = talk.client("web", f"a-{keep.url.rpartition('/')[2]}")
            shown = (await client.looks()).replies[0]
        else:
            shown = client.posted[-1]
        for button in buttons_of(shown):
            await walk.explore(client, Press(shown.step, button.key))
    fact(f"walk: client with an answer, {channel}: {len(walk.screens)} screens, {walk.transitions} transitions")
    assert len(walk.screens) > 10


async def test_an_invited_client_walks_everywhere(sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact) -> None:
    async with walking(sqlite_template, tmp_path, "telegram", "anonymous") as walk:
        talk = walk.talk
        walk.known = (*SURVEYS, *APPEALS)
        client = talk.client("telegram", 700)
        await visits(talk, await agrees(client))
        talk.now += timedelta(minutes=75)
        async with talk.app.db.begin() as session:
            app = talk.app
            await invitations.run(session, app.office, app.calendar(), app.keys, talk.now)
        await talk.settle()
        shown = client.posted[-1]
        assert shown.step.startswith("invite.")
        for button in buttons_of(shown):
            await walk.explore(client, Press(shown.step, button.key))
        await walk.explore(client, Press("invitations", "code"))
    fact(f"walk: invited client, telegram: {len(walk.screens)} screens, {walk.transitions} transitions")
    assert len(walk.screens) > 10


@pytest.mark.parametrize("channel", ["telegram", "web"])
async def test_staff_walk_everywhere(sqlite_template: SQLiteTemplate, tmp_path: Path, fact: Fact, channel: str) -> None:
    async with walking(sqlite_template, tmp_path, channel, "personal" if channel == "web" else "anonymous") as walk:
        talk = walk.talk
        # Clients walk through the answers, and `test_walk_of_the_base` through the search of staff.
        # `test_walk_of_the_desk` goes into appeals.
        desk = ("work", "deed", "reg", "count", "appeal", "write")
        walk.known, walk.russian = (*SURVEYS, *desk, "ask", "kb", "topic", "forms", "about"), channel == "web"
        await complains(talk.client("vk", 1), wants=True)
        await complains(talk.client("vk", 2), wants=False)
        await talk.client("vk", 3).types("здесь пожар")
        boss = await talk.joins("demoev", channel, 700)
        for step in (Press("menu", "tasks"), Press("task.1", "open"), Press("task.2", "open"), Press("task.3", "open")):
            await walk.explore(boss, step)
    fact(f"walk: staff, {channel}: {len(walk.screens)} screens, {walk.transitions} transitions")
    assert len(walk.screens) > 20


async def test_a_survey_under_an_older_version_of_itself_can_be_finished(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    """An open response goes on with the survey it was begun with."""
    import shutil

    from tests.base.talk import OFFICE

    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        await rates(talk.client("telegram", 7), "3")
    office = tmp_path / "newer"
    shutil.copytree(OFFICE, office)
    visit = office / "surveys" / "visit.yaml"
    words = visit.read_text(encoding="utf-8").replace("version: 1", "version: 2").replace("Невежливо", "Грубо")
    visit.write_text(words, encoding="utf-8")
    async with open_talk(url, tmp_path, office=office) as talk:
        old, new = talk.client("telegram", 7), talk.client("telegram", 8)
        await old.types("?")
        assert "Невежливо" in old.labels
        await old.types("3")
        await old.types("пропустить")
        await rates(new, "3")
        assert "Грубо" in new.labels
        rows = await talk.rows("SELECT version, status FROM response ORDER BY version")
        assert [tuple(r) for r in rows] == [(1, "complete"), (2, "open")]
