"""`python -m bot run` without the messengers' pace: what the program itself can do, as the bare echo is measured."""

from __future__ import annotations

import asyncio
import sys

from backend.settings import read_settings
from bot.commands.run import run
from bot.logs import set_up_logging

if __name__ == "__main__":
    settings = read_settings()
    if settings.telegram_token:
        from bot.channels.telegram import TelegramChannel

        TelegramChannel.per_second = 100_000
    if settings.vk_token:
        from bot.channels import vk

        vk.VKChannel.per_second = 100_000
        vk.CALLS_SECONDS = 0.0  # type: ignore[misc]  # a constant, lifted only here
    set_up_logging("text")
    sys.exit(asyncio.run(run(settings, draw=False)))
