"""Two processes on one PostgreSQL against one: the same load by webhooks, turns per second of wall clock.

Both processes run all the time; the messenger calls one of them, or both in turn. On a machine of few cores the
messenger, its clients and the server take their share of them too, which the CPU figures show.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import cpu_seconds, crowd, environment, free_port, has_postgres, process, wait_for
from benchmarks.turns import settings_of
from tests.base.databases import PostgresTemplate

WALKS, ROUNDS, WARM, AT_ONCE = 150, 4, 40, 50


def several() -> list[Figure]:
    if not has_postgres():
        return [Figure("two processes ÷ one: skipped, no server at TEST_POSTGRES_URL", 0, "")]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-bench-")))
        server = PostgresTemplate(folder)
        stack.callback(server.close)
        database = stack.enter_context(server.copy(empty=True))
        people = stack.enter_context(crowd("telegram"))
        settings = {name.upper(): value for name, value in settings_of("telegram", people).items()}
        pids, urls = [], []
        for _ in range(2):
            port = free_port()
            log = stack.enter_context((folder / f"log.{port}").open("w"))
            env = environment(folder, port, database) | settings
            started = stack.enter_context(
                process("-m", "benchmarks.unpaced", env=env, cwd=folder, stdout=log, stderr=log)
            )
            try:
                wait_for(f"http://127.0.0.1:{port}/readyz", 90)
            except RuntimeError:
                sys.stderr.write((folder / f"log.{port}").read_text()[-3000:])
                raise
            people(webhook_set=True)
            pids.append(started.pid)
            urls.append(f"http://127.0.0.1:{port}/webhooks/telegram")
        people(spread=urls)
        people(walk="pressed", walks=WARM, at_once=WARM)
        turns, seconds, bot_cpu, own_cpu = ([0.0, 0.0] for _ in range(4))
        for _ in range(ROUNDS):
            for side, used in enumerate((urls[:1], urls)):
                people(spread=used)
                before = sum(map(cpu_seconds, pids))
                result = people(walk="pressed", walks=WALKS, at_once=AT_ONCE)
                bot_cpu[side] += sum(map(cpu_seconds, pids)) - before
                turns[side] += result["turns"]
                seconds[side] += result["seconds"]
                own_cpu[side] += result["cpu"]
    rates = [t / s for t, s in zip(turns, seconds, strict=True)]
    found = []
    for side, what in enumerate(("one process", "two processes")):
        unit = (
            f"turns per second; CPU: bot {bot_cpu[side] / seconds[side]:.2f}, "
            f"messenger and clients {own_cpu[side] / seconds[side]:.2f} of {os.cpu_count()} cores"
        )
        found.append(Figure(f"PostgreSQL, webhooks, {what}", rates[side], unit))
    found.append(Figure("PostgreSQL, webhooks: two processes ÷ one", rates[1] / rates[0], ""))
    per_turn = [c / t for c, t in zip(bot_cpu, turns, strict=True)]
    found.append(Figure("CPU of a turn: two processes ÷ one", per_turn[1] / per_turn[0], ""))
    return found
