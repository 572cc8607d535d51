"""The bot as `python -m bot run` starts it, beside the test and against the emulators."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from sqlalchemy import text

from backend import staff
from backend.settings import Settings
from bot.app import make_http
from bot.commands.run import start_work
from bot.compose import App, build, hold_polling, keep_polling
from bot.hearing import Slowing
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_people import User as TelegramUser
from tests.emulators.vk import VKEmulator
from tests.emulators.vk_people import User as VKUser

OFFICE = Path(__file__).resolve().parents[2] / "demo"
MONDAY_TEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 10:00 in Moscow, a working day
PATIENCE = 10.0  # seconds; only a failing test waits that long
WINDOW = "6XC3M8DH"  # room 104: owner demoev, deputy maketov
STAND = "5HV2E7JM"

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading all authorities for each client takes most of a test's time

Found = TypeVar("Found")


@dataclass
class Running:
    """One process of the bot: `app`, its loops, and its HTTP server at `url`."""

    app: App
    url: str
    web: httpx.AsyncClient
    server: uvicorn.Server
    listening: socket.socket
    stopped: bool = False

    @classmethod
    async def start(
        cls, settings: dict[str, Any], *, flood: bool = False, hasty: bool = False, name: str = ""
    ) -> Running:
        """Start everything that the command starts. `flood`: guard against floods by the real time. `hasty`: no
        pauses between the tries to receive. `name`: of this process among others, as leases know it."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        listening.setblocking(False)
        port = listening.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        app = await build(Settings(_env_file=None, **{"http_port": port, "public_url": url, **settings}))
        if not flood:
            seconds = itertools.count()
            app.hearing.slowing = Slowing(lambda: float(next(seconds)))
            # The emulators' limits are wider too where a test is not about them.
            for channel in app.channels.values():
                channel.traits = replace(channel.traits, gap=None)
        app.delivery.holder = name or app.delivery.holder
        for channel in app.channels.values():
            if hasty and hasattr(channel, "_sleep"):
                channel._sleep = breathe
        try:
            if app.settings.updates == "polling":
                await hold_polling(app)
                app.start("polling lease", keep_polling(app))
        except BaseException:
            await app.stop()
            listening.close()
            raise
        config = uvicorn.Config(make_http(app), log_config=None, access_log=False, lifespan="off")
        server = Server(config)
        app.start("http", server.serve(sockets=[listening]))
        await start_work(app)
        web = httpx.AsyncClient(base_url=url, headers={"accept-language": "ru"}, timeout=PATIENCE, verify=NO_TLS)
        return cls(app, url, web, server, listening)

    async def stop(self) -> None:
        if self.stopped:
            return
        self.stopped = True
        await self.web.aclose()
        self.server.should_exit = True
        http = next(task for task in self.app.tasks if task.get_name() == "http")
        await asyncio.wait([http], timeout=5)
        await self.app.stop()
        self.listening.close()

    def later(self, **delta: float) -> None:
        """Let time go by for everything that looks at the clock."""
        now, shift = self.app.clock, timedelta(**delta)

        def clock() -> datetime:
            return now() + shift

        self.app.clock = self.app.hearing.clock = self.app.delivery.clock = clock
        self.app.delivery.woken()

    async def invite(self, person: str | None, channel: str) -> str:
        """A one-time code, as `python -m bot invite` prints it."""
        async with self.app.db.begin() as session:
            return await staff.invite(session, self.app.keys, person, channel, self.app.clock())

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.app.db.read() as session:
            return list(await session.execute(text(statement), values))

    async def one(self, statement: str, **values: Any) -> Any:
        rows = await self.rows(statement, **values)
        assert len(rows) == 1, rows
        return rows[0]

    async def delivered(self) -> None:
        """Wait until no notice waits."""
        async with asyncio.timeout(PATIENCE):
            while (await self.one("SELECT count(*) FROM outbox WHERE status = 'waiting'"))[0]:
                await breathe(0)

    def browser(self) -> httpx.AsyncClient:
        """A visitor with cookies of his own."""
        return httpx.AsyncClient(base_url=self.url, headers={"accept-language": "ru"}, timeout=PATIENCE, verify=NO_TLS)


async def breathe(_seconds: float) -> None:
    await asyncio.sleep(0.02)


class Server(uvicorn.Server):
    """Signals belong to the test run."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # uvicorn leaves it untyped
        yield


@dataclass
class World:
    """Both messengers and a database; processes of the bot are started against them."""

    tg: TelegramEmulator
    vk: VKEmulator
    database: str
    folder: Path
    processes: list[Running] = field(default_factory=list)

    async def start(
        self,
        *,
        telegram: bool = True,
        vk: bool = True,
        flood: bool = False,
        hasty: bool = False,
        name: str = "",
        **more: Any,
    ) -> Running:
        values: dict[str, Any] = {
            "database_url": self.database,
            "data_dir": self.folder / "data",
            "office_dir": OFFICE,
            "secret_key": "a key of tests, longer than thirty-two characters",
            "clock": MONDAY_TEN,
            "network_timeout": 2,
            "database_timeout": 5,
            "telegram_token": self.tg.token if telegram else "",
            "telegram_api_url": self.tg.url,
            "vk_token": self.vk.token if vk else "",
            "vk_api_url": self.vk.api_url,
            **more,
        }
        running = await Running.start(values, flood=flood, hasty=hasty, name=name)
        self.processes.append(running)
        if vk and running.app.settings.updates == "polling" and not self.vk.planned:
            # At its very first start VK's stream begins with the first look at it.
            await self.vk.until(lambda: self.vk.calls["a_check"] or None, PATIENCE, "the first long poll of VK")
        return running

    async def close(self) -> None:
        for running in self.processes:
            await running.stop()


Person = TelegramUser | VKUser
Account = TypeVar("Account", TelegramUser, VKUser)


async def comes(person: Person, payload: str, *then: str) -> None:
    """Follow a code and press, one after the other, each when its question has come."""
    if isinstance(person, VKUser):
        await person.starts(payload)
    else:
        await person.starts(payload)
    await person.gets("", PATIENCE)
    for label in then:
        await person.server.until(lambda: offers(person, label), PATIENCE, f"a button {label!r}")  # noqa: B023
        await person.presses(label)
        await person.gets("", PATIENCE)


def offers(person: Person, label: str) -> bool | None:
    return any(label in row for message in person.inbox for row in message.rows) or None


async def joins(running: Running, user: Account, person: str) -> Account:
    """A member of staff comes in by his one-time link."""
    code = await running.invite(person, "vk" if isinstance(user, VKUser) else "telegram")
    await user.starts(f"join-{code}")
    await user.gets("Вы вошли как сотрудник", PATIENCE)
    return user


async def bind(running: Running, channel: str, chat: int) -> None:
    async with running.app.db.begin() as session:
        keys = running.app.keys
        await staff.bind(
            session,
            address=keys.hash(f"{channel}:{chat}"),
            channel=channel,
            sealed=keys.seal(str(chat)),
            now=running.app.clock(),
            by="test",
        )


async def until(find: Callable[[], Found | None], what: str, timeout: float = PATIENCE) -> Found:  # noqa: ASYNC109
    """Look again at each round of the loop; for what no emulator announces."""
    async with asyncio.timeout(timeout):
        while (found := find()) is None:  # noqa: ASYNC110 - many different things are looked at
            await asyncio.sleep(0.01)
    return found
