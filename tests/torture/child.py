"""The bot as a process that can be killed, forked from a server that has imported everything once.

One JSON order a line on stdin: the environment of the next bot. Answers on stdout: its pid, and how it ended.
TORTURE_POINT=«after_commit:3» lets the bot kill itself when that point is reached for the third time.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable

from alembic.runtime import environment as _environment  # noqa: F401  imported once, for all forks
from apscheduler.schedulers import asyncio as _scheduler  # noqa: F401  the same

from backend import checkpoints
from backend.settings import Settings
from bot import delivery
from bot.channels import telegram
from bot.commands.run import run
from bot.logs import set_up_logging


def killer(point: str, count: int) -> Callable[[str], None]:
    left = count

    def listen(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return listen


def die_with_parent() -> None:
    """No bot outlives a test that was broken off (Linux)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def be_the_bot(settings: dict[str, str]) -> None:
    os.environ.update(settings)
    die_with_parent()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    set_up_logging("text")
    point, _, count = settings.get("TORTURE_POINT", "").partition(":")
    if point:
        checkpoints.listeners.append(killer(point, int(count)))
    # The emulator has no limits here; the pace would only make the rounds longer.
    telegram.TelegramChannel.per_second = 100_000
    delivery.CHAT_BURST = 100_000
    asyncio.run(run(Settings(_env_file=None), draw=False))


def main() -> None:
    die_with_parent()
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                be_the_bot(json.loads(line))
            finally:
                os._exit(1)
        print(json.dumps({"pid": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
