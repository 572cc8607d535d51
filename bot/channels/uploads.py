"""A file on its way in: laid down piece by piece until it was heard, never more of it than is allowed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from bot.channels import Uploads

RESERVE: Final = 300 * 1024 * 1024  # free space that files on their way leave to the database
_PIECE: Final = 1024 * 1024  # written at once


class Upload:
    """One file. `size` counts all that came; `failed`: the disk cannot take it, which is told and not raised."""

    def __init__(self, uploads: Uploads) -> None:
        self.path: Path | None = None
        self.size = 0
        self.failed = False
        self._uploads = uploads
        self._waiting = bytearray()

    @property
    def too_large(self) -> bool:
        return self.size > self._uploads.most_bytes

    def add(self, piece: bytes) -> None:
        """Take the next piece into memory; what is too large is only counted."""
        self.size += len(piece)
        if not self.failed and not self.too_large:
            self._waiting += piece

    async def write(self, *, end: bool = False) -> None:
        """Bring what has gathered to the disk, at the end all of it."""
        if self.failed or self.too_large or (len(self._waiting) < _PIECE and not end):
            return
        piece = bytes(self._waiting)
        self._waiting.clear()
        try:
            await asyncio.to_thread(self._append, piece)
        except OSError:
            self.failed = True
            self.discard()

    def discard(self) -> None:
        """Delete the file: whoever wanted it has read it."""
        self._waiting.clear()
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
            self.path = None

    def _append(self, piece: bytes) -> None:
        folder = self._uploads.folder
        # Looked at with every piece: many files that begin at once would all find the room that is there once.
        if shutil.disk_usage(folder).free < RESERVE + (self._uploads.most_bytes if self.path is None else len(piece)):
            raise OSError("no room for files")
        if self.path is None:
            self.path = folder / f"{secrets.token_hex(16)}.part"
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with self.path.open("ab") as file:
            file.write(piece)
