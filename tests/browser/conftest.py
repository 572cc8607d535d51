"""A served stage and a Chromium; the tests are skipped where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from bot.channels import Uploads
from tests.browser.stage import Door, Stage, build, small_office

TELEGRAM = Door("telegram", "Telegram", "https://t.me/otklik_bot?start=")
VK = Door("vk", "ВКонтакте", "https://vk.me/otklik?ref=")


@dataclass
class Site:
    """A running site and what stands behind it."""

    url: str
    stage: Stage


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    stage = Stage()
    app = build(stage, small_office(), [TELEGRAM, VK], uploads=Uploads(tmp_path, 2 * 1024 * 1024))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    # The socket listens already, so the first request waits until the server takes it.
    yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", stage)
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    path = path or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine (set CHROMIUM to its path)")
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield made
        await made.close()
