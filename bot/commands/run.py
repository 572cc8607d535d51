"""`python -m bot run`: one process with everything."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from backend import jobs, outbox, staff
from backend.appeals import demo
from backend.appeals.demo import Seeded
from backend.danger import find
from backend.settings import Settings
from bot.app import make_http, telegram_secret
from bot.compose import (
    App,
    build,
    connect_for_ever,
    follow_knowledge,
    hold_polling,
    keep_polling,
    receive_for_ever,
)
from bot.dialogue.common import words_of_danger
from bot.logs import secrets_of, set_up_logging
from bot.opening import CannotStart
from qr import address, code

CONNECT_SECONDS = 4.0  # what the start report waits for messengers; they go on connecting afterwards


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-qr", action="store_true", help="do not draw the code in the terminal")


def main(options: argparse.Namespace, settings: Settings) -> int:
    set_up_logging(settings.log_format, hidden=secrets_of(settings))
    try:
        return asyncio.run(run(settings, draw=not options.no_qr))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2


class _Server(uvicorn.Server):
    """Signals are ours: the server stops after receiving does."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # uvicorn leaves it untyped
        yield


async def run(settings: Settings, *, draw: bool = True) -> int:
    app = await build(settings)
    listening: list[socket.socket] = []
    try:
        listening.append(_listen("HTTP", settings.http_host, settings.http_port))
        if settings.metrics_port:
            listening.append(_listen("METRICS", settings.metrics_host, settings.metrics_port))
        if settings.updates == "polling":
            await hold_polling(app)
            app.start("polling lease", keep_polling(app))
        server = _Server(_quiet(make_http(app)))
        app.start("http", server.serve(sockets=listening[:1]))
        if settings.metrics_port:
            # Imported here: without METRICS_PORT nothing is counted, and nothing of it is loaded.
            from bot.metrics import Metrics, page_of

            app.start("metrics", _Server(_quiet(page_of(Metrics(app)))).serve(sockets=listening[1:]))
        shown = await demonstration(app)
        await start_work(app)
        await _wait_for_channels(app)
        print(await report(app, draw=draw, shown=shown), flush=True)
        await _until_stopped(app)
        server.should_exit = True
        # Forms on their way are finished before anything else stops.
        await asyncio.wait([t for t in app.tasks if t.get_name() == "http"], timeout=6)
        return 0
    finally:
        await app.stop()
        for one in listening:
            one.close()


def _quiet(http: ASGIApp) -> uvicorn.Config:
    """How both listeners serve: without an access log, which would hold addresses with the time of day."""
    return uvicorn.Config(
        http,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def _listen(what: Literal["HTTP", "METRICS"], host: str, port: int) -> socket.socket:
    """Take the port before anything else starts. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio sets TCP_NODELAY: else an answer in two parts waits 40 ms for an ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CannotStart(
            f"{what}_PORT: {host}:{port} cannot be used ({error.strerror}). "
            f"Is Otklik running already? Else choose another {what}_PORT."
        ) from None
    listening.listen(2048)
    listening.setblocking(False)
    return listening


async def start_work(app: App) -> None:
    """Receiving, delivery and jobs of this process."""
    app.scheduler = jobs.schedule(app.regular)
    app.scheduler.start()
    # The phrases are compiled at the first use; no client should wait for that.
    app.start("words of danger", asyncio.to_thread(find, "прогрев", words_of_danger(app.office.danger)))
    app.start("marks", app.delivery.keep_marks())
    app.start("announcing", app.delivery.keep_announcing())
    app.start("knowledge", follow_knowledge(app))
    for name, channel in app.channels.items():
        if channel.traits.pages:
            continue
        app.start(f"deliver {name}", app.delivery.run(name))
        if app.settings.updates == "polling":
            app.start(f"receive {name}", receive_for_ever(app, channel))
        else:
            app.start(f"connect {name}", _hook(app, name))


async def _hook(app: App, name: str) -> None:
    channel = app.channels[name]
    await connect_for_ever(app, channel)
    if name == "telegram":
        from bot.channels import Failure
        from bot.channels.telegram import TelegramChannel

        assert isinstance(channel, TelegramChannel)
        pause = 1.0
        while True:
            try:
                await channel.set_webhook(f"{app.settings.url}/webhooks/telegram", telegram_secret(app))
                return
            except Failure as error:
                app.troubles[name] = f"the webhook could not be set: {error}"
                await asyncio.sleep(pause)
                pause = min(pause * 2, 60)


async def _wait_for_channels(app: App) -> None:
    """Give the messengers a moment, so that the report can tell how they are."""
    loop = asyncio.get_running_loop()
    until = loop.time() + CONNECT_SECONDS
    for name, channel in app.channels.items():
        while (  # noqa: ASYNC110  a few attributes, looked at for a moment at the start
            not channel.traits.pages and channel.identity is None and name not in app.troubles and loop.time() < until
        ):
            await asyncio.sleep(0.05)


async def _until_stopped(app: App) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    waiting = asyncio.create_task(stopping.wait())
    http = next(t for t in app.tasks if t.get_name() == "http")
    await asyncio.wait([waiting, http], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def demonstration(app: App) -> list[Seeded]:
    """Appeals of a demonstration, put into an empty database where the office folder has some. Raises CannotStart."""
    try:
        folder = app.settings.office_dir
        return await demo.seed(app.db, app.office, app.calendar(), app.keys, folder, app.clock())
    except ValueError as error:
        raise CannotStart(str(error)) from error


async def report(app: App, *, draw: bool, shown: Sequence[Seeded] = ()) -> str:
    """What a newcomer wants to know after the start, in one screen."""
    office, url = app.office, app.settings.url
    lines = ["", f"Отклик · {office.text(office.name, 'ru')}", ""]
    lines.append("Каналы:")
    lines += [f"  {line}" for line in _channels(app)]
    point = next((p for p in office.open_points() if p.sheet and p.kind.startswith("8.3")), None)
    point = point or next(iter(office.open_points()), None)
    if point is not None and point.token:
        link = address.address(url, point.token)
        lines += ["", f"Страница точки «{office.text(point.name, 'ru')}»:", f"  {link}"]
        why = (address.reachable(url) or "").partition(" / ")[0]
        if why:
            lines.append(f"  (с телефона не откроется: {why}; задайте PUBLIC_URL)")
        if draw:
            lines += [
                "",
                *(f"  {line}" for line in code.terminal(address.printed(url, point.token)).splitlines()),
            ]
    lines += ["", *await _staff(app)]
    if shown:
        first = next((one for one in shown if one.number.endswith("0147")), shown[0])
        lines.append(f"Обращения – демо: {len(shown)}. Посмотреть: «Мои обращения» → {first.number}, код {first.code}")
        others = ", ".join(f"{one.number} {one.code}" for one in shown if one is not first)
        lines.append(f"  остальные: {others}")
    if year := app.calendar().unconfirmed_year(app.clock()):
        lines.append(
            f"  внимание: календарь на {year} год не подтверждён, сроки в нём называются предварительными; сверьте с "
            f"постановлением: python -m bot calendar confirm {year} --basis …"
        )
    for fault in app.warnings:
        lines.append(f"  внимание: {fault}")
    lines += ["", f"Остановить: Ctrl+C. Разговор в терминале: python -m bot talk. Адрес: {url}/", ""]
    return "\n".join(lines)


def _channels(app: App) -> list[str]:
    settings = app.settings
    lines = [f"браузер: включён, {settings.url}/"]
    for name, title, setting in (("telegram", "Telegram", "TELEGRAM_TOKEN"), ("vk", "ВКонтакте", "VK_TOKEN")):
        channel = app.channels.get(name)
        if channel is None:
            lines.append(f"{title}: выключен, нет {setting} в .env (как получить: README)")
        elif name in app.troubles:
            lines.append(f"{title}: включён, но {app.troubles[name]}")
        elif channel.identity is None:
            lines.append(f"{title}: включён, соединяется…")
        else:
            link = channel.identity.link.partition("?")[0]
            if channel.traits.mode == "off":
                hint = f"{name.upper()}_MODE или modes в office.yaml"
                lines.append(f"{title}: режим off, только называет другие каналы ({hint}), {link}")
                continue
            lines.append(f"{title}: включён, режим {channel.traits.mode}, {link} ({settings.updates})")
    return lines


async def _staff(app: App) -> list[str]:
    """Where alerts go, and the first administrator's link while he has not joined."""
    office = app.office
    async with app.db.begin() as session:
        joined = await staff.joined(session)
        groups = await staff.bound_groups(session)
        waiting = await outbox.waiting(session)
        link = ""
        if office.administrator not in joined:
            link = await staff.invite(session, app.keys, office.administrator, "web", app.clock())
    lines = ["Сотрудники:"]
    person = office.person(office.administrator)
    if link and person:
        lines.append(f"  вход для администратора ({person.short}), одноразовая ссылка:")
        lines.append(f"  {app.settings.url}/staff/join/{link}")
        lines.append("  для остальных: python -m bot invite <код сотрудника>")
    known = [f"{p.short} ({', '.join(joined[p.id])})" for p in office.persons if p.id in joined]
    lines.append(f"  оповещения получают: {'; '.join(known) if known else 'пока никто не вошёл, задачи ждут в списке'}")
    if app.settings.staff_chat:
        lines.append(f"  и чат STAFF_CHAT: {app.settings.staff_chat.partition(':')[0]}")
    if groups:
        lines.append(f"  и подключённые группы: {len(groups)}")
    if app.settings.alert_hours == "office":
        lines.append("  ALERT_HOURS=office: вне рабочих часов оповещения ждут утра, кроме слов об опасности")
    if waiting:
        lines.append("  ждут отправки: " + ", ".join(f"{k} {v}" for k, v in waiting.items()))
    return lines
