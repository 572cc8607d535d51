"""SQLite → PostgreSQL: how long a large office waits, how much memory it takes, and whether both sides are equal."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.many import fill
from benchmarks.processes import ROOT, environment, free_port, has_postgres
from tests.base.databases import PostgresTemplate

RESPONSES = 1_000_000


def move(responses: int = RESPONSES) -> list[Figure]:
    what = f"SQLite → PostgreSQL, {responses:,} responses"
    if not has_postgres():
        return [Figure(f"{what}: skipped, no server at TEST_POSTGRES_URL", 0, "")]
    with tempfile.TemporaryDirectory(prefix="otklik-bench-") as name:
        folder = Path(name)
        env = environment(folder, free_port())
        asyncio.run(fill(env["DATABASE_URL"], responses))
        server = PostgresTemplate(folder)
        try:
            with server.copy(empty=True) as target:
                begun = time.monotonic()
                done = subprocess.run(
                    [sys.executable, "-m", "bot", "move", "--to", target],
                    env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **env},
                    cwd=folder,
                    capture_output=True,
                    text=True,
                )
                took = time.monotonic() - begun
        finally:
            server.close()
    equal = done.returncode == 0 and f"{responses:>12} {responses:>12}" in done.stdout
    if not equal:
        sys.stderr.write(done.stdout + done.stderr)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Figure(what, took, f"s, {responses / took:,.0f} responses a second"),
        Figure(f"{what}: counts and checksums equal", float(equal), "", at_least=1),
        Figure(f"{what}: peak memory", memory, "MB"),
    ]
