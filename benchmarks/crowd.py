"""A messenger and its people in one process of their own: the strict emulator and N clients who walk the survey.

Protocol on stdin and stdout, one line each: it prints ``ready URL``; each line ``{"webhook": URL, "secret": …}`` sets
the callback, each ``{"walks": 100, "at_once": 50, …}`` lets that many clients through and prints the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.emulators.control import share
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VKEmulator

POINT = "6XC3M8DH"
FIRST = {"telegram": 1_000_000, "vk": 1_000_000}
PATIENCE = 60.0


class Telegram(TelegramEmulator):
    """The emulator that also keeps how long each webhook call took."""

    posts: list[float]
    newest: dict[int, list[dict[str, Any]]]
    spread: Iterator[str] | None = None  # addresses that are called in turn, as a balancer does

    def reset(self) -> None:
        super().reset()
        self.posts, self.newest = [], {}

    async def _post(self, update: dict[str, Any], attempt: int) -> float | None:
        begun = time.perf_counter()
        if self.spread is not None:
            self.webhook["url"] = next(self.spread)
        pause = await super()._post(update, attempt)
        if pause is None:
            self.posts.append(time.perf_counter() - begun)
        return pause

    def _route(self, chat: int, update: dict[str, Any]) -> None:
        self.newest.setdefault(chat, []).append(update)
        super()._route(chat, update)

    async def repeat(self, chat: int, back: int) -> None:
        """Post an update of this chat once more: the newest one, or an older one after a newer."""
        known = self.newest[chat]
        await self.deliver(known[-min(back, len(known))], self.webhook["url"], self.webhook.get("secret_token", ""))


class VK(VKEmulator):
    polling = False
    posts: list[float]
    newest: dict[int, list[dict[str, Any]]]

    def reset(self) -> None:
        super().reset()
        self.long_poll_enabled = self.polling  # else the Callback API alone, as webhooks are meant
        self.posts, self.newest = [], {}

    async def _post(self, event: dict[str, Any], attempt: int) -> float | None:
        begun = time.perf_counter()
        pause = await super()._post(event, attempt)
        if pause is None:
            self.posts.append(time.perf_counter() - begun)
        return pause

    def _route(self, peer: int, event: dict[str, Any]) -> None:
        self.newest.setdefault(peer, []).append(event)
        super()._route(peer, event)

    async def repeat(self, peer: int, back: int) -> None:
        assert self.callback is not None
        known = self.newest[peer]
        await self.deliver(known[-min(back, len(known))], *self.callback)


class Crowd:
    def __init__(self, server: Any, kind: str) -> None:
        self.server = server
        self.kind = kind
        self.ids = itertools.count(FIRST[kind])
        self.seen: list[float] = []
        self.random = random.Random(7)
        self.disturbed = 0.0
        self.think = 0.0
        self.repeats: set[asyncio.Task[None]] = set()

    async def turn(self, user: Any, act: Any, expected: str) -> None:
        """One act and its reply; now and then the messenger repeats an event beside it."""
        if self.think:
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * self.think)
        begun = time.perf_counter()
        await act
        if self.random.random() < self.disturbed:
            task = asyncio.create_task(self.server.repeat(user.id, self.random.choice((1, 2, 3))))
            self.repeats.add(task)
            task.add_done_callback(self.repeats.discard)
        await user.gets(expected, PATIENCE)
        self.seen.append(time.perf_counter() - begun)

    def newcomer(self) -> Any:
        ident = next(self.ids)
        return self.server.user(ident, "Анна") if self.kind == "telegram" else self.server.user(ident)

    async def pressed(self) -> None:
        """Survey A with buttons: start, 4, what was liked skipped, comment skipped."""
        user = self.newcomer()
        start = user.starts(POINT) if self.kind == "telegram" else user.starts(ref=POINT)
        await self.turn(user, start, "1 из")
        await self.turn(user, user.presses("4 Хорошо"), "Что понравилось")
        await self.turn(user, user.presses("Пропустить"), "улучшить")
        await self.turn(user, user.presses("Пропустить"), "Спасибо")

    async def typed(self) -> None:
        """The same with typed answers."""
        user = self.newcomer()
        await self.turn(user, user.sends(POINT), "1 из")
        await self.turn(user, user.sends("4"), "Что понравилось")
        await self.turn(user, user.sends("пропустить"), "улучшить")
        await self.turn(user, user.sends("пропустить"), "Спасибо")

    async def echoed(self) -> None:
        user = self.newcomer()
        for number in range(4):
            text = f"привет {number}"
            await self.turn(user, user.sends(text), text)

    async def greeted(self) -> None:
        await self.turn(user := self.newcomer(), user.sends("/start"), "")

    async def told(self, chats: int, patience: float) -> dict[str, Any]:
        """Until so many chats have a message: the seconds from the first to the last."""
        screens = self.server.chats if self.kind == "telegram" else self.server.peers
        begun = 0.0

        def full() -> bool | None:
            nonlocal begun
            filled = sum(1 for screen in screens.values() if screen.inbox)
            if filled and not begun:
                begun = time.perf_counter()
            return filled >= chats or None

        await self.server.until(full, patience, "notices")
        refused = {f"{m} {c}": n for (m, c), n in self.server.refused.items()}
        return {"seconds": time.perf_counter() - begun, "refused": refused}

    async def run(self, order: dict[str, Any]) -> dict[str, Any]:
        self.seen.clear()
        self.server.posts.clear()
        self.think, self.disturbed = order.get("think", 0.0), order.get("disturbed", 0.0)
        walk = getattr(self, order["walk"])
        left = iter(range(order["walks"]))

        async def one() -> None:
            for _ in left:
                await walk()

        calls = sum(self.server.calls.values())
        cpu, begun = time.process_time(), time.perf_counter()
        await asyncio.gather(*(one() for _ in range(order["at_once"])))
        if self.repeats:
            await asyncio.wait(list(self.repeats))
        took = time.perf_counter() - begun
        self_cpu = time.process_time() - cpu
        posts = self.server.posts
        return {
            "turns": len(self.seen),
            "seconds": took,
            "calls": sum(self.server.calls.values()) - calls,
            "cpu": self_cpu,
            "seen": {"p50": share(self.seen, 0.5), "p95": share(self.seen, 0.95)},
            "posted": {"p50": share(posts, 0.5), "p95": share(posts, 0.95)},
            "refused": {f"{m} {c}": n for (m, c), n in self.server.refused.items()},
            "last": [text for _, text, _ in self.server.refusals][-2:],
        }


async def serve(kind: str, limits: bool, polling: bool) -> None:
    VK.polling = polling
    server: Any = Telegram("123456:TEST", limits=limits) if kind == "telegram" else VK("vk-test", limits=limits)
    async with server:
        crowd = Crowd(server, kind)
        print(f"ready {server.url}", flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            if "webhook" in order:
                if kind == "vk":
                    server.deliver_to(order["webhook"], order["secret"])
                result: Any = {}
            elif "known" in order:
                for ident in range(order["first"], order["first"] + order["known"]):
                    user = server.user(ident)
                    user.started = user.allowed = True
                result = {}
            elif "messages" in order:
                result = await crowd.told(order["messages"], order["patience"])
            elif "spread" in order:
                server.spread = itertools.cycle(order["spread"])
                result = {}
            elif "webhook_set" in order:
                while not server.webhook:  # noqa: ASYNC110 - the emulator tells nobody that the bot has set it
                    await asyncio.sleep(0.02)
                result = {}
            else:
                result = await crowd.run(order)
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["telegram", "vk"])
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--polling", action="store_true")
    options = parser.parse_args()
    asyncio.run(serve(options.kind, options.limits, options.polling))
