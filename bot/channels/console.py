"""The terminal: the same talk for demonstrations and checks, with no messenger at all."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable, Sequence

from bot.channels import Busy, Cursor, Hear, Identity, Traits
from bot.messages import (
    Address,
    Button,
    Choose,
    Incoming,
    Keep,
    Press,
    Rate,
    Reply,
    Say,
    Start,
    Text,
    Write,
    buttons_of,
    words_of,
)


def read(line: str, last: Reply | None) -> Start | Text | Press:
    """A typed line: a command, the number of a button of the last screen, or words."""
    line = line.strip()
    if line == "/start" or line.startswith("/start "):
        return Start(line.removeprefix("/start").strip())
    if last is not None and not isinstance(last, Rate) and line.isdecimal():
        buttons = [b for b in buttons_of(last) if not b.url]
        several = isinstance(last, Choose) and last.many
        if 1 <= int(line[:4]) <= len(buttons) and not (several and int(line) <= len(last.options)):  # type: ignore[union-attr]  # several implies Choose
            button = buttons[int(line) - 1]
            return Press(button.step or last.step, button.key)
    return Text(line)


def render(reply: Reply) -> str:
    """The reply as lines of text; buttons are numbered, a scale keeps its own numbers."""
    lines = [words_of(reply)]
    match reply:
        case Rate():
            lines += [f"  {_label(b)}" for b in reply.options]
            lines += _numbered(reply.controls, len(reply.options))
        case Choose() | Say() | Keep() | Write():
            lines += _numbered(buttons_of(reply), 0)
    if isinstance(reply, Keep):
        lines.append(f"  {reply.url}")
    return "\n".join(lines)


def _label(button: Button) -> str:
    return f"{'[x] ' if button.chosen else ''}{button.label}"


def _numbered(buttons: Sequence[Button], before: int) -> list[str]:
    lines = []
    number = before
    for button in buttons:
        if button.url:
            lines.append(f"  {button.label}: {button.url}")
            continue
        number += 1
        lines.append(f"  [{number}] {_label(button)}")
    return lines


class ConsoleChannel:
    """One person at one terminal."""

    def __init__(self, write: Callable[[str], None], read_line: Callable[[], str], ident: str = "local") -> None:
        self.traits = Traits("console", "anonymous")
        self.identity: Identity | None = Identity("console", "")
        self.ready = True
        self.per_second = 1000.0
        self._write = write
        self._read_line = read_line
        self._address = Address("console", ident)
        self._last: Reply | None = None
        self._numbers = itertools.count(1)
        self._run = secrets.token_hex(6)
        self.answered = asyncio.Event()
        self.greets = True

    async def connect(self) -> None:
        """Nothing to connect to."""

    async def receive(self, hear: Hear, cursor: Cursor) -> None:
        """Read lines until the end of input; each waits for its answer."""
        if self.greets:
            await self.say(hear, Start())
        while True:
            try:
                line = await asyncio.to_thread(self._read_line)
            except (EOFError, KeyboardInterrupt):
                return
            if not line.strip():
                continue
            await self.say(hear, read(line, self._last))

    async def say(self, hear: Hear, event: Start | Text | Press) -> None:
        self.answered.clear()
        incoming = Incoming(
            id=f"{self._run}.{next(self._numbers)}", who=self._address, where=self._address, event=event
        )
        try:
            heard = await hear(incoming)
        except Busy:
            self._write("База данных занята. Повторите, пожалуйста. / The database is busy, please repeat.")
            return
        if not heard.repeated:
            try:
                await asyncio.wait_for(self.answered.wait(), 5)
            except TimeoutError:
                self._write("…")

    async def answer(self, incoming: Incoming | None, where: Address, replies: Sequence[Reply], seed: int) -> None:
        for reply in replies:
            self._show(reply)
        self.answered.set()

    async def post(self, where: Address, reply: Reply, seed: int) -> str:
        self._show(reply)
        return "1"

    async def edit(self, where: Address, message: str, reply: Reply) -> None:
        self._show(reply)

    def _show(self, reply: Reply) -> None:
        if buttons_of(reply) or not isinstance(reply, Say):
            self._last = reply
        self._write("\n" + render(reply) + "\n")

    async def close(self) -> None:
        """Nothing to close."""
