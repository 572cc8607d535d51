"""From SQLite to PostgreSQL: everything arrives, is proved equal, or nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from backend import move as moving
from backend import shared_state
from backend.db import Database
from backend.move import CannotMove, move
from backend.settings import Settings
from backend.tables import metadata
from tests.base.databases import PostgresTemplate, SQLiteTemplate
from tests.base.talk import make_settings, open_talk
from tests.dialogue.visits import WINDOW

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 23, 7, 12, 34, 567891, tzinfo=UTC)


@pytest.fixture
def target(postgres_template: PostgresTemplate) -> Iterator[str]:
    with postgres_template.copy(empty=True) as url:
        yield url


def value(column: Any, number: int) -> Any:
    """Something that is easily bent on its way."""
    kind = getattr(column.type, "impl_instance", column.type).__class__.__name__
    match kind:
        case "Boolean":
            return number % 2 == 0
        case "BigInteger":
            return 2**62 + number
        case "Integer":
            return number
        case "DateTime":
            return NOW + timedelta(microseconds=number)
        case "Date":
            return date(2026, 11, 23) + timedelta(days=number)
        case "LargeBinary":
            return bytes([number, 0, 255])
        case _:
            # By bytes «Z» < «a» < «Я» < «я» < emoji; a dictionary sees it another way.
            words = ("Я", "я-1", "a", "Z", "😀'\\\t\n", "ё", "")[number % 7] + str(number)
            return words[: column.type.length] if column.type.length else words
    raise AssertionError


@pytest.fixture
async def source(sqlite_template: SQLiteTemplate, tmp_path: Path) -> Path:
    """A file with rows in every table, and every nullable column also empty."""
    db = Database(sqlite_template.copy(tmp_path))
    async with db.begin() as session:
        for table in metadata.sorted_tables:
            for number in range(1, 9):
                row = {c.name: None if c.nullable and number % 3 == 0 else value(c, number) for c in table.columns}
                await session.execute(insert(table).values(row))
    await db.close()
    return tmp_path / "otklik.db"


async def rows(url: str, statement: str) -> list[Any]:
    db = Database(url, 10)
    try:
        async with db.read() as session:
            return [tuple(row) for row in await session.execute(text(statement))]
    finally:
        await db.close()


async def tables(url: str) -> list[str]:
    return [name for (name,) in await rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


async def test_every_table_and_type_arrives(source: Path, target: str) -> None:
    found = await move(source, target)
    assert [one.table for one in found] == sorted(metadata.tables)
    assert all(one.equal and one.rows == (8, 8) for one in found)
    here, there = Database(f"sqlite+aiosqlite:///{source}"), Database(target)
    try:
        for table in metadata.sorted_tables:
            sides = []
            for db in (here, there):
                async with db.read() as session:
                    sides.append({tuple(row) for row in await session.execute(table.select())})
            assert sides[0] == sides[1], table.name
    finally:
        await here.close()
        await there.close()
    # New rows go on after the greatest number; the indexes are those of the migrations.
    assert await rows(target, "SELECT nextval(pg_get_serial_sequence('journal', 'id'))") == [(9,)]
    indexes = {name for (name,) in await rows(target, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    assert {index.name for table in metadata.tables.values() for index in table.indexes} <= indexes


async def test_the_talk_goes_on_where_it_was(sqlite_template: SQLiteTemplate, tmp_path: Path, target: str) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        client = talk.client("telegram", 7)
        await client.starts(WINDOW)
        await client.presses("2")
        number = (await talk.rows("SELECT id FROM task"))[0].id
    assert all(one.equal for one in await move(tmp_path / "otklik.db", target))
    async with open_talk(target, tmp_path) as talk:
        client = talk.client("telegram", 7)
        await client.types("долго ждать")
        assert (await talk.rows("SELECT id, status FROM task"))[0] == (number, "new")
        other = talk.client("telegram", 8)
        await other.starts(WINDOW)
        await other.presses("1")
        assert sorted(row.id for row in await talk.rows("SELECT id FROM task")) == [number, number + 1]


async def test_a_filled_target_is_refused_and_replaced_only_when_told(source: Path, target: str) -> None:
    await move(source, target)
    with closing(sqlite3.connect(source)) as changed:
        changed.execute("DELETE FROM journal WHERE id > 3")
        changed.commit()
    with pytest.raises(CannotMove, match="--replace"):
        await move(source, target)
    assert await rows(target, "SELECT count(*) FROM journal") == [(8,)]
    assert all(one.equal for one in await move(source, target, replace=True))
    assert await rows(target, "SELECT count(*) FROM journal") == [(3,)]


async def test_a_difference_undoes_everything(source: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = moving._read_back

    async def bent(driver: Any, table: Any) -> Any:
        async for row in real(driver, table):
            yield (*row[:-1], 0 if row[-1] is False else row[-1])

    monkeypatch.setattr(moving, "_read_back", bent)
    found = await move(source, target)
    assert any(not one.equal for one in found)
    assert await tables(target) == []


async def test_what_is_not_of_its_type_is_refused(source: Path, target: str) -> None:
    with closing(sqlite3.connect(source)) as changed:
        changed.execute("UPDATE task SET created_at = 'yesterday, said Иванов' WHERE id = 2")
        changed.commit()
    with pytest.raises(CannotMove, match="task") as caught:
        await move(source, target)
    assert "Иванов" not in str(caught.value)
    assert await tables(target) == []


async def test_an_old_schema_is_sent_to_upgrade(source: Path, target: str) -> None:
    with closing(sqlite3.connect(source)) as changed:
        changed.execute("UPDATE alembic_version SET version_num = '0001'")
        changed.commit()
    with pytest.raises(CannotMove, match="bot upgrade"):
        await move(source, target)


def environment(folder: Path, source: Path) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields}
    return {
        **clean,
        "DATABASE_URL": f"sqlite+aiosqlite:///{source}",
        "DATA_DIR": str(folder),
        "HTTP_PORT": "0",
        "PYTHONPATH": str(ROOT),
    }


async def test_the_command_tells_what_to_change_and_shows_no_password(
    source: Path, tmp_path: Path, target: str
) -> None:
    with_password = target.replace("postgres@", "postgres:Sesam-42@")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot", "move", "--to", with_password, "--force"],
        cwd=tmp_path,
        env=environment(tmp_path, source),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "DATABASE_URL=postgresql+asyncpg://postgres:***@" in done.stdout
    assert "secret_key" in done.stdout
    assert "Sesam-42" not in done.stdout + done.stderr


async def test_a_move_that_is_killed_leaves_nothing_and_is_simply_repeated(
    source: Path, tmp_path: Path, target: str
) -> None:
    code = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from backend import move\n"
        "real = move._continue_numbers\n"
        "async def last(session, table):\n"
        "    if table.name == 'response':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    await real(session, table)\n"
        "move._continue_numbers = last\n"
        "asyncio.run(move.move(Path(sys.argv[1]), sys.argv[2]))\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(source), target], cwd=ROOT, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert await tables(target) == []
    assert all(one.equal for one in await move(source, target))


async def test_it_refuses_while_otklik_runs(sqlite_template: SQLiteTemplate, tmp_path: Path, capsys: Any) -> None:
    from argparse import Namespace

    from bot.commands import move as command

    url = sqlite_template.copy(tmp_path)
    db = Database(url)
    async with db.begin() as session:
        await shared_state.hold(session, "polling", shared_state.this_process(), 60)
    await db.close()
    options = Namespace(to="postgresql+asyncpg://nobody@127.0.0.1:9/none", replace=False, force=False)
    code = await asyncio.to_thread(command.main, options, make_settings(url, tmp_path, http_port=0))
    assert code == 2
    assert "Отклик работает" in capsys.readouterr().err
