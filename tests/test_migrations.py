"""The schema goes up, down and up again, and is what the models say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from backend import migrate
from backend.db import Database
from backend.tables import metadata

REVISIONS = sorted(p.stem.partition("_")[0] for p in (migrate.FOLDER / "versions").glob("[0-9]*.py"))
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


async def move(db: Database, target: str) -> None:
    async with db.writer.connect() as connection:
        await connection.run_sync(migrate.run, target)
        await connection.commit()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
    return list(compare_metadata(context, metadata))


async def test_up_down_and_up_again(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    try:
        for before, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
            await move(db, revision)
            assert await migrate.current(db) == revision
            await move(db, before)
            assert await migrate.current(db) == (None if before == "base" else before)
            await move(db, revision)
        assert await migrate.current(db) == migrate.newest()
        async with db.reader.connect() as connection:
            found = set(await connection.run_sync(lambda c: inspect(c).get_table_names()))
        assert found == set(metadata.tables) | {"alembic_version"}
    finally:
        await db.close()


async def test_the_models_are_what_the_migrations_make(database_url: str) -> None:
    db = Database(database_url)
    try:
        async with db.reader.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await db.close()


async def test_a_second_start_migrates_nothing_and_copies_nothing(empty_database_url: str, tmp_path: Path) -> None:
    db = Database(empty_database_url)
    try:
        for _ in range(2):
            await migrate.upgrade(db, NOW, tmp_path / "backups")
        assert not (tmp_path / "backups").exists()
    finally:
        await db.close()


async def test_a_database_of_a_newer_program_is_refused(empty_database_url: str, tmp_path: Path) -> None:
    db = Database(empty_database_url)
    try:
        await migrate.upgrade(db, NOW, tmp_path / "backups")
        async with db.begin() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(RuntimeError, match="newer than this program"):
            await migrate.upgrade(db, NOW, tmp_path / "backups")
    finally:
        await db.close()


async def test_a_file_with_data_is_copied_before_a_migration(
    sqlite_template: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(sqlite_template.copy(tmp_path))
    monkeypatch.setattr(migrate, "newest", lambda: "9998")
    try:
        with pytest.raises(Exception, match="9998"):
            await migrate.upgrade(db, NOW, tmp_path / "backups")
        (copy,) = (tmp_path / "backups").iterdir()
        assert copy.name == "before-migration-9998-20261123-070000.db"
    finally:
        await db.close()
