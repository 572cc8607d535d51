"""`python -m bot knowledge report`: what the administrator reads, within one screen's width, and what programs read."""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backend.db import Database
from backend.knowledge.rows import phrasings, templates, unanswered, uses, versions
from bot.commands import knowledge_report
from tests.base.databases import run_aside
from tests.base.talk import make_settings
from tests.dialogue.shelf import CERTIFICATE, RAMP, version_of

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LONG = "Подскажите пожалуйста где именно и в какие часы можно подключиться к сети чтобы отправить письмо " * 4

Run = Callable[..., str]


@pytest.fixture
def run(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command over this database; gives what it prints."""

    def told(*line: str, fill: Callable[[Any], Any] | None = None) -> str:
        async def store() -> None:
            db = Database(database_url)
            async with db.begin() as session:
                await fill(session) if fill is not None else None
            await db.close()

        run_aside(store)
        settings = make_settings(database_url, tmp_path, clock="2026-11-23T10:00:00+03:00")
        parser = argparse.ArgumentParser()
        knowledge_report.arguments(parser)
        assert knowledge_report.main(parser.parse_args(line), settings) == 0
        return capsys.readouterr().out

    return told


async def a_month(session: Any) -> None:
    for one in (CERTIFICATE, RAMP):
        row = {"id": one.id, "published": 3, "last": 3, "owner": one.owner, "category": one.category, "edits": 1}
        row |= {"review_on": one.review_on, "internal": False, "withdrawn": False, "changed_by": "file"}
        await session.execute(insert(templates).values(**row, changed_at=NOW))
        await session.execute(insert(versions).values(**version_of(one, 3, NOW)))
    counts = {"asked": 120, "unknown": 18, "neither": 8, "handed": 22}
    rows = [{"day": TODAY, "template": "", "what": what, "times": n} for what, n in counts.items()]
    rows += [
        {"day": TODAY, "template": "v11-certificate", "what": what, "times": n}
        for what, n in {"answered": 61, "chosen": 9, "helped": 54, "unhelped": 6}.items()
    ]
    await session.execute(insert(uses), rows)
    asked = ["Где зарядить телефон?", "где можно зарядить телефон", "=1+1 где зарядка", LONG]
    asked += [f"{''.join(random.choices('абвгдежзик', k=9))} {n}" for n in range(20)]
    await session.execute(
        insert(unanswered),
        [
            {"id": random.getrandbits(62), "day": TODAY, "words": words[:600], "language": "ru", "category": "other"}
            | {"outcome": "unknown", "nearest": "v22-access"}
            for words in asked
        ],
    )
    waiting = {"template": "v22-access", "words": "есть ли спуск", "language": "ru", "origin": "task", "times": 2}
    await session.execute(insert(phrasings).values(**waiting, state="waiting", last_on=TODAY, by=""))


def test_the_report_fits_a_screen_and_says_what_to_do(run: Run) -> None:
    told = run(fill=a_month)
    assert max(map(len, told.splitlines())) <= 100
    assert told.startswith("База знаний за 30 дней: 25 октября – 23 ноября 2026 года")
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "задано 120" in lines
    assert "бот ответил сразу 61 51 %" in lines
    assert "передано сотруднику 22 18 %" in lines
    assert "Решено без сотрудника: 45 %" in lines
    assert "2 × Где зарядить телефон?" in lines or "2 × где можно зарядить телефон" in lines
    assert "Срок проверки прошёл: 1" in lines
    assert "15.11.2026 Есть ли вход для людей на коляске? (v22-access), Шаблонова Ю. О." in lines
    assert "Ни разу не понадобились: 1 из 2" in lines
    assert "Есть ли вход для людей на коляске? (v22-access): английский" in lines
    assert "10 % Как получить справку из реестра? (v11-certificate)" in lines
    assert "ответил сотрудник: Есть ли вход для людей на коляске? (v22-access)" in lines
    assert any(line.startswith("… ещё") and "групп" in line for line in lines)


def test_an_office_that_was_asked_nothing_reads_so(run: Run) -> None:
    told = run("--days", "1")
    assert "База знаний за 1 день: 23 ноября – 23 ноября 2026 года" in told
    assert "Решено без сотрудника: мало данных" in told
    assert "%" not in told


def test_programs_read_all_of_it(run: Run) -> None:
    found = json.loads(run("--json", fill=a_month))
    assert found["counts"]["asked"] == 120
    assert found["solved_without_person"] == pytest.approx(0.45)
    assert len(found["not_found"]) > 10
    assert found["overdue"][0]["id"] == "v22-access"


def test_a_spreadsheet_takes_no_question_for_a_formula(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--csv", fill=a_month))))
    assert {row["section"] for row in rows} >= {"asked", "not_found", "wording", "overdue", "never", "author"}
    asked = [row["text"] for row in rows if row["section"] == "not_found"]
    assert "'=1+1 где зарядка" in asked
    assert not any(text.startswith("=") for text in asked)


@pytest.mark.parametrize("days", ["0", "-1", "много", "99999"])
def test_wrong_days_are_answered_in_russian(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    knowledge_report.arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--days={days}"])
    assert "от 1 до 3660" in capsys.readouterr().err


def test_old_days_do_not_count(run: Run) -> None:
    async def last_year(session: Any) -> None:
        day = TODAY - timedelta(days=365)
        await session.execute(insert(uses), [{"day": day, "template": "", "what": "asked", "times": 7}])

    assert "мало данных" in run(fill=last_year)
