"""Appeals: a thousand beside a hundred thousand, and an import of a hundred thousand lines while clients are served.

Both sizes are measured in turn within one run, because only ratios mean anything on a machine that others use too.
"""

from __future__ import annotations

import asyncio
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from backend.appeals import following, numbers, registration
from backend.appeals.following import Chat
from backend.appeals.registration import New
from backend.appeals.rows import appeals, events, followers
from backend.appeals.work import term_of
from benchmarks.figures import Figure
from benchmarks.processes import ROOT, environment, has_postgres
from benchmarks.reports import database
from tests.base.talk import SECRET_KEY, Person, Talk, edges, open_talk

FEW, MANY = 1_000, 100_000
ROUNDS = 60
REPORTS = 3
MINE = 10  # appeals that the measured client follows
BATCH = 5_000
WINDOWS, QUIET, PART = 8, 8.0, 3_000  # windows with and without an import of so many lines, in turn
PEOPLE = ("demoev", "maketov", "primerova", "chernykh", "shablonova", "obraztsov")
UNITS = ("appeals", "small_farms", "digital", "small_farms", "digital", "")
TOPICS = ("refusal", "payment", "certificate", "acceptance", "queue", "conduct", "roads", "other")
KINDS = ("appeal", "appeal", "appeal", "complaint", "complaint_short", "info_request")
WAYS = ("paper", "epgu", "site", "reception", "mfc")
CLOCK = "2026-11-23T10:00:00+03:00"
OPEN_SHARE = 12  # one of so many is open


# --- many appeals -----------------------------------------------------------------------------------------


def rows(talk: Talk, n: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]]:
    """`n` appeals of the last three years with their events and a follower of each; the same for the same `n`."""
    dice = random.Random(n)
    office, calendar = talk.app.office, talk.app.calendar()
    content = office.appeals
    assert content is not None
    today = calendar.today(talk.now)
    terms: dict[tuple[str, date], tuple[date, date]] = {}
    for place in range(1, n + 1):
        is_open = dice.randrange(OPEN_SHARE) == 0
        day = today - timedelta(days=dice.randrange(25) if is_open else 30 + dice.randrange(1000))
        who, kind = dice.randrange(len(PEOPLE)), KINDS[dice.randrange(len(KINDS))]
        if (kind, day) not in terms:
            deadline = term_of(content, kind, day, calendar)
            terms[kind, day] = deadline.legal, deadline.due
        legal, due = terms[kind, day]
        moment = datetime.combine(day, datetime.min.time(), calendar.zone) + timedelta(hours=9 + dice.randrange(8))
        answered = None if is_open else min(day + timedelta(days=3 + dice.randrange(30)), today)
        stage = "review" if is_open else "answered"
        appeal = {
            "id": place,
            "number": f"А-{day.year}-{place:06d}",
            "kind": kind,
            "way": WAYS[dice.randrange(len(WAYS))],
            "topic": TOPICS[dice.randrange(len(TOPICS))],
            "unit": UNITS[who],
            "summary": f"Обращение номер {place}: просит объяснить решение",
            "stage": stage,
            "means": "work" if is_open else "answered",
            "open": is_open,
            "stage_at": moment,
            "received_on": day,
            "registered_at": moment,
            "registered_on": day,
            "started_on": day,
            "legal_on": legal,
            "due_on": due,
            "holder": PEOPLE[who],
            "text": "x" * 700,  # as long as a sealed page of text
            "code": f"{place:024d}",
            "answered_on": answered,
            "in_time": None if answered is None else answered <= legal,
            "ended_on": answered,
            "answers": 0 if is_open else 1,
            "clear": None if is_open or dice.randrange(3) else 1 + dice.randrange(5),
            "keep_until": None if answered is None else answered + timedelta(days=1826),
            "entered_by": "benchmark",
        }
        kinds = ("registered", "stage") if is_open else ("registered", "stage", "answered")
        happened = [
            {"appeal": place, "at": moment, "by": PEOPLE[who], "kind": kind, "stage": stage, "sealed": "x" * 300}
            for kind in kinds
        ]
        follower = {"appeal": place, "address": f"other{dice.randrange(n):018d}", "channel": "vk", "sealed": "x" * 60}
        follower |= {"language": "ru", "since": moment}
        yield appeal, happened, follower


async def fill(talk: Talk, n: int) -> None:
    waiting: list[tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]] = []

    async def store() -> None:
        async with talk.app.db.begin() as session:
            await session.execute(insert(appeals), [appeal for appeal, _, _ in waiting])
            await session.execute(insert(events), [event for _, happened, _ in waiting for event in happened])
            await session.execute(insert(followers), [follower for _, _, follower in waiting])
        waiting.clear()

    for made in rows(talk, n):
        waiting.append(made)
        if len(waiting) == BATCH:
            await store()
    if waiting:
        await store()
    async with talk.app.db.begin() as session:
        if session.dialect.name == "postgresql":
            taken = text("SELECT setval(pg_get_serial_sequence('appeal', 'id'), :n)")
            await session.execute(taken, {"n": n})
            # What autovacuum does soon after.
            await session.execute(text("ANALYZE appeal, appeal_event, appeal_follower"))
        for year in (2023, 2024, 2025, 2026):
            await numbers.pass_over(session, f"А-{year}-{n:06d}")


# --- the two sizes beside each other ----------------------------------------------------------------------


class Side:
    """One database of a size, with a client who follows some appeals and a clerk who has many."""

    def __init__(self, talk: Talk, url: str, folder: Path) -> None:
        self.talk, self.url, self.folder = talk, url, folder
        self.took: dict[str, list[float]] = {}
        self.client: Person
        self.clerk: Person

    async def prepare(self, n: int) -> None:
        await fill(self.talk, n)
        self.client = self.talk.client("vk", 77)
        await self.client.starts()
        chat = Chat(self.talk.app.keys.hash("vk:77"), "vk", self.talk.app.keys.seal("vk:77"), "ru")
        async with self.talk.app.db.begin() as session:
            for ident in range(1, MINE + 1):
                await following.add(session, ident * n // (MINE + 1), chat, self.talk.now)
        await self.client.types("где моё обращение")
        assert any(label.startswith("А-") or "А-" in label for label in self.client.labels), self.client.text
        self.clerk = await self.talk.joins("demoev", "vk")

    async def timed(self, what: str, work: Callable[[], Awaitable[Any]]) -> None:
        begun = time.perf_counter()
        await work()
        self.took.setdefault(what, []).append(time.perf_counter() - begun)

    async def client_looks(self) -> None:
        """The list, then the card of one of its appeals."""
        await self.client.types("где моё обращение")
        await self.client.presses(next(label for label in self.client.labels if "А-" in label))
        assert "Срок" in self.client.text or "Что дальше" in self.client.text, self.client.text

    async def clerk_looks(self) -> None:
        await self.clerk.types("мои задачи")
        assert "А-" in self.clerk.text or any("А-" in label for label in self.clerk.labels), self.clerk.text

    async def clerk_registers(self) -> None:
        app = self.talk.app
        new = New("appeal", "paper", text="Прошу объяснить решение.", summary="Просит объяснить", topic="refusal")
        async with app.db.begin() as session:
            done = await registration.register(
                session, app.office, app.calendar(), app.keys, self.talk.now, new, by="chernykh"
            )
        assert done.holder is not None

    def report(self) -> None:
        begun = time.perf_counter()
        command(self.url, self.folder, "report", "--since", "2023-01-01")
        self.took.setdefault("report", []).append(time.perf_counter() - begun)

    def median(self, what: str) -> float:
        return statistics.median(self.took[what])


def command(url: str, folder: Path, *words: str) -> tuple[float, float]:
    """Seconds and megabytes (the largest resident set) of `python -m bot appeals …`."""
    begun = time.perf_counter()
    line = [sys.executable, "-m", "bot", "appeals", *words]
    high = 0.0
    with subprocess.Popen(line, env=_environment(url, folder), cwd=ROOT, stdout=subprocess.DEVNULL) as started:
        while started.poll() is None:
            # Asked of the process itself: what `wait4` tells includes the parent's memory at the start.
            high = max(high, peak_mb(started.pid))
            time.sleep(0.02)
    if started.returncode:
        raise RuntimeError(f"appeals {words[0]} ended with {started.returncode}")
    return time.perf_counter() - begun, high


def peak_mb(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


def _environment(url: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    own = environment(folder, 8080, url) | {"PYTHONPATH": str(ROOT), "CLOCK": CLOCK, "SECRET_KEY": SECRET_KEY}
    return kept | own


@asynccontextmanager
async def served(kind: str, stack: AsyncExitStack, n: int) -> AsyncIterator[Side]:
    """A filled database of this size, served by the whole bot within this process."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-bench-")))
    url = stack.enter_context(database(kind, folder))
    talk = await stack.enter_async_context(open_talk(url, folder, channels=edges(vk="track")))
    side = Side(talk, url, folder)
    await side.prepare(n)
    yield side


async def beside(kind: str) -> list[Figure]:
    async with AsyncExitStack() as stack:
        few = await stack.enter_async_context(served(kind, stack, FEW))
        many = await stack.enter_async_context(served(kind, stack, MANY))
        sides = (few, many)
        for number in range(ROUNDS):
            for side in sides if number % 2 else reversed(sides):
                await side.timed("where is my appeal: list and card", side.client_looks)
                await side.timed("my tasks of a clerk", side.clerk_looks)
                await side.timed("registration", side.clerk_registers)
        for _ in range(REPORTS):
            for side in sides:
                await asyncio.to_thread(side.report)
        found = []
        for what in few.took:
            least, most = few.median(what), many.median(what)
            unit = f"{MANY:,} ÷ {FEW:,}; {least * 1000:.1f} ms, {most * 1000:.1f} ms"
            found.append(Figure(f"appeals, {kind}: {what}", most / least, unit, at_most=5 if what == "report" else 1.5))
        return found


# --- an import while clients are served -------------------------------------------------------------------


def write_file(path: Path, n: int) -> None:
    """A file as a document system exports it."""
    dice = random.Random(n)
    with path.open("w", encoding="cp1251", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Номер", "Вид", "Способ", "Тема", "Дата регистрации", "Этап", "Дата ответа", "Содержание"])
        for place in range(n):
            day = date(2026, 11, 20) - timedelta(days=dice.randrange(300))
            ended = dice.randrange(3) > 0
            writer.writerow(
                [
                    f"{path.stem}-{place}",
                    "Обращение",
                    WAYS[dice.randrange(len(WAYS))],
                    TOPICS[dice.randrange(len(TOPICS))],
                    f"{day:%d.%m.%Y}",
                    "Ответ отправлен" if ended else "Рассмотрение",
                    f"{min(day + timedelta(days=dice.randrange(30)), date(2026, 11, 20)):%d.%m.%Y}" if ended else "",
                    f"Просит рассмотреть вопрос номер {place}",
                ]
            )


async def turns(side: Side, until: Callable[[], bool]) -> list[float]:
    """A client who looks at his list and a card, again and again, as fast as a person could not."""
    took = []
    while not until():
        begun = time.perf_counter()
        await side.client.types("где моё обращение")
        took.append(time.perf_counter() - begun)
        await asyncio.sleep(0.02)
    return took


def after(end: float) -> bool:
    return time.perf_counter() > end


def p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


async def importing(kind: str) -> list[Figure]:
    async with AsyncExitStack() as stack:
        side = await stack.enter_async_context(served(kind, stack, FEW))
        small, large = side.folder / "small.csv", side.folder / "large.csv"
        write_file(small, FEW)
        write_file(large, MANY)

        async def load(path: Path) -> tuple[float, float]:
            return await asyncio.to_thread(command, side.url, side.folder, "import", str(path), "--source", "sed")

        _, low = await load(small)
        quiet: list[float] = []
        busy: list[float] = []
        for number in range(WINDOWS):  # in turn, so that the machine's moods hit both
            part = side.folder / f"part{number}.csv"
            write_file(part, PART)
            end = time.perf_counter() + QUIET
            quiet += await turns(side, partial(after, end))
            running = asyncio.create_task(load(part))
            busy += await turns(side, running.done)
            await running
        whole = asyncio.create_task(load(large))
        served_meanwhile = await turns(side, whole.done)
        seconds, high = await whole
        again, _ = await load(large)
        what = f"import of {MANY:,} lines, {kind}"
        turn = f"{p95(quiet) * 1000:.1f} ms, {p95(busy) * 1000:.1f} ms; {len(quiet)} and {len(busy)} turns"
        return [
            Figure(
                f"appeals, {what}, a client's turn each 20 ms meanwhile", seconds, f"s; {len(served_meanwhile)} turns"
            ),
            Figure(f"appeals, {what}, the same file again", again, "s"),
            Figure(f"appeals, {what}: memory", high, "MB"),
            Figure(f"appeals, {what}: memory ÷ that of {FEW:,}", high / low, "", at_most=1.5),
            Figure(f"appeals, import, {kind}: p95 of a client's turn ÷ quiet", p95(busy) / p95(quiet), turn, at_most=2),
        ]


def appeals_work() -> list[Figure]:
    found = []
    for kind in ("sqlite", "postgres"):
        if kind == "postgres" and not has_postgres():
            found.append(Figure("appeals on postgres: skipped, no server at TEST_POSTGRES_URL", 0, ""))
            continue
        found += asyncio.run(beside(kind))
        found += asyncio.run(importing(kind))
    return found
