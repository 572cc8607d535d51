"""From nothing to the first answer, beside importing the same frameworks; memory with every channel on."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import ROOT, crowd, environment, free_port, process, rss_mb
from benchmarks.turns import SETTINGS

FRAMEWORKS = (
    "aiogram, aiogram.methods, vkbottle, fastapi, uvicorn, sqlmodel, sqlalchemy.ext.asyncio, aiosqlite, "
    "apscheduler.schedulers.asyncio, alembic.runtime.environment, pydantic_settings, yaml, jinja2, fluent.runtime, "
    "babel.dates, cryptography.hazmat.primitives.ciphers.aead, qrcode, itsdangerous"
)
TIMES = 3


def importing() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {FRAMEWORKS}"], check=True, cwd=ROOT)
    return time.perf_counter() - begun


def starting() -> tuple[float, float]:
    """Seconds until a client who wrote before the start has his answer, and megabytes then. A fresh database."""
    with crowd("telegram") as telegram, crowd("vk", "--polling") as vk, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = SETTINGS["telegram"] | {k: v for k, v in SETTINGS["vk"].items() if k in ("vk_token", "vk_mode")}
        settings |= {"telegram_api_url": telegram.url, "vk_api_url": f"{vk.url}/method/"}
        env = environment(folder, free_port()) | {k.upper(): v for k, v in settings.items()}
        telegram.send(walk="greeted", walks=1, at_once=1)
        begun = time.perf_counter()
        with process("-m", "bot", "run", "--no-qr", env=env, cwd=folder, stdout=subprocess.DEVNULL) as started:
            telegram.receive()
            took = time.perf_counter() - begun
            vk(walk="greeted", walks=1, at_once=1)
            return took, rss_mb(started.pid)


def start() -> list[Figure]:
    importing()  # compiles what was never imported
    imports, starts, memory = [], [], []
    for _ in range(TIMES):
        imports.append(importing())
        took, megabytes = starting()
        starts.append(took)
        memory.append(megabytes)
    bare, ours = statistics.median(imports), statistics.median(starts)
    return [
        Figure("start: importing the frameworks", bare, "s"),
        Figure("start: to the first answer (Telegram, VK, web; migrations of a new database)", ours, "s"),
        Figure("start ÷ importing", ours / bare, "", at_most=1.5),
        Figure("memory with all channels on", max(memory), "MB", at_most=300),
    ]
