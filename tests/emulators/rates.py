"""Limits on calls, kept with a clock that the caller passes in (seconds, monotonic)."""

from __future__ import annotations

import math
from collections import deque

# Forget chats rather than grow for ever in a long benchmark.
_SWEEP = 100_000


class Window:
    """At most ``count`` calls in any ``period`` seconds."""

    __slots__ = ("count", "period", "times")

    def __init__(self, count: int, period: float) -> None:
        self.count = count
        self.period = period
        self.times: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until the next call is allowed; 0 when it is allowed now. Takes nothing."""
        times = self.times
        edge = now - self.period
        while times and times[0] <= edge:
            times.popleft()
        return 0.0 if len(times) < self.count else times[-self.count] + self.period - now

    def take(self, now: float) -> None:
        self.times.append(now)


class Bucket:
    """``burst`` calls at once, then ``per_second``."""

    __slots__ = ("burst", "level", "per_second", "seen")

    def __init__(self, burst: float, per_second: float) -> None:
        self.burst = burst
        self.per_second = per_second
        self.level = burst
        self.seen = -math.inf

    def wait(self, now: float) -> float:
        """Seconds until the next call is allowed; 0 when it is allowed now. Takes nothing."""
        if self.seen > -math.inf:
            self.level = min(self.burst, self.level + (now - self.seen) * self.per_second)
        self.seen = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.per_second

    def take(self, now: float) -> None:
        self.level -= 1


class TelegramRates:
    """30 messages a second overall, about 1 a second to a chat with a short burst, 20 a minute to a group.

    The FAQ of Telegram publishes these three numbers but not the burst: 5 is our assumption. The FAQ speaks
    of messages; edits are counted overall and per group, not against the chat's one per second.
    """

    def __init__(self, scale: float = 1.0, burst: float = 5) -> None:
        self.scale = scale
        self.burst = burst
        self.overall = Window(max(1, round(30 * scale)), 1.0)
        self.chats: dict[int, Bucket] = {}
        self.groups: dict[int, Window] = {}
        self.webhook = Window(1, 1.0)

    def refuse(self, chat: int, now: float, *, edit: bool = False) -> int:
        """Whole seconds to wait (``retry_after``), or 0 when the call is counted and may go on."""
        limits: list[Window | Bucket] = [self.overall]
        if chat < 0:
            if chat not in self.groups:
                self.groups[chat] = Window(max(1, round(20 * self.scale)), 60.0)
            limits.append(self.groups[chat])
        if not edit:
            bucket = self.chats.get(chat)
            if bucket is None:
                if len(self.chats) >= _SWEEP:
                    self.chats.clear()
                bucket = self.chats[chat] = Bucket(max(1.0, self.burst * self.scale), self.scale)
            limits.append(bucket)
        wait = 0.0
        for limit in limits:
            wait = max(wait, limit.wait(now))
        if wait > 0:
            return max(1, math.ceil(wait))
        for limit in limits:
            limit.take(now)
        return 0

    def refuse_webhook(self, now: float) -> int:
        """``setWebhook`` is accepted once a second."""
        if self.webhook.wait(now):
            return 1
        self.webhook.take(now)
        return 0


class VKRates:
    """20 calls a second for a community's token, of any method."""

    def __init__(self, scale: float = 1.0) -> None:
        self.overall = Window(max(1, round(20 * scale)), 1.0)

    def refuse(self, now: float) -> bool:
        if self.overall.wait(now):
            return True
        self.overall.take(now)
        return False
