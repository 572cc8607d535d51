"""The commands as an operator types them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.settings import Settings
from bot.__main__ import COMMANDS
from bot.__main__ import main as run_command
from bot.compose import CannotStart, build, hold_polling
from tests.base.databases import SQLiteTemplate
from tests.base.talk import OFFICE, edges, make_settings

ROOT = Path(__file__).parents[1]


def bot(folder: Path, *words: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields}
    given = {
        "DATA_DIR": str(folder / "data"),
        "OFFICE_DIR": str(OFFICE),
        "CLOCK": "2026-11-23T10:00:00+03:00",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env={**clean, **given},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_names_every_command(tmp_path: Path) -> None:
    done = bot(tmp_path, "--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)


def test_check_of_the_demo_office_finds_no_fault_and_warns(tmp_path: Path) -> None:
    done = bot(tmp_path, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "faults 0" in done.stdout
    assert "PUBLIC_URL" in done.stdout
    assert "nobody of the staff has joined" in done.stdout
    assert bot(tmp_path, "check", "--strict").returncode == 1


def test_check_names_each_fault_with_file_and_path_and_the_start_stops_there(tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(OFFICE, office)
    points = office / "points.yaml"
    points.write_text(points.read_text(encoding="utf-8").replace("owner: chernykh", "owner: nobody"), encoding="utf-8")
    done = bot(tmp_path, "check", OFFICE_DIR=str(office))
    assert done.returncode == 1
    assert "points.yaml: points[3].owner" in done.stdout
    start = bot(tmp_path, "run", OFFICE_DIR=str(office), HTTP_PORT="0")
    assert start.returncode == 2
    assert "points.yaml: points[3].owner" in start.stderr
    assert "Traceback" not in start.stderr


def test_an_invitation_prints_three_links(tmp_path: Path) -> None:
    done = bot(tmp_path, "invite", "demoev", PUBLIC_URL="https://otklik.example")
    assert done.returncode == 0, done.stderr
    assert "https://otklik.example/staff/join/" in done.stdout
    assert done.stdout.count("join-") == 2
    assert "Telegram" in done.stdout
    assert "ВКонтакте" in done.stdout
    unknown = bot(tmp_path, "invite", "nobody")
    assert unknown.returncode == 2
    assert "demoev" in unknown.stderr
    group = bot(tmp_path, "invite", "--group")
    assert "/bind@" in group.stdout


def test_staff_are_listed_and_removed(tmp_path: Path) -> None:
    assert "не вошёл" in bot(tmp_path, "staff").stdout
    done = bot(tmp_path, "staff", "remove", "demoev")
    assert (done.returncode, "Доступ закрыт" in done.stdout) == (0, True)
    assert bot(tmp_path, "staff", "remove", "nobody").returncode == 2


@pytest.mark.parametrize("url", ["", "http://localhost:8080", "http://127.0.0.1:8080", "http://192.168.1.5"])
def test_a_sheet_refuses_an_address_that_phones_cannot_reach(tmp_path: Path, url: str) -> None:
    target = tmp_path / "sheet.pdf"
    done = bot(tmp_path, "sheet", "6XC3M8DH", "--output", str(target), PUBLIC_URL=url)
    assert done.returncode == 2
    assert "PUBLIC_URL" in done.stderr
    assert not target.exists()


def test_a_draft_is_printed_and_a_wrong_token_is_told(tmp_path: Path) -> None:
    target = tmp_path / "sheet.pdf"
    assert bot(tmp_path, "sheet", "6xc3m8dh", "--draft", "--output", str(target)).returncode == 0
    assert target.read_bytes().startswith(b"%PDF")
    done = bot(tmp_path, "sheet", "NOPE2222", "--draft", "--output", str(target))
    assert done.returncode == 2
    assert "6XC3M8DH" in done.stderr


def test_figures_of_an_empty_office(tmp_path: Path) -> None:
    bot(tmp_path, "staff")  # makes the database
    done = bot(tmp_path, "figures")
    assert done.returncode == 0, done.stderr


def test_a_backup_without_a_database_is_told(tmp_path: Path) -> None:
    done = bot(tmp_path, "backup")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr


def test_a_bad_setting_is_one_clear_message(tmp_path: Path) -> None:
    done = bot(tmp_path, "check", HTTP_PORT="many")
    assert done.returncode == 2
    assert "HTTP_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "figures",
        "check",
        "sheet",
        "sheets",
        "points",
        "staff",
        "invite",
        "backup",
        "restore",
        "upgrade",
        "move",
        "doctor",
    ],
)
def test_commands_that_do_not_talk_import_no_messenger_library(command: str, tmp_path: Path) -> None:
    code = (
        f"import sys, bot.commands.{command}\n"
        "found = {'aiogram', 'vkbottle', 'fastapi', 'uvicorn'} & set(sys.modules)\n"
        "sys.exit(', '.join(found) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


async def test_a_second_polling_process_is_told_so(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url, tmp_path)
    first, second = await build(settings, edges()), await build(settings, edges())
    second.delivery.holder = "another-machine/1/1"
    try:
        await hold_polling(second)
        with pytest.raises(CannotStart, match="another process polls already"):
            await hold_polling(first)
        await second.delivery.stop()
        await hold_polling(first)
    finally:
        await first.stop()
        await second.stop()


def test_the_calendar_shows_a_year_and_keeps_what_is_declared(tmp_path: Path) -> None:
    year = bot(tmp_path, "calendar", "2027")
    assert year.returncode == 0, year.stderr
    assert "2027 год: рабочих дней 247" in year.stdout
    assert "сб 20.02.2027  рабочий, короткий, 9:00–13:00, 13:45–17:00 · вместо 22.02.2027" in year.stdout
    assert "пн 22.02.2027  выходной · перенесено с 20.02.2027" in year.stdout
    added = bot(tmp_path, "calendar", "add", "2026-11-27", "off", "--basis", "указ № 5", "--by", "primerova")
    assert added.returncode == 0, added.stderr
    assert "пт 27.11.2026 – выходной. Основание: указ № 5." in added.stdout
    assert "Обещанные ответы это не двигает." in added.stdout
    shown = bot(tmp_path, "calendar")
    assert "рабочих дней 246" in shown.stdout
    assert "* пт 27.11.2026  выходной · указ № 5 (внёс primerova, 23.11.2026)" in shown.stdout
    assert "* пт 27.11.2026  –  указ № 5" in bot(tmp_path, "calendar", "--month").stdout
    assert bot(tmp_path, "calendar", "remove", "27.11.2026").returncode == 0
    assert "рабочих дней 247" in bot(tmp_path, "calendar").stdout


def test_a_year_waits_for_its_confirmation(tmp_path: Path) -> None:
    later = {"CLOCK": "2027-11-01T10:00:00+03:00"}
    assert "НЕ ПОДТВЕРЖДЁН" in bot(tmp_path, "calendar", "2028", **later).stdout
    assert "calendar: 2028 is not confirmed" in bot(tmp_path, "check", **later).stdout
    done = bot(tmp_path, "calendar", "confirm", "2028", "--basis", "постановление № 1", **later)
    assert done.returncode == 0, done.stderr
    assert "Подтверждён: постановление № 1" in bot(tmp_path, "calendar", "2028", **later).stdout
    assert "2028" not in bot(tmp_path, "check", **later).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["add", "2026-11-27", "off"],
        ["add", "2026-11-31", "off", "--basis", "указ"],
        ["add", "2026-11-27", "holiday", "--basis", "указ"],
        ["add", "2026-11-27", "off", "--basis", "указ", "--hours", "09:00-10:00"],
        ["add", "2026-11-27", "short", "--basis", "указ", "--hours", "18:00-09:00"],
        ["remove", "2026-11-27"],
        ["confirm", "28", "--basis", "указ"],
        ["--month", "2026-13"],
    ],
)
def test_the_calendar_refuses_what_it_cannot_understand(
    sqlite_template: SQLiteTemplate,
    tmp_path: Path,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFICE_DIR", str(OFFICE))
    monkeypatch.setenv("DATABASE_URL", sqlite_template.copy(tmp_path))
    assert run_command(["calendar", *words]) == 2
    assert capsys.readouterr().err
