"""Where files lie: sealed, under random names that say nothing, outside everything that is served.

What a file is called and whom it belongs to is a row; the name here is the only link, and the seal is bound to it.
A file is written before the row that names it: what a crash leaves between the two is swept up by `orphans`.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from backend.files import clamd, documents, kinds, pictures
from backend.files.kinds import Refused
from backend.identity import Keys

log = logging.getLogger(__name__)

AT_ONCE: Final = 8  # files in memory
DECODED_AT_ONCE: Final = 1  # a picture may take three hundred megabytes for half a second
RESERVE: Final = 300 * 1024 * 1024  # free space that files leave to the database
INCOMING: Final = "incoming"  # what is still on its way in, not sealed yet
_BATCH: Final = 500
_STORED = re.compile(r"[0-9a-f]{32}\Z")

Known = Callable[[list[str]], Awaitable[set[str]]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file as a row needs it. `size`: of the cleaned content. `name`: the client's own, made safe."""

    stored: str
    kind: str
    size: int
    name: str


class FileStore:
    """The folder of files of this installation; made once. All processes that serve one database share the folder."""

    def __init__(self, folder: Path, keys: Keys, most_bytes: int, clamav_url: str = "") -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self._keys = keys
        self._clamav_url = clamav_url
        self._files = asyncio.Semaphore(AT_ONCE)
        self._decoded = asyncio.Semaphore(DECODED_AT_ONCE)

    @property
    def incoming(self) -> Path:
        """Where channels put what comes in until it is heard."""
        return self.folder / INCOMING

    def prepare(self) -> None:
        """Make the folder, if it is not there. Raises OSError when it cannot be used."""
        _make_folder(self.folder)
        _make_folder(self.incoming)
        for folder in (self.folder, self.incoming):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "cannot be written", str(folder))

    async def take(self, path: Path, name: str) -> Kept:
        """Check, clean, scan, seal and keep a file that lies at `path`, which stays the caller's. Raises Refused.

        A disk that is full or broken is told as `scanner`: the file may be good, and a later try may work."""
        try:
            async with self._files:
                async with self._decoded:
                    content, kind = await asyncio.to_thread(self._checked, path)
                if self._clamav_url:
                    # What came is scanned, not what was made of it.
                    await clamd.scan(self._clamav_url, await asyncio.to_thread(path.read_bytes))
                stored = await asyncio.to_thread(self._keep, content)
        except OSError as error:
            log.error("a file could not be kept (%s): FILES_DIR %s", error.strerror, self.folder)
            raise Refused("scanner") from None
        return Kept(stored, kind, len(content), kinds.safe_name(name, kind))

    async def read(self, stored: str) -> bytes:
        """The content. Raises FileNotFoundError; ValueError when the name is none of ours or the seal does not fit."""
        path = self._path(stored)

        def opened() -> bytes:
            return self._keys.open_bytes(path.read_bytes(), stored)

        return await asyncio.to_thread(opened)

    async def remove(self, stored: Iterable[str]) -> None:
        """Delete files, after the commit that deleted their rows. What is gone already does not matter."""
        paths = [self._path(one) for one in stored]

        def unlink() -> None:
            for path in paths:
                path.unlink(missing_ok=True)

        await asyncio.to_thread(unlink)

    async def orphans(self, known: Known, older_than: timedelta) -> int:
        """Delete what no row names, and what never came in whole; how many. Younger ones may belong to a turn that is
        not committed yet. `known` gives those of the names that rows name."""
        before = time.time() - older_than.total_seconds()
        old, unfinished = await asyncio.to_thread(self._older, before)
        gone = len(unfinished)
        await asyncio.to_thread(_unlink, unfinished)
        for at in range(0, len(old), _BATCH):
            batch = old[at : at + _BATCH]
            named = await known(batch)
            lost = [one for one in batch if one not in named]
            await self.remove(lost)
            gone += len(lost)
        return gone

    # --- in threads ----------------------------------------------------------------------------------------

    def _checked(self, path: Path) -> tuple[bytes, str]:
        """The cleaned content and its kind. Raises Refused, OSError."""
        size = path.stat().st_size
        if size == 0:
            raise Refused("empty")
        if size > self.most_bytes:
            raise Refused("large")
        content = path.read_bytes()
        kind = kinds.kind_of(content)
        if kind in pictures.PIXELS:
            return pictures.cleaned(content, kind), kind
        if kind == kinds.PDF:
            return documents.checked_pdf(content), kind
        if kind == kinds.ZIP:
            return content, documents.document_kind(content)
        return kinds.plain_text(content), kind

    def _keep(self, content: bytes) -> str:
        """Write the sealed content to the disk before anything names it. Raises OSError, Refused."""
        if shutil.disk_usage(self.folder).free < RESERVE + len(content):
            log.error("files are refused: less than %s MB are free for FILES_DIR %s", RESERVE // 2**20, self.folder)
            raise Refused("scanner")
        stored = secrets.token_hex(16)
        path = self._path(stored)
        _make_folder(path.parent)
        part = path.with_suffix(".part")
        try:
            _write(part, self._keys.seal_bytes(content, stored))
            part.rename(path)
            _sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return stored

    def _path(self, stored: str) -> Path:
        if not _STORED.match(stored):
            raise ValueError("no name of a stored file")
        return self.folder / stored[:2] / stored

    def _older(self, before: float) -> tuple[list[str], list[Path]]:
        """Names of whole files, and paths of unfinished ones, last written before that moment."""
        stored: list[str] = []
        unfinished: list[Path] = []
        for entry in _entries(self.folder):
            with contextlib.suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime >= before:
                    continue
                if Path(entry.path).parent.name == INCOMING or entry.name.endswith(".part"):
                    unfinished.append(Path(entry.path))
                elif _STORED.match(entry.name):
                    stored.append(entry.name)
        return stored, unfinished


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All files one level below; other things in the folder are not ours."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as inner:
        for place in inner:
            if place.is_dir(follow_symlinks=False) and (len(place.name) == 2 or place.name == INCOMING):
                with os.scandir(place.path) as files:
                    yield from (entry for entry in files if entry.is_file(follow_symlinks=False))


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Nobody else on the machine reads in it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _sync_folder(folder.parent)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """The name of a file is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
