"""A clamd on loopback: its protocol over TCP or a unix socket, with the faults it has in life.

    async with Clamd() as clamd:
        store = FileStore(folder, keys, 20_000_000, clamd.url)

It finds «EICAR» in what it is given. `limit`: its StreamMaxLength, beyond which it says so and hangs up.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self


class Clamd:
    def __init__(self, socket: Path | None = None, limit: int = 25_000_000) -> None:
        self.socket = socket
        self.limit = limit
        self.scanned: list[bytes] = []
        self.mute = False  # takes everything and never answers
        self.answer: bytes | None = None  # said in place of a verdict
        self.released = asyncio.Event()
        self.reached = asyncio.Event()
        self._port = 0

    @property
    def url(self) -> str:
        return f"unix://{self.socket}" if self.socket else f"tcp://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        if self.socket:
            self._server: asyncio.Server = await asyncio.start_unix_server(self._serve, self.socket)
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = (await reader.readuntil(b"\0"))[:-1]
            match command:
                case b"zVERSION":
                    said = b"ClamAV 1.4.1/27456/Mon Nov 23 08:00:00 2026"
                case b"zINSTREAM":
                    said = await self._scan(reader)
                case _:
                    said = b"UNKNOWN COMMAND"
            self.reached.set()
            if self.mute:
                await self.released.wait()
            writer.write((said if self.answer is None else self.answer) + b"\0")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        content = bytearray()
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            if len(content) + length > self.limit:
                return b"INSTREAM size limit exceeded. ERROR"
            content += await reader.readexactly(length)
        self.scanned.append(bytes(content))
        return b"stream: Eicar-Test-Signature FOUND" if b"EICAR" in content else b"stream: OK"
