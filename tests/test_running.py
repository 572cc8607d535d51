"""Copies, upgrades and restores: what an administrator does with a database that people depend on."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import re
import resource
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from alembic import op
from sqlalchemy import Column, Connection, Integer, inspect, text

from backend import backups, migrate, shared_state
from backend.db import Database
from backend.settings import Settings
from bot.__main__ import COMMANDS
from bot.opening import CannotStart, open_database
from tests.base.talk import SECRET_KEY, make_settings

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


@dataclass
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Awaitable[Done]]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command of the administrator, as `python -m bot` runs it."""

    async def run(database: str, name: str, *words: str, **settings: Any) -> Done:
        module = importlib.import_module(f"bot.commands.{name}")
        parser = argparse.ArgumentParser()
        module.arguments(parser)
        given = make_settings(database, tmp_path, **{"clock": NOW, "http_port": 0, **settings})
        code = await asyncio.to_thread(module.main, parser.parse_args(words), given)
        return Done(code, *capsys.readouterr())

    return run


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def at(url: str, revision: str) -> Database:
    """A database at this revision, with a few rows that every revision has."""
    db = Database(url, 30)
    async with db.writer.connect() as connection:
        await connection.run_sync(migrate.run, revision)
        for _ in range(3):
            await connection.execute(
                text("INSERT INTO journal (at, actor, action, subject, details) VALUES (:at, 'a', 'b', 'c', '')"),
                {"at": "2026-11-23 07:00:00.000000" if db.sqlite else NOW.replace(tzinfo=None)},
            )
        await connection.execute(
            text("INSERT INTO day_secret (day, secret) VALUES (:day, :secret)"),
            {"day": NOW.date() if not db.sqlite else "2026-11-23", "secret": b"s" * 32},
        )
        await connection.commit()
    return db


async def rows(db: Database, statement: str) -> list[Any]:
    async with db.read() as session:
        return [row[0] for row in await session.execute(text(statement))]


# --- migrations ------------------------------------------------------------------------------------------


def break_next_migration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the program is a version whose newest migration fails half way."""
    shutil.copytree(migrate.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9998_broken.py").write_text(
        f"revision, down_revision = '9998', '{migrate.newest()}'\nbranch_labels = depends_on = None\n"
        "def upgrade():\n    from tests.test_running import half_way\n    half_way()\n"
    )
    monkeypatch.setattr(migrate, "FOLDER", folder)


def half_way() -> None:
    op.create_table("new_one", Column("id", Integer, primary_key=True))
    op.execute("DELETE FROM journal")
    op.execute("DROP TABLE tick")
    raise LookupError("the migration is broken")


async def test_a_broken_migration_leaves_the_old_database_usable(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = migrate.newest()
    db = await at(empty_database_url, newest)
    break_next_migration(tmp_path / "migrations", monkeypatch)
    try:
        with pytest.raises(LookupError):
            await migrate.upgrade(db, NOW, tmp_path / "backups")
        assert await migrate.current(db) == newest
        async with db.reader.connect() as connection:
            tables = set(await connection.run_sync(lambda c: inspect(c).get_table_names()))
        assert "tick" in tables
        assert "new_one" not in tables
        assert await rows(db, "SELECT id FROM journal ORDER BY id") == [1, 2, 3]
        async with db.begin() as session:
            assert await shared_state.claim_tick(session, "job", "now")
        # And there is a copy of it, taken before.
        assert [name.partition(".")[2] for name in names(tmp_path / "backups")] == ["db" if db.sqlite else "dump"]
        # The lock that keeps other processes from migrating is free again: the same end once more.
        with pytest.raises(LookupError):
            await migrate.upgrade(db, NOW, tmp_path / "other")
    finally:
        await db.close()


async def test_a_migration_that_loses_rows_is_undone(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await at(empty_database_url, "0001")
    real = migrate.run

    def loses(connection: Connection, target: str) -> None:
        real(connection, target)
        connection.execute(text("DELETE FROM journal WHERE id = 2"))

    monkeypatch.setattr(migrate, "run", loses)
    try:
        with pytest.raises(RuntimeError, match="journal: 3 → 2"):
            await migrate.upgrade(db, NOW, tmp_path / "backups")
        assert await migrate.current(db) == "0001"
        assert await rows(db, "SELECT id FROM journal ORDER BY id") == [1, 2, 3]
    finally:
        await db.close()


async def test_without_a_copy_nothing_is_migrated(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await at(empty_database_url, "0001")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backups").write_text("a file where the folder should be")
    try:
        with pytest.raises(CannotStart, match="upgrade --no-backup"):
            await open_database(make_settings(empty_database_url, tmp_path), lambda: NOW)
        if not db.sqlite:
            (tmp_path / "data" / "backups").unlink()
            monkeypatch.setattr(shutil, "which", lambda _name: None)
            with pytest.raises(CannotStart, match="pg_dump"):
                await open_database(make_settings(empty_database_url, tmp_path), lambda: NOW)
        assert await migrate.current(db) == "0001"
        done = await migrate.upgrade(db, NOW, tmp_path, copy=False)
        assert (done.before, done.now, done.copy, done.rows["journal"]) == ("0001", migrate.newest(), None, 3)
    finally:
        await db.close()


async def test_upgrade_copies_migrates_and_tells_the_way_back(
    empty_database_url: str, tmp_path: Path, command: Command
) -> None:
    db = await at(empty_database_url, "0001")
    await db.close()
    done = await command(empty_database_url, "upgrade")
    assert done.code == 0, done.err
    assert "0001 → " in done.out
    (copy,) = (tmp_path / "data" / "backups").iterdir()
    assert f"python -m bot restore {copy}" in done.out
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "делать нечего" in (await command(empty_database_url, "upgrade")).out


async def test_upgrade_and_restore_refuse_while_otklik_runs(
    sqlite_template: Any, tmp_path: Path, command: Command
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
    db = await at(url, "0001")
    async with db.begin() as session:
        assert await shared_state.hold(session, "polling", shared_state.this_process(), 60) is None
    copy = tmp_path / "copy.db"
    backups.make(url, copy)
    for words in (["upgrade"], ["restore", str(copy)]):
        done = await command(url, *words)
        assert (done.code, "Отклик работает" in done.err) == (2, True)
    assert await migrate.current(db) == "0001"
    await db.close()


# --- copies -----------------------------------------------------------------------------------------------


async def test_a_copy_has_everything_but_the_secret_of_the_day(
    empty_database_url: str, tmp_path: Path, command: Command
) -> None:
    db = await at(empty_database_url, migrate.newest())
    await db.close()
    done = await command(empty_database_url, "backup", "--keep", "1")
    assert done.code == 0, done.err
    (copy,) = (tmp_path / "data" / "backups").iterdir()
    if empty_database_url.startswith("sqlite"):
        with closing(sqlite3.connect(copy)) as opened:
            assert opened.execute("SELECT count(*) FROM journal").fetchone() == (3,)
            assert opened.execute("SELECT count(*) FROM day_secret").fetchone() == (0,)
        assert b"s" * 32 not in copy.read_bytes()
    assert SECRET_KEY.encode() not in copy.read_bytes()


async def test_only_the_newest_copies_are_kept(tmp_path: Path, command: Command) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}"
    await (await at(url, migrate.newest())).close()
    for day in (20, 21, 22):
        assert (await command(url, "backup", "--keep", "2", clock=NOW.replace(day=day))).code == 0
    assert names(tmp_path / "data" / "backups") == ["otklik-20261121-070000.db", "otklik-20261122-070000.db"]


async def test_a_full_disk_leaves_no_half_copy_and_the_old_ones(
    empty_database_url: str, tmp_path: Path, command: Command
) -> None:
    db = await at(empty_database_url, migrate.newest())
    async with db.begin() as session:
        for number in range(100):
            # Not to be packed: the dump is compressed.
            await session.execute(
                text(
                    "INSERT INTO journal (id, at, actor, action, subject, details) SELECT :n, at, 'a', 'b', 'c', :d "
                    "FROM journal WHERE id = 1"
                ),
                {"n": 10 + number, "d": os.urandom(4000).hex()},
            )
    await db.close()
    folder = tmp_path / "data" / "backups"
    assert (await command(empty_database_url, "backup", clock=NOW - timedelta(days=1))).code == 0
    (old,) = folder.iterdir()
    before = old.read_bytes()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot", "backup"],
        cwd=tmp_path,
        env={
            **{k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields},
            "DATABASE_URL": empty_database_url,
            "DATA_DIR": str(tmp_path / "data"),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=60,
        # No file may grow beyond this, as on a full disk.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert done.returncode == 2
    assert "Копия не сделана" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == [old]
    assert old.read_bytes() == before


async def test_a_dump_that_fails_is_told_without_the_password(tmp_path: Path, command: Command) -> None:
    done = await command("postgresql+asyncpg://nobody:Sesam-42@127.0.0.1:9/none", "backup")
    assert done.code == 2
    assert "pg_dump" in done.err
    assert "Sesam-42" not in done.out + done.err
    assert list((tmp_path / "data" / "backups").iterdir()) == []


# --- restoring --------------------------------------------------------------------------------------------


async def test_an_old_copy_is_restored_onto_this_version(
    empty_database_url: str, tmp_path: Path, command: Command
) -> None:
    db = await at(empty_database_url, "0001")
    copy = tmp_path / "old.copy"
    backups.make(empty_database_url, copy)
    await migrate.upgrade(db, NOW, tmp_path, copy=False)
    async with db.begin() as session:
        await session.execute(text("UPDATE journal SET actor = 'later'"))
    await db.close()
    done = await command(empty_database_url, "restore", str(copy))
    assert done.code == 0, done.err
    assert "Копия была старше программы" in done.out
    db = Database(empty_database_url, 10)
    try:
        assert await migrate.current(db) == migrate.newest()
        assert await rows(db, "SELECT actor FROM journal ORDER BY id") == ["a", "a", "a"]
        # New rows go on after the restored ones.
        async with db.begin() as session:
            await session.execute(
                text(
                    "INSERT INTO journal (at, actor, action, subject, details) "
                    "SELECT at, 'new', 'b', 'c', '' FROM journal WHERE id = 3"
                )
            )
        assert await rows(db, "SELECT max(id) FROM journal") == [4]
        if db.sqlite:
            (aside,) = [name for name in names(tmp_path) if "before_restore" in name]
            with closing(sqlite3.connect(tmp_path / aside)) as kept:
                assert kept.execute("SELECT actor FROM journal").fetchone() == ("later",)
                assert kept.execute("SELECT count(*) FROM day_secret").fetchone() == (0,)
            assert not [name for name in names(tmp_path) if b"s" * 32 in (tmp_path / name).read_bytes()]
        else:
            assert await rows(db, "SELECT actor FROM before_restore_20261123_070000.journal") == ["later"] * 3
            assert await rows(db, "SELECT count(*) FROM before_restore_20261123_070000.day_secret") == [0]
    finally:
        await db.close()
    # What was put aside is no part of later copies.
    again = tmp_path / "again.copy"
    backups.make(empty_database_url, again)
    assert (await command(empty_database_url, "restore", str(again), clock=NOW + timedelta(days=1))).code == 0


async def test_a_copy_of_a_newer_program_is_refused(empty_database_url: str, tmp_path: Path, command: Command) -> None:
    db = await at(empty_database_url, migrate.newest())
    async with db.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    copy = tmp_path / "new.copy"
    backups.make(empty_database_url, copy)
    async with db.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": migrate.newest()})
        await session.execute(text("DELETE FROM journal WHERE id > 1"))
    await db.close()
    done = await command(empty_database_url, "restore", str(copy))
    assert (done.code, "9999" in done.err) == (2, True)
    db = Database(empty_database_url, 10)
    assert await rows(db, "SELECT id FROM journal") == [1]
    await db.close()


def _cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def _text(copy: Path) -> None:
    copy.write_text("not a copy at all")


def _none(copy: Path) -> None:
    copy.unlink()


@pytest.mark.parametrize("spoil", [_cut, _text, _none])
async def test_a_spoilt_copy_is_refused_and_nothing_is_touched(
    empty_database_url: str, tmp_path: Path, spoil: Callable[[Path], None], command: Command
) -> None:
    db = await at(empty_database_url, migrate.newest())
    await db.close()
    copy = tmp_path / "spoilt.copy"
    backups.make(empty_database_url, copy)
    spoil(copy)
    done = await command(empty_database_url, "restore", str(copy))
    assert done.code == 2, done.out
    assert "Traceback" not in done.err
    db = Database(empty_database_url, 10)
    assert await rows(db, "SELECT id FROM journal ORDER BY id") == [1, 2, 3]
    await db.close()


async def test_a_restore_to_nothing_is_a_first_start(tmp_path: Path, command: Command) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'there.db'}"
    await (await at(url, "0001")).close()
    backups.make(url, tmp_path / "copy.db")
    elsewhere = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'otklik.db'}"
    done = await command(elsewhere, "restore", str(tmp_path / "copy.db"))
    assert done.code == 0, done.err
    assert "отложена" not in done.out
    assert names(tmp_path / "new") == ["otklik.db"]


# --- deploy/ ----------------------------------------------------------------------------------------------

DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
NOT_OURS = {"POSTGRES_PASSWORD", "OFFICE_FOLDER", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def words(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_the_image_holds_the_program_and_knows_its_settings() -> None:
    text = words("Dockerfile")
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
        assert target in (source, ".")
    copied = {source for source, _ in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE)}
    assert {"bot", "backend", "surveys", "qr", "locales", "demo", "requirements.lock"} == copied
    assert set(re.findall(r"^(?:ENV |    )([A-Z_]+)=", text, re.MULTILINE)) <= SETTINGS | NOT_OURS
    assert "--require-hashes" in text
    assert re.search(r"^USER otklik$", text, re.MULTILINE)
    assert "/readyz" in text
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "data", ".git", "office"} <= set(ignored)


def test_compose_names_only_what_the_program_reads() -> None:
    found = yaml.safe_load(words("compose.yaml"))
    services = found["services"]
    assert set(services) == {"database", "app", "app2"}
    for name in ("app", "app2"):
        assert set(services[name]["environment"]) <= SETTINGS
        assert services[name]["depends_on"]["database"]["condition"] == "service_healthy"
        (port,) = services[name]["ports"]
        # Only this machine's proxy reaches it, and never the figures.
        assert port.startswith("127.0.0.1:")
        assert port.endswith(f":{services[name]['environment']['HTTP_PORT']}")
    assert services["app2"]["profiles"] == ["two"]
    assert set(re.findall(r"\$\{([A-Z_]+)", words("compose.yaml"))) <= SETTINGS | NOT_OURS
    assert "ports" not in services["database"]
    # No secret stands in the file itself.
    assert not re.search(r"(PASSWORD|SECRET_KEY|TOKEN): *[A-Za-z0-9]", words("compose.yaml"))


def test_the_server_and_its_tools_are_of_one_version() -> None:
    server = re.search(r"image: postgres:(\d+)", words("compose.yaml"))
    client = re.search(r"postgresql-client-(\d+)", words("Dockerfile"))
    assert server is not None
    assert client is not None
    assert server[1] == client[1]


@pytest.mark.parametrize("unit", ["otklik.service", "otklik-backup.service"])
def test_the_units_run_commands_that_exist(unit: str) -> None:
    text = words(unit)
    (start,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    program, *given = start.split()
    assert program == "/opt/otklik/.venv/bin/python"
    assert given[:2] == ["-m", "bot"]
    parser = argparse.ArgumentParser()
    importlib.import_module(f"bot.commands.{given[2]}").arguments(parser)
    parser.parse_args(given[3:])
    for line in ("User=otklik", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert line in text.splitlines(), line
    assert "StateDirectory=otklik" in text


def test_nginx_leads_to_the_port_and_never_to_the_figures() -> None:
    text = words("nginx.conf")
    assert f"server 127.0.0.1:{Settings.model_fields['http_port'].default};" in text
    assert "location /metrics { return 404; }" in text
    assert text.count("access_log off;") == 2
    assert "access_log /" not in text
    assert "X-Forwarded-For" not in [word for line in text.splitlines() if "#" not in line for word in line.split()]
    assert "return 301 https://" in text


GUIDE = ROOT / "docs" / "ru" / "admin.md"


def test_the_guide_names_settings_files_and_commands_that_exist() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name in re.findall(r"\b([A-Z][A-Z]+_[A-Z_]+)\b", text):
        assert name in SETTINGS | NOT_OURS | {"CALLBACK_API"}, name
    for path in re.findall(r"deploy/[\w.-]+", text):
        assert (ROOT / path.rstrip(".")).exists(), path
    for line in re.findall(r"python -m bot ([^`\n]+)", text):
        given = shlex.split(line.partition("#")[0].strip())
        assert given[0] in COMMANDS, line


def test_the_commands_of_the_guide_are_understood() -> None:
    """Each line of the guide that is typed, with its options, is what the command takes."""
    text = GUIDE.read_text(encoding="utf-8")
    for line in re.findall(r"python -m bot ([^`\n]+)", text):
        name, *given = shlex.split(line.partition("#")[0].strip())
        parser = argparse.ArgumentParser(prog=name)
        importlib.import_module(f"bot.commands.{name}").arguments(parser)
        try:
            parser.parse_args(given)
        except SystemExit as stopped:
            raise AssertionError(f"the guide says: python -m bot {line}") from stopped
