"""`python -m bot figures`: each subject by the measure of its survey, nothing mixed, in tables and as CSV."""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backend.db import Database
from backend.feedback import keep_survey, response
from bot.commands import figures
from surveys.load import LIBRARY, read
from tests.base.databases import run_aside
from tests.base.talk import make_settings
from tests.surveys.installed import office_with

Run = Callable[..., str]
MARKS = {5: 9, 4: 3, 2: 2, 1: 2}


def given(
    survey: str, subject: str, marks: Mapping[int, int], *, kind: str = "point", channel: str = "web", **more: Any
) -> list[dict[str, Any]]:
    """Finished responses: so many of each mark."""
    return [
        {
            "id": random.getrandbits(62),
            "survey": survey,
            "version": 1,
            "subject_kind": kind,
            "subject": subject,
            "service": subject if kind == "service" else None,
            "channel": channel,
            "language": "ru",
            "status": "complete",
            "score": mark,
            "answers": json.dumps(more.get("answers", {})),
            "hour": datetime(2026, 11, 23, 7, tzinfo=UTC),
            "closes_on": date(2026, 11, 30),
            "series": False,
            "excluded": more.get("excluded", False),
        }
        for mark, count in marks.items()
        for _ in range(count)
    ]


@pytest.fixture
def run(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Store responses, then run the command over an office with instruments; gives what it prints."""
    office = office_with(tmp_path, Т1="nps", Т4="expectation", Т6="five_criteria", У1="ces", У2="resolution")
    settings = make_settings(database_url, tmp_path, office)

    def command(rows: list[dict[str, Any]], *words: str) -> str:
        async def store() -> None:
            db = Database(database_url)
            async with db.begin() as session:
                await session.execute(insert(response), rows)
                for name in ("nps", "expectation", "five_criteria", "ces", "resolution"):
                    await keep_survey(session, name, 1, read(LIBRARY / f"{name}.yaml").model_dump_json())
            await db.close()

        if rows:
            run_aside(store)
        parser = argparse.ArgumentParser()
        figures.arguments(parser)
        assert figures.main(parser.parse_args(words), settings) == 0
        return capsys.readouterr().out

    return command


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_each_subject_has_the_figure_of_its_instrument_and_the_formula_under_it(run: Run) -> None:
    rows = given("visit", "Т5", MARKS)
    rows += given("nps", "Т1", {10: 60, 8: 25, 3: 15})
    rows += given("expectation", "Т4", {5: 9, 4: 7, 2: 4})
    rows += given("ces", "У1", {5: 8, 4: 8}, kind="service")
    rows += given("resolution", "У2", {5: 8, 3: 3, 1: 1}, kind="service")
    text = run(rows)
    assert "75,0  50,5–89,8" in line_of(text, "Т5")
    assert "45,0  30,5–59,5" in line_of(text, "Т1")
    assert "25,0  −8,6…58,6" in line_of(text, "Т4")
    assert "4,50  4,22–4,78" in line_of(text, "У1")
    assert "66,7  39,1–86,2" in line_of(text, "У2")
    for formula in (figures.FORMULAS[name] for name in ("csat", "nps", "ces", "resolution", "expectation")):
        assert formula in text
    only = run([], "--measure", "nps")
    assert "Т1" in only
    assert "Т5" not in only


def test_instruments_are_never_put_together(run: Run) -> None:
    # The point was asked one way, then another.
    text = run(given("visit", "Т1", {5: 10}) + given("nps", "Т1", {0: 10}))
    csat, nps = (line for line in text.splitlines() if line.startswith("Т1"))
    assert "100,0" in csat or "100,0" in nps
    assert "−100,0" in nps or "−100,0" in csat


def test_clients_and_staff_are_never_put_together(run: Run) -> None:
    rows = given("visit", "Т5", {5: 10}) + given("visit", "Т9", {1: 10}) + given("visit", "Т9", {1: 0})
    text = run(rows)
    outside, inside = text.split("внутренние клиенты")
    assert "Т5" in outside
    assert "Т9" not in outside
    assert "Т5" not in inside
    few = run(given("visit", "Т9", {2: 0}))
    assert "Т9" in few


def test_few_marks_of_staff_are_hidden_even_inside(run: Run) -> None:
    text = run(given("visit", "Т9", {1: 4}))
    assert "скрыто: меньше 5 оценок" in line_of(text.split("внутренние клиенты")[1], "Т9")


def test_paper_counts_in_the_same_report_and_is_seen_apart(run: Run) -> None:
    rows = given("visit", "Т5", {5: 6}) + given("visit", "Т5", {4: 3}, channel="paper")
    rows += given("visit", "Т5", {1: 1}, channel="phone")
    whole = run(rows)
    assert line_of(whole, "Т5").split("104")[1].split()[0] == "10"
    assert "оффлайн" not in whole
    split = run([], "--by", "channel")
    assert line_of(split, "онлайн").split()[1] == "6"
    assert line_of(split, "оффлайн").split()[1] == "4"
    assert line_of(split, "бумага").split()[1] == "3"
    assert line_of(split, "телефон").split()[1] == "1"
    assert figures.OF_CHANNELS in split
    public = run([], "--by", "channel", "--public")
    assert "оффлайн" not in public  # four marks could be reckoned from the rest


def test_excluded_marks_are_told_and_not_counted(run: Run) -> None:
    text = run(given("visit", "Т5", {5: 10}) + given("visit", "Т5", {1: 2}, excluded=True))
    assert "исключено с причиной: 2" in line_of(text, "Т5")
    assert "100,0" in line_of(text, "Т5")


def test_five_criteria_each_and_their_simple_mean(run: Run) -> None:
    full = {"term": ["5"], "queue": ["2"], "staff": ["5"], "premises": ["4"], "information": ["4"]}
    rows = given("five_criteria", "Т6", {4: 9}, answers=full)
    rows += given("five_criteria", "Т6", {4: 1}, answers=full | {"queue": ["unsure"], "comment": "долго"})
    rows += given("five_criteria", "Т6", {4: 1}, answers=full, excluded=True)
    text = run(rows)
    criteria = text.split("Пять критериев")[1]
    assert line_of(criteria, "Т6").split("201")[1].split()[0] == "4,00"
    queue = line_of(criteria, "Время ожидания в очереди").split("очереди")[1].split()
    assert queue[:2] == ["9", "2,00"]
    # Its main question is that of the short survey, and counts with it.
    assert line_of(text, "Т6").split("201")[1].split()[0] == "10"
    assert "мало данных" in line_of(criteria, "Время ожидания")


def test_few_answers_get_a_word_of_caution(run: Run) -> None:
    text = run(given("visit", "Т5", {5: 9}))
    assert "мало данных" in line_of(text, "Т5")
    assert "скрыто" not in text
    assert "скрыто: меньше 5 оценок" in line_of(run(given("visit", "Т8", {5: 4}), "--public"), "Т8")


def test_csv_says_the_same_in_numbers(run: Run) -> None:
    rows = given("visit", "Т5", MARKS) + given("nps", "Т1", {10: 60, 8: 25, 0: 15}) + given("visit", "Т8", {5: 2})
    table = list(csv.DictReader(io.StringIO(run(rows, "--csv", "--public"))))
    window = next(row for row in table if row["code"] == "Т5")
    assert (window["measure"], window["n"], window["value"], window["mean"]) == ("csat", "16", "75.0000", "3.9375")
    assert (window["5"], window["1"], window["mean_low"] != "") == ("9", "2", True)
    site = next(row for row in table if row["code"] == "Т1")
    assert (site["measure"], site["value"], site["low"], site["0"]) == ("nps", "45.0000", "30.4973", "15")
    stand = next(row for row in table if row["code"] == "Т8")
    assert (stand["n"], stand["value"], stand["5"]) == ("", "", "")
    assert all(len(row) == len(figures.HEAD) for row in table)


def test_marks_of_the_bot_are_an_indicator_of_their_own(run: Run) -> None:
    text = run(given("bot", "Т2", {2: 5}))
    assert "Работа бота: Сообщество" in text
    assert line_of(text, "Т2 Сообщество").split("ВКонтакте")[1].split()[0] == "0"
