"""What goes into the log, and what never does: no words or ids of clients, no tokens, no passwords.

Each line carries the id of the request, turn or notice that it belongs to, so that one story can be read together.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from datetime import datetime

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.settings import Settings

HEADER = "X-Request-ID"
NOISY = (
    "aiogram",
    "vkbottle",
    "apscheduler",
    "alembic",
    "uvicorn.error",
    "uvicorn.access",
    "aiosqlite",
    "asyncio",
    "httpx",
)
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")  # what stands in a log must not be able to look like another line
_TOKENS = re.compile(r"\b\d{5,}:[A-Za-z0-9_-]{30,}|\bvk1\.a\.[\w-]{10,}|([?&]access_token=)[^&\s\"']+")
_HIDDEN = "***"

_request: ContextVar[str] = ContextVar("request", default="")


def new_id() -> str:
    return secrets.token_hex(6)


@contextlib.contextmanager
def belongs_to(name: str = "") -> Iterator[None]:
    """Lines of this block, and of what it starts, carry this id. Without a name the present one stays, or a new one
    is made."""
    token = _request.set(name or _request.get() or new_id())
    try:
        yield
    finally:
        _request.reset(token)


class RequestIds:
    """Gives each HTTP request its id: the proxy's X-Request-ID if it is a plain word, else a new one; the answer
    carries it back, so that a person can name it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        ident = given.decode() if _SANE.match(given) else new_id()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = ident
            await send(message)

        with belongs_to(ident):
            await self._app(scope, receive, answer)


def set_up_logging(style: str, level: int = logging.INFO, *, hidden: Sequence[str] = ()) -> None:
    """Plain lines for people, JSON for collectors. `hidden`: secrets that must not appear whatever a library says."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((Json if style == "json" else Plain)(hidden))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def secrets_of(settings: Settings) -> list[str]:
    """What the settings hold that nobody may read in a log."""
    found = [settings.telegram_token, settings.vk_token, settings.vk_secret, settings.secret_key]
    with contextlib.suppress(ArgumentError):
        found.append(make_url(settings.database).password or "")
    return [one for one in found if len(one) >= 4]


class Plain(logging.Formatter):
    def __init__(self, hidden: Sequence[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s")
        # The longest first: one secret may be the beginning of another.
        self._hidden = sorted(hidden, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        record.request = f" [{ident}]" if (ident := _request.get()) else ""
        record.exc_text = None  # another handler may have kept a trace with its words
        return self.without_secrets(super().format(record))

    def formatException(self, ei: object) -> str:
        """Kinds and places: messages of exceptions quote values, and values may be a client's words."""
        assert isinstance(ei, tuple)
        parts: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            # An error of the operating system says what to fix, and quotes nothing but a path.
            why = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
            parts.append("".join([*traceback.format_tb(error.__traceback__), f"{type(error).__name__}{why}"]))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\ncaused by:\n".join(parts)

    def without_secrets(self, line: str) -> str:
        for secret in self._hidden:
            line = line.replace(secret, _HIDDEN)
        return _TOKENS.sub(lambda found: f"{found[1] or ''}{_HIDDEN}", line)


class Json(Plain):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.without_secrets(record.getMessage()),
        }
        if ident := _request.get():
            line["request"] = ident
        if record.exc_info:
            line["trace"] = self.without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
