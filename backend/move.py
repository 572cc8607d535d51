"""Everything from a SQLite file into PostgreSQL, in one transaction, and proved equal before it is committed.

Whatever goes wrong, also a power cut half way, leaves the target as it was: the server undoes what was not committed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, MetaData, String, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from backend import migrate
from backend.tables import metadata

BATCH = 5_000  # rows in memory at a time
Row = tuple[Any, ...]
Progress = Callable[[str, int], None]


class CannotMove(Exception):
    """Nothing was moved; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One table on both sides. `rows` and checksums are (source, target)."""

    table: str
    rows: tuple[int, int]
    sums: tuple[str, str]

    @property
    def equal(self) -> bool:
        return self.rows[0] == self.rows[1] and self.sums[0] == self.sums[1]


def _silent(_table: str, _rows: int) -> None: ...


async def move(source: Path, target: str, *, replace: bool = False, progress: Progress = _silent) -> list[Moved]:
    """Copy all tables, then read the target back and compare. Gives what was compared; when anything differs, nothing
    is kept in the target. `replace`: what the target holds of ours goes first. Raises CannotMove."""
    engine = create_async_engine(target, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": 10})
    try:
        with closing(sqlite3.connect(f"file:{quote(str(source))}?mode=rw", uri=True)) as reading:
            reading.execute("PRAGMA query_only=ON")  # the source is only read, whatever happens here
            reading.execute("BEGIN")  # one view of all tables
            have = reading.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            if have != migrate.newest():
                raise CannotMove(
                    f"схема базы {have}, программе нужна {migrate.newest()}: сначала запустите python -m bot upgrade"
                )
            async with engine.connect() as session:
                await _empty(session, replace=replace)
                await session.run_sync(migrate.run, migrate.newest())
                found = await _fill(session, reading, progress)
                if all(one.equal for one in found):
                    await session.commit()
                else:
                    await session.rollback()
                return found
    except sqlite3.Error as error:
        raise CannotMove(f"базу {source} нельзя прочитать: {error}") from error
    finally:
        await engine.dispose()


async def _empty(session: AsyncConnection, *, replace: bool) -> None:
    """Make sure that no table of ours is in the target. Raises CannotMove."""
    await session.execute(text("SET lock_timeout = '10s'"))
    there = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
    names = {name for (name,) in there}
    ours = sorted(names & {*metadata.tables, "alembic_version"})
    if not ours:
        return
    filled = []
    for name in ours:
        if name != "alembic_version" and (await session.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1'))).first():  # noqa: S608  names of ours
            filled.append(name)
    if filled and not replace:
        raise CannotMove(
            f"в новой базе уже есть данные ({', '.join(filled[:5])}{' …' if len(filled) > 5 else ''}). Если они не "
            "нужны, повторите с --replace: они будут удалены"
        )
    for name in ours:
        await session.execute(text(f'DROP TABLE "{name}" CASCADE'))


async def _fill(session: AsyncConnection, reading: sqlite3.Connection, progress: Progress) -> list[Moved]:
    driver: Any = (await session.get_raw_connection()).driver_connection  # asyncpg's own, in the same transaction
    found = []
    for table in _tables(metadata):
        indexes = await _without_indexes(session, table)
        sent = _Sum(table.name, progress)
        await driver.copy_records_to_table(
            table.name, records=sent.over(_rows(reading, table)), columns=[c.name for c in table.columns]
        )
        for definition in indexes:
            await session.execute(text(definition))
        await _continue_numbers(session, table)
        await session.execute(text(f'ANALYZE "{table.name}"'))
        arrived = _Sum(table.name, _silent)
        async for row in _read_back(driver, table):
            arrived.add(row)
        found.append(Moved(table.name, (sent.rows, arrived.rows), (sent.hex(), arrived.hex())))
    return found


def _tables(all_of: MetaData) -> list[Table]:
    return sorted(all_of.tables.values(), key=lambda table: table.name)


class _Sum:
    """Counts rows and makes one checksum of them, in their order."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name = name
        self.rows = 0
        self._sum = hashlib.blake2b(digest_size=16)
        self._progress = progress

    def add(self, row: Row) -> None:
        # The repr of a tuple of plain values tells their types too: 1 is not True, and None is not ''.
        self._sum.update(repr(row).encode())
        self.rows += 1
        if self.rows % 100_000 == 0:
            self._progress(self.name, self.rows)

    def over(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.add(row)
            yield row

    def hex(self) -> str:
        return self._sum.hexdigest()


def _rows(reading: sqlite3.Connection, table: Table) -> Iterator[Row]:
    """The rows by primary key, as the values that PostgreSQL is given."""
    columns = list(table.columns)
    names = ", ".join(f'"{c.name}"' for c in columns)
    order = ", ".join(f'"{c.name}"' for c in table.primary_key)
    readers = [_reader(c.type) for c in columns]
    cursor = reading.execute(f'SELECT {names} FROM "{table.name}" ORDER BY {order}')  # noqa: S608  names of ours
    while batch := cursor.fetchmany(BATCH):
        for raw in batch:
            try:
                yield tuple(None if value is None else read(value) for read, value in zip(readers, raw, strict=True))
            except (TypeError, ValueError):
                # The value itself may be a client's words.
                raise CannotMove(f"таблица {table.name}: в строке значение не своего типа") from None


async def _read_back(driver: Any, table: Table) -> AsyncIterator[Row]:
    """The rows of the target in the same order: by bytes, whatever its collation."""
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    order = ", ".join(f'"{c.name}"' + (' COLLATE "C"' if isinstance(c.type, String) else "") for c in table.primary_key)
    async for record in driver.cursor(f'SELECT {names} FROM "{table.name}" ORDER BY {order}', prefetch=BATCH):  # noqa: S608  names of ours
        yield tuple(record)


def _reader(kind: Any) -> Callable[[Any], Any]:
    """How a value stored in SQLite is read. Strict: what is not exactly of its type is refused, never bent."""
    kind = getattr(kind, "impl_instance", kind)  # Moment is a DateTime
    match kind:
        case Boolean():
            return _boolean
        case Integer() | BigInteger():
            return _only(int)
        case DateTime():
            return lambda value: datetime.fromisoformat(_only(str)(value))
        case Date():
            return lambda value: date.fromisoformat(_only(str)(value))
        case LargeBinary():
            return _only(bytes)
        case String():
            return _only(str)
    raise AssertionError(f"no table has had a column of {kind} so far: say here how it is read")


def _only(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(kind)
        return value

    return read


def _boolean(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError
    return bool(value)


async def _without_indexes(session: AsyncConnection, table: Table) -> list[str]:
    """Drop the table's plain indexes; gives how to make them again. Filling first and indexing then is far quicker."""
    rows = await session.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY indexname"
        ),
        {"name": table.name},
    )
    found = [(row[0], row[1]) for row in rows]
    for name, _ in found:
        await session.execute(text(f'DROP INDEX "{name}"'))
    return [definition for _, definition in found]


async def _continue_numbers(session: AsyncConnection, table: Table) -> None:
    """New rows go on after the greatest number that was copied."""
    for column in table.primary_key:
        sequence = (
            await session.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            )
        ).scalar()
        if sequence:
            last = f'max("{column.name}")'
            statement = f'SELECT setval(:sequence, coalesce({last}, 1), {last} IS NOT NULL) FROM "{table.name}"'  # noqa: S608  names of ours
            await session.execute(text(statement), {"sequence": sequence})
