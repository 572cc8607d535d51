"""The two messengers, a fresh database, and the bot started and stopped around each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.base.databases import PostgresTemplate, SQLiteTemplate
from tests.e2e.running import World
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VKEmulator

FASTER = 20  # the emulators' limits are this many times wider where a test is not about them


@pytest.fixture
async def tg() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(limits=FASTER, pace=0.01) as emulator:
        yield emulator


@pytest.fixture
async def vk() -> AsyncIterator[VKEmulator]:
    async with VKEmulator(limits=FASTER, pace=0.01) as emulator:
        yield emulator


@pytest.fixture
async def world(
    tg: TelegramEmulator, vk: VKEmulator, sqlite_template: SQLiteTemplate, tmp_path: Path
) -> AsyncIterator[World]:
    """On SQLite. `world.start(setting=…)` gives a running bot; it is stopped at the end."""
    made = World(tg, vk, sqlite_template.copy(tmp_path), tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def any_world(tg: TelegramEmulator, vk: VKEmulator, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same, once on each database."""
    made = World(tg, vk, database_url, tmp_path)
    yield made
    await made.close()


@pytest.fixture
def postgres_url(postgres_template: PostgresTemplate) -> Iterator[str]:
    with postgres_template.copy() as url:
        yield url
