"""Numbers of appeals: from several processes at once, without a gap and without a double."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.appeals import numbers, registration
from backend.appeals.registration import New
from backend.db import Database
from tests.base.databases import run_aside
from tests.base.talk import Talk

ROOT = Path(__file__).parents[2]
PROCESSES, EACH = 4, 50

ISSUER = """
import asyncio, sys
from backend.appeals import numbers
from backend.db import Database

async def main(url, each, crash):
    db = Database(url, 60)
    for n in range(each):
        try:
            async with db.begin() as session:
                number = await numbers.issue(session, "А", 2026)
                if crash and n % 5 == 4:
                    raise KeyError(number)
        except KeyError:
            continue
        print(number, flush=True)
    await db.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "crash"))
"""


def issued(url: str, *flags: str) -> list[str]:
    """What several processes at once were given."""
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ISSUER, url, str(EACH), flag],
            env=env | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for flag in flags
    ]
    found = []
    for one in running:
        out, _ = one.communicate(timeout=120)
        assert one.returncode == 0
        found += out.split()
    return found


def test_four_processes_at_once_leave_no_gap_and_give_no_number_twice(database_url: str) -> None:
    found = issued(database_url, *["plain"] * PROCESSES)
    assert sorted(found) == [f"А-2026-{n:04d}" for n in range(1, PROCESSES * EACH + 1)]


def test_what_was_rolled_back_leaves_no_gap(database_url: str) -> None:
    """Two processes whose every fifth transaction fails, beside two others."""
    found = issued(database_url, "plain", "crash", "plain", "crash")
    kept = 2 * EACH + 2 * (EACH - EACH // 5)
    assert sorted(found) == [f"А-2026-{n:04d}" for n in range(1, kept + 1)]


async def registered(talk: Talk, kind: str = "appeal") -> str:
    app = talk.app
    async with app.db.begin() as session:
        done = await registration.register(
            session, app.office, app.calendar(), app.keys, talk.now, New(kind, "paper"), by="chernykh"
        )
    return done.number


async def test_each_year_begins_anew_by_the_clock_of_the_office(talk: Talk) -> None:
    talk.now = datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)  # a second before midnight in the demo office
    assert [await registered(talk), await registered(talk)] == ["А-2026-0001", "А-2026-0002"]
    talk.now = datetime(2026, 12, 31, 21, 0, tzinfo=UTC)
    assert [await registered(talk), await registered(talk)] == ["А-2027-0001", "А-2027-0002"]


async def test_series_are_counted_apart(talk: Talk) -> None:
    found = [await registered(talk, kind) for kind in ("appeal", "idea", "complaint", "message")]
    assert found == ["А-2026-0001", "П-2026-0001", "А-2026-0002", "П-2026-0002"]


async def test_ours_go_on_after_a_number_that_came_from_elsewhere(talk: Talk) -> None:
    async with talk.app.db.begin() as session:
        assert await numbers.pass_over(session, "А-2026-0147") == (0, 147)
        assert await numbers.pass_over(session, "А-2026-0012") is None
        assert await numbers.pass_over(session, "А-2026-0147") is None
        assert await numbers.pass_over(session, "СЭД/77") is None
    assert await registered(talk) == "А-2026-0148"


async def test_one_issued_meanwhile_is_not_taken_back(talk: Talk) -> None:
    for _ in range(3):
        await registered(talk)
    async with talk.app.db.begin() as session:
        assert await numbers.pass_over(session, "А-2026-0002") is None
    assert await registered(talk) == "А-2026-0004"


def test_a_number_is_held_until_its_transaction_ends(database_url: str) -> None:
    """Nothing else can be registered between a number and its appeal that would be lost with it."""

    async def lost() -> list[Any]:
        db = Database(database_url, 10)
        found = []
        try:
            async with db.begin() as session:
                found.append(await numbers.issue(session, "А", 2026))
                raise KeyError
        except KeyError:
            pass
        async with db.begin() as session:
            found.append(await numbers.issue(session, "А", 2026))
        await db.close()
        return found

    assert run_aside(lost) == ["А-2026-0001", "А-2026-0001"]


@given(
    st.sampled_from("АПЖ"),
    st.integers(2000, 2100),
    st.integers(1, 999_999_999),
    st.sampled_from(["-", " - ", "–", "/", " "]),
)
def test_parts_of_a_number_as_it_is_typed(name: str, year: int, last: int, dash: str) -> None:
    number = numbers.read_number(f" № {name.lower()}{dash}{year}{dash}{last} ")
    assert number is not None
    assert numbers.parts(number) == (name, year, last)


@pytest.mark.parametrize("number", ["", "А-2026", "СЭД/77", "А-26-1", "а-2026-1"])
def test_a_number_of_another_kind_has_no_parts(number: str) -> None:
    assert numbers.parts(number) is None
