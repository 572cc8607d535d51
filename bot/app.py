"""The HTTP side: landing, talk pages, webhooks, health."""

from __future__ import annotations

import hashlib
import hmac
import inspect
import logging
from collections.abc import Awaitable, Callable
from datetime import date

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import text
from starlette.routing import Route

from backend import conversation
from backend.api import make_api
from backend.appeals import files as appeal_files
from backend.appeals.deadlines import Deadline
from backend.db import DatabaseAway
from backend.knowledge import templates
from backend.knowledge.model import Template
from backend.migrate import current, newest
from backend.pages.files import files_router
from backend.pages.landing import landing_router
from backend.pages.my_data import my_data_router
from bot import appeal_words
from bot.channels import Busy, Heard, Screen
from bot.channels.web import STYLE, web_router
from bot.compose import App
from bot.hours import in_words
from bot.logs import RequestIds
from bot.messages import Address, Incoming
from bot.opening import ACTIONS
from bot.policy import may

log = logging.getLogger(__name__)


def telegram_secret(app: App) -> str:
    """The word that Telegram repeats in each webhook call; derived, so that every process knows it."""
    return hmac.digest(app.keys.cookies.encode(), b"telegram webhook", hashlib.sha256).hex()


def _add(http: FastAPI, router: APIRouter) -> None:
    """The router's routes without FastAPI's reading of parameters and its two searches, half a millisecond a request:
    our endpoints take the request and the names in the path as they are."""

    def plain(endpoint: Callable[..., Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        asks = "request" in inspect.signature(endpoint).parameters

        async def take(request: Request) -> Response:
            return await (endpoint(request, **request.path_params) if asks else endpoint(**request.path_params))

        return take

    for route in router.routes:
        assert isinstance(route, APIRoute)
        http.router.routes.append(Route(route.path, plain(route.endpoint), methods=list(route.methods or ())))


def make_http(app: App) -> FastAPI:
    """All routes of this process."""
    # Nothing is measured for others: no traces, no metrics leave this process.
    quiet = TelemetryConfig(tracing=False, metrics=False, logs=False)
    http = FastAPI(title="Otklik", docs_url=None, redoc_url=None, openapi_url=None, telemetry=quiet)
    web = app.channels["web"]

    async def hear(incoming: Incoming) -> Heard:
        return await app.hearing.hear(incoming, web.traits)

    async def look(where: Address, step: str = "", language: str = "") -> Screen:
        try:
            return await app.hearing.look(where, web.traits, step, language)
        except DatabaseAway as error:
            raise Busy(str(error)) from error

    def open_hours(language: str) -> str:
        return in_words(app.words[language], app.calendar(), app.clock())

    async def readable(ident: str) -> Template | None:
        """The template as clients may read it now."""
        async with app.db.read() as session:
            found = await templates.published(session, ident)
        if found is None or found.template.internal:
            return None
        overdue = found.template.review_on < app.calendar().today(app.clock())
        return None if overdue and app.office.rules.hide_overdue else found.template

    async def readable_file(who: Address, ident: int) -> tuple[str, str, str] | None:
        """A file of an appeal, for those who may read it now; that staff have read it is journalled."""
        key, now = app.keys.hash(str(who)), app.clock()
        async with app.db.begin() as session:
            row = await conversation.get(session, key)
            person = app.office.person(row.person) if row is not None and row.person else None
            today = app.calendar().today(now)
            return await appeal_files.readable(session, app.office, app.keys, key, person, ident, now, today)

    _add(
        http,
        landing_router(
            office=app.office,
            doors=app.landing_doors,
            words=app.words,
            style=STYLE,
            hours=open_hours,
            found=lambda token: app.codes.find(token, app.calendar().today(app.clock())),
            scanned=lambda token: app.scans.note(token, app.clock()),
        ),
    )
    _add(
        http,
        files_router(
            office=app.office,
            folder=app.settings.office_dir,
            readable=readable,
            words=app.words,
            style=STYLE,
            hours=open_hours,
        ),
    )

    async def my_data(chat: str, channel: str) -> str | None:
        """All that is stored of a chat, as a text: for whoever has its fresh link."""
        known = app.channels.get(channel)
        return await app.hearing.read_data(chat, known.traits) if known is not None else None

    _add(
        http,
        my_data_router(
            keys=app.keys,
            read=my_data,
            clock=lambda: app.clock(),
            office=app.office,
            words=app.words,
            style=STYLE,
            hours=open_hours,
        ),
    )
    _add(
        http,
        web_router(
            hear=hear,
            look=look,
            words=app.words,
            cookie_key=app.keys.cookies,
            office_name=lambda language: app.office.text(app.office.name, language),
            secure=app.settings.url.startswith("https://"),
            phone=app.office.phone,
            uploads=app.uploads,
            readable=readable_file,
            read_file=app.files.read,
        ),
    )
    telegram = app.channels.get("telegram")
    if telegram is not None:
        from bot.channels.telegram import TelegramChannel
        from bot.channels.telegram import webhook_router as telegram_router

        assert isinstance(telegram, TelegramChannel)
        _add(http, telegram_router(telegram, app.hear(telegram), telegram_secret(app)))
    vk = app.channels.get("vk")
    if vk is not None and app.settings.vk_secret:
        from bot.channels.vk import VKChannel
        from bot.channels.vk import webhook_router as vk_router

        assert isinstance(vk, VKChannel)
        _add(http, vk_router(vk, app.hear(vk)))

    def explain(language: str, deadline: Deadline, today: date) -> str:
        return appeal_words.explain(app.office, app.words[language], app.calendar(), deadline, today)

    api, help_page = make_api(
        db=app.db,
        office=app.office,
        keys=app.keys,
        clock=lambda: app.clock(),
        calendar=app.calendar,
        codes=app.codes,
        knowledge=app.knowledge,
        actions=ACTIONS,
        folder=app.settings.office_dir,
        files=app.files,
        explain=explain,
        day=lambda language, day: app.words[language].day(day, app.calendar().today(app.clock())),
        may_follow=lambda channel: channel in app.channels and may(app.channels[channel].traits.mode, "track"),
        texts=app.words,
        style=STYLE,
        url=app.settings.url,
    )
    for path in ("/api", "/api/"):
        http.router.routes.append(Route(path, help_page, methods=["GET"]))
    http.mount("/api", api)

    @http.get("/healthz", include_in_schema=False)
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @http.get("/readyz", include_in_schema=False)
    async def ready() -> Response:
        try:
            async with app.db.read() as session:
                await session.execute(text("SELECT 1"))
            have = await current(app.db)
        except Exception:
            return PlainTextResponse("the database cannot be reached", status_code=503)
        if have != newest():
            return PlainTextResponse("the database is not migrated", status_code=503)
        return PlainTextResponse("ready")

    @http.exception_handler(404)
    async def nowhere(request: Request, _error: Exception) -> Response:
        # A person who mistyped the address finds the list of points, which explains.
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/points", 303)
        return PlainTextResponse("not found", 404)

    @http.exception_handler(DatabaseAway)
    async def away(_request: object, _error: DatabaseAway) -> Response:
        return PlainTextResponse("Сейчас не получается. Попробуйте через минуту. / Please try again in a minute.", 503)

    http.add_middleware(RequestIds)
    return http
