"""The doctor finds what is wrong, names the setting, prints no secret and changes nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections import namedtuple
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import insert

from backend import backups, outbox, shared_state, staff
from backend.db import Database
from backend.settings import Settings
from bot.commands import doctor
from bot.commands.doctor import Finding
from tests.base.databases import SQLiteTemplate
from tests.base.talk import make_settings
from tests.emulators.clamd import Clamd
from tests.emulators.loopback import Fault
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VKEmulator

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HTTPS = "https://otklik.example"


@pytest.fixture
async def tg() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
async def vk() -> AsyncIterator[VKEmulator]:
    async with VKEmulator() as emulator:
        yield emulator


Given = Callable[..., Settings]


@pytest.fixture
def given(sqlite_template: SQLiteTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Settings of an installation, its database there and migrated, one person joined."""
    monkeypatch.chdir(tmp_path)
    url = sqlite_template.copy(tmp_path)
    (tmp_path / "data").mkdir()

    def make(**more: Any) -> Settings:
        return make_settings(
            more.pop("database_url", url), tmp_path, **{"clock": NOW, "http_port": 0, "public_url": HTTPS, **more}
        )

    return make


async def found(settings: Settings, *, offline: bool = True) -> dict[str, Finding]:
    """The worst finding of each kind."""
    worst: dict[str, Finding] = {}
    async for one in doctor.examine(settings, offline=offline):
        levels = ("ok", "внимание", "ошибка")
        if one.what not in worst or levels.index(one.level) > levels.index(worst[one.what].level):
            worst[one.what] = one
    return worst


def is_(one: Finding, level: str, *words: str) -> None:
    assert one.level == level, one
    for word in words:
        assert word in one.words, one


async def put(settings: Settings, table: Any, **row: Any) -> None:
    db = Database(settings.database)
    async with db.begin() as session:
        await session.execute(insert(table).values(**row))
    await db.close()


def notice(due_at: datetime) -> dict[str, Any]:
    return outbox.row(
        cause=str(due_at), channel="vk", address="a", sealed="s", language="ru", kind="note", due_at=due_at
    )


async def test_a_sound_installation(given: Given) -> None:
    settings = given(clock=None)
    await put(
        settings,
        staff.addresses,
        address="a",
        channel="vk",
        sealed="s",
        person="demoev",
        language="ru",
        reachable=True,
        joined_at=NOW,
    )
    backups.make(settings.database, settings.data_dir / "backups" / "otklik-1.db")
    worst = await found(settings)
    assert {one.what for one in worst.values() if one.level != "ok"} <= {"Отклик", "Календарь", "Диск"}
    is_(worst["Отклик"], "внимание", "HTTP_PORT")


async def test_nothing_is_made_by_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = make_settings(f"sqlite+aiosqlite:///{tmp_path / 'none' / 'otklik.db'}", tmp_path, secret_key="")
    worst = await found(settings)
    is_(worst["База"], "внимание", "создаст первый запуск")
    assert os.listdir(tmp_path) == []


Space = namedtuple("Space", "total used free")


@pytest.mark.parametrize(
    ("more", "what", "level", "words"),
    [
        ({"public_url": ""}, "PUBLIC_URL", "внимание", "localhost"),
        ({"public_url": "http://otklik.example"}, "PUBLIC_URL", "ошибка", "https://"),
        ({"public_url": "http://otklik.example", "updates": "webhook"}, "UPDATES", "ошибка", "https://"),
        ({"secret_key": "short"}, "SECRET_KEY", "ошибка", "openssl rand -hex 32"),
        ({"secret_key": "", "updates": "webhook"}, "SECRET_KEY", "ошибка", "SECRET_KEY"),
        ({"metrics_port": 9100, "metrics_host": "0.0.0.0"}, "METRICS_HOST", "внимание", "закройте"),  # noqa: S104  judged, not bound
        ({}, "CLOCK", "внимание", "уберите"),
        ({}, "Сотрудники", "ошибка", "python -m bot invite"),
        ({}, "Копии", "внимание", "python -m bot backup"),
        (
            {"clock": datetime(2031, 3, 3, 9, tzinfo=UTC)},
            "Календарь",
            "внимание",
            "python -m bot calendar confirm 2031",
        ),
    ],
)
async def test_each_fault_names_its_setting(
    given: Given, more: dict[str, Any], what: str, level: str, words: str
) -> None:
    is_((await found(given(**more)))[what], level, words)


async def test_the_office_folder(given: Given, tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    is_((await found(given(office_dir=tmp_path / "office")))["OFFICE_DIR"], "ошибка", "python -m bot check")


async def test_files_that_everybody_reads(given: Given, tmp_path: Path) -> None:
    for file in (tmp_path / ".env", tmp_path / "data" / "secret_key"):
        file.write_text("x" * 40)
        file.chmod(0o644)
        worst = await found(given())
        name = ".env" if file.name == ".env" else str(file)
        is_(worst[name], "внимание", f"chmod 600 {name}")
        file.chmod(0o600)
    assert ".env" not in await found(given())


@pytest.mark.parametrize(("free", "level"), [(100, "ошибка"), (1000, "внимание"), (100_000, "ok")])
async def test_the_disk(given: Given, monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Space(0, 0, free * doctor.MB))
    is_((await found(given()))["Диск"], level, f"{free} МБ")


@pytest.mark.parametrize(("free", "level"), [(310, "ошибка"), (400, "ok")])
async def test_the_place_of_files(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    assert "FILES_DIR" not in await found(given())  # in DATA_DIR: the disk was looked at
    settings = given(files_dir=tmp_path / "files")
    is_((await found(settings))["FILES_DIR"], "внимание", "создаст первый запуск")
    (tmp_path / "files").mkdir()
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Space(0, 0, free * doctor.MB))
    is_((await found(settings))["FILES_DIR"], level, f"{free} МБ")


async def test_a_damaged_file(given: Given, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "otklik.db")) as opened:
        root = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_journal_at'").fetchone()[0]
        size = opened.execute("PRAGMA page_size").fetchone()[0]
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "otklik.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    is_((await found(given()))["Целостность базы"], "ошибка", "python -m bot restore")


async def test_an_old_schema_and_an_absent_server(given: Given, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "otklik.db")) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '0001'")
        opened.commit()
    is_((await found(given()))["База"], "ошибка", "0001", "python -m bot upgrade")
    away = given(database_url="postgresql+asyncpg://otklik:Sesam-42@127.0.0.1:9/none", database_timeout=1)
    one = (await found(away))["DATABASE_URL"]
    is_(one, "ошибка", "не отвечает")
    assert "Sesam-42" not in one.line()


@pytest.mark.postgres
async def test_postgresql_tells_its_version(given: Given, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return
    worst = await found(given(database_url=database_url))
    is_(worst["PostgreSQL"], "ok", "версия")
    is_(worst["База"], "ok", "мс")
    assert "pg_dump" not in worst


@pytest.mark.parametrize(("hours", "level"), [(0.1, "ok"), (1, "внимание"), (3, "ошибка"), (-1, "ok")])
async def test_notices_that_do_not_go_out(given: Given, hours: float, level: str) -> None:
    settings = given()
    await put(settings, outbox.table, **notice(NOW - timedelta(hours=hours)))
    is_((await found(settings))["Отправка"], level)


async def test_the_scanner(given: Given) -> None:
    assert "CLAMAV_URL" not in await found(given())
    async with Clamd() as clamd:
        settings = given(clamav_url=clamd.url)
        is_((await found(settings))["CLAMAV_URL"], "ok", "ClamAV 1.4.1")
        clamd.answer = b"SSH-2.0"
        is_((await found(settings))["CLAMAV_URL"], "ошибка", "this is no clamd")
    is_((await found(settings))["CLAMAV_URL"], "ошибка", "не принимаются")


async def test_old_backups(given: Given, tmp_path: Path) -> None:
    settings = given()
    copy = tmp_path / "data" / "backups" / "otklik-1.db"
    backups.make(settings.database, copy)
    is_((await found(settings))["Копии"], "ok")
    os.utime(copy, (time.time() - 3 * 86400,) * 2)
    is_((await found(settings))["Копии"], "внимание", "таймер", "3 дн.")


@pytest.mark.parametrize(("minutes", "level"), [(1, "ok"), (7, "ошибка")])
async def test_jobs_that_have_stopped(given: Given, tg: TelegramEmulator, minutes: int, level: str) -> None:
    async with healthy() as port:
        settings = given(http_port=port)
        moscow = NOW - timedelta(minutes=minutes) + timedelta(hours=3)
        await put(settings, shared_state.tick_table, job="series", tick=f"{moscow:%Y-%m-%dT%H:%M}")
        worst = await found(settings)
        is_(worst["Отклик"], "ok")
        is_(worst["Фоновая работа"], level)


@asynccontextmanager
async def healthy(off: timedelta = timedelta(), vk: str = "") -> AsyncIterator[int]:
    """Our own address as seen from outside; its clock may be off."""

    async def answer(request: web.BaseRequest) -> web.Response:
        headers = {"Date": format_datetime(datetime.now(UTC) + off, usegmt=True)}
        if request.path == "/webhooks/vk":
            body = await request.json()
            return web.Response(text=vk if body["secret"] == "a word" else "", headers=headers)
        return web.Response(text="ok", headers=headers)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (-45, "ok"), (100, "ошибка"), (-4000, "ошибка")])
async def test_the_clock(given: Given, seconds: int, level: str) -> None:
    async with healthy(timedelta(seconds=seconds)) as port:
        settings = given(http_port=port, public_url=f"http://127.0.0.1:{port}")
        worst = await found(settings, offline=False)
        is_(worst["Адрес снаружи"], "ok")
        is_(worst["Часы"], level)


async def test_an_address_that_does_not_open(given: Given) -> None:
    async with healthy() as port:
        worst = await found(given(http_port=port, public_url="http://127.0.0.1:9"), offline=False)
    is_(worst["Адрес снаружи"], "ошибка", "PUBLIC_URL")


def with_telegram(given: Given, tg: TelegramEmulator, **more: Any) -> Settings:
    return given(telegram_token=tg.token, telegram_api_url=tg.url, network_timeout=2, public_url="", **more)


async def test_telegram(given: Given, tg: TelegramEmulator) -> None:
    worst = await found(with_telegram(given, tg), offline=False)
    is_(worst["Telegram"], "ok", "@")
    assert "Вебхук Telegram" not in worst
    assert set(tg.calls) == {"getMe", "getWebhookInfo"}
    tg.webhook = {"url": "https://elsewhere.example/", "max_connections": 1}
    is_((await found(with_telegram(given, tg), offline=False))["Вебхук Telegram"], "ошибка", "elsewhere", "polling")
    hooked = with_telegram(given, tg, updates="webhook", http_port=8080)
    is_((await found(hooked, offline=False))["Вебхук Telegram"], "ошибка", "/webhooks/telegram")
    tg.webhook = {"url": "http://localhost:8080/webhooks/telegram", "max_connections": 1}
    is_((await found(hooked, offline=False))["Вебхук Telegram"], "ok")
    tg.deliveries.last_error = "Wrong response from the webhook: 502 Bad Gateway"
    is_((await found(hooked, offline=False))["Вебхук Telegram"], "внимание", "502 Bad Gateway")


async def test_a_wrong_token_and_a_messenger_that_is_away(given: Given, tg: TelegramEmulator, vk: VKEmulator) -> None:
    wrong = given(
        telegram_token="123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        telegram_api_url=tg.url,
        vk_token="vk1.a.wrong",
        vk_api_url=vk.api_url,
        public_url="",
        network_timeout=2,
    )
    worst = await found(wrong, offline=False)
    is_(worst["Telegram"], "ошибка", "TELEGRAM_TOKEN")
    is_(worst["VK"], "ошибка", "VK_TOKEN")
    said = "\n".join(one.line() for one in worst.values())
    assert "AAHdq" not in said
    assert "vk1.a" not in said
    away = given(telegram_token=tg.token, telegram_api_url="http://127.0.0.1:9", public_url="", network_timeout=1)
    is_((await found(away, offline=False))["Telegram"], "ошибка", "TELEGRAM_API_URL")


async def test_vk(given: Given, vk: VKEmulator) -> None:
    settings = given(vk_token=vk.token, vk_api_url=vk.api_url, public_url="", network_timeout=2)
    is_((await found(settings, offline=False))["VK Long Poll"], "ok")
    vk.enabled["message_event"] = False
    is_((await found(settings, offline=False))["VK Long Poll"], "ошибка", "message_event")
    vk.long_poll_enabled = False
    is_((await found(settings, offline=False))["VK Long Poll"], "ошибка", "выключен")
    vk.fail("groups.getLongPollSettings", Fault.error(15))
    is_((await found(settings, offline=False))["VK Long Poll"], "ошибка", "Управление сообществом")


@pytest.mark.parametrize(("said", "level"), [("0f1e2d3c", "ok"), ("other", "ошибка")])
async def test_the_callback_address_of_vk(given: Given, vk: VKEmulator, said: str, level: str) -> None:
    async with healthy(vk=said) as port:
        settings = given(
            vk_token=vk.token,
            vk_api_url=vk.api_url,
            vk_secret="a word",
            vk_confirmation="0f1e2d3c",
            updates="webhook",
            public_url=f"http://127.0.0.1:{port}",
            network_timeout=2,
        )
        is_((await found(settings, offline=False))["VK Callback API"], level)


async def test_the_command_counts_and_tells_by_its_code(given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    from argparse import Namespace

    code = await asyncio.to_thread(doctor.main, Namespace(offline=True), given())
    told = capsys.readouterr().out
    assert code == 1
    assert "ошибка    Сотрудники" in told
    assert told.rstrip().splitlines()[-1].startswith("Ошибок: 1, предупреждений: ")
