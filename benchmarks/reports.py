"""`python -m bot figures` over a thousand and a million responses: time, their ratio, memory of the process."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.many import fill
from benchmarks.processes import ROOT, environment, has_postgres
from tests.base.databases import PostgresTemplate

FEW, MANY = 1_000, 1_000_000
TIMES = 3


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty, migrated database."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'otklik.db'}"
        return
    template = PostgresTemplate(folder)
    try:
        with template.copy() as url:
            yield url
    finally:
        template.close()


def measured(url: str, folder: Path, *words: str) -> tuple[float, float]:
    """Seconds and megabytes (the largest resident set) of the command."""
    env = environment(folder, 8080) | {"PYTHONPATH": str(ROOT), "DATABASE_URL": url}
    begun = time.perf_counter()
    command = [sys.executable, "-m", "bot", "figures", *words]
    started = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(started.pid, 0)
    took = time.perf_counter() - begun
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RuntimeError(f"figures ended with {started.returncode}")
    return took, usage.ru_maxrss / 1024


def reports() -> list[Figure]:
    found = []
    for kind in ("sqlite", "postgres"):
        if kind == "postgres" and not has_postgres():
            continue
        took: dict[int, float] = {}
        memory: dict[int, float] = {}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with database(kind, folder) as url:
                there = 0
                for n in (FEW, MANY):
                    begun = time.perf_counter()
                    asyncio.run(fill(url, n - there, seed=n))
                    filled, there = time.perf_counter() - begun, n
                    runs = [measured(url, folder) for _ in range(TIMES)]
                    took[n] = statistics.median(seconds for seconds, _ in runs)
                    memory[n] = max(megabytes for _, megabytes in runs)
                    found.append(Figure(f"figures, {kind}: over {n:,} responses", took[n], "s"))
                by_channel = measured(url, folder, "--by", "channel")[0]
                found.append(Figure(f"figures, {kind}: over {MANY:,} by channel", by_channel, "s"))
                found.append(Figure(f"figures, {kind}: filling {MANY:,}, rows a second", MANY / filled, "1/s"))
        found.append(Figure(f"figures, {kind}: time of {MANY:,} ÷ {FEW:,}", took[MANY] / took[FEW], "", at_most=4))
        found.append(Figure(f"figures, {kind}: memory over {MANY:,}", memory[MANY], "MB", at_most=200))
        found.append(
            Figure(f"figures, {kind}: memory of {MANY:,} ÷ {FEW:,}", memory[MANY] / memory[FEW], "", at_most=1.2)
        )
    return found
