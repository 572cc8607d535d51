"""One round: clients rate, staff answer and close, the bot dies somewhere on the way; then everything is counted."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select

from backend import conversation, feedback, outbox, staff, tasks
from backend.db import Database
from backend.identity import Keys
from backend.migrate import upgrade
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_people import Group, Message, User

ROOT = Path(__file__).parents[2]
TOKEN, KEY = "123456:TEST", "torture-key-torture-key-torture-key"
POINT, OWNER = "6XC3M8DH", "demoev"
SHIFT = -1_000_000_000_777  # the chat of STAFF_CHAT
PATIENCE = 30.0  # seconds until something counts as lost
# Named points with the most reaches of them that one round is sure to have.
POINTS = {
    "after_claim": 16,
    "before_commit": 16,
    "after_commit": 16,
    "after_send": 16,
    "after_mark": 2,
    "outbox_claimed": 2,
    "outbox_sent": 2,
    "outbox_marked": 2,
}
Kind = Literal["high", "wants", "plain"]


@dataclass
class Client:
    user: User
    kind: Kind
    words: str
    acts: int = 0


@dataclass
class Count:
    """What a run has seen, for the report."""

    rounds: int = 0
    starts: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # the point was not reached as often as planned
    answers: int = 0
    responses: int = 0
    alerts: int = 0
    doubled: int = 0
    redelivered: int = 0

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {n}" for name, n in self.kills.items())
        missed = f"; not reached: {dict(self.missed)}" if self.missed else ""
        return (
            f"{self.rounds} rounds, {self.starts} starts, killed at: {kills}{missed}; {self.redelivered} events "
            f"redelivered; 0 of {self.answers} accepted events and {self.responses} responses lost or doubled, "
            f"0 of {self.alerts} alerts lost, {self.doubled} messages shown twice (Telegram: at least once)"
        )


class Bot:
    """The fork server and the bot that runs now. `ended` is set when it has died."""

    def __init__(self, server: asyncio.subprocess.Process, settings: dict[str, str]) -> None:
        self._server = server
        self._settings = settings
        self.pid = 0
        self.ended: asyncio.Task[int] | None = None

    async def _line(self) -> Any:
        assert self._server.stdout is not None
        line = await self._server.stdout.readline()
        assert line, "the fork server is gone"
        return line.decode().strip()

    async def start(self, plan: str = "") -> None:
        assert self._server.stdin is not None
        self._server.stdin.write((json.dumps({**self._settings, "TORTURE_POINT": plan}) + "\n").encode())
        await self._server.stdin.drain()
        self.pid = json.loads(await self._line())["pid"]
        self.ended = asyncio.create_task(self._end())

    async def _end(self) -> int:
        code: int = json.loads(await self._line())["ended"]
        self.pid = 0
        return code

    async def kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        await self.until_ended()

    async def until_ended(self) -> int | None:
        """How it ended; None when it never ran."""
        if self.ended is None:
            return None
        return await asyncio.shield(self.ended)  # who waits may be cancelled, the reading goes on


class Torture:
    def __init__(self, tg: TelegramEmulator, bot: Bot, db: Database, keys: Keys, seed: int) -> None:
        self.tg, self.bot, self.db, self.keys = tg, bot, db, keys
        self.random = random.Random(seed)
        self.count = Count()
        self.clients: list[Client] = []
        self.owner = Client(tg.user(1, "Эльчин"), "high", "")
        self.shift: Group = tg.group(SHIFT, "Смена", [self.owner.user])

    async def join(self) -> None:
        """The owner of the point joins; from now on there are two addressees of an alert."""
        async with self.db.begin() as session:
            code = await staff.invite(session, self.keys, OWNER, "telegram", datetime.now(UTC))
        await self.bot.start()
        await self._act(self.owner, self.owner.user.starts(f"join-{code}"))
        await self.owner.user.gets("Вы вошли как сотрудник", PATIENCE)
        await self.settle()
        await self.bot.kill()

    def plan(self, number: int) -> str:
        """The named points in turn: the first reach of each, later on a random one; and random times."""
        names = [*POINTS, "random"]
        name = names[number % len(names)]
        if name == "random":
            return f"random:{self.random.uniform(0.05, 1.5):.3f}"
        return f"{name}:{1 if number < len(names) else self.random.randint(1, POINTS[name])}"

    async def round(self, number: int) -> None:
        plan = self.plan(number)
        kills = sum(self.count.kills.values())
        kinds: tuple[Kind, ...] = ("high", "wants", "plain")
        clients = [
            Client(self.tg.user(1000 + len(self.clients) + at, "Анна"), kind, f"Слово {number} {kind} от клиента")
            for at, kind in enumerate(kinds)
        ]
        self.clients += clients
        await self.bot.start("" if plan.startswith("random") else plan)
        self.count.starts += 1
        keeper = asyncio.create_task(self.keep_alive(plan))
        people = asyncio.create_task(self.people(clients))
        disturber = asyncio.create_task(self.disturb())
        try:
            await asyncio.wait([keeper, people], return_when=asyncio.FIRST_COMPLETED)
            for task in (keeper, people):
                if task.done():
                    task.result()
            await self.settle()
        except BaseException as error:
            error.add_note(f"round {number}, plan {plan}; {await self.state()}")
            raise
        finally:
            disturber.cancel()
            keeper.cancel()
            people.cancel()
            await asyncio.gather(keeper, people, disturber, return_exceptions=True)
            await self.bot.kill()
        if sum(self.count.kills.values()) == kills:
            self.count.missed[plan] += 1
        await self.check(clients)
        self.count.rounds += 1

    async def people(self, clients: list[Client]) -> None:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(self.client(client))
            group.create_task(self.staff([c for c in clients if c.kind != "high"]))

    async def keep_alive(self, plan: str) -> None:
        """Start the bot again when it was killed; anything else that ends it is a failure."""
        name, _, value = plan.partition(":")
        if name == "random":
            await asyncio.sleep(float(value))
            await self.bot.kill()
        code = await self.bot.until_ended()
        assert code == -signal.SIGKILL, f"the bot ended by itself with {code}"
        self.count.kills[name] += 1
        await self.bot.start()
        self.count.starts += 1
        code = await self.bot.until_ended()
        raise AssertionError(f"the bot ended by itself with {code}")

    async def disturb(self) -> None:
        """The messenger repeats events: at each third message on a screen, one of the last twenty."""
        seen = 0
        while True:
            seen = await self.tg.until(partial(self.newer, seen + 3), 600)
            if self.tg.updates:
                recent = list(self.tg.updates)[-20:]
                await self.tg.redeliver(self.random.choice(recent))
                self.count.redelivered += 1

    def newer(self, than: int) -> int | None:
        return self.tg.last_id if self.tg.last_id > than else None

    async def _act(self, client: Client, act: Any) -> None:
        await act
        client.acts += 1

    async def client(self, client: Client) -> None:
        """Survey A to its end; each step waits for the question that must follow."""
        user = client.user

        async def step(act: Any, expected: str) -> None:
            await self._act(client, act)
            await user.gets(expected, PATIENCE)

        await step(user.starts(POINT), "1 из")
        if client.kind == "high":
            await step(user.presses("4 Хорошо"), "Что понравилось")
            await step(user.presses("Быстро"), "улучшить")
            await step(user.sends(client.words), "Спасибо!")
            return
        await step(user.presses("2 Плохо"), "Что пошло не так")
        await step(user.presses("Невежливо"), "Что пошло не так")
        await step(user.presses("Другое"), "Что пошло не так")
        await step(user.presses("Готово"), "улучшить")
        await step(user.sends(client.words), "Хотите узнать")
        if client.kind == "wants":
            await step(user.presses("Да, хочу ответ"), "Сотрудник ответит вам")
            await user.gets(f"Сделали для «{client.words}»", PATIENCE)
        else:
            await step(user.presses("Нет, спасибо"), "Спасибо, что сказали честно")

    def card(self, screen: User, client: Client) -> Message | None:
        """The alert as it must be when the client has ended his survey."""
        button = "Ответить клиенту" if client.kind == "wants" else "Закрыть"
        return next((m for m in screen.inbox if client.words in m.text and button in m.labels), None)

    async def staff(self, clients: list[Client]) -> None:
        """Each alert is answered and closed by the owner, one after the other."""
        owner, user = self.owner, self.owner.user
        for client in clients:
            wish = client.kind == "wants"
            card = await self.tg.until(partial(self.card, user, client), PATIENCE, f"the alert of {client.words}")
            await self._act(owner, user.presses("Закрыть", card))
            await user.gets("что сделано?", PATIENCE)
            await self._act(owner, user.sends(f"Сделали для «{client.words}»"))
            if wish:
                await user.gets("Клиент увидит это", PATIENCE)
                await self._act(owner, user.presses("Отправить"))
                await user.gets("Ответ отправлен", PATIENCE)
            else:
                await user.gets("закрыта", PATIENCE)

    # --- counting -------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Until nothing waits to be sent any more."""
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.db.read() as session:
                    owed = select(conversation.table.c.key).where(conversation.table.c.reply_to.is_not(None)).limit(1)
                    quiet = not await outbox.waiting(session) and (await session.execute(owed)).first() is None
                    quiet = quiet and await tasks.next_due(session) is None
                if quiet and self.bot.pid:
                    return
                await asyncio.sleep(0.05)  # another process writes: nobody here can be told

    async def state(self) -> str:
        """What the tables and the owner's chat hold, for a failure's message."""
        async with self.db.read() as session:
            t, o = tasks.table.c, outbox.table.c
            found = list(await session.execute(select(t.id, t.status, t.version, t.announced, t.announce_at)))[-3:]
            rows = list(await session.execute(select(o.id, o.cause, o.status, o.due_at, o.held_until, o.attempts)))[-9:]
        return f"tasks {found}; outbox {rows}; the owner sees {self.owner.user.texts[-4:]}"

    async def check(self, clients: list[Client]) -> None:
        async with self.db.read() as session:
            talks = await session.execute(select(conversation.table.c.key, conversation.table.c.turn))
            turns = {key: turn for key, turn in talks}  # noqa: C416  rows, not pairs, for the type checker
            responses = list(await session.execute(select(feedback.response)))
            opened = {t.response: t for t in await session.execute(select(tasks.table))}
            rows = list(await session.execute(select(outbox.table).where(outbox.table.c.kind == "alert")))
        assert len(responses) == len(self.clients), "a response was lost or doubled"
        for client in [*clients, self.owner]:
            key = self.keys.hash(f"telegram:{client.user.id}")
            assert turns[key] == client.acts, f"{client.words}: {client.acts} events, {turns[key]} turns"
            self.count.answers += client.acts if client is not self.owner else 0
        for client in clients:
            own = [r for r in responses if client.words in r.answers]
            assert len(own) == 1, f"{client.words}: {len(own)} responses"
            found, wanted = feedback.answers_of(own[0]), self.wanted(client)
            assert found == wanted, f"{client.words}: {found} instead of {wanted}"
            assert (own[0].status, own[0].score) == ("complete", int(wanted["overall"][0]))
            task = opened.get(own[0].id)
            assert (task is None) == (client.kind == "high"), f"{client.words}: the task is {task}"
            if task is None:
                continue
            assert task.status == "closed"
            assert task.done == f"Сделали для «{client.words}»"
            alerts = [r for r in rows if r.task == task.id]
            assert sorted(r.status for r in alerts) == ["sent", "sent"], f"{client.words}: alerts {alerts}"
            for screen in (self.owner.user, self.shift):
                seen = [m for m in screen.inbox if f"№ {task.id}\n" in m.text or client.words in m.text]
                assert seen, f"{client.words}: no alert in chat {screen.id}"
            self.count.alerts += 2
        self.count.responses += len(clients)
        self.count.doubled += sum(
            n - 1 for c in clients for n in Counter(m.text for m in c.user.inbox if "Спасибо" in m.text).values()
        )

    @staticmethod
    def wanted(client: Client) -> dict[str, Any]:
        if client.kind == "high":
            return {"overall": ["4"], "liked": ["quick"], "comment": client.words}
        return {"overall": ["2"], "why": ["rude", "other"], "comment": client.words}


def _office(folder: Path) -> Path:
    """The demo office in which every low mark has an alert of its own: all are given at one point within minutes, and
    joining them is tested elsewhere. Without answers, whose index each of the many starts would build."""
    target = folder / "office"
    if not target.exists():
        shutil.copytree(ROOT / "demo", target, ignore=shutil.ignore_patterns("knowledge"))
        with (target / "office.yaml").open("a", encoding="utf-8") as file:
            file.write("\nrules: {join_minutes: 0, series_marks: 1000000}\n")
    return target


@asynccontextmanager
async def tortured(url: str, folder: Path, seed: int) -> AsyncIterator[Torture]:
    """Everything for rounds on this database (it is migrated; use an empty one)."""
    db = Database(url, 10)
    await upgrade(db, datetime.now(UTC), folder / "backups")
    async with TelegramEmulator(TOKEN, limits=False) as tg:
        settings = {
            "DATABASE_URL": url,
            "DATA_DIR": str(folder),
            "OFFICE_DIR": str(_office(folder)),
            "SECRET_KEY": KEY,
            "HTTP_PORT": "0",
            "UPDATES": "polling",
            "STAFF_CHAT": f"telegram:{SHIFT}",
            "DATABASE_TIMEOUT": "2",
            "NETWORK_TIMEOUT": "5",
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_MODE": "anonymous",
            "TELEGRAM_API_URL": tg.url,
        }
        with (folder / "bot.log").open("ab") as log:
            server = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.torture.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
            )
        assert server.stdout is not None
        assert await server.stdout.readline() == b"ready\n", "the fork server did not start"
        bot = Bot(server, settings)
        try:
            torture = Torture(tg, bot, db, Keys(KEY.encode()), seed)
            await torture.join()
            yield torture
        finally:
            await bot.kill()
            server.kill()
            await server.wait()
            await db.close()
