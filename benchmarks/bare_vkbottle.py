"""The baseline: a bare vkbottle bot behind an aiohttp route that echoes each message."""

from __future__ import annotations

import asyncio
import logging
import sys

from aiohttp import web
from vkbottle import API
from vkbottle.bot import Bot, Message

if __name__ == "__main__":
    logging.disable(logging.INFO)
    port, api_url = int(sys.argv[1]), sys.argv[2]
    api = API("vk-test")
    api.API_URL = api_url
    bot = Bot(api=api)

    @bot.on.message()
    async def echo(message: Message) -> None:
        await message.answer(message.text)

    background: set[asyncio.Task[None]] = set()

    async def take(request: web.Request) -> web.Response:
        event = await request.json()
        task = asyncio.create_task(bot.process_event(event))  # as vkbottle's own callback examples do
        background.add(task)
        task.add_done_callback(background.discard)
        return web.Response(text="ok")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="ready")

    app = web.Application()
    app.router.add_post("/webhooks/vk", take)
    app.router.add_get("/readyz", ready)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda *_: None)
