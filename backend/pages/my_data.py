"""A client's data as a file: `/my-data/<token>`, for a quarter of an hour after he asked for it in his chat.

The token is signed over the chat's hash and channel, for this purpose alone; it names nobody. Whether personal words go
out is decided anew at the moment of the download, by the mode that the channel has then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from itsdangerous import BadSignature, TimestampSigner

from backend.identity import Keys
from backend.office.model import Office
from backend.pages.landing import Texts, frame, plain_page, spoken_by

MINUTES: Final = 15
LONGEST: Final = 300  # characters of an address that could be one of ours
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}

Read = Callable[[str, str], Awaitable[str | None]]
"""(hash of the chat, name of the channel) → the text; None when nothing is known of such a chat."""


class _Signer(TimestampSigner):
    """Signs with a moment that is given, since time is passed in everywhere."""

    def __init__(self, keys: Keys, now: datetime) -> None:
        super().__init__(keys.cookies, salt="otklik.my-data", digest_method=hashlib.sha256)
        self._now = int(now.timestamp())

    def get_timestamp(self) -> int:
        return self._now


def link_of(keys: Keys, url: str, chat: str, channel: str, now: datetime) -> str:
    """The address of the file, for `MINUTES` from now."""
    token = _Signer(keys, now).sign(f"{chat}~{channel}").decode()
    return f"{url}/my-data/{token}"


def chat_of(keys: Keys, token: str, now: datetime) -> tuple[str, str] | None:
    """Chat and channel that a token names; None when it is forged, from the future, or too old."""
    if len(token) > LONGEST:
        return None
    try:
        plain = _Signer(keys, now).unsign(token, max_age=MINUTES * 60).decode()
    except (BadSignature, UnicodeError):
        return None
    chat, _, channel = plain.partition("~")
    return (chat, channel) if chat and channel else None


def my_data_router(
    *,
    keys: Keys,
    read: Read,
    clock: Callable[[], datetime],
    office: Office,
    words: Mapping[str, Texts],
    style: str,
    hours: Callable[[str], str],
) -> APIRouter:
    """`read` gives the text; the rest is for the page that says politely that the link is over."""
    router = APIRouter(include_in_schema=False)

    def gone(request: Request) -> Response:
        language = spoken_by(request, words, office.languages[0])
        values = frame(office, words, language, style=style, hours=hours(language))
        response = plain_page("my-data", values, status=404)
        response.headers["Cache-Control"] = "no-store"
        return response

    @router.get("/my-data/{token}")
    async def my_data(request: Request, token: str) -> Response:
        found = chat_of(keys, token, clock())
        text = await read(*found) if found is not None else None
        if text is None:
            return gone(request)
        name = f"my-data-{clock().date().isoformat()}.txt"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        # With its mark, so that the oldest editors show Russian letters.
        return Response(text.encode("utf-8-sig"), media_type="text/plain; charset=utf-8", headers=headers)

    return router
