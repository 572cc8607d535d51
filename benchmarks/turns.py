"""Survey turns per CPU-second of the bot against a bare echo, and how long one of 50 clients waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.processes import Orders, bot, cpu_seconds, crowd, free_port, has_postgres, process, wait_for

WALKS, TURNS, WARM, AT_ONCE = 50, 3, 20, 50
TARGETS = {"telegram": 0.2, "vk": 0.12}
SETTINGS: dict[str, dict[str, str]] = {
    "telegram": {"telegram_token": "123456:TEST", "telegram_mode": "anonymous"},
    "vk": {
        "vk_token": "vk-test",
        "vk_mode": "track",
        "vk_secret": "bench-secret",
        "vk_confirmation": "bench",
    },
}


def settings_of(kind: str, people: Orders) -> dict[str, str]:
    url = people.url if kind == "telegram" else f"{people.url}/method/"
    return {**SETTINGS[kind], f"{kind}_api_url": url, "updates": "webhook"}


def hook(kind: str, people: Orders, url: str) -> None:
    if kind == "telegram":
        people(webhook_set=True)
    else:
        people(webhook=f"{url}/webhooks/vk", secret="bench-secret")  # noqa: S106 - of the emulator


@contextmanager
def echo(kind: str, people: Orders) -> Iterator[int]:
    port = free_port()
    api = people.url if kind == "telegram" else f"{people.url}/method/"
    name = "bare_aiogram" if kind == "telegram" else "bare_vkbottle"
    with process("-m", f"benchmarks.{name}", str(port), api) as started:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        hook(kind, people, f"http://127.0.0.1:{port}")
        yield started.pid


@dataclass
class Side:
    """What one process has done in all its measures."""

    turns: int = 0
    calls: int = 0
    cpu: float = 0.0
    own: float = 0.0  # CPU of the emulator and its clients

    @property
    def rate(self) -> float:
        return self.turns / self.cpu

    def measure(self, people: Orders, pid: int, walk: str, walks: int) -> None:
        before = cpu_seconds(pid)
        result = people(walk=walk, walks=walks, at_once=AT_ONCE)
        self.cpu += cpu_seconds(pid) - before
        self.turns += result["turns"]
        self.calls += result["calls"]
        self.own += result["cpu"]


def turns(kind: str = "telegram", databases: tuple[str, ...] = ("sqlite", "postgres")) -> list[Figure]:
    found: list[Figure] = []
    for database in databases:
        if database == "postgres" and not has_postgres():
            found.append(Figure(f"{kind} on {database}: skipped, no server at TEST_POSTGRES_URL", 0, ""))
            continue
        with (
            crowd(kind) as others,
            echo(kind, others) as pid,
            crowd(kind) as people,
            bot(settings_of(kind, people), database) as running,
        ):
            hook(kind, people, running.url)
            others(walk="echoed", walks=WARM, at_once=WARM)
            people(walk="pressed", walks=WARM, at_once=WARM)
            bare = Side()
            sides = {"pressed": Side(), "typed": Side()}
            for _ in range(TURNS):  # in turn, so that the machine's moods hit both sides
                for walk, side in sides.items():
                    bare.measure(others, pid, "echoed", WALKS * 2)
                    side.measure(people, running.pid, walk, WALKS)
            if not found:
                own = bare.turns / bare.own
                found.append(Figure(f"{kind}: the emulator and its clients themselves", own, "turns per CPU-second"))
            found.append(Figure(f"{kind} beside {database}: bare echo", bare.rate, "turns per CPU-second"))
            for walk, side in sides.items():
                what = f"{kind} on {database}, {walk}"
                calls = side.calls / side.turns
                found.append(Figure(what, side.rate, f"turns per CPU-second, {calls:.1f} calls a turn"))
                found.append(Figure(f"{what} ÷ bare echo", side.rate / bare.rate, "", at_least=TARGETS[kind]))
            if kind == "telegram":
                found += waiting(people, database)
    return found


def waiting(people: Orders, database: str) -> list[Figure]:
    """50 clients at once who think a while before each press; then with repeats and old events after newer ones."""
    found = []
    for title, disturbed in (("", 0.0), (", 10 % repeated or out of order", 0.1)):
        result = people(walk="pressed", walks=AT_ONCE * 3, at_once=AT_ONCE, think=1.0, disturbed=disturbed)
        what = f"50 clients on {database}{title}: p95 of"
        found.append(Figure(f"{what} webhook to 200 (committed)", result["posted"]["p95"] * 1000, "ms"))
        found.append(Figure(f"{what} press to reply seen", result["seen"]["p95"] * 1000, "ms", at_most=5000))
    return found
