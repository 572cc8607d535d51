"""The baseline: a bare aiogram webhook that echoes each message."""

from __future__ import annotations

import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

WORD = "bench"

if __name__ == "__main__":
    port, api = int(sys.argv[1]), sys.argv[2]
    bot = Bot("123456:TEST", AiohttpSession(api=TelegramAPIServer.from_base(api)))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(message.text or "…")

    @dispatcher.startup()
    async def hook() -> None:
        await bot.set_webhook(f"http://127.0.0.1:{port}/webhooks/telegram", secret_token=WORD)

    app = web.Application()

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="ready")

    app.router.add_get("/readyz", ready)
    SimpleRequestHandler(dispatcher, bot, secret_token=WORD).register(app, "/webhooks/telegram")
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda *_: None)
