"""Figures for Prometheus, on a listener of their own: METRICS_PORT is never the public port.

Each process has its own. Labels are names of channels, outcomes and states: nothing of clients.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend import outbox, tasks
from backend.db import Session
from bot.compose import App

log = logging.getLogger(__name__)

FRESH_SECONDS = 5.0  # several collectors, or an impatient one, cost the database one look
LOOK_SECONDS = 2.0
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics(Collector):
    """Counts what this process does; looks at the database when it is asked."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.registry = CollectorRegistry()
        self._updates = Counter(
            "otklik_updates",
            "Events taken from a channel, by how they ended: answered, refused by the mode, repeated, slowed down, "
            "busy (the database was away), failed (a fault of ours)",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self._turns = Histogram(
            "otklik_turn_seconds",
            "From an event to its commit",
            ["channel"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._sent = Counter(
            "otklik_sent",
            "Messages handed to a channel: kind reply or notice, outcome sent, later, unreachable, rejected",
            ["channel", "kind", "outcome"],
            registry=self.registry,
        )
        self._away = Counter(
            "otklik_database_errors", "Transactions that found the database locked or away", registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(self)
        self._looked = -FRESH_SECONDS
        self._found: list[Metric] = []
        self._looking = asyncio.Lock()
        app.hearing.turned = self.turned
        app.delivery.sent = self.sent
        app.db.away = self._away.inc

    def turned(self, channel: str, outcome: str, seconds: float) -> None:
        self._updates.labels(channel, outcome).inc()
        self._turns.labels(channel).observe(seconds)

    def sent(self, channel: str, kind: str, outcome: str) -> None:
        self._sent.labels(channel, kind, outcome).inc()

    def describe(self) -> Iterable[Metric]:
        return []  # what `collect` gives is known only when the database is asked

    def collect(self) -> Iterable[Metric]:
        ready = GaugeMetricFamily("otklik_channel_ready", "1 while the messenger can be reached", labels=["channel"])
        for name, channel in self._app.channels.items():
            ready.add_metric([name], float(channel.ready))
        yield ready
        yield from self._found

    async def page(self) -> bytes:
        """All figures as text."""
        async with self._looking:
            if time.monotonic() - self._looked >= FRESH_SECONDS:
                self._found = await self._look()
                self._looked = time.monotonic()
        return generate_latest(self.registry)

    async def _look(self) -> list[Metric]:
        up = GaugeMetricFamily("otklik_database_up", "1 when the database answered this look")
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._app.db.read() as session:
                found = await self._of_tables(session)
        except Exception as error:  # a figure that cannot be had must not take the others with it
            log.warning("metrics: the database did not answer (%s)", type(error).__name__)
            up.add_metric([], 0.0)
            return [up]
        up.add_metric([], 1.0)
        return [up, *found]

    async def _of_tables(self, session: Session) -> list[Metric]:
        now = self._app.clock()
        size = GaugeMetricFamily("otklik_outbox_waiting", "Notices that wait, also for their time", labels=["channel"])
        age = GaugeMetricFamily(
            "otklik_outbox_oldest_seconds", "How long the oldest notice is overdue", labels=["channel"]
        )
        table = outbox.table
        waiting = await session.execute(
            select(table.c.channel, func.count(), func.min(table.c.due_at))
            .where(table.c.status == "waiting")
            .group_by(table.c.channel)
        )
        found = {channel: (count, oldest) for channel, count, oldest in waiting}
        for channel in sorted({*found, *self._app.channels}):
            count, oldest = found.get(channel, (0, now))
            size.add_metric([channel], count)
            age.add_metric([channel], max(0.0, (now - oldest).total_seconds()))
        states = GaugeMetricFamily("otklik_tasks", "Tasks by state", labels=["status"])
        task = tasks.table
        counted = dict.fromkeys(("new", "taken", "closed"), 0)
        for status, number in await session.execute(select(task.c.status, func.count()).group_by(task.c.status)):
            counted[status] = number
        for status, number in sorted(counted.items()):
            states.add_metric([status], number)
        oldest_task = (
            await session.execute(select(func.min(task.c.created_at)).where(task.c.status == "new"))
        ).scalar()
        waits = GaugeMetricFamily("otklik_task_oldest_seconds", "Age of the oldest task that nobody has taken")
        waits.add_metric([], max(0.0, (now - oldest_task).total_seconds()) if oldest_task else 0.0)
        return [size, age, states, waits]


def page_of(metrics: Metrics) -> Starlette:
    """The one page of the listener."""

    async def page(_request: Request) -> Response:
        return Response(await metrics.page(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(routes=[Route("/metrics", page, methods=["GET"])])
