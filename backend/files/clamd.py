"""The scanner: clamd's own protocol over its socket, one connection a file.

No answer is no permission: whatever goes wrong here, the file is not taken now.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

from backend.files.kinds import Refused

log = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 5.0
SCAN_SECONDS: Final = 60.0
_CHUNK: Final = 64 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Away(Exception):
    """clamd cannot be reached, or does not say what it is asked."""


async def scan(url: str, content: bytes, seconds: float = SCAN_SECONDS) -> None:
    """Pass when clamd finds nothing. Raises Refused: `virus`, or `scanner` when there was no clear answer."""
    try:
        async with asyncio.timeout(seconds):
            async with _connected(url) as (reader, writer):
                answer = await _asked(reader, writer, content)
    except (Away, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        log.error("clamd gives no answer (%s): files are refused until it does", type(error).__name__)
        raise Refused("scanner") from None
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        log.warning("clamd: a file was refused: %s", answer.removeprefix("stream: ")[:120])
        raise Refused("virus")
    log.error("clamd cannot scan: %s (is its StreamMaxLength below FILE_MEGABYTES?)", answer[:120])
    raise Refused("scanner")


async def version(url: str, seconds: float = CONNECT_SECONDS) -> str:
    """What clamd says of itself and of its base. Raises Away."""
    try:
        async with asyncio.timeout(seconds):
            async with _connected(url) as (reader, writer):
                writer.write(b"zVERSION\0")
                await writer.drain()
                answer = await _answer(reader)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise Away(type(error).__name__) from None
    if not answer.startswith("ClamAV"):
        raise Away("this is no clamd")
    return answer


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Streams]:
    where = urlsplit(url)
    async with asyncio.timeout(CONNECT_SECONDS):
        if where.scheme == "unix":
            reader, writer = await asyncio.open_unix_connection(where.path)
        else:
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes) -> str:
    """INSTREAM: parts with their lengths, a length of nothing at the end."""
    # clamd hangs up in the middle of a file that is too long for it; what it said before is the reason.
    with contextlib.suppress(ConnectionError):
        writer.write(b"zINSTREAM\0")
        for at in range(0, len(content), _CHUNK):
            part = content[at : at + _CHUNK]
            writer.write(len(part).to_bytes(4, "big") + part)
            await writer.drain()
        writer.write((0).to_bytes(4, "big"))
        await writer.drain()
    return await _answer(reader)


async def _answer(reader: asyncio.StreamReader) -> str:
    try:
        said = await reader.readuntil(b"\0")
    except asyncio.LimitOverrunError:
        raise Away("an endless answer") from None
    return said[:-1].decode("utf-8", "replace").strip()
