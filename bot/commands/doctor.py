"""`python -m bot doctor`: examine the whole installation; one line for each thing, with what to fix.

Reads only: nothing in the database, the messengers or the folders is changed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import shutil
import sqlite3
import stat
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from backend import backups, calendar, migrate, outbox, shared_state, staff
from backend.clock import clock_from
from backend.db import Database, DatabaseAway, Session
from backend.files import clamd
from backend.files.store import RESERVE
from backend.office import Office, load
from backend.settings import BadSettings, Settings, secret_key
from bot.channels import Channel, Failure, TryLater
from bot.opening import ACTIONS, answers
from qr import address

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.vk import VKChannel

Level = Literal["ok", "внимание", "ошибка"]

MB = 1024 * 1024
LITTLE_DISK, TOO_LITTLE_DISK = 2048 * MB, 300 * MB
CLOCK_SECONDS = 60  # signatures, deadlines and TLS begin to suffer
SLOW_DATABASE = 0.1  # seconds for one small question
OLDEST_BACKUP = timedelta(hours=49)  # a night may be missed, two may not
STUCK, VERY_STUCK = timedelta(minutes=10), timedelta(hours=2)
SLEEPING_JOBS = timedelta(minutes=5)
OLDEST_POSTGRES = 13


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    what: str
    words: str

    def line(self) -> str:
        return f"{self.level:<9} {self.what}: {self.words}"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offline", action="store_true", help="ask nobody on the network")


def main(options: argparse.Namespace, settings: Settings) -> int:
    found = asyncio.run(_print_all(settings, offline=options.offline))
    bad = sum(one.level == "ошибка" for one in found)
    warnings = sum(one.level == "внимание" for one in found)
    print(f"\nОшибок: {bad}, предупреждений: {warnings}." + ("" if bad or warnings else " Всё в порядке."))
    return 1 if bad else 0


async def _print_all(settings: Settings, *, offline: bool) -> list[Finding]:
    found = []
    async for one in examine(settings, offline=offline):
        print(one.line(), flush=True)
        found.append(one)
    return found


async def examine(settings: Settings, *, offline: bool) -> AsyncIterator[Finding]:
    """Everything that can be examined from here, the local things first."""
    office = None
    for one in _settings(settings):
        yield one
    office, faults = load(settings.office_dir, actions=ACTIONS)
    yield _office(settings, [str(f) for f in faults if f.level == "fault"], office)
    for one in _disk(settings):
        yield one
    for one in _files(settings):
        yield one
    yield _printing()
    running = await asyncio.to_thread(answers, settings)
    where = f"{settings.http_host}:{settings.http_port}"
    yield (
        Finding("ok", "Отклик", f"работает, {where} отвечает")
        if running
        else Finding("внимание", "Отклик", f"не отвечает на {where} (HTTP_HOST, HTTP_PORT): не запущен?")
    )
    async for one in _database(settings, office, running=running):
        yield one
    yield _backups(settings)
    if settings.clamav_url:
        yield await _scanner(settings)
    if offline:
        return
    async for one in _network(settings, office, running=running):
        yield one


# --- this machine -----------------------------------------------------------------------------------------


def _settings(settings: Settings) -> Iterator[Finding]:
    made_later = not settings.secret_key and settings.sqlite and settings.updates == "polling"
    try:
        if made_later and not (settings.data_dir / "secret_key").exists():
            yield Finding("ok", "Настройки", "прочитаны, ключ создаст первый запуск")
        else:
            secret_key(settings)
            yield Finding("ok", "Настройки", "прочитаны, ключ есть")
    except BadSettings as error:
        yield Finding("ошибка", "SECRET_KEY", str(error))
    for file in (Path(".env"), settings.data_dir / "secret_key"):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield Finding("внимание", str(file), f"читают все пользователи машины; исправить: chmod 600 {file}")
    if settings.clock is not None:
        yield Finding("внимание", "CLOCK", "задан: время ненастоящее. Для работы уберите")
    why = (address.reachable(settings.url) or "").partition(" / ")[0]
    if why:
        yield Finding("внимание", "PUBLIC_URL", f"{settings.url}: {why}. Коды на листах не откроются с телефона")
    elif not settings.url.startswith("https://"):
        yield Finding("ошибка", "PUBLIC_URL", "нужен https://: отзывы идут открыто, мессенджеры не пришлют вебхуки")
    else:
        yield Finding("ok", "PUBLIC_URL", settings.url)
    if settings.updates == "webhook" and not settings.url.startswith("https://"):
        yield Finding("ошибка", "UPDATES", "webhook работает только с https:// в PUBLIC_URL")
    if settings.metrics_port and settings.metrics_host not in ("127.0.0.1", "::1", "localhost"):
        yield Finding("внимание", "METRICS_HOST", "показатели открыты в сеть: закройте порт снаружи")


def _office(settings: Settings, faults: list[str], office: Office | None) -> Finding:
    if office is None:
        more = f" и ещё {len(faults) - 1}" if len(faults) > 1 else ""
        return Finding("ошибка", "OFFICE_DIR", f"{faults[0] if faults else 'не прочитана'}{more}: python -m bot check")
    return Finding("ok", "Папка учреждения", f"{settings.office_dir}, точек: {len(office.points)}")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.is_dir():
        yield Finding("внимание", "DATA_DIR", f"папки {folder} ещё нет: её создаст первый запуск")
        return
    free = shutil.disk_usage(folder).free
    words = f"свободно {free // MB} МБ в {folder}"
    if free < TOO_LITTLE_DISK:
        yield Finding("ошибка", "Диск", f"{words}: ответы вот-вот перестанут сохраняться, освободите место")
    elif free < LITTLE_DISK:
        yield Finding("внимание", "Диск", f"{words}: для копий скоро не хватит")
    else:
        yield Finding("ok", "Диск", words)


def _files(settings: Settings) -> Iterator[Finding]:
    """The place of clients' files, where it is one of its own: nothing else would notice that it is full."""
    folder = settings.files
    if settings.files_dir is None:
        return
    if not folder.is_dir():
        yield Finding("внимание", "FILES_DIR", f"папки {folder} ещё нет: её создаст первый запуск")
        return
    free = shutil.disk_usage(folder).free
    words = f"свободно {free // MB} МБ в {folder}"
    if free < RESERVE + settings.file_bytes:
        yield Finding("ошибка", "FILES_DIR", f"{words}: файлы клиентов сейчас не принимаются, освободите место")
    else:
        yield Finding("ok", "FILES_DIR", words)


def _printing() -> Finding:
    missing = [name for name in ("typst", "font_roboto", "qrcode") if importlib.util.find_spec(name) is None]
    if missing:
        return Finding("ошибка", "Печать листов", f"не установлено: {', '.join(missing)}; make install")
    return Finding("ok", "Печать листов", "шрифт и вёрстка на месте")


def _backups(settings: Settings) -> Finding:
    folder = settings.data_dir / backups.FOLDER
    copies = [file for file in folder.glob("*") if file.suffix in (".db", ".dump")] if folder.is_dir() else []
    if not copies:
        return Finding("внимание", "Копии", f"в {folder} нет ни одной: python -m bot backup, и каждую ночь по таймеру")
    newest = max(copies, key=lambda file: file.stat().st_mtime)
    age = timedelta(seconds=max(0.0, time.time() - newest.stat().st_mtime))
    words = f"последняя {newest.name}, {_ago(age)}"
    if age > OLDEST_BACKUP:
        return Finding("внимание", "Копии", f"{words}: таймер копирования работает?")
    return Finding("ok", "Копии", words)


async def _scanner(settings: Settings) -> Finding:
    try:
        said = await clamd.version(settings.clamav_url)
    except clamd.Away as error:
        words = f"clamd не отвечает на {settings.clamav_url} ({error}): файлы клиентов сейчас не принимаются"
        return Finding("ошибка", "CLAMAV_URL", words)
    return Finding("ok", "CLAMAV_URL", f"отвечает {said[:60]}")


# --- the database -----------------------------------------------------------------------------------------


async def _database(settings: Settings, office: Office | None, *, running: bool) -> AsyncIterator[Finding]:
    if settings.sqlite and not await asyncio.to_thread(backups.file_of(settings.database).exists):
        yield Finding("внимание", "База", f"{backups.file_of(settings.database)} ещё нет: её создаст первый запуск")
        return
    db = Database(settings.database, settings.database_timeout)
    try:
        begun = time.perf_counter()
        async with db.read() as session:
            await session.execute(text("SELECT 1"))
            opened = time.perf_counter()
            await session.execute(text("SELECT 1"))
            took = time.perf_counter() - opened
        have = await migrate.current(db)
        if have != migrate.newest():
            yield Finding(
                "ошибка",
                "База",
                f"схема {have or 'пустая'}, программе нужна {migrate.newest()}: остановите Отклик, "
                "python -m bot upgrade",
            )
            return
        level: Level = "внимание" if took > SLOW_DATABASE else "ok"
        yield Finding(
            level,
            "База",
            f"отвечает за {took * 1000:.1f} мс (соединение {1000 * (opened - begun):.0f} мс), схема {have}",
        )
        async for one in _engine(settings, db):
            yield one
        if office is not None:
            async with db.read() as session:
                for one in await _living(settings, session, office, running=running):
                    yield one
    except (DatabaseAway, SQLAlchemyError, OSError) as error:
        cause = error.__cause__ or error
        yield Finding(
            "ошибка", "DATABASE_URL", f"база не отвечает ({type(cause).__name__}): запущена ли, верен ли адрес"
        )
    finally:
        await db.close()


async def _engine(settings: Settings, db: Database) -> AsyncIterator[Finding]:
    """What is particular to SQLite or PostgreSQL."""
    if settings.sqlite:
        fault = await asyncio.to_thread(_integrity, backups.file_of(settings.database))
        yield (
            Finding("ok", "Целостность базы", "проверена")
            if fault == "ok"
            else Finding("ошибка", "Целостность базы", f"{fault}: остановите Отклик, python -m bot restore КОПИЯ")
        )
        return
    async with db.read() as session:
        number = int((await session.execute(text("SHOW server_version_num"))).scalar_one()) // 10_000
    if number < OLDEST_POSTGRES:
        yield Finding(
            "ошибка", "PostgreSQL", f"версия {number} больше не поддерживается, нужна {OLDEST_POSTGRES} или новее"
        )
    else:
        yield Finding("ok", "PostgreSQL", f"версия {number}")
    program = shutil.which("pg_dump")
    if program is None:
        yield Finding("ошибка", "pg_dump", "не установлен: нет ни копий, ни обновления. Поставьте postgresql-client")
        return
    done = await asyncio.to_thread(subprocess.run, [program, "--version"], capture_output=True, text=True)
    ours = int(next((word for word in done.stdout.split() if word[0].isdigit()), "0").split(".")[0])
    if ours < number:
        yield Finding(
            "ошибка", "pg_dump", f"версия {ours} старше сервера ({number}): поставьте postgresql-client-{number}"
        )


def _integrity(file: Path) -> str:
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)


async def _living(settings: Settings, session: Session, office: Office, *, running: bool) -> list[Finding]:
    """What the tables tell about the work itself."""
    now = clock_from(settings.clock)()
    zone = ZoneInfo(office.timezone)
    found = [await _year(session, office, zone, now), await _reachable_staff(session, settings)]
    table = outbox.table
    waits = await session.execute(
        select(table.c.channel, func.count(), func.min(table.c.due_at))
        .where(table.c.status == "waiting", table.c.due_at <= now)
        .group_by(table.c.channel)
    )
    stuck = [(channel, count, now - oldest) for channel, count, oldest in waits]
    for channel, count, age in stuck:
        if age > STUCK:
            level: Level = "ошибка" if age > VERY_STUCK else "внимание"
            found.append(
                Finding(
                    level, "Отправка", f"{channel}: ждут {count}, самое старое {_ago(age)}. Токен и связь – строки ниже"
                )
            )
    if not any(age > STUCK for _, _, age in stuck):
        found.append(Finding("ok", "Отправка", "ничего не застряло"))
    if running:
        found.append(await _jobs(session, zone, now))
    return found


async def _year(session: Session, office: Office, zone: ZoneInfo, now: datetime) -> Finding:
    year = (await calendar.read(session, office.week, zone)).unconfirmed_year(now)
    if year is not None:
        words = f"{year} год не подтверждён, сроки предварительные: сверьте с постановлением, "
        return Finding("внимание", "Календарь", f"{words}python -m bot calendar confirm {year}")
    return Finding("ok", "Календарь", "рабочие дни известны")


async def _reachable_staff(session: Session, settings: Settings) -> Finding:
    joined = await staff.joined(session)
    groups = await staff.bound_groups(session)
    pushed = any(set(channels) - {"web", "console"} for channels in joined.values())
    if not joined and not groups and not settings.staff_chat:
        return Finding("ошибка", "Сотрудники", "никто не вошёл, оповещения не получает никто: python -m bot invite")
    if not pushed and not groups and not settings.staff_chat:
        return Finding(
            "внимание", "Сотрудники", "только в браузере: об оценке узнают, лишь открыв страницу. STAFF_CHAT?"
        )
    return Finding("ok", "Сотрудники", f"вошли: {len(joined)}, групп: {len(groups)}")


async def _jobs(session: Session, zone: ZoneInfo, now: datetime) -> Finding:
    """Whether some process does what each minute brings."""
    tick = shared_state.tick_table
    ticks = await session.execute(select(tick.c.tick).where(tick.c.job == "series"))
    last = ticks.scalar()
    if last is None:
        return Finding("внимание", "Фоновая работа", "ещё не начиналась; повторите через минуту")
    age = now - datetime.fromisoformat(last).replace(tzinfo=zone)
    if age > SLEEPING_JOBS:
        return Finding(
            "ошибка", "Фоновая работа", f"стоит, последний раз {_ago(age)}: перезапустите Отклик, смотрите журнал"
        )
    return Finding("ok", "Фоновая работа", "идёт")


# --- the network ------------------------------------------------------------------------------------------


async def _network(settings: Settings, office: Office | None, *, running: bool) -> AsyncIterator[Finding]:
    asked = [settings.telegram_api_url] if settings.telegram_token else []
    asked += [settings.vk_api_url] if settings.vk_token else []
    public = settings.public_url and not address.reachable(settings.public_url)
    timeout = aiohttp.ClientTimeout(total=settings.network_timeout)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        if public or (settings.public_url and running):
            yield await _public(http, settings)
            asked.append(f"{settings.url}/healthz")
        for url in asked:
            if (found := await _clock(http, url)) is not None:
                yield found
                break
        if office is None:
            return
        if settings.telegram_token:
            async for one in _telegram(settings):
                yield one
        if settings.vk_token:
            async for one in _vk(http, settings):
                yield one


async def _public(http: aiohttp.ClientSession, settings: Settings) -> Finding:
    try:
        async with http.get(f"{settings.url}/healthz", allow_redirects=False) as answer:
            if answer.status == 200 and (await answer.content.read(16)).startswith(b"ok"):
                return Finding("ok", "Адрес снаружи", f"{settings.url} отвечает")
            return Finding(
                "ошибка",
                "Адрес снаружи",
                f"{settings.url} отвечает, но не Отклик (HTTP {answer.status}): проверьте nginx",
            )
    except aiohttp.ClientConnectorCertificateError:
        return Finding("ошибка", "Адрес снаружи", f"{settings.url}: сертификат не принят; продлён ли он?")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Finding(
            "ошибка", "Адрес снаружи", f"{settings.url} не открывается ({type(error).__name__}): DNS, nginx, PUBLIC_URL"
        )


async def _clock(http: aiohttp.ClientSession, url: str) -> Finding | None:
    """This machine's clock against the one of another; None when that one tells nothing."""
    try:
        async with http.get(url, allow_redirects=False) as answer:
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError):
        return None
    off = (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()
    if abs(off) > CLOCK_SECONDS:
        return Finding(
            "ошибка", "Часы", f"расходятся на {off:+.0f} с: включите синхронизацию (timedatectl set-ntp true)"
        )
    return Finding("ok", "Часы", "верны")


async def _connect(channel: Channel, title: str, setting: str) -> Finding | None:
    """None when the messenger knows us."""
    from bot.channels.telegram import TelegramChannel

    try:
        await (channel.introduce() if isinstance(channel, TelegramChannel) else channel.connect())
    except TryLater as error:
        return Finding("ошибка", title, f"не отвечает ({error}): есть ли сеть, верен ли {title.upper()}_API_URL")
    except Failure:
        # Its words may hold the token's address.
        return Finding("ошибка", title, f"{setting} не принят: получите новый и впишите в .env")
    return None


async def _telegram(settings: Settings) -> AsyncIterator[Finding]:
    from bot.channels.telegram import TelegramChannel

    channel: TelegramChannel = TelegramChannel(
        settings.telegram_token, settings.telegram_api_url, "off", settings.network_timeout
    )
    try:
        if (trouble := await _connect(channel, "Telegram", "TELEGRAM_TOKEN")) is not None:
            yield trouble
            return
        yield Finding("ok", "Telegram", f"токен принят, @{channel.username}")
        try:
            hook = await channel.webhook()
        except Failure as error:
            yield Finding("внимание", "Telegram", f"о вебхуке узнать не удалось: {type(error).__name__}")
            return
    finally:
        await channel.close()
    expected = f"{settings.url}/webhooks/telegram" if settings.updates == "webhook" else ""
    if hook.url != expected:
        words = f"стоит на {hook.url or 'нигде'}, должен быть {expected or 'снят (UPDATES=polling)'}"
        yield Finding(
            "ошибка", "Вебхук Telegram", f"{words}: перезапустите Отклик; не занят ли токен другой программой?"
        )
    elif expected:
        late = hook.pending_update_count
        recent = hook.last_error_date is not None and _since(hook.last_error_date) < timedelta(hours=1)
        if recent:
            yield Finding("внимание", "Вебхук Telegram", f"Telegram жалуется: {hook.last_error_message}; ждут {late}")
        else:
            yield Finding("ok", "Вебхук Telegram", f"на месте, ждут {late}")
    if hook.pending_update_count > 100:
        yield Finding(
            "внимание", "Telegram", f"ждут разбора {hook.pending_update_count} сообщений: Отклик их не успевает брать"
        )


async def _vk(http: aiohttp.ClientSession, settings: Settings) -> AsyncIterator[Finding]:
    from bot.channels.vk import VKChannel

    channel: VKChannel = VKChannel(settings.vk_token, settings.vk_api_url, "off", settings.network_timeout)
    try:
        if (trouble := await _connect(channel, "VK", "VK_TOKEN")) is not None:
            yield trouble
            return
        yield Finding("ok", "VK", f"ключ принят, сообщество «{channel.identity.name if channel.identity else ''}»")
        if settings.updates == "webhook":
            yield await _callback(http, settings, channel.group_id)
            return
        try:
            lacking = await channel.lacking_events()
        except Failure:
            yield Finding(
                "ошибка", "VK Long Poll", "нет прав: выпустите ключ с правами «Управление сообществом» и «Сообщения»"
            )
            return
    finally:
        await channel.close()
    where = "сообщество → Управление → Работа с API → Long Poll API"
    if lacking is None:
        yield Finding("ошибка", "VK Long Poll", f"выключен: {where}")
    elif lacking:
        yield Finding("ошибка", "VK Long Poll", f"не отмечены события {', '.join(lacking)}: {where} → Типы событий")
    else:
        yield Finding("ok", "VK Long Poll", "включён, события отмечены")


async def _callback(http: aiohttp.ClientSession, settings: Settings, group: int) -> Finding:
    """Ask our own public address what VK asks it."""
    url = f"{settings.url}/webhooks/vk"
    body = json.dumps({"type": "confirmation", "group_id": group, "secret": settings.vk_secret})
    try:
        async with http.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
            said = (await answer.content.read(200)).decode("utf-8", "replace")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Finding("ошибка", "VK Callback API", f"{url} не открывается ({type(error).__name__}): nginx, PUBLIC_URL")
    if said != settings.vk_confirmation:
        return Finding("ошибка", "VK Callback API", f"{url} отвечает не строкой VK_CONFIRMATION (HTTP {answer.status})")
    return Finding("ok", "VK Callback API", "адрес отвечает как надо")


# --- words ------------------------------------------------------------------------------------------------


def _since(moment: datetime | timedelta | int) -> timedelta:
    if isinstance(moment, datetime):
        return datetime.now(UTC) - moment.astimezone(UTC)
    return moment if isinstance(moment, timedelta) else datetime.now(UTC) - datetime.fromtimestamp(moment, UTC)


def _ago(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{age.total_seconds() / 60:.0f} мин назад"
    return f"{hours:.0f} ч назад" if hours < 48 else f"{hours / 24:.0f} дн. назад"
