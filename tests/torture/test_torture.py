"""Twenty rounds on each database; `make torture` runs two hundred."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.torture.rounds import POINTS, tortured

ROUNDS = 20


async def test_nothing_is_lost_or_doubled_when_the_process_is_killed(
    database_url: str, tmp_path: Path, fact: Callable[[str], None]
) -> None:
    async with tortured(database_url, tmp_path, seed=7) as work:
        for number in range(ROUNDS):
            await work.round(number)
    assert work.count.rounds == ROUNDS
    assert work.count.kills.keys() >= POINTS.keys(), work.count
    fact(f"torture on {database_url.partition('+')[0]}: {work.count}")
