"""`python -m bot appeals …` as the administrator types it, and the demonstration that it starts with."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import importlib
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.appeals import checks_live, demo, erasure, following, numbers, registration, work
from backend.appeals.following import Chat
from backend.appeals.model import Appeals
from backend.appeals.registration import New
from backend.appeals.rows import appeals, events
from backend.appeals.work import Desk
from backend.office import load
from backend.settings import Settings
from bot.__main__ import main as run_command
from bot.commands import check
from bot.commands.run import demonstration
from bot.commands.run import report as start_report
from tests.base.databases import run_aside
from tests.base.talk import MONDAY_TEN, OFFICE, Talk, make_settings, open_talk
from tests.test_commands import ROOT, bot

CLOCK = "2026-11-23T10:00:00+03:00"
TODAY = date(2026, 11, 23)
FILE = """\
Рег. №;Вид;Способ;Тема;Дата регистрации;Этап;Дата ответа;Содержание
СЭД-1;Обращение;Письмо;Дороги;02.11.2026;Рассмотрение;;=HYPERLINK("http://evil.example")
СЭД-2;Обращение;Письмо;Дороги;03.11.2026;Ответ отправлен;20.11.2026;Мост
СЭД-3;Обращение;Письмо;Дороги;03.11.2026;Потеряно;;Мост
"""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(talk: Talk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """One part of the command over the database of this talk; gives its exit code and what it prints."""
    settings = make_settings(talk.app.db.url, tmp_path, clock=CLOCK)

    def run(part: str, *line: str) -> tuple[int, str, str]:
        module = importlib.import_module(f"bot.commands.appeals_{part}")
        parser = argparse.ArgumentParser()
        module.arguments(parser)
        options = parser.parse_args(line)

        async def at_work() -> int:
            return await asyncio.to_thread(module.main, options, settings)

        code = run_aside(at_work)
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sed.csv"
    path.write_text(FILE, "cp1251")
    return path


async def registered(talk: Talk, **more: Any) -> Any:
    app = talk.app
    new = New(more.pop("kind", "appeal"), "paper", text="тайные слова", applicant={"name": "Иванов Иван"}, **more)
    async with app.db.begin() as session:
        done = await registration.register(session, app.office, app.calendar(), app.keys, talk.now, new, by="chernykh")
        return await following.by_number(session, done.number)


# --- as it is typed ---------------------------------------------------------------------------------------


def test_the_whole_way_of_a_file(tmp_path: Path, file: Path) -> None:
    line = ("appeals", "import", str(file), "--source", "sed")
    dry = bot(tmp_path, *line, "--dry-run")
    assert dry.returncode == 1, dry.stderr
    assert "строк 3: новых 2, изменено 0, без изменений 0, ошибок 1" in dry.stdout
    assert "строка 4, СЭД-3 – ошибка: этап: «Потеряно»" in dry.stdout
    assert "Открытых обращений нет." in bot(tmp_path, "appeals", "list").stdout
    codes, told = tmp_path / "codes.csv", tmp_path / "report.csv"
    done = bot(tmp_path, *line, "--report", str(told), "--codes", str(codes))
    assert "новых 2" in done.stdout
    with told.open(encoding="utf-8-sig", newline="") as opened:
        assert [(row["line"], row["result"]) for row in csv.DictReader(opened)] == [
            ("2", "new"),
            ("3", "new"),
            ("4", "error"),
        ]
    assert codes.read_text("utf-8-sig").count("СЭД-") == 2
    assert codes.stat().st_mode & 0o077 == 0
    assert "без изменений 2" in bot(tmp_path, *line).stdout
    assert bot(tmp_path, *line, "--codes", str(codes)).returncode == 2
    listed = bot(tmp_path, "appeals", "list").stdout
    assert "СЭД-1" in listed
    assert "Открытых обращений: 1." in listed


def test_an_import_that_was_killed_is_simply_run_again(tmp_path: Path) -> None:
    lines = [f"СЭД-{n};Обращение;Письмо;;02.11.2026;Рассмотрение;;" for n in range(1500)]
    file = tmp_path / "many.csv"
    file.write_text("\n".join([FILE.splitlines()[0], *lines]), "utf-8")
    clean = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    clean |= {"DATA_DIR": str(tmp_path / "data"), "OFFICE_DIR": str(OFFICE), "CLOCK": CLOCK, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", "appeals", "import", str(file), "--source", "sed"]
    with subprocess.Popen(command, cwd=tmp_path, env=clean, stdout=subprocess.DEVNULL) as running:
        database = tmp_path / "data" / "otklik.db"
        while running.poll() is None and count(database, "appeal") < 200:
            time.sleep(0.02)  # another process writes: nobody here can be told
        running.kill()
    there = count(database, "appeal")
    assert 200 <= there < 1500
    assert count(database, "appeal_event") == 2 * there  # registered, and its stage
    again = bot(tmp_path, "appeals", "import", str(file), "--source", "sed")
    assert f"новых {1500 - there}, изменено 0, без изменений {there}, ошибок 0" in again.stdout
    assert (count(database, "appeal"), count(database, "appeal_event")) == (1500, 3000)


def count(database: Path, table: str) -> int:
    """How many rows a table of this SQLite file has; 0 while there is none."""
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  names of this file
    return 0


def test_wrong_lines_are_answered_in_russian(tmp_path: Path) -> None:
    for words in (("appeals",), ("appeals", "dance"), ("appeals", "import", "x.csv"), ("appeals", "show")):
        done = bot(tmp_path, *words)
        assert done.returncode == 2
        assert "Справка:" in done.stderr, words
    absent = bot(tmp_path, "appeals", "import", "absent.csv", "--source", "sed")
    assert (absent.returncode, "absent.csv: не открыть" in absent.stderr) == (2, True)
    wrong = bot(tmp_path, "appeals", "report", "--since", "завтра")
    assert (wrong.returncode, "23.11.2026" in wrong.stderr) == (2, True)


def test_help_needs_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_command(["appeals", "--help"])
    assert ended.value.code == 0
    assert "destruction" in capsys.readouterr().out


# --- out --------------------------------------------------------------------------------------------------


async def test_an_exported_cell_is_no_formula(talk: Talk, command: Command, file: Path, tmp_path: Path) -> None:
    command("import", str(file), "--source", "sed")
    _, out, _ = command("export")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows[0]["summary"].startswith("'=HYPERLINK")
    assert [row["number"] for row in rows] == ["СЭД-1", "СЭД-2"]
    path = tmp_path / "out.csv"
    command("export", "--output", str(path), "--since", "03.11.2026")
    code, out, _ = command("import", str(path), "--source", "sed")
    assert (code, "строк 1: новых 0, изменено 0, без изменений 1" in out) == (0, True)


async def test_the_report_says_what_it_counts(talk: Talk, command: Command, file: Path) -> None:
    _, empty, _ = command("report")
    assert "За период обращений не было: нет данных." in empty
    command("import", str(file), "--source", "sed")
    _, out, _ = command("report")
    assert "По видам" in out
    assert "По отделам" in out
    assert "100,0" in out
    assert "интервал Уилсона" in out
    assert "просроченные без ответа" in out
    _, by_topic, _ = command("report", "--by", "topic", "--csv")
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(by_topic))}
    assert rows["roads"]["received"] == "2"
    assert rows["roads"]["in_time"] == rows["roads"]["judged"] == "1"
    assert rows["roads"]["satisfied_share"] == ""  # no data is not 0
    code, _, error = command("report", "--since", "2026-11-20", "--until", "2026-11-01")
    assert (code, "Начало периода позже конца" in error) == (2, True)


async def test_few_marks_are_told_as_few(talk: Talk, command: Command, file: Path) -> None:
    command("import", str(file), "--source", "sed")
    async with talk.app.db.begin() as session:
        await session.execute(update(appeals).where(appeals.c.number == "СЭД-2").values(clear=5))
    _, out, _ = command("report", "--by", "topic")
    (line,) = [line for line in out.splitlines() if line.startswith("Дороги")]
    assert line.endswith("мало данных")
    assert "20,7–100,0" in line


async def test_nobodys_words_are_shown_to_the_administrator(talk: Talk, command: Command) -> None:
    row = await registered(talk, topic="refusal", summary="Отказ в гранте")
    app = talk.app
    async with app.db.begin() as session:
        desk = Desk(session, app.office, app.calendar(), app.keys, talk.now, app.office.person("maketov"))
        done = await work.take(desk, row, row.version)
        await work.extend(desk, done.row, done.row.version, days=30, reason="Причина с подробностями о клиенте")
    _, shown, _ = command("show", "а 2026 1")
    _, listed, _ = command("list")
    assert row.number in shown
    assert "срок продлён (maketov)" in shown
    assert "Макетов Т. Р." in listed
    for secret in ("тайные", "Иванов", "подробностями", "гранте"):
        assert secret not in shown + listed
    code, _, error = command("show", "А-2026-0777")
    assert (code, "нет" in error) == (1, True)


async def test_what_is_overdue_is_marked(talk: Talk, command: Command) -> None:
    row = await registered(talk)
    async with talk.app.db.begin() as session:
        await session.execute(update(appeals).values(due_on=date(2026, 11, 20), legal_on=date(2026, 11, 20)))
    _, out, _ = command("list", "--overdue")
    assert f"{row.number:<14} · до 20.11.2026" in out
    assert "ПРОСРОЧЕНО, дней: 3" in out


async def test_the_act_of_destruction_has_what_the_order_asks_for_and_none_of_the_data(
    talk: Talk, command: Command
) -> None:
    app = talk.app
    row = await registered(talk, kind="message", channel="vk", chat=Chat("chat-of-vk", "vk", "sealed", "ru"))
    async with app.db.begin() as session:
        asked = await erasure.demand(session, app.office, app.calendar(), app.keys, "chat-of-vk", talk.now)
    assert asked is not None
    _, waiting, _ = command("destruction")
    assert "Ещё не исполнено требований: 1" in waiting
    talk.now = datetime.combine(asked.due_on, datetime.min.time(), app.zone).replace(hour=12)
    async with app.db.begin() as session:
        await erasure.destroy_due(session, app.office, app.calendar(), talk.now)
    _, act, _ = command("destruction")
    for element in (
        "АКТ об уничтожении персональных данных",
        "№ 179",
        "Агентство сельского развития",
        "Способ уничтожения",
        "Уничтожено: 26.11.2026",
        "требование субъекта",
        "категории данных и количество записей",
        "подпись",
    ):
        assert element in act, element
    _, log, _ = command("destruction", "--csv")
    for secret in ("тайные", "Иванов", "chat-of-vk", row.number):
        assert secret not in act + log
    assert next(iter(csv.DictReader(io.StringIO(log))))["destroyed_at"].startswith("26.11.2026")


# --- what the folder may not take away --------------------------------------------------------------------


def without(office: Path, text: str, instead: str = "") -> None:
    file = office / "appeals.yaml"
    whole = file.read_text("utf-8")
    assert text in whole
    file.write_text(whole.replace(text, instead), "utf-8")


async def test_a_stage_that_is_gone_or_ends_is_a_fault_while_appeals_are_in_it(
    talk: Talk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = talk.app
    row = await registered(talk)
    async with app.db.begin() as session:
        desk = Desk(session, app.office, app.calendar(), app.keys, talk.now, app.office.person("demoev"))
        await work.take(desk, row, row.version)
        assert await checks_live.missing(session, app.office) == []
    folder = tmp_path / "office"
    shutil.copytree(OFFICE, folder)
    without(folder, "  - code: review\n", "  - code: looking\n")
    whole = (folder / "appeals.yaml").read_text("utf-8")
    for before, after in (
        ("[review", "[looking"),
        ("closed, review]", "closed, looking]"),
        ("[closed, review", "[closed, looking"),
    ):
        whole = whole.replace(before, after)
    (folder / "appeals.yaml").write_text(whole, "utf-8")
    office, faults = load(folder, today=TODAY)
    assert office is not None, faults
    async with app.db.read() as session:
        (told,) = await checks_live.missing(session, office)
    assert told.startswith("appeals.yaml: stages: 'review' is gone, but 1 open appeal is in it")
    needed = await check._needed(make_settings(app.db.url, tmp_path, folder, clock=CLOCK), office)
    assert needed == [told]


def changed(content: Appeals, **lists: list[Any]) -> Appeals:
    """The office's appeals with other kinds or stages, read anew."""
    plain = {name: [item.model_dump() for item in items] for name, items in lists.items()}
    return Appeals.model_validate(content.model_dump() | plain)


async def test_kinds_and_the_whole_file_are_needed_too(talk: Talk) -> None:
    app = talk.app
    await registered(talk, kind="idea")
    content = app.office.appeals
    assert content is not None
    fewer = changed(content, kinds=[kind for kind in content.kinds if kind.code != "idea"])
    async with app.db.read() as session:
        (told,) = await checks_live.missing(session, app.office.model_copy(update={"appeals": fewer}))
        assert told.startswith("appeals.yaml: kinds: 'idea' is gone, but 1 open appeal is of it")
        (told,) = await checks_live.missing(session, app.office.model_copy(update={"appeals": None}))
        assert told.startswith("appeals.yaml: the file is gone")


@pytest.mark.parametrize(
    ("means", "fault", "followed"), [("suspended", False, 1), ("answered", True, 0), ("work", False, 0)]
)
async def test_appeals_follow_a_stage_whose_meaning_has_changed(
    talk: Talk, means: str, fault: bool, followed: int
) -> None:
    app = talk.app
    row = await registered(talk)
    async with app.db.begin() as session:
        desk = Desk(session, app.office, app.calendar(), app.keys, talk.now, app.office.person("demoev"))
        await work.take(desk, row, row.version)
    content = app.office.appeals
    assert content is not None
    stages = [stage.model_copy(update={"means": means} if stage.code == "review" else {}) for stage in content.stages]
    office = app.office.model_copy(update={"appeals": changed(content, stages=stages)})
    async with app.db.begin() as session:
        assert bool(await checks_live.missing(session, office)) is fault
        assert await checks_live.renew_meanings(session, office) == followed
        assert await checks_live.renew_meanings(session, office) == 0
        fresh = await following.by_number(session, row.number)
    assert fresh is not None
    assert fresh.means == (means if followed else "work")
    assert fresh.open


# --- the demonstration ------------------------------------------------------------------------------------

SAMPLE = {
    "А-2026-0131": ("2026-10-02", "2026-12-01", "review", 30),
    "А-2026-0139": ("2026-10-26", "2026-11-25", "approval", 0),
    "А-2026-0147": ("2026-11-02", "2026-12-02", "review", 0),
    "А-2026-0150": ("2026-11-19", "2026-11-26", "review", 0),
    "А-2026-0152": ("2026-11-16", "2026-12-16", "redirected", 0),
    "П-2026-0012": ("2026-11-05", "2026-11-19", "answered", 0),
}


async def everything(talk: Talk) -> dict[str, Any]:
    async with talk.app.db.read() as session:
        return {row.number: row for row in await session.execute(select(appeals))}


async def test_the_demonstration_is_that_of_the_sample_office(talk: Talk) -> None:
    shown = await demonstration(talk.app)
    assert [one.number for one in shown] == list(SAMPLE)
    rows = await everything(talk)
    assert {
        number: (row.registered_on.isoformat(), row.due_on.isoformat(), row.stage, row.extended)
        for number, row in rows.items()
    } == SAMPLE
    assert {row.in_time for row in rows.values() if not row.open} == {True}
    told = await start_report(talk.app, draw=False, shown=shown)
    assert "Обращения – демо: 6. Посмотреть: «Мои обращения» → А-2026-0147, код K7PM-4XQ2" in told


async def test_its_codes_work_and_our_numbers_go_on_after_it(talk: Talk) -> None:
    shown = await demonstration(talk.app)
    app = talk.app
    async with app.db.begin() as session:
        for one in shown:
            chat = Chat("visitor", "vk", "sealed", "ru")
            found = await following.follow(session, app.office, app.keys, chat, one.number, one.code, talk.now)
            assert found.outcome == "found", one.number
    assert (await registered(talk)).number == "А-2026-0153"
    assert (await registered(talk, kind="message")).number == "П-2026-0013"


async def test_it_comes_once_and_never_beside_real_appeals(talk: Talk) -> None:
    first = await demonstration(talk.app)
    async with talk.app.db.begin() as session:
        count = len(list(await session.execute(select(events.c.id))))
    assert await demonstration(talk.app) == first
    async with talk.app.db.begin() as session:
        assert len(list(await session.execute(select(events.c.id)))) == count


async def test_an_office_with_appeals_of_its_own_gets_none_and_no_gap(talk: Talk) -> None:
    assert (await registered(talk)).number == "А-2026-0001"
    assert await demonstration(talk.app) == []
    assert (await registered(talk)).number == "А-2026-0002"


async def test_a_renewed_code_is_not_promised_any_more(talk: Talk) -> None:
    await demonstration(talk.app)
    app = talk.app
    async with app.db.begin() as session:
        row = await following.by_number(session, "А-2026-0147")
        await work.renew_code(Desk(session, app.office, app.calendar(), app.keys, talk.now), row)
    assert "А-2026-0147" not in [one.number for one in await demonstration(app)]


@pytest.mark.parametrize("day", ["2026-11-30", "2026-12-05", "2027-01-11", "2027-05-11", "2026-03-10"])
async def test_on_another_day_the_dates_keep_their_meaning(sqlite_template: Any, tmp_path: Path, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T11:00:00+03:00")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, now=now) as talk:
        await demonstration(talk.app)
        rows, calendar = await everything(talk), talk.app.calendar()
    today = now.date()
    assert calendar.working_days(today, rows["А-2026-0139"].due_on) == 2
    assert calendar.working_days(today, rows["А-2026-0150"].due_on) == 3
    assert rows["П-2026-0012"].due_on < today
    for row in rows.values():
        assert row.registered_on <= today
        assert row.stage_at <= now
        deadline = work.deadline_of(talk.app.office.appeals, row, calendar)
        assert deadline is not None
        assert (deadline.legal, deadline.due) == (row.legal_on, row.due_on)
    assert all(row.due_on >= today for row in rows.values() if row.open)


async def test_a_copied_folder_of_another_office_has_no_demonstration(talk: Talk) -> None:
    other = talk.app.office.model_copy(update={"id": "other"})
    assert demo.read(OFFICE, other) is None
    assert demo.read(OFFICE / "surveys", talk.app.office) is None


async def test_a_slip_in_the_file_stops_the_start_by_name(talk: Talk, tmp_path: Path) -> None:
    text = (OFFICE / demo.FILE).read_text("utf-8").replace("kind: idea", "kindness: idea")
    (tmp_path / demo.FILE).write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"appeals-demo\.yaml: appeals\[5\]"):
        demo.read(tmp_path, talk.app.office)


def test_codes_of_the_demonstration_are_such_as_people_can_type() -> None:
    office, _ = load(OFFICE, today=TODAY)
    assert office is not None
    found = demo.read(OFFICE, office)
    assert found is not None
    codes = [one.code for one in found.appeals]
    assert len(set(codes)) == len(codes)
    assert all(numbers.read_code(code) == code.replace("-", "") for code in codes)
    assert MONDAY_TEN.date() == found.today
