"""Processes that are measured: started with a clean environment, their CPU read from /proc."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from tests.base.databases import PostgresTemplate

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
KEY = "benchmark-key-benchmark-key-benchmark"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise LookupError("no VmRSS")


@contextmanager
def process(*command: str, env: dict[str, str] | None = None, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """A Python process of the repository, killed at the end."""
    clean = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    clean |= {"PYTHONPATH": str(ROOT), **(env or {})}
    started = subprocess.Popen([sys.executable, *command], env=clean, text=True, **more)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


class Orders:
    """A crowd process that takes orders."""

    def __init__(self, started: subprocess.Popen[str]) -> None:
        assert started.stdin is not None
        assert started.stdout is not None
        self.pid = started.pid
        self._in: IO[str] = started.stdin
        self._out: IO[str] = started.stdout
        self.url = self._line().removeprefix("ready ").strip()

    def _line(self) -> str:
        line = self._out.readline()
        if not line:
            raise RuntimeError("the crowd has died; its message is above")
        return line

    def send(self, **order: Any) -> None:
        self._in.write(json.dumps(order) + "\n")
        self._in.flush()

    def receive(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._line())
        return answer

    def __call__(self, **order: Any) -> dict[str, Any]:
        self.send(**order)
        return self.receive()


@contextmanager
def crowd(kind: str, *flags: str) -> Iterator[Orders]:
    with process(
        "-m", "benchmarks.crowd", kind, *flags, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as started:
        yield Orders(started)


def wait_for(url: str, seconds: float = 30) -> None:
    """Until the address answers 200."""
    end = time.monotonic() + seconds
    while True:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - loopback
            if response.status == 200:
                return
        if time.monotonic() > end:
            raise RuntimeError(f"{url} does not answer")
        time.sleep(0.02)


class Bot:
    """A running bot: the real command, its port and its process."""

    def __init__(self, pid: int, port: int, folder: Path) -> None:
        self.pid, self.port, self.folder = pid, port, folder
        self.url = f"http://127.0.0.1:{port}"


def environment(folder: Path, port: int, database_url: str = "") -> dict[str, str]:
    return {
        "DATABASE_URL": database_url or f"sqlite+aiosqlite:///{folder}/bench.db",
        "DATA_DIR": str(folder),
        "OFFICE_DIR": str(ROOT / "demo"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HTTP_PORT": str(port),
        "SECRET_KEY": KEY,
    }


@contextmanager
def bot(
    settings: Mapping[str, str] | None = None, database: str = "sqlite", *, unlimited: bool = True
) -> Iterator[Bot]:
    """The bot with these settings. `unlimited`: without the messengers' pace, so that its own speed shows."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-bench-")))
        url = ""
        if database == "postgres":
            server = PostgresTemplate(folder)
            stack.callback(server.close)
            url = stack.enter_context(server.copy(empty=True))
        port = free_port()
        env = environment(folder, port, url) | {k.upper(): v for k, v in (settings or {}).items()}
        command = ("-m", "benchmarks.unpaced") if unlimited else ("-m", "bot", "run", "--no-qr")
        log = stack.enter_context((folder / "log").open("w"))
        started = stack.enter_context(process(*command, env=env, cwd=folder, stdout=log, stderr=log))
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
            yield Bot(started.pid, port, folder)
        except BaseException:
            sys.stderr.write((folder / "log").read_text()[-3000:])
            raise


def has_postgres() -> bool:
    """Whether the server of TEST_POSTGRES_URL (by default on loopback) answers."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            PostgresTemplate(Path(folder)).close()
        except (OSError, TimeoutError):
            return False
    return True
