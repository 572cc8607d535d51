"""Databases, the talk, and a summary that says what was left out and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.base.databases import PostgresTemplate, SQLiteTemplate
from tests.base.talk import Talk, open_talk

FACTS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-transcripts", action="store_true", help="write the golden transcripts anew instead of comparing"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FACTS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Figures that tests want to be seen, then what was skipped, by reason."""
    for fact in config.stash[FACTS]:
        terminalreporter.write_line(fact)
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    if reasons:
        terminalreporter.section("left out")
        for reason, count in reasons.most_common():
            terminalreporter.write_line(f"{count} tests: {reason}", yellow=True)


@pytest.fixture
def fact(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a line at the end of the run."""
    lines = request.config.stash[FACTS]
    return lines.append


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SQLiteTemplate:
    return SQLiteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTemplate]:
    try:
        template = PostgresTemplate(tmp_path_factory.mktemp("postgres"))
    except (OSError, TimeoutError) as error:
        reason = f"no PostgreSQL answers ({error}); set TEST_POSTGRES_URL=postgresql+asyncpg://…"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI=true: {reason}")
        pytest.skip(reason)
    yield template
    template.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        template: SQLiteTemplate = request.getfixturevalue("sqlite_template")
        yield template.copy(tmp_path)
        return
    server: PostgresTemplate = request.getfixturevalue("postgres_template")
    yield server.emptied()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresTemplate = request.getfixturevalue("postgres_template")
    with server.copy(empty=True) as url:
        yield url


@pytest.fixture
async def talk(database_url: str, tmp_path: Path) -> AsyncIterator[Talk]:
    """The real hearing and delivery over the demo office; only the network is replaced."""
    async with open_talk(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def sqlite_talk(sqlite_template: SQLiteTemplate, tmp_path: Path) -> AsyncIterator[Talk]:
    """The talk on SQLite only, for what does not depend on the database."""
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path) as opened:
        yield opened
