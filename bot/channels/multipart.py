"""Forms that carry a file, read as they come: the words into memory, the file into a folder, each within its limit.

Nothing of a file is laid down before the words in front of it were looked at: a forged form leaves no trace.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from bot.channels import Uploads
from bot.channels.uploads import Upload

PARTS: Final = 200
SECONDS: Final = 900.0  # twenty megabytes over the slowest phone; whoever needs longer holds us up on purpose

Pairs = Sequence[tuple[str, str]]


class TooManyWords(Exception):
    """More text or more fields than any of our forms has, or no form at all."""


@dataclass(slots=True)
class Arrived:
    """What was posted. `name`: of the file, "" when none was chosen; `file`: what came of it, None when it was not let
    in. `too_large`: it was not read to its end."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""
    file: Upload | None = None
    too_large: bool = False

    def discard(self) -> None:
        if self.file is not None:
            self.file.discard()


def boundary_of(content_type: str) -> bytes | None:
    """What divides the parts of a form with a file; None for any other body."""
    kind, options = parse_options_header(content_type)
    return options.get(b"boundary") if kind == b"multipart/form-data" else None


async def read(
    chunks: AsyncIterator[bytes],
    boundary: bytes,
    uploads: Uploads,
    *,
    declared: int | None,
    most_words: int,
    welcome: Callable[[Pairs], bool],
) -> Arrived:
    """Read a posted form. `declared`: its length as the browser says. `welcome` is asked, with the fields so far, when
    a file begins: when it says no, or the file is too large, reading ends there. Raises TooManyWords, TimeoutError."""
    reader = _Reader(boundary, most_words)
    arrived, left = reader.arrived, uploads.most_bytes + 2 * most_words
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0 and arrived.file is None:
                    raise TooManyWords  # neither words nor a file that is taken: a stream without end
                if left < 0:
                    arrived.too_large = True
                    return arrived
                reader.take(chunk)
                if not arrived.name:
                    continue
                if arrived.file is None:
                    if not welcome(arrived.pairs):
                        return arrived
                    arrived.too_large = declared is not None and declared > uploads.most_bytes + most_words
                    arrived.file = Upload(uploads)
                arrived.file.add(bytes(reader.of_file))
                reader.of_file.clear()
                arrived.too_large = arrived.too_large or arrived.file.too_large
                if arrived.too_large:
                    return arrived
                await arrived.file.write()
            if not reader.whole:
                raise TooManyWords
            if arrived.file is not None:
                await arrived.file.write(end=True)
    except BaseException:
        arrived.discard()
        raise
    return arrived


class _Reader:
    """What the parser calls, part by part. The first part with a name of a file is the file; others are fields."""

    def __init__(self, boundary: bytes, most_words: int) -> None:
        self.arrived = Arrived()
        self.of_file = bytearray()  # what has come of it and was not fetched from here
        self.whole = False
        self._most_words = most_words
        self._words = 0
        self._parts = 0
        self._label = self._value = self._disposition = b""  # of the headers of the part
        self._name = ""
        self._is_file = self._is_field = False
        self._body = bytearray()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._part_ends,
                    "on_end": self._ends,
                },
            )
        except FormParserError:
            raise TooManyWords from None

    def take(self, chunk: bytes) -> None:
        """Raises TooManyWords."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise TooManyWords from None
        if self._words > self._most_words or self._parts > PARTS:
            raise TooManyWords

    def _part_begins(self) -> None:
        self._parts += 1
        self._label = self._value = self._disposition = b""
        self._body.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._label += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._label.lower() == b"content-disposition":
            self._disposition = self._value
        self._label = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        named = options.get(b"filename")
        self._is_field = named is None
        # An empty name: the field was left alone. A second file is none of our forms'.
        self._is_file = bool(named) and not self.arrived.name
        if self._is_file and named is not None:
            self.arrived.name = _written_name(named)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.of_file += data[start:end]
        elif self._is_field:
            self._words += end - start
            if self._words <= self._most_words:
                self._body += data[start:end]

    def _part_ends(self) -> None:
        if self._is_field:
            self.arrived.pairs.append((self._name, self._body.decode("utf-8", "replace")))

    def _ends(self) -> None:
        self.whole = True


def _written_name(named: bytes) -> str:
    """Browsers write three characters so that a name cannot end its header."""
    name = named.decode("utf-8", "replace")
    for written, meant in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        name = name.replace(written, meant)
    return name
